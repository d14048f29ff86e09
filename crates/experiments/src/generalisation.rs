//! From memorising to generalising: what the fixed points of a network are as it stores more and more images.

use burn::tensor::{Device, Tensor};
use hopfield_data::{DataError, Dataset, ImageShape};
use hopfield_layer::{InvalidSetting, Usage, matmul};
use hopfield_memory::{End, MemoryError, Recall, Updates};

use crate::curves::Curves;
use crate::experiment::{Experiment, Outcome, Picture, check};
use crate::host::{to_device, to_host};
use crate::network::Network;
use crate::patterns::Patterns;
use crate::table::{Cell, Table};

/// States that differ by no more than this per pixel (root mean square) are the same: 8 of 256 grey values.
const SAME: f64 = 0.03;

/// Stores more and more training images in continuous networks, lets states descend from held-out images, and says what they
/// end as:
///
/// - *training*: one of the stored images;
/// - *mixture*: no stored image, but where another start ends, too: an attractor that several images share;
/// - *new*: neither.
///
/// These are the classes of Pham et al. (2025), *Memorization to Generalization*, for samples of diffusion models: memorised,
/// spurious and generalised. The energy that diffusion models with ideal denoising descend at a noise of variance 1/β is that of
/// the network with Euclidean similarity and softmax.
#[derive(Debug)]
pub struct Generalisation {
    /// The training images, in random order.
    patterns: Patterns,
    /// Held-out images, one after the other.
    held_out: Vec<f32>,
    shape: Option<ImageShape>,
    /// The networks; all continuous.
    pub networks: Vec<Network>,
    /// The numbers of training images that are stored.
    pub sizes: Vec<usize>,
    /// The number of held-out images that states start from.
    pub starts: usize,
    /// The most updates of a state.
    pub steps: usize,
}

/// Where the states of one network ended, with so many images stored.
struct Ends {
    kinds: Vec<Kind>,
    /// Ends that differ from one another.
    attractors: usize,
    /// States still moving after the last update.
    unsettled: usize,
    /// How many images share the weight, `exp(−Σ P ln P)`: the mean over states that some image reaches.
    shared_by: Option<f64>,
    /// The distance to the nearest stored image, per pixel (root mean square), of each state.
    to_stored: Vec<f64>,
    /// That to the nearest held-out image but the start.
    to_held_out: Vec<f64>,
    states: Vec<f32>,
    /// The nearest stored images.
    nearest: Vec<f32>,
}

/// What a state ended as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Training,
    Mixture,
    New,
    /// No stored image is within reach of the start, which a network with finite reach leaves as it is.
    Unreached,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Training, "training"),
    (Kind::Mixture, "mixtures"),
    (Kind::New, "new"),
    (Kind::Unreached, "unreached"),
];

impl Generalisation {
    /// The images of `data`: its training images are stored, in an order drawn from `seed`, and states start from its test
    /// images.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub fn new(data: &Dataset, seed: u64) -> Result<Self, DataError> {
        Ok(Self {
            patterns: Patterns::images(data, 0.5, seed)?,
            held_out: data.test.all_rows()?,
            shape: data.image_shape,
            networks: Vec::new(),
            sizes: Vec::new(),
            starts: 0,
            steps: 1,
        })
    }

    fn check(&self, device: &Device) -> Result<(), MemoryError> {
        check(&self.networks, &self.sizes, Updates::Synchronous, &self.patterns, device)?;
        let is_continuous = |network: &&Network| matches!(network, Network::Continuous(_));
        if let Some(binary) = self.networks.iter().find(|network| !is_continuous(network)) {
            let allowed =
                "continuous networks, such as euclidean:0.3 or euclidean:0.02:log_sum_relu";
            return Err(InvalidSetting::new("networks", binary, allowed).into());
        }
        let most = self.held_out.len() / self.patterns.dim;
        if most < 2 {
            let allowed = "data with at least 2 test images, which states start from";
            return Err(InvalidSetting::new("data", format!("with {most}"), allowed).into());
        }
        // What counts as the same state is a distance per pixel.
        if self.held_out.iter().any(|pixel| !(0.0..=1.0).contains(pixel)) {
            let allowed = "images with pixels in [0, 1]";
            return Err(InvalidSetting::new("data", "of another range", allowed).into());
        }
        if !(2..=most).contains(&self.starts) {
            let allowed = format!("2 to {most}, the number of held-out images");
            return Err(InvalidSetting::new("starts", self.starts, allowed).into());
        }
        Ok(())
    }

    fn ends(&self, network: Network, size: usize, device: &Device) -> Result<Ends, MemoryError> {
        let (dim, count) = (self.patterns.dim, self.starts);
        let images = to_device(self.patterns.set(size, 0), dim, device); // [N, d]
        let held_out = to_device(self.held_out.clone(), dim, device);
        let starts = held_out.clone().narrow(0, 0, count); // [B, d]
        let stored = network.store(images.clone(), Updates::Synchronous)?;
        let layer = stored.layer.as_ref().expect("a continuous network has a layer");
        let Recall { states, ends: how, .. } = stored.recall(starts, self.steps);
        let weights = layer.associate(states.clone()); // [B, N]
        let unreached = weights.clone().sum_dim(1).equal_elem(0.0); // [B, 1]
        network.finite(to_host(states.clone()))?;

        let to_images = squared_distances(&states, &images);
        let nearest = images.select(0, to_images.clone().argmin(1).flatten::<1>(0, 1));
        let to_stored = per_pixel(to_host(to_images.min_dim(1)), dim);
        let to_each_other = per_pixel(to_host(squared_distances(&states, &states)), dim);
        let to_held_out = per_pixel(to_host(squared_distances(&states, &held_out)), dim);

        let mut kinds = Vec::with_capacity(count);
        let mut attractors = 0;
        let unreached: Vec<bool> = unreached.into_data().iter::<bool>().collect();
        let rows = to_each_other.chunks_exact(count).zip(unreached);
        for (state, (row, unreached)) in rows.enumerate() {
            let mut same = (0..count).filter(|&other| other != state && row[other] <= SAME);
            let first = same.next();
            kinds.push(match first {
                _ if unreached => Kind::Unreached,
                _ if to_stored[state] <= SAME => Kind::Training,
                Some(_) => Kind::Mixture,
                None => Kind::New,
            });
            attractors += usize::from(!unreached && first.is_none_or(|other| other > state));
        }
        let mut usage = Usage::new(1);
        usage.add(&weights);
        let reached =
            kinds.iter().zip(usage.entropies()).filter(|(kind, _)| **kind != Kind::Unreached);
        let shared: Vec<f64> = reached.map(|(_, entropy)| entropy.exp()).collect();
        let width = to_held_out.len() / count;
        let rows = to_held_out.chunks_exact(width).enumerate();
        let least = |(start, row): (usize, &[f64])| {
            let others = row.iter().enumerate().filter(|&(image, _)| image != start);
            others.map(|(_, &distance)| distance).fold(f64::INFINITY, f64::min)
        };
        Ok(Ends {
            kinds,
            attractors,
            unsettled: how.iter().filter(|&&end| end != End::FixedPoint).count(),
            shared_by: mean(&shared),
            to_stored,
            to_held_out: rows.map(least).collect(),
            states: to_host(states),
            nearest: to_host(nearest),
        })
    }
}

