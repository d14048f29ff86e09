//! `hopfield recall`: what a stack makes of images, and which patterns answer.

use std::io::Write;

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_data::{Damage, images};
use hopfield_export::{ExportError, Sheet, Tone, pattern_tone, png, write_whole};
use hopfield_layer::{HopfieldLayer, LayerError, Range, Steps};
use hopfield_model::HopfieldStack;
use hopfield_train::printer::Printer;
use serde::Serialize;

use crate::cli::RecallArgs;
use crate::error::Error;
use crate::eval::host;
use crate::probe::{answers_with_images, find, open_device};

/// Images of a file that are taken if none are named.
const FIRST: usize = 16;

/// Images answered at a time.
const CHUNK: usize = 250;
/// Images in the picture, at most.
const DRAWN: usize = 64;

/// What became of one image.
#[derive(Debug, Serialize)]
struct Recalled {
    image: String,
    /// What the network saw.
    state: Vec<f32>,
    /// What it answered.
    retrieved: Vec<f32>,
    /// Per pixel, between the answer and the image as it was before it was damaged.
    mse: f64,
    layer: usize,
    /// The best patterns of the layer, the best one first.
    matches: Vec<Match>,
    energy: Option<Energy>,
    /// Update steps of the layer's state until it stops changing.
    steps: usize,
    converged: bool,
}

#[derive(Debug, Serialize)]
struct Match {
    pattern: usize,
    head: usize,
    weight: f32,
}

/// The energy of the layer: of the state that it gets, of its answer, and of the fixed point.
#[derive(Debug, Serialize)]
struct Energy {
    state: f32,
    /// None if the answer is no state, having another dimension.
    answer: Option<f32>,
    fixed_point: f32,
}

pub(crate) fn recall(args: &RecallArgs, printer: &Printer) -> Result<(), Error> {
    let run = find(&args.run)?;
    let device = open_device(args.device.as_deref())?;
    let database = run.load(&device)?;
    let stack = &database.stack;
    answers_with_images(&run, stack)?;
    let last = stack.layers.len() - 1;
    let layer = args.layer.unwrap_or(last);
    if layer > last {
        return Err(ExportError::NoLayer { layer, count: last + 1 }.into());
    }
    let picture = args.out.clone().unwrap_or_else(|| run.folder().join("recall.png"));
    if args.out.is_some() && picture.exists() && !args.force {
        return Err(ExportError::Exists(picture).into());
    }
    let shape = database.image_shape;
    let (names, clean) = read(args, shape, printer)?;
    let damage = args.damage.damage().unwrap_or(Damage::None);
    let mut states = clean.clone();
    damage.apply(&mut states, shape[0], shape[1], args.seed, 0);

    let dim = stack.dim();
    let mut sheets = Vec::new();
    let chunks = names.chunks(CHUNK).zip(states.chunks(CHUNK * dim)).zip(clean.chunks(CHUNK * dim));
    for ((names, states), clean) in chunks {
        let recalled = answer(stack, layer, args.top_k, names, states, clean, &device)?;
        for recalled in &recalled {
            printer.data(recalled);
            printer.result(&recalled.for_people());
        }
        let shown = recalled.len().min(DRAWN - sheets.len());
        sheets.extend(draw(&recalled[..shown], &stack.layers[layer], shape));
    }
    if names.len() > DRAWN {
        printer.note(&format!("the picture shows the first {DRAWN} of {} images", names.len()));
    }
    let sheet = Sheet::below_each_other(&sheets);
    let written = write_whole(&picture, |out| out.write_all(&png(vec![sheet])));
    written.map_err(Error::io(&picture))?;
    printer.result(&picture.display().to_string());
    Ok(())
}

/// The images that are asked for, each with a name, in [0, 1].
fn read(
    args: &RecallArgs,
    shape: [usize; 2],
    printer: &Printer,
) -> Result<(Vec<String>, Vec<f32>), Error> {
    let dim = shape[0] * shape[1];
    let (mut names, mut pixels) = (Vec::new(), Vec::new());
    for path in &args.images {
        let file = images(path, shape)?;
        let count = file.len() / dim;
        let name = path.display().to_string();
        let chosen = match &args.only {
            _ if count == 1 => 0..1,
            Some(only) if only.end <= count => only.clone(),
            Some(only) => {
                return Err(Error::Usage(format!(
                    "--only {}..{}; allowed: images of {name}, 0..{count}",
                    only.start, only.end
                )));
            }
            None => 0..count.min(FIRST),
        };
        if args.only.is_none() && count > FIRST {
            printer.note(&format!(
                "the first {FIRST} of {count} images of {name}; --only FROM..TO takes others"
            ));
        }
        for image in chosen {
            names.push(if count == 1 { name.clone() } else { format!("{name}:{image}") });
            let of_image = &file[image * dim..(image + 1) * dim];
            let grey = |&grey: &u8| f32::from(if args.invert { 255 - grey } else { grey }) / 255.0;
            pixels.extend(of_image.iter().map(grey));
        }
    }
    Ok((names, pixels))
}

