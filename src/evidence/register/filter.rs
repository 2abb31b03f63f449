//! Which rows are wanted.

use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::facts::components::{Origin, Ships};
use crate::facts::inventory::Capability;
use crate::facts::vetting::How;
use crate::facts::workspace;
use crate::policy::Class;

use super::{Integrity, Row};

/// Which rows are wanted: those that meet every part; a part that is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Names or `name@version`, with `*` and `?`: one of them.
    pub names: Vec<String>,
    /// Whether it ships: one of them.
    pub ships: Vec<Ships>,
    /// Where it comes from: one of them.
    pub origins: Vec<OriginKind>,
    /// Its class: one of them.
    pub classes: Vec<Class>,
    /// What is to be told of it: all of them.
    pub traits: Vec<Trait>,
}

/// Where a component comes from, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OriginKind {
    /// crates.io or another registry.
    Registry,
    /// A git repository.
    Git,
    /// A folder.
    Path,
}

/// Something that can be told of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    /// It is able to do this.
    Able(Capability),
    /// It is like this.
    Is(Mark),
}

/// Something that can be told of a component, beside what it is able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mark {
    /// Has a build script.
    BuildScript,
    /// Is a procedural macro.
    ProcMacro,
    /// Links a native library.
    Links,
    /// Carries sources in C, C++ or assembler.
    Native,
    /// Carries code that is compiled already.
    Prebuilt,
    /// An advisory touches it.
    Advisory,
    /// Its version was taken back.
    Yanked,
    /// Its sources are not what was locked.
    Changed,
    /// Nobody has vetted it.
    Unvetted,
    /// No class was decided.
    Unclassified,
    /// No review is on record.
    Unreviewed,
    /// The policy says that it is a copy.
    Fork,
    /// Something could not be told of it.
    Unknown,
}

impl Filter {
    /// True where every row is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a row is wanted; `None` where a trait that is asked for could not be told.
    pub(super) fn wants(&self, row: &Row<'_>) -> Option<bool> {
        let component = row.component;
        let named = |name: &String| {
            workspace::matches(name, &component.name) || workspace::matches(name, &component.id())
        };
        let plain = [
            self.names.is_empty() || self.names.iter().any(named),
            self.ships.is_empty() || self.ships.contains(&component.ships),
            self.origins.is_empty() || self.origins.contains(&OriginKind::of(&component.origin)),
            self.classes.is_empty() || row.class.is_some_and(|class| self.classes.contains(&class.value)),
        ];
        if plain.contains(&false) {
            return Some(false);
        }
        let told: Vec<Option<bool>> = self.traits.iter().map(|wanted| wanted.of(row)).collect();
        match told {
            told if told.contains(&Some(false)) => Some(false),
            told if told.contains(&None) => None,
            _ => Some(true),
        }
    }
}

impl OriginKind {
    fn of(origin: &Origin) -> Self {
        match origin {
            Origin::CratesIo | Origin::Registry { .. } => Self::Registry,
            Origin::Git { .. } => Self::Git,
            Origin::Path { .. } => Self::Path,
        }
    }
}

impl ValueEnum for Trait {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<Trait>> = LazyLock::new(|| {
            let able = Capability::WORDS.iter().map(|(_, able)| Trait::Able(*able));
            able.chain(Mark::value_variants().iter().copied().map(Trait::Is)).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Able(able) => Some(PossibleValue::new(able.word()).help(able.words())),
            Self::Is(mark) => mark.to_possible_value(),
        }
    }
}

impl Trait {
    /// Whether it can be told of a component; `None` where it can be neither told nor ruled out.
    fn of(self, row: &Row<'_>) -> Option<bool> {
        match self {
            // What a build script does with it does not end up in the product.
            Self::Able(Capability::Unsafe) => row.unsafe_places().map(|places| places > 0),
            Self::Able(able) => {
                let sets = [row.capabilities()?, row.build_capabilities().unwrap_or(row.capabilities()?)];
                Some(sets.iter().any(|set| set.contains(&able)))
            }
            Self::Is(mark) => mark.of(row),
        }
    }
}

impl Mark {
    /// Whether it can be told of a component; `None` where it can be neither told nor ruled out.
    fn of(self, row: &Row<'_>) -> Option<bool> {
        match self {
            Self::Native => row.seen.map(|seen| seen.carried.native + seen.carried.assembler > 0),
            Self::Prebuilt => row.seen.map(|seen| seen.carried.prebuilt > 0),
            Self::BuildScript => row.build_script(),
            Self::ProcMacro => row.proc_macro(),
            Self::Links => row.told("links", row.links().is_some()),
            Self::Advisory => row.told("advisories", !row.advisories.is_empty()),
            Self::Yanked => row.told("yanked", row.published.is_some_and(|entry| entry.yanked)),
            Self::Changed => row.told("integrity", row.integrity() == Integrity::Changed),
            Self::Unvetted => Some(row.vetted.is_none_or(|vetted| {
                matches!(vetted.how, How::Unvetted | How::Exempt { .. } | How::Violation)
            })),
            Self::Unclassified => Some(row.class.is_none()),
            Self::Unreviewed => Some(row.entry.is_none_or(|entry| entry.record.reviewed_on.is_none())),
            Self::Fork => Some(row.entry.is_some_and(|entry| entry.fork.is_some())),
            Self::Unknown => Some(!row.could_not_tell.is_empty()),
        }
    }
}

impl Row<'_> {
    fn told(&self, fact: &str, value: bool) -> Option<bool> {
        (!self.could_not_tell.contains(&fact)).then_some(value)
    }
}
