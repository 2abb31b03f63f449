//! `CycloneDX` with `vulnerabilities`: what somebody states of vulnerabilities in components.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::source::{Placed, Source};

use super::super::ledger::{Justification, Status};
use super::{Places, Read, component_of, day_of, exception, is_advisory};

/// States of an analysis that except a component; the others leave it affected or open.
const STATES: &[(&str, Status)] = &[
    ("not_affected", Status::NotAffected),
    ("false_positive", Status::NotAffected),
    ("resolved", Status::Fixed),
    ("resolved_with_pedigree", Status::Fixed),
];

/// Its reasons in the words of the ledger. What rests on settings or surroundings has no word there.
const REASONS: &[(&str, Justification)] = &[
    ("code_not_present", Justification::VulnerableCodeNotPresent),
    ("code_not_reachable", Justification::VulnerableCodeNotInExecutePath),
    ("requires_environment", Justification::VulnerableCodeCannotBeControlledByAdversary),
    ("protected_by_compiler", Justification::InlineMitigationsAlreadyExist),
    ("protected_at_runtime", Justification::InlineMitigationsAlreadyExist),
    ("protected_at_perimeter", Justification::InlineMitigationsAlreadyExist),
    ("protected_by_mitigating_control", Justification::InlineMitigationsAlreadyExist),
];

pub(super) fn read(document: &Value, source: &Arc<Source>, into: &mut Read) {
    let mut purls: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting: Vec<&Value> = array(document, "components").collect();
    while let Some(component) = waiting.pop() {
        if let (Some(reference), Some(purl)) = (text(component, "bom-ref"), text(component, "purl")) {
            purls.insert(reference, purl);
        }
        waiting.extend(array(component, "components"));
    }
    let places = Places::of(source);
    for vulnerability in array(document, "vulnerabilities") {
        if let Err(why) = read_vulnerability(vulnerability, &purls, document, &places, into) {
            into.unread.push((source.whole(), why));
        }
    }
}

fn read_vulnerability(
    vulnerability: &Value,
    purls: &BTreeMap<&str, &str>,
    document: &Value,
    places: &Places<'_>,
    into: &mut Read,
) -> Result<(), String> {
    let id = text(vulnerability, "id").ok_or("a vulnerability has no id")?;
    let Some(analysis) = vulnerability.get("analysis") else { return Ok(()) };
    let state = text(analysis, "state").unwrap_or_default();
    let Some((_, status)) = STATES.iter().find(|(word, _)| *word == state) else { return Ok(()) };
    if !is_advisory(id) {
        return Err(format!("`{}` names no vulnerability", id.escape_debug()));
    }
    let why = text(analysis, "justification");
    let justification = why.and_then(|why| REASONS.iter().find(|(word, _)| *word == why));
    let at = places.said(id);
    let author = document.get("metadata").map(author).unwrap_or_default();
    let written = text(analysis, "lastUpdated").or_else(|| text(document.get("metadata")?, "timestamp"));
    for affected in array(vulnerability, "affects") {
        let reference = text(affected, "ref").unwrap_or_default();
        // A link into another list ends with the name of the component there; a name may have the same sign in it.
        let part = reference.rsplit_once('#').map_or(reference, |(_, part)| part);
        let purl = purls.get(reference).or_else(|| purls.get(part)).copied().unwrap_or(part);
        let component =
            component_of(purl).ok_or_else(|| format!("{} names no component of cargo", id.escape_debug()))?;
        let mut waiver = exception("CycloneDX", at.clone(), id, text(analysis, "detail").or(why));
        if !author.is_empty() {
            waiver.by.value.clone_from(&author);
        }
        waiver.component = Some(Placed { value: component, at: at.clone() });
        waiver.status = Some(Placed { value: *status, at: at.clone() });
        waiver.justification = justification.map(|(_, value)| Placed { value: *value, at: at.clone() });
        waiver.created = written.and_then(day_of).map(|value| Placed { value, at: at.clone() });
        into.waivers.push(waiver);
    }
    Ok(())
}

/// Who made the list.
fn author(metadata: &Value) -> String {
    let maker = ["manufacturer", "supplier"].iter().find_map(|key| text(metadata.get(*key)?, "name"));
    let author = || array(metadata, "authors").find_map(|author| text(author, "name"));
    maker.or_else(author).unwrap_or_default().to_owned()
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}
