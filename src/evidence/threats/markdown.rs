//! A model for documents: tables in GitHub's Markdown.

use std::io;

use jiff::civil::Date;

use crate::facts::threats::{Model, Threats};
use crate::report::text::visible;
use crate::source::Placed;

use super::Standings;

pub(super) fn write(threats: &Threats, as_of: Date, out: &mut dyn io::Write) -> io::Result<()> {
    for model in &threats.models {
        write_model(model, &Standings::of(model, as_of), out)?;
    }
    for broken in &threats.broken {
        writeln!(
            out,
            "**{}** can't be read as a threat model: {}\n",
            cell(&broken.link.value),
            cell(&broken.why)
        )?;
    }
    Ok(())
}

fn write_model(model: &Model, standings: &Standings<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "# {}\n", cell(&model.title.value))?;
    writeln!(
        out,
        "`{}`, {}: {}.\n",
        visible(model.at.path()).replace('`', "'"),
        model.format.name(),
        standings.sum()
    )?;
    for (why, _) in &model.unread {
        writeln!(out, "Not known whole: {}.\n", cell(why))?;
    }
    for line in super::translated(model) {
        writeln!(out, "{}.\n", cell(&line))?;
    }
    if let Some(context) = &model.context {
        let told = context.texts().into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?)));
        let rows = told.map(|(key, text)| vec![key.replace('_', " "), text.value.clone()]).collect();
        table("Security context", &["", ""], rows, out)?;
    }
    let neighbours = model.neighbours.iter().map(|neighbour| {
        vec![
            name(model, &neighbour.id),
            text(neighbour.what.as_ref()),
            text(neighbour.run_by.as_ref()),
            text(neighbour.trust.as_ref()),
        ]
    });
    table("Neighbours", &["Neighbour", "What", "Run by", "Trust"], neighbours.collect(), out)?;
    let parts = model.components.iter().map(|part| {
        let zone = part.zone.as_deref().map_or("", |zone| model.called(zone)).to_owned();
        vec![
            name(model, &part.id),
            text(part.kind.as_ref()),
            zone,
            list(&part.crates),
            text(part.out_of_scope.as_ref()),
        ]
    });
    table("Parts", &["Part", "Kind", "Zone", "Crates", "Out of scope"], parts.collect(), out)?;
    let interfaces = model.interfaces.iter().map(|interface| {
        let port = interface.port.as_ref().map_or_else(String::new, |port| port.value.to_string());
        let [encryption, authentication, _] = &interface.transport;
        vec![
            name(model, &interface.id),
            text(interface.kind.as_ref()),
            port,
            text(interface.bind.as_ref()),
            text(encryption.as_ref()),
            text(authentication.as_ref()),
            list(&interface.roles),
        ]
    });
    let head = ["Interface", "Kind", "Port", "Bind", "Encryption", "Authentication", "Roles"];
    table("Interfaces", &head, interfaces.collect(), out)?;
    let ways = model.ways();
    let flows = model.flows.iter().map(|flow| {
        let end = |end: &Option<Placed<String>>| end.as_ref().map_or(String::new(), |end| name(model, end));
        let crosses = ways.crossing(flow).map_or_else(String::new, |(from, to)| {
            format!("{} \u{2192} {}", model.called(from), model.called(to))
        });
        vec![
            model.name_of(flow).unwrap_or_default().to_owned(),
            end(&flow.from),
            end(&flow.to),
            text(flow.protocol.as_ref()),
            match ways.hides(flow) {
                Some(true) => ways.encryption(flow).map_or("yes", |word| &word.value).to_owned(),
                Some(false) => "none".to_owned(),
                None => String::new(),
            },
            crosses,
        ]
    });
    table("Flows", &["Flow", "From", "To", "Protocol", "Encryption", "Crosses"], flows.collect(), out)?;
    let threats = model.threats.iter().map(|threat| {
        let state = standings.why(threat).map_or_else(
            || threat.answer.as_ref().map_or("", |answer| answer.value.word()).to_owned(),
            |why| format!("open: {why}"),
        );
        let by = threat
            .by
            .iter()
            .map(|id| model.mitigation(&id.value).map_or(&id.value, |known| &known.what.value));
        let affects: Vec<&str> = threat.affects.iter().map(|id| model.called(&id.value)).collect();
        let by = by.cloned().collect::<Vec<_>>().join("; ");
        vec![threat.title.value.clone(), list(&threat.category), affects.join(", "), state, by]
    });
    table("Threats", &["Threat", "Category", "Affects", "State", "Mitigations"], threats.collect(), out)?;
    let mitigations = model.mitigations.iter().map(|mitigation| {
        let state = mitigation.state.value.word().to_owned();
        vec![mitigation.what.value.clone(), state, list(&mitigation.tests), list(&mitigation.thwart)]
    });
    table("Mitigations", &["Mitigation", "State", "Tests", "Attacks"], mitigations.collect(), out)
}

fn name(model: &Model, id: &Placed<String>) -> String {
    model.called(&id.value).to_owned()
}

fn text(text: Option<&Placed<String>>) -> String {
    text.map_or_else(String::new, |text| text.value.clone())
}

fn list(words: &[Placed<String>]) -> String {
    words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(", ")
}

fn table(title: &str, head: &[&str], rows: Vec<Vec<String>>, out: &mut dyn io::Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "## {title}\n\n| {} |\n|{}", head.join(" | "), " --- |".repeat(head.len()))?;
    for row in rows {
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    writeln!(out)
}

/// A text that can't be taken for markup, in one line.
fn cell(text: &str) -> String {
    let mut cell = String::new();
    for c in visible(&text.split_whitespace().collect::<Vec<_>>().join(" ")).chars() {
        if matches!(c, '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '!' | '~' | '&') {
            cell.push('\\');
        }
        cell.push(c);
    }
    cell
}
