//! The register in every format: against its schema, at several widths, with hostile names; ways.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::checks;
use crate::facts::advisories::{Advisory, AdvisoryKind, Hit, Reach};
use crate::facts::components::{Component, Declared, Link, Node, Origin};
use crate::facts::integrity::{Difference, How as Altered, Verified};
use crate::facts::inventory::{Capability, Part, Seen};
use crate::facts::registry::Published;
use crate::facts::vetting::{How, Vetted};
use crate::facts::workspace::EdgeKind;
use crate::facts::{Facts, Gap};
use crate::policy::Class;
use crate::report::text::Detail;
use crate::request::{Request, Scope};
use crate::source::Source;

const SCHEMA: &str = include_str!("../../../schemas/components-1.schema.json");

const HOSTILE: &str = "=cmd|'/c calc'!A1\u{1b}[2J\u{202e}\r\n`|<b>,\"";

const POLICY: &str = r#"
[product]
name = "Pump"

[classes]
default = "maintained"

[component.time]
class = "supported"
reason = "=1+1"
purpose = "clock, of the \"pump\""
reviewed_on = 2026-10-01
reviewed_by = "a.person"

[component.smallvec.fork]
of = "smallvec@1.6.0"
reason = "a mended copy"

[[item]]
name = "Yocto Linux"
version = "5.0"
kind = "operating-system"
class = "required"

[[waiver]]
rule = "component_vulnerable"
place = "RUSTSEC-2020-0071"
reason = "no environment is set"
by = "a.person"
until = 2027-01-31
status = "not_affected"
justification = "vulnerable_code_not_in_execute_path"
"#;

