//! The layer against independent programs, finite differences and the theory.

mod behaviour;
mod edges;
mod gradients;
mod libraries;
mod properties;
mod reference;

use burn::tensor::{DType, Device, Tolerance};

#[test]
fn every_similarity_and_separation_equals_the_reference_in_f32() {
    let cases = reference::cases();
    assert_eq!(cases.len(), 41);
    for case in &cases {
        case.check(&Device::flex(), DType::F32, Tolerance::rel_abs(1e-5, 1e-5));
    }
}

#[test]
fn every_similarity_and_separation_equals_the_reference_in_f64() {
    for case in reference::cases() {
        case.check(&Device::flex(), DType::F64, Tolerance::rel_abs(1e-8, 1e-9));
    }
}
