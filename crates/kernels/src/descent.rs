//! The settings of a step of projected gradient descent.

/// The settings of a step of projected gradient descent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Descent {
    /// The learning rate η.
    pub rate: f32,
    /// The momentum μ.
    pub momentum: f32,
    /// The largest norm of the gradient of a row; a longer one is scaled down.
    pub limit: Option<f32>,
    /// The lower and upper bound of every entry.
    pub range: Option<(f32, f32)>,
}
