//! Lists of components in the `CycloneDX` format, as far as they name packages of cargo.

use std::sync::Arc;

use serde::Deserialize;

use crate::source::Source;

/// A list of components as a file.
#[derive(Debug)]
pub enum List {
    /// There is none.
    Absent,
    /// There is one, and it is no list of components that is understood.
    Foreign {
        /// The file.
        source: Arc<Source>,
        /// Why.
        why: String,
    },
    /// The crates that it names.
    Read {
        /// The file.
        source: Arc<Source>,
        /// Packages of cargo, in the order of the file.
        packages: Vec<Package>,
    },
}

/// A package as a list or a lock file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The name.
    pub name: String,
    /// The version, as written.
    pub version: String,
    /// The SHA-256 of the published crate, in hexadecimal digits.
    pub sha256: Option<String>,
}

impl Package {
    /// `name@version`, as waivers and messages name it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// What matters here of a `CycloneDX` document.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "bomFormat")]
    format: Option<String>,
    #[serde(default)]
    components: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    purl: String,
    #[serde(default)]
    hashes: Vec<Hash>,
    #[serde(default)]
    components: Vec<Entry>,
}

#[derive(Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

impl List {
    /// Reads a file.
    pub(in crate::facts) fn read(source: &Arc<Source>) -> Self {
        let foreign = |why: String| Self::Foreign { source: Arc::clone(source), why };
        let document: Document = match serde_json::from_str(source.text()) {
            Ok(document) => document,
            Err(why) => return foreign(format!("it is no CycloneDX document in JSON: {why}")),
        };
        if document.format.as_deref() != Some("CycloneDX") {
            return foreign("it is JSON, and no CycloneDX document".to_owned());
        }
        let mut packages = Vec::new();
        let mut waiting: Vec<Entry> = document.components.into_iter().rev().collect();
        while let Some(entry) = waiting.pop() {
            waiting.extend(entry.components.into_iter().rev());
            // What is no package of cargo is in no lock file: systems, native libraries, services.
            if entry.purl.starts_with("pkg:cargo/") {
                let sha256 =
                    entry.hashes.into_iter().find(|hash| hash.alg == "SHA-256").map(|hash| hash.content);
                packages.push(Package { name: entry.name, version: entry.version, sha256 });
            }
        }
        Self::Read { source: Arc::clone(source), packages }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"{"bomFormat":"CycloneDX","components":[
        {"name":"flow","version":"1.0.4","purl":"pkg:cargo/flow@1.0.4","hashes":[{"alg":"SHA-256","content":"ab"}],
         "components":[{"name":"inner","version":"1.0.0","purl":"pkg:cargo/inner@1.0.0"}]},
        {"name":"linux","version":"6.1","purl":"pkg:generic/linux@6.1"}]}"#;

    fn read(text: impl Into<String>) -> List {
        List::read(&Source::new("a.cdx.json", text))
    }

    #[test]
    fn packages_of_cargo_are_read_at_any_depth() {
        let List::Read { packages, .. } = read(LIST) else { panic!("a list") };
        let named: Vec<_> = packages.iter().map(|p| (p.name.as_str(), p.sha256.as_deref())).collect();
        assert_eq!(named, [("flow", Some("ab")), ("inner", None)]);
    }

    #[test]
    fn every_prefix_of_a_list_is_foreign_and_so_is_another_format() {
        for end in 0..LIST.len() {
            assert!(matches!(read(&LIST[..end]), List::Foreign { .. }), "{end}");
        }
        let deep = format!("{{\"components\":{}", "[{\"components\":".repeat(100_000));
        for text in ["{}", "[]", "null", r#"{"spdxVersion":"SPDX-2.3"}"#, &deep] {
            assert!(matches!(read(text), List::Foreign { .. }), "{text:.20}");
        }
    }
}
