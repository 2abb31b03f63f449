//! Values: what expressions are known to be, once names are resolved.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use super::names::{Answer, Found, Names, What};
use super::presets::{FORMAT, Presets, has_preset, is_told_later};
use super::seen::{DeclKind, Namespace, PathAt, Seen, Str, Sym};
use super::text::Text;
use super::{ItemKind, Map, Name, Value};

/// How many parts a value may have, constants of constants included.
const LARGEST: u32 = 256;
/// The longest text that is kept: a private key has 3 kB.
const LONGEST: usize = 16 * 1024;
/// How many steps the names of a file may take together: some for every byte.
const LEAST_STEPS: u64 = 200_000;
const STEPS_PER_BYTE: u64 = 40;
/// How many bytes the values of a file may have together: some for every byte.
const LEAST_ROOM: usize = 1024 * 1024;
const ROOM_PER_BYTE: usize = 16;

/// Functions whose result says the same as their argument.
const SAME: &[&str] = &[
    "std::borrow::Cow::Borrowed",
    "std::borrow::Cow::Owned",
    "std::borrow::Cow::from",
    "std::boxed::Box::from",
    "std::boxed::Box::new",
    "std::convert::From::from",
    "std::convert::Into::into",
    "std::ffi::OsStr::new",
    "std::ffi::OsString::from",
    "std::path::Path::new",
    "std::path::PathBuf::from",
    "std::string::String::from",
    "std::string::ToString::to_string",
    "std::sync::Arc::from",
    "std::sync::Arc::new",
    "std::vec::Vec::from",
];

/// Values that are found by a full path or a name.
pub(super) struct Known {
    /// Constants inside `impl` blocks by their full path.
    pub associated: HashMap<String, (usize, usize)>,
    /// What things are where nobody says otherwise.
    pub presets: Presets,
}

/// What one value may still take.
pub(super) struct Budget {
    parts: u32,
    /// True where what something is unless somebody says otherwise counts as its value.
    pub presets: bool,
}

/// Names and values as seen from one file.
pub(super) struct View<'n, 'f> {
    pub names: &'n Names<'f>,
    pub instance: usize,
    pub by_path: &'n Known,
    known: RefCell<Map<(usize, PathAt), Answer>>,
    /// The strings of the file, each made into a text once.
    texts: Vec<OnceCell<Text>>,
    /// How many steps may still be taken to resolve names.
    steps: Cell<u64>,
    /// How many bytes of values may still be kept.
    room: Cell<usize>,
}

impl<'n, 'f> View<'n, 'f> {
    pub(super) fn new(names: &'n Names<'f>, instance: usize, by_path: &'n Known) -> Self {
        let file = &names.forest.files[names.forest.instances[instance].file];
        let size = file.source.text().len();
        Self {
            names,
            instance,
            by_path,
            known: RefCell::default(),
            texts: vec![OnceCell::new(); file.seen.strings.len()],
            steps: Cell::new(LEAST_STEPS + STEPS_PER_BYTE * size as u64),
            room: Cell::new(LEAST_ROOM + ROOM_PER_BYTE * size),
        }
    }

