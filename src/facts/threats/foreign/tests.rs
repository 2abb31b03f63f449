//! Real models of other tools: against the counts of an independent reader, and broken in every way.

use std::path::{Path, PathBuf};

use crate::facts::threats::{Answer, Format, Model, State, Threat};
use crate::source::Source;

use super::read;

/// The folder of real models; absent on a machine that has only the clone.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/threat-models");
    if !folder.is_dir() {
        eprintln!("SKIPPED: no real threat models beside this clone");
        return None;
    }
    Some(folder)
}

/// Reads a model with what lies beside it.
fn model(path: &Path, text: &str) -> Result<Model, String> {
    let beside = |name: &str| {
        let text = std::fs::read_to_string(path.with_file_name(name)).ok()?;
        Some(Source::new(name, text))
    };
    read(&Source::new(path.to_string_lossy(), text), &beside)
        .map_err(|faults| faults.iter().map(|fault| fault.why.as_str()).collect::<Vec<_>>().join("; "))
}

/// True where the threat has no answer that stands.
fn open(model: &Model, threat: &Threat) -> bool {
    match threat.answer.as_ref().map(|answer| answer.value) {
        None | Some(Answer::Open | Answer::Unknown) => true,
        Some(Answer::Mitigate) => threat.by.is_empty(),
        Some(Answer::Accept) => {
            threat.accepted.as_ref().is_none_or(|id| model.acceptance(&id.value).is_none())
        }
        Some(_) => false,
    }
}

fn count(model: &Model, column: &str) -> Option<usize> {
    let end = |id: &Option<crate::source::Placed<String>>| {
        id.as_ref().is_some_and(|id| {
            let lost = |r: &&crate::facts::threats::Reference| r.id.at == id.at && !r.resolved;
            !model.references.iter().any(|reference| lost(&reference))
        })
    };
    Some(match column {
        "nodes" => model.components.len() + model.neighbours.len(),
        "flows" => model.flows.len(),
        "boundaries" if matches!(model.format, Format::CycloneDx | Format::ThreatModelLibrary) => {
            model.boundaries.len()
        }
        // Drawings hold boxes and lines; both are boundaries.
        "boundaries" => model.boundaries.len() + model.zones.len(),
        "threats" => model.threats.len(),
        "open_threats" => model.threats.iter().filter(|threat| open(model, threat)).count(),
        "threats_without_mitigation" if model.format == Format::ThreatDragon => {
            let bare = model.threats.iter().filter(|threat| threat.by.is_empty());
            bare.filter(|threat| threat.answer.as_ref().is_some_and(|a| a.value == Answer::Mitigate)).count()
        }
        "threats_without_mitigation" => model.threats.iter().filter(|threat| threat.by.is_empty()).count(),
        "refs_dangling" => model.references.iter().filter(|reference| !reference.resolved).count(),
        "mitigations" => model.mitigations.len(),
        "flows_dangling" => model.flows.iter().filter(|flow| !end(&flow.from) || !end(&flow.to)).count(),
        "flows_encrypted" => model.flows.iter().filter(|flow| flow.encrypted() == Some(true)).count(),
        "flows_with_protocol" => model.flows.iter().filter(|flow| flow.protocol.is_some()).count(),
        _ => return None,
    })
}

