//! What a finished training leaves behind.

use burn::module::Module;
use hopfield_database::{DatabaseFile, Export, PatternDatabase, PatternUsage};
use hopfield_model::Evaluation;
use hopfield_report::{Format, counted};

use super::trainer::Trainer;
use crate::TrainError;
use crate::metrics::{Errors, Summary};
use crate::pictures;
use crate::run_folder::{PATTERNS, snapshots};

impl Trainer<'_> {
    /// Writes the results, and reports the error on the test images. `on_test`: what was measured there already.
    pub(super) fn finish(&self, on_test: Option<Evaluation>) -> Result<(), TrainError> {
        let seconds = self.began.elapsed().as_secs_f64();
        let Self { run, folder, state, .. } = self;
        let found = on_test.unwrap_or_else(|| run.evaluate(&state.stack, &run.test));
        let usage = Some(found.usages.iter().map(PatternUsage::from).collect());
        let database = PatternDatabase { usage, ..run.database(&state.stack.valid()) };
        let bytes = database.to_archive().to_bytes();
        folder.write(PATTERNS, &bytes)?;
        let mut written = DatabaseFile::from_bytes(&folder.path.join(PATTERNS), bytes)?;
        if let Some(answers) = &found.answers {
            let picture = pictures::reconstructions(&run.test, answers, run.image_shape);
            folder.write("reconstructions.png", &picture)?;
        }
        self.export(&mut written)?;

        let (epochs, measure) = (run.config.training.epochs, run.objective.measure());
        let best = if run.validation.is_some() { "best_validation" } else { "best_test" };
        let folder = folder.path.display().to_string();
        let more = match found.answers {
            Some(_) => format!("everything with hopfield report {folder}"),
            None => format!("errors label by label with hopfield eval {folder}"),
        };
        run.printer.result(&format!(
            "{folder}: test {}{} after {} in {seconds:.0} s; look at {folder}/patterns.png, or at {more}",
            (measure.text)(found.error),
            measure.per,
            counted(epochs as usize, "epoch"),
        ));
        let best_error = state.progress.best_error.unwrap_or(found.error);
        run.printer.data(&Summary {
            run: &folder,
            epochs,
            errors: Errors { measure, of: [("test", found.error), (best, best_error)] },
            seconds,
        });
        Ok(())
    }

    /// Writes the pattern database in other formats, always as a picture.
    fn export(&self, database: &mut DatabaseFile) -> Result<(), TrainError> {
        let Self { run, folder, .. } = self;
        let snapshots = snapshots(&folder.path)?;
        for &format in [Format::Png].iter().chain(&run.config.output.export) {
            if format == Format::Apng && snapshots.is_empty() {
                let note = "note: evolution.apng is not written, because there are no snapshots";
                run.printer.note(note);
                continue;
            }
            let export = Export {
                snapshots: &snapshots,
                format: format.exporter(),
                layer: None,
                out: None,
                folder: &folder.path,
                overwrite: true,
            };
            export.write(database)?;
        }
        Ok(())
    }
}
