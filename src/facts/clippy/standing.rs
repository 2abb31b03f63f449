//! Whether a result stands open: what the compiler hears about its lint at its place.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::facts::code::{LintAttribute, Reach};
use crate::facts::lints::known::{default_level, speaks_of};
use crate::facts::lints::{Level, LintLevel, Lints, MemberLints, UnitLints, last_word};
use crate::source::Location;

use super::places::Spot;
use super::{Question, Standing};

/// Everything that is said about levels.
pub(super) struct Words<'a> {
    lints: &'a Lints,
    units: BTreeMap<usize, (&'a MemberLints, &'a UnitLints)>,
    /// Attributes that speak of some code of a file, by its path.
    in_files: BTreeMap<&'a str, Vec<(usize, &'a LintAttribute)>>,
    /// Attributes that speak of a module.
    of_modules: Vec<(usize, &'a LintAttribute)>,
    /// Attributes that hold for a crate, which are heard with its unit.
    crate_wide: BTreeMap<&'a Location, usize>,
}

impl<'a> Words<'a> {
    pub(super) fn new(question: &Question<'a>) -> Self {
        let lints = question.lints;
        let units =
            lints.members.iter().flat_map(|member| member.units.iter().map(move |unit| (member, unit)));
        let mut in_files: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        let (mut of_modules, mut crate_wide) = (Vec::new(), BTreeMap::new());
        let attributes = question.code.lint_attributes.iter().enumerate();
        for (index, attribute) in attributes.filter(|(_, attribute)| !attribute.in_tests_only()) {
            match &attribute.reach {
                _ if attribute.crate_wide => _ = crate_wide.insert(&attribute.site.at, index),
                Reach::Code(at) => in_files.entry(at.path()).or_default().push((index, attribute)),
                Reach::Module(_) => of_modules.push((index, attribute)),
            }
        }
        let units = units.map(|(member, unit)| (unit.unit, (member, unit))).collect();
        Self { lints, units, in_files, of_modules, crate_wide }
    }

    /// Where a lint was not forced, whatever is said stands open.
    pub(super) fn standing(&self, lint: &str, at: &Spot, forced: bool) -> Standing {
        let attributes = self.attributes(lint, at);
        let inner: Vec<Level> = attributes.iter().map(|(_, attribute)| level_of(attribute)).collect();
        let (manifest, crate_wide) = match self.units.get(&at.unit) {
            Some((member, unit)) => (member.manifest.as_slice(), unit.attributes.as_slice()),
            None => (&[][..], &[][..]),
        };
        let heard = manifest.iter().chain(&self.lints.flags).chain(crate_wide).chain(&inner);
        let word = last_word(heard, lint);
        let word =
            word.map(|word| self.lints.cap.as_ref().filter(|cap| cap.level < word.level).unwrap_or(word));
        let level = word.map_or(default_level(lint), |word| word.level);
        match word {
            _ if level >= LintLevel::Warn || !forced => Standing::Open(level.max(LintLevel::Warn)),
            None => Standing::Off,
            Some(word) => {
                let inner = attributes.iter().find(|(_, attribute)| attribute.site.at == word.at);
                let known = inner.map(|(index, _)| *index).or_else(|| self.crate_wide.get(&word.at).copied());
                known.map_or_else(|| Standing::Level(word.at.clone()), Standing::Attribute)
            }
        }
    }

    /// The attributes that speak of a lint and reach a place, outermost first.
    fn attributes(&self, lint: &str, at: &Spot) -> Vec<(usize, &'a LintAttribute)> {
        let speaks = |(_, attribute): &&(usize, &'a LintAttribute)| {
            attribute.lint == "warnings" || speaks_of(&attribute.lint, lint)
        };
        let holds_module = |(_, attribute): &&(usize, &'a LintAttribute)| match &attribute.reach {
            Reach::Module(path) => {
                attribute.site.unit == at.unit
                    && at
                        .module
                        .strip_prefix(path.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            }
            Reach::Code(_) => false,
        };
        let mut modules: Vec<_> =
            self.of_modules.iter().filter(speaks).filter(holds_module).copied().collect();
        modules.sort_by_key(|(_, attribute)| match &attribute.reach {
            Reach::Module(path) => path.len(),
            Reach::Code(_) => 0,
        });
        let here = [Some(&at.at), at.called_at.as_ref()];
        let mut inner = Vec::new();
        // The call of a macro is around what the macro holds.
        for place in here.into_iter().flatten().rev() {
            let of_file = self.in_files.get(place.path()).into_iter().flatten();
            let reaching = of_file.filter(speaks).filter(|(_, attribute)| reaches(&attribute.reach, place));
            let mut of_place: Vec<_> = reaching.copied().collect();
            of_place.sort_by_key(|(_, attribute)| Reverse(length(&attribute.reach)));
            inner.extend(of_place);
        }
        modules.extend(inner);
        modules
    }
}

fn reaches(reach: &Reach, place: &Location) -> bool {
    let Reach::Code(code) = reach else { return false };
    let (code, place) = (code.bytes(), place.bytes());
    code.start <= place.start && place.end <= code.end
}

fn length(reach: &Reach) -> usize {
    match reach {
        Reach::Code(code) => code.bytes().len(),
        Reach::Module(_) => usize::MAX,
    }
}

fn level_of(attribute: &LintAttribute) -> Level {
    Level { lint: attribute.lint.clone(), level: attribute.level, at: attribute.site.at.clone() }
}
