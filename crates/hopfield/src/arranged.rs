//! The order of tiles in `show` and `film`.

use clap::Args;
use hopfield_database::{DatabaseFile, ExportError};
use hopfield_report::Arrangement;
use hopfield_train::printer::Printer;

/// The order of tiles.
#[derive(Debug, Args)]
pub(crate) struct OrderArgs {
    /// Leave the tiles in the order of the patterns instead of putting similar ones together.
    #[arg(long)]
    in_order: bool,
}

impl OrderArgs {
    /// The arrangement of these layers (none with `--in-order`), and how many patterns it leaves out; a note tells the user.
    pub(crate) fn arrangement(
        &self,
        file: &mut DatabaseFile,
        layers: &[usize],
        printer: &Printer,
    ) -> Result<(Option<Arrangement>, usize), ExportError> {
        if self.in_order {
            return Ok((None, 0));
        }
        let arrangement = Arrangement::of(file, layers)?;
        let left_out = arrangement.left_out(file, layers);
        if left_out > 0 {
            printer.note(&format!(
                "note: {left_out} patterns are left out, as only the first {} of a layer are arranged; --in-order shows all",
                Arrangement::MOST
            ));
        }
        Ok((Some(arrangement), left_out))
    }
}
