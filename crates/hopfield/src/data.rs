//! `hopfield data`: a look at numbers before anything is trained on them.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::path::Path;

use hopfield_arrays::{ImageShape, write_whole};
use hopfield_data::{Labels, RawRows};
use hopfield_report::{Sheet, Tone, counted, png};
use hopfield_train::printer::Printer;
use serde::{Serialize, Serializer};

use crate::error::{Error, at};
use crate::options::OutArgs;

/// Look at data: rows, columns, type, range, what is missing, copies, classes.
///
/// PLACE is an npy, npz, safetensors, IDX, Parquet or CSV file, which may be compressed with gzip, a PyTorch checkpoint, or a folder of PNG
/// and JPEG pictures, whose sub-folders are classes. FILE#NAME is one of several arrays in a file, or a column of a table.
#[derive(Debug, clap::Args)]
#[command(mut_arg("out", |arg| arg.help("Write a PNG file with up to 100 of the rows as pictures")))]
pub(crate) struct Args {
    /// The rows.
    #[arg(value_name = "PLACE")]
    place: String,

    /// Where the class of each row stands, a whole number or a text.
    #[arg(long, value_name = "FILE")]
    labels: Option<String>,

    /// Height and width of a picture, such as 28x28, or 32x32x3 in colour [default: as the file says].
    #[arg(long, value_name = "ROWSxCOLUMNS")]
    image_shape: Option<ImageShape>,

    #[command(flatten)]
    out: OutArgs,
}

#[derive(Serialize)]
struct Found {
    file: String,
    /// As the file describes it.
    array: String,
    rows: usize,
    columns: usize,
    r#type: String,
    /// Of the finite numbers; none if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<[f32; 2]>,
    mean: f64,
    deviation: f64,
    nan: Places,
    infinite: Places,
    /// Columns in which all finite numbers are equal.
    constant_columns: usize,
    /// Rows that equal an earlier one.
    copies: usize,
    /// With their rows.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_map")]
    classes: Option<Vec<(String, usize)>>,
}

/// Where something is.
#[derive(Default, Serialize)]
struct Places {
    count: usize,
    /// Row and column of the first few.
    first: Vec<[usize; 2]>,
}

/// Places that are told.
const TOLD: usize = 5;
/// Numbers in memory at a time.
const BLOCK: usize = 1 << 20;
/// Classes that are told.
const CLASSES: usize = 100;
/// Rows in a picture.
const TILES: usize = 100;
const COLUMNS: usize = 10;

impl Places {
    fn add(&mut self, place: [usize; 2]) {
        self.count += 1;
        if self.first.len() < TOLD {
            self.first.push(place);
        }
    }
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let mut rows = RawRows::open(&args.place, None, args.image_shape)?;
    let picture = args.out.file()?.map(|path| Ok::<_, Error>((path, shape(args, &rows)?)));
    let picture = picture.transpose()?;
    let classes = match &args.labels {
        Some(place) => {
            let Labels { of_rows, classes } = Labels::read(place, rows.count(), &[])?;
            Some(match &classes[..] {
                [] => counted_each(of_rows),
                names => {
                    counted_each(of_rows.iter().map(|&label| &names[label as usize]).collect())
                }
            })
        }
        None => rows.classes.take().map(counted_each),
    };
    let (mut found, shown) = look(&args.place, rows)?;
    found.classes = classes;
    if let Some((path, shape)) = &picture {
        draw(path, *shape, &shown)?;
    }
    printer.data(&found);
    printer.result(&for_people(&found));
    Ok(())
}

