//! Products of matrices: by CubeK's kernels, with those of tensor cores only where the precision allows.

use burn::tensor::DType;
use burn_cubecl::CubeTuneId;
use burn_cubecl::cubecl::tune::{LocalTuner, Tunable, TunableSet, TuneGroup, local_tuner};
use burn_cubecl::kernel::matmul::{MatmulStrategy, init_matmul_output, matmul};
use burn_cubecl::kernel::{cast, into_contiguous};
use burn_cubecl::tensor::CubeTensor;
use cubek::matmul::definition::{MatmulElems, MatmulKind};
use cubek::matmul::launch::launch_ref;
use cubek::matmul::multi_level::Strategy as Levels;
use cubek::matmul::multi_level::routines::TileSizeSelection;
use cubek::matmul::multi_level::routines::batch::double_unit::DoubleUnitSelectionArgs;
use cubek::matmul::multi_level::routines::batch::simple_unit::SimpleUnitSelectionArgs;
use cubek::matmul::routine::BlueprintStrategy::Inferred;
use cubek::matmul::strategy::Strategy;
use cubek::matmul::tiled::Strategy as Tiled;
use cubek::matmul::tune_key::{MatmulAutotuneKey, should_tune_double_buffering};
use cubek::std::InputBinding;

use super::sizes::F32;
use crate::Precision;

pub(super) fn product(lhs: CubeTensor, rhs: CubeTensor, precision: Precision) -> CubeTensor {
    let rounded = match precision {
        Precision::F32 => return exact(lhs, rhs),
        // Burn's own choice may be one with factors of f32.
        Precision::Tf32 => [lhs, rhs],
        Precision::Bf16 => [lhs, rhs].map(|factor| cast(factor, DType::BF16)),
    };
    let [lhs, rhs] = rounded;
    matmul(lhs, rhs, None, MatmulStrategy::default(), DType::F32).expect("shapes that fit")
}

/// Both factors, and where the product goes.
type Operands = (CubeTensor, CubeTensor, CubeTensor);

/// The product by the fastest of the kernels that do not round.
fn exact(lhs: CubeTensor, rhs: CubeTensor) -> CubeTensor {
    let plain = |factor: CubeTensor| match factor.meta.is_tiled() {
        true => into_contiguous(factor),
        false => factor,
    };
    let (lhs, rhs) = (plain(lhs), plain(rhs));
    let product = init_matmul_output(&lhs, &rhs, DType::F32);
    if product.meta.shape().num_elements() == 0 {
        return product;
    }
    static TUNER: LocalTuner<MatmulAutotuneKey, CubeTuneId> = local_tuner!();
    let device = CubeTuneId::new(&lhs.client, &lhs.device);
    let on_cpu = lhs.client.properties().hardware.num_cpu_cores.is_some();
    let client = lhs.client.clone();
    let kernels = TUNER.init(&device, move || kernels(on_cpu));
    TUNER.execute(&device, &client, kernels, (lhs, rhs, product.clone()));
    product
}

/// When a kernel is tried.
type When = fn(&MatmulAutotuneKey) -> bool;

/// The kernels without tensor cores. The first serves where no other does.
fn kernels(on_cpu: bool) -> TunableSet<MatmulAutotuneKey, Operands, ()> {
    let general: When = |key| matches!(key.analysis.kind, MatmulKind::General);
    let with_vector: When =
        |key| matches!(key.analysis.kind, MatmulKind::MatVec | MatmulKind::VecMat);
    let always: When = |_| true;
    let large: When = |key| should_tune_double_buffering(false, key);
    let simple = |tile_size| Levels::SimpleUnit(Inferred(SimpleUnitSelectionArgs { tile_size }));
    let double = |tile_size| Levels::DoubleUnit(Inferred(DoubleUnitSelectionArgs { tile_size }));
    let [most, least] = [TileSizeSelection::MaxTileSize, TileSizeSelection::MinTileSize];
    let mut candidates: Vec<(Strategy, When)> = vec![
        (Levels::Gemm(Inferred(Default::default())).into(), always),
        (simple(most).into(), always),
        (simple(least).into(), always),
        (double(most).into(), large),
        (double(least).into(), large),
        (Levels::SimpleVecMat(Inferred(().into())).into(), with_vector),
        (Levels::DoubleVecMat(Inferred(().into())).into(), with_vector),
        (Levels::GemvUnitPerpendicular(Inferred(Default::default())).into(), with_vector),
    ];
    if on_cpu {
        candidates.push((Tiled::CpuGemm(Inferred(Default::default())).into(), general));
    }
    let set = TunableSet::new(key, |_: &MatmulAutotuneKey, (lhs, rhs, product): &Operands| {
        (lhs.clone(), rhs.clone(), product.copy())
    });
    let naive: Strategy = Levels::Naive.into();
    let last = TuneGroup::new("last", |_| 0);
    let first = TuneGroup::new("first", |_| 1);
    let set = set.with(candidate(naive).group(&last, |_| 0));
    candidates.into_iter().fold(set, |set, (strategy, when)| {
        set.with(candidate(strategy).group(&first, move |key| if when(key) { 0 } else { -1 }))
    })
}

fn candidate(strategy: Strategy) -> Tunable<MatmulAutotuneKey, Operands, ()> {
    Tunable::new(&strategy.to_string(), move |(lhs, rhs, product): Operands| {
        let client = product.client.clone();
        let [lhs, rhs] = [lhs, rhs].map(|factor| InputBinding::new(factor.binding(), F32));
        let mut numbers = MatmulElems::from_single_dtype(F32);
        launch_ref(&strategy, &client, lhs, rhs, product.binding(), &mut numbers)
            .map_err(|error| format!("{error:?}"))
    })
}

fn key((lhs, rhs, _): &Operands) -> MatmulAutotuneKey {
    MatmulAutotuneKey::generate(
        &lhs.client,
        lhs.meta.shape(),
        rhs.meta.shape(),
        lhs.meta.strides(),
        rhs.meta.strides(),
        lhs.meta.tiling,
        rhs.meta.tiling,
        F32,
        F32,
        F32,
        None,
        None,
    )
}
