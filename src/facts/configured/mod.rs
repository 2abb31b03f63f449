//! What files of settings say of the addresses that the product opens.
//!
//! Where an address is a field of a struct that serde fills, and a file of the workspace holds that key, the file tells
//! what the code does not. Several files may hold it, and differ: each is one of several, with its place.
//!
//! - `shapes`: the structs that serde fills, and the keys of their fields
//! - `find`: which files can be meant
//! - `profiles`: files in which each profile has a table: Rocket's, and those that figment nests
//!
//! A file counts for a struct where all its outermost keys are fields of that struct, or where the code names the file and
//! the struct is part of no other. What can't be read of such files is a [`Gap`].

mod find;
mod profiles;
mod shapes;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::document::{self, SyntaxError, Value as Kept};
use crate::policy::Policy;
use crate::request::Request;
use crate::source::{Location, Placed, ReadError, Source, Tree};

use super::code::{Asked, Callee, Code, Scope, Setting, Value};
use super::workspace::Workspace;
use super::{Gap, Kind, threats};

use find::Found;
use shapes::{Key, Shapes};

/// So many values are kept of one field: more are no choice that somebody looks at.
const MOST_SAID: usize = 16;

/// Reads the workspace's own sources, and what files of settings say of the addresses in them. What could not be read of
/// such files stands apart: it matters only where somebody has said too where the product listens.
pub(super) fn code(
    tree: &Tree,
    workspace: &Workspace,
    policy: &Policy,
    request: &Request,
    gaps: &mut Vec<Gap>,
) -> (Code, Vec<Gap>) {
    // Who names tests is a threat model.
    let calls_of_tests = threats::are_linked(workspace, policy);
    let asked = Asked { tree, workspace, calls_of_tests, request };
    let mut code = super::code::gather(&asked, gaps);
    let unread = fill(tree, workspace, &mut code);
    (code, unread)
}

/// Fills what files say into the addresses of what is opened.
fn fill(tree: &Tree, workspace: &Workspace, code: &mut Code) -> Vec<Gap> {
    let mut asked: Vec<Vec<(super::code::Text, super::code::Text)>> = Vec::new();
    visit(code, &mut |setting| {
        if !asked.contains(&setting.steps) {
            asked.push(setting.steps.clone());
        }
    });
    let mut files = Files { tree, workspace, read: BTreeMap::new(), gaps: Vec::new() };
    profiles::by_file(&mut files, code);
    if asked.is_empty() {
        return files.gaps;
    }
    let shapes = Shapes::new(code);
    let mut answers: Vec<(Option<String>, Vec<Placed<Value>>)> = Vec::new();
    for steps in &asked {
        let keys = shapes.keys(steps);
        let key = keys.iter().find(|key| key.whole).map(Key::words);
        let members = shapes.members(steps);
        let mut said = files.said(&keys, &members, code);
        if said.is_empty() {
            said = key.iter().flat_map(|key| defaults(key, &members, code)).collect();
        }
        answers.push((key, said));
    }
    visit(code, &mut |setting| {
        if let Some(at) = asked.iter().position(|steps| *steps == setting.steps) {
            (setting.key, setting.said) = answers[at].clone();
        }
    });
    files.gaps
}

