//! What the operations launch.

use burn::backend::TensorMetadata;
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::Rule;
use super::balance::{imbalance_of_means, means_of_columns, slopes_of_imbalance};
use super::descent::{Parts, descend_rows};
use super::distance::distances_in_tiles;
use super::operations::{Kernels, rows_of, rows_per_beta, similarities_shape};
use super::product;
use super::separation::separate_rows;
use super::sizes::{cube_per_row, empty_beside, tile, units};
use super::slopes::slopes_of_rows;
use super::statistics::{STATISTICS, statistics_of_rows};
use crate::Descent;
use crate::Precision;

impl Kernels for CubeBackend {
    fn product(lhs: CubeTensor, rhs: CubeTensor, precision: Precision) -> CubeTensor {
        product::product(lhs, rhs, precision)
    }

    fn separate(similarities: CubeTensor, log_beta: CubeTensor, rule: Rule) -> CubeTensor {
        let [similarities, log_beta] = [similarities, log_beta].map(into_contiguous);
        let shape = similarities.shape();
        let [rows, n] = rows_of(&shape);
        let weights = empty_beside(&similarities, shape.clone());
        if rows * n == 0 {
            return weights;
        }
        let client = similarities.client.clone();
        let units = units(&client, n);
        let rule = match rule {
            Rule::TopK(k) => Rule::TopK(k.min(n as u32)),
            rule => rule,
        };
        let [rows_per_beta, betas] = rows_per_beta(&shape, &log_beta.shape());
        separate_rows::launch(
            &client,
            cube_per_row(rows),
            CubeDim::new_1d(units as u32),
            similarities.into_buffer_arg(),
            log_beta.into_buffer_arg(),
            weights.clone().into_buffer_arg(),
            rows as u32,
            n as u32,
            rows_per_beta as u32,
            betas as u32,
            rule,
            units,
        );
        weights
    }

    fn slopes(
        weights: CubeTensor,
        gradient: CubeTensor,
        similarities: CubeTensor,
        log_beta: CubeTensor,
        rule: Rule,
    ) -> (CubeTensor, CubeTensor) {
        let [weights, gradient] = [weights, gradient].map(into_contiguous);
        let [similarities, log_beta] = [similarities, log_beta].map(into_contiguous);
        let shape = weights.shape();
        let [rows, n] = rows_of(&shape);
        let by_similarity = empty_beside(&weights, shape.clone());
        let by_log_beta = empty_beside(&weights, [rows].into());
        if rows * n == 0 {
            return (by_similarity, by_log_beta);
        }
        let client = weights.client.clone();
        let units = units(&client, n);
        let [rows_per_beta, betas] = rows_per_beta(&shape, &log_beta.shape());
        slopes_of_rows::launch(
            &client,
            cube_per_row(rows),
            CubeDim::new_1d(units as u32),
            weights.into_buffer_arg(),
            gradient.into_buffer_arg(),
            similarities.into_buffer_arg(),
            log_beta.into_buffer_arg(),
            by_similarity.clone().into_buffer_arg(),
            by_log_beta.clone().into_buffer_arg(),
            rows as u32,
            n as u32,
            rows_per_beta as u32,
            betas as u32,
            rule,
            units,
        );
        (by_similarity, by_log_beta)
    }

    fn half_squared_distances(q: CubeTensor, k: CubeTensor) -> CubeTensor {
        let [q, k] = [q, k].map(into_contiguous);
        let (of_q, of_k) = (q.shape(), k.shape());
        let distances = empty_beside(&q, similarities_shape(&of_q, &of_k));
        let [rows, d] = rows_of(&of_q);
        let last = of_q.num_dims() - 1;
        let [s, n] = [of_q[last - 1], of_k[last - 1]];
        if rows * n == 0 {
            return distances;
        }
        let client = q.client.clone();
        let tile = tile(&client);
        let cubes = [n.div_ceil(tile), s.div_ceil(tile), rows / s].map(|count| count as u32);
        distances_in_tiles::launch(
            &client,
            CubeCount::Static(cubes[0], cubes[1], cubes[2]),
            CubeDim::new_2d(tile as u32, tile as u32),
            q.into_buffer_arg(),
            k.into_buffer_arg(),
            distances.clone().into_buffer_arg(),
            s as u32,
            n as u32,
            d as u32,
            tile,
        );
        distances
    }

