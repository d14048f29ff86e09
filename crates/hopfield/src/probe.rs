//! The images that a run is measured on.

use std::path::Path;

use burn::tensor::Device;
use hopfield_data::{Dataset, Split, Task};
use hopfield_model::{Classifier, HopfieldStack, PatternDatabase, Provenance};
use hopfield_train::config::Source;
use hopfield_train::{Batch, SavedRun, Seeds, dataset, device, held_out};

use crate::cli::DataArgs;
use crate::error::Error;

/// Images and what is done to them: those of the run, if not said otherwise.
pub(crate) struct Probe {
    pub(crate) data: Dataset,
    pub(crate) source: String,
    pub(crate) task: Task,
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
        let (shape, asked) = (database.image_shape, args.damage.task());
        // A config that can't be read is no obstacle, if all is said that is needed from it.
        let config = match run.config() {
            Err(_) if args.data.is_some() && asked.is_some() => None,
            config => config?,
        };
        let source = match args.data.as_deref() {
            Some(name) => source(name),
            None => config.as_ref().map_or(Source::Bundled, |config| config.data.source()),
        };
        let name = match &source {
            Source::Bundled => "the digits in the program".to_owned(),
            Source::Mnist => "MNIST".to_owned(),
            Source::Dir(folder) => folder.display().to_string(),
        };
        let data = dataset(&source)?;
        let [height, width] = shape;
        if [data.height(), data.width()] != shape {
            return Err(Error::Usage(format!(
                "the images of {name} have {} × {} pixels, but those of {} have {height} × {width}; give others with --data DIR",
                data.height(),
                data.width(),
                run.path().display()
            )));
        }
        let trained = config.as_ref().map(|config| config.task);
        Ok(Self {
            data,
            source: name,
            task: asked.or(trained).unwrap_or(Task::Reconstruct),
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
        held_out(split, shape, self.task, self.seeds, &self.device)
    }

    /// What is done to the images, for people.
    pub(crate) fn task_name(&self) -> String {
        use hopfield_data::{Mask, Noise};
        match self.task {
            Task::Reconstruct => "as they are".into(),
            Task::Denoise(Noise::Gaussian { std }) => format!("with Gaussian noise of σ = {std}"),
            Task::Denoise(Noise::SaltAndPepper { fraction }) => {
                format!("with {fraction} of their pixels black or white")
            }
            Task::Complete(Mask::Top) => "without their upper halves".into(),
            Task::Complete(Mask::Bottom) => "without their lower halves".into(),
            Task::Complete(Mask::Left) => "without their left halves".into(),
            Task::Complete(Mask::Right) => "without their right halves".into(),
            Task::Complete(Mask::Random { fraction }) => {
                format!("without {fraction} of their pixels")
            }
        }
    }
}

/// The images that `--data` names.
pub(crate) fn source(name: &str) -> Source {
    match name {
        "bundled" => Source::Bundled,
        "mnist" => Source::Mnist,
        folder => Source::Dir(folder.into()),
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
