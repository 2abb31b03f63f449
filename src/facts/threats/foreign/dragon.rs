//! OWASP Threat Dragon, versions 1 and 2.
//!
//! Version 2 keeps the facts of a cell in `data`, version 1 in the cell itself; files in the field mix the
//! two, so each cell is asked. Threats hang on cells. There is no field for the reason why a threat does
//! not apply: people write it into `mitigation`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::document::Value;
use crate::source::{Placed, Source};

use super::super::format::Format;
use super::super::placeholders::is_placeholder;
use super::super::{Answer, Flow, Model, Rating, State, Threat, Unread};
use super::draft::{Draft, encrypted, id, level, list, one, one_line, said, yes};
use super::drawing::{self, Line, Point, Rectangle};

/// What a status means; `hasOpenThreats` and the like are not asked, since nothing keeps them true.
const ANSWERS: &[(&str, Answer)] = &[
    ("open", Answer::Open),
    ("mitigated", Answer::Mitigate),
    ("eliminated", Answer::Mitigate),
    ("accepted", Answer::Accept),
    ("transferred", Answer::Transfer),
    ("avoided", Answer::Avoid),
    ("notapplicable", Answer::NotApplicable),
    ("na", Answer::NotApplicable),
];

pub(super) fn read(source: &Arc<Source>, value: &Value) -> Result<Model, Vec<Unread>> {
    let title = value.get(&["summary"]).and_then(|summary| said(summary, "title"));
    let mut draft = Draft::new(source, Format::ThreatDragon, title);
    draft.model.owner = value.get(&["summary"]).and_then(|summary| said(summary, "owner"));
    draft.model.reviewers =
        value.get(&["detail"]).and_then(|detail| said(detail, "reviewer")).into_iter().collect();
    draft.model.head.description = value.get(&["summary"]).and_then(|summary| said(summary, "description"));
    let diagrams = value.get(&["detail"]).map(|detail| draft.list(detail, "diagrams")).unwrap_or_default();
    let repeated = repeated(diagrams);
    for diagram in diagrams {
        let of_first = diagram.get(&["diagramJson"]).filter(|_| diagram.entry("cells").is_none());
        let cells = draft.list(of_first.unwrap_or(diagram), "cells");
        draft.method(said(diagram, "diagramType"));
        for cell in cells {
            self::cell(cell, &repeated, &mut draft);
        }
        stand(cells, &mut draft);
    }
    draft.finish()
}

/// The cells of a diagram, of either version.
fn cells(diagram: &Value) -> &[Value] {
    let cells = diagram.get(&["cells"]).or_else(|| diagram.get(&["diagramJson", "cells"]));
    cells.map(Value::items).unwrap_or_default()
}

/// Where the facts of a cell stand.
fn facts_of(cell: &Value) -> &Value {
    cell.get(&["data"]).filter(|data| data.is_table()).unwrap_or(cell)
}

/// The id of a threat.
fn id_of_threat(threat: &Value) -> Option<Placed<String>> {
    id(threat, "id").or_else(|| id(threat, "threatId"))
}

/// The ids that several threats bear: the tool copies a cell with the ids of its threats.
fn repeated(diagrams: &[Value]) -> BTreeSet<String> {
    let cells = diagrams.iter().flat_map(cells);
    let threats = cells.flat_map(|cell| list(facts_of(cell), "threats"));
    let (mut once, mut repeated) = (BTreeSet::new(), BTreeSet::new());
    for id in threats.filter_map(id_of_threat) {
        if !once.insert(id.value.clone()) {
            repeated.insert(id.value);
        }
    }
    repeated
}

