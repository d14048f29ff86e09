//! Squared Euclidean distances.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// `C = −½ ‖q − k‖²` of the S states and N keys of every set. A cube finds a square of C, `tile` wide, and reads as wide a piece
/// of its states and keys at a time.
#[cube(launch)]
pub(super) fn distances_in_tiles(
    q: &[f32],
    k: &[f32],
    distances: &mut [f32],
    s: u32,
    n: u32,
    d: u32,
    #[comptime] tile: usize,
) {
    // One entry more in a row, so that the entries of a column are in different banks of the memory.
    let width = comptime![tile + 1];
    let mut of_q = Shared::<[f32]>::new_slice(comptime![tile * (tile + 1)]);
    let mut of_k = Shared::<[f32]>::new_slice(comptime![tile * (tile + 1)]);
    let s = s as usize;
    let n = n as usize;
    let d = d as usize;
    let set = CUBE_POS_Z as usize;
    let x = UNIT_POS_X as usize;
    let y = UNIT_POS_Y as usize;
    let row = CUBE_POS_Y as usize * tile + y;
    let column = CUBE_POS_X as usize * tile + x;
    let key = CUBE_POS_X as usize * tile + y;

    let mut sum = f32::new(0.0);
    let mut start = 0usize;
    while start < d {
        let entry = start + x;
        let mut found = f32::new(0.0);
        if row < s && entry < d {
            found = q[(set * s + row) * d + entry];
        }
        of_q[y * width + x] = found;
        let mut found = f32::new(0.0);
        if key < n && entry < d {
            found = k[(set * n + key) * d + entry];
        }
        of_k[y * width + x] = found;
        sync_cube();
        #[unroll]
        for i in 0..tile {
            let difference = of_q[y * width + i] - of_k[x * width + i];
            sum += difference * difference;
        }
        sync_cube();
        start += tile;
    }
    if row < s && column < n {
        distances[(set * s + row) * n + column] = f32::new(-0.5) * sum;
    }
}
