//! The ways for documents: a list in a list.

use std::io;

use crate::evidence::register::markdown::plain;
use crate::facts::components::Node;
use crate::report::Report;

use super::{Rest, Ways, kind};

pub(super) fn write(report: &Report, all: &[Ways<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "# Why components of {} are there", plain(report.subject()))?;
    for ways in all {
        writeln!(out, "\n## {}\n\nIt {}.\n", plain(&ways.component.id()), plain(ways.says()))?;
        for branch in ways.tree() {
            let lead = "  ".repeat(branch.last.len() - 1);
            let name = plain(&ways.name(branch.step.from));
            let name = match branch.step.from {
                Node::Member(_) => format!("**{name}**"),
                Node::Component(_) => name,
            };
            let mark = match branch.rest {
                Rest::Shown => "",
                Rest::Repeated => ", see above",
                Rest::TooDeep => ", and so on",
            };
            writeln!(out, "{lead}- {name} ({}){mark}", kind(branch.step.kind))?;
        }
        if !ways.others.is_empty() {
            let lead = if ways.steps.is_empty() { "Named by" } else { "\nUsed by others too" };
            let others: Vec<String> = ways
                .others
                .iter()
                .map(|link| format!("{} ({})", plain(&ways.name(link.from)), kind(link.kind)))
                .collect();
            writeln!(out, "{lead}: {}.", others.join(", "))?;
        }
    }
    Ok(())
}
