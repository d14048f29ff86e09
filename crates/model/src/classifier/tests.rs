//! Fields and gradients, against their definitions in f64.

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_layer::{HopfieldLayerConfig, Similarity};

use super::gradients::LIFT;
use super::{Classifier, ClassifierLoss};
use crate::HopfieldStack;

const DIM: usize = 5;
const MEMORIES: usize = 70; // more than one block, and no multiple of it
const LABELS: usize = 3;

fn stack(degree: u32) -> HopfieldStack {
    let layer = Classifier::layer(MEMORIES, DIM, LABELS, degree).try_init(3, &Device::flex());
    HopfieldStack::new(vec![layer.unwrap()]).unwrap()
}

fn images(count: usize) -> Vec<Vec<f64>> {
    let pixel = |image: usize, at: usize| {
        ((image * 37 + at * 61 + image * at * 17) % 41) as f64 / 20.0 - 1.0
    };
    (0..count).map(|image| (0..DIM).map(|at| pixel(image, at)).collect()).collect()
}

/// Units in [−1, 1] as pixels.
fn tensor(rows: &[Vec<f64>]) -> Tensor<2> {
    let numbers: Vec<f32> = rows.concat().into_iter().map(|x| (x as f32 + 1.0) / 2.0).collect();
    Tensor::from_data(TensorData::new(numbers, [rows.len(), DIM]), &Device::flex())
}

fn rows(of: &Tensor<2>) -> Vec<Vec<f64>> {
    let [_, width] = of.dims();
    let numbers: Vec<f64> = of.to_data().iter::<f64>().collect();
    numbers.chunks_exact(width).map(<[f64]>::to_vec).collect()
}

/// The arguments of tanh by their definition: what the energy would fall by, with the whole state written out.
fn fields(
    memories: &[Vec<f64>],
    parts: &[Vec<f64>],
    image: &[f64],
    degree: u32,
    t: f64,
) -> Vec<f64> {
    let energy = |labels: &[f64]| -> f64 {
        let overlap = |(memory, part): (&Vec<f64>, &Vec<f64>)| -> f64 {
            let of_image: f64 = memory.iter().zip(image).map(|(a, b)| a * b).sum();
            of_image + part.iter().zip(labels).map(|(a, b)| a * b).sum::<f64>()
        };
        let f = |z: f64| (z.max(0.0) / t).powi(degree as i32);
        -memories.iter().zip(parts).map(overlap).map(f).sum::<f64>()
    };
    let off = vec![-1.0; LABELS];
    let field = |label: usize| {
        let mut on = off.clone();
        on[label] = 1.0;
        energy(&off) - energy(&on)
    };
    (0..LABELS).map(field).collect()
}

#[test]
fn gradients_are_those_of_the_loss() {
    let images = images(40);
    let targets: Vec<usize> = (0..images.len()).map(|image| image % LABELS).collect();
    for (degree, power, temperature) in [(2, 1, 4.0), (3, 2, 3.0), (7, 2, 2.0)] {
        let stack = stack(degree);
        let classifier = Classifier::of(&stack).unwrap();
        let (memories, parts) = (rows(&classifier.memories), rows(&classifier.labels));
        let loss = |memories: &[Vec<f64>], parts: &[Vec<f64>]| -> f64 {
            let of_image = |(image, &target): (&Vec<f64>, &usize)| -> f64 {
                let fields = fields(memories, parts, image, degree, temperature);
                let term = |(label, field): (usize, f64)| {
                    let wanted = if label == target { 1.0 } else { -1.0 };
                    (field.tanh() - wanted).abs().powi(2 * power)
                };
                fields.into_iter().enumerate().map(term).sum()
            };
            images.iter().zip(&targets).map(of_image).sum()
        };
        let settings = ClassifierLoss { temperature, power: power as u32 };
        let found = classifier.gradients(tensor(&images), &targets, settings);
        // What a step does not see: the factor of the loss's derivative, and ours.
        let factor = 2.0 * f64::from(power) * 2f64.powi(2 * power - 1) / LIFT;
        let largest = found.memories.clone().abs().max().into_scalar::<f64>() * factor;
        assert!(largest > 1e-3, "{largest}");
        for memory in [0, 1, 63, 64, 69] {
            for at in 0..DIM + LABELS {
                let moved = |by: f64| {
                    let (mut memories, mut parts) = (memories.clone(), parts.clone());
                    match at.checked_sub(DIM) {
                        None => memories[memory][at] += by,
                        Some(label) => parts[memory][label] += by,
                    }
                    loss(&memories, &parts)
                };
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let found = match at.checked_sub(DIM) {
                    None => rows(&found.memories)[memory][at],
                    Some(label) => rows(&found.labels)[memory][label],
                };
                let error = (found * factor - expected).abs();
                assert!(error < 2e-4 * largest, "n = {degree}: {} not {expected}", found * factor);
            }
        }
        let wrong = images.iter().zip(&targets).filter(|&(image, &target)| {
            let fields = fields(&memories, &parts, image, degree, temperature);
            let best = (0..LABELS).max_by(|&a, &b| fields[a].total_cmp(&fields[b])).unwrap();
            best != target
        });
        assert_eq!(found.wrong, wrong.count());
    }
}

