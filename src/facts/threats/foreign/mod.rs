//! Models of other tools: told apart by content, read into the one shape.
//!
//! A file name says little: card games have a `threatmodel.json` too. What people write by hand is read
//! leniently, as the tools themselves do; what a word means is not guessed. A status that nobody defined
//! is [`Answer::Unknown`], and a threat that a tool made and nobody looked at is open: neither ever counts
//! as closed.

mod composer;
mod cyclonedx;
mod draft;
mod dragon;
mod drawing;
mod library;
mod otm;
mod pytm;
#[cfg(test)]
mod tests;
mod threagile;
mod threatcl;
mod tmt;

use std::sync::Arc;

use crate::document::{self, SyntaxError, Value};
use crate::source::{Location, Source};

use super::{Model, Unread, native};

/// Finds a file by its name in the folder of the model.
pub(super) type Beside<'a> = &'a dyn Fn(&str) -> Option<Arc<Source>>;

/// Words that only YAML of this kind begins a line with; the content decides what it is.
const OF_YAML: &[&str] = &["threagile_version:", "technical_assets:", "otmVersion:", "schema: threat-model"];

/// The same of formats that are declined by name.
const DECLINED_YAML: &[&str] =
    &["version:", "schemaVersion:", "schema_version:", "metadata:", "project_metadata:"];

/// Reads a model in any format.
///
/// # Errors
/// Every fault that was found; nothing is read in part.
pub(super) fn read(source: &Arc<Source>, beside: Beside<'_>) -> Result<Model, Vec<Unread>> {
    let text = source.text().trim_start_matches('\u{feff}').trim_start();
    let lines = |marks: &[&str]| text.lines().any(|line| marks.iter().any(|mark| line.starts_with(mark)));
    match text.as_bytes().first() {
        Some(b'{' | b'[') if !text.starts_with("[model]") => json(source, beside),
        Some(b'<') => tmt::read(source),
        _ if lines(OF_YAML) => yaml(source, beside),
        _ if lines(&["threatmodel \"", "spec_version"]) || text.starts_with("spec_version") => hcl(source),
        _ if lines(&["from pytm import", "import pytm"]) => Err(vec![
            Unread::new("it is a program for pytm, and programs are not run")
                .remedy("let pytm write its JSON (`--json`), and link that")
                .at(source.whole()),
        ]),
        _ if lines(DECLINED_YAML) => yaml(source, beside),
        _ if lines(&["invariant \""]) => {
            Err(vec![fault("it holds what threatcl asks of models, and no model", source.whole())])
        }
        _ => native::read(source),
    }
}

fn json(source: &Arc<Source>, beside: Beside<'_>) -> Result<Model, Vec<Unread>> {
    let value = document::parse_json(source).map_err(|error| vec![broken("JSON", error)])?;
    // Some exporters wrap the one model in a list.
    let value = match value.items() {
        [one] => one,
        _ => &value,
    };
    tree(source, value, beside)
}

fn yaml(source: &Arc<Source>, beside: Beside<'_>) -> Result<Model, Vec<Unread>> {
    let value = document::parse_yaml(source).map_err(|error| vec![broken("YAML that is read", error)])?;
    tree(source, &value, beside)
}

fn hcl(source: &Arc<Source>) -> Result<Model, Vec<Unread>> {
    let value = document::parse_hcl(source).map_err(|error| vec![broken("HCL", error)])?;
    if value.entry("threatmodel").is_none() {
        return Err(vec![fault("it is HCL, but it holds no `threatmodel`", source.whole())]);
    }
    threatcl::read(source, &value)
}

/// Reads a model of the formats that are trees of keys and values.
fn tree(source: &Arc<Source>, value: &Value, beside: Beside<'_>) -> Result<Model, Vec<Unread>> {
    let has = |key: &str| value.entry(key).is_some();
    let text = |key: &str| value.entry(key).and_then(|entry| entry.value.as_str()).unwrap_or_default();
    let names_format = ["specFormat", "bomFormat"].iter().any(|key| text(key) == "CycloneDX");
    match () {
        () if value.get(&["detail", "diagrams"]).is_some() => dragon::read(source, value),
        () if has("otmVersion") => otm::read(source, value),
        () if names_format && (has("blueprints") || has("threats") || has("risks")) => {
            cyclonedx::read(source, value)
        }
        () if has("scope") && has("trust_zones") && has("data_flows") => library::read(source, value),
        () if has("schema") && has("applicationInfo") && has("threats") => composer::read(source, value),
        () if has("threatmodel") && has("spec_version") => threatcl::read(source, value),
        () if has("technical_assets") => threagile::read(source, value, beside),
        () if has("boundaries") && has("flows") && (has("elements") || has("findings")) => {
            pytm::read(source, value)
        }
        () => Err(vec![declined(source, value)]),
    }
}

fn broken(format: &str, error: SyntaxError) -> Unread {
    Unread::new(format!("it is no {format}: {}", error.message)).at(error.at)
}

/// The specification from which Microsoft's hve-core draws a model.
const HVE_CORE: &str = "a specification of Microsoft's hve-core";

/// Formats that are known and not read, by the words in which they name themselves.
fn declined(source: &Arc<Source>, value: &Value) -> Unread {
    let has = |key: &str| value.entry(key).is_some();
    let starts = |key: &str, start: &str| {
        value.entry(key).and_then(|entry| entry.value.as_str()).is_some_and(|text| text.starts_with(start))
    };
    let tool = match () {
        () if has("bomFormat") || has("specFormat") => "a CycloneDX document without a threat model",
        () if starts("schema", "threat-model-sidecar") => "an alpha-omega sidecar",
        () if has("threat_model") && has("improvement_suggestions") => "a list of threats by STRIDE-GPT",
        () if has("metadata") && has("elements") && has("data_flows") => "a model of ThreatForge (.thf)",
        () if has("run_id") && has("mitigations") && has("exposures") => {
            "what threatspec gathers from comments"
        }
        () if has("scope") && has("analysis") && has("threats") => "a model of corda's threat-model-tool",
        () if has("mappings") && has("diagrams") && has("phase") => "a model of threat-model-spec",
        () if has("project_metadata") && (has("representations") || has("components")) => HVE_CORE,
        () => "",
    };
    let why = match tool {
        "" => "it is no threat model that is known".to_owned(),
        tool => format!("it is {tool}, which is not read"),
    };
    let remedy = match tool {
        HVE_CORE => {
            "let it write the model for the Microsoft Threat Modeling Tool (`generate_tm7.py`), and link that"
        }
        _ => "write the model in the native format: `cargo health-sec init --threat-model`",
    };
    Unread::new(why).remedy(remedy).at(source.whole())
}

/// A fault of a model at a place.
fn fault(why: impl Into<String>, at: Location) -> Unread {
    Unread::new(why).at(at)
}
