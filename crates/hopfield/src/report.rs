//! `hopfield report`: everything about a run in one HTML page.

use std::io::Write;
use std::path::PathBuf;

use burn::tensor::{Tensor, TensorData};
use hopfield_arrays::{Scaling, write_whole};
use hopfield_database::DatabaseFile;
use hopfield_layer::HopfieldLayer;
use hopfield_model::{HopfieldStack, most_alike};
use hopfield_report::{Alike, AlikePattern, Digits, PatternMap, Report};
use hopfield_train::printer::Printer;
use hopfield_train::{SavedRun, reconstructions};
use serde_json::json;

use crate::error::{Error, at};
use crate::labels::labels;
use crate::map::map;
use crate::measure::measure;
use crate::options::{DataArgs, OutArgs};
use crate::probe::{Probe, answers_with_images};

/// Write one HTML page that shows everything: training curves, the patterns as they grew, how they are used,
/// reconstructions, the config, and a playground in which the stack answers what you draw.
#[derive(Debug, clap::Args)]
#[command(mut_arg("out", |arg| {
    arg.help("The page to write [default: report.html in the run's folder, which is replaced]")
}))]
pub(crate) struct Args {
    /// The run.
    run: PathBuf,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    out: OutArgs,
}

/// What each pattern is like is said of so many patterns at most, and by so many others each.
const MOST_ALIKE: usize = 600;
const OTHERS: usize = 3;

/// None if there are too many patterns, or some have another dimension than rows.
fn alike(stack: &HopfieldStack, probe: &Probe) -> Result<Option<Alike>, Error> {
    let train = &probe.data.train;
    let count: usize = stack.layers.iter().map(HopfieldLayer::pattern_count).sum();
    let are_rows = stack.layers.iter().all(|layer| layer.patterns.dims()[1] == train.dim());
    if count > MOST_ALIKE || !are_rows {
        return Ok(None);
    }
    let images = probe.batch(train)?.targets;
    let layers = stack.layers.iter().map(|layer| {
        let patterns = layer.patterns.val();
        let others = most_alike(&patterns, &patterns, OTHERS + 1).into_iter().enumerate();
        let others = others.map(|(own, mut found)| {
            found.retain(|&(place, _)| place != own);
            found.truncate(OTHERS);
            found
        });
        let of_images = most_alike(&patterns, &images, OTHERS).into_iter();
        of_images.zip(others).map(|(images, patterns)| AlikePattern { images, patterns }).collect()
    });
    let mut layers: Vec<Vec<AlikePattern>> = layers.collect();
    let named = layers.iter().flatten().flat_map(|pattern| &pattern.images);
    let scaling = probe.data.scaling();
    let image = |&(place, _): &(usize, f64)| {
        Ok((train.row_of(place), greys(train.rows(place..place + 1)?, scaling)))
    };
    let shown = probe.data.image_shape.is_some();
    let images = named.filter(|_| shown).map(image).collect::<Result<_, Error>>()?;
    // By their places in the file.
    let patterns = layers.iter_mut().flatten();
    patterns
        .flat_map(|pattern| &mut pattern.images)
        .for_each(|(place, _)| *place = train.row_of(*place));
    Ok(Some(Alike { layers, images }))
}

/// Training rows on the map.
const MAPPED: usize = 2000;

fn mapped(stack: &HopfieldStack, probe: &Probe) -> Result<PatternMap, Error> {
    let train = &probe.data.train;
    // Some, spread evenly.
    let shown = train.count().min(MAPPED);
    let chosen: Vec<usize> = (0..shown).map(|k| k * train.count() / shown).collect();
    let some = train.at(&chosen);
    let rows = TensorData::new(some.all_rows()?, [shown, train.dim()]);
    let rows = Tensor::from_data(rows, probe.device());
    Ok(map(stack, &rows, some.labels().map(<[u32]>::to_vec)))
}

/// Grey values from 0 to 255 of rows as the network sees them.
fn greys(mut rows: Vec<f32>, scaling: &Scaling) -> Vec<u8> {
    scaling.to_grey(&mut rows);
    rows.into_iter().map(|grey| (grey * 255.0).round() as u8).collect()
}

/// Test images to choose from in the playground.
const DIGITS: usize = 100;

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let run = SavedRun::find(&args.run)?;
    let page = args.out.file()?.unwrap_or_else(|| run.folder().join("report.html"));
    let device = args.data.device.open()?;
    let database = run.load(&device)?;
    answers_with_images(&run, &database.stack)?;
    let probe = Probe::new(&run, &args.data, &database, &device)?;
    let name = args.run.display().to_string();
    let test = &probe.data.test;
    let batch = probe.batch(test)?;
    let found = measure(&name, &database.stack, &probe, &batch)?;
    let measured = serde_json::to_value(&found).expect("it is plain data");
    let answers = found.answers.as_ref().expect("the stack answers with images");
    let pictures = database
        .image_shape
        .map(|shape| reconstructions(&batch, answers, shape, &database.scaling));
    let mapped = match database.image_shape {
        Some(_) => None,
        None => Some(mapped(&database.stack, &probe)?),
    };

    let (snapshots, metrics) = (run.snapshots()?, run.metrics()?);
    let config = run.config_text()?;
    let mut file = DatabaseFile::open(run.patterns())?;
    let shown = test.count().min(DIGITS);
    let pixels = greys(test.rows(0..shown)?, &database.scaling);
    let report = Report {
        title: &name,
        snapshots: &snapshots,
        metrics: &metrics,
        measured: &measured,
        usage: &found.usage,
        digits: database.image_shape.map(|_| Digits {
            labels: test.labels().map(|labels| &labels[..shown]),
            pixels: &pixels,
        }),
        map: mapped,
        alike: alike(&database.stack, &probe)?,
        reconstructions: pictures.as_deref(),
        config: config.as_deref(),
    };
    let html = report.to_html(&mut file, labels(&run, &args.data, &probe, &device)?)?;
    write_whole(&page, |out| out.write_all(html.as_bytes())).map_err(at(&page))?;
    printer.data(&json!({ "run": name, "report": page, "bytes": html.len() }));
    printer.result(&format!(
        "{} ({:.1} MB); open it in a browser",
        page.display(),
        html.len() as f64 / 1e6
    ));
    Ok(())
}
