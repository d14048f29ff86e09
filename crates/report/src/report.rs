//! The report: one HTML page that shows a run, and answers images itself. It needs nothing else, no network either.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hopfield_database::{DatabaseFile, ExportError, PatternUsage, Snapshot};
use serde::Serialize;
use serde_json::Value;

use crate::Sheet;
use crate::pictures::layer_sheets;

const PAGE: &str = include_str!("../assets/report/page.html");
const STYLE: &str = include_str!("../assets/report/style.css");
const PLAYGROUND: &str = include_str!("../assets/report/playground.html");
const SCRIPTS: [&str; 6] = [
    include_str!("../assets/report/network.js"),
    include_str!("../assets/report/charts.js"),
    include_str!("../assets/report/images.js"),
    include_str!("../assets/report/sections.js"),
    include_str!("../assets/report/playground.js"),
    include_str!("../assets/report/main.js"),
];

/// A page has no more bytes than this, if the patterns leave room: snapshots are left out until it fits.
const PAGE_BYTES: usize = 5_700_000;
/// At least so many are left for the snapshots.
const LEAST_FOR_SNAPSHOTS: usize = 400_000;
/// Stacks with more numbers can't be tried in the page: it would have over 21 MB.
const MOST_NUMBERS: usize = 4_000_000;
/// Epochs of the curves in the page; of longer trainings, so many spread evenly.
const MOST_EPOCHS: usize = 1000;
/// Tiles of a sheet in the page.
const MOST_TILES: usize = 1024;
const JPEG_QUALITY: u8 = 75;

/// What a report is made of.
#[derive(Debug)]
pub struct Report<'a> {
    /// The page's title.
    pub title: &'a str,
    /// One sentence on the run.
    pub summary: &'a str,
    /// The snapshots of the training; none: only the patterns as they are.
    pub snapshots: &'a [Snapshot],
    /// The lines of `metrics.jsonl`.
    pub metrics: &'a [Value],
    /// What `hopfield eval` measured.
    pub measured: &'a Value,
    /// How every layer uses its patterns, over all heads, as it was measured.
    pub usage: &'a [PatternUsage],
    /// Images to pick from.
    pub digits: Digits<'a>,
    /// The reconstructions, a PNG file.
    pub reconstructions: &'a [u8],
    /// The training config, if there was one.
    pub config: Option<&'a str>,
}

/// Labelled images.
#[derive(Debug)]
pub struct Digits<'a> {
    /// Their labels.
    pub labels: &'a [u8],
    /// Their pixels from 0 to 255, image after image.
    pub pixels: &'a [u8],
}

/// What the page's scripts read.
#[derive(Serialize)]
struct Data<'a> {
    image_shape: [usize; 2],
    residual: bool,
    layers: Vec<Layer>,
    metrics: Vec<&'a Value>,
    measured: &'a Value,
    evolution: Evolution,
    /// None: there is no playground.
    digits: Option<PageDigits<'a>>,
}

#[derive(Serialize)]
struct Layer {
    patterns: usize,
    dim: usize,
    heads: usize,
    similarity: Value,
    separation: Value,
    steps: usize,
    range: Option<[f64; 2]>,
    usage: Usage,
    log_beta: Vec<f32>,
    /// H and V, if they are there, as f32 in base64; none without a playground.
    numbers: Option<String>,
    values: Option<String>,
}

#[derive(Serialize)]
struct Usage {
    mean_weights: Vec<f32>,
    best_matches: Vec<f32>,
}

#[derive(Serialize)]
struct PageDigits<'a> {
    labels: &'a [u8],
    pixels: String,
}

#[derive(Serialize)]
struct Evolution {
    /// Steps done at every frame; none: the patterns as they are now.
    steps: Vec<Option<u64>>,
    sheets: Vec<PageSheet>,
}

#[derive(Serialize)]
struct PageSheet {
    layer: usize,
    values: bool,
    count: usize,
    /// JPEG files in base64.
    frames: Vec<String>,
}

