//! Who makes an item, and by what that is known. Nothing is guessed: a field that cannot be used as an
//! address is none.

use crate::facts::components::Component;
use crate::policy::{Manufacturer, Policy};

/// Who makes an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    /// The name.
    pub name: String,
    /// Whom to write to.
    pub email: Option<String>,
    /// A page.
    pub url: Option<String>,
    /// By what this is known.
    pub basis: Basis,
}

/// By what the maker of an item is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The manufacturer has put it on record.
    Policy,
    /// The manifest names authors.
    Authors,
    /// The manifest names only a repository: its owner there.
    Repository,
}

impl Basis {
    /// The words in lists.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Authors => "authors of the manifest",
            Self::Repository => "owner of the repository named in the manifest",
        }
    }
}

/// A person, as a manifest names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name; the address where there is none.
    pub name: String,
    /// The address.
    pub email: Option<String>,
}

impl Maker {
    /// What stands in a policy: a name, with an address in angle brackets or in its place.
    pub(super) fn read(text: &str, basis: Basis) -> Option<Self> {
        let (name, contact) = split(text);
        let email = contact.as_deref().and_then(mail);
        let url = contact.as_deref().and_then(address);
        let name = if name.is_empty() { contact? } else { name };
        Some(Self { name, email, url, basis })
    }

    /// The manufacturer of the product.
    pub(super) fn manufacturer(manufacturer: &Manufacturer) -> Option<Self> {
        Some(Self {
            name: told(&manufacturer.name.as_ref()?.value)?,
            email: manufacturer.email.as_ref().and_then(|email| mail(&email.value)),
            url: manufacturer.url.as_ref().and_then(|url| address(&url.value)),
            basis: Basis::Policy,
        })
    }

    /// The maker of a component: what is on record, else its first author, else the owner of its
    /// repository.
    pub(super) fn of(policy: &Policy, component: &Component) -> Option<Self> {
        let filed = policy.component(&component.name).and_then(|entry| entry.record.supplier.as_ref());
        if let Some(filed) = filed {
            return Self::read(&filed.value, Basis::Policy);
        }
        let repository = component.declared.repository.as_deref().and_then(address);
        let homepage = component.declared.homepage.as_deref().and_then(address);
        let url = repository.clone().or(homepage);
        let authors = persons(&component.declared.authors);
        if let Some(first) = authors.first() {
            let email = authors.iter().find_map(|author| author.email.clone());
            let name = match authors.len() {
                1 => first.name.clone(),
                more => format!("{} and {} more", first.name, more - 1),
            };
            return Some(Self { name, email, url, basis: Basis::Authors });
        }
        Some(Self { name: owner(&repository?)?, email: None, url, basis: Basis::Repository })
    }
}

/// Authors as a manifest lists them; what is empty is left out.
pub(super) fn persons(authors: &[String]) -> Vec<Person> {
    let person = |text: &String| {
        let (name, contact) = split(text);
        let email = contact.as_deref().and_then(mail);
        let name = if name.is_empty() { contact? } else { name };
        Some(Person { name, email })
    };
    authors.iter().filter_map(person).collect()
}

/// `Name <contact>`: the name, and what stands in the brackets; a text that is an address itself is
/// both.
fn split(text: &str) -> (String, Option<String>) {
    let text = text.trim();
    let brackets = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    match brackets {
        Some((name, contact)) => (name.trim().to_owned(), told(contact)),
        None if text.is_empty() => (String::new(), None),
        None if mail(text).is_some() || address(text).is_some() => (text.to_owned(), Some(text.to_owned())),
        None => (text.to_owned(), None),
    }
}

fn told(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The owner in the address of a repository: `serde-rs` of `https://github.com/serde-rs/serde`, with
/// the host before it, since the owner is known by that name only there.
fn owner(repository: &str) -> Option<String> {
    let (_, rest) = repository.split_once("://")?;
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    let (host, owner) = (parts.next()?, parts.next()?);
    Some(format!("{host}/{owner}"))
}

/// The text if it is a mail address that every reader takes for one.
#[must_use]
pub fn mail(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.split_once('@')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
    let atoms = |text: &str, allowed: &dyn Fn(char) -> bool| {
        text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(allowed))
    };
    let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let edges =
        domain.split('.').all(|label| !label.starts_with('-') && !label.ends_with('-') && label.len() < 64);
    (local.len() <= 64 && domain.len() < 254 && atoms(local, &plain) && atoms(domain, &label) && edges)
        .then(|| text.to_owned())
}

/// The text if it is a web address that every reader takes for one.
#[must_use]
pub fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = host.split_once(':').unwrap_or((host, "0"));
    let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=%".contains(c);
    let encoded = text.match_indices('%').all(|(at, _)| {
        text.as_bytes().get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    });
    (named
        && !port.is_empty()
        && port.chars().all(|c| c.is_ascii_digit())
        && text.chars().all(plain)
        && text.matches('#').count() <= 1
        && encoded)
        .then(|| text.to_owned())
}
