//! The pattern database: the matrices H of a stack, and all that is needed to answer with them.

use hopfield_arrays::{ImageShape, Scaling};
use hopfield_layer::HopfieldLayer;
use hopfield_model::{Classifier, HopfieldStack};

use crate::archive::Archive;
use crate::manifest::{FORMAT, LayerManifest, Manifest, Provenance};
use crate::parts::Part;
use crate::usage::PatternUsage;

/// A stack with what is known about it. Its canonical file is a safetensors file:
///
/// | tensor | shape | |
/// |---|---|---|
/// | `layers.K.patterns` | `[N, d]` | H of layer K, counted from 0 at the input |
/// | `layers.K.values` | `[N, m]` | V of layer K, if it has values of its own |
/// | `layers.K.log_beta` | `[h]` | log β of each head |
/// | `layers.K.mean_weights` | `[h·N]` | the mean weight of each pattern over the held-out images, if it was measured |
/// | `layers.K.best_matches` | `[h·N]` | of how many of them each pattern is the best match |
///
/// The metadata has one entry, `hopfield`, a JSON text: the [`Manifest`].
#[derive(Debug, Clone)]
pub struct PatternDatabase {
    /// The stack.
    pub stack: HopfieldStack,
    /// The shape of an image, if rows are images; it has d numbers.
    pub image_shape: Option<ImageShape>,
    /// What was done to the numbers of its training file.
    pub scaling: Scaling,
    /// The names of the labels that it was trained with, if they have some: that of label 0 first.
    pub classes: Vec<String>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// How each layer used its patterns on held-out images, if that was measured.
    pub usage: Option<Vec<PatternUsage>>,
}

impl PatternDatabase {
    /// Rows of whole numbers from 0 to 255 count as bytes, which are divided by 255, if one of them is this large. A network that was trained
    /// with the default [`Scaling`] has seen only bytes and numbers from 0 to 1; of an imported one nothing is known.
    pub fn least_byte(&self) -> f32 {
        match self.provenance {
            Provenance::Trained(_) => 2.0,
            Provenance::Imported(_) => 128.0,
        }
    }

    /// Whether answers are rows like the states, and not scores of labels or the like.
    pub fn answers_rows(&self) -> bool {
        self.stack.output_dim() == self.stack.dim() && Classifier::of(&self.stack).is_none()
    }

    /// The archive of this database; equal databases give equal bytes.
    pub fn to_archive(&self) -> Archive {
        let of = |layer: &HopfieldLayer| LayerManifest {
            beta: layer.beta(),
            settings: layer.settings(),
        };
        let manifest = Manifest {
            format: FORMAT,
            image_shape: self.image_shape,
            scaling: self.scaling.clone(),
            classes: self.classes.clone(),
            residual: self.stack.is_residual(),
            layers: self.stack.layers.iter().map(of).collect(),
            provenance: self.provenance.clone(),
        };
        let mut archive = Archive::new(manifest.to_json());
        for (index, layer) in self.stack.layers.iter().enumerate() {
            archive.put(Part::Patterns.of(index), &layer.patterns.val());
            if let Some(values) = &layer.values {
                archive.put(Part::Values.of(index), &values.val());
            }
            archive.put(Part::LogBeta.of(index), &layer.log_beta.val());
        }
        for (index, usage) in self.usage.iter().flatten().enumerate() {
            let PatternUsage { mean_weights, best_matches } = usage;
            for (part, numbers) in
                [(Part::MeanWeights, mean_weights), (Part::BestMatches, best_matches)]
            {
                archive.put_numbers(part.of(index), vec![numbers.len()], numbers.clone());
            }
        }
        archive
    }
}
