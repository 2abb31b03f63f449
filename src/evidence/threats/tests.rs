//! Models shown, drawn and converted: over every sample that is at hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::facts::threats::{Model, Threats, is_made, look_at};
use crate::report::text::{Detail, Style};

use super::{Format, convert, json, picture, write};

const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 22);

/// Every sample of every format, and the models of the examples.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut samples = vec![
        root.join("examples/glucose_gateway/docs/gateway.threats.toml"),
        root.join("examples/infusion_pump/docs/pump.json"),
        root.join("health-sec.threats.toml"),
    ];
    let folder = root.join("../shared/data/threat-models");
    if !folder.is_dir() {
        eprintln!("SKIPPED: no real threat models beside this clone");
        return samples;
    }
    for kind in [
        "threat-dragon-v1",
        "threat-dragon-v2",
        "tm7",
        "threagile",
        "tm-library",
        "cyclonedx-2",
        "otm",
        "threat-composer",
        "pytm",
        "hcl",
    ] {
        let entries = std::fs::read_dir(folder.join(kind)).expect("a folder");
        samples.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    samples.sort();
    samples
}

fn models() -> Vec<(PathBuf, Threats)> {
    let read = |path: PathBuf| Some((path.clone(), look_at(&path, None).ok()?));
    let models: Vec<_> = samples().into_iter().filter_map(read).collect();
    models.into_iter().filter(|(_, threats)| !threats.models.is_empty()).collect()
}

/// A model read back from a text.
fn read_back(text: &str) -> Threats {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("model.toml");
    std::fs::write(&file, text).expect("a file");
    look_at(&file, None).expect("a folder")
}

/// What a model says, with numbers in the place of ids and without places: two models that say the same are equal.
fn told(model: &Model) -> Value {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (at, id) in model.things().into_iter().enumerate() {
        names.insert(id.to_owned(), format!("thing {at}"));
    }
    for (at, threat) in model.threats.iter().enumerate() {
        names.insert(threat.id.value.clone(), format!("threat {at}"));
    }
    let mut value = json::model(model, TODAY);
    let object = value.as_object_mut().expect("an object");
    for key in ["path", "format", "extended", "dangling", "not_known", "reviewers", "reviews"] {
        object.remove(key);
    }
    // What a neighbour is has to be said, and a drawing says its name.
    for neighbour in object["neighbours"].as_array_mut().expect("a list") {
        neighbour.as_object_mut().expect("an object").remove("what");
    }
    let texts = |mitigation: &Value| mitigation["what"].as_str().unwrap_or_default().to_owned();
    for (key, short) in [("mitigations", "mitigation"), ("acceptances", "acceptance")] {
        for (at, own) in object[key].as_array().expect("a list").iter().enumerate() {
            let id = own["id"].as_str().expect("an id").to_owned();
            names.entry(id).or_insert_with(|| format!("{short} {at} {}", texts(own)));
        }
    }
    plain(&mut value, "", &names);
    value
}

/// Keys under which ids stand.
const OF_IDS: &[&str] = &[
    "id",
    "from",
    "to",
    "via",
    "on",
    "zone",
    "parent",
    "between",
    "holds",
    "data",
    "affects",
    "by",
    "accepted",
    "covers",
    "if_false",
    "accepted_plain",
];

fn plain(value: &mut Value, key: &str, names: &BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            map.remove("place");
            map.remove("name");
            // An answer that means nothing here is written as open, and so is the reason why it is.
            let unknown = map.get("open") == Some(&Value::Bool(true)) && map.contains_key("answer");
            if unknown {
                map.retain(|key, _| key != "why_open" && key != "answer" && key != "origin");
            }
            map.iter_mut().for_each(|(key, value)| plain(value, key, names));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| plain(value, key, names)),
        Value::String(text) if OF_IDS.contains(&key) => {
            if let Some(name) = names.get(text) {
                text.clone_from(name);
            }
        }
        _ => {}
    }
}

#[test]
fn a_converted_model_reads_back_to_the_same_model() {
    let mut compared = 0;
    for (path, threats) in models() {
        let model = &threats.models[0];
        let converted = convert(model);
        let back = read_back(&converted.text);
        let again = back.models.first().unwrap_or_else(|| panic!("{}: {:?}", path.display(), back.broken));
        let (was, is) = (told(model), told(again));
        for key in was.as_object().expect("an object").keys() {
            assert_eq!(was[key], is[key], "{}: {key}\n{}", path.display(), converted.text);
        }
        for (old, new) in model.things().into_iter().zip(again.things()) {
            let (old, new) = (model.called(old), again.called(new));
            assert!(old == new || is_made(old), "{}: {old} is called {new}", path.display());
        }
        assert_eq!(
            convert(again).text.lines().skip(1).map(without_comment).collect::<Vec<_>>(),
            converted.text.lines().skip(1).map(without_comment).collect::<Vec<_>>(),
            "{}: converted twice is the same",
            path.display()
        );
        compared += 1;
    }
    assert!(compared >= 3, "{compared} models were compared");
}

fn without_comment(line: &str) -> &str {
    line.split(" # ").next().unwrap_or_default()
}

#[test]
fn no_open_threat_is_closed_by_a_conversion() {
    for (path, threats) in models() {
        let model = &threats.models[0];
        let open = |model: &Model| {
            let stands = |threat| crate::checks::threats::standing(model, threat, TODAY).is_err();
            model.threats.iter().map(stands).collect::<Vec<_>>()
        };
        let back = read_back(&convert(model).text);
        assert_eq!(open(model), open(&back.models[0]), "{}", path.display());
    }
}