/// What the code itself gives to `config` or figment for a key: `.set_default("service.port", 8080)`.
fn defaults(key: &str, members: &[usize], code: &Code) -> Vec<Placed<Value>> {
    let calls = code.calls.iter().filter(|call| {
        let Callee::Method { name, receiver: Some(from), .. } = &call.callee else { return false };
        let of = from.resolved.as_deref().unwrap_or_default();
        let unit = code.units.get(call.site.unit);
        let gives = match name.as_str() {
            "set_default" | "set_override" => of.starts_with("config::"),
            "merge" | "join" | "admerge" | "adjoin" => profiles::is_figment(of),
            _ => false,
        };
        gives && call.site.scope == Scope::Product && unit.is_some_and(|unit| members.contains(&unit.member))
    });
    let is_key = |name: &Value| *name == Value::Text(key.to_owned());
    let told = |value: &Value, at: &Location| {
        let told = matches!(value, Value::Text(_) | Value::Integer(_));
        told.then(|| Placed { value: value.clone(), at: at.clone() })
    };
    let said = calls.filter_map(|call| match call.arguments.as_slice() {
        [name, value] if is_key(&name.value) => told(&value.value, &value.at),
        // `.merge(("port", 8080))`, `.join(Serialized::default("port", 8080))`
        [pair] => match &pair.value {
            Value::Tuple(parts) | Value::Call(_, parts) => match parts.as_slice() {
                [name, value] if is_key(name) => told(value, &pair.at),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    said.take(MOST_SAID).collect()
}

/// Visits each field in an address of what is opened that a file may fill.
fn visit(code: &mut Code, visit: &mut impl FnMut(&mut Setting)) {
    for opened in &mut code.opened {
        let presets = opened.call.arguments.iter_mut().filter_map(|argument| argument.preset.as_deref_mut());
        for value in presets.chain(opened.handed.as_mut()) {
            value.settings_mut(visit);
        }
    }
}

/// The files of settings, each read once.
struct Files<'a> {
    tree: &'a Tree,
    workspace: &'a Workspace,
    read: BTreeMap<PathBuf, Option<Kept>>,
    gaps: Vec<Gap>,
}

impl Files<'_> {
    /// What the files of some members say under a key: each value with its place, in the order of files.
    fn said(&mut self, keys: &[Key], members: &[usize], code: &Code) -> Vec<Placed<Value>> {
        let mut said: Vec<Placed<Value>> = Vec::new();
        let nested = profiles::are_nested(members, code);
        for Found { path, named } in find::files(self.tree, self.workspace, members, code, &mut self.gaps) {
            let Some(file) = self.file(&path) else { continue };
            // The outermost struct that the file, or the table of a profile in it, can be of.
            let value = |table: &'_ Kept| {
                let fits = |key: &&Key| (named && key.whole) || key.is_for(table);
                let value = keys.iter().rev().filter(fits).find_map(|key| key.value(table))?;
                Some(Placed { value: told(value)?, at: value.at() })
            };
            let values = match value(file) {
                None if nested => profiles::each(file, "default", &value),
                whole => whole.into_iter().collect(),
            };
            said.extend(values);
            said.truncate(MOST_SAID);
        }
        said
    }

    fn file(&mut self, path: &PathBuf) -> Option<&Kept> {
        if !self.read.contains_key(path) {
            let read = match self.tree.read(path) {
                Ok(source) => parse(&source).map_err(|fault| {
                    let gap = Gap::new(Kind::Configured, source.path(), fault.message, REMEDY);
                    gap.at(fault.at)
                }),
                // A link out of the tree says nothing of what is delivered.
                Err(ReadError::Outside | ReadError::Absent) => {
                    self.read.insert(path.clone(), None);
                    return None;
                }
                Err(why) => {
                    Err(Gap::new(Kind::Configured, self.tree.relative(path), why.to_string(), REMEDY))
                }
            };
            let kept = read.map_err(|gap| self.gaps.push(gap)).ok();
            self.read.insert(path.clone(), kept);
        }
        self.read.get(path)?.as_ref()
    }
}

const REMEDY: &str = "mend the file: it may say where the product listens";

fn parse(source: &Arc<Source>) -> Result<Kept, SyntaxError> {
    match source.path().rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "toml" => document::parse(source),
        "json" => document::parse_json(source),
        _ => document::parse_yaml(source),
    }
}

/// A value of a file; what a template or the environment fills in is none.
fn told(value: &Kept) -> Option<Value> {
    match value.as_str() {
        Some(text) if text.contains("${") || text.contains("{{") || text.contains("<%") => None,
        Some(text) => Some(Value::Text(text.to_owned())),
        None => value.as_integer().map(|number| Value::Integer(number.into())),
    }
}

#[cfg(test)]
mod tests;