impl Report<'_> {
    /// The page for a pattern database.
    ///
    /// # Errors
    ///
    /// The database or a snapshot can't be read.
    pub fn to_html(&self, database: &mut DatabaseFile) -> Result<String, ExportError> {
        let about = database.manifest.clone();
        let all: Vec<usize> = (0..about.layers.len()).collect();
        let parts = database.parts(&all);
        let numbers: usize = parts.iter().filter_map(|(_, _, array)| array.count()).sum();
        let playground = numbers <= MOST_NUMBERS;
        let layers = all.iter().zip(self.usage);
        let layers = layers.map(|(&layer, usage)| read_layer(database, layer, usage, playground));
        let layers: Vec<Layer> = layers.collect::<Result<_, _>>()?;
        let digits =
            PageDigits { labels: self.digits.labels, pixels: STANDARD.encode(self.digits.pixels) };
        let mut data = Data {
            image_shape: about.image_shape,
            residual: about.residual,
            layers,
            metrics: spread(self.metrics.len(), MOST_EPOCHS).map(|k| &self.metrics[k]).collect(),
            measured: self.measured,
            evolution: Evolution { steps: Vec::new(), sheets: Vec::new() },
            digits: playground.then_some(digits),
        };
        let without_snapshots = self.page(&data, numbers);
        let left = PAGE_BYTES.saturating_sub(without_snapshots.len()).max(LEAST_FOR_SNAPSHOTS);
        data.evolution = self.evolution(database, &all, left)?;
        Ok(self.page(&data, numbers))
    }

    fn page(&self, data: &Data<'_>, numbers: usize) -> String {
        let free = data.layers.iter().all(|layer| layer.range.is_none());
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
        let json = serde_json::to_string(data).expect("it is plain data");
        // Nothing in it may end the script element.
        let json = json.replace('<', "\\u003c");
        let reconstructions = STANDARD.encode(self.reconstructions);
        let (title, summary) = (escaped(self.title), escaped(self.summary));
        let script = SCRIPTS.join("\n");
        let fields: [(&str, &str); 9] = [
            ("{{title}}", &title),
            ("{{summary}}", &summary),
            ("{{style}}", STYLE),
            ("{{tone}}", tone),
            ("{{playground}}", &playground),
            ("{{reconstructions}}", &reconstructions),
            ("{{config}}", &config),
            ("{{data}}", &json),
            ("{{script}}", &script),
        ];
        filled(PAGE, &fields)
    }

    /// The sheets of all snapshots, or of as many as fit into so many bytes, spread evenly.
    fn evolution(
        &self,
        database: &mut DatabaseFile,
        layers: &[usize],
        most_bytes: usize,
    ) -> Result<Evolution, ExportError> {
        let mut steps: Vec<_> = self.snapshots.iter().map(|snapshot| Some(snapshot.step)).collect();
        let mut sheets: Vec<PageSheet> = Vec::new();
        for snapshot in self.snapshots {
            add_frame(&mut sheets, &mut DatabaseFile::open(&snapshot.path)?, layers)?;
        }
        add_frame(&mut sheets, database, layers)?;
        let shown_already = |sheet: &PageSheet| {
            let last = sheet.frames.len() - 1;
            last > 0 && sheet.frames[last] == sheet.frames[last - 1]
        };
        // Of a finished training, the last snapshot shows what there is; of others it is older.
        if sheets.iter().all(shown_already) {
            sheets.iter_mut().for_each(|sheet| sheet.frames.truncate(steps.len()));
        } else {
            steps.push(None);
        }
        let bytes = |sheets: &[PageSheet]| -> usize {
            sheets.iter().flat_map(|sheet| &sheet.frames).map(String::len).sum()
        };
        while bytes(&sheets) > most_bytes && steps.len() > 2 {
            let count = steps.len();
            let fewer = (count * most_bytes / bytes(&sheets)).clamp(2, count - 1);
            steps = spread(count, fewer).map(|k| steps[k]).collect();
            for sheet in &mut sheets {
                sheet.frames = spread(count, fewer).map(|k| sheet.frames[k].clone()).collect();
            }
        }
        Ok(Evolution { steps, sheets })
    }
}

