//! `hopfield info`: what is in a run.

use std::path::PathBuf;

use hopfield_arrays::ImageShape;
use hopfield_database::{DatabaseFile, LayerManifest, Part, Provenance};
use hopfield_layer::{HopfieldLayerConfig, Range, Separation, Similarity};
use hopfield_model::Likeness;
use hopfield_report::counted;
use hopfield_train::SavedRun;
use hopfield_train::printer::Printer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::text::by_heads;

/// Describe a run: its layers, how they use their patterns, and where they come from.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run.
    run: PathBuf,
}

#[derive(Serialize)]
struct Info<'a> {
    run: String,
    file: String,
    /// None if rows are no images.
    #[serde(skip_serializing_if = "Option::is_none")]
    image_shape: Option<ImageShape>,
    residual: bool,
    layers: Vec<Layer>,
    provenance: &'a Provenance,
    /// The last line of the training's metrics, if it was trained here.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_epoch: Option<&'a Value>,
    snapshots: usize,
}

#[derive(Serialize)]
struct Layer {
    patterns: usize,
    dim: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    values_dim: Option<usize>,
    heads: usize,
    beta: Vec<f64>,
    beta_trainable: bool,
    similarity: Similarity,
    separation: Separation,
    steps: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
    /// Patterns, in every head, that are the best match of a held-out image, or carry a tenth of the mean weight; copies count once.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_patterns: Option<usize>,
    /// Of the patterns (or values) to training images, as last measured in the training.
    #[serde(skip_serializing_if = "Option::is_none")]
    likeness: Option<Likeness>,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let run = SavedRun::find(&args.run)?;
    let mut database = DatabaseFile::open(run.patterns())?;
    let manifest = database.manifest.clone();
    let metrics = run.metrics()?;
    let mut layers = Vec::new();
    for (index, LayerManifest { beta, settings }) in manifest.layers.iter().enumerate() {
        let &HopfieldLayerConfig { patterns, dim, heads, values, .. } = database.config(index);
        let used_patterns = match database.usage(index)? {
            Some(usage) => {
                let numbers = database.numbers(index, Part::Patterns)?.unwrap_or_default();
                let values = database.numbers(index, Part::Values)?;
                Some(usage.used_patterns(&numbers, values.as_deref(), [patterns, heads]))
            }
            None => None,
        };
        layers.push(Layer {
            patterns,
            dim,
            values_dim: values.map(|values| values.dim),
            heads,
            beta: beta.clone(),
            beta_trainable: settings.beta_trainable,
            similarity: settings.similarity,
            separation: settings.separation,
            steps: settings.steps,
            range: settings.range,
            used_patterns,
            likeness: metrics
                .iter()
                .rev()
                .find_map(|line| Likeness::deserialize(&line["layers"][index]["likeness"]).ok()),
        });
    }
    let info = Info {
        run: args.run.display().to_string(),
        file: run.patterns().display().to_string(),
        image_shape: manifest.image_shape,
        residual: manifest.residual,
        layers,
        provenance: &manifest.provenance,
        last_epoch: metrics.last(),
        snapshots: run.snapshots()?.len(),
    };
    printer.data(&info);
    printer.result(&for_people(&info));
    Ok(())
}

fn for_people(info: &Info<'_>) -> String {
    let of = match info.image_shape {
        Some(shape) => format!("images of {shape}"),
        None => format!("vectors of {}", info.layers[0].dim),
    };
    let mut text = format!(
        "{}: {}stack of {}, {of}\n",
        info.run,
        if info.residual { "a residual " } else { "a " },
        counted(info.layers.len(), "layer")
    );
    text += &format!(
        "{:>5}  {:>8}  {:>5}  {:>6}  {:<11}  {:<14}  {:>5}  {:>6}  {:>8}  {}\n",
        "layer",
        "patterns",
        "dim",
        "values",
        "similarity",
        "separation",
        "steps",
        "used",
        "likeness",
        "β"
    );
    let or_none =
        |number: Option<usize>| number.map_or("-".to_owned(), |number| number.to_string());
    for (index, layer) in info.layers.iter().enumerate() {
        let beta: Vec<_> = layer.beta.iter().map(|beta| format!("{beta:.4}")).collect();
        let trained = if layer.beta_trainable { "trained" } else { "fixed" };
        text += &format!(
            "{index:>5}  {:>8}  {:>5}  {:>6}  {:<11}  {:<14}  {:>5}  {:>6}  {:>8}  {} ({trained})\n",
            by_heads(layer.patterns, layer.heads),
            layer.dim,
            or_none(layer.values_dim),
            layer.similarity.to_string(),
            layer.separation.to_string(),
            layer.steps,
            or_none(layer.used_patterns),
            layer.likeness.map_or("-".to_owned(), |likeness| likeness.brief()),
            beta.join("/")
        );
    }
    if let Some(epoch) = info.last_epoch {
        let of = |measure: &str| {
            let error = |images| epoch.get(format!("{images}_{measure}"))?.as_f64();
            ["test", "validation"].into_iter().find_map(error)
        };
        let bound = epoch.get("simplex_bound").and_then(Value::as_f64);
        let bound = bound.map_or(String::new(), |bound| {
            format!(" ({bound:.5} is the least that the last layer's patterns allow)")
        });
        let error = match (of("label_error"), of("mse")) {
            (Some(error), _) => format!(", {:.2}% of held-out labels wrong", 100.0 * error),
            (None, Some(mse)) => {
                let number = if info.image_shape.is_some() { "pixel" } else { "number" };
                format!(", held-out MSE {mse:.5} per {number}{bound}")
            }
            (None, None) => String::new(),
        };
        let epochs = counted(epoch["epoch"].as_u64().unwrap_or(0) as usize, "epoch");
        let snapshots = counted(info.snapshots, "snapshot");
        text += &format!("trained {epochs}{error}; {snapshots} of the training\n");
    }
    match info.provenance {
        Provenance::Trained(from) => {
            let versions: Vec<_> =
                from.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
            text += &format!("seed {}; {}", from.seed, versions.join(", "));
        }
        Provenance::Imported(from) => text += &format!("imported from {}", from.imported_from),
    }
    text
}
