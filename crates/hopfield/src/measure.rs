//! How well a stack answers held-out images, and how it uses its patterns.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use hopfield_database::PatternUsage;
use hopfield_layer::{Answer, HopfieldLayer};
use hopfield_model::{Batch, Evaluation, HopfieldStack, LayerEvaluation, evaluate_and};
use serde::Serialize;

use crate::error::Error;
use crate::finite::{check_finite, overflow};
use crate::host::host;
use crate::image_quality;
use crate::probe::Probe;
use crate::text::by_heads;

/// What was measured on the test images.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    run: String,
    /// Where the images come from.
    data: String,
    /// What was done to them.
    damage: String,
    images: usize,
    /// The mean squared error per pixel, averaged over the images.
    mse: f64,
    /// In decibels, averaged over the images; none if rows are no images.
    psnr: Option<f64>,
    /// Averaged over the images; none if there are none, or they are smaller than its window.
    ssim: Option<f64>,
    /// The least MSE that the patterns of the last layer allow; none if there are too many.
    simplex_bound: Option<f64>,
    layers: Vec<LayerMeasured>,
    labels: Vec<LabelMeasured>,
    /// How each layer uses each of its patterns, summed over the heads.
    #[serde(skip)]
    pub(crate) usage: Vec<PatternUsage>,
    /// The answers to the first images.
    #[serde(skip)]
    pub(crate) answers: Option<Tensor<2>>,
}

#[derive(Debug, Serialize)]
struct LayerMeasured {
    patterns: usize,
    heads: usize,
    #[serde(flatten)]
    evaluation: LayerEvaluation,
    /// `−Σ P ln P` in nats, averaged over images and heads.
    entropy: f64,
    /// The share of images that have the label of their best pattern, which is the most frequent label of the training images
    /// with this best pattern; none if there are no labels.
    label_accuracy: Option<f64>,
}

#[derive(Debug, Serialize)]
struct LabelMeasured {
    label: u32,
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    images: usize,
    mse: f64,
}

/// Measures the stack on `batch`, the test images of the probe.
///
/// # Errors
///
/// Something that the stack computes of an image is not finite.
pub(crate) fn measure(
    run: &str,
    stack: &HopfieldStack,
    probe: &Probe,
    batch: &Batch,
) -> Result<Measured, Error> {
    let (shape, scaling) = (probe.data.image_shape, probe.data.scaling());
    let split = &probe.data.test;
    let dim = split.dim();
    if stack.output_dim() != dim {
        let answers =
            format!("it answers with {} numbers, and rows have {dim}", stack.output_dim());
        return Err(format!("{run}: {answers}, so its answers can't be compared with them").into());
    }
    let mut errors = Vec::with_capacity(split.count());
    let mut ratios = Vec::with_capacity(split.count());
    let mut similarities = Vec::with_capacity(split.count());
    let mut best = vec![Vec::new(); stack.layers.len()];
    let image = |image: usize| format!("test image {image} of {}", probe.source);
    let mut checked = Ok(());
    let mut found = evaluate_and(stack, &batch.states, &batch.targets, |rows, answers| {
        if checked.is_ok() {
            checked = check_finite(answers, |row| image(rows.start + row));
        }
        best_patterns(answers, &mut best);
        let mut answered = host(answers[answers.len() - 1].retrieved.clone());
        let mut wanted = host(batch.targets.clone().slice_dim(0, rows));
        let pairs = answered.chunks_exact(dim).zip(wanted.chunks_exact(dim));
        errors.extend(pairs.map(|(answered, wanted)| image_quality::mse(answered, wanted)));
        let Some(shape) = shape else { return };
        scaling.to_grey(&mut answered);
        scaling.to_grey(&mut wanted);
        for (answered, wanted) in answered.chunks_exact(dim).zip(wanted.chunks_exact(dim)) {
            ratios.push(image_quality::psnr(image_quality::mse(answered, wanted)));
            similarities.extend(image_quality::ssim(answered, wanted, shape));
        }
    });
    checked?;
    let train = probe.batch(&probe.data.train)?;
    found.add_likeness(stack, &train.targets);
    found.add_simplex_bound(stack, &batch.targets);
    let Evaluation { error: mse, layers, usages, answers, simplex_bound } = found;
    let spread = layers.iter().position(|layer| !layer.output_variance.is_finite());
    if let Some(layer) = spread.or((!mse.is_finite()).then(|| layers.len() - 1)) {
        return Err(overflow("the test images", layer, "squared answers"));
    }
    let accuracies = accuracies(stack, probe, &train.states, &best);
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
    let layers = layers.into_iter().zip(&usages).zip(accuracies).zip(&stack.layers);
    let layers = layers.map(|(((evaluation, usage), label_accuracy), layer)| {
        let (patterns, heads) = (layer.pattern_count(), layer.heads());
        let entropy = mean(usage.entropies());
        let measured = LayerMeasured { patterns, heads, evaluation, entropy, label_accuracy };
        (measured, PatternUsage::from(usage).over_heads(patterns))
    });
    let (layers, usage) = layers.unzip();
    let mut by_label: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (&label, &error) in split.labels().unwrap_or_default().iter().zip(&errors) {
        by_label.entry(label).or_default().push(error);
    }
    let labels = by_label.into_iter().map(|(label, errors)| LabelMeasured {
        label,
        name: probe.data.classes.get(label as usize).cloned(),
        images: errors.len(),
        mse: mean(&errors),
    });
    Ok(Measured {
        run: run.to_owned(),
        data: probe.source.clone(),
        damage: probe.damage.to_string(),
        images: split.count(),
        mse,
        psnr: (!ratios.is_empty()).then(|| mean(&ratios)),
        simplex_bound,
        ssim: (!similarities.is_empty()).then(|| mean(&similarities)),
        layers,
        labels: labels.collect(),
        usage,
        answers,
    })
}

