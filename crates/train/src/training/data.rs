//! The rows of a run, and whether its config fits them.

use std::path::Path;

use hopfield_data::{Damage, DataError, Dataset, Extent, InMemory, Scale, Source, parted};

use crate::TrainError;
use crate::config::{Config, Task};
use crate::places::place_hint;

/// Reads the rows that the config names, or takes those that are in memory.
///
/// # Errors
///
/// They can't be read, or the config does not fit them.
pub(super) fn read(config: &Config, rows: Option<&InMemory>) -> Result<Dataset, TrainError> {
    let data = match rows {
        Some(rows) => config.data.of(rows.clone(), config.seed)?.load(),
        None => config.data.source(config.seed).load(),
    };
    // The default is done.
    let data = data.and_then(|data| match config.data.scale {
        Scale::Auto => Ok(data),
        scale => data.scaled(scale),
    });
    let data = data.map_err(|error| match rows {
        Some(_) => error.into(),
        None => unread(error, config),
    })?;
    check(config, &data).map_err(TrainError::Unfit)?;
    Ok(data)
}

/// The error with a hint, if a place does not exist or the folder of IDX files is not right.
fn unread(error: DataError, config: &Config) -> TrainError {
    let places = config.data.places();
    let is_missing = |place: &Path| {
        let place = place.display().to_string();
        !Path::new(parted(&place).0).exists()
    };
    let missing = places.iter().find(|(_, place)| is_missing(place));
    let error = error.into();
    match missing.or(places.first().filter(|(key, _)| *key == "data.dir")) {
        None => error,
        Some((key, place)) => {
            let option = format!("--set {key}=PLACE, which also resumes a run");
            let hint = place_hint(place, key, "the config", &option);
            TrainError::Named { source: Box::new(error), hint }
        }
    }
}

/// Numbers may exceed the range of the last layer by this part of its width.
const TOLERATED: f64 = 0.01;

fn check(config: &Config, data: &Dataset) -> Result<(), String> {
    if matches!(config.task, Task::Classify(_)) {
        for (split, key) in [(&data.train, "data.labels"), (&data.test, "data.test_labels")] {
            if split.labels().is_none() {
                return Err(format!(
                    "task.kind = \"classify\" needs the class of each row; set {key}, or choose another task"
                ));
            }
        }
    }
    if data.image_shape.is_none() {
        if let Damage::Mask(mask) = config.task.damage()
            && mask.is_of_images()
        {
            return Err(format!(
                "task.mask = \"{}\" hides a part of an image, but the rows are vectors of {} numbers; set data.image_shape, or \
                 task.mask = \"random\"",
                mask.name(),
                data.train.dim()
            ));
        }
        if let Some(picture) = config.output.export.iter().find(|format| format.is_picture()) {
            return Err(format!(
                "output.export has \"{picture}\", but the rows are vectors of {} numbers, which can't be drawn; remove it, or set \
                 data.image_shape",
                data.train.dim()
            ));
        }
    }
    let most = config.training.shift;
    match data.image_shape {
        None if most > 0 => {
            return Err(format!(
                "training.shift = {most} moves images, but the rows are vectors of {} numbers; remove it, or set data.image_shape",
                data.train.dim()
            ));
        }
        Some(shape) if most >= shape.height().min(shape.width()) => {
            return Err(format!(
                "training.shift = {most}; allowed: 0 to {}, less than the height and the width of the images, {shape}",
                shape.height().min(shape.width()) - 1
            ));
        }
        _ => {}
    }
    let range = config.layers.last().and_then(|layer| layer.range);
    let Some((range, Extent { range: found, .. })) = range.zip(data.extent()) else {
        return Ok(());
    };
    let [low, high] = found.map(f64::from);
    let slack = TOLERATED * (range.high - range.low);
    if low >= range.low - slack && high <= range.high + slack {
        return Ok(());
    }
    Err(format!(
        "layers.{}.range = [{}, {}], but the training rows have numbers from {} to {}, which its answers can't reach; \
         set data.scale = \"unit\" (maps them to [0, 1]) or a wider range",
        config.layers.len() - 1,
        range.low,
        range.high,
        found[0],
        found[1]
    ))
}

/// A note on numbers that may surprise.
pub(super) fn note(data: &Dataset, scale: Scale) -> Option<String> {
    const LARGE: f32 = 20.0;
    let scaling = data.scaling();
    let largest = scaling.black.abs().max(scaling.white.abs());
    match (scale, data.extent().map_or(&[][..], |extent| &extent.constant)) {
        (Scale::Standard, [first, rest @ ..]) => Some(format!(
            "note: data.scale = \"standard\": {} constant over the training rows (the first is column {first}); constant columns become 0",
            match rest.len() {
                0 => "1 column is".to_owned(),
                others => format!("{} columns are", others + 1),
            }
        )),
        _ if scaling.is_uniform() && scaling.factor == [1.0] && largest > LARGE => Some(format!(
            "note: the numbers go from {} to {}; if the training fails, try data.scale = \"unit\" or \"standard\"",
            scaling.black, scaling.white
        )),
        _ => None,
    }
}
