//! The list from facts and policy.

use std::collections::{BTreeMap, BTreeSet};

use packageurl::PackageUrl;

use crate::document::Value;
use crate::facts::components::licence::Licence;
use crate::facts::components::{Component, Node, Origin, Ships};
use crate::facts::workspace::{EdgeKind, Member, TargetKind};
use crate::facts::{Facts, Kind};
use crate::policy::{Item, ItemKind};
use crate::source::Location;

use super::decided::{copied, filed, supported};
use super::maker::persons;
use super::{Completeness, Decided, Extent, Filed, Listing, Maker, Part, Sort, Use, address};

/// Where crates.io hands out archives.
const DOWNLOADS: &str = "https://static.crates.io/crates";

impl Listing {
    /// Makes the list: what the extent asks for, the product first.
    #[must_use]
    pub fn new(facts: &Facts, extent: Extent) -> Self {
        let resolved =
            facts.components.resolved && !facts.gaps.iter().any(|gap| gap.kind == Kind::Components);
        let author = Maker::manufacturer(&facts.policy.manufacturer);
        let mut parts = vec![product(facts, author.clone())];
        let mut index = BTreeMap::new();
        for (at, member) in facts.workspace.members.iter().enumerate() {
            let ships = facts.components.members.get(&at).copied().unwrap_or(if facts.components.resolved {
                Ships::Locked
            } else {
                Ships::Unknown
            });
            if extent.holds(ships) {
                index.insert(Node::Member(at), parts.len());
                parts.push(own(facts, member, ships, author.clone()));
            }
        }
        for (at, found) in facts.components.all.iter().enumerate() {
            if extent.holds(found.ships) {
                index.insert(Node::Component(at), parts.len());
                parts.push(component(facts, at, found));
            }
        }
        let first_item = parts.len();
        parts.extend(facts.policy.items.iter().map(other));
        let uses = uses(facts, extent, &parts, &index, first_item);
        name_apart(&mut parts);
        for part in &mut parts {
            if !resolved {
                part.complete = part.complete.max(Completeness::Unknown);
            }
        }
        Self { parts, uses, author, targets: facts.components.targets.clone(), resolved }
    }
}

fn product(facts: &Facts, maker: Option<Maker>) -> Part {
    let workspace = &facts.workspace;
    let starts: Vec<&Member> =
        facts.components.product.iter().filter_map(|at| workspace.members.get(*at)).collect();
    let versions: BTreeSet<&str> = starts.iter().map(|member| member.version.as_str()).collect();
    let version = versions.first().filter(|version| versions.len() == 1 && !version.is_empty());
    let version = version.map(|version| (*version).to_owned());
    let name = facts.subject();
    let file = program(facts, &starts);
    let record = Filed {
        end_of_support: facts.policy.product.support_end.as_ref().map(|end| end.value),
        ..Filed::default()
    };
    let licences: BTreeSet<_> =
        starts.iter().map(|member| own(facts, member, Ships::Product, None).licence).collect();
    let licence = licences.first().filter(|_| licences.len() == 1).cloned().flatten();
    Part { maker, licence, file, record, ..Part::new(Sort::Product, "generic", name, version, &[]) }
}

/// The name of the program, where the product is one.
fn program(facts: &Facts, starts: &[&Member]) -> Option<String> {
    let shipped = &facts.policy.product.bins;
    if let [bin] = &shipped[..] {
        return Some(bin.value.clone());
    }
    let programs =
        |member: &&&Member| member.targets.iter().filter(|target| target.kind == TargetKind::Binary).count();
    let mut with: Vec<&&Member> = starts.iter().filter(|member| programs(member) > 0).collect();
    let member =
        with.pop().filter(|member| with.is_empty() && shipped.is_empty() && programs(member) == 1)?;
    let named = member.manifest.value.get(&["bin"]).and_then(|bins| bins.items().first());
    let named = named.and_then(|bin| bin.get(&["name"])).and_then(Value::as_str);
    Some(named.unwrap_or(&member.name).to_owned())
}

fn own(facts: &Facts, member: &Member, ships: Ships, maker: Option<Maker>) -> Part {
    let key = |key: &str| inherited(facts, member, key);
    let text = |name: &str| key(name).and_then(Value::as_str).map(str::to_owned);
    let authors: Vec<String> = key("authors")
        .map(Value::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|author| author.as_str().map(str::to_owned))
        .collect();
    let mut part = Part {
        ships,
        maker,
        authors: persons(&authors),
        description: text("description"),
        source: text("repository").as_deref().and_then(address),
        homepage: text("homepage").as_deref().and_then(address),
        at: Some(place(&member.name_at)),
        ..Part::new(Sort::Member, "cargo", &member.name, version_of(member), &[at_home(member)])
    };
    part.licensed(text("license").as_deref(), text("license-file").as_deref());
    part
}

fn version_of(member: &Member) -> Option<String> {
    Some(member.version.clone()).filter(|version| !version.is_empty())
}

