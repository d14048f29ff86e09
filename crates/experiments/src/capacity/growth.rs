//! The exponent with which a number grows.

use std::fmt;

/// How a number grows with d.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    /// Like dᵃ.
    Power,
    /// Like 2^(a d).
    Exponential,
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Power => "d^a",
            Self::Exponential => "2^(a d)",
        })
    }
}

/// A fitted exponent.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    /// The mean over seeds.
    pub(super) exponent: f64,
    /// Half the width of its 95 % interval; none with a single seed.
    half_width: Option<f64>,
}

impl Line {
    pub(super) fn low(&self) -> Option<f64> {
        self.half_width.map(|half| self.exponent - half)
    }

    pub(super) fn high(&self) -> Option<f64> {
        self.half_width.map(|half| self.exponent + half)
    }
}

/// Fits the exponent to the numbers that every seed found for each d, all above 0. Nothing if there is only one d.
pub(super) fn fit(growth: Growth, points: &[(usize, Vec<usize>)]) -> Option<Line> {
    let (_, first) = points.first()?;
    if points.len() < 2 {
        return None;
    }
    let xs: Vec<f64> = points
        .iter()
        .map(|&(d, _)| match growth {
            Growth::Power => (d as f64).log2(),
            Growth::Exponential => d as f64,
        })
        .collect();
    let slope = |seed: usize| {
        let ys: Vec<f64> = points.iter().map(|(_, found)| (found[seed] as f64).log2()).collect();
        let [x, y] = [&xs, &ys].map(|all| mean(all));
        let products = xs.iter().zip(&ys).map(|(a, b)| (a - x) * (b - y)).sum::<f64>();
        products / xs.iter().map(|a| (a - x).powi(2)).sum::<f64>()
    };
    let slopes: Vec<f64> = (0..first.len()).map(slope).collect();
    let exponent = mean(&slopes);
    let count = slopes.len();
    let half_width = (count > 1).then(|| {
        let squares = slopes.iter().map(|slope| (slope - exponent).powi(2)).sum::<f64>();
        let error = (squares / (count - 1) as f64 / count as f64).sqrt();
        student(count - 1) * error
    });
    Some(Line { exponent, half_width })
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// The 97.5 % quantile of Student's t with this many degrees of freedom.
fn student(freedom: usize) -> f64 {
    const FIRST: [f64; 10] =
        [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    match FIRST.get(freedom - 1) {
        Some(&quantile) => quantile,
        // Cornish and Fisher's expansion, within 0.001 from here on.
        None => {
            let (z, n) = (1.959_964f64, freedom as f64);
            z + (z.powi(3) + z) / (4.0 * n)
                + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * n * n)
                + (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z)
                    / (384.0 * n.powi(3))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_of_exact_laws_are_found() {
        let squares: Vec<_> = [4, 8, 16, 32].map(|d| (d, vec![3 * d * d; 3])).to_vec();
        let line = fit(Growth::Power, &squares).unwrap();
        assert!((line.exponent - 2.0).abs() < 1e-12 && line.half_width.unwrap() < 1e-12);
        let doubled: Vec<_> = [4, 8, 16].map(|d| (d, vec![5 << (d / 2)])).to_vec();
        let line = fit(Growth::Exponential, &doubled).unwrap();
        assert!((line.exponent - 0.5).abs() < 1e-12);
        assert_eq!(line.low(), None);
        assert_eq!(fit(Growth::Power, &squares[..1]), None);
    }

    /// Two seeds with slopes of 1 and 2: 1.5 ± 12.706 · .5.
    #[test]
    fn an_interval_is_that_of_students_t() {
        let line = fit(Growth::Power, &[(2, vec![2, 4]), (4, vec![4, 16])]).unwrap();
        assert_eq!(line.exponent, 1.5);
        assert!((line.high().unwrap() - 1.5 - 12.706 * 0.5).abs() < 1e-9);
        assert!((student(11) - 2.201).abs() < 1e-3 && (student(30) - 2.042).abs() < 1e-3);
    }
}
