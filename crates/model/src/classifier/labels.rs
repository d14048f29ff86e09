//! The label units: from the overlaps of images to fields and gradients, the part of the classifier that is not a matrix
//! product.
//!
//! For B images, K memories and C labels there are B·K·C powers, forward and backward. They are computed image by image
//! on all cores of the host, because as tensor operations each would be a pass over memory.

use pulp::Arch;
use rayon::prelude::*;

/// Memories computed together: they fill a few vector registers.
const BLOCK: usize = 64;
/// Images whose gradients are summed together, in order, so that sums don't depend on the number of threads.
const IMAGES: usize = 16;

/// The label parts of the memories, and F.
pub(super) struct Labels {
    /// ξ_α for each label α, memory by memory: C × K.
    pub(super) parts: Vec<f32>,
    pub(super) memories: usize,
    /// n
    pub(super) degree: u32,
}

/// Gradients of the loss by what goes into it.
pub(super) struct Backward {
    /// By the overlaps of the images: B × K.
    pub(super) overlaps: Vec<f32>,
    /// By the label parts: C × K.
    pub(super) parts: Vec<f32>,
}

impl Labels {
    fn count(&self) -> usize {
        self.parts.len() / self.memories
    }

    /// The largest magnitude of a label part.
    fn largest_part(&self) -> f32 {
        self.parts.iter().fold(0.0, |most, part| most.max(part.abs()))
    }

