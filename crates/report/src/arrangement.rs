//! An order in which similar images lie together on a sheet.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Exchanges of two tiles that are tried, for each tile.
const EXCHANGES: usize = 4000;
/// The temperature of the annealing at first, in units of correlation; it falls to 0.
const WARMTH: f64 = 0.5;

/// The order of tiles in which those that touch on a sheet with so many `columns` are alike: the image at each place. Found by
/// simulated annealing (Kirkpatrick et al. 1983) of the sum of correlations of all tiles that share a side, or half a
/// corner; always the same for the same images.
///
/// # Shapes
///
/// - images: n images of `dim` pixels, one after the other
pub(crate) fn arranged(images: &[f32], dim: usize, columns: usize) -> Vec<usize> {
    let n = images.len() / dim;
    let units: Vec<Vec<f32>> = images.chunks_exact(dim).map(unit).collect();
    let alike: Vec<f32> = units
        .iter()
        .flat_map(|a| units.iter().map(|b| a.iter().zip(b).map(|(a, b)| a * b).sum()))
        .collect();
    let neighbours: Vec<Vec<(usize, f32)>> =
        (0..n).map(|place| neighbours(place, n, columns)).collect();
    let mut order: Vec<usize> = (0..n).collect();
    if n < 3 {
        return order;
    }
    // The gain of tile `tile` at `place`, without its bond to `other`, which an exchange does not change.
    let gain = |order: &[usize], tile: usize, place: usize, other: usize| -> f32 {
        let near = neighbours[place].iter().filter(|(at, _)| *at != other);
        near.map(|&(at, weight)| weight * alike[tile * n + order[at]]).sum()
    };
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let tries = EXCHANGES * n;
    for tried in 0..tries {
        let (a, b) = (random.random_range(0..n), random.random_range(0..n));
        if a == b {
            continue;
        }
        let (one, two) = (order[a], order[b]);
        let before = gain(&order, one, a, b) + gain(&order, two, b, a);
        let after = gain(&order, two, a, b) + gain(&order, one, b, a);
        let warmth = WARMTH * (1.0 - tried as f64 / tries as f64).powi(2);
        let more = f64::from(after - before);
        if more > 0.0 || random.random::<f64>() < (more / warmth).exp() {
            order.swap(a, b);
        }
    }
    order
}

/// The places that share a side with a place (1), or a corner (½).
fn neighbours(place: usize, n: usize, columns: usize) -> Vec<(usize, f32)> {
    let (row, column) = (place / columns, place % columns);
    let near = |at: usize| at.saturating_sub(1)..=at + 1;
    let around = near(row).flat_map(|down| near(column).map(move |right| (down, right)));
    let inside = around.filter(|&(down, right)| {
        right < columns && down * columns + right < n && (down, right) != (row, column)
    });
    let weight = |down, right| if down == row || right == column { 1.0 } else { 0.5 };
    inside.map(|(down, right)| (down * columns + right, weight(down, right))).collect()
}

/// An image less its mean, scaled to length 1; 0 if it has a single tone.
fn unit(image: &[f32]) -> Vec<f32> {
    let mean = image.iter().sum::<f32>() / image.len() as f32;
    let centred: Vec<f32> = image.iter().map(|x| x - mean).collect();
    let length = centred.iter().map(|x| x * x).sum::<f32>().sqrt();
    let scale = if length > 0.0 && length.is_finite() { 1.0 / length } else { 0.0 };
    centred.into_iter().map(|x| x * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_tiles_come_to_lie_together() {
        // 36 bumps along a ring of 36 pixels, shuffled.
        let image = |k: usize| {
            let at = k * 23 % 36;
            (0..36_usize).map(move |pixel| {
                let off = pixel.abs_diff(at).min(36 - pixel.abs_diff(at)) as f32;
                (-off * off / 18.0).exp()
            })
        };
        let images: Vec<f32> = (0..36).flat_map(image).collect();
        let order = arranged(&images, 36, 6);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..36).collect::<Vec<_>>());
        assert_eq!(order, arranged(&images, 36, 6));
        let beside = |order: &[usize]| -> usize {
            let off = |a: usize, b: usize| {
                let apart = (a * 23 % 36).abs_diff(b * 23 % 36);
                apart.min(36 - apart)
            };
            let pairs = (0..36).filter(|place| place % 6 < 5);
            pairs.map(|place| off(order[place], order[place + 1])).sum()
        };
        let (found, stored) = (beside(&order), beside(&(0..36).collect::<Vec<_>>()));
        assert!(2 * found < stored, "{found} of {stored}");
    }

    #[test]
    fn places_have_the_neighbours_that_one_sees() {
        // 0 1 2
        // 3 4
        assert_eq!(neighbours(1, 5, 3), [(0, 1.0), (2, 1.0), (3, 0.5), (4, 1.0)]);
        assert_eq!(neighbours(2, 5, 3), [(1, 1.0), (4, 0.5)]);
    }
}