fn cell(cell: &Value, repeated: &BTreeSet<String>, draft: &mut Draft) {
    let data = facts_of(cell);
    let Some(kind) = kind_of(cell) else {
        // Texts only decorate; what threats hang on does not.
        if !list(data, "threats").is_empty() {
            draft.fault("threats hang on this cell, and nobody can tell what it is", cell.at());
        }
        return;
    };
    let Some(id) = id(cell, "id") else {
        draft.fault("this cell has no id", cell.at());
        return;
    };
    let name = said(data, "name").map(|name| name.value).or_else(|| label(cell));
    match kind {
        Kind::Actor => draft.neighbour(id.clone(), name),
        Kind::Process => draft.part(id.clone(), name, "process"),
        Kind::Store => {
            draft.part(id.clone(), name, "store");
            if let Some(store) = draft.last_part(&id.value) {
                store.at_rest = encrypted(data, "isEncrypted")
                    .map(|yes| Placed { value: "encrypted".to_owned(), at: yes.at });
            }
        }
        Kind::Boundary if rectangle(cell).is_some() => draft.zone(id.clone(), name),
        Kind::Boundary => draft.boundary(id.clone(), name, Vec::new()),
        Kind::Flow => {
            let flow = Flow {
                protocol: said(data, "protocol"),
                encryption: encrypted(data, "isEncrypted"),
                both_ways: yes(data, "isBidirectional"),
                ..Flow::new(id.clone(), end(cell, "source"), end(cell, "target"))
            };
            draft.flow(flow, name);
        }
    }
    if let Some(out) = yes(data, "outOfScope") {
        draft.leave_out(&id.value, out.at, said(data, "reasonOutOfScope"));
    }
    for (index, value) in draft.list(data, "threats").iter().enumerate() {
        read_threat(value, (&id, index), repeated, draft);
    }
}

/// The name that version 1 draws: in a shape, or beside an arrow.
fn label(cell: &Value) -> Option<String> {
    let of_text = |value: &Value| value.get(&["attrs", "text", "text"]).and_then(Value::as_str).map(one_line);
    let beside = || list(cell, "labels").iter().find_map(of_text);
    of_text(cell).or_else(beside).filter(|name| !name.is_empty())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Actor,
    Process,
    Store,
    Flow,
    Boundary,
}

/// What a cell is; `None` for texts and what else only decorates.
fn kind_of(cell: &Value) -> Option<Kind> {
    let word = |key: &str| cell.entry(key).and_then(|entry| entry.value.as_str());
    let of_data = cell.get(&["data", "type"]).and_then(Value::as_str);
    [word("shape"), word("type"), of_data].into_iter().flatten().find_map(|word| match word {
        "actor" | "tm.Actor" => Some(Kind::Actor),
        "process" | "tm.Process" => Some(Kind::Process),
        "store" | "tm.Store" => Some(Kind::Store),
        "flow" | "tm.Flow" => Some(Kind::Flow),
        // The tool itself has written the third.
        "trust-boundary-box"
        | "trust-boundary-curve"
        | "trust-broundary-curve"
        | "tm.Boundary"
        | "tm.BoundaryBox" => Some(Kind::Boundary),
        _ => None,
    })
}

/// An end of a flow: the cell it is fastened to, if it is fastened.
fn end(cell: &Value, key: &str) -> Option<Placed<String>> {
    let end = cell.get(&[key])?;
    id(end, "cell").or_else(|| id(end, "id"))
}

