//! `hopfield encode`: what a stack makes of rows of numbers, as arrays.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_data::{Applied, RowStream, parted};
use hopfield_database::ExportError;
use hopfield_layer::HopfieldLayer;
use hopfield_model::HopfieldStack;
use hopfield_report::counted;
use hopfield_train::SavedRun;
use hopfield_train::printer::Printer;
use serde_json::json;

use crate::columns::{Column, Format, Numbers};
use crate::error::Error;
use crate::finite::check_finite;
use crate::host::host;
use crate::options::{DeviceArgs, count, is_one_of};

/// Encode rows of numbers: the weights that a layer gives its patterns, and what the stack retrieves.
///
/// For each row: `weights` (of all patterns; with --top only the largest, and the indices of their patterns in `patterns`), `best` (the pattern
/// with the largest weight), `entropy` (−Σ P ln P in nats, averaged over the heads), `energy` (of the layer's state, if the layer has an energy)
/// and, with --recalled, `recalled`. With several heads, pattern n of head h has index h·N + n. Rows are scaled as in training, and recalled rows
/// are scaled back. Rows are read and written in blocks, so memory does not grow with their number (all pictures of a folder are read at once).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run.
    run: PathBuf,

    /// The rows: an npy, npz, safetensors, IDX, Parquet or CSV file, FILE#NAME for one of several arrays in it, or a folder of pictures.
    data: String,

    /// Leave out this column of the table, such as that of the labels.
    #[arg(long, value_name = "NAME")]
    without: Option<String>,

    /// The file to write: .npz, .parquet, .csv, or .npy for the weights alone (with --recalled: what is recalled, alone).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Replace the file named with --out if it exists.
    #[arg(long)]
    force: bool,

    /// The layer whose weights are written, counted from 0 at the input [default: the last].
    #[arg(long, value_name = "K")]
    layer: Option<usize>,

    /// Write only the largest weights, and which patterns have them, the largest first.
    #[arg(long, value_name = "COUNT", value_parser = count::<100_000>)]
    top: Option<usize>,

    /// Also write the stack's answers.
    #[arg(long)]
    recalled: bool,

    #[command(flatten)]
    device: DeviceArgs,
}

/// Rows answered together, if they have no more numbers than a block.
const CHUNK: usize = 512;
const BLOCK: usize = 1 << 20;

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let run = SavedRun::find(&args.run)?;
    if args.out.exists() && !args.force {
        return Err(ExportError::Exists(args.out.clone()).into());
    }
    let (file, _) = parted(&args.data);
    if is_one_of(&args.out, &[Path::new(file), run.patterns()]) {
        return Err("--out is the data or the run; choose another file".into());
    }
    let format = Format::of(&args.out)?;
    let device = args.device.open()?;
    let database = run.load(&device)?;
    let stack = &database.stack;
    let last = stack.layers.len() - 1;
    let layer = args.layer.unwrap_or(last);
    if layer > last {
        return Err(ExportError::NoLayer { layer, count: last + 1 }.into());
    }
    let rows = {
        let (shape, scaling) = (database.image_shape, &database.scaling);
        RowStream::open(&args.data, args.without.as_deref(), shape, scaling, database.least_byte())?
    };
    if rows.dim() != stack.dim() {
        let needed = format!("{} takes {}", args.run.display(), stack.dim());
        return Err(format!("{}: its rows have {} numbers; {needed}", args.data, rows.dim()).into());
    }
    let (recalled, answers_rows) = (args.recalled, database.answers_rows());
    let encoder = Encoder { stack, layer, top: args.top, recalled, answers_rows, device };
    let columns = encoder.columns(format)?;
    let count = rows.count();
    format.write(&args.out, &columns, count, |sink| {
        let mut done = 0;
        let together = CHUNK.min((BLOCK / stack.dim()).max(1));
        rows.each(together, |some, applied| {
            let size = some.len() / stack.dim();
            let name = |row| format!("row {} of {}", done + row, args.data);
            let found = encoder.encode(some, applied, &name)?;
            let of = |column: &Column| found.iter().find(|(name, _)| *name == column.name);
            let wanted: Vec<_> =
                columns.iter().filter_map(of).map(|(_, numbers)| numbers).collect();
            done += size;
            Ok::<_, Error>(sink(&wanted)?)
        })
    })?;
    printer.data(&json!({ "run": args.run, "rows": count, "file": args.out }));
    printer.result(&format!("{} ({})", args.out.display(), counted(count, "row")));
    Ok(())
}

const WEIGHTS: &str = "weights";
const RECALLED: &str = "recalled";

/// What is written of each row.
struct Encoder<'a> {
    stack: &'a HopfieldStack,
    layer: usize,
    /// Only so many weights, the largest.
    top: Option<usize>,
    recalled: bool,
    /// Answers are scaled back.
    answers_rows: bool,
    device: Device,
}

