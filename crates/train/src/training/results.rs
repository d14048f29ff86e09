//! What a finished training leaves behind.

use std::time::Duration;

use burn::module::Module;
use hopfield_export::{Export, Format};
use hopfield_model::{Evaluation, PatternDatabase, PatternUsage};

use super::run::Run;
use crate::TrainError;
use crate::checkpoint::{State, database};
use crate::metrics::{Errors, Summary};
use crate::pictures;
use crate::printer::Printer;
use crate::run_folder::{PATTERNS, RunFolder};

impl Run<'_> {
    /// Writes the results, and reports the error on the test images. `on_test`: what was measured there already.
    pub(super) fn finish(
        &self,
        state: &State,
        on_test: Option<Evaluation>,
        folder: &RunFolder,
        printer: &Printer,
        elapsed: Duration,
    ) -> Result<(), TrainError> {
        let found = on_test.unwrap_or_else(|| self.evaluate(&state.stack, &self.test));
        let usage = found.usages.iter().map(PatternUsage::from).collect();
        let database = PatternDatabase {
            usage: Some(usage),
            ..database(&state.stack.valid(), self.image_shape, &self.provenance)
        };
        folder.write(PATTERNS, &database.to_archive().to_bytes())?;
        if let Some(answers) = &found.answers {
            let picture = pictures::reconstructions(&self.test, answers, self.image_shape);
            folder.write("reconstructions.png", &picture)?;
        }
        self.export(folder, printer)?;

        let (epochs, measure) = (self.config.training.epochs, self.objective.measure());
        let best = if self.validation.is_some() { "best_validation" } else { "best_test" };
        let folder = folder.path().display().to_string();
        let more = match found.answers {
            Some(_) => format!("everything with hopfield report {folder}"),
            None => format!("errors label by label with hopfield eval {folder}"),
        };
        printer.result(&format!(
            "{folder}: test {}{} after {epochs} epochs in {:.0} s; look at {folder}/patterns.png, or at {more}",
            (measure.text)(found.error),
            measure.per,
            elapsed.as_secs_f64()
        ));
        let best_error = state.progress.best_error.unwrap_or(found.error);
        printer.data(&Summary {
            run: &folder,
            epochs,
            errors: Errors { measure, of: [("test", found.error), (best, best_error)] },
            seconds: elapsed.as_secs_f64(),
        });
        Ok(())
    }

    /// Writes the pattern database in other formats, always as a picture.
    fn export(&self, folder: &RunFolder, printer: &Printer) -> Result<(), TrainError> {
        let snapshots = folder.snapshots()?;
        for &format in [Format::Png].iter().chain(&self.config.output.export) {
            if format == Format::Apng && snapshots.is_empty() {
                printer.note("note: evolution.apng is not written, because there are no snapshots");
                continue;
            }
            let export = Export {
                database: &folder.path().join(PATTERNS),
                snapshots: &snapshots,
                format,
                layer: None,
                out: None,
                folder: folder.path(),
                overwrite: true,
            };
            export.write()?;
        }
        Ok(())
    }
}
