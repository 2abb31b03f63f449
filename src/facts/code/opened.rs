//! Calls that open an interface of the product, found by `rules/interfaces.toml`.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Call, Callee, Code, ItemKind, Map, Name, Scope, Text, Value};
use crate::facts::known::interfaces::{Opening, interfaces};
use crate::facts::known::patterns::last;

/// A call that opens an interface.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What it opens.
    pub opening: &'static Opening,
    /// What is called, for people.
    pub name: String,
    /// The call.
    pub call: Call,
    /// Where the address is made of parameters of the function around it: the address with what the workspace's calls of
    /// that function give for them, if they agree. Where the call has no address, and a file of a known name has: that.
    pub handed: Option<Value>,
}

/// The calls of a file that open an interface of the product.
pub(super) fn opened(calls: &[Call]) -> Vec<Opened> {
    let found = calls.iter().filter(|call| call.site.scope == Scope::Product).filter_map(|call| {
        let (opening, name) = match &call.callee {
            Callee::Path(name) => {
                let path = name.resolved.as_deref()?;
                (interfaces().function(path)?, path.to_owned())
            }
            Callee::Method { name, receiver, chain } => {
                let from = receiver.as_ref()?.resolved.as_deref()?;
                (interfaces().method(name, from, chain)?, shown(from, name))
            }
            Callee::Macro(_) => return None,
        };
        let known =
            opening.routes.is_empty() || route(call).is_some_and(|route| leads_to(route, &opening.routes));
        known.then(|| Opened { opening, name, call: call.clone(), handed: None })
    });
    found.collect()
}

/// Through so many functions and types of the workspace something is followed.
const MOST_STEPS: usize = 4;

/// What functions and types of the workspace hand out: `fn client() -> reqwest::Client`, `impl Deref for Client`.
struct HandedOut<'c> {
    by_functions: Map<&'c str, &'c str>,
    by_types: Map<&'c str, &'c str>,
    /// The methods of such types: who calls one does not call what is behind.
    own: HashSet<(&'c str, &'c str)>,
}

impl<'c> HandedOut<'c> {
    fn of(code: &'c Code) -> Self {
        let by_functions: Map<&str, &str> = code
            .items
            .iter()
            .filter_map(|item| Some((item.path.as_str(), item.returns.as_ref()?.resolved.as_deref()?)))
            .collect();
        let types = by_functions.iter().filter_map(|(path, of)| Some((path.strip_suffix("::deref")?, *of)));
        let by_types: Map<&str, &str> = types.collect();
        let functions =
            code.items.iter().filter(|item| item.kind == ItemKind::Function && !by_types.is_empty());
        let own = functions.filter_map(|item| item.path.rsplit_once("::"));
        let own = own.filter(|(of, _)| by_types.contains_key(of)).collect();
        Self { by_functions, by_types, own }
    }

    /// One step behind what a method is called on. A function of such a type that hands out nothing else makes one.
    fn behind(&self, from: &str, method: &str) -> Option<&'c str> {
        let of_type = |path: &str| {
            let (path, of) = self.by_types.get_key_value(path)?;
            (!self.own.contains(&(path, method))).then_some(*of)
        };
        let made = || from.rsplit_once("::").and_then(|(path, _)| of_type(path));
        self.by_functions.get(from).copied().or_else(|| of_type(from)).or_else(made)
    }
}

/// Finds calls of methods on what the workspace's own functions and types hand out.
pub(super) fn through_own_functions(code: &mut Code) {
    let handed_out = HandedOut::of(code);
    let mut found = Vec::new();
    let product = code.calls.iter().filter(|call| call.site.scope == Scope::Product);
    for call in product.filter(|_| !handed_out.by_functions.is_empty()) {
        let Callee::Method { name, receiver: Some(Name { resolved: Some(from), .. }), chain } = &call.callee
        else {
            continue;
        };
        let mut behind = handed_out.behind(from, name);
        for _ in 0..MOST_STEPS {
            let Some(of) = behind else { break };
            let opening = interfaces().method(name, of, chain).filter(|opening| opening.routes.is_empty());
            if let Some(opening) = opening {
                found.push(Opened { opening, name: shown(of, name), call: call.clone(), handed: None });
                break;
            }
            behind = handed_out.behind(of, name);
        }
    }
    if !found.is_empty() {
        code.opened.extend(found);
        code.opened.sort_by(|a, b| a.call.site.at.cmp(&b.call.site.at));
    }
}

