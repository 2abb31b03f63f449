//! The register for spreadsheets: RFC 4180, every fact in a column, other items behind the components.
//!
//! A spreadsheet takes a cell that starts with `=`, `+`, `-` or `@` (or a control character before
//! them) for a formula, and a register holds texts of strangers: such a cell gets a quotation mark `'`
//! in front, which spreadsheets take for "this is text". Control characters are shown as signs.

use std::io;

use crate::report::text::visible;

use super::Register;
use super::cells::COLUMNS;
use super::words::item_fact;

pub(super) fn write(register: &Register<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut line = |cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
        write!(out, "{}\r\n", cells.join(","))
    };
    line(std::iter::once("kind").chain(COLUMNS.iter().map(|(name, _)| *name)).map(str::to_owned).collect())?;
    for row in &register.rows {
        let cells = COLUMNS.iter().map(|(_, cell)| cell(row));
        line(std::iter::once("component".to_owned()).chain(cells).collect())?;
    }
    for item in register.items {
        let fact = |name: &str| item_fact(item, name);
        let kind = item.kind.as_ref().map_or("item", |kind| kind.value.word());
        let cells = COLUMNS.iter().map(|(name, _)| fact(name));
        line(std::iter::once(kind.to_owned()).chain(cells).collect())?;
    }
    Ok(())
}

/// One cell: harmless, quoted where it has to be.
pub(in crate::evidence) fn cell(text: &str) -> String {
    let mut text = visible(text);
    if text.starts_with(['=', '+', '-', '@']) {
        text.insert(0, '\'');
    }
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
