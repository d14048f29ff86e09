//! Captions of snapshots: epoch and test error.

use burn::tensor::Device;
use hopfield_database::{DatabaseFile, Snapshot};
use hopfield_model::{Classifier, evaluate};
use hopfield_train::SavedRun;

use crate::error::Error;
use crate::options::DataArgs;
use crate::probe::Probe;

/// The caption of a snapshot: `epoch 2.5`, with its error on the test images if the stack answers with images. It counts steps
/// if the length of an epoch is unknown.
pub(crate) fn labels(
    run: &SavedRun,
    data: &DataArgs,
    probe: &Probe,
    device: &Device,
) -> Result<impl Fn(&Snapshot) -> Result<String, Error>, Error> {
    // With --data, the number of training images, and so of steps per epoch, may have been another.
    let own = run.config()?.filter(|_| data.data.is_none());
    let steps_per_epoch = own.and_then(|config| {
        let images = probe.trained.checked_sub(config.data.validation)?;
        Some(images.div_ceil(config.training.batch_size))
    });
    let (test, device) = (probe.batch(&probe.data.test)?, device.clone());
    Ok(move |snapshot: &Snapshot| {
        let when = match steps_per_epoch {
            Some(steps) => epochs(snapshot.step as f64 / steps as f64),
            None => format!("step {}", snapshot.step),
        };
        let stack = DatabaseFile::open(&snapshot.path)?.load(&device)?.stack;
        Ok(match Classifier::of(&stack) {
            Some(_) => when,
            None => {
                let error = evaluate(&stack, &test.states, &test.targets).error;
                format!("{when:<10}  test MSE {error:.4}")
            }
        })
    })
}

/// `epoch 0.03`, `epoch 2.5`, `epoch 60`.
fn epochs(done: f64) -> String {
    let places = match done {
        0.0 => 0,
        ..0.95 => 2,
        ..9.5 => 1,
        _ => 0,
    };
    format!("epoch {done:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_as_exact_as_they_matter() {
        let texts = [0.0, 0.0127, 0.5, 1.0, 2.53, 17.2, 60.0].map(epochs);
        let numbers = texts.map(|text| text.replace("epoch ", ""));
        assert_eq!(numbers, ["0", "0.01", "0.50", "1.0", "2.5", "17", "60"]);
    }
}
