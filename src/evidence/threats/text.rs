//! A model on the screen: what there is, what flows, which threats stand how.

use std::io;

use jiff::civil::Date;

use crate::facts::threats::{Broken, Flow, Mitigation, Model, Threat, Threats, Ways};
use crate::report::text::{Ink, Style, visible, wrapped};
use crate::source::Placed;

use super::Standings;

pub(super) fn write(threats: &Threats, as_of: Date, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    for (at, model) in threats.models.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        Page { model, standings: Standings::of(model, as_of), style }.write(out)?;
    }
    for broken in &threats.broken {
        write_broken(broken, style, out)?;
    }
    if threats.models.is_empty() && threats.broken.is_empty() {
        writeln!(
            out,
            "no threat model is linked to this workspace: `cargo health-sec threats new` starts one"
        )?;
    }
    Ok(())
}

fn write_broken(broken: &Broken, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let at = broken.at.as_ref().unwrap_or(&broken.link.at);
    let line = format!("{} can't be read as a threat model: {} ({at})", broken.link.value, broken.why);
    writeln!(out, "{}", style.paint(Ink::Bad, &wrapped(&visible(&line), style.width, "", "  ")))?;
    match &broken.remedy {
        Some(remedy) => writeln!(out, "{}", wrapped(&visible(remedy), style.width, "  ", "  ")),
        None => Ok(()),
    }
}

struct Page<'m> {
    model: &'m Model,
    standings: Standings<'m>,
    style: Style,
}