/// What makes the package URL of a member another than that of the crate of this name on crates.io.
fn at_home(member: &Member) -> (&'static str, String) {
    let manifest = member.manifest.source.path();
    let folder = manifest.strip_suffix("Cargo.toml").unwrap_or(manifest).trim_end_matches('/');
    ("download_url", format!("file:{}", if folder.is_empty() { "." } else { folder }))
}

/// The package URL of a member, the same in every document.
#[must_use]
pub fn member_purl(member: &Member) -> String {
    purl("cargo", &member.name, version_of(member).as_deref(), &[at_home(member)])
}

/// The package URL of a component, the same in every document.
#[must_use]
pub fn component_purl(component: &Component) -> String {
    purl("cargo", &component.name, Some(&component.version.to_string()), &qualifiers(component))
}

/// A key of `[package]`, from the root where it says `workspace = true`.
fn inherited<'a>(facts: &'a Facts, member: &'a Member, key: &str) -> Option<&'a Value> {
    let value = member.manifest.value.get(&["package", key])?;
    let shared = value.get(&["workspace"]).and_then(Value::as_bool) == Some(true);
    if shared { facts.workspace.manifest.value.get(&["workspace", "package", key]) } else { Some(value) }
}

fn component(facts: &Facts, at: usize, component: &Component) -> Part {
    let declared = &component.declared;
    let entry = facts.policy.component(&component.name);
    let own_class = entry.and_then(|entry| entry.record.class()).is_some();
    let decided = if own_class { Decided::Alone } else { Decided::ByDefault };
    let class = facts.policy.class_of(&component.name).map(|class| (class.value, decided));
    let published = matches!(component.origin, Origin::CratesIo | Origin::Registry { .. });
    let version = component.version.to_string();
    let file = published.then(|| format!("{}-{version}.crate", component.name));
    let from_crates_io = component.origin == Origin::CratesIo;
    let distribution = file
        .as_ref()
        .filter(|_| from_crates_io)
        .and_then(|file| address(&format!("{DOWNLOADS}/{}/{file}", component.name)));
    let repository = declared.repository.as_deref().and_then(address);
    let source = match &component.origin {
        Origin::Git { url, .. } => address(url).or(repository),
        _ => repository,
    };
    let library = component.links.as_deref();
    let listed = facts
        .policy
        .items
        .iter()
        .flat_map(|item| &item.reached_by)
        .any(|reached| reached.value == component.name);
    let mut part = Part {
        ships: component.ships,
        maker: Maker::of(&facts.policy, component),
        authors: persons(&declared.authors),
        description: declared.description.clone(),
        sha256: component.checksum.as_deref().and_then(|sum| digest(sum, 64)),
        sha512: facts.integrity.of.get(&at).and_then(|seen| digest(seen.sha512.as_deref()?, 128)),
        file,
        distribution,
        source,
        homepage: declared.homepage.as_deref().and_then(address),
        class,
        record: supported(
            facts,
            &component.name,
            entry.map(|entry| filed(&entry.record)).unwrap_or_default(),
        ),
        needs: needs(component),
        links: library.map(str::to_owned),
        fork: entry.and_then(|entry| entry.fork.as_ref()).map(copied),
        replaces: replaces(facts, component),
        edges: component.edges.clone(),
        at: Some(place(&component.at)),
        // Behind a native library there is more than cargo knows.
        complete: match library {
            Some(_) if !listed => Completeness::Unknown,
            _ => Completeness::Complete,
        },
        ..Part::new(
            Sort::Component(component.origin.clone()),
            "cargo",
            &component.name,
            Some(version),
            &qualifiers(component),
        )
    };
    part.licensed(declared.licence.as_deref(), declared.licence_file.as_deref());
    part
}

/// The source whose crate a copy stands in for.
fn replaces(facts: &Facts, component: &Component) -> Option<String> {
    let patch = facts.workspace.patches.iter().find(|patch| patch.package.value == component.name)?;
    (component.origin != Origin::CratesIo).then(|| patch.patched.clone())
}

/// What makes its package URL another than that of the crate of this name on crates.io.
fn qualifiers(component: &Component) -> Vec<(&'static str, String)> {
    match &component.origin {
        Origin::CratesIo => Vec::new(),
        Origin::Registry { url } => vec![("repository_url", url.clone())],
        Origin::Git { url, commit: Some(commit) } => vec![("vcs_url", format!("git+{url}@{commit}"))],
        Origin::Git { url, commit: None } => vec![("vcs_url", format!("git+{url}"))],
        Origin::Path { folder } => {
            vec![("download_url", format!("file:{}", folder.as_deref().unwrap_or("unknown")))]
        }
    }
}

