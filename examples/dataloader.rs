//! Train a dense Hopfield layer with Burn's `DataLoader` and optimiser, on any file of rows.
//!
//!   cargo run --release --example dataloader -- x.npy

#![allow(clippy::print_stdout)]

use std::error::Error;

use burn::data::dataloader::{DataLoaderBuilder, batcher::Batcher};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Tensor, TensorData};
use hopfield_data::{Row, source};
use hopfield_layer::{Beta, HopfieldLayer, HopfieldLayerConfig};

struct Rows;

impl Batcher<Row, Tensor<2>> for Rows {
    fn batch(&self, rows: Vec<Row>, device: &Device) -> Tensor<2> {
        let shape = [rows.len(), rows[0].numbers.len()];
        let numbers: Vec<f32> = rows.into_iter().flat_map(|row| row.numbers).collect();
        Tensor::from_data(TensorData::new(numbers, shape), device)
    }
}

/// The mean squared error of each epoch.
fn train(place: &str, epochs: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let (rows, device) = (source(place).load()?.train, Device::flex().autodiff());
    let config = HopfieldLayerConfig::new(32, rows.dim()).with_beta(Some(Beta::Fixed(4.0)));
    let mut layer: HopfieldLayer = config.init(&device);
    let loader = DataLoaderBuilder::new(Rows).batch_size(64).shuffle(1).set_device(device);
    let (loader, mut sgd) = (loader.build(rows), SgdConfig::new().init());
    let mut epoch = || -> Result<f64, Box<dyn Error>> {
        let mut errors = Vec::new();
        for rows in loader.iter() {
            let rows = rows?;
            let error = (layer.forward(rows.clone()) - rows).square().mean();
            errors.push(error.clone().into_scalar::<f64>());
            let gradients = GradientsParams::from_grads(error.backward(), &layer);
            layer = sgd.step(50.0, layer.clone(), gradients);
        }
        Ok(errors.iter().sum::<f64>() / errors.len() as f64)
    };
    (0..epochs).map(|_| epoch()).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let place = std::env::args().nth(1).ok_or("needed is a file of rows, such as x.npy")?;
    for (epoch, error) in train(&place, 10)?.into_iter().enumerate() {
        println!("epoch {epoch}: mean squared error {error:.5}");
    }
    Ok(())
}

#[test]
fn the_error_falls() {
    let errors = train("../crates/data/assets/t10k-images-idx3-ubyte.gz", 3).unwrap();
    assert!(errors[2] < 0.9 * errors[0], "{errors:?}");
}