impl Page<'_> {
    fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let model = self.model;
        writeln!(out, "{}", self.style.paint(Ink::Strong, &visible(&model.title.value)))?;
        let overlay = if model.extended { ", with an overlay" } else { "" };
        let head = format!("{}, {}{overlay}; {}", model.at.path(), model.format.name(), self.standings.sum());
        writeln!(out, "{}", self.style.paint(Ink::Faint, &visible(&head)))?;
        for (why, at) in &model.unread {
            let line = visible(&format!("not known whole: {why} ({at})"));
            writeln!(out, "{}", self.style.paint(Ink::Warn, &wrapped(&line, self.style.width, "", "  ")))?;
        }
        for line in super::translated(model) {
            let line = wrapped(&visible(&line), self.style.width, "", "  ");
            writeln!(out, "{}", self.style.paint(Ink::Warn, &line))?;
        }
        self.context(out)?;
        self.elements(out)?;
        self.interfaces(out)?;
        self.flows(out)?;
        self.threats(out)
    }

    fn heading(&self, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "\n{}", self.style.paint(Ink::Strong, text))
    }

    /// A line of an object: its id or name, and what is to say of it.
    fn line(&self, kind: &str, name: &str, told: &str, out: &mut dyn io::Write) -> io::Result<()> {
        let first = if kind.is_empty() { "  ".to_owned() } else { format!("  {kind:<9} ") };
        let text = if told.is_empty() { name.to_owned() } else { format!("{name}: {told}") };
        let text =
            wrapped(&visible(&text), self.style.width, &first, &" ".repeat(first.chars().count().max(4)));
        writeln!(out, "{text}")
    }

    fn context(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let Some(context) = &self.model.context else { return Ok(()) };
        self.heading("Security context", out)?;
        for (key, text) in context.texts() {
            if let Some(text) = text {
                self.line("", &key.replace('_', " "), &text.value, out)?;
            }
        }
        for assumption in &context.assumptions {
            self.line("assumed", &assumption.id.value, &assumption.text.value, out)?;
        }
        Ok(())
    }

    fn elements(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let model = self.model;
        self.heading("What there is", out)?;
        for neighbour in &model.neighbours {
            let what = neighbour.what.as_ref().map(|what| what.value.clone());
            let run_by = neighbour.run_by.as_ref().map(|by| format!("run by {}", by.value));
            let told = said([what, run_by, self.stands(neighbour.zone.as_deref())]);
            self.line("neighbour", model.called(&neighbour.id.value), &told, out)?;
        }
        for part in &model.components {
            let kind = part.kind.as_ref().map_or("part", |kind| kind.value.as_str());
            let crates = (!part.crates.is_empty()).then(|| format!("crates {}", list(&part.crates)));
            let out_of = part.out_of_scope.as_ref().map(|reason| format!("out of scope, {}", reason.value));
            let told = said([crates, self.stands(part.zone.as_deref()), out_of]);
            self.line(kind, model.called(&part.id.value), &told, out)?;
        }
        for role in &model.roles {
            let may = (!role.may.is_empty()).then(|| format!("may {}", list(&role.may)));
            self.line("role", model.called(&role.id.value), &said([may]), out)?;
        }
        for asset in &model.assets {
            let class = (!asset.class.is_empty()).then(|| list(&asset.class));
            let safety = asset.safety.as_ref().filter(|safety| safety.value).map(|_| "safety".to_owned());
            self.line("asset", model.called(&asset.id.value), &said([class, safety]), out)?;
        }
        for boundary in &model.boundaries {
            let between: Vec<&str> = boundary.between.iter().map(|side| model.called(&side.value)).collect();
            self.line("boundary", model.called(&boundary.id.value), &between.join(" | "), out)?;
        }
        Ok(())
    }

    fn stands(&self, zone: Option<&str>) -> Option<String> {
        zone.map(|zone| format!("in {}", self.model.called(zone)))
    }

    fn interfaces(&self, out: &mut dyn io::Write) -> io::Result<()> {
        if self.model.interfaces.is_empty() {
            return Ok(());
        }
        self.heading("Interfaces", out)?;
        for interface in &self.model.interfaces {
            let word = |text: &Option<Placed<String>>| text.as_ref().map(|text| text.value.clone());
            let on = interface.on.as_ref().map(|on| format!("of {}", self.model.called(&on.value)));
            let port = interface.port.as_ref().map(|port| format!("port {}", port.value));
            let roles = (!interface.roles.is_empty()).then(|| format!("for {}", list(&interface.roles)));
            let code = (!interface.code.is_empty()).then(|| format!("code {}", list(&interface.code)));
            let told = said([
                word(&interface.kind),
                on,
                port,
                word(&interface.bind).map(|bind| format!("bind {bind}")),
                word(&interface.protocol),
                roles,
                word(&interface.state),
                code,
            ]);
            self.line("", self.model.called(&interface.id.value), &told, out)?;
        }
        Ok(())
    }

    fn flows(&self, out: &mut dyn io::Write) -> io::Result<()> {
        if self.model.flows.is_empty() {
            return Ok(());
        }
        self.heading("What flows", out)?;
        let ways = self.model.ways();
        for flow in &self.model.flows {
            let name = self.model.name_of(flow).map_or_else(String::new, |name| format!("{name}: "));
            self.line("", &format!("{name}{}", self.way(flow, &ways)), "", out)?;
        }
        Ok(())
    }

    fn way(&self, flow: &Flow, ways: &Ways<'_>) -> String {
        let model = self.model;
        let end = |end: &Option<Placed<String>>| {
            end.as_ref().map_or("nothing", |end| model.called(&end.value)).to_owned()
        };
        let both = flow.both_ways.as_ref().is_some_and(|both| both.value);
        let arrow = if both { "<->" } else { "->" };
        let encryption = match ways.hides(flow) {
            Some(true) => "encrypted",
            Some(false) => "in the clear",
            None => "encryption not said",
        };
        let crosses = ways
            .crossing(flow)
            .map(|(from, to)| format!("from {} into {}", model.called(from), model.called(to)));
        said([
            Some(format!("{} {arrow} {}", end(&flow.from), end(&flow.to))),
            flow.protocol.as_ref().map(|protocol| protocol.value.clone()),
            flow.via.as_ref().map(|via| format!("through {}", model.called(&via.value))),
            Some(encryption.to_owned()),
            crosses,
        ])
    }

    fn threats(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.heading("Threats", out)?;
        if self.model.threats.is_empty() {
            return writeln!(out, "  none is named");
        }
        let (open, answered): (Vec<_>, Vec<_>) =
            self.model.threats.iter().partition(|threat| self.standings.is_open(threat));
        for threat in open.into_iter().chain(answered) {
            self.threat(threat, out)?;
        }
        Ok(())
    }

    fn threat(&self, threat: &Threat, out: &mut dyn io::Write) -> io::Result<()> {
        let model = self.model;
        let (ink, word) = match self.standings.why(threat) {
            Some(_) => (Ink::Bad, "open"),
            None => (Ink::Good, threat.answer.as_ref().map_or("", |answer| answer.value.word())),
        };
        let id = if model.has_own_ids() { format!("{} ", threat.id.value) } else { String::new() };
        let affects: Vec<&str> = threat.affects.iter().map(|id| model.called(&id.value)).collect();
        let on = if affects.is_empty() { String::new() } else { format!(" ({})", affects.join(", ")) };
        let line = visible(&format!("{id}{}{on}", threat.title.value));
        // Painted after it was broken, so that a colour does not count as letters.
        let rest = wrapped(&line, self.style.width, &" ".repeat(17), &" ".repeat(17));
        writeln!(out, "  {}{}", self.style.paint(ink, &format!("{word:<15}")), rest.trim_start())?;
        let mut below = |text: String| {
            let indent = " ".repeat(17);
            writeln!(out, "{}", wrapped(&visible(&text), self.style.width, &indent, &format!("{indent}  ")))
        };
        if let Some(why) = self.standings.why(threat) {
            below(why.to_owned())?;
        }
        for mitigation in threat.by.iter().filter_map(|id| model.mitigation(&id.value)) {
            below(mitigation_line(mitigation, model.has_own_ids()))?;
        }
        if let Some(acceptance) = threat.accepted.as_ref().and_then(|id| model.acceptance(&id.value)) {
            let by = acceptance.by.as_ref().map_or("nobody", |by| by.value.as_str());
            let until =
                acceptance.until.as_ref().map_or("for ever".to_owned(), |day| format!("until {}", day.value));
            let reason = acceptance.reason.as_ref().map_or("no reason", |reason| reason.value.as_str());
            below(format!("accepted by {by} {until}: {reason}"))?;
        }
        if let Some(reason) = &threat.reason {
            below(reason.value.clone())?;
        }
        Ok(())
    }
}

fn mitigation_line(mitigation: &Mitigation, id: bool) -> String {
    let id = if id { format!("{} ", mitigation.id.value) } else { String::new() };
    let counted = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        count => Some(format!("{count} {word}s")),
    };
    let shown = said([
        counted(mitigation.tests.len(), "test"),
        counted(mitigation.thwart.len(), "attack"),
        counted(mitigation.evidence.len(), "record"),
    ]);
    let shown = if shown.is_empty() { "nothing shows it".to_owned() } else { shown };
    format!("{id}{} [{}; {shown}]", mitigation.what.value, mitigation.state.value.word())
}

/// The ids of a list.
fn list(ids: &[Placed<String>]) -> String {
    ids.iter().map(|id| id.value.as_str()).collect::<Vec<_>>().join(", ")
}

/// What is said, in one line.
fn said<const N: usize>(words: [Option<String>; N]) -> String {
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
