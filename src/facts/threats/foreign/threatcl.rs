//! threatcl, once hcltm, in HCL or JSON.
//!
//! A file may hold several models; they are read as one, each name within its own, and each diagram within its
//! own where a model has several. What has to be computed or fetched (variables, imports, `including`) is not
//! followed and said.

use std::sync::Arc;

use crate::document::Value;
use crate::source::{Location, Placed, Source};

use super::super::format::Format;
use super::super::protocols::hides;
use super::super::{Answer, Flow, Model, State, Threat, Unread};
use super::draft::{Draft, level, one_line, said, texts};

pub(super) fn read(source: &Arc<Source>, value: &Value) -> Result<Model, Vec<Unread>> {
    let models = blocks(value, "threatmodel");
    let title = models.first().map(|entry| Placed { value: one_line(&entry.key), at: entry.key_at.clone() });
    let mut draft = Draft::new(source, Format::Threatcl, title);
    draft.model.owner = models.first().and_then(|entry| said(entry.value, "author"));
    draft.model.head.description = models.first().and_then(|entry| said(entry.value, "description"));
    for entry in value.entries().iter().filter(|entry| entry.key == "component") {
        draft.unread("it holds components for other files, which are not followed", entry.key_at.clone());
    }
    for entry in &models {
        let prefix = if models.len() == 1 { String::new() } else { format!("{}/", one_line(&entry.key)) };
        Reader { prefix, draft: &mut draft }.model(entry.value);
    }
    draft.finish()
}

/// A block: what it is called, and what it says.
struct Block<'v> {
    /// Its label; where it has none, its kind and number.
    key: String,
    key_at: Location,
    value: &'v Value,
    /// True where it has a label.
    named: bool,
}

/// The blocks of a kind. JSON may put them into lists; the first versions gave threats and controls no label.
fn blocks<'v>(value: &'v Value, kind: &str) -> Vec<Block<'v>> {
    let mut blocks = Vec::new();
    for entry in value.entries().iter().filter(|entry| entry.key == kind) {
        for body in each(&entry.value) {
            if says(body) {
                let key = format!("{kind} {}", blocks.len() + 1);
                blocks.push(Block { key, key_at: entry.key_at.clone(), value: body, named: false });
                continue;
            }
            for labelled in body.entries() {
                let block = |value| {
                    let (key, key_at) = (labelled.key.clone(), labelled.key_at.clone());
                    Block { key, key_at, value, named: true }
                };
                blocks.extend(each(&labelled.value).iter().map(block));
            }
        }
    }
    blocks
}

/// A value, or the values of a list.
fn each(value: &Value) -> &[Value] {
    if value.items().is_empty() { std::slice::from_ref(value) } else { value.items() }
}

/// True for what says something itself, and does not only hold blocks.
fn says(body: &Value) -> bool {
    body.entries().iter().any(|entry| !entry.value.is_table() && entry.value.items().is_empty())
}

struct Reader<'d> {
    /// What tells the models of one file apart.
    prefix: String,
    draft: &'d mut Draft,
}

