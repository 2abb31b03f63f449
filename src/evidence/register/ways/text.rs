//! The ways for people: a tree.

use std::io;

use crate::facts::components::Node;
use crate::report::text::{Ink, Style, visible, wrapped};

use super::{Rest, Ways, kind};

pub(super) fn write(all: &[Ways<'_>], style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    for (position, ways) in all.iter().enumerate() {
        if position > 0 {
            writeln!(out)?;
        }
        one(ways, style, out)?;
    }
    Ok(())
}

fn one(ways: &Ways<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let id = visible(&ways.component.id());
    writeln!(out, "{} {}", style.paint(Ink::Name, &id), ways.says())?;
    for branch in ways.tree() {
        let (last, above) = branch.last.split_last().unwrap_or((&true, &[]));
        let mut lead: String = above.iter().map(|last| if *last { "    " } else { "│   " }).collect();
        lead.push_str(if *last { "└── " } else { "├── " });
        let name = visible(&ways.name(branch.step.from));
        let name = match branch.step.from {
            Node::Member(_) => style.paint(Ink::Strong, &name),
            Node::Component(_) => name,
        };
        let how = style.paint(Ink::Faint, &format!(" ({})", kind(branch.step.kind)));
        let mark = match branch.rest {
            Rest::Shown => "",
            Rest::Repeated => " *",
            Rest::TooDeep => " …",
        };
        writeln!(out, "{lead}{name}{how}{mark}")?;
    }
    let others: Vec<String> =
        ways.others.iter().map(|link| format!("{} ({})", ways.name(link.from), kind(link.kind))).collect();
    if !others.is_empty() {
        let text = format!("{}: {}", ways.lead(), others.join(", "));
        writeln!(out, "{}", wrapped(&visible(&text), style.width, "  ", "    "))?;
    }
    Ok(())
}
