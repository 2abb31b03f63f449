//! The report as the compiler's diagnostics: one JSON object a line, as `rustc --error-format=json` writes them, for
//! editors and whatever else reads cargo's messages.
//!
//! A finding that fails the run is an error, any other a warning; each has a `code`, and a remedy that needs no
//! thought is a suggestion that `cargo fix` and editors apply. Editors drop what stands in a file they have not
//! loaded, and that is every file but Rust sources and the manifests of members: a finding elsewhere is anchored at the
//! first of these manifests, and names its place in words and as a second span.

use std::io;

use serde::Serialize;

use crate::facts::{Gap, Kind};
use crate::finding::{Edit, Fix};
use crate::rule::{Rule, Tier};
use crate::source::{Location, Source};

use super::text::{Ink, Style, first_paragraph, visible};
use super::{Report, Told, Verdict};

/// What stands before the name of a rule in a `code`, as `clippy::` does before the name of a lint.
const SOURCE: &str = "health_sec";

/// The `code` of what could not be looked at.
pub const NOT_TOLD: &str = "could_not_tell";

/// A diagnostic of the compiler, as far as it is written here.
#[derive(Debug, Clone, Serialize)]
pub struct Diagnostic {
    #[serde(rename = "$message_type")]
    message_type: &'static str,
    message: String,
    code: Option<Code>,
    level: &'static str,
    spans: Vec<Span>,
    children: Vec<Diagnostic>,
    rendered: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Code {
    code: String,
    explanation: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Span {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    line_start: usize,
    line_end: usize,
    column_start: usize,
    column_end: usize,
    is_primary: bool,
    text: Vec<Line>,
    label: Option<String>,
    suggested_replacement: Option<String>,
    suggestion_applicability: Option<&'static str>,
    expansion: Option<()>,
}

#[derive(Debug, Clone, Serialize)]
struct Line {
    text: String,
    highlight_start: usize,
    highlight_end: usize,
}

/// A line is shown up to so many bytes: generated ones have megabytes.
const WIDEST: usize = 400;

/// Writes the report: the worst findings first.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for told in report.told() {
        serde_json::to_writer(&mut *out, &diagnostic(report, &told))?;
        writeln!(out)?;
    }
    Ok(())
}

/// A finding as the compiler would tell it.
#[must_use]
pub fn diagnostic(report: &Report, told: &Told<'_>) -> Diagnostic {
    let rule = told.rule();
    of(report, told, &format!("`cargo health-sec explain {}` tells why", rule.id))
}

/// A finding as the compiler would tell it, with the address of the page of its rule.
#[must_use]
pub fn with_page(report: &Report, told: &Told<'_>, address: impl Fn(&Rule) -> String) -> Diagnostic {
    let rule = told.rule();
    let why = "tells why; for further information visit";
    of(report, told, &format!("`cargo health-sec explain {}` {why} {}", rule.id, address(rule)))
}

fn of(report: &Report, told: &Told<'_>, page: &str) -> Diagnostic {
    let finding = &told.judged.finding;
    let level = if told.closes { "error" } else { "warning" };
    let (message, mut spans) = anchored(report, &finding.at, &finding.message);
    spans.extend(
        finding
            .related
            .iter()
            .filter(|(at, _)| is_loaded(at.path()))
            .map(|(at, why)| span(at, false, Some(why))),
    );
    let mut children: Vec<Diagnostic> = finding.help.iter().map(|help| child("help", help)).collect();
    children.extend(finding.fix.iter().filter_map(suggestion));
    children.push(child("note", &format!("{}: {}", told.rule().title, first_paragraph(told.rule().remedy))));
    children.push(child("note", page));
    Diagnostic::new(level, told.rule().id, message, spans, children, Some(&finding.at))
}

/// What could not be looked at, as the compiler would tell it: an error where a rule of the gate needed it.
#[must_use]
pub fn gap(report: &Report, gap: &Gap) -> Diagnostic {
    let blind = report.outcomes.iter().any(|outcome| {
        outcome.verdict == Verdict::Undetermined
            && outcome.tier >= if report.strict { Tier::Warn } else { Tier::Gate }
            && outcome.rule.inspects.contains(&gap.kind)
    });
    // That data has grown old is no fault in what is compiled.
    let level = if blind && !report.is_merely_old() { "error" } else { "warning" };
    let at = gap.at.clone().unwrap_or_else(|| anchor(report));
    let (message, spans) = anchored(report, &at, &report.portable(&unseen(gap)));
    Diagnostic::new(level, NOT_TOLD, message, spans, vec![child("help", &gap.remedy)], gap.at.as_ref())
}

/// What could not be looked at and why, for whoever has not asked for a report: a name alone says little to them.
pub(super) fn unseen(gap: &Gap) -> String {
    let Gap { kind, what, why, .. } = gap;
    match kind {
        Kind::Advisories if gap.aged => {
            format!("the advisories at hand ({what}) are too old to judge by: {why}")
        }
        Kind::Advisories => format!("could not look at the advisories ({what}): {why}"),
        _ => format!("could not look at {what}: {why}"),
    }
}

