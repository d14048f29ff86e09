//! `hopfield retrieve`: answers of one layer whose patterns stay in their file.

use std::path::PathBuf;

use hopfield_arrays::{Array, ArrayFile, ElementType};
use hopfield_database::{LayerManifest, Part, manifest};
use hopfield_kernels::{Matrix, Normalisers};
use hopfield_layer::{Separation, Similarity};
use hopfield_train::printer::Printer;
use serde::Serialize;

use crate::columns::{Column, Format, Numbers};
use crate::error::Error;
use crate::options::{OutArgs, count, is_one_of, positive};
use crate::retrieved::Retrieved;

/// Retrieve from one layer of any size: the best patterns for each query, and the answer softmax(β·q·Hᵀ)·H.
///
/// The patterns H stay in their file and are read as needed, so the file may be larger than memory: an npy or safetensors file
/// of float32 (little-endian, row-major) once per 256 queries, any other once, 64 MiB at a time. Queries and answers are rows
/// of numbers, not images. Real numbers of all types are read, as f32, and not scaled.
#[derive(Debug, clap::Args)]
#[command(mut_arg("out", |arg| {
    arg.help("Write the answers: .npy for these alone; .npz, .parquet or .csv with the best patterns of each query and their weights")
}))]
pub(crate) struct Args {
    /// An npy, npz, safetensors, IDX, Parquet or CSV file or PyTorch checkpoint with an array of numbers, one pattern per row. It must not change
    /// during the run.
    database: PathBuf,

    /// The same, with one query per row.
    queries: PathBuf,

    /// The inverse temperature β.
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    beta: f64,

    /// The array with the patterns [default: the only one in the file].
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,

    /// The array with the queries [default: the only one in the file].
    #[arg(long, value_name = "NAME")]
    query_tensor: Option<String>,

    /// How many patterns to list for each query.
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = count::<1000>)]
    top_k: usize,

    #[command(flatten)]
    out: OutArgs,
}

/// What was found for a query.
#[derive(Debug, Serialize)]
struct Found {
    query: usize,
    /// The best patterns, the best one first.
    matches: Vec<Match>,
}

#[derive(Debug, Serialize)]
struct Match {
    pattern: usize,
    /// C = q·h
    similarity: f32,
    /// P
    weight: f64,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let out = args.out.file()?;
    let format = out.as_deref().map(Format::of).transpose()?;
    if out.as_deref().is_some_and(|out| is_one_of(out, &[&args.database, &args.queries])) {
        return Err("--out is the database or the queries; choose another file".into());
    }
    let mut database = ArrayFile::open(&args.database)?;
    let (name, [n, d]) = table(&database, args.tensor.as_deref())?;
    check_layer(&mut database, &name)?;
    let mut queries = ArrayFile::open(&args.queries)?;
    let (of_queries, [b, width]) = table(&queries, args.query_tensor.as_deref())?;
    if width != d {
        let needed = format!("needed are {d}, as in {}", database.name());
        return Err(format!("{}: its rows have {width} numbers; {needed}", queries.name()).into());
    }
    let states = queries.load(&of_queries)?;
    let (states, beta) = (Matrix::new(&states, [b, d]), args.beta as f32);
    let found = Retrieved::new(states, (&mut database, &name, n), beta, args.top_k)?;
    let Retrieved { answers, normalisers: Normalisers { largest, sums }, best } = found;
    let is_finite = |query: &usize| {
        let (sum, answer) = (sums[*query], &answers[query * d..(query + 1) * d]);
        sum > 0.0 && sum.is_finite() && answer.iter().all(|entry| entry.is_finite())
    };
    if let Some(query) = (0..b).find(|query| !is_finite(query)) {
        return Err(format!(
            "query {query} of {}: its similarities to {} are not all finite; allowed: no NaN, no infinity, no numbers whose \
             products overflow f32",
            queries.name(),
            database.name()
        )
        .into());
    }
    let (mut patterns, mut weights) = (Vec::new(), Vec::new());
    for (query, best) in best.into_iter().enumerate() {
        let matches = best.into_iter().map(|best| Match {
            pattern: best.pattern,
            similarity: best.similarity,
            weight: f64::from((best.similarity - largest[query]) * beta).exp()
                / f64::from(sums[query]),
        });
        let found = Found { query, matches: matches.collect() };
        patterns.extend(found.matches.iter().map(|found| found.pattern as i32));
        weights.extend(found.matches.iter().map(|found| found.weight as f32));
        printer.data(&found);
        printer.result(&found.for_people());
    }
    if let Some((out, format)) = out.as_deref().zip(format) {
        let width = Some(patterns.len() / b);
        let all = [
            (Column { name: "patterns", width, whole: true }, Numbers::Whole(patterns)),
            (Column { name: "weights", width, whole: false }, Numbers::Real(weights)),
            (Column { name: "retrieved", width: Some(d), whole: false }, Numbers::Real(answers)),
        ];
        let written = if format.is_of_one { &all[2..] } else { &all[..] };
        let columns: Vec<Column> = written.iter().map(|(column, _)| column.clone()).collect();
        let numbers: Vec<&Numbers> = written.iter().map(|(_, numbers)| numbers).collect();
        format.write(out, &columns, b, |sink| Ok(sink(&numbers)?))?;
        printer.result(&out.display().to_string());
    }
    Ok(())
}

