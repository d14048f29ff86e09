//! `hopfield report`.

use hopfield_train::printer::Printer;

use crate::cli::ReportArgs;
use crate::error::Error;

pub(crate) fn report(_args: &ReportArgs, _printer: &Printer) -> Result<(), Error> {
    Err(Error::Usage("not yet".into()))
}
