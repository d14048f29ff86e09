//! exp without branches, calls or tables, so that the compiler can vectorise it.
//!
//! The polynomial is that of Cephes (Moshier 1992, `expf`). It uses only +, − and ·, each rounded separately, so that every
//! processor gives the same result.

/// Below this, exp(x) is set to 0: the smallest normal number is exp(−87.33).
const LOWEST: f32 = -87.3;

/// `exp(x)` for x ≤ 88, within 2 units in the last place; 0 for x < −87.3; NaN for NaN.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // x = k ln 2 + r: adding 1.5 · 2²³ rounds to the integer k, which is then in the lowest bits.
    const SHIFT: f32 = 12_582_912.0;
    let shifted = x * std::f32::consts::LOG2_E + SHIFT;
    let k = shifted - SHIFT;
    let r = x - k * 0.693_359_4 + k * 2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * (r * r) + r + 1.0;
    let power = f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23));
    let power = if x < LOWEST { 0.0 } else { power };
    if x.is_nan() { x } else { power }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_the_exponential() {
        for i in 0..1_000_000 {
            let x = -87.2 + 175.0 * i as f32 / 1e6;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 2.4e-7, "exp({x}): {error}");
        }
        assert_eq!([exp(0.0), exp(-0.0), exp(-88.0), exp(f32::NEG_INFINITY)], [1.0, 1.0, 0.0, 0.0]);
        assert!(exp(f32::NAN).is_nan());
    }
}
