//! Inputs of the tests.

use proptest::prelude::*;

/// Sizes: 1, multiples of vectors and tiles, and others.
pub(crate) fn size() -> impl Strategy<Value = usize> {
    prop_oneof![Just(1), Just(16), Just(64), 1usize..40, 60usize..300]
}

/// Pseudorandom numbers in [−1, 1].
pub(crate) fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}
