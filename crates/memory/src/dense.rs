//! The network whose energy is a steep function of the overlaps.

use std::cell::Cell;

use burn::tensor::{Tensor, assert_shape};
use hopfield_layer::matmul;

use crate::error::MemoryError;
use crate::interaction::Interaction;
use crate::recall::{AssociativeMemory, Recall, recall_binary};
use crate::units::{Sweep, Updates, check_patterns, decide, has_unknown};

/// The rounding error of a sum of pulls, relative to the sum of their magnitudes.
const ROUNDING: f64 = 1e-6;

/// Settings of a [`DenseMemory`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DenseSettings {
    /// The function F of the energy.
    pub interaction: Interaction,
    /// How units are updated.
    pub updates: Updates,
}

/// The dense associative memory (Krotov & Hopfield 2016; Demircigil et al. 2017), with units ±1:
///
/// ```text
/// E(s) = −Σ_i F(x_i·s)            s_l ← the sign with the lower E, given all other units
/// ```
///
/// with F a power or an exponential ([`Interaction`]). Each pattern pulls a unit to its own sign with strength
/// `g(a_il) = F(a_il + 1) − F(a_il − 1)`, where `a_il = x_i·s − x_il s_l` is the overlap without unit l. For each pattern, a_il
/// has only two values: the overlap `z_i = x_i·s` less one where pattern and state agree, plus one where they differ. So
/// matrix products decide all units in O(N d), without an approximation but that of f32:
///
/// ```text
/// s_l ← sgn(Σ_{i: x_il = s_l} s_l g(z_i − 1) − Σ_{i: x_il ≠ s_l} s_l g(z_i + 1))
/// ```
///
/// For the exponential this is `s ← sgn(softmax(β X s) X − tanh(β) s)`: one step of attention minus a multiple of the state, so
/// that no unit votes for itself.
///
/// `sgn(0)` keeps the unit; a sum below 10⁻⁶ of the sum of its magnitudes is rounding error and counts as 0. An unknown unit of
/// a query (0) does not contribute to overlaps; if undecided, it becomes +1. Powers are taken of overlaps divided by the
/// largest one, exponentials relative to the largest one, so nothing overflows, whatever n, β and d. The energy never rises
/// under asynchronous updates.
///
/// [`energy`](AssociativeMemory::energy) is scaled: for powers it is `E / dⁿ`, for exponentials `−lse_β(X s) = −β⁻¹ log Σ exp(β
/// x_i·s)`, which orders states like −Σ exp.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use hopfield_memory::{AssociativeMemory, DenseMemory, DenseSettings, Interaction};
///
/// let device = Device::flex();
/// let stored = [[1.0, 1.0, 1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0, 1.0], [-1.0, 1.0, 1.0, 1.0, 1.0]];
/// let interaction = Interaction::RectifiedPolynomial(3);
/// let settings = DenseSettings { interaction, ..Default::default() };
/// let memory = DenseMemory::store(Tensor::<2>::from_data(stored, &device), &settings)?;
/// let query = Tensor::<2>::from_data([[-1.0, 1.0, -1.0, -1.0, 1.0]], &device);
/// let found = memory.update(query);
/// assert_eq!(found.into_data().try_to_vec::<f32>().unwrap(), stored[1]);
/// # Ok::<(), hopfield_memory::MemoryError>(())
/// ```
#[derive(Debug, Clone)]
pub struct DenseMemory {
    /// 1 where a pattern is +1, 0 elsewhere: `[N, d]`.
    ups: Tensor<2>,
    /// 1 where a pattern is −1, 0 elsewhere: `[N, d]`.
    downs: Tensor<2>,
    settings: DenseSettings,
}

impl DenseMemory {
    fn step(&self, states: Tensor<2>, unknown: bool) -> Tensor<2> {
        match self.settings.updates {
            Updates::Synchronous => self.all_at_once(states, unknown),
            Updates::Asynchronous => self.sweep(states),
        }
    }

    fn overlaps(&self, states: Tensor<2>) -> Tensor<2> {
        matmul(states, self.patterns().transpose()) // [B, N]
    }

