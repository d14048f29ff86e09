//! The report: one HTML page that shows a run and answers images itself. It needs no other file and no network.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hopfield_arrays::{ImageShape, Scaling};
use hopfield_database::{
    DatabaseFile, ExportError, Manifest, Part, PatternUsage, Snapshot, selected,
};
use hopfield_layer::{HopfieldLayerConfig, LayerSettings};
use hopfield_model::Likeness;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::evolution::{Evolution, evolution};
use crate::page::{PICTURES, PLAYGROUND, TRIES, VECTORS, escaped, fill, filled};
use crate::text::counted;

/// The page has at most this many bytes, if the patterns leave room: snapshots are left out until it fits.
const PAGE_BYTES: usize = 5_700_000;
/// At least this many are left for the snapshots.
const LEAST_FOR_SNAPSHOTS: usize = 400_000;
/// Stacks with more numbers can't be tried in the page: it would have over 21 MB.
const MOST_NUMBERS: usize = 4_000_000;
/// Epochs of the curves in the page. Of longer trainings, this many are shown, spread evenly.
const MOST_EPOCHS: usize = 1000;

/// What a report is made of.
#[derive(Debug)]
pub struct Report<'a> {
    /// The page's title.
    pub title: &'a str,
    /// The snapshots of the training; none: only the patterns as they are.
    pub snapshots: &'a [Snapshot],
    /// The lines of `metrics.jsonl`.
    pub metrics: &'a [Value],
    /// What `hopfield eval` measured.
    pub measured: &'a Value,
    /// How each layer uses its patterns, over all heads, as it was measured.
    pub usage: &'a [PatternUsage],
    /// Images to pick from; none if rows are no images.
    pub digits: Option<Digits<'a>>,
    /// Where the patterns lie among the rows; none if these are images.
    pub map: Option<PatternMap>,
    /// What each pattern is like; none: it is not said.
    pub alike: Option<Alike>,
    /// The reconstructions, a PNG file; none if rows are no images.
    pub reconstructions: Option<&'a [u8]>,
    /// The training config, if there was one.
    pub config: Option<&'a str>,
}

/// Images.
#[derive(Debug, Serialize)]
pub struct Digits<'a> {
    /// Their labels, if they have some.
    pub labels: Option<&'a [u32]>,
    /// Their pixels from 0 to 255, image after image.
    #[serde(serialize_with = "base64")]
    pub pixels: &'a [u8],
}

/// Training rows and patterns as points in a plane.
#[derive(Debug, Serialize)]
pub struct PatternMap {
    /// Of some of the training rows.
    pub rows: Vec<[f32; 2]>,
    /// Their labels, if they have some.
    pub labels: Option<Vec<u32>>,
    /// Of the layers whose patterns have as many numbers as rows.
    pub layers: Vec<LayerMap>,
    /// The share of the rows' variance in each direction.
    pub explained: [f64; 2],
}

/// The patterns of a layer as points.
#[derive(Debug, Serialize)]
pub struct LayerMap {
    /// The layer, counted from 0 at the input.
    pub layer: usize,
    /// Where each pattern lies.
    pub patterns: Vec<[f32; 2]>,
}

/// How the numbers of the network are made of grey values: y = grey · factor + offset.
#[derive(Serialize)]
struct Grey {
    offset: Vec<f32>,
    factor: Vec<f32>,
}

impl Grey {
    fn of(scaling: &Scaling) -> Option<Self> {
        let Scaling { offset, factor, black, white } = scaling;
        (!scaling.is_default()).then(|| Self {
            offset: offset
                .iter()
                .zip(factor.iter().cycle())
                .map(|(x, f)| (black - x) / f)
                .collect(),
            factor: factor.iter().map(|factor| (white - black) / factor).collect(),
        })
    }
}

/// What patterns are like: the places of training images, and of patterns of the same layer, each with its correlation.
#[derive(Debug, Serialize)]
pub struct Alike {
    /// Of every layer, every pattern.
    pub layers: Vec<Vec<AlikePattern>>,
    /// Pixels from 0 to 255 of the training images that are named.
    #[serde(serialize_with = "pictures")]
    pub images: BTreeMap<usize, Vec<u8>>,
}