#[test]
fn real_models_are_read_as_an_independent_reader_counts_them() {
    let Some(folder) = samples() else { return };
    let facts = std::fs::read_to_string(folder.join("FACTS.tsv")).expect("the counts");
    let mut rows = facts.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = rows.next().expect("a head");
    let mut compared = 0;
    let mut wrong = Vec::new();
    for row in rows.filter(|row| !row[0].starts_with("hcl/")) {
        let path = folder.join(row[0]);
        let text = std::fs::read_to_string(&path).expect("a model");
        match model(&path, &text) {
            Err(why) => wrong.push(format!("{}: {why}", row[0])),
            Ok(model) => {
                for (column, cell) in head.iter().zip(&row).filter(|(_, cell)| !cell.is_empty()) {
                    if let Some(count) = count(&model, column) {
                        compared += 1;
                        if count.to_string() != **cell {
                            wrong.push(format!("{}: {column} is {count}, not {cell}", row[0]));
                        }
                    }
                }
                let owner = head.iter().position(|column| *column == "owner").and_then(|at| row.get(at));
                let told = model.owner.as_ref().map_or("", |owner| owner.value.as_str());
                if owner.is_some_and(|owner| !owner.is_empty() && *owner != told) {
                    wrong.push(format!("{}: the owner is {told}", row[0]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{compared} compared:\n{}", wrong.join("\n"));
    assert!(compared > 100, "{compared} counts were compared");
}

#[test]
fn models_of_threatcl_are_read() {
    let Some(folder) = samples() else { return };
    // Counted by hand in the files: nodes, flows, zones, threats, mitigations, open.
    for (name, counts) in [
        ("threatcl__threatcl__tm2.hcl", [5, 5, 2, 1, 1, 1]),
        ("threatcl__enisa-sbd-example__sensorhub.tm.hcl", [9, 8, 4, 6, 6, 0]),
        ("threatcl__threatcl__tm1.json", [0, 0, 0, 2, 2, 2]),
        ("threatcl__threatcl__tm3.hcl", [0, 0, 0, 3, 7, 2]),
    ] {
        let path = folder.join("hcl").join(name);
        let model = model(&path, &std::fs::read_to_string(&path).expect("a model")).expect(name);
        let columns = ["nodes", "flows", "boundaries", "threats", "mitigations", "open_threats"];
        let told: Vec<_> = columns.iter().filter_map(|column| count(&model, column)).collect();
        assert_eq!(told, counts, "{name}");
    }
    let path = folder.join("hcl/threatcl__enisa-sbd-example__sensorhub.tm.hcl");
    let model = model(&path, &std::fs::read_to_string(&path).expect("a model")).expect("a model");
    assert!(model.mitigations.iter().all(|mitigation| !mitigation.tests.is_empty()), "tests by their names");
}

#[test]
fn what_is_no_model_is_refused_with_the_reason() {
    for (name, text, why) in [
        ("a.json", "{\"threats\": []}", "no threat model that is known"),
        ("a.json", "{\"summary\": {\"title\": \"x\"}, \"detail\": {\"diagrams\": [}}", "it is no JSON"),
        ("a.json", "{\"bomFormat\": \"CycloneDX\", \"components\": []}", "without a threat model"),
        ("a.json", "{\"threat_model\": [], \"improvement_suggestions\": []}", "STRIDE-GPT"),
        ("a.yaml", "schema: threat-model-sidecar/1\n", "alpha-omega sidecar"),
        (
            "a.yaml",
            "threagile_version: 1\ntechnical_assets: {a: &a {id: x}, b: *c}\n",
            "no YAML that is read",
        ),
        ("a.yaml", "threagile_version: 1\ntechnical_assets:\n  a: {type: process}\n", "has no id"),
        ("a.xml", "<mxfile/>", "draw.io"),
        ("a.xml", "<svg/>", "no threat model that is known"),
        ("a.tm7", "<!DOCTYPE x [<!ENTITY a \"b\">]><ThreatModel>&a;</ThreatModel>", "no XML that is read"),
        ("a.tm7", "<ThreatModel><DrawingSurfaceList>", "no XML that is read"),
        ("a.py", "#!/usr/bin/env python3\nfrom pytm import TM\n", "programs are not run"),
        ("a.hcl", "spec_version = \"0.7.0\"\n", "it holds no `threatmodel`"),
        ("a.toml", "title = \"x\"\n", "does not say its format"),
        ("a.thf", "version: '1.0'\nmetadata:\n  title: x\nelements: []\ndata_flows: []\n", "ThreatForge"),
        ("a.yaml", "version: '3'\nservices: {}\n", "no threat model that is known"),
        (
            "a.yaml",
            "ID: x\nschemaVersion: 2\nscope: {}\nanalysis: y\nthreats: []\n",
            "corda's threat-model-tool",
        ),
        ("a.json", "{\"run_id\": \"x\", \"mitigations\": [], \"exposures\": []}", "threatspec"),
        ("a.json", "{\"phase\": \"design\", \"mappings\": {}, \"diagrams\": []}", "threat-model-spec"),
        ("a.hcl", "invariant \"no open threat\" {}\n", "what threatcl asks of models"),
        ("a.yaml", "# spec\nproject_metadata:\n  name: x\ncomponents: []\n", "Microsoft's hve-core"),
        ("a.json", "", "does not say its format"),
        ("a.json", "{\"detail\": {\"diagrams\": {}}}", "`diagrams` is no list"),
        ("a.json", "{\"detail\": {\"diagrams\": [{\"cells\": {\"a\": 1}}]}}", "`cells` is no list"),
        (
            "a.json",
            "{\"detail\": {\"diagrams\": [{\"cells\": [{\"id\": \"c\", \"shape\": \"robot\", \"data\": {\"threats\": [{}]}}]}]}}",
            "threats hang on this cell",
        ),
        ("a.json", "{\"otmVersion\": \"0.2.0\", \"components\": {\"a\": {}}}", "`components` is no list"),
        (
            "a.json",
            "{\"scope\": {}, \"trust_zones\": [], \"data_flows\": [], \"threats\": {\"a\": 1}}",
            "`threats` is no list",
        ),
        (
            "a.json",
            "{\"scope\": {}, \"trust_zones\": [], \"data_flows\": [], \"controls\": [{\"symbolic_name\": \"c\", \"status\": \"active\"}, {\"symbolic_name\": \"c\"}]}",
            "the id `c` is given twice",
        ),
        (
            "a.json",
            "{\"otmVersion\": \"0.2.0\", \"components\": [{\"id\": \"a\", \"threats\": {\"t\": 1}}]}",
            "`threats` is no list",
        ),
        (
            "a.json",
            "{\"specFormat\": \"CycloneDX\", \"threats\": {\"threats\": {\"t\": 1}}}",
            "`threats` is no list",
        ),
        ("a.json", "{\"specFormat\": \"CycloneDX\", \"threats\": \"none\"}", "`threats` is no list"),
        ("a.json", "{\"boundaries\": [], \"flows\": [], \"elements\": {\"a\": 1}}", "`elements` is no list"),
        ("a.yaml", "threagile_version: 1\ntechnical_assets: [a]\n", "is no table of names"),
        (
            "a.yaml",
            "threagile_version: 1\ntechnical_assets:\n  a: {id: \"x\u{200b}\"}\n",
            "that can't be seen",
        ),
    ] {
        let refused = model(Path::new(name), text).expect_err(text);
        assert!(refused.contains(why), "{text}: {refused}");
    }
}

#[test]
fn a_copied_cell_keeps_its_threats_apart() {
    let cell = |id: &str, threat: &str, status: &str| {
        format!(
            "{{\"id\": \"{id}\", \"shape\": \"store\", \"data\": {{\"name\": \"{id}\", \"threats\": [\
             {{\"id\": \"{threat}\", \"title\": \"x\", \"status\": \"{status}\"}}]}}}}"
        )
    };
    let cells = [cell("a", "t", "Open"), cell("b", "t", "NotApplicable"), cell("c", "u", "Open")].join(",");
    let text = format!("{{\"detail\": {{\"diagrams\": [{{\"cells\": [{cells}]}}]}}}}");
    let model = model(Path::new("a.json"), &text).expect("a model");
    let threats = model.threats.iter().map(|threat| (threat.id.value.as_str(), open(&model, threat)));
    assert_eq!(threats.collect::<Vec<_>>(), [("a/t", true), ("b/t", false), ("u", true)]);
}

#[test]
fn an_arrow_of_the_first_threat_dragon_is_called_by_its_label() {
    let text = r#"{"detail": {"diagrams": [{"diagramJson": {"cells": [{"id": "f", "type": "tm.Flow",
        "source": {"id": "a"}, "target": {"id": "b"},
        "labels": [{"position": 0.5, "attrs": {"text": {"text": "Order\nof a drug"}}}]}]}}]}}"#;
    let model = model(Path::new("a.json"), text).expect("a model");
    assert_eq!(model.name_of(&model.flows[0]), Some("Order of a drug"));
}