fn read_threat(
    value: &Value,
    (cell, index): (&Placed<String>, usize),
    repeated: &BTreeSet<String>,
    draft: &mut Draft,
) {
    let within = |id: Placed<String>| {
        let unclear = repeated.contains(&id.value);
        if unclear { Placed { value: format!("{}/{}", cell.value, id.value), at: id.at } } else { id }
    };
    let own = id_of_threat(value).map(within);
    let own = own.unwrap_or_else(|| Placed { value: format!("{}/{index}", cell.value), at: value.at() });
    let title = said(value, "title").or_else(|| said(value, "type"));
    let title =
        title.unwrap_or_else(|| Placed { value: "a threat without a title".to_owned(), at: value.at() });
    let status = said(value, "status");
    let answer = status.as_ref().map(|status| Placed { value: answer(&status.value), at: status.at.clone() });
    let text = said(value, "mitigation").filter(|text| !is_placeholder(&text.value));
    let mut threat = Threat::new(own, title, answer);
    threat.text = said(value, "description");
    threat.category = one(said(value, "type"));
    threat.before = level(said(value, "severity"));
    if let Some(score) = said(value, "score") {
        let rating = threat.before.get_or_insert_with(|| Rating::new(score.at.clone()));
        if score.value.contains("AV:") {
            rating.vector = Some(score);
        } else {
            rating.score = Some(score);
        }
    }
    threat.affects = vec![cell.clone()];
    match (threat.answer.as_ref().map(|answer| answer.value), text) {
        (Some(Answer::Transfer | Answer::Avoid | Answer::NotApplicable), text) => threat.reason = text,
        (answer, Some(text)) => {
            let id = Placed { value: format!("{}/mitigation", threat.id.value), at: text.at.clone() };
            let in_place = answer == Some(Answer::Mitigate);
            let state = if in_place { State::InPlace } else { State::Planned };
            let state = Placed { value: state, at: status.map_or_else(|| value.at(), |status| status.at) };
            draft.mitigation(&id, text, state);
            threat.by = vec![id];
        }
        (_, None) => {}
    }
    draft.threat(threat);
}

/// What a status means, whatever its spelling: blanks and the like between letters are none of its letters.
fn answer(status: &str) -> Answer {
    let between = |c: char| c.is_whitespace() || matches!(c, '-' | '_' | '/' | '.');
    let plain = status.replace(between, "");
    let known = ANSWERS.iter().find(|(word, _)| word.eq_ignore_ascii_case(&plain));
    known.map_or(Answer::Unknown, |(_, answer)| *answer)
}

/// The rectangle of a cell.
fn rectangle(cell: &Value) -> Option<Rectangle> {
    let number = |keys: &[&str]| cell.get(keys).and_then(Value::as_number);
    let (left, top) = (number(&["position", "x"])?, number(&["position", "y"])?);
    let (width, height) = (number(&["size", "width"])?, number(&["size", "height"])?);
    Some(Rectangle::new(left, top, width, height))
}

/// Says which cell stands in which box.
fn stand(cells: &[Value], draft: &mut Draft) {
    let placed = |cell: &Value| Some((id(cell, "id")?, rectangle(cell)?));
    let (boxes, others): (Vec<&Value>, Vec<&Value>) =
        cells.iter().partition(|cell| kind_of(cell) == Some(Kind::Boundary));
    let all = |cells: &[&Value]| cells.iter().copied().filter_map(placed).collect::<Vec<_>>();
    let placed = all(&others);
    drawing::stand(&all(&boxes), &placed, draft);
    let parts: BTreeMap<&str, Point> =
        placed.iter().map(|(id, own)| (id.value.as_str(), own.middle())).collect();
    let drawn = |cell: &&Value| Some((id(cell, "id")?, line(cell, &parts)?));
    let lines: Vec<Line> = boxes.iter().filter(|cell| rectangle(cell).is_none()).filter_map(drawn).collect();
    let arrows = others.iter().filter(|cell| kind_of(cell) == Some(Kind::Flow));
    drawing::cut(&lines, &arrows.filter_map(drawn).collect::<Vec<_>>(), draft);
}

/// The points of an arrow or a line, from end to end: an end is a point, or the middle of what it is fastened to.
fn line(cell: &Value, parts: &BTreeMap<&str, Point>) -> Option<Vec<Point>> {
    let point = |value: &Value| Some((value.get(&["x"])?.as_number()?, value.get(&["y"])?.as_number()?));
    let end = |key: &str| {
        let fastened = end(cell, key).and_then(|part| parts.get(part.value.as_str()).copied());
        fastened.or_else(|| point(cell.get(&[key])?))
    };
    let between = list(cell, "vertices").iter().filter_map(point);
    Some([end("source")?].into_iter().chain(between).chain([end("target")?]).collect())
}
