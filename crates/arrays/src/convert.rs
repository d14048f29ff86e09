//! Elements of any type as f32.

use half::{bf16, f16};

use crate::array::{Array, ElementType};
use crate::format::Problem;

/// Appends the elements in `bytes` to `numbers`, rounded to the nearest f32 as NumPy's `astype(np.float32)` does. The first
/// of them is the one at `position` in the file's order. Big-endian bytes are reversed in place.
///
/// # Errors
///
/// An element is not finite, or too large for f32, and `only_finite`.
pub(crate) fn append(
    array: &Array,
    position: usize,
    bytes: &mut [u8],
    numbers: &mut Vec<f32>,
    only_finite: bool,
) -> Result<(), Problem> {
    let size = array.element.size().ok_or_else(|| not_read(array))?;
    if array.layout.big_endian {
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    let before = numbers.len();
    match array.element {
        ElementType::F64 => each(bytes, numbers, |b| f64::from_le_bytes(b) as f32),
        ElementType::F32 => each(bytes, numbers, f32::from_le_bytes),
        ElementType::F16 => each(bytes, numbers, |b| f16::from_le_bytes(b).to_f32()),
        ElementType::BF16 => each(bytes, numbers, |b| bf16::from_le_bytes(b).to_f32()),
        ElementType::I64 => each(bytes, numbers, |b| i64::from_le_bytes(b) as f32),
        ElementType::I32 => each(bytes, numbers, |b| i32::from_le_bytes(b) as f32),
        ElementType::I16 => each(bytes, numbers, |b| i16::from_le_bytes(b).into()),
        ElementType::I8 => each(bytes, numbers, |b| i8::from_le_bytes(b).into()),
        ElementType::U64 => each(bytes, numbers, |b| u64::from_le_bytes(b) as f32),
        ElementType::U32 => each(bytes, numbers, |b| u32::from_le_bytes(b) as f32),
        ElementType::U16 => each(bytes, numbers, |b| u16::from_le_bytes(b).into()),
        ElementType::U8 => each(bytes, numbers, |[b]| b.into()),
        ElementType::Bool => each(bytes, numbers, |[b]| if b == 0 { 0.0 } else { 1.0 }),
        ElementType::Other(_) => return Err(not_read(array).into()),
    }
    let mut added = numbers[before..].iter();
    let wrong = added.position(|number| only_finite && !number.is_finite());
    let Some(index) = wrong else { return Ok(()) };
    let entry = array.entry(position + index);
    let value = match (&array.element, bytes[index * size..].first_chunk()) {
        (ElementType::F64, Some(&element)) => f64::from_le_bytes(element),
        _ => numbers[before + index].into(),
    };
    let needed = if value.is_finite() {
        format!("too large for f32; allowed: up to ±{:.4e}", f32::MAX)
    } else {
        "needed are finite numbers".to_owned()
    };
    Err(format!("entry {entry:?} is {value:e}; {needed}").into())
}

/// What is wrong with an array whose type is not read.
pub(crate) fn not_read(array: &Array) -> String {
    format!(
        "has type {}; needed are real numbers: float64, float32, float16, bfloat16, integers of 8 to 64 bits, or bool",
        array.element
    )
}

fn each<const SIZE: usize>(
    bytes: &[u8],
    numbers: &mut Vec<f32>,
    number: impl Fn([u8; SIZE]) -> f32,
) {
    let (elements, _) = bytes.as_chunks();
    numbers.extend(elements.iter().map(|&element| number(element)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Layout;

    fn converted(element: ElementType, big_endian: bool, bytes: &[u8]) -> Result<Vec<f32>, String> {
        let layout = Layout { column_major: false, big_endian };
        let shape = vec![bytes.len() / element.size().unwrap()];
        let array = Array { name: "a".to_owned(), shape, element, layout };
        let mut numbers = Vec::new();
        append(&array, 0, &mut bytes.to_vec(), &mut numbers, true)
            .map_err(|problem| problem.to_string())?;
        Ok(numbers)
    }

    /// The right sides were printed by NumPy 2.4.6's astype(np.float32) (bfloat16: by hand, the high half of the f32).
    #[test]
    fn every_type_is_rounded_as_numpy_does() {
        macro_rules! check {
            ($element:ident, $type:ty, $values:expr, $expected:expr) => {
                let values: &[$type] = &$values;
                let little: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
                let big: Vec<u8> = values.iter().flat_map(|v| v.to_be_bytes()).collect();
                let expected: Vec<f32> = $expected.to_vec();
                assert_eq!(converted(ElementType::$element, false, &little), Ok(expected.clone()));
                assert_eq!(converted(ElementType::$element, true, &big), Ok(expected));
            };
        }
        check!(F64, f64, [0.1, -1e-300, 3.4028235e38], [0.1, -0.0, f32::MAX]);
        check!(F32, f32, [0.1, 1e-45], [0.1, 1e-45]);
        check!(F16, u16, [0x3c00, 0x0001, 0xfbff], [1.0, 2f32.powi(-24), -65504.0]);
        check!(BF16, u16, [0x3f80, 0x0001, 0x7f7f], [1.0, f32::from_bits(1 << 16), 3.3895314e38]);
        // 2^24 + 1 and 2^24 + 3 lie between two f32; the even one wins. Through f64, the third would be rounded twice.
        let large = [(1 << 24) + 1, -(1 << 24) - 3, (1 << 60) + (1 << 36) + 1, i64::MIN];
        check!(I64, i64, large, [16777216.0, -16777220.0, 1.1529216e18, -9.223372e18]);
        check!(I32, i32, [i32::MAX, -16777217], [2147483648.0, -16777216.0]);
        check!(I16, i16, [i16::MIN, 5], [-32768.0, 5.0]);
        check!(I8, i8, [-128, 127], [-128.0, 127.0]);
        check!(U64, u64, [u64::MAX, 16777219], [1.8446744e19, 16777220.0]);
        check!(U32, u32, [u32::MAX, 16777217], [4294967296.0, 16777216.0]);
        check!(U16, u16, [u16::MAX], [65535.0]);
        check!(U8, u8, [0, 255], [0.0, 255.0]);
        check!(Bool, u8, [0, 1], [0.0, 1.0]);
    }

    #[test]
    fn what_f32_can_not_hold_is_named() {
        let doubles =
            |values: &[f64]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>();
        let problem = converted(ElementType::F64, false, &doubles(&[1.0, -1e300])).unwrap_err();
        assert_eq!(problem, "entry [1] is -1e300; too large for f32; allowed: up to ±3.4028e38");
        let problem = converted(ElementType::F64, false, &doubles(&[f64::NAN])).unwrap_err();
        assert_eq!(problem, "entry [0] is NaN; needed are finite numbers");
        let problem = converted(ElementType::F16, true, &[0x3c, 0, 0xfc, 0]).unwrap_err();
        assert_eq!(problem, "entry [1] is -inf; needed are finite numbers");
    }
}
