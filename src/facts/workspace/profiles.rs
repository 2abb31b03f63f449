//! Profiles as cargo puts them together: what the cargo configuration says of a profile is stronger
//! than the manifest, and what a profile does not say it takes over from the one it inherits.

use crate::document::{self, Value};
use crate::source::{Location, Placed};

use super::{ConfigEntry, Manifest, Profile, Workspace};

/// How many profiles may inherit from one another; a circle ends here.
const DEEPEST: usize = 16;

/// What cargo does in the release profile where nobody says anything, from cargo 1.95.
const OF_RELEASE: &[(&str, &str)] = &[
    ("codegen-units", "16"),
    ("debug", "none"),
    ("debug-assertions", "false"),
    ("incremental", "false"),
    ("lto", "thin-local"),
    ("opt-level", "3"),
    ("overflow-checks", "false"),
    ("panic", "unwind"),
    ("rpath", "false"),
    ("strip", "none"),
];

/// What it does otherwise in the dev profile.
const OF_DEV: &[(&str, &str)] = &[
    ("codegen-units", "256"),
    ("debug", "full"),
    ("debug-assertions", "true"),
    ("incremental", "true"),
    ("opt-level", "0"),
    ("overflow-checks", "true"),
];

/// Keys that a profile may set for single packages too.
const OF_PACKAGES: &[&str] =
    &["codegen-units", "debug", "debug-assertions", "incremental", "opt-level", "overflow-checks", "strip"];

/// What holds for one key of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The value, in the one word that cargo's spellings of it have in common: `lto = true` is `fat`,
    /// `debug = 1` is `limited`.
    pub value: String,
    /// Where it is written; `None` where cargo decides.
    pub at: Option<Location>,
}

/// The profiles of the root manifest, as written.
pub(super) fn read(manifest: &Manifest) -> Vec<Profile> {
    let table = manifest.value.get(&["profile"]).map(Value::entries).unwrap_or_default();
    let profile = |entry: &document::Entry| Profile {
        name: Placed { value: entry.key.clone(), at: entry.key_at.clone() },
        value: entry.value.clone(),
    };
    table.iter().map(profile).collect()
}

impl Workspace {
    /// The profiles from this one down to the one that inherits from none: `dev` or `release`, unless
    /// the last one named does not exist.
    #[must_use]
    pub fn lineage<'a>(&'a self, profile: &'a str) -> Vec<&'a str> {
        let mut lineage = vec![profile];
        while lineage.len() < DEEPEST {
            let last = lineage[lineage.len() - 1];
            let named = self.written(last, "inherits").and_then(Value::as_str);
            match named.or(match last {
                "test" => Some("dev"),
                "bench" => Some("release"),
                _ => None,
            }) {
                Some(next) if !matches!(last, "dev" | "release") => lineage.push(next),
                _ => break,
            }
        }
        lineage
    }

    /// What holds for a key of a profile; `None` for a key that is not known here, and for a profile
    /// that leads to none of cargo's own.
    #[must_use]
    pub fn setting(&self, profile: &str, key: &str) -> Option<Setting> {
        let lineage = self.lineage(profile);
        if let Some(value) = lineage.iter().find_map(|name| self.written(name, key)) {
            return Some(Setting { value: word(key, value)?, at: Some(value.at()) });
        }
        let find = |table: &[(&str, &str)]| {
            table.iter().find(|(known, _)| *known == key).map(|(_, value)| (*value).to_owned())
        };
        let value = match *lineage.last()? {
            "release" => find(OF_RELEASE)?,
            "dev" => find(OF_DEV).or_else(|| find(OF_RELEASE))?,
            _ => return None,
        };
        Some(Setting { value, at: None })
    }

    /// Packages for which a profile, or one that it inherits from, sets a key to something of its own:
    /// the package as written there (`*` is every component), and what is set.
    #[must_use]
    pub fn settings_of_packages(&self, profile: &str, key: &str) -> Vec<(String, Setting)> {
        let mut found: Vec<(String, Setting)> = Vec::new();
        let lineage = self.lineage(profile);
        for name in lineage.iter().filter(|_| OF_PACKAGES.contains(&key)) {
            let configured = self.cargo_config.iter().filter_map(|entry| {
                let segments: Vec<&str> = entry.segments.iter().map(String::as_str).collect();
                match segments[..] {
                    ["profile", of, "package", package, set]
                        if applies(entry) && of == *name && set == key =>
                    {
                        Some((package, &entry.value))
                    }
                    _ => None,
                }
            });
            let table =
                self.profile(name).and_then(|profile| profile.value.get(&["package"])).map(Value::entries);
            let written = table
                .unwrap_or_default()
                .iter()
                .filter_map(|entry| Some((entry.key.as_str(), entry.value.get(&[key])?)));
            for (package, value) in configured.chain(written) {
                // The first word on a package is the strongest.
                let known = found.iter().any(|(known, _)| known == package);
                if let (false, Some(word)) = (known, word(key, value)) {
                    found.push((package.to_owned(), Setting { value: word, at: Some(value.at()) }));
                }
            }
        }
        found
    }

