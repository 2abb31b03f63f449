//! Rules: what a page in `rules/` says.
//!
//! A page is the specification, the manual, the text of `explain`, the SARIF help and the test of
//! its rule. This module reads pages; it knows nothing of the facts a check looks at.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use crate::document::{self, Fields, Value};
use crate::error::Fault;
use crate::facts::Kind;
use crate::source::Source;

/// How much harm a finding can stand for; one rule, one severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Untidy; weakens evidence.
    Low,
    /// Weakens a defence.
    Medium,
    /// Opens a way in, or hides one.
    High,
    /// Known to be exploited or made to harm.
    Critical,
}

/// What a finding does to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Evidence only.
    Register,
    /// Shown; fails with `--strict`.
    Warn,
    /// Fails the run.
    Gate,
}

/// Whether a check can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// A finding states what is written.
    Exact,
    /// A finding rests on an inference that can be wrong.
    Likely,
}

macro_rules! words {
    ($type:ident: $($word:literal = $variant:ident),+) => {
        impl $type {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// The word as written on a page and in reports.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

words!(Severity: "low" = Low, "medium" = Medium, "high" = High, "critical" = Critical);
words!(Tier: "register" = Register, "warn" = Warn, "gate" = Gate);
words!(Certainty: "exact" = Exact, "likely" = Likely);

/// A clause number of IEC 81001-5-1, such as `5.5.1`. Ordered by its numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClauseNumber(Vec<u32>, Option<char>);

impl FromStr for ClauseNumber {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (numbers, letter) = match text.split_once(' ') {
            Some((numbers, letter)) => {
                let mut letters = letter.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter @ 'a'..='z'), None) => (numbers, Some(letter)),
                    _ => return Err(format!("`{text}` is no clause number")),
                }
            }
            None => (text, None),
        };
        let numbers: Result<Vec<u32>, _> = numbers.split('.').map(str::parse).collect();
        numbers.map(|numbers| Self(numbers, letter)).map_err(|_| format!("`{text}` is no clause number"))
    }
}

impl fmt::Display for ClauseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&numbers.join("."))?;
        self.1.map_or(Ok(()), |letter| write!(f, " {letter}"))
    }
}

/// A clause of the standard as this project speaks of it, from `rules/clauses.toml`.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Its number.
    pub number: ClauseNumber,
    /// Its title.
    pub title: String,
    /// What it demands, in our own words.
    pub demand: String,
    /// What a tool can show of it, and what it cannot.
    pub shows: String,
}

/// What a page says of its rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The name: file stem, function, test, id in reports and waivers.
    pub id: &'static str,
    /// The folder of the page: `code`, `components`, ...
    pub family: &'static str,
    /// The first heading of the page.
    pub title: &'static str,
    /// How much harm a finding can stand for.
    pub severity: Severity,
    /// What a finding does to the run.
    pub tier: Tier,
    /// The same where a release is judged: what may stand while the product is made.
    pub release: Tier,
    /// Whether the check can be wrong.
    pub certainty: Certainty,
    /// The clauses it serves.
    pub clauses: Vec<ClauseNumber>,
    /// CWE numbers of the weaknesses it finds.
    pub cwe: Vec<u32>,
    /// Ids in other guidance, such as `ANSSI LANG-UNSAFE`.
    pub sources: Vec<String>,
    /// The kinds of fact the check looks at; a gap in one of them leaves the rule undetermined.
    pub inspects: Vec<Kind>,
    /// The version of this tool that brought the rule.
    pub since: String,
    /// Where the rule compares with a decision of the manufacturer: the command that starts the
    /// decision. Without a policy such a rule is undecided, not unmet.
    pub decided_by: Option<String>,
    /// Why the rule matters: the prose between title and remedy, as Markdown.
    pub rationale: &'static str,
    /// What to do: the section `Remedy`, as Markdown.
    pub remedy: &'static str,
    /// Workspaces with findings.
    pub bad: Vec<Example>,
    /// Workspaces without.
    pub good: Vec<Example>,
    /// The page as a whole.
    pub page: &'static str,
}

/// A small workspace on a page.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    text: &'static str,
    /// The line of the page on which it starts.
    pub line: usize,
}