    fn seen(&self) -> &'f Seen {
        &self.names.forest.files[self.names.forest.instances[self.instance].file].seen
    }

    /// A string of the file.
    pub(super) fn shared(&self, id: Str) -> Text {
        match self.texts.get(id as usize) {
            Some(text) => text.get_or_init(|| self.seen().str(id).into()).clone(),
            None => Text::default(),
        }
    }

    pub(super) fn text(&self, instance: usize, id: super::seen::Str) -> &'f str {
        let file = self.names.forest.instances[instance].file;
        self.names.forest.files[file].seen.str(id)
    }

    pub(super) fn resolve(&self, instance: usize, path: PathAt) -> Answer {
        let path = self.names.outermost(instance, path);
        if let Some(answer) = self.known.borrow().get(&(instance, path)) {
            return answer.clone();
        }
        let mut steps = self.steps.get();
        let answer = self.names.resolve(instance, path, &mut steps);
        self.steps.set(steps);
        self.known.borrow_mut().insert((instance, path), answer.clone());
        answer
    }

    /// A name before and after resolution.
    pub(super) fn name(&self, path: PathAt) -> Name {
        self.name_in(self.instance, path)
    }

    fn name_in(&self, instance: usize, path: PathAt) -> Name {
        let written = match instance {
            own if own == self.instance => self.shared(path.path),
            other => self.text(other, path.path).into(),
        };
        if path.ns == Namespace::Local {
            return Name { written, resolved: None };
        }
        let resolved = match self.resolve(instance, path) {
            Answer::Found(found) => Some(found.path),
            _ => None,
        };
        Name { written, resolved }
    }

    /// The name at the beginning of a chain of calls.
    pub(super) fn start(&self, sym: &Sym) -> Option<Name> {
        match sym {
            Sym::Call(path, _) | Sym::Path(path) | Sym::Typed(path) => Some(self.name(*path)),
            Sym::Field(base, field) => {
                let (instance, decl) = self.struct_of(self.instance, base)?;
                let (instance, field) = self.field(instance, decl, self.text(self.instance, *field))?;
                Some(self.name_in(instance, field.0?))
            }
            _ => None,
        }
    }

    /// What an expression is known to be.
    pub(super) fn value(&self, sym: &Sym) -> Value {
        self.value_in(self.instance, sym, &mut Budget { parts: LARGEST, presets: false })
    }

    /// What an expression is where nobody says otherwise, if that tells more.
    pub(super) fn preset(&self, sym: &Sym) -> Option<Value> {
        let whole = || self.value_in(self.instance, sym, &mut Budget { parts: LARGEST, presets: true });
        has_preset(sym).then(whole).filter(|value| !matches!(value, Value::Unknown | Value::Path(_)))
    }

    pub(super) fn field_type(&self, ty: super::seen::Str, scope: super::seen::ScopeId) -> Name {
        self.name(PathAt { path: ty, scope, ns: Namespace::Type })
    }

    pub(super) fn value_in(&self, instance: usize, sym: &Sym, budget: &mut Budget) -> Value {
        if budget.parts == 0 {
            return Value::Unknown;
        }
        budget.parts -= 1;
        match sym {
            Sym::Text(text) => {
                let text = self.text(instance, *text);
                if self.has_room(text.len()) { Value::Text(text.to_owned()) } else { Value::Unknown }
            }
            Sym::Integer(value) => Value::Integer(value.0),
            Sym::Bool(value) => Value::Bool(*value),
            Sym::Bytes(bytes) if self.has_room(bytes.len()) => Value::Bytes(bytes.clone()),
            Sym::Path(path) => self.path(instance, *path, budget),
            Sym::Call(path, arguments) => {
                let name = self.name_in(instance, *path);
                let arguments: Vec<Value> =
                    arguments.iter().map(|part| self.value_in(instance, part, budget)).collect();
                match <[Value; 1]>::try_from(arguments) {
                    Ok([only]) if name.is_any(SAME) && is_plain(&only) => only,
                    Ok([only]) => Value::Call(Box::new(name), vec![only]),
                    Err(arguments) => Value::Call(Box::new(name), arguments),
                }
            }
            Sym::Concat(parts) => {
                let parts: Vec<Value> =
                    parts.iter().map(|part| self.value_in(instance, part, budget)).collect();
                // What is told later keeps its place until then.
                if budget.presets && parts.iter().any(is_told_later) {
                    return Value::Call(Box::new(Name { written: FORMAT.into(), resolved: None }), parts);
                }
                composed(parts)
            }
            Sym::Add(left, right) => {
                let left = self.value_in(instance, left, budget);
                let right = self.value_in(instance, right, budget);
                sum(left, right)
            }
            Sym::Tuple(parts) => {
                Value::Tuple(parts.iter().map(|part| self.value_in(instance, part, budget)).collect())
            }
            Sym::Array(parts) => {
                array(parts.iter().map(|part| self.value_in(instance, part, budget)).collect())
            }
            Sym::Field(base, field) => self.field_value(instance, base, *field, budget),
            Sym::Else(inner) if budget.presets => self.value_in(instance, inner, budget),
            Sym::Or(field, other) if budget.presets => match self.value_in(instance, field, budget) {
                Value::Setting(mut setting) if setting.otherwise == Value::Unknown => {
                    setting.otherwise = self.value_in(instance, other, budget);
                    Value::Setting(setting)
                }
                Value::Unknown => self.value_in(instance, other, budget),
                known => known,
            },
            Sym::Given(name) if budget.presets => {
                Value::Path(Name { written: self.text(instance, *name).into(), resolved: None })
            }
            Sym::Keyed(key) if budget.presets => {
                let unit = self.names.forest.instances[instance].unit;
                match self.by_path.presets.argument(unit, self.text(instance, *key)) {
                    Some((of, value)) => self.value_in(*of, value, budget),
                    None => Value::Unknown,
                }
            }
            Sym::Same(inner) => match self.value_in(instance, inner, budget) {
                known @ (Value::Text(_) | Value::Composed(_) | Value::Integer(_) | Value::Setting(_)) => {
                    known
                }
                _ => Value::Unknown,
            },
            Sym::Bytes(_)
            | Sym::Typed(_)
            | Sym::Else(_)
            | Sym::Or(..)
            | Sym::Keyed(_)
            | Sym::Given(_)
            | Sym::Unknown => Value::Unknown,
        }
    }

    /// Takes room for a value; false where none is left.
    fn has_room(&self, bytes: usize) -> bool {
        let left = self.room.get().checked_sub(bytes);
        self.room.set(left.unwrap_or(0));
        left.is_some()
    }

    fn path(&self, instance: usize, path: PathAt, budget: &mut Budget) -> Value {
        let (of, decl) = match self.resolve(instance, path) {
            Answer::Found(Found { what: What::Decl(of, decl), .. }) => (of, decl),
            Answer::Found(found) => match self.by_path.associated.get(found.path.as_str()) {
                Some(place) => *place,
                None => return Value::Path(self.name_in(instance, path)),
            },
            _ => return Value::Path(self.name_in(instance, path)),
        };
        let facts = self.decl(of, decl);
        let constant = matches!(facts.kind, DeclKind::Item(ItemKind::Const | ItemKind::Static));
        match &facts.value {
            Some(value) if constant => match self.value_in(of, value, budget) {
                Value::Unknown => Value::Path(self.name_in(instance, path)),
                value => value,
            },
            _ => Value::Path(self.name_in(instance, path)),
        }
    }

    pub(super) fn decl(&self, instance: usize, decl: usize) -> &'f super::seen::Decl {
        let file = self.names.forest.instances[instance].file;
        &self.names.forest.files[file].seen.decls[decl]
    }
}

