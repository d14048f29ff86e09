//! exp and ln without branches, calls or tables, so that the compiler can vectorise them.
//!
//! The polynomials are those of Cephes (Moshier 1992, `expf` and `logf`). They use only +, − and ·, each rounded separately, so
//! that every processor gives the same result.

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

/// `ln(x)` for normal x > 0, with an error below 1e-7 (1 + |ln x|). For other x the result is meaningless but finite.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // x = 2^k m with √½ ≤ m < √2.
    let bits = x.to_bits().wrapping_sub(0x3f35_04f3);
    let k = ((bits as i32) >> 23) as f32;
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
    let p = 7.037_683_6e-2;
    let p = p * m - 1.151_461e-1;
    let p = p * m + 1.167_699_8e-1;
    let p = p * m - 1.242_014_1e-1;
    let p = p * m + 1.424_932_3e-1;
    let p = p * m - 1.666_805_7e-1;
    let p = p * m + 2.000_071_4e-1;
    let p = p * m - 2.499_999_3e-1;
    let p = p * m + 3.333_333e-1;
    let square = m * m;
    let correction = p * m * square - k * 2.121_944_4e-4 - 0.5 * square;
    m + correction + k * 0.693_359_4
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

    #[test]
    fn ln_is_the_logarithm() {
        let mut x = 1.2e-38f32;
        while x < 1e3 {
            let expected = f64::from(x).ln();
            let error = (f64::from(ln(x)) - expected).abs() / (1.0 + expected.abs());
            assert!(error < 1e-7, "ln({x}): {error}");
            x *= 1.000_13;
        }
        assert_eq!(ln(1.0), 0.0);
        assert!([0.0, 1e-42, f32::INFINITY].into_iter().all(|x| ln(x).is_finite()));
    }
}
