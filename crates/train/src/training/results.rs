//! What a finished training leaves behind.

use burn::module::Module;
use hopfield_database::{DatabaseFile, Export, PatternDatabase, PatternUsage, Snapshot};
use hopfield_model::Evaluation;
use hopfield_report::Format;

use super::trainer::Trainer;
use crate::TrainError;
use crate::metrics::{Errors, Summary};
use crate::pictures;
use crate::run_folder::{PATTERNS, RESULTS, snapshots};

impl Trainer<'_> {
    /// Writes the results, and reports the error on the test images. `on_test`: what was measured there already.
    pub(super) fn finish(&self, on_test: Option<Evaluation>) -> Result<(), TrainError> {
        let seconds = self.began.elapsed().as_secs_f64();
        let Self { run, folder, state, .. } = self;
        let stack = state.stack.valid();
        let found = on_test.unwrap_or_else(|| {
            let mut found = run.evaluate(&state.stack, &run.test);
            found.add_likeness(&stack, run.batches.images());
            found.add_simplex_bound(&stack, &run.test.targets);
            found
        });
        let usage = Some(found.usages.iter().map(PatternUsage::from).collect());
        let database = PatternDatabase { usage, ..run.database(&stack) };
        let bytes = database.to_archive().to_bytes();
        let path = folder.path.display().to_string();
        let (epochs, measure) = (run.config.training.epochs, run.objective.measure());
        let best = if run.validation.is_some() { "best_validation" } else { "best_test" };
        let best_error = state.progress.best_error.unwrap_or(found.error);
        let summary = Summary {
            run: None,
            epochs,
            training_images: run.batches.count(),
            errors: Errors { measure, of: [("test", found.error), (best, best_error)] },
            compared: self.compared(),
            simplex_bound: found.simplex_bound,
            layers: &found.layers,
            seconds,
            are_images: run.image_shape.is_some(),
        };
        folder.write(PATTERNS, &bytes)?;
        let mut written = DatabaseFile::from_bytes(&folder.path.join(PATTERNS), bytes)?;
        if let Some((answers, shape)) = found.answers.as_ref().zip(run.image_shape) {
            let picture = pictures::reconstructions(&run.test, answers, shape, &run.scaling);
            folder.write("reconstructions.png", &picture)?;
        }
        self.export(&mut written)?;
        let results = serde_json::to_string_pretty(&summary).expect("results are plain data");
        folder.write(RESULTS, format!("{results}\n").as_bytes())?;

        let summary = Summary { run: Some(&path), ..summary };
        let patterns = stack.layers.iter().map(|layer| layer.pattern_count() * layer.heads());
        run.printer.result(&summary.for_people(&patterns.collect::<Vec<_>>()));
        run.printer.data(&summary);
        Ok(())
    }

    /// Writes the pattern database in other formats, always as a picture.
    fn export(&self, database: &mut DatabaseFile) -> Result<(), TrainError> {
        let Self { run, folder, .. } = self;
        let snapshots = snapshots(&folder.path)?;
        let picture = [Format::Png].into_iter().filter(|_| run.image_shape.is_some());
        for format in picture.chain(run.config.output.export.iter().copied()) {
            if format == Format::Apng && snapshots.is_empty() {
                let note = "note: evolution.apng is not written, because there are no snapshots";
                run.printer.note(note);
                continue;
            }
            self.export_as(format, &snapshots, database)?;
        }
        Ok(())
    }

    pub(super) fn export_as(
        &self,
        format: Format,
        snapshots: &[Snapshot],
        database: &mut DatabaseFile,
    ) -> Result<(), TrainError> {
        let export = Export {
            snapshots,
            format: format.exporter(),
            layer: None,
            out: None,
            folder: &self.folder.path,
            overwrite: true,
        };
        export.write(database)?;
        Ok(())
    }
}
