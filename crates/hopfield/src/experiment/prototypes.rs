//! `hopfield experiment prototypes`: trains the classifiers that are compared.

use std::path::Path;
use std::str::FromStr;

use burn::tensor::{Device, Tensor, TensorData};
use clap::Args;
use hopfield_data::Dataset;
use hopfield_experiments::Prototypes;
use hopfield_model::Classifier;
use hopfield_train::config::Config;
use hopfield_train::printer::Printer;
use hopfield_train::shipped::SHIPPED;
use hopfield_train::{
    Existing, Interrupt, Job, Outcome, SavedRun, TrainError, Unneeded, data_sha256,
};

use super::args::{Common, Loaded, MOST};
use crate::error::Error;
use crate::options::count;

#[derive(Debug, Args)]
pub(crate) struct PrototypesArgs {
    /// The degrees of the energy, each with its temperature, separated by commas.
    #[arg(
        long,
        value_name = "N:T,…",
        value_delimiter = ',',
        default_value = "2:2000,3:1000,20:540,30:540"
    )]
    degrees: Vec<Degree>,

    /// Change a setting of classify.toml, with which they are trained; can be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,

    /// The number of test images to deceive with.
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = count::<MOST>)]
    images: usize,

    #[command(flatten)]
    pub(super) common: Common,
}

/// n and T of a classifier.
#[derive(Debug, Clone, Copy)]
struct Degree {
    degree: u32,
    temperature: f64,
}

impl FromStr for Degree {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = text.split_once(':').and_then(|(degree, temperature)| {
            Some(Self { degree: degree.parse().ok()?, temperature: temperature.parse().ok()? })
        });
        found.ok_or("allowed: a degree and a temperature, such as 20:540")
    }
}

impl PrototypesArgs {
    /// Trains a classifier for each degree, as a run in a folder of its own below `out`. Runs that are there are continued.
    pub(super) fn prototypes(
        &self,
        out: &Path,
        device: &Device,
        printer: &Printer,
    ) -> Result<Loaded<Prototypes>, Error> {
        let degrees = || self.degrees.iter().map(|of| of.degree);
        if let Some(twice) = degrees().find(|&n| degrees().filter(|&other| other == n).count() > 1)
        {
            return Err(format!(
                "--degrees has {twice} twice; allowed: each once, because a run is named by it"
            )
            .into());
        }
        // Epochs are shown; what scripts read is the result alone.
        let epochs = Printer::new(!printer.shows_results(), false);
        let configs = self.degrees.iter().map(|&degree| self.config(degree));
        let configs: Vec<Config> = configs.collect::<Result<_, _>>()?;
        let mut classifiers = Vec::new();
        let mut seen: Option<(Dataset, _)> = None;
        for (of, config) in self.degrees.iter().zip(configs) {
            let folder = out.join(format!("degree-{}", of.degree));
            let source = config.data.source(config.seed);
            let job = Job::new(config, folder.clone(), Existing::Reuse);
            if job.run(&epochs, &Interrupt::default())? == Outcome::Unneeded(Unneeded::Busy) {
                let busy =
                    format!("{}: another process is training it; wait for it", folder.display());
                return Err(busy.into());
            }
            let run = SavedRun::find(&folder)?;
            let database = run.load(device)?;
            let classifier =
                Classifier::of(&database.stack).ok_or("classify.toml trains a classifier")?;
            let memories = database.stack.layers[0].patterns.val().without_autodiff();
            if seen.is_none() {
                let data = source.load().map_err(TrainError::from)?;
                let data = data.scaled_as(&database.scaling).labelled_as(&database.classes)?;
                seen = Some((data, database.image_shape));
            }
            let rows = seen.as_ref().map_or(0, |(data, _)| data.train.count()) as f64;
            let seconds = run
                .metrics()?
                .iter()
                .map(|line| Some(rows / line["images_per_sec"].as_f64()?))
                .sum();
            classifiers.push((of.degree, seconds, classifier, memories));
        }
        let (data, shape) = seen.ok_or("no degree is given")?;
        let dim = data.train.dim();
        let training = data.train.all_rows()?;
        let training = TensorData::new(training, [data.train.count(), dim]);
        let labels = data.test.labels().unwrap_or_default();
        let labels = labels.iter().map(|&label| label as usize).collect();
        let prototypes = Prototypes {
            classifiers,
            training: Tensor::from_data(training, device),
            test: (data.test.all_rows()?, labels),
            shape,
            images: self.images,
        };
        Ok((prototypes, Some(data_sha256(&data)?)))
    }

    fn config(&self, Degree { degree, temperature }: Degree) -> Result<Config, Error> {
        let shipped =
            SHIPPED.iter().find(|config| config.name == "classify").expect("it is shipped");
        let mut settings = self.set.clone();
        settings.push(format!("task.degree={degree}"));
        settings.push(format!("task.temperature={temperature:?}"));
        settings.push(format!("seed={}", self.common.seed));
        let options = [("device", self.common.device.name())];
        let config = Config::parse(Path::new("classify.toml"), shipped.text, &settings, &options);
        Ok(config.map_err(TrainError::Config)?)
    }
}
