//! Files of settings in which each profile has a table, as those of Rocket and what figment nests.
//!
//! What `[global]` says holds for every profile, what `[default]` says where a profile says nothing. A product is built for
//! release, so that `[debug]` does not count; which profile somebody chooses in the field is not known: each is one of several.

use crate::document::Value as Kept;
use crate::facts::code::{Callee, Code, Scope, Setting, Value};
use crate::source::Placed;

use super::{Files, told};

/// The tables that are no profile that somebody chooses for a product.
const NOT_CHOSEN: &[&str] = &["global", "default", "debug"];

/// Puts what a file of a known name says, or else what the framework presets, in the place of an address that the call lacks.
pub(super) fn by_file(files: &mut Files<'_>, code: &mut Code) {
    let Code { opened, units, .. } = code;
    for opened in opened.iter_mut() {
        let Some(name) = &opened.opening.file else { continue };
        let Some(unit) = units.get(opened.call.site.unit) else { continue };
        let Some(member) = files.workspace.members.get(unit.member) else { continue };
        // It is looked for where the program starts, and above.
        let places = [member.folder.join(name), files.tree.root().join(name)];
        let mut said = [Vec::new(), Vec::new()];
        if let Some(file) = places.iter().find_map(|path| files.file(path).cloned()) {
            for (key, said) in ["address", "port"].into_iter().zip(&mut said) {
                *said = each(&file, "release", &|table| {
                    let value = &table.entry(key)?.value;
                    Some(Placed { value: told(value)?, at: value.at() })
                });
            }
        }
        let preset = opened.opening.preset.as_deref().and_then(|preset| preset.rsplit_once(':'));
        let [host, port] = match preset {
            Some((host, port)) => {
                [Value::Text(host.to_owned()), port.parse().map_or(Value::Unknown, Value::Integer)]
            }
            None => [Value::Unknown, Value::Unknown],
        };
        let [hosts, ports] = said;
        let setting = |key: &str, said, otherwise| {
            Value::Setting(Box::new(Setting {
                steps: Vec::new(),
                otherwise,
                key: Some(key.to_owned()),
                said,
            }))
        };
        opened.handed =
            Some(Value::Tuple(vec![setting("address", hosts, host), setting("port", ports, port)]));
    }
}

/// What the profiles of a file say of one thing: that which is chosen where nobody says otherwise comes first.
pub(super) fn each<T>(file: &Kept, usual: &str, value: &dyn Fn(&Kept) -> Option<T>) -> Vec<T> {
    let of = |profile: &str| file.entry(profile).and_then(|entry| value(&entry.value));
    if let Some(global) = of("global") {
        return vec![global];
    }
    let others = file.entries().iter().filter(|entry| {
        let name = entry.key.as_str();
        name != usual && !NOT_CHOSEN.contains(&name) && entry.value.is_table()
    });
    let first = of(usual).or_else(|| of("default"));
    first.into_iter().chain(others.filter_map(|entry| value(&entry.value))).collect()
}

/// True for figment, by itself or as Rocket hands it on.
pub(super) fn is_figment(path: &str) -> bool {
    path.starts_with("figment::") || path.starts_with("rocket::figment::")
}

/// True where the code of some members says that files have tables of profiles: `Toml::file("pump.toml").nested()`.
pub(super) fn are_nested(members: &[usize], code: &Code) -> bool {
    code.calls.iter().any(|call| match &call.callee {
        Callee::Method { name, receiver: Some(from), .. } => {
            name.as_str() == "nested"
                && call.site.scope == Scope::Product
                && from.resolved.as_deref().is_some_and(is_figment)
                && code.units.get(call.site.unit).is_some_and(|unit| members.contains(&unit.member))
        }
        _ => false,
    })
}
