//! What tables of several columns have in common.

use crate::array::{Array, ElementType, Layout};

/// The name of the array of all columns of numbers.
pub const TABLE: &str = "table";

/// The arrays of a table: first [`TABLE`], with numbers of type `element`, if there are columns of numbers; then every column. Beside
/// them, the columns that each array is made of.
pub(crate) fn arrays_of_columns(
    columns: Vec<Array>,
    element: ElementType,
) -> (Vec<Array>, Vec<Vec<usize>>) {
    let is_number = |index: &usize| columns[*index].element.size().is_some();
    let numbers: Vec<usize> = (0..columns.len()).filter(is_number).collect();
    let mut of_arrays: Vec<Vec<usize>> = (0..columns.len()).map(|column| vec![column]).collect();
    let mut arrays = columns;
    if let Some(&first) = numbers.first() {
        let shape = vec![arrays[first].shape[0], numbers.len()];
        let (name, layout) = (TABLE.to_owned(), Layout::default());
        arrays.insert(0, Array { name, shape, element, layout });
        of_arrays.insert(0, numbers);
    }
    (arrays, of_arrays)
}