/// What a pattern is like.
#[derive(Debug, Serialize)]
pub struct AlikePattern {
    /// Training images, the most alike first.
    pub images: Vec<(usize, f64)>,
    /// Other patterns of its layer.
    pub patterns: Vec<(usize, f64)>,
}

fn pictures<S: Serializer>(
    images: &BTreeMap<usize, Vec<u8>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(images.iter().map(|(place, pixels)| (place, STANDARD.encode(pixels))))
}

/// What the page's scripts read.
#[derive(Serialize)]
struct Data<'a> {
    image_shape: Option<ImageShape>,
    residual: bool,
    layers: Vec<Layer<'a>>,
    metrics: Vec<&'a Value>,
    measured: &'a Value,
    evolution: Evolution,
    /// None: there is no playground.
    digits: Option<&'a Digits<'a>>,
    /// None: grey values are what the network sees.
    grey: Option<Grey>,
    map: Option<&'a PatternMap>,
    alike: Option<&'a Alike>,
}

/// Links to the sections in which images are answered.
const LINKS: &str = "<a href=\"#h-playground\">Playground</a>\n<a href=\"#h-reconstructions\">Reconstructions</a>\n";

impl Data<'_> {
    /// What rows and their numbers are called.
    fn rows(&self) -> (&'static str, &'static str) {
        if self.image_shape.is_some() { ("images", "pixel") } else { ("rows", "number") }
    }
}

#[derive(Serialize)]
struct Layer<'a> {
    patterns: usize,
    dim: usize,
    heads: usize,
    #[serde(flatten)]
    settings: LayerSettings,
    usage: &'a PatternUsage,
    likeness: Option<String>,
    log_beta: Vec<f32>,
    /// H, and V if there is one, as f32 in base64; none without a playground.
    numbers: Option<String>,
    values: Option<String>,
}

fn base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

impl<'a> Report<'a> {
    /// The page for a pattern database.
    ///
    /// `label` returns the caption of a snapshot.
    ///
    /// # Errors
    ///
    /// The database or a snapshot can't be read, or `label` fails.
    pub fn to_html<E: From<ExportError>>(
        &self,
        database: &mut DatabaseFile,
        label: impl Fn(&Snapshot) -> Result<String, E>,
    ) -> Result<String, E> {
        let Manifest { image_shape, residual, .. } = database.manifest;
        let all: Vec<usize> = (0..database.manifest.layers.len()).collect();
        let arrays = selected(database, &all);
        let numbers: usize = arrays.iter().filter_map(|selected| selected.array.count()).sum();
        // Vectors are not drawn.
        let playground = numbers <= MOST_NUMBERS && image_shape.is_some();
        let layers = all.iter().zip(self.usage);
        let layers = layers.map(|(&layer, usage)| self.layer(database, layer, usage, playground));
        let layers: Vec<Layer<'_>> = layers.collect::<Result<_, _>>()?;
        let mut data = Data {
            image_shape,
            residual,
            layers,
            metrics: spread(self.metrics.len(), MOST_EPOCHS).map(|k| &self.metrics[k]).collect(),
            measured: self.measured,
            evolution: Evolution::default(),
            digits: self.digits.as_ref().filter(|_| playground),
            grey: Grey::of(&database.manifest.scaling),
            map: self.map.as_ref(),
            alike: self.alike.as_ref().filter(|_| playground || image_shape.is_none()),
        };
        let without_snapshots = self.page(&data, numbers);
        let left = PAGE_BYTES.saturating_sub(without_snapshots.len()).max(LEAST_FOR_SNAPSHOTS);
        if image_shape.is_some() {
            data.evolution =
                evolution(self.snapshots, database, left, "as they are now".to_owned(), label)?;
        }
        Ok(self.page(&data, numbers))
    }

