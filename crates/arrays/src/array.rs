//! What a file says about an array: name, shape, type and layout.

use std::fmt;

/// The name under which a JSON text stands beside the arrays: the only key of the metadata of a safetensors file, and
/// an array of bytes in an npz file.
pub const METADATA: &str = "hopfield";

/// The description of an array, without its numbers. It is displayed with all that it says: `patterns [64, 784] (float64,
/// column-major)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    /// Its name. An npy file holds one array without a name; it is called `array`.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// The type of its elements.
    pub element: ElementType,
    /// How they stand in the file.
    pub layout: Layout,
}

/// The type of an array's elements, displayed with NumPy's name. All but the last are read, as f32.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names say it")]
pub enum ElementType {
    F64,
    F32,
    F16,
    /// A float32 without its last 16 bits.
    BF16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    /// A byte: 0, or anything else for 1.
    Bool,
    /// Any other type, under the name its file uses.
    Other(String),
}

/// How the elements of an array stand in its file. By default they are little-endian, in row-major order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// The first index runs fastest, as in Fortran, and not the last. Set only if that makes a difference: at least two
    /// dimensions are not 1, and none is 0.
    pub column_major: bool,
    /// The first byte of an element is its highest.
    pub big_endian: bool,
}

impl ElementType {
    /// The bytes of an element; none if the type is not read.
    pub fn size(&self) -> Option<usize> {
        match self {
            Self::F64 | Self::I64 | Self::U64 => Some(8),
            Self::F32 | Self::I32 | Self::U32 => Some(4),
            Self::F16 | Self::BF16 | Self::I16 | Self::U16 => Some(2),
            Self::I8 | Self::U8 | Self::Bool => Some(1),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F64 => "float64",
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::BF16 => "bfloat16",
            Self::I64 => "int64",
            Self::I32 => "int32",
            Self::I16 => "int16",
            Self::I8 => "int8",
            Self::U64 => "uint64",
            Self::U32 => "uint32",
            Self::U16 => "uint16",
            Self::U8 => "uint8",
            Self::Bool => "bool",
            Self::Other(name) => name,
        })
    }
}

impl Array {
    /// An array of f32, little-endian and in row-major order, as all that is written.
    pub fn f32(name: &str, shape: &[usize]) -> Self {
        let (name, shape) = (name.to_owned(), shape.to_vec());
        Self { name, shape, element: ElementType::F32, layout: Layout::default() }
    }

    /// The number of its elements; none if it overflows.
    pub fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim))
    }

    /// Its type and, where they are unusual, byte order and order: `float64, column-major`.
    pub fn kind(&self) -> String {
        let Layout { column_major, big_endian } = self.layout;
        let unusual = [(big_endian, ", big-endian"), (column_major, ", column-major")];
        let unusual = unusual.iter().filter(|(is_so, _)| *is_so).map(|(_, text)| *text);
        self.element.to_string() + &unusual.collect::<String>()
    }

    /// The number of bytes of its elements in the file; none if it overflows, or their type is not read.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let size = u64::try_from(self.element.size()?).ok()?;
        u64::try_from(self.count()?).ok()?.checked_mul(size)
    }

    /// The index of the element that stands at this position in the file.
    pub(crate) fn entry(&self, mut position: usize) -> Vec<usize> {
        let mut entry = vec![0; self.shape.len()];
        let mut set = |axis: usize| {
            entry[axis] = position % self.shape[axis];
            position /= self.shape[axis];
        };
        let axes = 0..self.shape.len();
        if self.layout.column_major {
            axes.for_each(&mut set)
        } else {
            axes.rev().for_each(&mut set)
        }
        entry
    }
}

impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} ({})", self.name, self.shape, self.kind())
    }
}

/// Little-endian bytes of f32 numbers.
pub fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
