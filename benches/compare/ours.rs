//! Our side of `benches/compare`: does one job over and over, for as many seconds as each line on stdin asks, and answers with
//! how often and how long.
//!
//!   cargo bench -p hopfield-benches --bench ours -- JOB
//!
//!   JOB: step LAYERS PATTERNS BATCH [DIM] | products LAYERS PATTERNS BATCH | retrieve PATTERNS BATCH DIM |
//!        euclidean_step LAYERS PATTERNS BATCH | euclidean PATTERNS BATCH DIM | stream PATTERNS BATCH DIM | fma | read | epoch IDX_FILE
//!
//! `fma` and `read` are what the machine can do: 10⁹ operations in registers, and a sum over 1 GiB. `epoch` is a whole program:
//! it trains once and prints its loss.
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_kernels::{Matrix, product};
use hopfield_layer::Similarity::{self, Dot, Euclidean};
use hopfield_layer::{Beta, HopfieldLayerConfig, Precision};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use hopfield_benches::{DIM, numbers, rows, training};

const IMAGES: usize = 10_000;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    hopfield_train::process::prepare();
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if args[0] == "epoch" {
        return epoch(&args[1]);
    }
    let numbers: Vec<usize> = args[1..].iter().map(|arg| arg.parse().expect("a number")).collect();
    let mut job: Box<dyn FnMut()> = match (args[0].as_str(), &numbers[..]) {
        ("step", &[layers, patterns, batch]) => Box::new(step(Dot, layers, patterns, batch, DIM)),
        ("step", &[layers, patterns, batch, dim]) => {
            Box::new(step(Dot, layers, patterns, batch, dim))
        }
        ("euclidean_step", &[layers, patterns, batch]) => {
            Box::new(step(Euclidean, layers, patterns, batch, DIM))
        }
        ("products", &[layers, patterns, batch]) => Box::new(products(layers, patterns, batch)),
        ("retrieve", &[patterns, batch, dim]) => Box::new(retrieve(Dot, patterns, batch, dim)),
        ("euclidean", &[patterns, batch, dim]) => {
            Box::new(retrieve(Euclidean, patterns, batch, dim))
        }
        ("stream", &[patterns, batch, dim]) => Box::new(stream(patterns, batch, dim)),
        ("fma", []) => Box::new(fma),
        ("read", []) => Box::new(read()),
        _ => panic!("no job {args:?}"),
    };
    job();
    println!("ready");
    for line in io::stdin().lock().lines() {
        let seconds: f64 = line.expect("stdin").trim().parse().expect("seconds");
        let (began, mut count) = (Instant::now(), 0);
        while count == 0 || began.elapsed() < Duration::from_secs_f64(seconds) {
            job();
            count += 1;
        }
        println!("{count} {}", began.elapsed().as_secs_f64());
        io::stdout().flush().expect("stdout");
    }
}

/// Trains for one epoch of images, and prints the last loss.
fn epoch(path: &str) {
    let file = std::fs::read(path).expect("an IDX file");
    let images = file[16..][..IMAGES * DIM].iter().map(|&grey| f32::from(grey) / 255.0);
    let images = TensorData::new(images.collect(), [IMAGES, DIM]);
    let images = Tensor::from_data(images, &Device::flex());
    let (mut step, batch) = (training(3, 256, 128, Dot, images, Precision::F32), 128);
    let losses = (0..IMAGES / batch).map(|_| step());
    println!("{}", losses.last().expect("a step").into_scalar::<f32>());
}

/// A training step, with everything in it.
fn step(
    similarity: Similarity,
    layers: usize,
    patterns: usize,
    batch: usize,
    dim: usize,
) -> impl FnMut() {
    let images = rows(IMAGES.max(batch), dim, &Device::flex());
    let mut step = training(layers, patterns, batch, similarity, images, Precision::F32);
    move || {
        step();
    }
}

/// The products of a step, and nothing else.
fn products(layers: usize, patterns: usize, batch: usize) -> impl FnMut() {
    let [h, p, x] = [patterns * DIM, batch * patterns, batch * DIM].map(numbers);
    move || {
        let (h, x) = (Matrix::new(&h, [patterns, DIM]), Matrix::new(&x, [batch, DIM]));
        let p = Matrix::new(&p, [batch, patterns]);
        for layer in 0..layers {
            // Forward C and R, backward A, both parts of ∂L/∂H, and ∂L/∂I.
            let of_layer = [(x, h.t()), (p, h), (x, h.t()), (p.t(), x), (p.t(), x), (p, h)];
            for (lhs, rhs) in &of_layer[..if layer > 0 { 6 } else { 5 }] {
                black_box(product(*lhs, *rhs, 1.0));
            }
        }
    }
}

fn retrieve(similarity: Similarity, patterns: usize, batch: usize, dim: usize) -> impl FnMut() {
    let device = Device::flex();
    let patterns = rows(patterns, dim, &device);
    let states = rows(batch, dim, &device);
    let [count, _] = patterns.dims();
    let config = HopfieldLayerConfig::new(count, dim)
        .with_similarity(similarity)
        .with_beta(Some(Beta::Fixed(0.5)));
    let layer = config.store(patterns, None).expect("a layer");
    move || {
        layer.forward(states.clone());
    }
}

/// Tile by tile, however few patterns there are.
fn stream(patterns: usize, batch: usize, dim: usize) -> impl FnMut() {
    let [h, q] = [patterns * dim, batch * dim].map(numbers);
    move || {
        let (h, q) = (Matrix::new(&h, [patterns, dim]), Matrix::new(&q, [batch, dim]));
        black_box(hopfield_kernels::retrieve(q, h, 0.5));
    }
}

/// 10⁹ multiplications and additions of f32, shared by all threads.
fn fma() {
    struct Registers(usize);
    impl WithSimd for Registers {
        type Output = f32;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f32 {
            let factor = simd.splat_f32s(black_box(0.999_999));
            // As many chains as hide the latency.
            let mut sums = [simd.splat_f32s(black_box(1.0)); 12];
            for _ in 0..self.0 / (2 * S::F32_LANES * sums.len()) {
                for sum in &mut sums {
                    *sum = simd.mul_add_f32s(*sum, factor, factor);
                }
            }
            sums.into_iter().map(|sum| simd.reduce_sum_f32s(sum)).sum()
        }
    }
    let threads = rayon::current_num_threads();
    (0..threads).into_par_iter().for_each(|_| {
        black_box(Arch::new().dispatch(Registers(1_000_000_000 / threads)));
    });
}

/// A sum over 1 GiB, shared by all threads.
fn read() -> impl FnMut() {
    let memory = vec![1u64; 1 << 27];
    move || {
        let piece = memory.len() / rayon::current_num_threads();
        let sums = memory.par_chunks(piece).map(|part| {
            // Eight at a time, as vectors.
            part.as_chunks::<8>().0.iter().fold([0u64; 8], |mut sums, next| {
                sums.iter_mut()
                    .zip(next)
                    .for_each(|(sum, number)| *sum = sum.wrapping_add(*number));
                sums
            })
        });
        black_box(sums.collect::<Vec<_>>());
    }
}