/// Adds the best pattern of each image to the list of each layer, as an index over all heads.
fn best_patterns(answers: &[Answer], best: &mut [Vec<usize>]) {
    for (answer, best) in answers.iter().zip(best) {
        let indices = answer.weights.clone().argmax(1).into_data();
        best.extend(indices.iter::<i64>().map(|index| index as usize));
    }
}

/// For each layer, the share of the test images that have the label of their best pattern. The labels of patterns come from
/// the training images.
fn accuracies(
    stack: &HopfieldStack,
    probe: &Probe,
    train_states: &Tensor<2>,
    best: &[Vec<usize>],
) -> Vec<Option<f64>> {
    let labels = probe.data.train.labels().zip(probe.data.test.labels());
    let Some((of_rows, of_test)) = labels else { return vec![None; stack.layers.len()] };
    let mut of_train = vec![Vec::new(); stack.layers.len()];
    stack.trace_in_chunks(train_states, |_, answers| {
        best_patterns(answers, &mut of_train);
    });
    let layers = stack.layers.iter().zip(of_train).zip(best);
    let accuracy = |((layer, of_train), best): ((&HopfieldLayer, Vec<usize>), &Vec<usize>)| {
        let mut votes = vec![BTreeMap::new(); layer.pattern_count() * layer.heads()];
        for (pattern, &label) in of_train.into_iter().zip(of_rows) {
            *votes[pattern].entry(label).or_insert(0_usize) += 1;
        }
        // The smallest label with the most votes; none if there are no votes.
        let winner = |votes: &BTreeMap<u32, usize>| {
            votes.iter().rev().max_by_key(|(_, count)| **count).map(|(label, _)| *label)
        };
        let labels: Vec<Option<u32>> = votes.iter().map(winner).collect();
        let right = best.iter().zip(of_test);
        let right = right.filter(|&(&pattern, &label)| labels[pattern] == Some(label));
        Some(right.count() as f64 / best.len() as f64)
    };
    layers.map(accuracy).collect()
}

impl Measured {
    /// The results as text.
    pub(crate) fn text(&self) -> String {
        let (rows, numbers) = match self.psnr {
            Some(_) => ("images", "pixel"),
            None => ("rows", "number"),
        };
        let mut text = format!(
            "{}: {} test {rows} of {}, {}\nMSE {:.5} per {numbers}",
            self.run, self.images, self.data, self.damage, self.mse,
        );
        if let Some(psnr) = self.psnr {
            let ssim = self.ssim.map_or("-".into(), |ssim| format!("{ssim:.3}"));
            text += &format!("   PSNR {psnr:.2} dB   SSIM {ssim}");
        }
        text += "\n";
        if let Some(bound) = self.simplex_bound {
            text +=
                &format!("MSE {bound:.5} is the least that the patterns of the last layer allow\n");
        }
        text += "\nlayer  patterns  used  entropy  perplexity  metastable size  labels right  likeness\n";
        for (index, layer) in self.layers.iter().enumerate() {
            let LayerEvaluation { used_patterns, perplexity, metastable_size, likeness, .. } =
                layer.evaluation;
            text += &format!(
                "{index:>5}  {:>8}  {used_patterns:>4}  {:>7.3}  {perplexity:>10.1}  {metastable_size:>15.1}  {:>12}  {:>8}\n",
                by_heads(layer.patterns, layer.heads),
                layer.entropy,
                layer.label_accuracy.map_or("-".into(), |share| format!("{:.1}%", 100.0 * share)),
                likeness.map_or("-".into(), |found| found.brief())
            );
        }
        if !self.labels.is_empty() {
            text += "\nlabel  images      MSE";
        }
        for LabelMeasured { label, name, images, mse } in &self.labels {
            let label = name.clone().unwrap_or_else(|| label.to_string());
            text += &format!("\n{label:>5}  {images:>6}  {mse:.5}");
        }
        text
    }
}
