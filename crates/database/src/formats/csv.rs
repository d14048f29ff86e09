//! CSV: a text table for each layer, with a line per pattern.

use hopfield_arrays::WriteSeek;

use crate::error::ExportError;
use crate::selection::Selection;
use crate::usage::PatternUsage;

/// Writes a line for each pattern or value: its number, how it is used, if that is known, and its entries. Numbers
/// have as many digits as it takes to read back the same f32.
pub(super) fn write(
    selection: &mut Selection<'_>,
    out: &mut dyn WriteSeek,
) -> Result<(), ExportError> {
    let Selection { database, arrays, .. } = selection;
    for table in arrays {
        let [n, d] = [table.array.shape[0], table.array.shape[1]];
        let usage = database.usage(table.layer)?.map(|usage| usage.over_heads(n));
        let entries: String = (0..d).map(|entry| format!(",x{entry}")).collect();
        let used = if usage.is_some() { ",mean_weight,best_matches" } else { "" };
        writeln!(out, "index{used}{entries}")?;
        let mut numbers = database.arrays.numbers(&table.array.name)?;
        for index in 0..n {
            write!(out, "{index}")?;
            if let Some(PatternUsage { mean_weights, best_matches }) = &usage {
                write!(out, ",{},{}", mean_weights[index], best_matches[index])?;
            }
            for number in numbers.read(d)? {
                write!(out, ",{number}")?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}
