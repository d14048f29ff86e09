//! Damage test digits, and see what repairs them best: the nearest of all training digits, or trained stacks.
//!
//!   cargo run --release --example repair -- runs/*/patterns.safetensors
//!   cargo run --release --example repair -- --data /folder/with/MNIST runs/*/patterns.safetensors
//!
//! Each column is a damage, each number the mean squared error per pixel to the clean digits. A stack that has
//! learned to reconstruct keeps what it sees, damage included; one that has learned to repair does not. (The nearest
//! digit is found by the Euclidean distance over the pixels that are not hidden.)

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_data::{Damage, DataError, Dataset, ImageShape, Mask, Noise, Split, source};
use hopfield_database::DatabaseFile;
use hopfield_layer::{HopfieldLayerConfig, LayerError, Similarity};
use hopfield_model::{HopfieldStack, mse_per_pixel, squared_error};

const DAMAGES: [(&str, Damage); 3] = [
    ("none", Damage::None),
    ("lower half", Damage::Mask(Mask::Bottom)),
    ("noise σ = .5", Damage::Noise(Noise::Gaussian { std: 0.5 })),
];
/// Digits compared at a time with all stored ones, to bound memory.
const CHUNK: usize = 250;

/// The images of a split, damaged: `[n, d]`.
fn damaged(split: &Split, shape: ImageShape, damage: Damage) -> Result<Tensor<2>, DataError> {
    let mut pixels = split.all_rows()?;
    damage.apply(&mut pixels, shape, 0, 0);
    let pixels = TensorData::new(pixels, [split.count(), split.dim()]);
    Ok(Tensor::from_data(pixels, &Device::flex()))
}

/// 1 where a pixel can be seen, 0 where it is hidden: `[1, d]`.
fn visible(shape: ImageShape, damage: Damage) -> Tensor<2> {
    let mut pixels = vec![1.0; shape.dim()];
    if let Damage::Mask(_) = damage {
        damage.apply(&mut pixels, shape, 0, 0);
    }
    Tensor::from_data(TensorData::new(pixels, [1, shape.dim()]), &Device::flex())
}

/// The stored digit nearest to each state, by the visible pixels: `[n, d]`.
fn nearest(
    stored: &Tensor<2>,
    states: Tensor<2>,
    visible: Tensor<2>,
) -> Result<Tensor<2>, LayerError> {
    let [count, dim] = stored.dims();
    let memory = HopfieldLayerConfig::new(count, dim)
        .with_similarity(Similarity::Euclidean)
        .store(stored.clone() * visible.clone(), None)?;
    let found = (states * visible).split(CHUNK, 0).into_iter().map(|chunk| {
        let best = memory.similarities(chunk).argmax(1).squeeze_dim::<1>(1);
        stored.clone().select(0, best)
    });
    Ok(Tensor::cat(found.collect(), 0))
}

fn mse(answers: Tensor<2>, targets: &Tensor<2>) -> f64 {
    let [n, d] = targets.dims();
    mse_per_pixel(squared_error(answers, targets.clone()).into_scalar::<f64>(), n, d)
}

/// The error of `answer(damaged digits, damage)`, for each damage.
fn errors(
    data: &Dataset,
    answer: impl Fn(Tensor<2>, Damage) -> Result<Tensor<2>, LayerError>,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let shape = data.shape();
    let targets = damaged(&data.test, shape, Damage::None)?;
    let error = |&(_, damage): &(_, Damage)| {
        Ok(mse(answer(damaged(&data.test, shape, damage)?, damage)?, &targets))
    };
    DAMAGES.iter().map(error).collect()
}

fn nearest_errors(data: &Dataset) -> Result<Vec<f64>, Box<dyn Error>> {
    let shape = data.shape();
    let stored = damaged(&data.train, shape, Damage::None)?;
    errors(data, |states, damage| nearest(&stored, states, visible(shape, damage)))
}

/// The stack of a pattern database for images as in `data`.
fn load(path: &str, data: &Dataset) -> Result<HopfieldStack, Box<dyn Error>> {
    let database = DatabaseFile::open(Path::new(path))?.load(&Device::flex())?;
    if database.image_shape != data.image_shape {
        return Err(format!("its images are not of {}, as the test images", data.shape()).into());
    }
    Ok(database.stack)
}

fn row(errors: Vec<f64>, name: &str) {
    let errors: String = errors.into_iter().map(|error| format!("{error:>14.4}")).collect();
    println!("{errors}   {name}");
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let data = if args.first().is_some_and(|arg| arg == "--data") {
        let from = args.get(1).ok_or("--data needs a folder with four IDX files")?;
        let data = source(from).load()?;
        args.drain(..2);
        data
    } else {
        source("bundled").load()?
    };
    println!("{}", DAMAGES.map(|(name, _)| format!("{name:>14}")).concat());
    row(errors(&data, |states, _| Ok(states))?, "nothing done");
    row(nearest_errors(&data)?, "the nearest training digit");
    for path in args {
        let stack = load(&path, &data).map_err(|error| format!("{path}: {error}"))?;
        row(errors(&data, |states, _| Ok(stack.forward(states)))?, &path);
    }
    Ok(())
}

/// An independent program found .0299 for other digits of MNIST, undamaged, among 9,000.
#[test]
fn the_nearest_digits_are_as_near_as_elsewhere() {
    let data = source("bundled").load().unwrap();
    let found = nearest_errors(&data).unwrap();
    assert!((0.026..0.032).contains(&found[0]), "{found:?}");
    assert!(found[0] < found[2], "{found:?}");

    // Compared by the whole image, blank lower halves find digits that are blank there.
    let shape = data.shape();
    let of = |split, damage| damaged(split, shape, damage).unwrap();
    let stored = of(&data.train, Damage::None);
    let everywhere = visible(shape, Damage::None);
    let damage = Damage::Mask(Mask::Bottom);
    let by_all = nearest(&stored, of(&data.test, damage), everywhere).unwrap();
    let by_all = mse(by_all, &of(&data.test, Damage::None));
    assert!(found[1] < 0.95 * by_all, "{} by the upper half, {by_all} by all", found[1]);
}
