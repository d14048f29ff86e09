//! How many images a classifier labels wrongly, label by label.

use std::collections::BTreeMap;

use hopfield_model::Classifier;
use serde::Serialize;

use crate::error::Error;
use crate::probe::Probe;

/// What was measured on the test images.
#[derive(Debug, Serialize)]
pub(crate) struct MeasuredLabels<'a> {
    run: &'a str,
    data: &'a str,
    damage: String,
    images: usize,
    /// The share of images with a wrong label.
    label_error: f64,
    labels: Vec<OfLabel>,
}

#[derive(Debug, Serialize)]
struct OfLabel {
    label: usize,
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    images: usize,
    label_error: f64,
    /// The most frequent wrong label of these images.
    taken_for: Option<usize>,
}

/// Measures the classifier on the test images of the probe.
pub(crate) fn measure_labels<'a>(
    run: &'a str,
    classifier: &Classifier,
    probe: &'a Probe,
) -> Result<MeasuredLabels<'a>, Error> {
    let batch = probe.batch(&probe.data.test)?;
    if batch.labels.is_empty() {
        let problem = "has no labels, by which a classifier is measured";
        return Err(
            format!("{} {problem}; choose other data with --data PLACE", probe.source).into()
        );
    }
    let (largest, labels) =
        (batch.labels.iter().copied().max().unwrap_or(0), classifier.label_count());
    if largest >= labels {
        return Err(format!(
            "{run} knows {labels} labels, counted from 0, but {} has images with label {largest}; choose other images with --data DIR",
            probe.source
        )
        .into());
    }
    let found = classifier.classify(batch.states);
    // How often each label is predicted for images of each label.
    let mut counts: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    for (&label, found) in batch.labels.iter().zip(found) {
        *counts.entry(label).or_default().entry(found).or_default() += 1;
    }
    let of_label = |(label, mut found): (usize, BTreeMap<usize, usize>)| {
        let images: usize = found.values().sum();
        let wrong = images - found.remove(&label).unwrap_or(0);
        let taken_for = found.into_iter().max_by_key(|&(_, count)| count).map(|(other, _)| other);
        let name = probe.data.classes.get(label).cloned();
        OfLabel { label, name, images, label_error: wrong as f64 / images as f64, taken_for }
    };
    let labels: Vec<OfLabel> = counts.into_iter().map(of_label).collect();
    let images = batch.labels.len();
    let wrong: f64 = labels.iter().map(|of| of.label_error * of.images as f64).sum();
    Ok(MeasuredLabels {
        run,
        data: &probe.source,
        damage: probe.damage.to_string(),
        images,
        label_error: wrong / images as f64,
        labels,
    })
}

impl MeasuredLabels<'_> {
    /// The results as text.
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "{}: {} test images of {}, {}\n{:.2}% get a wrong label\n\nlabel  images  wrong  most taken for",
            self.run,
            self.images,
            self.data,
            self.damage,
            100.0 * self.label_error
        );
        let named = |label: usize| {
            let of = self.labels.iter().find(|of| of.label == label);
            of.and_then(|of| of.name.clone()).unwrap_or_else(|| label.to_string())
        };
        for OfLabel { label, images, label_error, taken_for, .. } in &self.labels {
            let (label, taken_for) = (named(*label), taken_for.map_or("-".into(), named));
            text += &format!(
                "\n{label:>5}  {images:>6}  {:>4.1}%  {taken_for:>14}",
                100.0 * label_error
            );
        }
        text
    }
}