/// At most `most` (2 or more) of the numbers from 0 to below `count`, spread evenly, with both ends.
fn spread(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let kept = count.min(most);
    (0..kept).map(move |k| if kept < 2 { k } else { k * (count - 1) / (kept - 1) })
}

/// Adds the sheets of a database, each to those of its layer.
fn add_frame(
    sheets: &mut Vec<PageSheet>,
    database: &mut DatabaseFile,
    layers: &[usize],
) -> Result<(), ExportError> {
    // A JPEG has at most 65,535 pixels on a side.
    let side = *database.manifest.image_shape.iter().max().unwrap_or(&1);
    let tiles = (60_000 / (side + 1)).pow(2).clamp(1, MOST_TILES);
    for (index, of_layer) in layer_sheets(database, layers, tiles)?.into_iter().enumerate() {
        let frame = STANDARD.encode(jpeg(&of_layer.sheet)?);
        match sheets.get_mut(index) {
            Some(sheet) => sheet.frames.push(frame),
            None => sheets.push(PageSheet {
                layer: of_layer.layer,
                values: of_layer.values,
                count: of_layer.tiles,
                frames: vec![frame],
            }),
        }
    }
    Ok(())
}

fn jpeg(sheet: &Sheet) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Vec::new();
    let sides = sheet.size().map(u16::try_from);
    let [Ok(width), Ok(height)] = sides else {
        return Err(std::io::Error::other("an image is too large for a page").into());
    };
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, JPEG_QUALITY);
    let encoded = encoder.encode(sheet.pixels(), width, height, jpeg_encoder::ColorType::Luma);
    encoded.map_err(std::io::Error::other)?;
    Ok(bytes)
}

fn read_layer(
    database: &mut DatabaseFile,
    layer: usize,
    usage: &PatternUsage,
    playground: bool,
) -> Result<Layer, ExportError> {
    let about = database.manifest.layers[layer].clone();
    let shape = |part| database.part(layer, part).map(|array| array.shape.clone());
    let (patterns, log_beta) = (shape("patterns"), shape("log_beta"));
    let [n, dim] = patterns.and_then(|shape| shape.try_into().ok()).unwrap_or_default();
    let base64 = |numbers: Vec<f32>| STANDARD.encode(hopfield_arrays::bytes(&numbers));
    Ok(Layer {
        patterns: n,
        dim,
        heads: log_beta.map_or(1, |shape| shape[0]),
        similarity: serde_json::json!(about.similarity),
        separation: serde_json::json!(about.separation),
        steps: about.steps,
        range: about.range,
        usage: Usage {
            mean_weights: usage.mean_weights.clone(),
            best_matches: usage.best_matches.clone(),
        },
        log_beta: database.load(layer, "log_beta")?.unwrap_or_default(),
        numbers: if playground { database.load(layer, "patterns")?.map(base64) } else { None },
        values: if playground { database.load(layer, "values")?.map(base64) } else { None },
    })
}

/// A template with its fields, each in one pass: what is filled in is not looked into again.
fn filled(template: &str, fields: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(
        template.len() + fields.iter().map(|(_, text)| text.len()).sum::<usize>(),
    );
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let (before, from) = rest.split_at(start);
        page.push_str(before);
        let field = fields.iter().find(|(name, _)| from.starts_with(name));
        let (name, text) = field.expect("every field of the page has a text");
        page.push_str(text);
        rest = &from[name.len()..];
    }
    page + rest
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
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

    #[test]
    fn what_is_filled_in_is_text() {
        let fields = [("{{a}}", "{{b}}"), ("{{b}}", "2")];
        assert_eq!(filled("<{{a}}>{{b}}{{a}}", &fields), "<{{b}}>2{{b}}");
        assert_eq!(escaped("a < \"b\" & c"), "a &lt; &quot;b&quot; &amp; c");
    }
}
