//! Our side of `benches/compare`: does one job over and over, for as many seconds as each line on stdin asks, and answers with
//! how often and how long.
//!
//!   cargo bench -p hopfield-train --bench ours -- step LAYERS PATTERNS BATCH | forward LAYERS PATTERNS BATCH | retrieve PATTERNS
#![allow(clippy::print_stdout)]

use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_layer::{Beta, HopfieldLayer, HopfieldLayerConfig, Init};
use hopfield_model::{HopfieldStack, HopfieldStackConfig, LearningRates, Sgd, squared_error};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DIM: usize = 784;
const IMAGES: usize = 10_000;

fn main() {
    hopfield_train::process::prepare();
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let numbers: Vec<usize> = args[1..].iter().map(|arg| arg.parse().expect("a number")).collect();
    let mut job: Box<dyn FnMut()> = match (args[0].as_str(), &numbers[..]) {
        ("step", &[layers, patterns, batch]) => Box::new(step(layers, patterns, batch)),
        ("forward", &[layers, patterns, batch]) => Box::new(forward(layers, patterns, batch)),
        ("retrieve", &[patterns]) => Box::new(retrieve(patterns)),
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

fn stack(layers: usize, patterns: usize, device: &Device) -> HopfieldStack {
    let layer = HopfieldLayerConfig::new(patterns, DIM)
        .with_beta(Beta::Fixed(0.05))
        .with_init(Init::Uniform { low: 0.0, high: 1.0 });
    let config = HopfieldStackConfig { layers: vec![layer; layers], residual: false };
    let images = Tensor::zeros([1, DIM], device);
    config.init(0, &images, &images).expect("a stack")
}

fn batches(batch: usize, device: &Device) -> Vec<Tensor<2>> {
    let images = numbers(IMAGES, device);
    (0..IMAGES / batch)
        .map(|at| images.clone().slice_dim(0, at * batch..(at + 1) * batch))
        .collect()
}

/// Rows of numbers between 0 and 1.
fn numbers(rows: usize, device: &Device) -> Tensor<2> {
    let number = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0;
    let data: Vec<f32> = (0..rows * DIM).map(number).collect();
    Tensor::from_data(TensorData::new(data, [rows, DIM]), device)
}

fn step(layers: usize, patterns: usize, batch: usize) -> impl FnMut() {
    let device = Device::flex();
    let batches = batches(batch, &device);
    let mut stack = stack(layers, patterns, &device.autodiff());
    let mut sgd = Sgd::new(0.0, None, &stack);
    // The mean over pixels and images, with a rate of .001, as in the other programs.
    let rates = LearningRates { patterns: 1e-3, log_beta: 0.0 };
    let mut next = 0;
    move || {
        let images = batches[next % batches.len()].clone();
        next += 1;
        let loss = squared_error(stack.forward(images.clone()), images) / (batch * DIM) as f64;
        sgd.step(&mut stack, &loss.backward(), rates);
    }
}

fn forward(layers: usize, patterns: usize, batch: usize) -> impl FnMut() {
    let device = Device::flex();
    let batches = batches(batch, &device);
    let stack = stack(layers, patterns, &device);
    let mut next = 0;
    move || {
        stack.forward(batches[next % batches.len()].clone());
        next += 1;
    }
}

fn retrieve(patterns: usize) -> impl FnMut() {
    let device = Device::flex();
    let patterns = numbers(patterns, &device);
    let states = patterns.clone().slice_dim(0, 0..64);
    let layer = HopfieldLayer::from_patterns(patterns, 0.5).expect("a layer");
    move || {
        layer.forward(states.clone());
    }
}
