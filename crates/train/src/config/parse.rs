//! From the text of a config to its settings.

use std::path::Path;
use std::sync::LazyLock;

use hopfield_arrays::ImageShape;
use hopfield_layer::LayerError;
use serde::Deserialize;
use serde_json::Value;

use super::check::Checker;
use super::data::{SHAPES, SHARE, TestForm};
use super::document::{Document, join};
use super::layer::Layer;
use super::problem::{Place, Problem};
use super::schema;
use super::settings::Config;
use crate::device;

impl Config {
    /// Reads the config in `source`, the content of `file`, with `key=value` assignments on top, and with keys that have an
    /// option of their own: `("init_from", "runs/mine")` for `--init-from runs/mine`.
    ///
    /// # Errors
    ///
    /// All problems, in the order of the file.
    pub fn parse(
        file: &Path,
        source: &str,
        assignments: &[String],
        options: &[(&str, &str)],
    ) -> Result<Self, Vec<Problem>> {
        let set = assignments.iter().map(|set| (set.clone(), format!("--set {set}")));
        let options = options.iter().map(|(key, value)| {
            (format!("{key}={value}"), format!("--{} {value}", key.replace('_', "-")))
        });
        let typed = set.chain(options).map(|(set, typed)| (set, Place::CommandLine(typed)));
        Self::assigned(file, source, &typed.collect::<Vec<_>>())
    }

    /// Reads the config in `source`, the content of `file`, with these assignments on top, each with the place where it is written.
    ///
    /// # Errors
    ///
    /// All problems, in the order of the places.
    pub(crate) fn assigned(
        file: &Path,
        source: &str,
        assignments: &[(String, Place)],
    ) -> Result<Self, Vec<Problem>> {
        static SCHEMA: LazyLock<Value> = LazyLock::new(schema::of::<Config>);
        let mut document = Document::parse(&file.display().to_string(), source)?;
        let problems = assignments.iter().filter_map(|(set, at)| document.set(set, at).err());
        let problems = problems.collect();
        let mut checker = Checker { document: &document, problems };
        let checked = checker.check(&SCHEMA, "", &document.root);
        let mut table = checked.unwrap_or_default();
        let device = devices(&mut checker);
        layers(&mut checker, &table);
        snapshots(&mut checker, &table);
        files(&mut checker);
        image_shape(&mut checker, &table);
        if checker.problems.is_empty() {
            table["device"] = device.into();
            let config = Config::of(table);
            return config.map_err(|error| vec![Problem::new(None, "", error.to_string())]);
        }
        checker.problems.sort_by(|a, b| a.at.cmp(&b.at));
        Err(checker.problems)
    }

    /// From a table that has been checked.
    fn of(table: Value) -> Result<Self, serde_json::Error> {
        let mut config = Config::deserialize(table)?;
        if config.data.train.is_some() {
            (config.data.dir, config.data.source) = (None, None);
            config.data.test.get_or_insert(TestForm::Share(SHARE));
        }
        if config.data.dir.is_some() {
            config.data.source = None;
        }
        let repeated = config.layers.into_iter().flat_map(|layer| {
            let repeat = layer.repeat;
            std::iter::repeat_n(layer, repeat)
        });
        config.layers = repeated.map(|layer| Layer { repeat: 1, ..layer }).collect();
        Ok(config)
    }
}

/// Checks that all devices are there. Returns the first: `device`, or the first of `devices`, or the default.
fn devices(checker: &mut Checker<'_>) -> String {
    let root = &checker.document.root;
    let mut name = |key: &str, name: &Value| {
        let name = name.as_str()?;
        match device::find(name) {
            Ok(_) => Some(name.to_owned()),
            Err(allowed) => checker.reject(key, &allowed),
        }
    };
    let devices = root["devices"].as_array().into_iter().flatten();
    let devices =
        devices.enumerate().map(|(index, item)| name(&join("devices", &index.to_string()), item));
    let first = devices.collect::<Vec<_>>().into_iter().next().flatten();
    let device = name("device", &root["device"]);
    if device.is_some() && first.is_some() && device != first {
        let allowed = "the first of `devices`; take one of the two out";
        checker.reject::<()>("device", allowed);
    }
    device.or(first).unwrap_or_else(|| device::default().to_owned())
}

/// Checks what only a layer knows, for layers that have no other problems.
fn layers(checker: &mut Checker<'_>, table: &Value) {
    let layers = table["layers"].as_array().into_iter().flatten();
    for (index, layer) in layers.enumerate() {
        let key = format!("layers.{index}");
        let inside = join(&key, "");
        if checker.problems.iter().any(|p| p.key == key || p.key.starts_with(&inside)) {
            continue;
        }
        let Ok(layer) = Layer::deserialize(layer) else { continue };
        // The dimension that the heads must divide is known with the images.
        let checked = layer.config(layer.heads, layer.heads).check();
        let Err(LayerError::InvalidSettings(invalid)) = checked else { continue };
        for setting in invalid {
            let field = join(&key, setting.field);
            match checker.document.nearest(&field) {
                table if table == key => checker.problem::<()>(&key, format!("{key}: {setting}")),
                written => checker.reject(written, &setting.allowed),
            };
        }
    }
}

/// Settings of the user's files need these files.
fn files(checker: &mut Checker<'_>) {
    let data = &checker.document.root["data"];
    let has = |key: &str| data.get(key).is_some();
    let tested = data.get("test").is_some_and(|test| test.is_string());
    let of_train = ["test", "labels", "image_shape"].map(|key| (key, has("train"), "data.train"));
    let all = of_train.into_iter().chain([("test_labels", tested, "data.test = \"…\"")]);
    let alone: Vec<_> = all.filter(|&(key, fits, _)| has(key) && !fits).collect();
    for (key, _, needed) in alone {
        let key = join("data", key);
        checker.problem::<()>(&key, format!("{key} needs {needed}; add it, or remove {key}"));
    }
}

/// Checks what the length of the list does not say.
fn image_shape(checker: &mut Checker<'_>, table: &Value) {
    let shape = &table["data"]["image_shape"];
    if shape.is_array() && ImageShape::deserialize(shape).is_err() {
        checker.reject::<()>("data.image_shape", SHAPES);
    }
}

/// An animation needs snapshots.
fn snapshots(checker: &mut Checker<'_>, table: &Value) {
    let output = &table["output"];
    let apng = output["export"].as_array().is_some_and(|names| names.contains(&"apng".into()));
    if apng && output["snapshots"] == 0 {
        let allowed = "no \"apng\" with snapshots = 0, as it shows the snapshots";
        checker.reject::<()>("output.export", allowed);
    }
}
