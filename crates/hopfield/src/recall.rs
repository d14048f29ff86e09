//! `hopfield recall`: what a stack makes of images, and which patterns its answers are made of.

use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;

use hopfield_arrays::{ImageShape, Scaling, write_whole};
use hopfield_data::{Damage, Ink, images};
use hopfield_database::ExportError;
use hopfield_layer::HopfieldLayer;
use hopfield_report::{Sheet, Shown, Tone, png};
use hopfield_train::SavedRun;
use hopfield_train::printer::Printer;

use crate::error::{Error, at};
use crate::host::host;
use crate::options::{DamageArgs, DeviceArgs, OutArgs, count};
use crate::probe::answers_with_images;
use crate::recalled::{Match, Recalled, answer};

/// Answer images, and show which patterns the answers are made of.
///
/// For each image: what the stack answers; the patterns of one layer that match best, with their weights; and the energy of
/// the state that this layer gets, of its answer, and of the fixed point that repeated updates of the state reach.
#[derive(Debug, clap::Args)]
#[command(mut_arg("out", |arg| {
    arg.help("The picture to write [default: recall.png in the run's folder, which is replaced]")
}))]
pub(crate) struct Args {
    /// The run.
    run: PathBuf,

    /// PNG or JPEG pictures, or IDX files of many images: white ink on black, of the same size as the patterns.
    ///
    /// Transparent pixels are paper: black, or white with --invert. A picture in one colour on transparent paper is read from its
    /// transparency, whatever the colour: ink is what is opaque.
    #[arg(required = true)]
    images: Vec<PathBuf>,

    /// From IDX files, take only these images: a number, or FROM..TO (TO excluded) [default: the first 16].
    #[arg(long, value_name = "RANGE", value_parser = range)]
    only: Option<Range<usize>>,

    /// Invert the images (for black ink on white paper).
    #[arg(long)]
    invert: bool,

    #[command(flatten)]
    damage: DamageArgs,

    /// The seed of random masks and noise.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// The layer whose patterns are shown, counted from 0 at the input [default: the last].
    #[arg(long, value_name = "K")]
    layer: Option<usize>,

    /// How many patterns to show.
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = count::<1000>)]
    top_k: usize,

    #[command(flatten)]
    out: OutArgs,

    #[command(flatten)]
    device: DeviceArgs,
}

fn range(text: &str) -> Result<Range<usize>, String> {
    let range = match text.split_once("..") {
        Some((from, to)) => from.parse().ok().zip(to.parse().ok()).map(|(from, to)| from..to),
        None => text.parse::<usize>().ok().and_then(|one| Some(one..one.checked_add(1)?)),
    };
    let range = range.filter(|range| !range.is_empty());
    range.ok_or_else(|| "allowed: a number, or FROM..TO with FROM below TO, counted from 0".into())
}

/// The number of images taken from a file if --only is not given.
const FIRST: usize = 16;

/// Height of the bars.
const BAR: usize = 3;

/// Images answered together.
const CHUNK: usize = 250;
/// The most images in the picture.
const DRAWN: usize = 64;

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let run = SavedRun::find(&args.run)?;
    let device = args.device.open()?;
    let database = run.load(&device)?;
    let stack = &database.stack;
    answers_with_images(&run, stack)?;
    let last = stack.layers.len() - 1;
    let layer = args.layer.unwrap_or(last);
    if layer > last {
        return Err(ExportError::NoLayer { layer, count: last + 1 }.into());
    }
    let picture = args.out.file()?.unwrap_or_else(|| run.folder().join("recall.png"));
    let shape = database.image_shape.ok_or_else(|| {
        let found = format!("{}: its rows are vectors, not images", args.run.display());
        Error::from(format!("{found}; use hopfield encode"))
    })?;
    let (names, clean) = read(args, shape, &database.scaling, printer)?;
    let damage = args.damage.damage().unwrap_or(Damage::None);
    let mut states = clean.clone();
    damage.apply(&mut states, shape, args.seed, 0);

    let dim = stack.dim();
    let mut sheets = Vec::new();
    let chunks = names.chunks(CHUNK).zip(states.chunks(CHUNK * dim)).zip(clean.chunks(CHUNK * dim));
    for ((names, states), clean) in chunks {
        let recalled = answer(stack, layer, args.top_k, names, states, clean, &device)?;
        for recalled in &recalled {
            printer.data(recalled);
            printer.result(&recalled.text());
        }
        let shown = recalled.len().min(DRAWN - sheets.len());
        sheets.extend(draw(&recalled[..shown], &stack.layers[layer], shape, &database.scaling));
    }
    if names.len() > DRAWN {
        printer.note(&format!("the picture shows the first {DRAWN} of {} images", names.len()));
    }
    let sheet = Sheet::below_each_other(&sheets);
    let written = write_whole(&picture, |out| out.write_all(&png(sheet)));
    written.map_err(at(&picture))?;
    printer.result(&picture.display().to_string());
    Ok(())
}