    /// The profile of this name, as the root manifest has it.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name.value == name)
    }

    /// True for a profile that cargo brings, or that is written somewhere.
    #[must_use]
    pub fn has_profile(&self, name: &str) -> bool {
        let in_config = |entry: &ConfigEntry| {
            applies(entry) && entry.segments.len() > 2 && entry.segments[..2] == ["profile", name]
        };
        matches!(name, "dev" | "release" | "test" | "bench")
            || self.profile(name).is_some()
            || self.cargo_config.iter().any(in_config)
    }

    /// What is written for a key of one profile itself.
    fn written(&self, profile: &str, key: &str) -> Option<&Value> {
        let configured = self
            .cargo_config
            .iter()
            .find(|entry| applies(entry) && entry.segments.iter().eq(["profile", profile, key]));
        let in_manifest = || self.profile(profile)?.value.get(&[key]);
        configured.map(|entry| &entry.value).or_else(in_manifest)
    }
}

/// True for configuration that every build of the workspace goes by.
fn applies(entry: &ConfigEntry) -> bool {
    entry.in_workspace && !entry.nested
}

/// A value in the word that its spellings have in common.
#[must_use]
pub fn word(key: &str, value: &Value) -> Option<String> {
    let text = match (value.as_bool(), value.as_integer(), value.as_str()) {
        (Some(truth), _, _) => truth.to_string(),
        (_, Some(number), _) => number.to_string(),
        (_, _, Some(text)) => text.to_owned(),
        _ => return None,
    };
    let same = match (key, text.as_str()) {
        ("lto", "true") => "fat",
        ("lto", "false") => "thin-local",
        ("lto", "n" | "no") => "off",
        ("debug", "false" | "0") | ("strip", "false") => "none",
        ("debug", "1") => "limited",
        ("debug", "true" | "2") => "full",
        ("strip", "true") => "symbols",
        _ => return Some(text),
    };
    Some(same.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::request::Request;

    const MANIFEST: &str = r#"
[package]
name = "pump"
version = "0.1.0"

[profile.release]
lto = true
debug = 1
overflow-checks = true

[profile.release.package."*"]
overflow-checks = false
opt-level = "s"

[profile.field]
inherits = "release"
panic = "abort"

[profile.field.package.codec]
overflow-checks = false

[profile.circle]
inherits = "elcric"

[profile.elcric]
inherits = "circle"

[profile.ci]
inherits = "test"
"#;

    const CONFIG: &str = "[profile.release]\nlto = \"thin\"\n\
        [profile.field.package.codec]\noverflow-checks = true\n\
        [profile.lab]\ninherits = \"field\"\n";

    fn told(profile: &str, key: &str) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        };
        put("Cargo.toml", MANIFEST);
        put("src/lib.rs", "");
        put(".cargo/config.toml", CONFIG);
        let mut request = Request::new(folder.path(), jiff::civil::date(2026, 11, 1));
        request.resolve = false;
        let workspace = Facts::gather(&request).expect("facts").workspace;
        let show = |setting: Setting| match setting.at {
            Some(at) => format!("{} {}:{}", setting.value, at.path(), at.line()),
            None => setting.value,
        };
        let packages = workspace.settings_of_packages(profile, key).into_iter();
        let packages = packages.map(|(package, setting)| format!("; {package}: {}", show(setting)));
        workspace.setting(profile, key).map_or("unknown".to_owned(), show) + &packages.collect::<String>()
    }

    /// Each as `cargo build -v` of version 1.95 hands it to the compiler.
    #[test]
    fn the_configuration_is_stronger_and_the_rest_is_inherited() {
        assert_eq!(told("release", "lto"), "thin .cargo/config.toml:2");
        assert_eq!(told("field", "lto"), "thin .cargo/config.toml:2");
        assert_eq!(told("field", "panic"), "abort Cargo.toml:17");
        assert_eq!(told("lab", "panic"), "abort Cargo.toml:17");
        assert_eq!(told("release", "panic"), "unwind");
        assert_eq!(told("release", "debug"), "limited Cargo.toml:8");
        assert_eq!(told("ci", "debug-assertions"), "true");
        assert_eq!(told("bench", "codegen-units"), "16");
        assert_eq!(told("dev", "panic"), "unwind");
        for unknown in ["circle", "absent"] {
            assert_eq!(told(unknown, "panic"), "unknown");
        }
        assert_eq!(told("release", "of-the-future"), "unknown");
    }

    #[test]
    fn packages_may_be_set_apart() {
        assert_eq!(
            told("field", "overflow-checks"),
            "true Cargo.toml:9; codec: true .cargo/config.toml:4; *: false Cargo.toml:12"
        );
        assert_eq!(told("release", "opt-level"), "3; *: s Cargo.toml:13");
    }
}