#[test]
fn labels_are_those_of_the_energy_at_any_degree() {
    let images = images(40);
    for degree in [2, 5, 20, 101] {
        let stack = stack(degree);
        let classifier = Classifier::of(&stack).unwrap();
        let (memories, parts) = (rows(&classifier.memories), rows(&classifier.labels));
        let found = classifier.classify(tensor(&images));
        for (image, found) in images.iter().zip(found) {
            let fields = fields(&memories, &parts, image, degree, 3.0);
            let best = fields.iter().fold(f64::NEG_INFINITY, |best, &field| best.max(field));
            assert!(fields[found] >= best - 1e-4 * best.abs(), "{found} of {fields:?}");
        }
    }
}

/// Whatever else is in its batch, however dark: with a common scale, its powers would be lost.
#[test]
fn an_image_is_classified_alone_as_among_others() {
    let images: Vec<Vec<f64>> = images(40)
        .into_iter()
        .enumerate()
        .map(|(image, pixels)| {
            let dark = if image % 2 == 0 { 1.0 } else { 0.1 };
            pixels.into_iter().map(|x| dark * x).collect()
        })
        .collect();
    let stack = stack(100);
    let classifier = Classifier::of(&stack).unwrap();
    let together = classifier.classify(tensor(&images));
    let alone =
        images.iter().flat_map(|image| classifier.classify(tensor(std::slice::from_ref(image))));
    assert_eq!(alone.collect::<Vec<_>>(), together);
}

/// The fewest memories whose contributions, by the definition of the fields, sum to the share.
#[test]
fn the_memories_that_decide_are_counted() {
    let images = images(20);
    for degree in [2, 5, 20] {
        let stack = stack(degree);
        let classifier = Classifier::of(&stack).unwrap();
        let (memories, parts) = (rows(&classifier.memories), rows(&classifier.labels));
        let labels = classifier.classify(tensor(&images));
        let found = classifier.deciding_memories(tensor(&images), 0.9);
        for ((image, label), found) in images.iter().zip(labels).zip(found) {
            let alone = |memory: usize| {
                let one = |rows: &[Vec<f64>]| vec![rows[memory].clone()];
                fields(&one(&memories), &one(&parts), image, degree, 3.0)[label].abs()
            };
            let mut sizes: Vec<f64> = (0..MEMORIES).map(alone).collect();
            sizes.sort_by(|a, b| b.total_cmp(a));
            let share =
                |count: usize| sizes[..count].iter().sum::<f64>() / sizes.iter().sum::<f64>();
            assert!(
                share(found) > 0.9 - 1e-4 && share(found - 1) < 0.9 + 1e-4,
                "{found}: {sizes:?}"
            );
        }
    }
}

/// Moved images get another label, the field of which has just passed that of their own.
#[test]
fn images_are_moved_just_across_a_border() {
    let images = images(40);
    for degree in [2, 5, 20] {
        let stack = stack(degree);
        let classifier = Classifier::of(&stack).unwrap();
        let (memories, parts) = (rows(&classifier.memories), rows(&classifier.labels));
        let own = classifier.classify(tensor(&images));
        let found = classifier.cross_border(tensor(&images), &own, 0.01, 500);
        assert!(
            found.crossed.iter().filter(|&&crossed| crossed).count() > 20,
            "{:?}",
            found.crossed
        );
        let moved: Vec<Vec<f64>> = rows(&found.images);
        for (index, image) in moved.iter().enumerate().filter(|&(index, _)| found.crossed[index]) {
            assert!(image.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
            let units: Vec<f64> = image.iter().map(|pixel| 2.0 * pixel - 1.0).collect();
            let fields = fields(&memories, &parts, &units, degree, 3.0);
            let mut sorted = fields.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            assert!(fields[own[index]] < sorted[0], "{fields:?}");
            assert!(sorted[0] - fields[own[index]] < 0.2 * sorted[0].abs(), "{fields:?}");
        }
        // One whose label is wrong from the start stays as it is.
        let others: Vec<usize> = own.iter().map(|label| (label + 1) % LABELS).collect();
        let stayed = classifier.cross_border(tensor(&images), &others, 0.01, 5);
        stayed.images.into_data().assert_eq(&tensor(&images).into_data(), true);
    }
}

#[test]
fn other_stacks_are_no_classifiers() {
    let layer = |config: HopfieldLayerConfig| {
        HopfieldStack::new(vec![config.try_init(1, &Device::flex()).unwrap()]).unwrap()
    };
    assert!(Classifier::of(&layer(HopfieldLayerConfig::new(4, 3))).is_none());
    assert!(Classifier::of(&layer(Classifier::layer(4, 3, 3, 5))).is_none());
    assert!(Classifier::of(&layer(Classifier::layer(4, 3, 2, 5))).is_some());
    let cosine = Classifier::layer(4, 3, 2, 5).with_similarity(Similarity::Cosine);
    assert!(Classifier::of(&layer(cosine)).is_none());
}