fn is_plain(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Bytes(_) | Value::Composed(_) | Value::Setting(_))
}

fn array(parts: Vec<Value>) -> Value {
    let bytes: Option<Vec<u8>> = parts
        .iter()
        .map(|part| match part {
            Value::Integer(value) => u8::try_from(*value).ok(),
            _ => None,
        })
        .collect();
    match bytes {
        Some(bytes) if !bytes.is_empty() => Value::Bytes(bytes),
        _ => Value::Tuple(parts),
    }
}

fn sum(left: Value, right: Value) -> Value {
    match (&left, &right) {
        (Value::Integer(a), Value::Integer(b)) => a.checked_add(*b).map_or(Value::Unknown, Value::Integer),
        (Value::Text(_) | Value::Composed(_), _) | (_, Value::Text(_) | Value::Composed(_)) => {
            composed(vec![left, right])
        }
        _ => Value::Unknown,
    }
}

/// Text put together: one text where all is known.
pub(super) fn composed(parts: Vec<Value>) -> Value {
    let mut whole: Vec<Option<String>> = Vec::new();
    let mut length = 0;
    let mut add = |part: Option<String>| {
        length += part.as_ref().map_or(0, String::len);
        match (whole.last_mut(), part) {
            _ if length > LONGEST => {}
            (Some(Some(last)), Some(part)) => last.push_str(&part),
            (_, part) => whole.push(part),
        }
    };
    for part in parts {
        match part {
            Value::Text(text) => add(Some(text)),
            Value::Integer(value) => add(Some(value.to_string())),
            Value::Bool(value) => add(Some(value.to_string())),
            Value::Composed(parts) => parts.into_iter().for_each(&mut add),
            _ => add(None),
        }
    }
    match whole.as_mut_slice() {
        [Some(text)] => Value::Text(std::mem::take(text)),
        [] => Value::Text(String::new()),
        _ => Value::Composed(whole),
    }
}
