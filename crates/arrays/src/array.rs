//! What a file says about an array: name, shape and type.

/// The name under which a JSON text stands beside the arrays: the only key of the metadata of a safetensors file, and
/// an array of bytes in an npz file.
pub const METADATA: &str = "hopfield";

/// The description of an array, without its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    /// Its name. An npy file holds one array without a name; it is called `array`.
    pub name: String,
    /// Its dimensions; the numbers are stored in row-major order.
    pub shape: Vec<usize>,
    /// The type of its elements.
    pub element: ElementType,
}

/// The type of an array's elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElementType {
    /// Little-endian 32-bit floating-point numbers, the only type that can be read.
    F32,
    /// Any other type, under the name its file uses.
    Other(String),
}

impl Array {
    /// An array of f32.
    pub fn f32(name: &str, shape: &[usize]) -> Self {
        Self { name: name.to_owned(), shape: shape.to_vec(), element: ElementType::F32 }
    }

    /// The number of its elements; none if it overflows.
    pub fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim))
    }

    /// The number of bytes of its elements, as f32; none if it overflows.
    pub(crate) fn bytes(&self) -> Option<u64> {
        u64::try_from(self.count()?).ok()?.checked_mul(4)
    }
}

/// Little-endian bytes of f32 numbers.
pub fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