impl Rule {
    /// Reads a page.
    ///
    /// # Errors
    /// Every fault of the page: unknown keys and sections, no head, no title, no example.
    pub fn read(family: &'static str, id: &'static str, page: &'static str) -> Result<Self, Vec<Fault>> {
        let source = Source::new(format!("rules/{family}/{id}.md"), page);
        let mut faults = Vec::new();
        let rule = read_page(&source, family, id, page, &mut faults);
        match rule {
            Some(rule) if faults.is_empty() => Ok(rule),
            _ => Err(faults),
        }
    }
}

fn read_page(
    source: &Arc<Source>,
    family: &'static str,
    id: &'static str,
    page: &'static str,
    faults: &mut Vec<Fault>,
) -> Option<Rule> {
    let Some((head, body)) = split_head(page) else {
        faults.push(document::fault(&source.whole(), "the page does not start with a ```toml block", None));
        return None;
    };
    // Blank lines keep the places of the head those of the page.
    let head_source = Source::new(source.path(), format!("\n{head}"));
    let head = match document::parse(&head_source) {
        Ok(head) => head,
        Err(error) => {
            faults.push(document::fault(&error.at, error.message, None));
            return None;
        }
    };
    let at = page.len() - body.len();
    let sections = Sections::split(body, at, page[..at].matches('\n').count() + 1);
    for (name, at) in &sections.unknown {
        let location = source.at(*at..*at + name.len());
        faults.push(document::fault(
            &location,
            format!("`{name}` is no section of a page"),
            Some("Remedy, Bad, Good".into()),
        ));
    }
    for (what, missing) in [
        ("title", sections.title.is_empty()),
        ("rationale", sections.rationale.is_empty()),
        ("section `Remedy`", sections.remedy.is_empty()),
        ("example in `Bad`", sections.bad.is_empty()),
        ("example in `Good`", sections.good.is_empty()),
    ] {
        if missing {
            faults.push(document::fault(&source.whole(), format!("the page has no {what}"), None));
        }
    }
    read_head(&head, faults, family, id, page, sections)
}

fn read_head(
    head: &Value,
    faults: &mut Vec<Fault>,
    family: &'static str,
    id: &'static str,
    page: &'static str,
    sections: Sections,
) -> Option<Rule> {
    let mut fields = Fields::new(head, "the head of a page", faults);
    let severity = fields.word("severity", Severity::WORDS);
    let tier = fields.word("tier", Tier::WORDS);
    let release = fields.word("release", Tier::WORDS);
    let certainty = fields.word("certainty", Certainty::WORDS);
    let since = fields.required("since");
    let decided_by = fields.string("decided_by").map(|text| text.value);
    let sources = fields.strings("sources").into_iter().map(|text| text.value).collect();
    let mut clauses = Vec::new();
    for text in fields.strings("clauses") {
        match text.value.parse() {
            Ok(clause) => clauses.push(clause),
            Err(message) => fields.fault(&text.at, message, None),
        }
    }
    let mut inspects = Vec::new();
    for text in fields.strings("inspects") {
        match Kind::WORDS.iter().find(|(word, _)| *word == text.value) {
            Some((_, kind)) => inspects.push(*kind),
            None => fields.fault(&text.at, format!("`{}` is no kind of fact", text.value), None),
        }
    }
    let cwe = fields.value("cwe").map(Value::items).unwrap_or_default();
    let cwe = cwe.iter().filter_map(Value::as_integer).filter_map(|id| u32::try_from(id).ok()).collect();
    for (key, absent) in [
        ("severity", severity.is_none()),
        ("tier", tier.is_none()),
        ("certainty", certainty.is_none()),
        ("clauses", clauses.is_empty()),
        ("inspects", inspects.is_empty()),
    ] {
        if absent {
            fields.fault(&head.at(), format!("the head has no usable `{key}`"), None);
        }
    }
    fields.finish();
    Some(Rule {
        id,
        family,
        title: sections.title,
        severity: severity?.value,
        release: release.as_ref().or(tier.as_ref())?.value,
        tier: tier?.value,
        certainty: certainty?.value,
        clauses,
        cwe,
        sources,
        inspects,
        since: since?.value,
        decided_by,
        rationale: sections.rationale,
        remedy: sections.remedy,
        bad: sections.bad,
        good: sections.good,
        page,
    })
}

/// The TOML head of a page and what follows it.
fn split_head(page: &'static str) -> Option<(&'static str, &'static str)> {
    let rest = page.strip_prefix("```toml\n")?;
    let end = rest.find("\n```\n")?;
    Some((&rest[..=end], &rest[end + 5..]))
}

