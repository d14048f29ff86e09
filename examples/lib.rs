//! The README, so that its Rust is compiled and run by `cargo test`. (It is not part of a packaged crate.)
#![cfg_attr(doctest, doc = include_str!("../README.md"))]

pub mod mil;
