//! `hopfield report`: everything about a run in one HTML page.

use std::io::Write;

use hopfield_export::{DatabaseFile, Digits, ExportError, Report, write_whole};
use hopfield_model::About;
use hopfield_train::printer::Printer;
use hopfield_train::reconstructions;
use serde_json::{Value, json};

use crate::cli::ReportArgs;
use crate::error::Error;
use crate::eval::measure;
use crate::probe::{Probe, answers_with_images, find, open_device};

/// Test images to pick from in the playground.
const DIGITS: usize = 100;

pub(crate) fn report(args: &ReportArgs, printer: &Printer) -> Result<(), Error> {
    let run = find(&args.run)?;
    let page = args.out.clone().unwrap_or_else(|| run.folder().join("report.html"));
    if args.out.is_some() && page.exists() && !args.force {
        return Err(ExportError::Exists(page).into());
    }
    let device = open_device(args.data.device.as_deref())?;
    let database = run.load(&device)?;
    answers_with_images(&run, &database.stack)?;
    let probe = Probe::new(&run, &args.data, &database, &device)?;
    let name = args.run.display().to_string();
    let test = &probe.data.test;
    let batch = probe.batch(test);
    let found = measure(&name, &database.stack, &probe, &batch);
    let measured = serde_json::to_value(&found).expect("it is plain data");
    let answers = found.answers.as_ref().expect("the stack answers with images");
    let pictures = reconstructions(&batch, answers, database.image_shape);

    let (snapshots, metrics) = (run.snapshots()?, run.metrics()?);
    let config = run.config_text()?;
    let mut file = DatabaseFile::open(run.patterns())?;
    let shown = test.count().min(DIGITS);
    let report = Report {
        title: &name,
        summary: &summary(&file.about, &metrics, &measured),
        snapshots: &snapshots,
        metrics: &metrics,
        measured: &measured,
        usage: &found.usage,
        digits: Digits {
            labels: &test.labels()[..shown],
            pixels: &test.pixels()[..shown * test.dim()],
        },
        reconstructions: &pictures,
        config: config.as_deref(),
    };
    let html = report.to_html(&mut file)?;
    write_whole(&page, |out| out.write_all(html.as_bytes())).map_err(Error::io(&page))?;
    printer.data(&json!({ "run": name, "report": page, "bytes": html.len() }));
    printer.result(&format!(
        "{} ({:.1} MB); open it in a browser",
        page.display(),
        html.len() as f64 / 1e6
    ));
    Ok(())
}

fn summary(about: &About, metrics: &[Value], measured: &Value) -> String {
    let layers = about.layers.len();
    let trained = match metrics.last() {
        Some(line) => format!(", trained {} epochs", line["epoch"]),
        None => String::new(),
    };
    format!(
        "A {}stack of {layers} dense Hopfield layer{}{trained}: MSE {:.5} per pixel on {} test images of {}.",
        if about.residual { "residual " } else { "" },
        if layers == 1 { "" } else { "s" },
        measured["mse"].as_f64().unwrap_or(f64::NAN),
        measured["images"],
        measured["data"].as_str().unwrap_or_default()
    )
}