fn component(name: &str, version: &str, ships: Ships, origin: Origin) -> Component {
    let source =
        Source::new("Cargo.lock", format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n"));
    Component {
        name: name.to_owned(),
        version: semver::Version::parse(version).expect("a version"),
        origin,
        checksum: Some("00".repeat(32)),
        ships,
        why: vec!["pump 0.1.0".to_owned(), format!("{name} {version}")],
        edges: [EdgeKind::Normal].into(),
        features: vec!["std".to_owned()],
        folder: None,
        build_script: Some(false),
        proc_macro: Some(false),
        links: None,
        declared: Declared {
            licence: Some("MIT OR Apache-2.0".to_owned()),
            authors: vec!["A. Person <a@example.org>".to_owned()],
            edition: Some("2021".to_owned()),
            ..Declared::default()
        },
        at: source.whole(),
    }
}

fn seen(places: u32, able: &[Capability]) -> Seen {
    let mut library =
        Part { files: 1, bytes: 9, capabilities: able.iter().copied().collect(), ..Part::default() };
    library.unsafe_tokens.blocks = places;
    Seen { library, ..Seen::default() }
}

fn advisory() -> Advisory {
    Advisory {
        id: "RUSTSEC-2020-0071".to_owned(),
        package: "time".to_owned(),
        toolchain: false,
        registry: None,
        kind: AdvisoryKind::Vulnerability,
        patched: vec![">=0.2.23".to_owned()],
        unaffected: Vec::new(),
        aliases: vec!["CVE-2020-26235".to_owned()],
        cvss: None,
        severity: Some("medium"),
        categories: Vec::new(),
        functions: Vec::new(),
        os: Vec::new(),
        arch: Vec::new(),
        date: jiff::civil::date(2020, 11, 18),
        withdrawn: None,
        url: None,
    }
}

/// A register with a component of each sort, each fact known of one and unknown of another.
fn report(root: &Path) -> Report {
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    put("Cargo.toml", "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    put("src/lib.rs", "//! A pump.\n");
    put("health-sec.toml", POLICY);
    let request = Request {
        resolve: false,
        scope: Scope::Components,
        ..Request::new(root, jiff::civil::date(2026, 11, 1))
    };
    let mut facts = Facts::gather(&request).expect("facts");
    let git =
        Origin::Git { url: "https://example.org/gauge.git".to_owned(), commit: Some("c0ffee".to_owned()) };
    let forked = Origin::Path { folder: Some("forks/smallvec".to_owned()) };
    facts.components.resolved = true;
    facts.components.all = vec![
        component(HOSTILE, "0.0.1", Ships::Locked, Origin::Registry { url: HOSTILE.to_owned() }),
        component("gauge", "0.3.0", Ships::Build, git),
        component("smallvec", "1.6.0", Ships::Product, forked),
        component("time", "0.1.43", Ships::Product, Origin::CratesIo),
    ];
    facts.components.members = [(0, Ships::Product)].into();
    facts.components.links = vec![
        Link { from: Node::Member(0), to: Node::Component(3), kind: Some(EdgeKind::Normal) },
        Link { from: Node::Member(0), to: Node::Component(3), kind: Some(EdgeKind::Dev) },
        Link { from: Node::Component(2), to: Node::Component(3), kind: None },
    ];
    facts.inventory.of =
        [(2, seen(7, &[])), (3, seen(3, &[Capability::Net, Capability::Env]))].into_iter().collect();
    let day = jiff::civil::date(2016, 1, 2);
    let published = Published {
        yanked: true,
        on: Some(day),
        newest: Some((semver::Version::new(0, 3, 9), None)),
        last_release: None,
    };
    facts.registry.of = [(3, published)].into();
    let same = Verified { archive: Some(true), changed: Some(Vec::new()), ..Verified::default() };
    let difference = Difference { path: "src/lib.rs".to_owned(), how: Altered::Changed };
    let changed = Verified { changed: Some(vec![difference]), ..Verified::default() };
    facts.integrity.of = [(2, changed), (3, same)].into();
    let at = Source::new("supply-chain/audits.toml", "x").whole();
    let vetted = Vetted {
        how: How::Exempt { of: None, since: None, noted: false },
        criteria: Vec::new(),
        by: Vec::new(),
        at,
    };
    facts.vetting.of = [(3, vetted)].into();
    facts.advisories.hits = vec![Hit {
        component: 3,
        advisory: advisory(),
        same_origin: true,
        on_target: true,
        reach: Reach::default(),
    }];
    facts.gaps = vec![Gap::new(Kind::Registry, HOSTILE, HOSTILE, "cargo fetch")];
    let checked = checks::run(&facts);
    Report::new(&request, facts, checked)
}

fn written(report: &Report, filter: &Filter, format: Format, width: usize) -> String {
    let mut bytes = Vec::new();
    let style = Style { colour: false, width, detail: Detail::Usual };
    Register::new(report, filter).write(format, style, &mut bytes).expect("a register");
    String::from_utf8(bytes).expect("UTF-8")
}

fn names(report: &Report, change: impl FnOnce(&mut Filter)) -> Vec<String> {
    let mut filter = Filter::default();
    change(&mut filter);
    Register::new(report, &filter).rows.iter().map(|row| row.component.name.clone()).collect()
}

#[test]
fn the_register_keeps_to_its_published_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path());
    let register: Value =
        serde_json::from_str(&written(&report, &Filter::default(), Format::Json, 80)).expect("JSON");
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    let faults = |value: &Value| -> Vec<String> {
        schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    };
    assert_eq!(faults(&register), Vec::<String>::new());
    let time = &register["components"][3];
    assert_eq!(time["class"]["word"], "supported");
    assert_eq!(time["advisories"][0]["standing"], "accepted");
    assert_eq!(time["advisories"][0]["status"], "not_affected");
    assert_eq!(time["used_by"].as_array().map(Vec::len), Some(3));
    assert_eq!(register["components"][0]["name"], HOSTILE, "programs get the very name");
    for pointer in
        ["", "/components/3", "/components/3/inventory/library", "/components/3/advisories/0", "/items/0"]
    {
        for key in register.pointer(pointer).and_then(Value::as_object).expect("an object").keys() {
            let mut less = register.clone();
            less.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object").remove(key);
            assert!(!faults(&less).is_empty(), "{pointer} does without {key}");
        }
        let mut more = register.clone();
        let object = more.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object");
        object.insert("surplus".to_owned(), Value::Null);
        assert!(!faults(&more).is_empty(), "{pointer} takes any field");
    }
}

