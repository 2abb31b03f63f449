//! The standard for spreadsheets: RFC 4180, every fact in a column.

use std::io;

use crate::evidence::register::csv_cell;

use super::Results;
use super::cells::COLUMNS;

pub(super) fn write(results: &Results<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    write!(out, "{}\r\n", names.join(","))?;
    for row in results.rows() {
        let cells: Vec<String> = COLUMNS.iter().map(|(_, cell)| csv_cell(&cell(&row))).collect();
        write!(out, "{}\r\n", cells.join(","))?;
    }
    Ok(())
}
