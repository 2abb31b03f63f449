//! threatcl, once hcltm, in HCL or JSON.
//!
//! A file may hold several models; they are read as one, each name within its own. What has to be computed
//! or fetched (variables, imports, `including`) is not followed and said.

use std::sync::Arc;

use crate::document::{Entry, Value};
use crate::source::{Placed, Source};

use super::super::format::Format;
use super::super::{Answer, Flow, Model, State, Threat, Unread};
use super::draft::{Draft, level, one_line, said, texts};

pub(super) fn read(source: &Arc<Source>, value: &Value) -> Result<Model, Vec<Unread>> {
    let models: Vec<_> = labelled(value, "threatmodel").collect();
    let title = models.first().map(|entry| Placed { value: one_line(&entry.key), at: entry.key_at.clone() });
    let mut draft = Draft::new(source, Format::Threatcl, title);
    draft.model.owner = models.first().and_then(|entry| said(&entry.value, "author"));
    draft.model.head.description = models.first().and_then(|entry| said(&entry.value, "description"));
    for entry in value.entries().iter().filter(|entry| entry.key == "component") {
        draft.unread("it holds components for other files, which are not followed", entry.key_at.clone());
    }
    for entry in &models {
        let prefix = if models.len() == 1 { String::new() } else { format!("{}/", one_line(&entry.key)) };
        Reader { prefix, draft: &mut draft }.model(&entry.value);
    }
    draft.finish()
}

/// The entries below every block of a kind: one a label. JSON may put them into lists.
fn labelled<'v>(value: &'v Value, kind: &'static str) -> impl Iterator<Item = &'v Entry> {
    let blocks = value.entries().iter().filter(move |entry| entry.key == kind);
    blocks.flat_map(|entry| {
        let listed = entry.value.items().iter().flat_map(Value::entries);
        entry.value.entries().iter().chain(listed)
    })
}

struct Reader<'d> {
    /// What tells the models of one file apart.
    prefix: String,
    draft: &'d mut Draft,
}

impl Reader<'_> {
    fn id(&self, entry: &Entry) -> Placed<String> {
        Placed { value: format!("{}{}", self.prefix, entry.key), at: entry.key_at.clone() }
    }

    fn model(&mut self, model: &Value) {
        for key in ["imports", "including", "extends"] {
            if let Some(entry) = model.entry(key) {
                self.draft.unread("it takes in other files, which are not followed", entry.key_at.clone());
            }
        }
        for entry in labelled(model, "information_asset") {
            let id = self.id(entry);
            self.draft.asset(
                Placed { value: format!("asset {}", id.value), at: id.at },
                Some(one_line(&entry.key)),
            );
        }
        for kind in ["data_flow_diagram", "data_flow_diagram_v2"] {
            for block in model.entries().iter().filter(|entry| entry.key == kind) {
                // The older diagram has no name.
                let named = block.value.entries().iter().any(|entry| entry.key == "flow");
                if named {
                    self.diagram(&block.value);
                } else {
                    block.value.entries().iter().for_each(|entry| self.diagram(&entry.value));
                }
            }
        }
        for entry in labelled(model, "threat") {
            self.threat(entry);
        }
    }

    fn diagram(&mut self, diagram: &Value) {
        for zone in labelled(diagram, "trust_zone") {
            let id = self.id(zone);
            let id = Placed { value: format!("zone {}", id.value), at: id.at };
            self.draft.zone(id.clone(), Some(one_line(&zone.key)));
            self.elements(&zone.value, Some(&id.value));
        }
        self.elements(diagram, None);
        for (index, flow) in labelled(diagram, "flow").enumerate() {
            let end = |key| {
                let end = said(&flow.value, key)?;
                Some(Placed { value: format!("{}{}", self.prefix, end.value), at: end.at })
            };
            let encrypted = flow.key.eq_ignore_ascii_case("https");
            let word = |word: &str| Placed { value: word.to_owned(), at: flow.key_at.clone() };
            let own = word(&format!("{}flow {}", self.prefix, index + 1));
            let flow = Flow {
                protocol: said(&flow.value, "protocol").or_else(|| Some(word(&one_line(&flow.key)))),
                encryption: encrypted.then(|| word("yes")),
                ..Flow::new(own, end("from"), end("to"))
            };
            self.draft.flow(flow, None);
        }
    }

    fn elements(&mut self, around: &Value, zone: Option<&str>) {
        for kind in ["process", "data_store", "external_element"] {
            for entry in labelled(around, kind) {
                let id = self.id(entry);
                match kind {
                    "external_element" => self.draft.neighbour(id.clone(), None),
                    "data_store" => self.draft.part(id.clone(), None, "store"),
                    _ => self.draft.part(id.clone(), None, "process"),
                }
                let named = said(&entry.value, "trust_zone");
                let named = named.map(|zone| format!("zone {}{}", self.prefix, zone.value));
                if let Some(zone) = named.as_deref().or(zone) {
                    self.draft.stands(&id.value, zone);
                }
            }
        }
    }

    fn threat(&mut self, entry: &Entry) {
        let own = self.id(entry);
        let mut by = Vec::new();
        let mut all_done = true;
        for kind in ["control", "expanded_control", "proposed_control"] {
            for control in labelled(&entry.value, kind) {
                let id =
                    Placed { value: format!("{}/{}", own.value, control.key), at: control.key_at.clone() };
                let done = control.value.entry("implemented").and_then(|entry| entry.value.as_bool());
                let done = done == Some(true) && kind != "proposed_control";
                let state = if done { State::InPlace } else { State::Planned };
                let what = Placed { value: one_line(&control.key), at: control.key_at.clone() };
                self.draft.mitigation(&id, what, Placed { value: state, at: control.key_at.clone() });
                for attribute in labelled(&control.value, "attribute") {
                    self.attribute(&id.value, attribute);
                }
                all_done &= done || kind == "proposed_control";
                by.push(id);
            }
        }
        let title = said(&entry.value, "description").filter(|text| text.value.len() < 80);
        let title = title.unwrap_or_else(|| Placed { value: one_line(&entry.key), at: entry.key_at.clone() });
        // Every control that is not merely proposed has to be there.
        let answer = if all_done { Answer::Mitigate } else { Answer::Open };
        let answer = by.first().map(|first| Placed { value: answer, at: first.at.clone() });
        let mut threat = Threat::new(own, title, answer);
        threat.text = said(&entry.value, "description");
        threat.category = texts(&entry.value, "stride");
        threat.before = entry.value.get(&["risk"]).and_then(|risk| level(said(risk, "severity")));
        threat.by = by;
        self.draft.threat(threat);
    }

    /// Tests of a control, by the names that release gates of this tool have made usual.
    fn attribute(&mut self, control: &str, attribute: &Entry) {
        let Some(value) = said(&attribute.value, "value") else { return };
        match attribute.key.as_str() {
            "verification" => self.draft.tested(control, value, false),
            "negative_test" => self.draft.tested(control, value, true),
            _ => {}
        }
    }
}
