//! What a finished training leaves behind.

use std::time::Duration;

use burn::module::Module;
use hopfield_database::{DatabaseFile, Export, PatternDatabase, PatternUsage};
use hopfield_report::Format;

use super::Run;
use crate::TrainError;
use crate::checkpoint::{State, database};
use crate::metrics::{Errors, Measure, Summary};
use crate::pictures;
use crate::printer::Printer;
use crate::run_folder::{PATTERNS, RunFolder};
use crate::saved_run::SavedRun;

impl Run<'_> {
    /// Measures the stack on the test images, writes the results, and says so.
    pub(super) fn finish(
        &self,
        state: &State,
        folder: &RunFolder,
        printer: &Printer,
        elapsed: Duration,
    ) -> Result<(), TrainError> {
        let stack = state.stack.valid();
        let (error, found) = self.evaluate(&stack, &self.test);
        let usage =
            found.as_ref().map(|found| found.usages.iter().map(PatternUsage::from).collect());
        let database =
            PatternDatabase { usage, ..database(&stack, self.image_shape, &self.provenance) };
        let bytes = database.to_archive().to_bytes();
        folder.write(PATTERNS, &bytes)?;
        let mut written = DatabaseFile::from_bytes(&folder.path().join(PATTERNS), bytes)?;
        if found.is_some() {
            let picture = pictures::reconstructions(&stack, &self.test, self.image_shape);
            folder.write("reconstructions.png", &picture)?;
        }
        self.export(&mut written, folder, printer)?;

        let epochs = self.config.training.epochs;
        let best = if self.validation.is_some() { "best_validation" } else { "best_test" };
        let folder = folder.path().display().to_string();
        let (what, more) = match self.measure() {
            Measure::Mse => {
                (" per pixel", format!(", or at everything with hopfield report {folder}"))
            }
            Measure::LabelError => {
                ("", format!(", or at errors label by label with hopfield eval {folder}"))
            }
        };
        printer.result(&format!(
            "{folder}: test {}{what} after {epochs} epochs in {:.0} s; look at {folder}/patterns.png{more}",
            self.measure().text(error),
            elapsed.as_secs_f64()
        ));
        printer.data(&Summary {
            run: &folder,
            epochs,
            errors: Errors {
                measure: self.measure(),
                of: [("test", error), (best, state.progress.best_error.unwrap_or(error))],
            },
            seconds: elapsed.as_secs_f64(),
        });
        Ok(())
    }

    /// Writes the pattern database in other formats, always as a picture.
    fn export(
        &self,
        database: &mut DatabaseFile,
        folder: &RunFolder,
        printer: &Printer,
    ) -> Result<(), TrainError> {
        let snapshots = SavedRun::find(folder.path())?.snapshots()?;
        for &format in [Format::Png].iter().chain(&self.config.output.export) {
            if format == Format::Apng && snapshots.is_empty() {
                printer.note("note: there is no evolution.apng, for there are no snapshots");
                continue;
            }
            let export = Export {
                snapshots: &snapshots,
                format: format.exporter(),
                layer: None,
                out: None,
                folder: folder.path(),
                overwrite: true,
            };
            export.write(database)?;
        }
        Ok(())
    }
}
