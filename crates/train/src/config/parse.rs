//! From the text of a config to its settings.

use std::path::Path;

use hopfield_layer::LayerError;
use hopfield_model::Classifier;
use serde::Deserialize;
use toml::{Table, Value as Toml};

use super::check::{Checker, join};
use super::layer::Layer;
use super::node::{self, Node, Value};
use super::problem::Problem;
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
        let mut root = node::parse(&file.display().to_string(), source)?;
        let mut checker = Checker::default();
        let set = assignments.iter().map(|set| (set.clone(), format!("--set {set}")));
        let options = options.iter().map(|(key, value)| {
            (format!("{key}={value}"), format!("--{} {value}", key.replace('_', "-")))
        });
        for (assignment, typed) in set.chain(options) {
            checker.problems.extend(node::set(&mut root, &assignment, typed).err());
        }
        let checked = checker.check(&schema::of::<Config>(), "", &root);
        let mut table = checked.and_then(|checked| checked.as_table().cloned()).unwrap_or_default();
        let device = devices(&mut checker, &root);
        layers(&mut checker, &root, &table);
        snapshots(&mut checker, &root, &table);
        if checker.problems.is_empty() {
            table.insert("device".into(), device.into());
            match Config::of(table) {
                Ok(config) => return Ok(config),
                Err(message) => {
                    checker.problems.push(Problem { at: None, key: String::new(), message });
                }
            }
        }
        checker.problems.sort_by(|a, b| a.at.cmp(&b.at));
        Err(checker.problems)
    }

    /// From a table that has been checked.
    fn of(mut table: Table) -> Result<Self, String> {
        table.entry("layers").or_insert(Toml::Array(Vec::new()));
        let mut config = Config::deserialize(table).map_err(|error| error.to_string())?;
        if config.data.dir.is_some() {
            config.data.source = None;
        }
        config.task = config.task_table.damage();
        config.classify = config.task_table.classify();
        let classifier = config.classify.map(|classify| {
            Classifier::layer(classify.memories, 1, classify.labels, classify.degree).into()
        });
        let repeated = config.layers.into_iter().flat_map(|layer| {
            let repeat = layer.repeat;
            std::iter::repeat_n(Layer { repeat: 1, ..layer }, repeat)
        });
        config.layers = repeated.chain(classifier).collect();
        Ok(config)
    }
}

/// Checks that all devices are there. Returns the first: `device`, or the first of `devices`, or the default.
fn devices(checker: &mut Checker, root: &Node) -> String {
    let mut name = |key, node: &Node| {
        let Value::Text(name) = &node.value else { return None };
        match device::find(name) {
            Ok(_) => Some(name.clone()),
            Err(allowed) => checker.reject(key, node, &allowed),
        }
    };
    let devices = match root.get("devices").map(|node| &node.value) {
        Some(Value::List(items)) => &items[..],
        _ => &[],
    };
    let devices: Vec<_> = devices.iter().map(|item| name("devices", item)).collect();
    let first = devices.first().cloned().flatten();
    let device = root.get("device").and_then(|node| name("device", node));
    if let (Some(node), Some(device), Some(first)) = (root.get("device"), &device, &first)
        && device != first
    {
        let allowed = "the first of `devices`; take one of the two out";
        checker.reject::<()>("device", node, allowed);
    }
    device.or(first).unwrap_or_else(|| device::default().to_owned())
}

/// Checks what only a layer knows, for layers that have no other problems.
fn layers(checker: &mut Checker, root: &Node, table: &Table) {
    let layers = table.get("layers").and_then(Toml::as_array).into_iter().flatten();
    for (index, layer) in layers.enumerate() {
        let key = format!("layers.{index}");
        let inside = format!("{key}.");
        if checker.problems.iter().any(|p| p.key == key || p.key.starts_with(&inside)) {
            continue;
        }
        let Ok(layer) = Layer::deserialize(layer.clone()) else { continue };
        // The dimension that the heads must divide is known with the images.
        let Err(LayerError::InvalidSettings(invalid)) =
            layer.config(layer.heads, layer.heads).check()
        else {
            continue;
        };
        for setting in invalid {
            let written = std::iter::successors(Some(setting.field), |path| {
                path.rsplit_once('.').map(|(parent, _)| parent)
            });
            let mut written = written.map(|path| join(&key, path));
            match written.find_map(|path| Some((root.get(&path)?, path))) {
                Some((node, path)) => checker.reject(&path, node, &setting.allowed),
                None => root
                    .get(&key)
                    .and_then(|node| checker.problem(&key, node, format!("{key}: {setting}"))),
            }
            .unwrap_or(())
        }
    }
}

/// An animation needs snapshots.
fn snapshots(checker: &mut Checker, root: &Node, table: &Table) {
    let output = table.get("output");
    let none = output.and_then(|output| output.get("snapshots")?.as_integer()) == Some(0);
    let export = output.and_then(|output| output.get("export")?.as_array());
    let apng =
        export.is_some_and(|formats| formats.iter().any(|name| name.as_str() == Some("apng")));
    if let Some(node) = root.get("output.export").filter(|_| none && apng) {
        let allowed = "no \"apng\" with snapshots = 0, as it shows the snapshots";
        checker.reject::<()>("output.export", node, allowed);
    }
}
