//! The README, so that its Rust is compiled and run by `cargo test`.
#![doc = include_str!("../README.md")]
