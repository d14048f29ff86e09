//! What `benches/gpu/run` asks of a device; one program, because little may travel to a machine with a GPU.
//!
//!   gpu DEVICE check [WORDS]               compares the device with `flex`: all, or what has these words in its name
//!   gpu DEVICE train ARGUMENTS             the program `train`
//!   gpu DEVICE step LAYERS PATTERNS BATCH [PRECISION]
//!                                          a training step
//!   gpu DEVICE retrieve PATTERNS BATCH     an answer from many patterns
//!
//! The last two do their job over and over, for as many seconds as each line on stdin asks, and answer with how often and how
//! long, as the programs of `benches/compare`.
#![allow(clippy::print_stdout)]

use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

use burn::tensor::Device;
use clap::Parser;
use hopfield_benches::{DIM, rows, training};
use hopfield_layer::{HopfieldLayer, Precision, Similarity};
use hopfield_tests::backends::CHECKS;
use hopfield_train::cli::Program;
use hopfield_train::printer::Printer;
use hopfield_train::{Interrupt, TrainError, device};

const IMAGES: usize = 10_000;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    hopfield_train::process::prepare();
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let opened = device::open(&args[0]).unwrap_or_else(|error| fail(&error.to_string()));
    let number = |at: usize| args[at].parse::<usize>().expect("a number");
    match (args[1].as_str(), args.len()) {
        ("check", 2 | 3) => check(&args[0], &opened, args.get(2).map_or("", String::as_str)),
        ("train", _) => train(&args),
        ("step", 5 | 6) => {
            let named = |&precision: &Precision| Some(&precision.to_string()) == args.get(5);
            let precision = Precision::ALL.into_iter().find(named).unwrap_or_default();
            serve(&opened, step([2, 3, 4].map(number), precision, &opened));
        }
        ("retrieve", 4) => serve(&opened, retrieve([2, 3].map(number), &opened)),
        _ => fail(&format!("no job {args:?}")),
    }
}

fn fail(message: &str) -> ! {
    println!("{message}");
    std::process::exit(2);
}

fn check(name: &str, opened: &Device, words: &str) {
    for (what, check) in CHECKS.into_iter().filter(|(what, _)| what.contains(words)) {
        let began = Instant::now();
        let checked = device::guarded(|| {
            check(name, opened);
            Ok::<_, TrainError>(())
        });
        checked.unwrap_or_else(|error| fail(&format!("{what}: {error}")));
        println!("{what}: as on flex ({:.1} s)", began.elapsed().as_secs_f64());
    }
}

fn train(args: &[String]) {
    let words = ["train"].into_iter().chain(args[2..].iter().map(String::as_str));
    let Program { args, quiet, json } = Program::parse_from(words.chain(["--device", &args[0]]));
    let printer = Printer::new(quiet, json);
    let trained = device::guarded(|| args.job()?.run(&printer, &Interrupt::default()));
    trained.unwrap_or_else(|error| fail(&error.to_string()));
}

fn step(shape: [usize; 3], precision: Precision, device: &Device) -> Box<dyn FnMut()> {
    let [layers, patterns, batch] = shape;
    let images = rows(IMAGES.max(batch), DIM, device);
    let mut step = training(layers, patterns, batch, Similarity::Dot, images, precision);
    Box::new(move || {
        step();
    })
}

fn retrieve(numbers: [usize; 2], device: &Device) -> Box<dyn FnMut()> {
    let patterns = rows(numbers[0], DIM, device);
    let layer = HopfieldLayer::from_patterns(patterns, 0.5).expect("a layer");
    let states = rows(numbers[1], DIM, device);
    Box::new(move || {
        layer.forward(states.clone());
    })
}

/// How long the device may be behind.
const BEHIND: f64 = 0.05;

fn serve(device: &Device, mut job: Box<dyn FnMut()>) {
    // So that everything is compiled, and its sizes tried.
    let mut seconds = 0.0;
    for _ in 0..3 {
        let began = Instant::now();
        job();
        device.sync().expect("the device works");
        seconds = began.elapsed().as_secs_f64();
    }
    let together = (BEHIND / seconds).max(1.0) as u64;
    println!("ready");
    for line in io::stdin().lock().lines() {
        let seconds: f64 = line.expect("stdin").trim().parse().expect("seconds");
        let (began, mut count) = (Instant::now(), 0);
        while count == 0 || began.elapsed() < Duration::from_secs_f64(seconds) {
            (0..together).for_each(|_| job());
            device.sync().expect("the device works");
            count += together;
        }
        println!("{count} {}", began.elapsed().as_secs_f64());
        io::stdout().flush().expect("stdout");
    }
}