#[derive(Default)]
struct Sections {
    title: &'static str,
    rationale: &'static str,
    remedy: &'static str,
    bad: Vec<Example>,
    good: Vec<Example>,
    unknown: Vec<(&'static str, usize)>,
}

impl Sections {
    /// Splits what follows the head of a page at its headings; headings inside code blocks are code. `at` is where it
    /// begins on the page, `line` the line of that.
    fn split(body: &'static str, mut at: usize, mut line: usize) -> Self {
        let mut sections = Self::default();
        let (mut heading, mut start, mut start_line, begin) = ("", at, line, at);
        let mut in_code = false;
        let end = at + body.len();
        for text in body.split_inclusive('\n') {
            let trimmed = text.trim_end();
            if trimmed.starts_with("```") {
                in_code = !in_code;
            }
            let (here, next) = (at, at + text.len());
            (at, line) = (next, line + 1);
            if in_code {
                continue;
            }
            if let Some(title) = trimmed.strip_prefix("# ") {
                sections.title = title;
                (start, start_line) = (next, line);
            } else if let Some(name) = trimmed.strip_prefix("## ") {
                sections.add(heading, &body[start - begin..here - begin], start, start_line);
                (heading, start, start_line) = (name, next, line);
            }
        }
        sections.add(heading, &body[start - begin..end - begin], start, start_line);
        sections
    }

    fn add(&mut self, heading: &'static str, text: &'static str, at: usize, line: usize) {
        // "Bad: an alias" names an example; the part before the colon says what it shows.
        match heading.split(':').next().unwrap_or_default() {
            "" => self.rationale = text.trim(),
            "Remedy" => self.remedy = text.trim(),
            "Bad" => self.bad.push(Example { text, line }),
            "Good" => self.good.push(Example { text, line }),
            _ => self.unknown.push((heading, at)),
        }
    }
}

impl Example {
    /// Path and text of each file; marks are still in the text.
    ///
    /// A block is named by a path in backticks on the last line before it; without one it is
    /// `src/lib.rs`, or `Cargo.toml` for a TOML block. Each section is one workspace.
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        let mut name: Option<String> = None;
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            if let Some(language) = line.strip_prefix("```") {
                let code: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
                let default = if language.starts_with("toml") { "Cargo.toml" } else { "src/lib.rs" };
                let path = name.take().unwrap_or_else(|| default.to_owned());
                files.push((path, code.join("\n") + "\n"));
            } else if let Some(path) = line.trim().strip_prefix('`').and_then(|rest| rest.split_once('`')) {
                name = Some(path.0.to_owned());
            } else if !line.trim().is_empty() {
                name = None;
            }
        }
        files
    }
}

/// The clauses of the standard that this project knows.
///
/// # Panics
/// When the embedded list is broken, which a test rules out.
#[must_use]
pub fn clauses() -> &'static [Clause] {
    static CLAUSES: LazyLock<Vec<Clause>> = LazyLock::new(|| {
        let source = Source::new("rules/clauses.toml", include_str!("../rules/clauses.toml"));
        #[expect(clippy::expect_used, reason = "the embedded list is read by a test")]
        read_clauses(&source).expect("the embedded clauses are well formed")
    });
    &CLAUSES
}

fn read_clauses(source: &Arc<Source>) -> Result<Vec<Clause>, Vec<Fault>> {
    let value =
        document::parse(source).map_err(|error| vec![document::fault(&error.at, error.message, None)])?;
    let mut faults = Vec::new();
    let mut clauses = Vec::new();
    for entry in value.get(&["clause"]).map(Value::entries).unwrap_or_default() {
        let number = entry
            .key
            .parse()
            .map_err(|message: String| vec![document::fault(&entry.key_at, message, None)])?;
        let mut fields = Fields::new(&entry.value, "a clause", &mut faults);
        let title = fields.required("title");
        let demand = fields.required("demand");
        let shows = fields.required("shows");
        fields.finish();
        if let (Some(title), Some(demand), Some(shows)) = (title, demand, shows) {
            clauses.push(Clause { number, title: title.value, demand: demand.value, shows: shows.value });
        }
    }
    clauses.sort_by(|a, b| a.number.cmp(&b.number));
    if faults.is_empty() { Ok(clauses) } else { Err(faults) }
}