/// The route that a call names.
fn route(call: &Call) -> Option<&str> {
    match &call.arguments.first()?.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn leads_to(route: &str, words: &[String]) -> bool {
    route.split('/').any(|part| words.iter().any(|word| word == part))
}

impl Opened {
    /// The route that it names, where routes matter.
    #[must_use]
    pub fn route(&self) -> Option<&str> {
        route(&self.call).filter(|_| !self.opening.routes.is_empty())
    }
}

/// A method for people, with the type whose it is.
fn shown(from: &str, method: &str) -> String {
    let of_function = last(from).starts_with(char::is_lowercase);
    let of = match from.rsplit_once("::") {
        Some((of, _)) if of_function && last(of).starts_with(char::is_uppercase) => of,
        _ => from,
    };
    format!("{of}::{method}")
}

/// The argument of a call that tells where it goes.
fn place(opened: &Opened) -> Option<usize> {
    opened.opening.address.or(opened.opening.port).or(opened.opening.host).filter(|_| !opened.opening.made)
}

/// A parameter that tells where something goes, and whose callers are asked.
struct Question {
    opened: usize,
    parameter: Text,
    position: usize,
}

/// Asks the callers of a function for what they give it, where that is the address of what it opens.
pub(super) fn ask_callers(code: &mut Code) {
    let mut asked: Map<&str, Vec<Question>> = Map::default();
    for (index, opened) in code.opened.iter().enumerate() {
        let Some(argument) = place(opened).and_then(|at| opened.call.arguments.get(at)) else { continue };
        let mut parameters = Vec::new();
        match (&argument.preset, &argument.name, &argument.value) {
            (Some(preset), ..) => parameters_in(preset, &mut parameters),
            (None, Some(name), Value::Unknown | Value::Path(_)) => parameters.push(name),
            _ => {}
        }
        if parameters.is_empty() {
            continue;
        }
        let site = &opened.call.site;
        let function = code.items.iter().find(|item| {
            item.kind == ItemKind::Function
                && item.path == site.within.as_str()
                && item.site.unit == site.unit
        });
        for parameter in parameters {
            let named = |field: &super::FieldFact| field.name == parameter.as_str();
            if let Some(position) = function.and_then(|function| function.fields.iter().position(named)) {
                let question = Question { opened: index, parameter: parameter.clone(), position };
                asked.entry(site.within.as_str()).or_default().push(question);
            }
        }
    }
    if asked.is_empty() {
        return;
    }
    let names: HashSet<&str> = asked.keys().map(|function| last(function)).collect();
    let mut answers: BTreeMap<(usize, Text), Vec<Value>> = BTreeMap::new();
    for call in code.calls.iter().filter(|call| call.site.scope == Scope::Product) {
        let wanted = match &call.callee {
            Callee::Path(name) => name.resolved.as_deref().and_then(|path| asked.get(path)),
            Callee::Method { name, .. } if !names.contains(name.as_str()) => None,
            Callee::Method { name, receiver, .. } => receiver
                .as_ref()
                .and_then(|receiver| receiver.resolved.as_deref())
                .and_then(|of| asked.get(format!("{of}::{name}").as_str())),
            Callee::Macro(_) => None,
        };
        for question in wanted.into_iter().flatten() {
            let Some(argument) = call.arguments.get(question.position) else { continue };
            let value = argument.preset.as_deref().unwrap_or(&argument.value);
            let known = answers.entry((question.opened, question.parameter.clone())).or_default();
            if !known.contains(value) {
                known.push(value.clone());
            }
        }
    }
    let mut by_opened: BTreeMap<usize, HashMap<Text, Value>> = BTreeMap::new();
    for ((opened, parameter), mut values) in answers {
        // Callers that do not agree say nothing.
        if values.len() == 1 {
            by_opened.entry(opened).or_default().extend(values.pop().map(|value| (parameter, value)));
        }
    }
    for (index, answers) in by_opened {
        let Some(opened) = code.opened.get_mut(index) else { continue };
        let argument = place(opened).and_then(|at| opened.call.arguments.get(at));
        opened.handed = argument.and_then(|argument| match (&argument.preset, &argument.name) {
            (Some(preset), _) => Some(filled(preset, &answers)),
            (None, Some(name)) => answers.get(name).cloned(),
            (None, None) => None,
        });
    }
}

/// The names in a value that nothing stands for yet.
fn parameters_in<'v>(value: &'v Value, found: &mut Vec<&'v Text>) {
    match value {
        Value::Path(name) if name.resolved.is_none() => found.push(&name.written),
        Value::Call(_, parts) | Value::Tuple(parts) => {
            for part in parts {
                parameters_in(part, found);
            }
        }
        _ => {}
    }
}

/// A value with what callers give.
fn filled(value: &Value, answers: &HashMap<Text, Value>) -> Value {
    let all = |parts: &[Value]| parts.iter().map(|part| filled(part, answers)).collect();
    match value {
        Value::Path(name) if name.resolved.is_none() => answers.get(&name.written).unwrap_or(value).clone(),
        Value::Call(name, parts) => Value::Call(name.clone(), all(parts)),
        Value::Tuple(parts) => Value::Tuple(all(parts)),
        other => other.clone(),
    }
}