    fn layer(
        &self,
        database: &mut DatabaseFile,
        layer: usize,
        usage: &'a PatternUsage,
        playground: bool,
    ) -> Result<Layer<'a>, ExportError> {
        let mut encoded = |part| {
            let numbers = if playground { database.numbers(layer, part)? } else { None };
            Ok::<_, ExportError>(numbers.map(|n| STANDARD.encode(hopfield_arrays::bytes(&n))))
        };
        let (numbers, values) = (encoded(Part::Patterns)?, encoded(Part::Values)?);
        let log_beta = database.numbers(layer, Part::LogBeta)?.unwrap_or_default();
        let &HopfieldLayerConfig { patterns, dim, heads, .. } = database.config(layer);
        let settings = database.manifest.layers[layer].settings;
        let likeness = Likeness::deserialize(&self.measured["layers"][layer]["likeness"]).ok();
        let likeness = likeness.map(|likeness| likeness.brief());
        Ok(Layer { patterns, dim, heads, settings, usage, likeness, log_beta, numbers, values })
    }

    /// One sentence on the run.
    fn summary(&self, data: &Data<'_>) -> String {
        let trained = match self.metrics.last() {
            Some(line) => format!(
                ", trained {}",
                counted(line["epoch"].as_u64().unwrap_or(0) as usize, "epoch")
            ),
            None => String::new(),
        };
        let bound = self.measured["simplex_bound"].as_f64();
        let bound = bound.map_or(String::new(), |least| {
            format!(" The least that the patterns of the last layer allow is {least:.5}.")
        });
        let (rows, number) = data.rows();
        format!(
            "A {}stack of {}{trained}: MSE {:.5} per {number} on {} test {rows} of {}.{bound}",
            if data.residual { "residual " } else { "" },
            counted(data.layers.len(), "dense Hopfield layer"),
            self.measured["mse"].as_f64().unwrap_or(f64::NAN),
            self.measured["images"],
            self.measured["data"].as_str().unwrap_or_default()
        )
    }

    fn page(&self, data: &Data<'_>, numbers: usize) -> String {
        let free = data.layers.iter().all(|layer| layer.settings.range.is_none());
        let tone = if free {
            "Every tile has its own tones: its smallest number is black, its largest white."
        } else {
            ""
        };
        let playground = match &data.digits {
            Some(_) => PLAYGROUND.to_owned(),
            None => format!(
                "<p>Left out: the stack has {numbers} numbers, more than {MOST_NUMBERS}, which would make this page too \
                 large. <code>hopfield recall</code> answers images.</p>"
            ),
        };
        let config = match self.config {
            Some(config) => format!("<pre tabindex=\"0\">{}</pre>", escaped(config)),
            None => "<p>There is none with these patterns.</p>".to_owned(),
        };
        let json = serde_json::to_string(data).expect("the data of a page is plain data");
        // Nothing in it may end the script element.
        let json = json.replace('<', "\\u003c");
        let (patterns, tries, links) = match self.reconstructions {
            Some(png) => {
                let fields = [
                    ("{{playground}}", &playground[..]),
                    ("{{reconstructions}}", &STANDARD.encode(png)),
                ];
                (fill(PICTURES, &[("{{tone}}", tone)]), fill(TRIES, &fields), LINKS)
            }
            None => (VECTORS.to_owned(), String::new(), ""),
        };
        let (rows, _) = data.rows();
        filled(&[
            ("{{title}}", &escaped(self.title)),
            ("{{summary}}", &escaped(&self.summary(data))),
            ("{{links}}", links),
            ("{{patterns}}", &patterns),
            ("{{tries}}", &tries),
            ("{{rows}}", &format!("Test {rows}")),
            ("{{config}}", &config),
            ("{{data}}", &json),
        ])
    }
}

/// At most `most` (2 or more) of the numbers from 0 to below `count`, spread evenly, with both ends.
pub fn spread(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let kept = count.min(most);
    (0..kept).map(move |k| if kept < 2 { k } else { k * (count - 1) / (kept - 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_spread_evenly() {
        let kept = |count, most| spread(count, most).collect::<Vec<_>>();
        assert_eq!(kept(10, 4), [0, 3, 6, 9]);
        assert_eq!(kept(3, 5), [0, 1, 2]);
        assert_eq!(kept(1, 5), [0]);
        assert!(kept(0, 5).is_empty());
    }
}