fn other(item: &Item) -> Part {
    let maker = item.record.supplier.as_ref();
    let class = item.record.class().map(|class| (class.value, Decided::Alone));
    let version = item.version.as_ref().map(|version| version.value.clone());
    let kind = item.kind.as_ref().map(|kind| kind.value);
    let ships = if kind == Some(ItemKind::Tool) { Ships::Build } else { Ships::Product };
    Part {
        ships,
        maker: maker.and_then(|maker| Maker::read(&maker.value, super::Basis::Policy)),
        class,
        record: filed(&item.record),
        at: Some(place(&item.at)),
        complete: Completeness::Unknown,
        ..Part::new(Sort::Item(kind), "generic", &item.name.value, version, &[])
    }
}

/// What a component says that it needs; a crate that names no compiler says nothing.
fn needs(component: &Component) -> Option<String> {
    let compiler = component.declared.rust_version.as_ref().map(|version| format!("Rust {version} or newer"));
    let library = component.links.as_ref().map(|library| format!("the native library {library}"));
    let needs: Vec<String> = compiler.into_iter().chain(library).collect();
    (!needs.is_empty()).then(|| needs.join(", "))
}

fn place(at: &Location) -> (String, usize) {
    (at.path().to_owned(), at.line())
}

/// A digest in hexadecimal digits of the right length; anything else is none.
fn digest(text: &str, length: usize) -> Option<String> {
    let hex = text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| text.to_ascii_lowercase())
}

impl Part {
    fn new(
        sort: Sort,
        kind: &'static str,
        name: &str,
        version: Option<String>,
        qualifiers: &[(&'static str, String)],
    ) -> Self {
        let purl = purl(kind, name, version.as_deref(), qualifiers);
        Self {
            reference: purl.clone(),
            sort,
            name: name.to_owned(),
            version,
            ships: Ships::Product,
            purl,
            maker: None,
            authors: Vec::new(),
            licence: None,
            licence_words: None,
            description: None,
            sha256: None,
            sha512: None,
            file: None,
            distribution: None,
            source: None,
            homepage: None,
            class: None,
            record: Filed::default(),
            needs: None,
            links: None,
            fork: None,
            replaces: None,
            edges: BTreeSet::new(),
            at: None,
            complete: Completeness::Complete,
        }
    }

    fn licensed(&mut self, declared: Option<&str>, file: Option<&str>) {
        match Licence::read(declared) {
            Licence::Parsed(expression) => self.licence = Some(expression.text()),
            Licence::Invalid(_) => self.licence_words = declared.map(str::to_owned),
            Licence::Absent => {
                self.licence_words = file.map(|file| format!("text of its own in the file {file}"));
            }
        }
    }
}

fn purl(kind: &'static str, name: &str, version: Option<&str>, more: &[(&'static str, String)]) -> String {
    let Ok(mut purl) = PackageUrl::new(kind, name) else { return format!("pkg:{kind}/unnamed") };
    // A version or qualifier that the specification has no room for is left out: the name stands.
    if let Some(version) = version {
        let _ = purl.with_version(version.to_owned());
    }
    for (key, value) in more {
        let _ = purl.add_qualifier(*key, value.clone());
    }
    purl.to_string()
}

/// Two parts may have one package URL: the later ones get an ordinal.
fn name_apart(parts: &mut [Part]) {
    let mut taken = BTreeSet::new();
    for part in parts {
        let mut ordinal = 1;
        while !taken.insert(part.reference.clone()) {
            ordinal += 1;
            part.reference = format!("{}#{ordinal}", part.purl);
        }
    }
}

fn uses(
    facts: &Facts,
    extent: Extent,
    parts: &[Part],
    index: &BTreeMap<Node, usize>,
    first_item: usize,
) -> Vec<Use> {
    let mut uses = BTreeSet::new();
    for at in &facts.components.product {
        if let Some(to) = index.get(&Node::Member(*at)) {
            uses.insert(Use { from: 0, to: *to, kind: Some(EdgeKind::Normal) });
        }
    }
    let wanted = |kind: Option<EdgeKind>| match kind {
        Some(EdgeKind::Normal | EdgeKind::Build) => true,
        Some(EdgeKind::Dev) => extent == Extent::All,
        None => extent == Extent::All || !facts.components.resolved,
    };
    for link in facts.components.links.iter().filter(|link| wanted(link.kind)) {
        if let (Some(from), Some(to)) = (index.get(&link.from), index.get(&link.to)) {
            uses.insert(Use { from: *from, to: *to, kind: link.kind });
        }
    }
    for (at, item) in facts.policy.items.iter().enumerate() {
        let to = first_item + at;
        let reached = |part: &Part| {
            part.is_component() && item.reached_by.iter().any(|reached| reached.value == part.name)
        };
        let mut through: Vec<usize> = (0..first_item).filter(|from| reached(&parts[*from])).collect();
        // Named by nobody, or only by what is not listed: the product itself.
        if through.is_empty() {
            through.push(0);
        }
        uses.extend(through.into_iter().map(|from| Use { from, to, kind: Some(EdgeKind::Normal) }));
    }
    uses.into_iter().collect()
}
