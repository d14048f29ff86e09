//! The gradient of the weights.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::Rule;
use super::reduce::sum;

/// With A = ∂L/∂P, and g of a weight P: 1 within the support (sparsemax), √P (entmax-1.5), or P (all others),
///
/// ```text
/// ∂L/∂C = β g ∘ (A − Σ g A / Σ g)        ∂L/∂log β = Σ (∂L/∂C) ∘ C
/// ```
///
/// for each row, where Σ g is left out if g is P; for a polynomial of degree n, β is n / C.
#[cube(launch)]
pub(super) fn slopes_of_rows(
    weights: &[f32],
    gradient: &[f32],
    similarities: &[f32],
    log_beta: &[f32],
    by_similarity: &mut [f32],
    by_log_beta: &mut [f32],
    rows: u32,
    n: u32,
    rows_per_beta: u32,
    betas: u32,
    #[comptime] rule: Rule,
    #[comptime] units: usize,
) {
    let row = CUBE_POS;
    if row >= rows as usize {
        terminate!();
    }
    let mut shared = Shared::<[f32]>::new_slice(units);
    let n = n as usize;
    let start = row * n;
    let end = start + n;
    let first = start + UNIT_POS as usize;
    let beta = log_beta[row / rows_per_beta as usize % betas as usize].exp();

    let mut of_gradient = f32::new(0.0);
    let mut of_similarity = f32::new(0.0);
    let mut total = f32::new(0.0);
    let mut at = first;
    while at < end {
        let g = factor(weights[at], rule);
        if g != 0.0 {
            of_gradient += g * gradient[at];
            of_similarity += g * similarities[at];
            total += g;
        }
        at += units;
    }
    let of_gradient = sum(of_gradient, &mut shared, units);
    let of_similarity = sum(of_similarity, &mut shared, units);
    let total = sum(total, &mut shared, units);
    let mut mean = of_gradient;
    // What is added to all similarities makes no difference, but for these two.
    let mut base = of_similarity / total;
    match rule {
        Rule::Sparsemax | Rule::Entmax15 => {
            mean = of_gradient / total;
        }
        Rule::Softmax1 | Rule::Polynomial(_) => {
            base = f32::new(0.0);
        }
        Rule::Softmax | Rule::TopK(_) | Rule::LogSumRelu => {}
    }

    let mut slope = f32::new(0.0);
    let mut at = first;
    while at < end {
        let g = factor(weights[at], rule);
        let mut found = f32::new(0.0);
        if g != 0.0 {
            let c = similarities[at];
            found = g * (gradient[at] - mean);
            match rule {
                Rule::Polynomial(degree) => {
                    found = found * f32::cast_from(degree) / c;
                }
                _ => {
                    found *= beta;
                    slope += found * (c - base);
                }
            }
        }
        by_similarity[at] = found;
        at += units;
    }
    let slope = sum(slope, &mut shared, units);
    if UNIT_POS == 0 {
        by_log_beta[row] = slope;
    }
}

#[cube]
fn factor(weight: f32, #[comptime] rule: Rule) -> f32 {
    match rule {
        Rule::Sparsemax => {
            let mut found = weight;
            if weight > 0.0 {
                found = f32::new(1.0);
            }
            found
        }
        Rule::Entmax15 => weight.sqrt(),
        // Constant.
        Rule::LogSumRelu => f32::new(0.0),
        _ => weight,
    }
}
