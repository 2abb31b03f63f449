//! How the product is built: `[build]`.

use crate::document::{self, Entry, Fields, Value};
use crate::error::Fault;
use crate::source::{Location, Placed};

use super::supply::read_list;

/// Keys of a profile that can be asked for.
const KEYS: &[&str] = &[
    "codegen-units",
    "debug",
    "debug-assertions",
    "incremental",
    "lto",
    "opt-level",
    "overflow-checks",
    "panic",
    "rpath",
    "strip",
];

/// How the product is built: `[build]`.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// The profile it is built with; `release` where nobody says otherwise.
    pub profile: Option<Placed<String>>,
    /// What that profile has to say: `[build.settings]`.
    pub settings: Vec<Demand>,
    /// Compiler and linker flags that the cargo configuration and build scripts may set, as patterns
    /// with `*`; `None` where nothing was decided.
    pub flags: Option<Vec<Placed<String>>>,
    /// Programs that own build code may start, beside compilers.
    pub tools: Vec<Placed<String>>,
}

/// What is asked of one key of a profile.
#[derive(Debug, Clone)]
pub struct Demand {
    /// The key, such as `panic`.
    pub key: String,
    /// Values that will do, as cargo takes them.
    pub values: Vec<Value>,
    /// Where it is decided.
    pub at: Location,
}

impl Build {
    /// The profile that the product is built with.
    #[must_use]
    pub fn profile_name(&self) -> &str {
        self.profile.as_ref().map_or("release", |profile| &profile.value)
    }
}

pub(super) fn read(table: Option<&Value>, faults: &mut Vec<Fault>) -> Build {
    let Some(table) = table else { return Build::default() };
    let mut fields = Fields::new(table, "[build]", faults);
    let profile = fields.string("profile");
    let settings = fields.entries("settings");
    let settings = settings.iter().filter_map(|entry| demand(entry, fields.faults())).collect();
    let flags = read_list(&mut fields, "flags").map(|list| list.value);
    let tools = fields.strings("tools");
    fields.finish();
    Build { profile, settings, flags, tools }
}

/// `key = value`, or `key = [value, value]` where several will do.
fn demand(entry: &Entry, faults: &mut Vec<Fault>) -> Option<Demand> {
    if !KEYS.contains(&entry.key.as_str()) {
        let help = document::suggestion(&entry.key, KEYS).unwrap_or_else(|| KEYS.join(", "));
        document::note(faults, &entry.key_at, format!("`{}` is no key of a profile", entry.key), Some(help));
        return None;
    }
    let value = &entry.value;
    let values = if value.type_name() == "array" { value.items().to_vec() } else { vec![value.clone()] };
    if values.is_empty() || values.iter().any(|value| !is_plain(value)) {
        let what = format!("`{}` is neither a value of a profile nor a list of values", entry.key);
        document::note(faults, &value.at(), what, None);
        return None;
    }
    Some(Demand { key: entry.key.clone(), values, at: entry.key_at.clone() })
}

fn is_plain(value: &Value) -> bool {
    value.as_str().is_some() || value.as_bool().is_some() || value.as_integer().is_some()
}
