//! From features to prototypes: how classifiers of different degrees decide, and what deceives them.

use burn::tensor::{Device, Tensor};
use hopfield_data::ImageShape;
use hopfield_layer::InvalidSetting;
use hopfield_memory::MemoryError;
use hopfield_model::{Classifier, Likeness};

use crate::experiment::{Experiment, Outcome, Picture};
use crate::host::{to_device, to_host};
use crate::table::{Cell, Table};

/// The length of a step towards a border: that of a change of one pixel by a twentieth.
const STEP: f64 = 0.05;
/// Steps at most: further away than any two digits are.
const STEPS: usize = 400;
/// The share of the contributions that deciding memories have.
const SHARE: f64 = 0.9;

/// Compares classifiers by association that differ in the degree n of their energy (Krotov & Hopfield 2016, figures 2 and 3; 2018):
/// how many memories decide, how much memories look like images, and whether images that deceive one classifier deceive
/// another, too.
///
/// An image that deceives is made of a test image that all classifiers label correctly, by
/// [`Classifier::cross_border`].
#[derive(Debug)]
pub struct Prototypes {
    /// The classifiers, each with its degree, the seconds of its training if they are known, and its memories as `[K, d]`.
    pub classifiers: Vec<(u32, Option<f64>, Classifier, Tensor<2>)>,
    /// Training images, which memories are compared with: `[n, d]`.
    pub training: Tensor<2>,
    /// Test images, with pixels in [0, 1], and their labels.
    pub test: (Vec<f32>, Vec<usize>),
    /// Their shape, if it is known.
    pub shape: Option<ImageShape>,
    /// The number of images to deceive with.
    pub images: usize,
}

impl Experiment for Prototypes {
    fn name(&self) -> &'static str {
        "prototypes"
    }

    fn count(&self) -> usize {
        self.classifiers.len()
    }

    fn run(
        &self,
        device: &Device,
        progress: &mut dyn FnMut(String),
    ) -> Result<Outcome, MemoryError> {
        let dim = self.training.dims()[1];
        let (pixels, labels) = &self.test;
        if pixels.iter().any(|pixel| !(0.0..=1.0).contains(pixel)) {
            let allowed = "images with pixels in [0, 1], which are changed to deceive a classifier";
            return Err(InvalidSetting::new("data", "of another range", allowed).into());
        }
        let test = to_device(pixels.clone(), dim, device);
        let found: Vec<Vec<usize>> =
            self.classifiers.iter().map(|(_, _, of, _)| of.classify(test.clone())).collect();
        let by_all = |&image: &usize| found.iter().all(|found| found[image] == labels[image]);
        let chosen: Vec<usize> = (0..labels.len()).filter(by_all).take(self.images).collect();
        if chosen.is_empty() {
            let allowed = "test images that all classifiers label correctly; train longer";
            return Err(InvalidSetting::new("images", self.images, allowed).into());
        }
        let clean: Vec<f32> =
            chosen.iter().flat_map(|at| &pixels[at * dim..(at + 1) * dim]).copied().collect();
        let own: Vec<usize> = chosen.iter().map(|&at| labels[at]).collect();
        let images = to_device(clean.clone(), dim, device);

        let (mut table, mut transfer) = (Table::new(&[]), Table::new(&[]));
        let mut pictures = Vec::new();
        for ((degree, seconds, classifier, memories), found) in self.classifiers.iter().zip(&found)
        {
            progress(format!("degree {degree}"));
            let wrong = found.iter().zip(labels).filter(|(found, own)| found != own).count();
            let deciding = classifier.deciding_memories(images.clone(), SHARE);
            let deciding = deciding.iter().sum::<usize>() as f64 / chosen.len() as f64;
            let likeness = Likeness::new(memories, &self.training);
            let deceiving = classifier.cross_border(images.clone(), &own, STEP, STEPS);
            let moved = (deceiving.images.clone() - images.clone()).square().sum_dim(1).sqrt();
            let moved = to_host(moved).into_iter().zip(&deceiving.crossed);
            let distances: Vec<f64> =
                moved.filter(|&(_, &crossed)| crossed).map(|(x, _)| f64::from(x)).collect();
            let crossed = distances.len();
            let distance = (crossed > 0).then(|| distances.iter().sum::<f64>() / crossed as f64);
            let count = memories.dims()[0];
            table.add(vec![
                ("degree", Cell::Count(*degree as usize)),
                ("test_error", Cell::Real(wrong as f64 / labels.len() as f64, 4)),
                ("deciding", Cell::Real(deciding, 1)),
                ("share_deciding", Cell::Real(deciding / count as f64, 4)),
                ("likeness", Cell::Real(likeness.mean, 3)),
                ("either_sign", Cell::Real(likeness.of_either_sign, 3)),
                ("distance", Cell::maybe(distance, 2)),
                ("deceived", Cell::Real(crossed as f64 / chosen.len() as f64, 3)),
                ("seconds", Cell::maybe(*seconds, 0)),
            ]);
            // Only images that deceive the one they are made for can be expected to deceive others.
            let is_used = |at: &usize| deceiving.crossed[*at];
            for (other, _, judge, _) in &self.classifiers {
                let judged = judge.classify(deceiving.images.clone());
                let used = (0..own.len()).filter(is_used);
                let deceived = used.filter(|&at| judged[at] != own[at]).count();
                let share = (crossed > 0).then(|| deceived as f64 / crossed as f64);
                transfer.add(vec![
                    ("made_for", Cell::Count(*degree as usize)),
                    ("judged_by", Cell::Count(*other as usize)),
                    ("deceived", Cell::maybe(share, 3)),
                ]);
            }
            pictures.extend(self.shape.map(|shape| {
                let shown = chosen.len().min(Picture::MOST) * dim;
                let deceiving = to_host(deceiving.images);
                // What was changed, on grey.
                let change = deceiving.iter().zip(&clean).map(|(new, old)| 0.5 + (new - old) / 2.0);
                let change: Vec<f32> = change.take(shown).collect();
                let picture = Picture {
                    shape,
                    queries: clean[..shown].to_vec(),
                    answers: deceiving[..shown].to_vec(),
                    stored: change,
                };
                (format!("degree-{degree}"), vec![picture])
            }));
        }
        let files = vec![("transfer.csv", transfer.csv())];
        Ok(Outcome { table, summary: Some(transfer), pictures, files })
    }
}