#[test]
fn a_stencil_of_microsofts_tool_says_the_protocol() {
    let flow = |guid: &str, stencil: &str, name: &str| {
        format!(
            "<a:KeyValueOfguidanyType><a:Value i:type='Connector'><Guid>{guid}</Guid><Properties>\
             <a:anyType i:type='b:HeaderDisplayAttribute'><b:DisplayName>{stencil}</b:DisplayName><b:Value/></a:anyType>\
             <a:anyType i:type='b:StringDisplayAttribute'><b:DisplayName>Name</b:DisplayName><b:Value>{name}</b:Value>\
             </a:anyType></Properties></a:Value></a:KeyValueOfguidanyType>"
        )
    };
    let flows = [flow("1", "HTTPS", "Order"), flow("2", "Request", "HTTP"), flow("3", "Request", "Order")];
    let text = format!(
        "<ThreatModel xmlns:i='i' xmlns:a='a' xmlns:b='b'><DrawingSurfaceList><DrawingSurfaceModel><Lines>{}</Lines>\
         </DrawingSurfaceModel></DrawingSurfaceList></ThreatModel>",
        flows.concat()
    );
    let model = model(Path::new("a.tm7"), &text).expect("a model");
    let told: Vec<_> =
        model.flows.iter().map(|flow| flow.protocol.as_ref().map(|p| p.value.as_str())).collect();
    assert_eq!(told, [Some("HTTPS"), Some("HTTP"), None]);
}

