//! The images that a run is measured on.

use std::path::Path;

use burn::tensor::Device;
use hopfield_data::{Bundled, Damage, Dataset, Split, source};
use hopfield_model::{Batch, Classifier, HopfieldStack, PatternDatabase, Provenance};
use hopfield_train::{SavedRun, Seeds, device, held_out};

use crate::cli::DataArgs;
use crate::error::Error;

/// Images and what is done to them: those of the run, if not said otherwise.
pub(crate) struct Probe {
    pub(crate) data: Dataset,
    pub(crate) source: String,
    pub(crate) damage: Damage,
    seeds: Seeds,
    device: Device,
}

impl Probe {
    /// For a run with this database.
    pub(crate) fn new(
        run: &SavedRun,
        args: &DataArgs,
        database: &PatternDatabase,
        device: &Device,
    ) -> Result<Self, Error> {
        let (shape, asked) = (database.image_shape, args.damage.damage());
        // A config that can't be read is no obstacle, if all is said that is needed from it.
        let config = match run.config() {
            Err(_) if args.data.is_some() && asked.is_some() => None,
            config => config?,
        };
        let source = match (args.data.as_deref(), &config) {
            (Some(name), _) => source(name),
            (None, Some(config)) => config.data.source(),
            (None, None) => Box::new(Bundled),
        };
        let (name, data) = (source.to_string(), source.load()?);
        let [height, width] = shape;
        if [data.height(), data.width()] != shape {
            return Err(Error::Usage(format!(
                "the images of {name} have {} × {} pixels, but those of {} have {height} × {width}; give others with --data DIR",
                data.height(),
                data.width(),
                run.path().display()
            )));
        }
        let trained = config.as_ref().map(|config| config.task.damage());
        Ok(Self {
            data,
            source: name,
            damage: asked.or(trained).unwrap_or(Damage::None),
            seeds: Seeds::new(match &database.provenance {
                Provenance::Trained(from) => from.seed,
                Provenance::Imported(_) => 1,
            }),
            device: device.clone(),
        })
    }

    /// Images of a split as the network sees them, and clean.
    pub(crate) fn batch(&self, split: &Split) -> Batch {
        let shape = [self.data.height(), self.data.width()];
        held_out(split, shape, self.damage, self.seeds, &self.device)
    }
}

/// The device asked for, or the first that is compiled in.
pub(crate) fn open_device(name: Option<&str>) -> Result<Device, Error> {
    Ok(device::open(name.unwrap_or(device::default()))?)
}

/// Refuses a classifier, where images are needed as answers.
pub(crate) fn answers_with_images(run: &SavedRun, stack: &HopfieldStack) -> Result<(), Error> {
    if Classifier::of(stack).is_none() {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "{}: it is a classifier, which answers with labels, and images are needed; look at it with eval, info or export",
        run.path().display()
    )))
}

/// The run at `path`, and its pattern database.
pub(crate) fn find(path: &Path) -> Result<SavedRun, Error> {
    Ok(SavedRun::find(path)?)
}