fn answer(
    stack: &HopfieldStack,
    layer: usize,
    top_k: usize,
    names: &[String],
    states: &[f32],
    clean: &[f32],
    device: &Device,
) -> Result<Vec<Recalled>, Error> {
    let dim = stack.dim();
    let batch = TensorData::new(states.to_vec(), [names.len(), dim]);
    let batch = Tensor::<2>::from_data(batch, device);
    let trace = stack.trace(batch.clone());
    let retrieved = host(trace[trace.len() - 1].retrieved.clone());
    let of_layer = &stack.layers[layer];
    let [_, width] = trace[layer].weights.dims();
    let weights = host(trace[layer].weights.clone());
    let state = stack.states_of(layer, batch);
    let found = of_layer.retrieve(state, Steps::default())?;
    let of_answer = match of_layer.output_dim() == of_layer.dim() {
        true => match of_layer.energy(trace[layer].retrieved.clone()) {
            Err(LayerError::NoEnergy { .. }) => None,
            energy => Some(host(energy?)),
        },
        false => None,
    };
    let energies = found.energy.map(|energy| (energy.dims()[1], host(energy)));
    let recalled = names.iter().enumerate().map(|(index, image)| {
        let row = |numbers: &[f32]| numbers[index * dim..(index + 1) * dim].to_vec();
        let (retrieved, wanted) = (row(&retrieved), row(clean));
        let square = |(a, b): (&f32, &f32)| f64::from(a - b).powi(2);
        let mse = retrieved.iter().zip(&wanted).map(square).sum::<f64>() / dim as f64;
        Recalled {
            image: image.clone(),
            state: row(states),
            mse,
            retrieved,
            layer,
            matches: best(&weights[index * width..(index + 1) * width], top_k, of_layer),
            energy: energies.as_ref().map(|(steps, energies)| Energy {
                state: energies[index * steps],
                answer: of_answer.as_ref().map(|energies| energies[index]),
                fixed_point: energies[(index + 1) * steps - 1],
            }),
            steps: found.steps[index],
            converged: found.converged[index],
        }
    });
    Ok(recalled.collect())
}

/// The patterns with the largest weights, head by head; the first of equal ones first.
fn best(weights: &[f32], count: usize, layer: &HopfieldLayer) -> Vec<Match> {
    let n = layer.pattern_count();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    let matches = order.into_iter().take(count);
    matches.map(|i| Match { pattern: i % n, head: i / n, weight: weights[i] }).collect()
}

/// A row for every image: what the network saw, what it answered, and the best patterns; bars show their weights,
/// relative to the best one's.
fn draw(recalled: &[Recalled], layer: &HopfieldLayer, shape: [usize; 2]) -> Vec<Sheet> {
    let [height, width] = shape;
    let dim = height * width;
    let patterns = (layer.dim() == dim).then(|| host(layer.patterns.val()));
    let range = layer.range.map(|Range { low, high }| [low, high]);
    let unit = Tone::Fixed { low: 0.0, high: 1.0 };
    const BAR: usize = 3;
    let rows = recalled.iter().map(|recalled| {
        let images = [&recalled.state[..], &recalled.retrieved].concat();
        let mut row = vec![Sheet::tiles(&images, shape, 2, unit)];
        if let Some(patterns) = &patterns {
            let count = recalled.matches.len();
            let of = |found: &Match| &patterns[found.pattern * dim..(found.pattern + 1) * dim];
            let tiles: Vec<f32> = recalled.matches.iter().flat_map(of).copied().collect();
            let most =
                recalled.matches.first().map_or(1.0, |found| found.weight.max(f32::MIN_POSITIVE));
            let bar = |found: &Match| {
                let filled = (found.weight / most * width as f32).round() as usize;
                (0..BAR * width).map(move |pixel| f32::from(u8::from(pixel % width < filled)))
            };
            let bars: Vec<f32> = recalled.matches.iter().flat_map(bar).collect();
            row.push(Sheet::below_each_other(&[
                Sheet::tiles(&tiles, shape, count, pattern_tone(range)),
                Sheet::tiles(&bars, [BAR, width], count, unit),
            ]));
        }
        Sheet::side_by_side(row)
    });
    rows.collect()
}

impl Recalled {
    fn for_people(&self) -> String {
        let matches =
            self.matches.iter().map(|found| format!("{} ({:.3})", found.pattern, found.weight));
        let energy = self.energy.as_ref().map_or(String::new(), |energy| {
            format!("; energy {:.4}, at the fixed point {:.4}", energy.state, energy.fixed_point)
        });
        format!(
            "{}: MSE {:.5}; patterns of layer {} {}{energy}, after {} step{}{}",
            self.image,
            self.mse,
            self.layer,
            matches.collect::<Vec<_>>().join(", "),
            self.steps,
            if self.steps == 1 { "" } else { "s" },
            if self.converged { "" } else { ", not converged" }
        )
    }
}