/// What went wrong beside all findings, as the compiler would tell it, at the top of a manifest.
#[must_use]
pub fn failure(level: &'static str, manifest: &str, message: &str, help: &str) -> Diagnostic {
    let manifest = Source::new(manifest, "");
    let spans = vec![span(&manifest.whole(), true, None)];
    Diagnostic::new(level, NOT_TOLD, visible(message), spans, vec![child("help", help)], None)
}

/// The message and the spans of a place that editors show.
fn anchored(report: &Report, at: &Location, message: &str) -> (String, Vec<Span>) {
    let anchor = anchor(report);
    let root = &report.facts.workspace.manifest.source;
    if is_loaded(at.path()) && (at.path() != root.path() || anchor.path() == root.path()) {
        return (visible(message), vec![span(at, true, None)]);
    }
    let spans = vec![span(&anchor, true, None), span(at, false, Some(message))];
    (format!("{} ({})", visible(message), visible(&at.to_string())), spans)
}

/// Where editors show what stands elsewhere: the manifest at the root, if it is that of a package, else that of the
/// first member.
#[must_use]
pub fn anchor(report: &Report) -> Location {
    let workspace = &report.facts.workspace;
    let of_package = workspace.manifest.value.get(&["package"]).is_some();
    let first = workspace.members.first().filter(|_| !of_package).map(|member| &member.manifest);
    first.unwrap_or(&workspace.manifest).source.whole()
}

impl Diagnostic {
    fn new(
        level: &'static str,
        code: &str,
        message: String,
        spans: Vec<Span>,
        children: Vec<Self>,
        at: Option<&Location>,
    ) -> Self {
        let code = format!("{SOURCE}::{code}");
        let rendered = Some(rendered(level, &code, &message, at, &children));
        let code = Some(Code { code, explanation: None });
        Self { message_type: "diagnostic", message, code, level, spans, children, rendered }
    }

    /// What people see in a terminal.
    #[must_use]
    pub fn rendered(&self, style: Style) -> String {
        painted(self.rendered.as_deref().unwrap_or_default(), style)
    }

    /// The same in one line; where something could not be looked at, with what mends that.
    #[must_use]
    pub fn in_one_line(&self, style: Style) -> String {
        let rendered = self.rendered.as_deref().unwrap_or_default();
        let place = rendered.lines().nth(1).and_then(|line| line.trim_start().strip_prefix("--> "));
        let is_gap = self.code.as_ref().is_some_and(|code| code.code.ends_with(NOT_TOLD));
        let remedy = self.children.iter().find(|child| is_gap && child.level == "help");
        let remedy = remedy.map_or_else(String::new, |help| format!("; mend: {}", help.message));
        let head = rendered.lines().next().unwrap_or_default().to_owned() + &remedy;
        let place = place.map(|place| format!("({place})")).filter(|place| !head.ends_with(place));
        painted(&place.map_or_else(|| head.clone(), |place| format!("{head} {place}")), style) + "\n"
    }

    /// True where it fails the run.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.level == "error"
    }
}

/// What people see in a terminal, its head in the colours of the compiler.
#[must_use]
pub fn painted(rendered: &str, style: Style) -> String {
    let (head, rest) = rendered.split_at(rendered.find('\n').unwrap_or(rendered.len()));
    let Some((level, message)) = head.split_once(": ") else { return rendered.to_owned() };
    let ink = if level.starts_with("error") { Ink::Bad } else { Ink::Warn };
    format!("{}{}{rest}", style.paint(ink, level), style.paint(Ink::Strong, &format!(": {message}")))
}

/// True for a file that an editor for Rust has loaded.
fn is_loaded(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending == "rs" || name == "Cargo.toml"
}

fn child(level: &'static str, text: &str) -> Diagnostic {
    Diagnostic {
        message_type: "diagnostic",
        message: visible(text),
        code: None,
        level,
        spans: Vec::new(),
        children: Vec::new(),
        rendered: None,
    }
}

/// A remedy as a suggestion; none where one of its edits can't be made, or lies in a file that no editor has loaded.
fn suggestion(fix: &Fix) -> Option<Diagnostic> {
    let replaced = |edit: &Edit| {
        let (at, text) = edit.replacement().filter(|(at, _)| is_loaded(at.path()))?;
        let mut span = span(&at, true, None);
        span.suggested_replacement = Some(text);
        span.suggestion_applicability = Some("MachineApplicable");
        Some(span)
    };
    let spans = fix.edits.iter().map(replaced).collect::<Option<Vec<_>>>()?;
    Some(Diagnostic { spans, ..child("help", &fix.what) })
}

fn span(at: &Location, is_primary: bool, label: Option<&str>) -> Span {
    let ((line_start, column_start), (line_end, column_end)) = (at.start(), at.end());
    Span {
        file_name: at.path().to_owned(),
        byte_start: at.bytes().start,
        byte_end: at.bytes().end,
        line_start,
        line_end,
        column_start,
        column_end,
        is_primary,
        text: vec![line(at)],
        label: label.map(visible),
        suggested_replacement: None,
        suggestion_applicability: None,
        expansion: None,
    }
}

