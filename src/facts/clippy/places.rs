//! Where a result is: the compiler's place, found again in the files that were read.

use std::collections::BTreeMap;
use std::path::Path;

use crate::facts::code::{File, Scope};
use crate::facts::workspace::normal;
use crate::source::{Location, relative};

use super::Question;
use super::messages::{Place, Said};

/// Finds places in the files of the workspace.
pub(super) struct Places<'a> {
    root: &'a Path,
    files: BTreeMap<&'a str, &'a File>,
}

/// Where a result is.
pub(super) enum Found {
    /// Here.
    At(Spot),
    /// In a file that has changed since.
    Changed(String),
    /// In no file that was read: generated code, another package.
    Elsewhere,
}

/// A place in the workspace's own code.
pub(super) struct Spot {
    pub(super) at: Location,
    /// Where the macro is called that holds it.
    pub(super) called_at: Option<Location>,
    pub(super) module: String,
    pub(super) unit: usize,
    pub(super) scope: Scope,
}

impl<'a> Places<'a> {
    pub(super) fn new(question: &Question<'a>) -> Self {
        let files = question.code.files.iter().map(|file| (file.source.path(), file));
        Self { root: &question.workspace.root, files: files.collect() }
    }

    /// The first place of the workspace, from the inside of the macros outward, and the next one.
    pub(super) fn find(&self, said: &Said) -> Found {
        let mut at: Option<(Location, &File)> = None;
        let mut called_at = None;
        for place in &said.places {
            let Some(file) = self.file(place) else { continue };
            let Some(location) = location(file, place) else {
                return Found::Changed(file.source.path().to_owned());
            };
            if at.is_some() {
                called_at = Some(location);
                break;
            }
            at = Some((location, file));
        }
        let Some((at, file)) = at else { return Found::Elsewhere };
        let within = |at: &Location| {
            let bytes = at.bytes();
            let file = self.files.get(at.path());
            let mut tests = file.iter().flat_map(|file| &file.tests).map(Location::bytes);
            tests.any(|test| test.start <= bytes.start && bytes.end <= test.end)
        };
        let for_tests = within(&at) || called_at.as_ref().is_some_and(within);
        let scope = if for_tests { Scope::Test } else { file.scope };
        Found::At(Spot { at, called_at, module: file.module.clone(), unit: file.unit, scope })
    }

    /// Cargo names files of members relative to the root, others by their whole path.
    fn file(&self, place: &Place) -> Option<&'a File> {
        let name = place.file_name.as_str();
        let known = self.files.get(name).copied();
        known.or_else(|| {
            let path = normal(&self.root.join(name.replace('\\', "/")));
            self.files.get(relative(self.root, &path).as_str()).copied()
        })
    }
}

/// The place in the text of today; nothing where that text is another one.
fn location(file: &File, place: &Place) -> Option<Location> {
    let source = &file.source;
    let (start, line) = source.position_of(place.line_start, place.column_start)?;
    let (end, _) = source.position_of(place.line_end, place.column_end)?;
    let same = |written: &str| written.trim_end() == line.trim_end();
    if !place.text.first().is_none_or(|first| same(&first.text)) {
        return None;
    }
    Some(source.at(start..end.max(start)))
}
