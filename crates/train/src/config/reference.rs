//! What is made from the schema: `docs/config.md` for people and `configs/schema.json` for editors.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

use super::check::{Checker, merge};
use super::document::{Document, join};
use super::schema::{self, tag};
use super::settings::Config;
use super::wording::{allowed, options, requires};

const HEAD: &str = "# The training config

All keys of a `train` config. This page and [configs/schema.json](../configs/schema.json) are generated from the program. Editors with a TOML
language server (such as Even Better TOML) use the schema to complete, explain and check keys: start a config with
`#:schema schema.json` and the path to that file.

Any key can also be set on the command line: `--set training.epochs=5`, `--set layers.0.patterns=100`. An empty value removes it:
`--set training.gradient_limit=`. All errors in a config are reported together, with line number, value and allowed range.

A config looks like this:

```toml
seed = 1
residual = true             # every layer but the last passes on its state plus its answer

[task]
kind = \"denoise\"            # answer a noisy image with the clean one; or \"reconstruct\", \"complete\" a hidden part, \"classify\"
std = 0.5

[[layers]]                  # one or more, input side first
repeat = 2
patterns = 64
beta = { start = 0.4, trainable = true }            # or fixed, calibrated on data, scheduled; one per layer or per head

[[layers]]
patterns = 100
similarity = \"euclidean\"    # or dot, centred_dot, cosine, layer_norm
separation = \"entmax_1.5\"   # or softmax, sparsemax, top_k, softmax1, log_sum_relu, polynomial
beta = 0.1
init = { kind = \"k_means++\" }
range = [0.0, 1.0]          # patterns stay images

[training]
epochs = 60
learning_rate = 0.1
gradient_limit = 0.03       # shortens steep gradients, pattern by pattern
balance = 0.5               # keeps all patterns in use
reseed_every = 10           # patterns that still no image uses are replaced by training images
```
";

const CLASSIFY: &str = "`task.kind = \"classify\"`";

/// Configs that together have every key.
const EVERY_KEY: [&str; 6] = [
    "devices = [\"flex\"]\ninit_from = \"a run\"\n[data]\ndir = \"x\"\n\
     [[layers]]\npatterns = 1\nvalues = {}\nseparation = { kind = \"top_k\", k = 1 }\nrange = [0, 1]\n\
     [[layers]]\npatterns = 1\nbeta = { spread = 1 }\ninit = { kind = \"uniform\" }\n\
     [[layers]]\npatterns = 1\nbeta = { from = 1, to = 2 }\n[training]\ngradient_limit = 1\nprecision = \"bf16\"\nshift = 1\n",
    "data = { train = \"x\", test = \"y\", labels = \"z\", test_labels = \"w\", image_shape = [2, 2], scale = \"unit\" }\n\
     task.kind = \"classify\"\n",
    "task.kind = \"classify\"\n",
    "[task]\nkind = \"denoise\"\nnoise = \"gaussian\"\n[[layers]]\npatterns = 1\n",
    "[task]\nkind = \"denoise\"\nnoise = \"salt_and_pepper\"\n[[layers]]\npatterns = 1\n",
    "[task]\nkind = \"complete\"\nmask = \"random\"\n[[layers]]\npatterns = 1\n",
];

/// The names of all keys in the order in which they are written out, which is that of the structs' fields.
fn order() -> Vec<String> {
    fn walk(value: &toml::Value, names: &mut Vec<String>) {
        match value {
            toml::Value::Table(table) => {
                names.extend(table.keys().cloned());
                table.iter().for_each(|(_, value)| walk(value, names));
            }
            toml::Value::Array(items) => items.iter().for_each(|item| walk(item, names)),
            _ => {}
        }
    }
    // `repeat` is not written, `source` not beside `dir`; `dim` comes before the `init` that is also a layer's.
    let mut names = ["repeat", "source", "dim"].map(str::to_owned).to_vec();
    for source in EVERY_KEY {
        let config = Config::parse(Path::new("c.toml"), source, &[], &[]).unwrap();
        walk(&toml::Value::try_from(config).unwrap(), &mut names);
    }
    names
}

/// The rows of the page.
struct Rows {
    rows: Vec<String>,
    order: Vec<String>,
}

impl Rows {
    fn new() -> Self {
        Self { rows: Vec::new(), order: order() }
    }