impl Encoder<'_> {
    fn layer(&self) -> &HopfieldLayer {
        &self.stack.layers[self.layer]
    }

    /// The columns of a table in this format.
    fn columns(&self, format: Format) -> Result<Vec<Column>, Error> {
        let layer = self.layer();
        let patterns = layer.pattern_count() * layer.heads();
        if let Some(top) = self.top.filter(|top| *top > patterns) {
            return Err(format!(
                "--top {top}; allowed: up to {patterns}, the patterns of layer {}",
                self.layer
            )
            .into());
        }
        let real = |name, width| Column { name, width, whole: false };
        let mut columns = vec![
            real(WEIGHTS, Some(self.top.unwrap_or(patterns))),
            Column { name: "best", width: None, whole: true },
            real("entropy", None),
        ];
        if self.top.is_some() {
            columns.insert(0, Column { name: "patterns", width: self.top, whole: true });
        }
        let state = Tensor::zeros([1, layer.dim()], &self.device);
        if layer.energy(state).is_ok() {
            columns.push(real("energy", None));
        }
        if self.recalled {
            columns.push(real(RECALLED, Some(self.stack.output_dim())));
        }
        if !format.is_of_one {
            return Ok(columns);
        }
        if self.top.is_some() {
            return Err(
                "--top with an npy file, which holds one array; take .npz, .parquet or .csv".into(),
            );
        }
        columns.retain(|column| column.name == if self.recalled { RECALLED } else { WEIGHTS });
        Ok(columns)
    }

    /// All columns of some rows, to which this was done; `name` names one of them.
    fn encode(
        &self,
        rows: Vec<f32>,
        applied: &Applied,
        name: &dyn Fn(usize) -> String,
    ) -> Result<Vec<(&'static str, Numbers)>, Error> {
        let count = rows.len() / self.stack.dim();
        let states = TensorData::new(rows, [count, self.stack.dim()]);
        let states = Tensor::<2>::from_data(states, &self.device);
        let trace = self.stack.trace(states.clone());
        check_finite(&trace, name)?;
        let [_, width] = trace[self.layer].weights.dims();
        let weights = host(trace[self.layer].weights.clone());
        let of_rows = || weights.chunks_exact(width);
        let heads = self.layer().heads() as f32;
        let entropy = |weights: &[f32]| {
            let sum: f32 = weights.iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).sum();
            sum / heads
        };
        let largest = of_rows().map(|weights| largest(weights, self.top.unwrap_or(1)));
        let largest: Vec<Vec<usize>> = largest.collect();
        let best = largest.iter().map(|places| places[0] as i32).collect();
        let mut found = vec![
            ("best", Numbers::Whole(best)),
            ("entropy", Numbers::Real(of_rows().map(entropy).collect())),
        ];
        // The state that the layer got: what the layers before made of the row.
        let state = trace[..self.layer].iter().fold(states, |state, answer| {
            let answer = answer.retrieved.clone();
            if self.stack.is_residual() { state + answer } else { answer }
        });
        if let Ok(energy) = self.layer().energy(state) {
            found.push(("energy", Numbers::Real(host(energy))));
        }
        if self.recalled {
            let mut recalled = host(trace[trace.len() - 1].retrieved.clone());
            if self.answers_rows {
                applied.undo(&mut recalled);
            }
            found.push((RECALLED, Numbers::Real(recalled)));
        }
        let kept = match self.top {
            None => weights,
            Some(_) => {
                let places = largest.iter().flatten().map(|&place| place as i32);
                found.push(("patterns", Numbers::Whole(places.collect())));
                let of_row = |(weights, places): (&[f32], &Vec<usize>)| -> Vec<f32> {
                    places.iter().map(|&place| weights[place]).collect()
                };
                of_rows().zip(&largest).flat_map(of_row).collect()
            }
        };
        found.push((WEIGHTS, Numbers::Real(kept)));
        Ok(found)
    }
}

/// The places of the `k` largest numbers, the largest first; of equal ones, the first.
fn largest(numbers: &[f32], k: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..numbers.len()).collect();
    let order = |a: &usize, b: &usize| numbers[*b].total_cmp(&numbers[*a]).then(a.cmp(b));
    if k < places.len() {
        places.select_nth_unstable_by(k - 1, order);
        places.truncate(k);
    }
    places.sort_by(order);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_come_first() {
        assert_eq!(largest(&[0.1, 0.4, 0.2, 0.4], 3), [1, 3, 2]);
        assert_eq!(largest(&[0.1, 0.4], 1), [1]);
        assert_eq!(largest(&[0.1, 0.4], 2), [1, 0]);
    }
}
