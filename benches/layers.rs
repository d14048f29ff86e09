//! The layer, a training step and retrieval, one by one.
//!
//!   cargo bench -p hopfield-benches --bench layers [-- FILTER]
//!
//! RAYON_NUM_THREADS says how many threads; items are images or queries. Against other libraries: `compare/run.py`.

use burn::tensor::Device;
use divan::Bencher;
use divan::counter::ItemsCount;
use hopfield_benches::{DIM, numbers, rows, training};
use hopfield_kernels::{Matrix, top_k};
use hopfield_layer::{HopfieldLayer, Precision, Similarity};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 128;
const QUERIES: usize = 64;

fn main() {
    hopfield_train::process::prepare();
    divan::main();
}

fn layer(patterns: usize) -> HopfieldLayer {
    HopfieldLayer::from_patterns(rows(patterns, DIM, &Device::flex()), 0.05).expect("a layer")
}

/// R of a batch.
#[divan::bench(args = [10, 64, 256, 1024])]
fn forward(bencher: Bencher<'_, '_>, patterns: usize) {
    let (layer, states) = (layer(patterns), rows(BATCH, DIM, &Device::flex()));
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| layer.forward(states.clone()));
}

/// P of a batch.
#[divan::bench(args = [10, 64, 256, 1024])]
fn associate(bencher: Bencher<'_, '_>, patterns: usize) {
    let (layer, states) = (layer(patterns), rows(BATCH, DIM, &Device::flex()));
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| layer.associate(states.clone()));
}

/// Forward, error, backward and SGD of three layers.
#[divan::bench(args = [10, 64, 256, 1024])]
fn step(bencher: Bencher<'_, '_>, patterns: usize) {
    let images = rows(10 * BATCH, DIM, &Device::flex());
    let step = training(3, patterns, BATCH, Similarity::Dot, images, Precision::F32);
    bencher.counter(ItemsCount::new(BATCH)).bench_local(step);
}

/// R of queries to many patterns: above 2²⁴ weights tile by tile.
#[divan::bench(args = [10_000, 100_000, 300_000])]
fn retrieve(bencher: Bencher<'_, '_>, patterns: usize) {
    let (layer, states) = (layer(patterns), rows(QUERIES, DIM, &Device::flex()));
    bencher.counter(ItemsCount::new(QUERIES)).bench_local(|| layer.forward(states.clone()));
}

/// The ten best of many patterns.
#[divan::bench(args = [10_000, 100_000])]
fn ten_best(bencher: Bencher<'_, '_>, patterns: usize) {
    let (h, q) = (numbers(patterns * DIM), numbers(QUERIES * DIM));
    let (h, q) = (Matrix::new(&h, [patterns, DIM]), Matrix::new(&q, [QUERIES, DIM]));
    bencher.counter(ItemsCount::new(QUERIES)).bench_local(|| top_k(q, h, 10));
}