/// One pass over all rows; also some of them, spread evenly.
fn look(place: &str, mut raw: RawRows) -> Result<(Found, Vec<f32>), Error> {
    let (rows, columns) = (raw.count(), raw.dim());
    let (array, kind) = (raw.description.clone(), raw.element.clone());
    let (mut origin, mut sum, mut squares, mut finite) = (None, 0.0, 0.0, 0_usize);
    let mut ranges = vec![[f32::INFINITY, f32::NEG_INFINITY]; columns];
    let (mut nan, mut infinite) = (Places::default(), Places::default());
    let (mut seen, mut copies, mut shown) = (HashSet::new(), 0, Vec::new());
    let every = rows.div_ceil(TILES);
    let mut row = 0;
    raw.each((BLOCK / columns).max(1), |block| {
        for numbers in block.chunks_exact(columns) {
            let mut hash = DefaultHasher::new();
            for (column, (&number, range)) in numbers.iter().zip(&mut ranges).enumerate() {
                hash.write_u32(number.to_bits());
                if number.is_nan() {
                    nan.add([row, column]);
                } else if number.is_infinite() {
                    infinite.add([row, column]);
                } else {
                    *range = [range[0].min(number), range[1].max(number)];
                    // Differences from any of the numbers, so that their squares don't cancel.
                    let difference = f64::from(number) - *origin.get_or_insert(f64::from(number));
                    sum += difference;
                    squares += difference.powi(2);
                    finite += 1;
                }
            }
            copies += usize::from(!seen.insert(hash.finish()));
            if row % every == 0 {
                shown.extend_from_slice(numbers);
            }
            row += 1;
        }
        Ok::<_, Error>(())
    })?;
    let count = (finite as f64).max(1.0);
    let mean = sum / count;
    let [low, high] = ranges.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |all, range| {
        [all[0].min(range[0]), all[1].max(range[1])]
    });
    let found = Found {
        file: place.to_owned(),
        array,
        rows,
        columns,
        r#type: kind,
        range: (finite > 0).then_some([low, high]),
        mean: origin.unwrap_or_default() + mean,
        deviation: (squares / count - mean * mean).max(0.0).sqrt(),
        nan,
        infinite,
        constant_columns: ranges.iter().filter(|[low, high]| low >= high).count(),
        copies,
        classes: None,
    };
    Ok((found, shown))
}

/// How many rows each class has.
fn counted_each<C: Ord + ToString>(of_rows: Vec<C>) -> Vec<(String, usize)> {
    let mut classes = BTreeMap::new();
    for class in of_rows {
        *classes.entry(class).or_insert(0) += 1;
    }
    classes.into_iter().map(|(class, rows)| (class.to_string(), rows)).collect()
}

fn as_map<S: Serializer>(
    classes: &Option<Vec<(String, usize)>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(classes.iter().flatten().map(|(class, rows)| (class, rows)))
}

/// The shape of a picture.
fn shape(args: &Args, rows: &RawRows) -> Result<ImageShape, Error> {
    let dim = rows.dim();
    match args.image_shape.or(rows.image_shape) {
        Some(shape) if shape.dim() == dim => Ok(shape),
        Some(shape) => {
            let found = format!("a row of {} has {dim} numbers", args.place);
            Err(format!("--image-shape for images of {shape}: {found}").into())
        }
        None => Err(format!(
            "--out: {} does not say that its rows are pictures; give --image-shape ROWSxCOLUMNS",
            args.place
        )
        .into()),
    }
}

fn draw(path: &Path, shape: ImageShape, rows: &[f32]) -> Result<(), Error> {
    let finite = || rows.iter().copied().filter(|number| number.is_finite());
    let low = finite().fold(f32::INFINITY, f32::min);
    let high = finite().fold(f32::NEG_INFINITY, f32::max);
    let sheet = Sheet::tiles(rows, shape, COLUMNS, Tone::Fixed { low, high });
    write_whole(path, |out| out.write_all(&png(sheet))).map_err(at(path))
}

fn for_people(found: &Found) -> String {
    let rows = counted(found.rows, "row");
    let columns = counted(found.columns, "number");
    let mut text = format!("{}: {rows} of {columns}: {}\n", found.file, found.array);
    if let Some([low, high]) = found.range {
        let (mean, deviation) = (found.mean, found.deviation);
        text +=
            &format!("numbers from {low} to {high}, mean {mean:.4}, deviation {deviation:.4}\n");
    }
    for (what, Places { count, first }) in [("NaN", &found.nan), ("infinite", &found.infinite)] {
        if *count > 0 {
            let places = first.iter().map(|[row, column]| format!("row {row}, column {column}"));
            let places: Vec<_> = places.collect();
            let more = if *count > first.len() { "; …" } else { "" };
            text += &format!("{what}: {count} ({}{more})\n", places.join("; "));
        }
    }
    if found.constant_columns > 0 {
        let columns = counted(found.constant_columns, "column");
        text += &format!("{columns} with the same number in every row\n");
    }
    if found.copies > 0 {
        text += &format!("{} equal to an earlier one\n", counted(found.copies, "row"));
    }
    if let Some(classes) = &found.classes {
        let shown = classes.iter().take(CLASSES).map(|(class, rows)| format!("{class} ({rows})"));
        let shown: Vec<_> = shown.collect();
        let more = if classes.len() > CLASSES { ", …" } else { "" };
        let (count, shown) = (classes.len(), shown.join(", "));
        text += &format!("classes: {count}, with their rows: {shown}{more}\n");
    }
    text.trim_end().to_owned()
}