#[test]
fn the_first_models_of_threatcl_have_no_labels() {
    let text = "threatmodel \"Pump\" {\n  threat {\n    description = \"Somebody opens the case\"\n\
                proposed_control {\n      description = \"Steel\"\n      implemented = true\n    }\n\
                proposed_control {\n      description = \"A lamp\"\n      implemented = false\n    }\n  }\n\
                threat {\n    description = \"Somebody listens\"\n    control = \"Nobody can\"\n  }\n\
                data_flow_diagram_v2 \"one\" {\n    process \"web\" {}\n    process \"log\" {}\n\
                flow \"https\" {\n      from = \"web\"\n      to = \"log\"\n    }\n  }\n\
                data_flow_diagram_v2 \"two\" {\n    process \"web\" {}\n    process \"key\" {}\n\
                flow \"orders\" {\n      from = \"web\"\n      to = \"key\"\n    }\n  }\n}\n";
    let model = model(Path::new("a.hcl"), text).expect("a model");
    let threats = model.threats.iter().map(|threat| (threat.title.value.as_str(), open(&model, threat)));
    assert_eq!(threats.collect::<Vec<_>>(), [("Somebody opens the case", false), ("Somebody listens", true)]);
    let states = model.mitigations.iter().map(|known| (known.what.value.as_str(), known.state.value));
    assert_eq!(
        states.collect::<Vec<_>>(),
        [("Steel", State::InPlace), ("A lamp", State::Planned), ("Nobody can", State::Planned)]
    );
    let flows = model.flows.iter().map(|flow| (model.name_of(flow), flow.encrypted()));
    assert_eq!(flows.collect::<Vec<_>>(), [(Some("https"), None), (Some("orders"), None)]);
    assert!(model.flows[0].protocol.is_some() && model.flows[1].protocol.is_none());
    assert!(model.references.iter().all(|reference| reference.resolved), "{:?}", model.references);
}

#[test]
fn risks_of_other_formats_rate_their_threats() {
    let risk = |likelihood: &str, impact: &str| {
        format!("threats: [{{id: t, name: T, risk: {{likelihood: {likelihood}, impact: {impact}}}}}]\n")
    };
    let level = |risk: String| {
        let components = "components: [{id: c, name: C, threats: [{threat: t, state: exposed}]}]\n";
        let text = format!("otmVersion: 0.2.0\nproject: {{name: P, id: p}}\n{components}{risk}");
        let model = model(Path::new("a.yaml"), &text).expect("a model");
        model.threats[0].before.clone().and_then(|rating| rating.level).map(|level| level.value)
    };
    assert_eq!(level(risk("50", "100")).as_deref(), Some("medium"));
    assert_eq!(level(risk("90", "90")).as_deref(), Some("high"));
    assert_eq!(level(risk("10", "30")).as_deref(), Some("low"));
    assert_eq!(level(risk("null", "30")), None);
    let text = r#"{"scope": {"title": "Pump"}, "trust_zones": [], "data_flows": [],
        "threats": [{"symbolic_name": "a", "title": "A"}, {"symbolic_name": "b", "title": "B"}],
        "risks": [{"symbolic_name": "r", "threats": ["a"], "score": 4, "level": "low"},
                  {"symbolic_name": "s", "threats": ["a"], "score": 15, "level": "high"}]}"#;
    let model = model(Path::new("a.json"), text).expect("a model");
    let levels: Vec<_> =
        model.threats.iter().map(|threat| threat.before.clone().and_then(|r| r.level)).collect();
    assert_eq!(
        levels.into_iter().map(|level| level.map(|l| l.value)).collect::<Vec<_>>(),
        [Some("high".to_owned()), None]
    );
}

/// Edits of each sample: few in every run of the tests, a thousand where somebody asks.
fn edits(bytes: usize) -> usize {
    let asked = std::env::var("CARGO_HEALTH_SEC_EDITS").ok().and_then(|edits| edits.parse().ok());
    asked.unwrap_or_else(|| (2_000_000 / bytes.max(1)).clamp(4, 100))
}

