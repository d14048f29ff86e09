//! Options that several commands share, and the parsers of their values.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use clap::Args;
use hopfield_arrays::TEMPORARY;
use hopfield_data::{Damage, Mask, Noise};
use hopfield_database::ExportError;
use hopfield_train::device;

use crate::error::Error;

/// The device to compute on.
#[derive(Debug, Args)]
pub(crate) struct DeviceArgs {
    /// The device [default: the first that is compiled in].
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
}

impl DeviceArgs {
    pub(crate) fn name(&self) -> &str {
        self.device.as_deref().unwrap_or(device::default())
    }

    pub(crate) fn open(&self) -> Result<Device, Error> {
        Ok(device::open(self.name())?)
    }
}

/// What is done to images before the stack sees them.
#[derive(Debug, Args)]
pub(crate) struct DamageArgs {
    /// Hide a part of every image: bottom, top, left, right, or random:F (a fraction F of its pixels).
    #[arg(long, value_name = "PART", conflicts_with = "noise")]
    mask: Option<Mask>,

    /// Add Gaussian noise with this standard deviation, in the numbers that the stack sees; pixels are in [0, 1] by default.
    #[arg(long, value_name = "STD", value_parser = positive)]
    noise: Option<f64>,
}

impl DamageArgs {
    /// The damage, if any is given.
    pub(crate) fn damage(&self) -> Option<Damage> {
        let noise = self.noise.map(|std| Damage::Noise(Noise::Gaussian { std }));
        self.mask.map(Damage::Mask).or(noise)
    }
}

/// Where held-out images come from.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// The rows: bundled, mnist, a folder with the four IDX files, a folder of pictures, or a file of rows [default: those of the run, or bundled].
    #[arg(long, value_name = "SOURCE")]
    pub(crate) data: Option<String>,

    #[command(flatten)]
    pub(crate) damage: DamageArgs,

    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// The file to write.
#[derive(Debug, Args)]
pub(crate) struct OutArgs {
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace the file named with --out if it exists.
    #[arg(long)]
    force: bool,
}

impl OutArgs {
    /// The file named with --out, if any.
    ///
    /// # Errors
    ///
    /// The file exists, and --force is not given.
    pub(crate) fn file(&self) -> Result<Option<PathBuf>, Error> {
        match &self.out {
            Some(out) if out.exists() && !self.force => {
                Err(ExportError::Exists(out.clone()).into())
            }
            out => Ok(out.clone()),
        }
    }
}

/// Whether writing `out` would touch one of these files: as itself, or under its temporary name.
pub(crate) fn is_one_of(out: &Path, files: &[&Path]) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let mut temporary = out.as_os_str().to_owned();
    temporary.push(TEMPORARY);
    let written = [real(out), real(Path::new(&temporary))];
    let mut read = files.iter().filter_map(|file| real(file));
    read.any(|file| written.contains(&Some(file)))
}

pub(crate) fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|&x| x > 0.0 && (x as f32).is_normal());
    number.ok_or_else(|| "allowed: a number above 0".into())
}

/// A whole number from 1 to `MOST`.
pub(crate) fn count<const MOST: usize>(text: &str) -> Result<usize, String> {
    let number = text.parse::<usize>().ok().filter(|count| (1..=MOST).contains(count));
    number.ok_or_else(|| format!("allowed: a whole number from 1 to {MOST}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_parsed() {
        assert!(positive("-1").is_err() && positive("nan").is_err() && positive("1e99").is_err());
        assert!(count::<10>("0").is_err() && count::<10>("11").is_err());
        assert_eq!(count::<10>("10"), Ok(10));
    }
}