/// The names of the chosen images, and their pixels as the network sees them.
fn read(
    args: &Args,
    shape: ImageShape,
    scaling: &Scaling,
    printer: &Printer,
) -> Result<(Vec<String>, Vec<f32>), Error> {
    let dim = shape.dim();
    let ink = if args.invert { Ink::Black } else { Ink::White };
    let (mut names, mut pixels) = (Vec::new(), Vec::new());
    for path in &args.images {
        let file = images(path, shape, ink)?;
        let count = file.len() / dim;
        let name = path.display().to_string();
        let chosen = match &args.only {
            _ if count == 1 => 0..1,
            Some(only) if only.end <= count => only.clone(),
            Some(only) => {
                let given = format!("--only {}..{}", only.start, only.end);
                return Err(format!("{given}; allowed: images of {name}, 0..{count}").into());
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
            if of_image.iter().all(|grey| *grey == of_image[0]) {
                printer.note(&format!(
                    "{} is empty: all its pixels are alike",
                    names[names.len() - 1]
                ));
            }
            pixels.extend(of_image.iter().map(|&grey| f32::from(grey) / 255.0));
        }
    }
    scaling.from_grey(&mut pixels);
    Ok((names, pixels))
}

/// One row per image: what the network was given, what it answered, and the best patterns. The bar under a pattern shows its
/// weight relative to the best one's.
fn draw(
    recalled: &[Recalled],
    layer: &HopfieldLayer,
    shape: ImageShape,
    scaling: &Scaling,
) -> Vec<Sheet> {
    let (dim, width) = (shape.dim(), shape.width());
    let bar_shape = ImageShape::new(&[BAR, width]).expect("an image has columns");
    let patterns = (layer.dim() == dim).then(|| host(layer.patterns.val()));
    let unit = Tone::Fixed { low: 0.0, high: 1.0 };
    let rows = recalled.iter().map(|recalled| {
        let mut images = [&recalled.state[..], &recalled.retrieved].concat();
        scaling.to_grey(&mut images);
        let mut row = vec![Sheet::tiles(&images, shape, 2, unit)];
        if let Some(patterns) = &patterns {
            let count = recalled.matches.len();
            let of = |found: &Match| &patterns[found.pattern * dim..(found.pattern + 1) * dim];
            let mut tiles: Vec<f32> = recalled.matches.iter().flat_map(of).copied().collect();
            let shown = Shown::new(layer.range, scaling);
            shown.scale(&mut tiles);
            let most =
                recalled.matches.first().map_or(1.0, |found| found.weight.max(f32::MIN_POSITIVE));
            let bar = |found: &Match| {
                let filled = (found.weight / most * width as f32).round() as usize;
                (0..BAR * width).map(move |pixel| f32::from(u8::from(pixel % width < filled)))
            };
            let bars: Vec<f32> = recalled.matches.iter().flat_map(bar).collect();
            row.push(Sheet::below_each_other(&[
                Sheet::tiles(&tiles, shape, count, shown.tone),
                Sheet::tiles(&bars, bar_shape, count, unit),
            ]));
        }
        Sheet::side_by_side(&row)
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parsed() {
        assert_eq!(range("3"), Ok(3..4));
        assert_eq!(range("0..10"), Ok(0..10));
        assert!(range("5..5").is_err() && range("x").is_err());
    }
}