#[test]
fn what_is_unknown_is_said_to_be_unknown() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path());
    let register: Value =
        serde_json::from_str(&written(&report, &Filter::default(), Format::Json, 80)).expect("JSON");
    let gauge = &register["components"][1];
    assert_eq!(gauge["inventory"], Value::Null);
    let unknown: Vec<&str> =
        gauge["could_not_tell"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(unknown, ["inventory", "integrity"], "it is from git: no index tells of it");
    let csv = written(&report, &Filter::default(), Format::Csv, 80);
    let gauge = csv.lines().find(|line| line.contains("gauge")).expect("a line");
    assert!(gauge.contains(",unknown,unknown,unknown,,,,,,"), "{gauge}");
}

#[test]
fn filters_choose_and_say_whom_they_could_not_judge() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path());
    assert_eq!(names(&report, |filter| filter.ships = vec![Ships::Product]), ["smallvec", "time"]);
    assert_eq!(names(&report, |filter| filter.origins = vec![OriginKind::Git]), ["gauge"]);
    assert_eq!(names(&report, |filter| filter.classes = vec![Class::Supported]), ["time"]);
    assert_eq!(names(&report, |filter| filter.names = vec!["t*@0.1.*".to_owned()]), ["time"]);
    assert_eq!(
        names(&report, |filter| filter.traits = vec![Trait::Able(Capability::Unsafe)]),
        ["smallvec", "time"]
    );
    assert_eq!(
        names(&report, |filter| filter.traits =
            vec![Trait::Able(Capability::Unsafe), Trait::Able(Capability::Net)]),
        ["time"]
    );
    assert_eq!(names(&report, |filter| filter.traits = vec![Trait::Is(Mark::Yanked)]), ["time"]);
    assert_eq!(names(&report, |filter| filter.traits = vec![Trait::Is(Mark::Changed)]), ["smallvec"]);
    assert_eq!(names(&report, |filter| filter.traits = vec![Trait::Is(Mark::Fork)]), ["smallvec"]);
    let filter = Filter { traits: vec![Trait::Able(Capability::Net)], ..Filter::default() };
    let register = Register::new(&report, &filter);
    assert_eq!((register.rows.len(), register.doubtful), (1, 2), "two were not read: they may open sockets");
    assert!(written(&report, &filter, Format::Text, 80).contains("2 more could belong here"));
}

#[test]
fn a_table_is_no_wider_than_the_screen() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path());
    let mut heads = Vec::new();
    for width in [60, 80, 100, 120, 200] {
        let text = written(&report, &Filter::default(), Format::Text, width);
        for line in text.lines() {
            assert!(textwrap::core::display_width(line) <= width, "{width}: {line}");
        }
        let head = text.lines().find(|line| line.contains("component ")).expect("a head");
        heads.push(head.split_whitespace().count());
        assert!(
            text.contains("RUSTSEC-2020-0071") && text.contains("yanked"),
            "remarks are never cut: {text}"
        );
        assert!(!text.contains('…'), "what is too long for its column is broken: {text}");
    }
    assert!(heads.is_sorted() && heads[0] < heads[4], "{heads:?}");
}