    /// X: `[N, d]`.
    fn patterns(&self) -> Tensor<2> {
        self.ups.clone() - self.downs.clone()
    }

    fn interaction(&self) -> Interaction {
        self.settings.interaction.for_updates(self.ups.dims()[0])
    }

    fn all_at_once(&self, states: Tensor<2>, unknown: bool) -> Tensor<2> {
        let f = self.interaction();
        let z = self.overlaps(states.clone());
        let top = f.top(&z) - 1.0;
        let agreeing = f.pull(z.clone() - 1.0, &top);
        let differing = f.pull(z.clone() + 1.0, &top);
        let up = self.vote(&agreeing, &differing, &states);
        let down = self.vote(&differing, &agreeing, &states);
        let next = up.mask_where(states.clone().equal_elem(-1.0), down);
        if !unknown {
            return next;
        }
        // An unknown unit contributes nothing: the overlap without it is z.
        let pull = f.pull(z, &top);
        let unsure = self.vote(&pull, &pull, &states);
        next.mask_where(states.equal_elem(0.0), unsure)
    }

    /// The new units if patterns pull with strength `ups` where they are +1 and `downs` where they are −1: `[B, N]` to `[B, d]`.
    fn vote(&self, ups: &Tensor<2>, downs: &Tensor<2>, old: &Tensor<2>) -> Tensor<2> {
        let sums = |ups: Tensor<2>, downs: Tensor<2>| {
            (matmul(ups, self.ups.clone()), matmul(downs, self.downs.clone()))
        };
        let (up, down) = sums(ups.clone(), downs.clone());
        let size = match self.settings.interaction.is_monotone() {
            true => up.clone() + down.clone(),
            false => {
                let (up, down) = sums(ups.clone().abs(), downs.clone().abs());
                up + down
            }
        };
        decide(up - down, size * ROUNDING, old.clone())
    }

    fn sweep(&self, states: Tensor<2>) -> Tensor<2> {
        let f = self.interaction();
        let mut z = self.overlaps(states.clone());
        let mut sweep = Sweep::new(&states);
        let columns = self.patterns().split(1, 1); // [N, 1] each
        for (unit, column) in columns.into_iter().enumerate() {
            let old = sweep.unit(unit);
            let x = column.transpose(); // [1, N]
            let a = z.clone() - old.clone() * x.clone();
            let top = f.top(&a);
            let pull = f.pull(a, &top);
            let rounding = pull.clone().abs().sum_dim(1) * ROUNDING;
            let new = decide((pull * x.clone()).sum_dim(1), rounding, old);
            z = z + sweep.set(unit, new) * x;
        }
        sweep.states()
    }
}

impl AssociativeMemory for DenseMemory {
    type Settings = DenseSettings;

    fn store(patterns: Tensor<2>, settings: &DenseSettings) -> Result<Self, MemoryError> {
        settings.interaction.check()?;
        check_patterns(&patterns)?;
        let (ups, downs) = (patterns.clone().clamp_min(0.0), (-patterns).clamp_min(0.0));
        Ok(Self { ups, downs, settings: *settings })
    }

    fn dim(&self) -> usize {
        self.ups.dims()[1]
    }

    fn update(&self, states: Tensor<2>) -> Tensor<2> {
        let d = self.dim();
        assert_shape!(states, [.., d]);
        let unknown = has_unknown(&states);
        self.step(states, unknown)
    }

    fn energy(&self, states: Tensor<2>) -> Result<Tensor<1>, MemoryError> {
        let d = self.dim();
        assert_shape!(states, [.., d]);
        Ok(self.settings.interaction.energy(self.overlaps(states), d).flatten(0, 1))
    }

    fn recall(&self, states: Tensor<2>, max_steps: usize) -> Recall {
        let d = self.dim();
        assert_shape!(states, [.., d]);
        // Only the query can have unknown units.
        let unknown = Cell::new(has_unknown(&states));
        recall_binary(states, max_steps, |states| self.step(states, unknown.replace(false)))
    }
}