impl Reader<'_> {
    fn id(&self, entry: &Block<'_>) -> Placed<String> {
        Placed { value: format!("{}{}", self.prefix, entry.key), at: entry.key_at.clone() }
    }

    fn model(&mut self, model: &Value) {
        for key in ["imports", "including", "extends"] {
            if let Some(entry) = model.entry(key) {
                self.draft.unread("it takes in other files, which are not followed", entry.key_at.clone());
            }
        }
        for entry in blocks(model, "information_asset") {
            let id = self.id(&entry);
            self.draft.asset(
                Placed { value: format!("asset {}", id.value), at: id.at },
                Some(one_line(&entry.key)),
            );
        }
        let diagrams = diagrams(model);
        for (name, diagram) in &diagrams {
            let outer = self.prefix.clone();
            if diagrams.len() > 1 {
                self.prefix = format!("{outer}{name}/");
            }
            self.diagram(diagram);
            self.prefix = outer;
        }
        for block in &blocks(model, "threat") {
            self.threat(block);
        }
    }

    fn diagram(&mut self, diagram: &Value) {
        for zone in blocks(diagram, "trust_zone") {
            let id = self.id(&zone);
            let id = Placed { value: format!("zone {}", id.value), at: id.at };
            self.draft.zone(id.clone(), Some(one_line(&zone.key)));
            self.elements(zone.value, Some(&id.value));
        }
        self.elements(diagram, None);
        for (index, flow) in blocks(diagram, "flow").into_iter().enumerate() {
            let end = |key| {
                let end = said(flow.value, key)?;
                Some(Placed { value: format!("{}{}", self.prefix, end.value), at: end.at })
            };
            let own = Placed { value: format!("{}flow {}", self.prefix, index + 1), at: flow.key_at.clone() };
            let named = |name: &String| Placed { value: name.clone(), at: flow.key_at.clone() };
            // Many call a flow by its protocol.
            let label = Some(one_line(&flow.key)).filter(|_| flow.named);
            let protocol = label.as_ref().filter(|label| hides(label).is_some()).map(named);
            let protocol = said(flow.value, "protocol").or(protocol);
            self.draft.flow(Flow { protocol, ..Flow::new(own, end("from"), end("to")) }, label);
        }
    }

    fn elements(&mut self, around: &Value, zone: Option<&str>) {
        for kind in ["process", "data_store", "external_element"] {
            for entry in blocks(around, kind) {
                let id = self.id(&entry);
                match kind {
                    "external_element" => self.draft.neighbour(id.clone(), None),
                    "data_store" => self.draft.part(id.clone(), None, "store"),
                    _ => self.draft.part(id.clone(), None, "process"),
                }
                let named = said(entry.value, "trust_zone");
                let named = named.map(|zone| format!("zone {}{}", self.prefix, zone.value));
                if let Some(zone) = named.as_deref().or(zone) {
                    self.draft.stands(&id.value, zone);
                }
            }
        }
    }

    fn threat(&mut self, entry: &Block<'_>) {
        let own = self.id(entry);
        let mut by = Vec::new();
        let mut all_done = true;
        for kind in ["control", "expanded_control", "proposed_control"] {
            for control in blocks(entry.value, kind) {
                let id =
                    Placed { value: format!("{}/{}", own.value, control.key), at: control.key_at.clone() };
                let done = control.value.entry("implemented").and_then(|entry| entry.value.as_bool());
                let done = done == Some(true);
                let state = if done { State::InPlace } else { State::Planned };
                let state = Placed { value: state, at: control.key_at.clone() };
                self.draft.mitigation(&id, what(&control), state);
                for attribute in blocks(control.value, "attribute") {
                    self.attribute(&id.value, &attribute);
                }
                all_done &= done || kind == "proposed_control";
                by.push(id);
            }
        }
        // Before there were blocks, a control was a text, and nothing said whether it is there.
        if let Some(text) = said(entry.value, "control") {
            let id = Placed { value: format!("{}/control", own.value), at: text.at.clone() };
            let state = Placed { value: State::Planned, at: text.at.clone() };
            self.draft.mitigation(&id, text, state);
            by.push(id);
            all_done = false;
        }
        let title = said(entry.value, "description").filter(|text| text.value.len() < 80);
        let title = title.unwrap_or_else(|| what(entry));
        // Every control that is not merely proposed has to be there.
        let answer = if all_done { Answer::Mitigate } else { Answer::Open };
        let answer = by.first().map(|first| Placed { value: answer, at: first.at.clone() });
        let mut threat = Threat::new(own, title, answer);
        threat.text = said(entry.value, "description");
        threat.category = texts(entry.value, "stride");
        threat.before = entry.value.get(&["risk"]).and_then(|risk| level(said(risk, "severity")));
        threat.by = by;
        self.draft.threat(threat);
    }

    /// Tests of a control, by the names that release gates of this tool have made usual.
    fn attribute(&mut self, control: &str, attribute: &Block<'_>) {
        let Some(value) = said(attribute.value, "value") else { return };
        match attribute.key.as_str() {
            "verification" => self.draft.tested(control, value, false),
            "negative_test" => self.draft.tested(control, value, true),
            _ => {}
        }
    }
}

/// What a block is about: its label, or else what it describes.
fn what(block: &Block<'_>) -> Placed<String> {
    let described = if block.named { None } else { said(block.value, "description") };
    described.unwrap_or_else(|| Placed { value: one_line(&block.key), at: block.key_at.clone() })
}

/// The diagrams of a model, each with its name; those of the first version have none.
fn diagrams(model: &Value) -> Vec<(String, &Value)> {
    let mut diagrams = Vec::new();
    for kind in ["data_flow_diagram", "data_flow_diagram_v2"] {
        for block in model.entries().iter().filter(|entry| entry.key == kind) {
            let drawn = ["flow", "process", "trust_zone", "data_store", "external_element"];
            let bare = drawn.iter().any(|part| block.value.entry(part).is_some());
            if bare {
                diagrams.push((format!("diagram {}", diagrams.len() + 1), &block.value));
            } else {
                let named = block.value.entries().iter();
                diagrams.extend(named.map(|entry| (entry.key.clone(), &entry.value)));
            }
        }
    }
    diagrams
}