    fn imbalance(weights: CubeTensor, heads: usize, least: f32) -> (CubeTensor, CubeTensor) {
        let weights = into_contiguous(weights);
        let [rows, width] = rows_of(&weights.shape());
        let means = empty_beside(&weights, [width].into());
        let imbalance = empty_beside(&weights, [1].into());
        let client = weights.client.clone();
        let of_column = units(&client, rows);
        means_of_columns::launch(
            &client,
            cube_per_row(width),
            CubeDim::new_1d(of_column as u32),
            weights.into_buffer_arg(),
            means.clone().into_buffer_arg(),
            rows as u32,
            width as u32,
            (width / heads) as f32 / rows as f32,
            of_column,
        );
        let of_means = units(&client, width);
        imbalance_of_means::launch(
            &client,
            cube_per_row(1),
            CubeDim::new_1d(of_means as u32),
            means.clone().into_buffer_arg(),
            imbalance.clone().into_buffer_arg(),
            width as u32,
            least,
            of_means,
        );
        (imbalance, means)
    }

    fn imbalance_slopes(
        means: CubeTensor,
        slope: CubeTensor,
        rows: usize,
        heads: usize,
        least: f32,
    ) -> CubeTensor {
        let [means, slope] = [means, slope].map(into_contiguous);
        let width = means.shape().num_elements();
        let slopes = empty_beside(&means, [rows, width].into());
        let client = means.client.clone();
        let units = units(&client, width);
        slopes_of_imbalance::launch(
            &client,
            cube_per_row(rows),
            CubeDim::new_1d(units as u32),
            means.into_buffer_arg(),
            slope.into_buffer_arg(),
            slopes.clone().into_buffer_arg(),
            rows as u32,
            width as u32,
            (width / heads) as f32 / rows as f32,
            least,
            units,
        );
        slopes
    }

    fn statistics(weights: CubeTensor, share: f32) -> CubeTensor {
        let weights = into_contiguous(weights);
        let [rows, n] = rows_of(&weights.shape());
        let statistics = empty_beside(&weights, [rows, STATISTICS].into());
        if rows * n == 0 {
            return statistics;
        }
        let client = weights.client.clone();
        let units = units(&client, n);
        statistics_of_rows::launch(
            &client,
            cube_per_row(rows),
            CubeDim::new_1d(units as u32),
            weights.into_buffer_arg(),
            statistics.clone().into_buffer_arg(),
            rows as u32,
            n as u32,
            share,
            units,
        );
        statistics
    }

    fn descend(
        rows: CubeTensor,
        velocity: CubeTensor,
        gradient: CubeTensor,
        by: Descent,
    ) -> (CubeTensor, CubeTensor) {
        let [rows, velocity] = [rows, velocity].map(into_contiguous);
        let gradient = if gradient.meta.is_tiled() { into_contiguous(gradient) } else { gradient };
        let [row_stride, column_stride] = [0, 1].map(|axis| gradient.meta.strides()[axis] as u32);
        let shape = rows.shape();
        let [count, width] = rows_of(&shape);
        let new_rows = empty_beside(&rows, shape.clone());
        let new_velocity = empty_beside(&rows, shape);
        if count * width == 0 {
            return (new_rows, new_velocity);
        }
        let client = rows.client.clone();
        let units = units(&client, width);
        let (low, high) = by.range.unwrap_or_default();
        let parts = Parts {
            momentum: by.momentum != 0.0,
            limit: by.limit.is_some(),
            range: by.range.is_some(),
        };
        descend_rows::launch(
            &client,
            cube_per_row(count),
            CubeDim::new_1d(units as u32),
            rows.into_buffer_arg(),
            velocity.into_buffer_arg(),
            gradient.into_buffer_arg(),
            new_rows.clone().into_buffer_arg(),
            new_velocity.clone().into_buffer_arg(),
            count as u32,
            width as u32,
            row_stride,
            column_stride,
            by.rate,
            by.momentum,
            by.limit.unwrap_or_default(),
            low,
            high,
            parts,
            units,
        );
        (new_rows, new_velocity)
    }
}
