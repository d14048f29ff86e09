//! Rows cut into heads, and put together again.

use burn::tensor::Tensor;

/// `[M, h·k]` to `[h, M, k]`: part j of every row belongs to head j.
pub(crate) fn split(rows: Tensor<2>, heads: usize) -> Tensor<3> {
    let [m, width] = rows.dims();
    rows.reshape([m, heads, width / heads]).swap_dims(0, 1)
}

/// `[h, M, k]` to `[M, h·k]`.
pub(crate) fn join(heads: Tensor<3>) -> Tensor<2> {
    let [h, m, width] = heads.dims();
    heads.swap_dims(0, 1).reshape([m, h * width])
}