/// The first line of a place.
fn line(at: &Location) -> Line {
    let (text, bytes) = (at.source().text(), at.bytes());
    let start = text[..bytes.start].rfind('\n').map_or(0, |end| end + 1);
    let end = text[start..].find('\n').map_or(text.len(), |end| start + end);
    let (first, last) = (at.start(), at.end());
    let whole = &text[start..end];
    let cut = whole.char_indices().map(|(at, _)| at).take_while(|at| *at <= WIDEST).last().unwrap_or(0);
    let shown = if whole.len() > WIDEST { &whole[..cut] } else { whole };
    let width = shown.chars().count() + 1;
    let ends = if last.0 == first.0 { last.1 } else { width };
    Line {
        text: visible(shown.trim_end_matches('\r')),
        highlight_start: first.1.min(width),
        highlight_end: ends.min(width).max(first.1.min(width)),
    }
}

/// What people see in a terminal.
fn rendered(
    level: &str,
    code: &str,
    message: &str,
    at: Option<&Location>,
    children: &[Diagnostic],
) -> String {
    let mut lines = vec![format!("{level}[{code}]: {message}")];
    let number = at.map(|at| at.line().to_string()).unwrap_or_default();
    let margin = " ".repeat(number.len());
    if let Some(at) = at {
        let Line { text, highlight_start, highlight_end } = line(at);
        let before = " ".repeat(highlight_start - 1);
        let marks = "^".repeat((highlight_end - highlight_start).max(1));
        lines.extend([
            format!("{margin}--> {}", visible(&at.to_string())),
            format!("{margin} |"),
            format!("{number} | {}", text.replace('\t', " ")),
            format!("{margin} | {before}{marks}"),
            format!("{margin} |"),
        ]);
    }
    lines.extend(children.iter().map(|child| format!("{margin} = {}: {}", child.level, child.message)));
    lines.join("\n") + "\n\n"
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::finding::New;
    use crate::report::fixture;

    fn diagnostics(report: &Report) -> Vec<Value> {
        let mut bytes = Vec::new();
        write(report, &mut bytes).expect("a report");
        let text = String::from_utf8(bytes).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[test]
    fn a_diagnostic_has_what_cargo_and_editors_need() {
        let folder = tempfile::tempdir().expect("a folder");
        for diagnostic in diagnostics(&fixture::report(folder.path())) {
            assert_eq!(diagnostic["$message_type"], "diagnostic");
            assert!(diagnostic["code"]["code"].as_str().is_some_and(|code| code.starts_with("health_sec::")));
            assert!(["error", "warning"].contains(&diagnostic["level"].as_str().expect("a level")));
            let rendered = diagnostic["rendered"].as_str().expect("cargo drops what has no text");
            assert!(!rendered.contains(['\u{1b}', '\u{202e}']), "{rendered}");
            let primary = diagnostic["spans"].as_array().expect("spans").iter();
            assert_eq!(primary.filter(|span| span["is_primary"] == true).count(), 1);
        }
    }

    #[test]
    fn what_no_editor_has_loaded_is_anchored_at_the_manifest() {
        let folder = tempfile::tempdir().expect("a folder");
        let facts = fixture::workspace(folder.path(), None);
        let found = fixture::findings("waiver_unused", [fixture::place("health-sec.toml", "a = 1\nb = 2\n")]);
        let report = Report::new(&fixture::request(folder.path()), facts, found);
        let [diagnostic] = diagnostics(&report).try_into().expect("one");
        assert_eq!(diagnostic["spans"][0]["file_name"], "Cargo.toml");
        assert_eq!(diagnostic["spans"][0]["line_start"], 1);
        assert_eq!(diagnostic["spans"][1]["file_name"], "health-sec.toml");
        assert!(diagnostic["message"].as_str().is_some_and(|text| text.contains("health-sec.toml:")));
    }

    #[test]
    fn a_remedy_is_a_suggestion() {
        let folder = tempfile::tempdir().expect("a folder");
        let facts = fixture::workspace(folder.path(), None);
        let place = fixture::place("Cargo.toml", "[package]\nname = \"pump\"\n");
        let mut found = fixture::findings("waiver_unused", [place.clone()]);
        let edit = Edit::set(place.source(), &["lints", "workspace"], New::Truth(true));
        found[0].mended_by("inherit the lints", vec![edit]);
        let report = Report::new(&fixture::request(folder.path()), facts, found);
        let [diagnostic] = diagnostics(&report).try_into().expect("one");
        let mut children = diagnostic["children"].as_array().expect("children").iter();
        let child = children.find(|child| child["message"] == "inherit the lints").expect("a suggestion");
        assert_eq!(child["spans"][0]["suggestion_applicability"], "MachineApplicable");
        let text = child["spans"][0]["suggested_replacement"].as_str().expect("a text");
        assert!(text.contains("workspace = true"), "{text}");
    }
}