#[test]
fn what_a_conversion_cannot_carry_is_said() {
    let text = r#"{"schema": 1, "applicationInfo": {}, "threats": [{"id": "1", "statement": "x", "status": "odd"}],
        "mitigationLinks": [{"mitigationId": "9", "linkedId": "8"}]}"#;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("model.json");
    std::fs::write(&file, text).expect("a file");
    let threats = look_at(&file, None).expect("a folder");
    let left = convert(&threats.models[0]).left_out.join("\n");
    assert!(left.contains("written as \"open\": \"odd\""), "{left}");
    assert!(left.contains("`mitigationLinks` names `8`"), "{left}");
    assert!(left.contains("pictures"), "{left}");
}

#[test]
fn what_is_written_for_programs_is_as_published() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../schemas/threats-1.schema.json")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let style = Style { colour: false, width: 100, detail: Detail::Usual };
    for (path, threats) in models() {
        let mut written = Vec::new();
        write(&threats, TODAY, Format::Json, style, &mut written).expect("written");
        let document: Value = serde_json::from_slice(&written).expect("JSON");
        let faults: Vec<String> = schema
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(faults, [""; 0], "{}", path.display());
    }
}

#[test]
fn words_of_a_model_steer_no_terminal_and_no_page() {
    let text = "format = \"health-sec/threats@1\"\n[model]\ntitle = \"a\\u202E<b>\"\n[component.x]\n\
                title = \"<script>&\\u200B\"\n[threat.T-01]\ntitle = \"| x | `y` <img>\"\naffects = [\"x\"]\n";
    let threats = read_back(text);
    let style = Style { colour: false, width: 100, detail: Detail::Usual };
    for format in [Format::Text, Format::Markdown, Format::Svg] {
        let mut written = Vec::new();
        write(&threats, TODAY, format, style, &mut written).expect("written");
        let written = String::from_utf8(written).expect("UTF-8");
        assert!(!written.contains(['\u{202e}', '\u{200b}', '\u{1b}']), "{written}");
        let markup = written.contains("<script>") || written.contains("| x |") || written.contains(" <img>");
        assert!(!markup || format == Format::Text, "{written}");
    }
}

/// The rectangles of a class on a drawing.
fn rectangles(svg: &str, wanted: &[&str]) -> Vec<[f64; 4]> {
    let document = roxmltree::Document::parse(svg).expect("XML");
    let inner = |node: &roxmltree::Node<'_, '_>| {
        let class = node.attribute("class").unwrap_or_default();
        // The legend and the titles of lanes stand outside of groups with a title.
        let shown =
            node.parent().is_some_and(|group| group.children().any(|child| child.has_tag_name("title")));
        shown && node.has_tag_name("rect") && wanted.iter().any(|wanted| class.starts_with(wanted))
    };
    let number = |node: roxmltree::Node<'_, '_>, key| node.attribute(key).and_then(|n| n.parse::<f64>().ok());
    document
        .descendants()
        .filter(inner)
        .filter_map(|node| {
            Some([number(node, "x")?, number(node, "y")?, number(node, "width")?, number(node, "height")?])
        })
        .collect()
}

#[test]
fn nothing_on_a_drawing_covers_anything_else() {
    let mut boxes = 0;
    for (path, threats) in models() {
        let Some(svg) = picture(&threats.models[0], TODAY) else { continue };
        assert_eq!(
            Some(&svg),
            picture(&threats.models[0], TODAY).as_ref(),
            "the same model is drawn the same"
        );
        let all = rectangles(&svg, &["box", "store", "mask"]);
        boxes += all.len();
        for (at, a) in all.iter().enumerate() {
            for b in &all[at + 1..] {
                let apart =
                    a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
                assert!(apart, "{}: {a:?} and {b:?}", path.display());
            }
        }
    }
    assert!(boxes >= 10, "{boxes} boxes were looked at");
}

#[test]
fn a_zone_around_another_is_not_told_as_empty() {
    let text = "format = \"health-sec/threats@1\"\n[model]\ntitle = \"x\"\n[zone.ward]\n[zone.pump]\nparent = \"ward\"\n\
                [zone.attic]\n[component.control]\nkind = \"process\"\nzone = \"pump\"\n";
    let svg = picture(&read_back(text).models[0], TODAY).expect("a picture");
    assert!(svg.contains("Zones in which nothing stands: attic<"), "{svg}");
}

#[test]
fn threats_that_are_not_at_hand_are_not_told_as_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("threagile.yaml");
    let text = "threagile_version: 1.0.0\ntitle: Pump\ntechnical_assets:\n  Control:\n    id: control\n    type: process\n";
    std::fs::write(&file, text).expect("a file");
    let svg = picture(&look_at(&file, None).expect("a model").models[0], TODAY).expect("a picture");
    assert!(svg.contains("no threats at hand"), "{svg}");
}

#[test]
fn a_model_that_nobody_could_read_is_not_drawn() {
    use std::fmt::Write as _;
    let mut text = String::from("format = \"health-sec/threats@1\"\n[model]\ntitle = \"x\"\n");
    for n in 0..700 {
        let _ = writeln!(text, "[component.c{n}]");
    }
    assert!(picture(&read_back(&text).models[0], TODAY).is_none());
}