    /// The keys of a table, those that it must have first, then in the order of the fields.
    fn keys<'a>(&self, schema: &'a Value) -> Vec<(&'a String, &'a Value)> {
        let mut keys: Vec<_> = schema["properties"].as_object().into_iter().flatten().collect();
        keys.sort_by_key(|(key, _)| {
            let place = self.order.iter().position(|name| name == *key);
            (!requires(schema, key), place.unwrap_or_else(|| panic!("add {key} to EVERY_KEY")))
        });
        keys
    }

    /// The keys of a table at `path`, which are there under the conditions `with`.
    fn table(&mut self, path: &str, schema: &Value, with: &[String]) {
        let tag = tag(schema).unwrap_or_default();
        let mut keys = self.keys(schema);
        keys.retain(|(key, property)| *key != tag && property.is_object());
        for (key, property) in keys {
            self.key(&join(path, key), property, requires(schema, key), with);
        }
        let Some(kinds) = schema["oneOf"].as_array() else { return };
        let Some(tag) = self::tag(&kinds[0]) else { return };
        let name = |kind: &Value| format!("`{}`", kind["properties"][tag]["const"]);
        // Under a condition, the description is that of the condition.
        let description = schema["description"].as_str().filter(|_| with.is_empty());
        let mut meaning = description.unwrap_or_default().to_owned();
        for kind in kinds {
            if let Some(description) = kind["description"].as_str() {
                meaning += &format!(" {}: {description}", name(kind));
            }
        }
        let names: Vec<_> =
            kinds.iter().map(|kind| kind["properties"][tag]["const"].to_string()).collect();
        self.row(&join(path, tag), &name(&kinds[0]), &names.join(" or "), meaning.trim(), with);
        for kind in kinds {
            let condition = format!("`{tag} = {}`", kind["properties"][tag]["const"]);
            self.table(path, kind, &[with, &[condition]].concat());
        }
    }

    fn key(&mut self, path: &str, schema: &Value, required: bool, with: &[String]) {
        let nested = schema.get("properties").is_some()
            || schema.get("oneOf").is_some() && options(schema).is_none();
        let default = match (schema.get("x-default").and_then(Value::as_str), schema.get("default"))
        {
            (Some(text), _) => text.to_owned(),
            (None, Some(default)) => format!("`{default}`"),
            (None, None) => if required { "needed" } else { "none" }.to_owned(),
        };
        let mut meaning = schema["description"].as_str().unwrap_or_default().to_owned();
        for kind in schema["oneOf"].as_array().into_iter().flatten().filter(|_| !nested) {
            if let Some(description) = kind["description"].as_str() {
                meaning += &format!(" `{}`: {description}", kind["const"]);
            }
        }
        if !nested || default == "none" {
            self.row(path, &default, &allowed(schema), &meaning, with);
        }
        self.table(path, schema, with);
        for form in schema["anyOf"].as_array().into_iter().flatten() {
            let needed = form["required"].as_array().into_iter().flatten();
            let needed: Vec<_> = needed.map(|key| format!("`{}`", key.as_str().unwrap())).collect();
            self.table(path, form, &[with, &needed].concat());
        }
    }

    fn row(&mut self, path: &str, default: &str, allowed: &str, meaning: &str, with: &[String]) {
        let condition = match with {
            [] => String::new(),
            with => format!("With {}: ", with.join(" and ")),
        };
        let row = format!("| `{path}` | {default} | {allowed} | {condition}{meaning} |");
        if !self.rows.contains(&row) {
            self.rows.push(row);
        }
    }
}

fn page(schema: &Value) -> String {
    let mut page = HEAD.to_owned();
    let mut section = |heading: &str, rows: Rows| {
        page += &format!(
            "\n## {heading}\n\n| key | default | allowed | |\n|---|---|---|---|\n{}\n",
            rows.rows.join("\n")
        );
    };
    let tables = ["data", "task", "layers", "training", "output"];
    let properties = schema["properties"].as_object().unwrap();
    let mut rows = Rows::new();
    for (key, property) in rows.keys(schema) {
        if !tables.contains(&&**key) {
            rows.key(key, property, false, &[]);
        }
    }
    section("Top level", rows);
    let classifier = &schema["then"]["properties"];
    for name in tables {
        let mut rows = Rows::new();
        let table = &properties[name];
        if name == "layers" {
            rows.table("", &table["items"], &[]);
            section("`[[layers]]`, one or more, from the input on", rows);
            continue;
        }
        let mut changed = serde_json::json!({});
        let mut table = table.clone();
        for (key, change) in classifier[name]["properties"].as_object().into_iter().flatten() {
            if *change == false {
                let meaning = table["properties"][key]["description"].as_str().unwrap();
                table["properties"][key]["description"] =
                    format!("{meaning} Not with {CLASSIFY}.").into();
            } else {
                let mut property = table["properties"][key].clone();
                merge(&mut property, change.clone());
                changed["properties"][key] = property;
            }
        }
        rows.table("", &table, &[]);
        rows.table("", &changed, &[CLASSIFY.into()]);
        section(&format!("`[{name}]`"), rows);
    }
    page
}

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Set `UPDATE_REFERENCE=1` to write both files.
#[test]
fn the_reference_and_the_schema_are_up_to_date() {
    let schema = schema::of::<Config>();
    let json = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    for (path, text) in [("docs/config.md", page(&schema)), ("configs/schema.json", json)] {
        if env::var_os("UPDATE_REFERENCE").is_some() {
            fs::write(file(path), &text).unwrap();
        }
        let written = fs::read_to_string(file(path)).unwrap();
        assert!(
            written == text,
            "{path} is out of date; write it with UPDATE_REFERENCE=1 cargo test"
        );
    }
}

#[test]
fn every_config_names_the_schema_and_follows_it() {
    let schema = fs::read_to_string(file("configs/schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let configs = fs::read_dir(file("configs")).unwrap().map(|entry| entry.unwrap().path());
    let configs: Vec<_> =
        configs.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    assert!(configs.len() >= 7);
    for path in configs {
        let source = fs::read_to_string(&path).unwrap();
        assert!(source.starts_with("#:schema schema.json\n"), "{}", path.display());
        let document = Document::parse("", &source).unwrap();
        let mut checker = Checker { document: &document, problems: Vec::new() };
        checker.check(&schema, "", &document.root);
        assert_eq!(checker.problems, [], "{}", path.display());
    }
}
