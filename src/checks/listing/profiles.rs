//! Published lists of fields, from `rules/profiles.toml`, and what a list lacks of them.

use std::sync::{Arc, LazyLock};

use crate::document::{self, Fields, Value};
use crate::error::Fault;
use crate::facts::components::Ships;
use crate::policy::Profile;
use crate::source::Source;

use super::{Listing, Part, Sort};

/// How much is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What ends up in the product, and what runs while it is built.
    Delivered,
    /// Everything in the lock file.
    All,
}

impl Extent {
    /// True for what is listed.
    #[must_use]
    pub fn holds(self, ships: Ships) -> bool {
        self == Self::All || ships >= Ships::Build
    }
}

/// A field that lists are asked for.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in `rules/profiles.toml`.
    pub id: String,
    /// What must have it.
    pub of: Scope,
    /// What messages call it.
    pub title: String,
    /// Where this tool takes it from.
    pub source: String,
    /// What mends its absence.
    pub mend: String,
    /// Profiles that require it.
    pub required: Vec<Profile>,
    /// Profiles that expect it where it exists.
    pub expected: Vec<Profile>,
    has: Has,
}

impl Field {
    /// True for a part that must have this field and has not.
    #[must_use]
    pub fn is_lacking(&self, list: &Listing, part: &Part) -> bool {
        self.of.holds(part) && !(self.has)(list, part)
    }
}

/// What must have a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The list as a whole.
    List,
    /// Every part.
    Listed,
    /// Every third-party crate.
    Component,
    /// Every third-party crate and other item that ends up in the product.
    Delivered,
}

impl Scope {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("list", Self::List),
        ("listed", Self::Listed),
        ("component", Self::Component),
        ("delivered", Self::Delivered),
    ];

    fn holds(self, part: &Part) -> bool {
        match self {
            Self::List => part.sort == Sort::Product,
            Self::Listed => true,
            Self::Component => part.is_component(),
            Self::Delivered => !part.is_own() && part.is_delivered(),
        }
    }
}

/// Whether a profile insists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// It does.
    Required,
    /// It asks for the field where it exists.
    Expected,
}

/// A field that parts of a list lack.
#[derive(Debug, Clone)]
pub struct Lack {
    /// The field.
    pub field: &'static Field,
    /// Whether the profile insists.
    pub need: Need,
    /// The parts, by index; for a field of the list as a whole, the product.
    pub parts: Vec<usize>,
}

/// Whether a part of a list has a field.
type Has = fn(&Listing, &Part) -> bool;

/// Each field, and where it is looked for.
const LOOKS: &[(&str, Has)] = &[
    ("author", |list, _| list.author.is_some()),
    ("author_contact", |list, _| {
        list.author.as_ref().is_some_and(|author| author.email.is_some() || author.url.is_some())
    }),
    ("relations", |list, _| list.resolved),
    ("name", |_, part| !part.name.trim().is_empty()),
    ("version", |_, part| part.version.as_ref().is_some_and(|version| !version.trim().is_empty())),
    ("identifier", |_, part| !part.purl.ends_with("/unnamed")),
    ("supplier", |_, part| part.maker.is_some()),
    ("supplier_contact", |_, part| {
        part.maker.as_ref().is_some_and(|maker| maker.email.is_some() || maker.url.is_some())
    }),
    ("licence", |_, part| part.licence.is_some()),
    ("file_name", |_, part| part.file.is_some()),
    ("hash", |_, part| part.sha512.is_some()),
    ("source_address", |_, part| part.source.is_some()),
    ("file_address", |_, part| part.distribution.is_some()),
    ("support", |_, part| part.record.support.is_some()),
    ("end_of_support", |_, part| part.record.end_of_support.is_some() || part.record.support_plan.is_some()),
    ("requirement", |_, part| part.record.requirement.is_some()),
    ("needs", |list, part| part.needs.is_some() || !list.targets.is_empty()),
    ("anomalies", |_, part| part.record.watch.is_some() || part.source.is_some()),
    ("evaluated", |_, part| part.record.reviewed_on.is_some()),
    ("risk", |_, part| part.record.risk.is_some()),
];

/// What a list lacks of a profile: each field with the parts that lack it, in the order of
/// `rules/profiles.toml`.
#[must_use]
pub fn lacks(list: &Listing, profile: Profile) -> Vec<Lack> {
    let lack = |field: &'static Field| {
        let need = match profile {
            _ if field.required.contains(&profile) => Need::Required,
            _ if field.expected.contains(&profile) => Need::Expected,
            _ => return None,
        };
        let lacking = |at: &usize| field.is_lacking(list, &list.parts[*at]);
        let parts: Vec<usize> = (0..list.parts.len()).filter(lacking).collect();
        (!parts.is_empty()).then_some(Lack { field, need, parts })
    };
    fields().iter().filter_map(lack).collect()
}

/// The fields that lists are asked for.
///
/// # Panics
/// When the embedded list is broken, which a test rules out.
#[must_use]
pub fn fields() -> &'static [Field] {
    static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/profiles.toml"));
        #[expect(clippy::expect_used, reason = "the embedded list is read by a test")]
        read(&Source::new("rules/profiles.toml", text)).expect("the embedded fields are well formed")
    });
    &FIELDS
}

/// Reads the list of fields.
pub(super) fn read(source: &Arc<Source>) -> Result<Vec<Field>, Vec<Fault>> {
    let value =
        document::parse(source).map_err(|error| vec![document::fault(&error.at, error.message, None)])?;
    let mut faults = Vec::new();
    let mut read = Vec::new();
    for entry in value.get(&["field"]).map(Value::entries).unwrap_or_default() {
        let mut fields = Fields::new(&entry.value, "a field", &mut faults);
        let (of, title) = (fields.word("of", Scope::WORDS), fields.required("title"));
        let (origin, mend) = (fields.required("source"), fields.required("mend"));
        let required = fields.words("required", Profile::WORDS);
        let expected = fields.words("expected", Profile::WORDS);
        let has = LOOKS.iter().find(|(id, _)| *id == entry.key).map(|(_, has)| *has);
        if has.is_none() || of.is_none() || required.len() + expected.len() == 0 {
            let message = format!("nobody looks for the field `{}`", entry.key);
            fields.fault(&entry.key_at, message, None);
        }
        fields.finish();
        if let (Some(of), Some(title), Some(origin), Some(mend), Some(has)) = (of, title, origin, mend, has) {
            read.push(Field {
                id: entry.key.clone(),
                of: of.value,
                title: title.value,
                source: origin.value,
                mend: mend.value,
                required: required.into_iter().map(|profile| profile.value).collect(),
                expected: expected.into_iter().map(|profile| profile.value).collect(),
                has,
            });
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}