#[test]
fn no_changed_byte_closes_an_open_threat() {
    let Some(folder) = samples() else { return };
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below.max(1) as u64).unwrap_or(0)
    };
    let mut read_again = 0;
    let kinds =
        ["threat-dragon-v1", "threat-dragon-v2", "tm7", "threagile", "tm-library", "cyclonedx-2", "otm"];
    for kind in kinds.into_iter().chain(["threat-composer", "pytm", "hcl"]) {
        for entry in std::fs::read_dir(folder.join(kind)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let whole = std::fs::read_to_string(&path).expect("a text");
            let Ok(before) = model(&path, &whole) else { continue };
            let was_open: Vec<&str> =
                before.threats.iter().filter(|t| open(&before, t)).map(|t| t.id.value.as_str()).collect();
            for _ in 0..edits(whole.len()) {
                let mut bytes = whole.clone().into_bytes();
                let at = draw(bytes.len());
                bytes[at] = u8::try_from(draw(256)).unwrap_or(0);
                let changed = String::from_utf8_lossy(&bytes);
                let Ok(after) = model(&path, &changed) else { continue };
                read_again += 1;
                for threat in after.threats.iter().filter(|threat| !open(&after, threat)) {
                    let closed = was_open.contains(&threat.id.value.as_str());
                    assert!(!closed, "{}: byte {at} closes `{}`", path.display(), threat.id.value);
                }
            }
        }
    }
    assert!(read_again > 100, "the test looks at models that are read: {read_again}");
}

/// Whether the threat of a drawing is open with this status and this text as its mitigation.
fn is_drawn_open(status: &str, mitigation: &str) -> bool {
    let cell = format!(
        "{{\"id\": \"c\", \"shape\": \"process\", \"data\": {{\"threats\": [{{\"id\": \"t\", \"title\": \"x\", \"status\": \"{status}\", \"mitigation\": \"{mitigation}\"}}]}}}}"
    );
    let text = format!("{{\"detail\": {{\"diagrams\": [{{\"cells\": [{cell}]}}]}}}}");
    let model = model(Path::new("a.json"), &text).expect("a model");
    let threat = &model.threats[0];
    open(&model, threat) || (threat.by.is_empty() && threat.reason.is_none())
}

#[test]
fn only_a_status_that_is_known_closes_what_is_drawn() {
    for status in ["Mitigated", "mitigated", "Eliminated", "N/A", "Not Applicable", "not-applicable"] {
        assert!(!is_drawn_open(status, "signed orders only"), "{status}");
    }
    for status in
        ["未Mitigated", "Mitigated?", "!Mitigated", "Mitigated 50%", "mit1gated", "Accepted?", "", "done"]
    {
        assert!(is_drawn_open(status, "signed orders only"), "{status}");
    }
    for status in ["Mitigated", "N/A", "Transferred"] {
        let text = "Provide remediation for this threat or a reason if status is N/A";
        assert!(is_drawn_open(status, text), "{status}: what the tool has written");
        assert!(is_drawn_open(status, "TBD"), "{status}");
    }
}

/// Threagile's model with these risks beside it.
fn threagile(model: &str, risks: &str) -> Result<Model, String> {
    let beside = |_: &str| Some(Source::new("risks.json", risks));
    let source =
        Source::new("threagile.yaml", format!("threagile_version: 1\ntechnical_assets: {{}}\n{model}"));
    super::read(&source, &beside).map_err(|faults| faults.iter().map(|fault| fault.why.clone()).collect())
}

#[test]
fn risks_that_cannot_be_read_are_not_none() {
    for risks in ["{}", "{\"risks\": []}", "\"\"", "7"] {
        assert!(threagile("", risks).is_err_and(|why| why.contains("is no list of risks")), "{risks}");
    }
    assert!(threagile("", "null").is_ok_and(|model| model.threats.is_empty()));
}

#[test]
fn a_decision_is_that_on_the_risk_itself_or_the_first_pattern_for_it() {
    let tracking = "risk_tracking:\n  \"*@b\": {status: accepted}\n  a@*: {status: mitigated}\n  a@b: {status: in-discussion}\n";
    let risks = ["a@b", "x@b", "a@c", "a@b@c"].map(|id| format!("{{\"synthetic_id\": \"{id}\"}}"));
    let model = threagile(tracking, &format!("[{}]", risks.join(","))).expect("a model");
    let answers: Vec<_> =
        model.threats.iter().map(|threat| threat.answer.as_ref().map(|answer| answer.value)).collect();
    assert_eq!(answers, [Some(Answer::Open), Some(Answer::Accept), Some(Answer::Mitigate), None]);
}

#[test]
fn threats_are_read_where_a_draft_of_cyclonedx_puts_them() {
    let threat = "[{\"bom-ref\": \"t\", \"name\": \"x\"}]";
    for threats in [format!("{{\"threats\": {threat}}}"), threat.to_owned()] {
        let text = format!("{{\"specFormat\": \"CycloneDX\", \"threats\": {threats}}}");
        assert_eq!(model(Path::new("a.json"), &text).expect("a model").threats.len(), 1, "{text}");
    }
}
