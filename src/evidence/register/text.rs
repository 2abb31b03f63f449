//! The register for people: a table as wide as the screen, in parts by what ships.
//!
//! Columns come in the order of their worth for as long as there is room; a column that says the same
//! of every component is told once, in a line. Where room is short, cells are broken into lines; remarks
//! stand last.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;

use crate::facts::Gap;
use crate::facts::components::{Origin, Ships};
use crate::facts::inventory::Capability;
use crate::report::Report;
use crate::report::text::{Ink, Style, visible, wrapped};

use super::cells::{self, UNKNOWN};
use super::words::{item_fact, told_line};
use super::{Register, Row, SHARES};

/// A column of the table.
struct Column {
    head: &'static str,
    /// Columns of less worth come only where there is room for those before.
    worth: u8,
    /// Where room is short, texts are broken at this width.
    least: usize,
    /// Numbers stand at the right.
    right: bool,
    cell: fn(&Row<'_>) -> String,
}

const COLUMNS: &[Column] = &[
    Column { head: "component", worth: 0, least: 20, right: false, cell: |row| row.component.name.clone() },
    Column {
        head: "version",
        worth: 0,
        least: 18,

        right: false,
        cell: |row| row.component.version.to_string(),
    },
    Column { head: "origin", worth: 3, least: 14, right: false, cell: origin },
    Column { head: "class", worth: 1, least: 12, right: false, cell: class },
    Column { head: "unsafe", worth: 1, least: 7, right: true, cell: |row| row.cell("unsafe_at_least") },
    Column { head: "able to", worth: 2, least: 18, right: false, cell: able },
    Column { head: "build", worth: 4, least: 16, right: false, cell: build },
    Column { head: "licence", worth: 5, least: 17, right: false, cell: |row| row.cell("licence") },
    Column {
        head: "integrity",
        worth: 6,
        least: 12,

        right: false,
        cell: |row| row.integrity().word().to_owned(),
    },
    Column { head: "published", worth: 7, least: 10, right: false, cell: |row| row.cell("published_on") },
    Column { head: "supplier", worth: 8, least: 24, right: false, cell: supplier },
];

/// Between columns.
const SPACE: usize = 2;

/// Before every line of the table.
const INDENT: usize = 2;

/// Remarks get no less, where they are as long.
const LEAST_REMARKS: usize = 24;

/// No cell is wider, nor has more lines: what strangers say of themselves can be of any length.
const WIDEST: usize = 60;
const MOST_LINES: usize = 6;

/// What stands for an unknown in a narrow table.
const UNKNOWN_SIGN: &str = "?";

pub(super) fn write(register: &Register<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let report = register.report;
    let title = format!("components of {} on {}", visible(report.subject()), report.facts.as_of);
    writeln!(out, "{}\n", style.paint(Ink::Strong, &title))?;
    writeln!(out, "{}", wrapped(&visible(&register.summary()), style.width, "", ""))?;
    let table = Table::new(register, style);
    if let Some(same) = table.same() {
        writeln!(out, "{}", wrapped(&visible(&same), style.width, "", ""))?;
    }
    for (ships, title) in SHARES {
        let rows: Vec<&Row<'_>> = register.rows.iter().filter(|row| row.component.ships == ships).collect();
        if !rows.is_empty() {
            writeln!(out, "\n{}", style.paint(Ink::Strong, &format!("{title} ({})", rows.len())))?;
            if ships == Ships::Locked && rows.iter().all(|row| row.remarks().is_empty()) {
                let names =
                    rows.iter().map(|row| format!("{} {}", row.component.name, row.component.version));
                let names = visible(&cells::words(names));
                writeln!(out, "{}", wrapped(&names, style.width, "  ", "  "))?;
                continue;
            }
            table.write(&rows, out)?;
        }
    }
    items(register, style, out)?;
    foot(register, &table, style, out)
}

/// The columns that there is room for, with their widths.
struct Table {
    style: Style,
    columns: Vec<(&'static Column, usize)>,
    /// Columns that say the same of all, with what they say.
    same: Vec<(&'static str, String)>,
    /// How many columns there is no room for.
    left_out: usize,
    /// Where remarks start, and whether there are any.
    remarks_at: usize,
    remarked: bool,
}

impl Table {
    fn new(register: &Register<'_>, style: Style) -> Self {
        let remarks = register.rows.iter().flat_map(Row::remarks);
        let remarked = remarks.map(|remark| width(&visible(&remark.text))).max();
        let (mut columns, mut same) = (Vec::new(), Vec::new());
        for column in COLUMNS {
            let cells: Vec<String> = register.rows.iter().map(|row| text(column, row)).collect();
            match cells.first() {
                Some(first)
                    if column.worth > 0 && cells.len() > 1 && cells.iter().all(|cell| cell == first) =>
                {
                    same.push((column.head, (column.cell)(&register.rows[0])));
                }
                _ => {
                    let widest = cells.iter().map(|cell| width(cell)).max().unwrap_or(0);
                    columns.push((column, widest.clamp(column.head.len(), WIDEST)));
                }
            }
        }
        let room = style.width.saturating_sub(INDENT + remarked.unwrap_or(0).min(LEAST_REMARKS));
        let all = columns.len();
        fit(&mut columns, room);
        let remarks_at = INDENT + columns.iter().map(|(_, width)| width + SPACE).sum::<usize>();
        Self { style, left_out: all - columns.len(), columns, same, remarks_at, remarked: remarked.is_some() }
    }

    /// What is the same for every component, in a line.
    fn same(&self) -> Option<String> {
        let said = self
            .same
            .iter()
            .map(|(head, cell)| format!("{head}: {}", if cell.is_empty() { "none" } else { cell }));
        (!self.same.is_empty()).then(|| format!("The same for all: {}.", said.collect::<Vec<_>>().join("; ")))
    }

    fn write(&self, rows: &[&Row<'_>], out: &mut dyn io::Write) -> io::Result<()> {
        let mut head = " ".repeat(INDENT);
        for (column, width) in &self.columns {
            head.push_str(&padded(column.head, *width, column.right));
        }
        if self.remarked {
            head.push_str("remarks");
        }
        writeln!(out, "{}", self.style.paint(Ink::Faint, head.trim_end()))?;
        for row in rows {
            let cells: Vec<Vec<String>> =
                self.columns.iter().map(|(column, width)| broken(&text(column, row), *width)).collect();
            let remarks = self.remarks(row);
            let lines = cells.iter().map(Vec::len).chain([remarks.len()]).max().unwrap_or(0);
            for number in 0..lines {
                let mut line = " ".repeat(INDENT);
                for ((column, width), cell) in self.columns.iter().zip(&cells) {
                    let part = cell.get(number).map(String::as_str).unwrap_or_default();
                    line.push_str(&padded(part, *width, column.right));
                }
                line.push_str(remarks.get(number).map(String::as_str).unwrap_or_default());
                writeln!(out, "{}", line.trim_end())?;
            }
        }
        Ok(())
    }

    /// The remarks as lines.
    fn remarks(&self, row: &Row<'_>) -> Vec<String> {
        let room = self.style.width.saturating_sub(self.remarks_at).max(LEAST_REMARKS);
        let mut lines = Vec::new();
        for remark in row.remarks() {
            for line in wrapped(&visible(&remark.text), room, "", "  ").lines() {
                lines.push(remark.ink.map_or(line.to_owned(), |ink| self.style.paint(ink, line)));
            }
        }
        lines
    }
}

/// Leaves the columns for which there is room, the worthiest first, made as narrow as they can be where
/// that is the only way.
fn fit(columns: &mut Vec<(&'static Column, usize)>, mut room: usize) {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|index| columns[*index].0.worth);
    let mut kept = vec![false; columns.len()];
    // First what each needs at least, then what is left over, in the same order.
    for index in &order {
        let (column, natural) = columns[*index];
        let least = natural.min(column.least) + SPACE;
        if column.worth > 0 && least > room {
            break;
        }
        room = room.saturating_sub(least);
        kept[*index] = true;
    }
    for index in order.iter().filter(|index| kept[**index]) {
        let (column, natural) = &mut columns[*index];
        let more = natural.saturating_sub(column.least).min(room);
        room -= more;
        *natural = (*natural).min(column.least) + more;
    }
    let mut kept = kept.into_iter();
    columns.retain(|_| kept.next().unwrap_or_default());
}

/// What stands in a column, harmless.
fn text(column: &Column, row: &Row<'_>) -> String {
    let text = visible(&(column.cell)(row));
    if text == UNKNOWN { UNKNOWN_SIGN.to_owned() } else { text }
}

/// A cell as lines: words that are too long are broken, and a text that never ends is cut.
fn broken(text: &str, wide: usize) -> Vec<String> {
    let options = textwrap::Options::new(wide).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let mut lines = textwrap::wrap(text, options).into_iter();
    let mut kept: Vec<String> = lines.by_ref().take(MOST_LINES).map(Cow::into_owned).collect();
    if lines.next().is_some()
        && let Some(last) = kept.last_mut()
    {
        while width(last) >= wide {
            last.pop();
        }
        last.push('…');
    }
    kept
}

fn width(text: &str) -> usize {
    textwrap::core::display_width(text)
}

fn padded(text: &str, wide: usize, right: bool) -> String {
    let free = " ".repeat(wide.saturating_sub(width(text)));
    let space = " ".repeat(SPACE);
    if right { format!("{free}{text}{space}") } else { format!("{text}{free}{space}") }
}

/// Where it comes from, as short as can be told apart at a glance.
fn origin(row: &Row<'_>) -> String {
    let host = |url: &str| {
        let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
        bare.rsplit_once('@').map_or(bare, |(_, rest)| rest).trim_end_matches(".git").to_owned()
    };
    match &row.component.origin {
        Origin::Git { url, .. } => format!("git {}", host(url)),
        Origin::Registry { url } => host(url),
        other => cells::origin(other),
    }
}

/// The class; in brackets where it is that of all components without a decision of their own.
fn class(row: &Row<'_>) -> String {
    match row.class {
        None => "undecided".to_owned(),
        Some(class) if row.classed_itself() => class.value.word().to_owned(),
        Some(class) => format!("({})", class.value.word()),
    }
}

/// Who makes it, by name; addresses are for programs.
fn supplier(row: &Row<'_>) -> String {
    let bare = |one: &str| one.split_once(" <").map_or(one, |(name, _)| name).to_owned();
    cells::words(row.cell("supplier").split(", ").map(bare))
}

/// What its library is able to do.
fn able(row: &Row<'_>) -> String {
    // Unsafe code has a column of its own.
    let told = |able: &BTreeSet<Capability>| {
        cells::words(able.iter().filter(|one| **one != Capability::Unsafe).map(|one| one.word()))
    };
    row.capabilities().map_or(UNKNOWN.to_owned(), told)
}

/// What of it runs while the product is built, and what that is able to do.
fn build(row: &Row<'_>) -> String {
    if row.build_script().is_none() && row.proc_macro().is_none() {
        return UNKNOWN.to_owned();
    }
    let script = match row.build_capabilities() {
        Some(able) if !able.is_empty() => format!("script ({})", cells::capabilities(able)),
        _ => "script".to_owned(),
    };
    let parts = [
        (row.build_script() == Some(true)).then_some(script),
        (row.proc_macro() == Some(true)).then(|| "macro".to_owned()),
        row.links().map(|links| format!("links {links}")),
    ];
    cells::words(parts.into_iter().flatten())
}

/// Items that cargo does not know.
fn items(register: &Register<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    if register.items.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.paint(Ink::Strong, &format!("Other items ({})", register.items.len())))?;
    for item in register.items {
        let kind = item.kind.as_ref().map_or("item", |kind| kind.value.word());
        let facts = ["version", "class", "supplier", "end_of_support", "purpose"];
        let facts = facts.iter().filter_map(|name| {
            let fact = item_fact(item, name);
            let lead = if *name == "end_of_support" { "supported until " } else { "" };
            (!fact.is_empty()).then(|| format!("{lead}{fact}"))
        });
        let line = format!("{}: {kind}, {}", item.name.value, cells::words(facts));
        let line = visible(line.trim_end_matches(", "));
        writeln!(out, "{}", wrapped(&line, style.width, "  ", "    "))?;
    }
    Ok(())
}

/// What the signs mean, what there was no room for, what could not be told.
fn foot(register: &Register<'_>, table: &Table, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    gaps(register.report, register.gaps(), style, out)?;
    if register.rows.is_empty() {
        return Ok(());
    }
    let mut legend =
        "unsafe and able to: at least, as written in the sources; ? could not be told".to_owned();
    if table.columns.iter().any(|(column, _)| column.head == "class") {
        legend.push_str("; (class) by default");
    }
    if table.left_out > 0 {
        legend.push_str("; more columns on a wider screen, all of them with --format csv");
    }
    writeln!(out, "\n{}", style.paint(Ink::Faint, &wrapped(&legend, style.width, "", "")))
}

/// What could not be told, a line each.
pub(in crate::evidence) fn gaps<'a>(
    report: &Report,
    gaps: impl Iterator<Item = &'a Gap>,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let gaps: Vec<String> = gaps.map(|gap| visible(&report.portable(&told_line(gap)))).collect();
    if !gaps.is_empty() {
        writeln!(out, "\n{}", style.paint(Ink::Warn, &format!("Could not be told ({})", gaps.len())))?;
    }
    gaps.iter().try_for_each(|gap| writeln!(out, "{}", wrapped(gap, style.width, "  ", "    ")))
}