impl Ends {
    fn share(&self, kind: Kind) -> f64 {
        let count = self.kinds.iter().filter(|&&other| other == kind).count();
        count as f64 / self.kinds.len() as f64
    }

    /// The mean of `distances` over states that ended as a mixture or new.
    fn mean_of_others(&self, distances: &[f64]) -> Option<f64> {
        let other = |kind| matches!(kind, Kind::Mixture | Kind::New);
        let found = self.kinds.iter().zip(distances).filter(|&(&kind, _)| other(kind));
        let found: Vec<f64> = found.map(|(_, &distance)| distance).collect();
        mean(&found)
    }

    fn row(&self, network: Network, size: usize) -> Vec<(&'static str, Cell)> {
        let mut row =
            vec![("network", Cell::Text(network.to_string())), ("patterns", Cell::Count(size))];
        row.extend(KINDS.map(|(kind, name)| (name, Cell::Real(self.share(kind), 3))));
        row.extend([
            ("attractors", Cell::Count(self.attractors)),
            ("shared_by", Cell::maybe(self.shared_by, 1)),
            ("to_stored", Cell::maybe(self.mean_of_others(&self.to_stored), 3)),
            ("to_held_out", Cell::maybe(self.mean_of_others(&self.to_held_out), 3)),
            ("unsettled", Cell::Count(self.unsettled)),
        ]);
        row
    }
}

impl Experiment for Generalisation {
    fn name(&self) -> &'static str {
        "generalisation"
    }

    fn count(&self) -> usize {
        self.networks.len() * self.sizes.len()
    }

    fn run(
        &self,
        device: &Device,
        progress: &mut dyn FnMut(String),
    ) -> Result<Outcome, MemoryError> {
        self.check(device)?;
        let (mut table, mut shares) = (Table::new(&[]), Table::new(&[]));
        let (mut names, mut pictures) = (Vec::new(), Vec::new());
        for &network in &self.networks {
            let mut of_network = Vec::new();
            for &size in &self.sizes {
                progress(format!("{network}, {size} patterns"));
                let ends = self.ends(network, size, device)?;
                table.add(ends.row(network, size));
                for (kind, name) in KINDS.into_iter().take(3) {
                    shares.add(vec![
                        ("patterns", Cell::Count(size)),
                        ("share", Cell::Real(ends.share(kind), 3)),
                    ]);
                    names.push(format!("{network} {name}"));
                }
                of_network.extend(self.shape.map(|shape| {
                    let shown = self.starts.min(Picture::MOST) * shape.dim();
                    let [queries, answers, stored] = [&self.held_out, &ends.states, &ends.nearest]
                        .map(|all| all[..shown].to_vec());
                    Picture { shape, queries, answers, stored }
                }));
            }
            if !of_network.is_empty() {
                pictures.push((network.to_string(), of_network));
            }
        }
        let curves = Curves { title: self.name(), x: "patterns", y: "share", logarithmic: true };
        let files = curves.draw(&shares, &names).map(|svg| ("curves.svg", svg));
        Ok(Outcome { table, summary: None, pictures, files: files.into_iter().collect() })
    }
}

/// Nothing if there is no number.
fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

/// `‖a − b‖²` of every row a and b: `[A, B]`.
fn squared_distances(a: &Tensor<2>, b: &Tensor<2>) -> Tensor<2> {
    let squares = |rows: &Tensor<2>| rows.clone().square().sum_dim(1);
    let products = matmul(a.clone(), b.clone().transpose());
    (products * -2.0 + squares(a) + squares(b).transpose()).clamp_min(0.0)
}

/// Squared distances as root mean squares per pixel.
fn per_pixel(squares: Vec<f32>, dim: usize) -> Vec<f64> {
    squares.into_iter().map(|square| (f64::from(square) / dim as f64).sqrt()).collect()
}
