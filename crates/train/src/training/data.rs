//! The rows of a run, and whether its config fits them.

use hopfield_data::{Damage, DataError, Dataset, Scale};

use crate::TrainError;
use crate::config::{Config, Task};
use crate::places::place_hint;

/// Reads the rows that the config names.
///
/// # Errors
///
/// They can't be read, or the config does not fit them.
pub(super) fn read(config: &Config) -> Result<Dataset, TrainError> {
    let data = config.data.source(config.seed).load();
    // The default is done.
    let data = data.and_then(|data| match config.data.scale {
        Scale::Auto => Ok(data),
        scale => data.scaled(scale),
    });
    let data = data.map_err(|error| unread(&error, config).unwrap_or(error.into()))?;
    check(config, &data).map_err(TrainError::Unfit)?;
    Ok(data)
}

/// The error with a hint, if one of the places does not exist.
fn unread(error: &DataError, config: &Config) -> Option<TrainError> {
    let places = config.data.places();
    let file = |place: &str| place.rsplit_once('#').map_or(place, |(file, _)| file).to_owned();
    let mut missing = places.iter().filter(|(_, place)| {
        let place = place.display().to_string();
        !std::path::Path::new(&place).exists() && !std::path::Path::new(&file(&place)).exists()
    });
    let (key, place) = missing.next().or(places.first().filter(|(key, _)| *key == "data.dir"))?;
    let option = format!("--set {key}=PLACE, which also resumes a run");
    Some(TrainError::Unfit(format!("{error}{}", place_hint(place, key, "the config", &option))))
}

/// Numbers may exceed the range of the last layer by this part of its width.
const TOLERATED: f64 = 0.01;

fn check(config: &Config, data: &Dataset) -> Result<(), String> {
    if matches!(config.task, Task::Classify(_)) {
        for (split, key) in [(&data.train, "data.labels"), (&data.test, "data.test_labels")] {
            if split.labels().is_none() {
                return Err(format!(
                    "task.kind = \"classify\" needs the class of each row; say with {key} where they stand, or take another task"
                ));
            }
        }
    }
    if data.image_shape.is_none() {
        if let Damage::Mask(mask) = config.task.damage()
            && mask.is_of_images()
        {
            return Err(format!(
                "task.mask = \"{}\" hides a part of an image, but the rows are vectors of {} numbers; give data.image_shape, or \
                 task.mask = \"random\"",
                mask.name(),
                data.train.dim()
            ));
        }
        if let Some(picture) = config.output.export.iter().find(|format| format.is_picture()) {
            return Err(format!(
                "output.export has \"{picture}\", but the rows are vectors of {} numbers, of which there are no pictures; take it \
                 out, or give data.image_shape",
                data.train.dim()
            ));
        }
    }
    let Some(range) = config.layers.last().and_then(|layer| layer.range) else { return Ok(()) };
    let [low, high] = data.range().map(f64::from);
    let slack = TOLERATED * (range.high - range.low);
    if low >= range.low - slack && high <= range.high + slack {
        return Ok(());
    }
    Err(format!(
        "layers.{}.range = [{}, {}], but the training rows have numbers from {} to {}, which its answers could not reach; \
         give data.scale = \"unit\", which maps them to [0, 1], or a wider range",
        config.layers.len() - 1,
        range.low,
        range.high,
        low as f32,
        high as f32
    ))
}

/// What is said of numbers that no config was made for.
pub(super) fn note(data: &Dataset, scale: Scale) -> Option<String> {
    const LARGE: f32 = 20.0;
    let (scaling, constant) = (data.scaling(), data.constant_columns());
    let largest = scaling.black.abs().max(scaling.white.abs());
    match (scale, constant) {
        (Scale::Standard, [first, ..]) => Some(format!(
            "note: data.scale = \"standard\": {} the same number in every training row, column {first} first; such columns become 0",
            match constant.len() {
                1 => "1 column has".to_owned(),
                count => format!("{count} columns have"),
            }
        )),
        _ if scaling.is_uniform() && scaling.factor == [1.0] && largest > LARGE => Some(format!(
            "note: the numbers go from {} to {}; if the training fails, try data.scale = \"unit\" or \"standard\"",
            scaling.black, scaling.white
        )),
        _ => None,
    }
}