#[test]
fn hostile_names_stay_text_in_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path());
    for format in [Format::Text, Format::Csv, Format::Markdown, Format::Json] {
        let text = written(&report, &Filter::default(), format, 120);
        let obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\r') || c == '\u{202e}';
        if format != Format::Json {
            assert!(!text.contains(obeyed), "{format:?}: {text}");
        }
        assert!(!text.contains('\u{1b}'), "{format:?}: {text}");
    }
    let csv = written(&report, &Filter::default(), Format::Csv, 80);
    assert!(csv.contains("\"'=cmd|"), "{csv}");
    assert!(csv.contains(",'=1+1,"), "{csv}");
    assert!(csv.contains(r#""clock, of the ""pump""""#), "{csv}");
    assert!(csv.lines().all(|line| !line.split(',').any(|cell| cell.starts_with(['=', '+', '@']))), "{csv}");
    let markdown = written(&report, &Filter::default(), Format::Markdown, 80);
    assert!(!markdown.contains("<b>") || markdown.contains("\\<b\\>"), "{markdown}");
    let row = markdown.lines().find(|line| line.contains("cmd")).expect("a row");
    let bars = row.replace("\\|", "").matches('|').count();
    assert_eq!(bars, 10, "no cell opens another: {row}");
}

fn ways(report: &Report, of: &[usize], format: Format) -> String {
    let mut bytes = Vec::new();
    let style = Style { colour: false, width: 80, detail: Detail::Usual };
    write_ways(report, of, format, style, &mut bytes).expect("ways");
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn ways_lead_from_members_and_name_their_kind() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path());
    let text = ways(&report, &[3, 0], Format::Text);
    assert!(text.starts_with("time@0.1.43 is linked into the product\n└── pump@0.1.0 (normal)\n"), "{text}");
    assert!(text.contains("used by others too: pump@0.1.0 (dev), smallvec@1.6.0 (lock file)"), "{text}");
    assert!(text.contains("is in the lock file only"), "{text}");
    let markdown = ways(&report, &[3, 0], Format::Markdown);
    assert!(markdown.contains("## time@0.1.43\n\nIt is linked into the product.\n\n- **pump@0.1.0** (normal)\n\nUsed by others too: pump@0.1.0 (dev), "), "{markdown}");
    let csv = ways(&report, &[3, 0], Format::Csv);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines,
        [
            "component,ships,user,member,uses,kind,on_a_shortest_way",
            "time@0.1.43,product,pump@0.1.0,yes,time@0.1.43,normal,yes",
            "time@0.1.43,product,pump@0.1.0,yes,time@0.1.43,dev,no",
            "time@0.1.43,product,smallvec@1.6.0,no,time@0.1.43,lock file,no",
        ]
    );
    for format in [Format::Text, Format::Markdown, Format::Csv] {
        let obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\r') || c == '\u{202e}';
        assert!(!ways(&report, &[3, 0], format).contains(obeyed), "{format:?}");
    }
}

#[test]
fn ways_for_programs_keep_to_their_published_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut report = report(folder.path());
    report.facts.gaps = vec![Gap::new(Kind::Components, "a", "b", "c")];
    let told: Value = serde_json::from_str(&ways(&report, &[3, 0], Format::Json)).expect("JSON");
    let schema: Value =
        serde_json::from_str(include_str!("../../../schemas/ways-1.schema.json")).expect("JSON");
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    assert_eq!(crate::evidence::schemas::faults(&schema, &told), Vec::<String>::new());
    let time = &told["components"][0];
    assert_eq!(
        (&time["steps"][0]["user"], &time["steps"][0]["member"]),
        (&"pump@0.1.0".into(), &true.into())
    );
    assert_eq!(time["others"].as_array().map(Vec::len), Some(2));
    for pointer in ["", "/components/0", "/components/0/steps/0", "/gaps/0"] {
        for key in told.pointer(pointer).and_then(Value::as_object).expect("an object").keys() {
            let mut less = told.clone();
            less.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object").remove(key);
            assert!(!schema.is_valid(&less), "{pointer} does without {key}");
        }
    }
}

/// A lock file can say anything: a chain of thousands must neither fill the stack nor the screen.
#[test]
fn ways_of_any_length_are_told() {
    const LONG: usize = 5_000;
    let folder = tempfile::tempdir().expect("a folder");
    let mut report = report(folder.path());
    let components = &mut report.facts.components;
    components.all = (0..LONG)
        .map(|number| component(&format!("c{number}"), "1.0.0", Ships::Product, Origin::CratesIo))
        .collect();
    let normal = Some(EdgeKind::Normal);
    let chain = (1..LONG).map(|number| Link {
        from: Node::Component(number - 1),
        to: Node::Component(number),
        kind: normal,
    });
    components.links = chain.collect();
    components.links.push(Link { from: Node::Member(0), to: Node::Component(0), kind: normal });
    let text = ways(&report, &[LONG - 1], Format::Text);
    assert!(text.lines().last().is_some_and(|line| line.ends_with('…')), "it says that it goes on");
    assert!(text.lines().count() < 200);
    assert_eq!(ways(&report, &[LONG - 1], Format::Csv).lines().count(), LONG + 1, "every step");
}