    /// The sum of the label parts of each memory.
    fn sums(&self) -> Vec<f32> {
        let mut sums = vec![0.0; self.memories];
        for part in self.parts.chunks_exact(self.memories) {
            sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        sums
    }

    /// `Σ_μ F(a_μ + 2 ξ_μα) − F(a_μ)` for every image and label, B × C, where `a_μ` is the overlap minus the label parts.
    /// Each image's are divided by the n-th power of its largest overlap, so that nothing overflows or underflows.
    ///
    /// overlaps: B × K.
    pub(super) fn relative_fields(&self, overlaps: &[f32]) -> Vec<f32> {
        let sums = self.sums();
        let most = self.largest_part();
        let labels = self.count();
        let mut fields = vec![0.0; overlaps.len() / self.memories * labels];
        let images = overlaps.par_chunks_exact(self.memories);
        fields.par_chunks_exact_mut(labels).zip(images).for_each_init(
            || vec![0.0; self.memories * (labels + 1)],
            |powers, (fields, overlaps)| {
                let sharpness = relative(overlaps, &sums, most);
                Arch::new().dispatch(|| self.forward(overlaps, &sums, sharpness, powers, fields));
            },
        );
        fields
    }

    /// What each memory adds to one image's field of a label, up to a factor: K numbers.
    ///
    /// overlaps: K.
    pub(super) fn contributions(&self, overlaps: &[f32], label: usize) -> Vec<f32> {
        let sums = self.sums();
        let part = &self.parts[label * self.memories..(label + 1) * self.memories];
        let sharpness = relative(overlaps, &sums, self.largest_part());
        let degree = self.degree as i32;
        let rows = overlaps.iter().zip(&sums).zip(part);
        let energy = |u: f32| (u.max(0.0) * sharpness).powi(degree);
        rows.map(|((z, sum), part)| energy(z - sum + 2.0 * part) - energy(z - sum)).collect()
    }

    /// The gradients at `sharpness`, 1/T; without, each image's fields are divided as in [`relative_fields`](Self::relative_fields).
    /// `slope(image, fields)` gives those by the image's C fields.
    pub(super) fn backward(
        &self,
        overlaps: &[f32],
        sharpness: Option<f32>,
        slope: impl Fn(usize, &[f32]) -> Vec<f32> + Sync,
    ) -> Backward {
        let sums = self.sums();
        let most = self.largest_part();
        let (labels, memories) = (self.count(), self.memories);
        let mut by_overlap = vec![0.0; overlaps.len()];
        let chunks = by_overlap.par_chunks_mut(memories * IMAGES);
        let chunks = chunks.zip(overlaps.par_chunks(memories * IMAGES)).enumerate();
        let parts: Vec<Vec<f32>> = chunks
            .map(|(chunk, (by_overlap, overlaps))| {
                let mut powers = vec![0.0; memories * (labels + 1)];
                let mut fields = vec![0.0; labels];
                let mut parts = vec![0.0; memories * labels];
                let images = by_overlap.chunks_exact_mut(memories);
                for (image, (by_overlap, overlaps)) in
                    images.zip(overlaps.chunks_exact(memories)).enumerate()
                {
                    let sharpness = sharpness.unwrap_or_else(|| relative(overlaps, &sums, most));
                    Arch::new().dispatch(|| {
                        self.forward(overlaps, &sums, sharpness, &mut powers, &mut fields);
                    });
                    // F'(z) = n/T (z/T)ⁿ⁻¹
                    let inner = self.degree as f32 * sharpness;
                    let slopes = slope(chunk * IMAGES + image, &fields);
                    let slopes: Vec<f32> = slopes.into_iter().map(|slope| slope * inner).collect();
                    Arch::new().dispatch(|| self.back(&powers, &slopes, by_overlap, &mut parts));
                }
                parts
            })
            .collect();
        let mut total = vec![0.0; memories * labels];
        for part in parts {
            total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
        }
        Backward { overlaps: by_overlap, parts: total }
    }

    /// Computes one image's C fields, and for its gradients `(u/T)ⁿ⁻¹`, first with all labels off, then with each one on.
    #[inline(always)]
    fn forward(
        &self,
        overlaps: &[f32],
        sums: &[f32],
        sharpness: f32,
        powers: &mut [f32],
        fields: &mut [f32],
    ) {
        let k = self.memories;
        let (off, on) = powers.split_at_mut(k);
        let mut energies = vec![0.0; k];
        let rows = off.chunks_mut(BLOCK).zip(energies.chunks_mut(BLOCK));
        for ((off, energies), (z, sum)) in rows.zip(overlaps.chunks(BLOCK).zip(sums.chunks(BLOCK)))
        {
            let mut u = [0.0; BLOCK];
            let u = &mut u[..z.len()];
            for i in 0..u.len() {
                u[i] = (z[i] - sum[i]).max(0.0) * sharpness;
            }
            power(u, self.degree - 1, off);
            for i in 0..u.len() {
                energies[i] = off[i] * u[i];
            }
        }
        let labels = on.chunks_exact_mut(k).zip(self.parts.chunks_exact(k));
        for ((on, part), field) in labels.zip(fields) {
            let mut total = [0.0; BLOCK];
            let rows = on.chunks_mut(BLOCK).zip(part.chunks(BLOCK)).zip(energies.chunks(BLOCK));
            for (((on, part), energies), (z, sum)) in
                rows.zip(overlaps.chunks(BLOCK).zip(sums.chunks(BLOCK)))
            {
                let mut u = [0.0; BLOCK];
                let u = &mut u[..z.len()];
                for i in 0..u.len() {
                    u[i] = (z[i] - sum[i] + 2.0 * part[i]).max(0.0) * sharpness;
                }
                power(u, self.degree - 1, on);
                for i in 0..u.len() {
                    total[i] += on[i] * u[i] - energies[i];
                }
            }
            *field = total.iter().sum();
        }
    }

    /// Adds one image's gradients; `slopes` are those by its fields, times the inner derivative.
    #[inline(always)]
    fn back(&self, powers: &[f32], slopes: &[f32], by_overlap: &mut [f32], parts: &mut [f32]) {
        let k = self.memories;
        let (off, on) = powers.split_at(k);
        let labels = slopes.iter().zip(on.chunks_exact(k)).zip(parts.chunks_exact_mut(k));
        for ((&slope, on), part) in labels {
            // Most labels of most images are so clearly right that their slope is 0 in f32.
            if slope == 0.0 {
                continue;
            }
            for i in 0..k {
                by_overlap[i] += slope * (on[i] - off[i]);
                part[i] += 2.0 * slope * on[i];
            }
        }
        // All label parts are in a.
        for part in parts.chunks_exact_mut(k) {
            for i in 0..k {
                part[i] -= by_overlap[i];
            }
        }
    }
}

/// 1/T with which no power of an image overflows or underflows: by its largest overlap.
fn relative(overlaps: &[f32], sums: &[f32], most: f32) -> f32 {
    let largest = overlaps.iter().zip(sums).map(|(z, sum)| z - sum);
    let largest = largest.fold(0.0f32, f32::max) + 2.0 * most;
    largest.max(f32::MIN_POSITIVE).recip()
}

/// uⁿ by squaring, n from 1.
#[inline(always)]
fn power(u: &[f32], n: u32, power: &mut [f32]) {
    power.copy_from_slice(u);
    for bit in (0..n.ilog2()).rev() {
        for p in power.iter_mut() {
            *p *= *p;
        }
        if n >> bit & 1 == 1 {
            for i in 0..u.len() {
                power[i] *= u[i];
            }
        }
    }
}
