//! Which bags contain something? Multiple-instance learning with Hopfield pooling, beside attention, mean and max.
//!
//!   cargo run --release --example pooling -- bits            bags of bit patterns, some with a signal
//!   cargo run --release --example pooling -- latch           sequences whose first symbol decides
//!   cargo run --release --example pooling -- digits          bags of digits, some with a 9
//!   cargo run --release --example pooling -- FILE.csv        musk1, musk2, elephant, ucsb_breast_cancer, or your own bags
//!
//! Networks differ in the pooling only. Drawn sets: 5 draws; files: 5 × 10-fold cross-validation. AUC is in %, the mean ± the
//! deviation over draws or repeats. Ramsauer et al. (2020), section 4; protocol and figures: docs/experiments.md.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use burn::tensor::Device;
use hopfield_examples::mil::{self, Bags, MilError, Pooling, Set, Settings};

const REPEATS: u64 = 5;
const FOLDS: usize = 10;

/// The AUC of one training, and its seconds.
fn measure(train: &Bags, test: &Bags, pooling: Pooling, by: Settings, seed: u64) -> (f64, f64) {
    let device = Device::flex();
    let began = Instant::now();
    let network = mil::train(train, pooling, by, seed, &device);
    let scores = network.scores(test, &device);
    (mil::area_under_curve(&test.labels, &scores), began.elapsed().as_secs_f64())
}

/// The AUC of each draw or repeat, and the seconds of each training.
fn repeat(set: &str, pooling: Pooling, repeats: u64) -> Result<(Vec<f64>, Vec<f64>), MilError> {
    let name = Path::new(set).file_stem().map_or(set.into(), |name| name.to_string_lossy());
    let by = Settings::of(&name, pooling);
    let (mut found, mut seconds) = (Vec::new(), Vec::new());
    for repeat in 0..repeats {
        let set = match set {
            "bits" => mil::bit_patterns(repeat),
            "latch" => mil::latch(repeat),
            "digits" => mil::digits(repeat)?,
            path => mil::file(Path::new(path))?,
        };
        match set {
            Set::Drawn(train, test) => {
                let (area, time) = measure(&train, &test, pooling, by, repeat);
                found.push(area);
                seconds.push(time);
            }
            Set::Whole(bags, ids) => {
                let folds = &mil::folds(&ids, &bags.labels, repeat, FOLDS)?;
                let mut areas = Vec::new();
                for fold in 0..FOLDS {
                    let places = |is_test: bool| {
                        (0..ids.len()).filter(move |&at| (folds[at] == fold) == is_test)
                    };
                    let (mut train, mut test) = (bags.at(places(false)), bags.at(places(true)));
                    mil::standardise(&mut train, &mut test);
                    let seed = 100 * repeat + fold as u64;
                    let (area, time) = measure(&train, &test, pooling, by, seed);
                    areas.push(area);
                    seconds.push(time);
                }
                found.push(mean(&areas));
            }
        }
    }
    Ok((found, seconds))
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

fn run() -> Result<(), MilError> {
    let set = std::env::args().nth(1).ok_or("needed is bits, latch, digits or a file of bags")?;
    for pooling in Pooling::ALL {
        let (found, seconds) = repeat(&set, pooling, REPEATS)?;
        let (centre, count) = (mean(&found), found.len() as f64);
        let deviation =
            (found.iter().map(|x| (x - centre).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        let name = format!("{pooling:?}").to_lowercase();
        println!(
            "{name:<10} AUC {:.1} ± {:.1}   {:.2} s",
            100.0 * centre,
            100.0 * deviation,
            mean(&seconds)
        );
    }
    Ok(())
}

fn main() -> ExitCode {
    run().map_or_else(
        |error| {
            eprintln!("error: {error}");
            ExitCode::from(2)
        },
        |()| ExitCode::SUCCESS,
    )
}

#[test]
fn hopfield_pooling_finds_the_symbol_that_decides() {
    let (areas, _) = repeat("latch", Pooling::Hopfield, 1).unwrap();
    assert!(areas[0] > 0.999, "{areas:?}");
    let folded = mil::folds(&[1, 2], &[true, false], 0, FOLDS).unwrap_err().to_string();
    assert!(folded.contains("needs 10 positive and 10 negative bags"), "{folded}");
}
