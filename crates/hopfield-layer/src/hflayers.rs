//! For users of [`hflayers`](https://github.com/ml-jku/hopfield-layers), the PyTorch package of Ramsauer et
//! al.: where its modules and options are here.
//!
//! | hflayers | here | what differs |
//! |---|---|---|
//! | `HopfieldLayer` | [`HopfieldLayer`](crate::HopfieldLayer) | patterns belong to the layer; no projections: compose with `burn::nn::Linear`; no masks: give fewer patterns. Its patterns start as N(0, 1), there as N(0, 0.02): [`with_init`](crate::HopfieldLayerConfig::with_init) |
//! | `Hopfield` | [`Hopfield`](crate::Hopfield) | patterns come with the input |
//! | `HopfieldPooling` | [`HopfieldPooling`](crate::HopfieldPooling) | the answer keeps its axis, `[B, S, m]`; there it is flattened to `[B, S·m]`. Its pair of stored patterns and projections, and its association mask: [`input`](crate::HopfieldPooling::input) |
//! | `HopfieldEncoderLayer`, `HopfieldDecoderLayer` | none | Burn's `TransformerEncoderLayer` shows how to put [`Hopfield`](crate::Hopfield), layer norms and a feed-forward part together |
//! | `BitPatternSet` | none | a data set of the examples there |
//!
//! There, everything is normalised and projected unless one says no; here nothing is unless one says yes.
//!
//! | option of hflayers | here |
//! |---|---|
//! | `input_size` | `dim` of a layer, [`state_dim`](crate::HopfieldConfig::state_dim) |
//! | `stored_pattern_size` | [`stored_dim`](field@crate::HopfieldConfig::stored_dim) |
//! | `pattern_projection_size` | [`value_dim`](field@crate::HopfieldConfig::value_dim) |
//! | `hidden_size` (per head) | [`hidden_dim`](crate::HopfieldConfig::hidden_dim) |
//! | `pattern_size` (per head) | [`value_hidden_dim`](crate::HopfieldConfig::value_hidden_dim) |
//! | `output_size` | [`output_dim`](crate::HopfieldConfig::output_dim) |
//! | `num_heads` | `heads`. Without projections, states are split into heads here; there they are repeated for each |
//! | `scaling` (a number) | [`Beta`](crate::Beta), also trained. Without projections its default there is 1, here 1/√d |
//! | `scaling` (a tensor) | [`PerHead`](crate::Beta::PerHead), which scales head by head; there it is laid over the entries in turn, and heads are mixed |
//! | `update_steps_max` (a number) | `steps`, counted from 1: `update_steps_max = k` is k + 1 steps, for all heads |
//! | `update_steps_max = None` | [`retrieve`](crate::HopfieldLayer::retrieve) |
//! | `update_steps_eps` | none in the modules: there, whether a sample goes on depends on the others of its batch; [`retrieve`](crate::HopfieldLayer::retrieve) stops every sample by itself |
//! | `normalize_stored_pattern`, `normalize_state_pattern`, `normalize_pattern_projection` (+ `_affine`) | [`normalise_stored`](crate::HopfieldConfig::normalise_stored) and its like, always affine; without affine parts, and for a single step, it is the similarity [`LayerNorm`](crate::Similarity::LayerNorm), whose further steps are normalised, too |
//! | `normalize_…_eps` | none: 10⁻⁵, Burn's default, for the layer norms; the similarity has no ε |
//! | `normalize_hopfield_space` (without `_affine`) | similarity [`LayerNorm`](crate::Similarity::LayerNorm) with `hidden_dim`, which also normalises in later steps |
//! | `normalize_hopfield_space_affine` | none |
//! | `stored_pattern_as_static`, `state_pattern_as_static` | no `hidden_dim` (both or none) |
//! | `pattern_projection_as_static` | no `value_hidden_dim` |
//! | `pattern_projection_as_connected` | none: give projected patterns as values |
//! | `disable_out_projection` | no `output_dim` |
//! | `input_bias` | [`bias`](crate::HopfieldConfig::bias) |
//! | `concat_bias_pattern` | none: append a learned row to the stored patterns |
//! | `add_zero_association` | separation [`Softmax1`](crate::Separation::Softmax1), the same for dot products |
//! | `association_activation` | none: apply it to the answer |
//! | `dropout` | [`dropout`](crate::HopfieldConfig::dropout) |
//! | `batch_first` | always |
//! | `quantity` | `patterns` of a layer, [`states`](crate::HopfieldPoolingConfig::states) of pooling |
//! | `trainable`, `lookup_targets_as_trainable` | `Module::no_grad` on the parameter or the module |
//! | `lookup_weights_as_separated` | [`with_values`](crate::HopfieldLayerConfig::with_values) |
//! | `stored_pattern_padding_mask` | [`with_padding`](crate::HopfieldInput::with_padding) |
//! | `association_mask` | [`with_mask`](crate::HopfieldInput::with_mask): true or false, the same for all heads. None that is added to the scores, and none per head |
//! | `get_association_matrix` | `associate` |
//! | `get_projected_pattern_matrix` | none: apply [`value`](crate::Hopfield::value) to the patterns |
//!
//! # A checkpoint
//!
//! What its `HopfieldLayer` has learned is in `lookup_weights`, `[1, N, d]` (and in `target_weights`, `[1, N, m]`,
//! if they are separate). With the crate `pytorch-reader`:
//!
//! ```
//! use burn::tensor::{Device, Tensor, TensorData};
//! use hopfield_layer::{Beta, HopfieldLayerConfig};
//! use pytorch_reader::PytorchReader;
//!
//! // HopfieldLayer(input_size=12, quantity=9, scaling=0.8, update_steps_max=2,
//! //     …_as_static=True, normalize_…=False, disable_out_projection=True)
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/hflayers.pt");
//! let checkpoint = PytorchReader::new(path)?;
//! let weights = checkpoint.get("lookup_weights").ok_or("no lookup_weights")?;
//! let bytes = weights.read()?;
//! let numbers = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
//! let data = TensorData::new(numbers.collect::<Vec<f32>>(), weights.shape().to_vec());
//! let patterns = Tensor::<3>::from_data(data, &Device::flex());
//! let layer = HopfieldLayerConfig::new(9, 12)
//!     .with_beta(Some(Beta::Fixed(0.8)))
//!     .with_steps(3)
//!     .store(patterns.squeeze_dim(0), None)?;
//! # assert_eq!(layer.heads(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