/// The name of the array that is meant, and its shape: `[rows, d]`.
fn table(file: &ArrayFile, name: Option<&str>) -> Result<(String, [usize; 2]), Error> {
    let refuse = |problem: &str| {
        Error::from(format!("{}: {problem}; there are: {}", file.name(), file.contents()))
    };
    let shape = |array: &Array| match array.shape[..] {
        [n, d] if n > 0 && d > 0 && array.element.size().is_some() => Some([n, d]),
        _ => None,
    };
    let mut tables: Vec<&Array> = match name {
        Some(name) => vec![file.find(name)?],
        None => file.arrays().iter().filter(|array| shape(array).is_some()).collect(),
    };
    // Labels or the like beside one table of f32.
    if tables.iter().filter(|array| array.element == ElementType::F32).count() == 1 {
        tables.retain(|array| array.element == ElementType::F32);
    }
    let needed = "array of real numbers with a row per pattern or query, [rows, d] (one row: a.reshape(1, -1))";
    match tables[..] {
        [one] => match shape(one) {
            Some(shape) => Ok((one.name.clone(), shape)),
            None => Err(refuse(&format!("`{}` is no {needed}, with something in it", one.name))),
        },
        [] => Err(refuse(&format!("needed is an {needed}"))),
        _ => Err(refuse(
            "it has several arrays; say with --tensor (of queries: --query-tensor) which one",
        )),
    }
}

/// Refuses a layer of a pattern database that does not answer as `retrieve` does.
fn check_layer(database: &mut ArrayFile, name: &str) -> Result<(), Error> {
    if database.metadata().is_none() {
        return Ok(());
    }
    for (layer, found) in manifest(database)?.layers.iter().enumerate() {
        let LayerManifest { beta, settings } = found;
        let is_plain = (settings.similarity, settings.separation)
            == (Similarity::Dot, Separation::Softmax)
            && (settings.steps, beta.len()) == (1, 1)
            && database.array(&Part::Values.of(layer)).is_none();
        if name == Part::Patterns.of(layer) && !is_plain {
            return Err(format!(
                "{}: layer {layer} is not compared by the dot product and separated by the softmax in one step, with one head \
                 and without values; hopfield recall takes it",
                database.name()
            )
            .into());
        }
    }
    Ok(())
}

impl Found {
    fn for_people(&self) -> String {
        let matches = self.matches.iter().map(|found| {
            format!("{} ({:.3}, weight {:.3})", found.pattern, found.similarity, found.weight)
        });
        format!("query {}: patterns {}", self.query, matches.collect::<Vec<_>>().join(", "))
    }
}
