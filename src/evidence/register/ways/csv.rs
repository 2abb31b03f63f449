//! The ways for spreadsheets: a line for each use of what is on a way.

use std::io;

use crate::evidence::register::{csv_cell, ships};
use crate::facts::components::{Link, Node};

use super::{Ways, kind};

pub(super) fn write(all: &[Ways<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    let mut line = |cells: [&str; 7]| {
        let cells: Vec<String> = cells.iter().map(|text| csv_cell(text)).collect();
        write!(out, "{}\r\n", cells.join(","))
    };
    line(["component", "ships", "user", "member", "uses", "kind", "on_a_shortest_way"])?;
    for ways in all {
        let id = ways.component.id();
        let mut use_of = |link: &Link, on_way: &str| {
            let member = if matches!(link.from, Node::Member(_)) { "yes" } else { "no" };
            let (from, to) = (ways.name(link.from), ways.name(link.to));
            line([&id, ships(ways.component.ships), &from, member, &to, kind(link.kind), on_way])
        };
        ways.all_steps().into_iter().try_for_each(|link| use_of(link, "yes"))?;
        ways.others.iter().try_for_each(|link| use_of(link, "no"))?;
    }
    Ok(())
}
