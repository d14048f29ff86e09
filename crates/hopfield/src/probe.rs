//! The run to measure, and the images that it is measured on.

use burn::tensor::Device;
use hopfield_data::{Bundled, Damage, DataError, Dataset, ImageShape, Split, source};
use hopfield_database::{PatternDatabase, Provenance};
use hopfield_model::{Batch, Classifier, HopfieldStack, Seeds};
use hopfield_train::config::Config;
use hopfield_train::{SavedRun, held_out, place_hint};

use crate::error::Error;
use crate::options::DataArgs;

/// Images and what is done to them: as in the training of the run, unless options say otherwise.
pub(crate) struct Probe {
    pub(crate) data: Dataset,
    pub(crate) source: String,
    /// The number of training rows, of which there may be a sample here.
    pub(crate) trained: usize,
    pub(crate) damage: Damage,
    seeds: Seeds,
    device: Device,
}

impl Probe {
    /// The images for a run with this database.
    pub(crate) fn new(
        run: &SavedRun,
        args: &DataArgs,
        database: &PatternDatabase,
        device: &Device,
    ) -> Result<Self, Error> {
        let asked = args.damage.damage();
        // An unreadable config doesn't matter if the options say everything that it is needed for.
        let config = match run.config() {
            Err(_) if args.data.is_some() && asked.is_some() => None,
            config => config?,
        };
        let source = match (args.data.as_deref(), &config) {
            (Some(name), _) => source(name),
            (None, Some(config)) => config.data.source(config.seed),
            (None, None) => Box::new(Bundled),
        };
        let name = source.to_string();
        let of_run = config.as_ref().filter(|_| args.data.is_none());
        let data = source.load().map_err(|error| unread(&error, of_run, run))?;
        let mut data = data.scaled_as(&database.scaling).labelled_as(&database.classes)?;
        let needed = database.stack.dim();
        let fits = match (data.image_shape, database.image_shape) {
            (Some(found), Some(needed)) => found == needed,
            _ => data.train.dim() == needed,
        };
        if !fits {
            let of = |shape: Option<ImageShape>, dim| match shape {
                Some(shape) => format!("images of {shape}"),
                None => format!("vectors of {dim}"),
            };
            return Err(format!(
                "{name} has {}, but {} takes {}; choose other data with --data PLACE",
                of(data.image_shape, data.train.dim()),
                run.path().display(),
                of(database.image_shape, needed)
            )
            .into());
        }
        data.image_shape = database.image_shape;
        let damage = asked.or(config.as_ref().map(|config| config.task.damage()));
        let damage = damage.unwrap_or(Damage::None);
        if let (None, Damage::Mask(mask)) = (data.image_shape, damage)
            && mask.is_of_images()
        {
            return Err(format!(
                "--mask {mask} hides a part of an image, but {name} has vectors; take random:F"
            )
            .into());
        }
        let seeds = Seeds::new(match &database.provenance {
            Provenance::Trained(from) => from.seed,
            Provenance::Imported(_) => 1,
        });
        let (trained, tested) = (data.train.count(), data.test.count());
        // As in the training.
        let (is_large, seed) = (data.train.is_large(), seeds.sample());
        data.train = data.train.sampled(seed);
        data.test = if is_large { data.test.sample(seed) } else { data.test.sampled(seed) };
        let name = match data.test.count() {
            all if all == tested => name,
            sample => format!("{name} (a sample of {sample} of {tested})"),
        };
        Ok(Self { data, source: name, trained, damage, seeds, device: device.clone() })
    }

    /// Where the stack is.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// The images of a split, damaged and clean.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub(crate) fn batch(&self, split: &Split) -> Result<Batch, DataError> {
        held_out(split, self.data.shape(), self.damage, self.seeds, &self.device)
    }
}

/// The images can't be read, which the config `of_run` names, if it does.
fn unread(error: &DataError, of_run: Option<&Config>, run: &SavedRun) -> Error {
    if let DataError::Download { cache, url, reason } = error {
        return format!(
            "MNIST is not in {} and could not be downloaded from {url}: {reason}\n\
             hint: use the digits in the program, --data bundled, or a folder with the four IDX files, --data DIR",
            cache.display()
        )
        .into();
    }
    let places = of_run.map(|config| config.data.places()).unwrap_or_default();
    let hint = places.first().map_or(String::new(), |(key, place)| {
        let config = run.folder().join("config.toml").display().to_string();
        place_hint(place, key, &config, "--data PLACE")
    });
    format!("{error}{hint}").into()
}

/// Refuses a classifier where answers must be images.
pub(crate) fn answers_with_images(run: &SavedRun, stack: &HopfieldStack) -> Result<(), Error> {
    if Classifier::of(stack).is_none() {
        return Ok(());
    }
    Err(format!(
        "{} is a classifier: it answers with labels, not images; use eval, info or export instead",
        run.path().display()
    )
    .into())
}
