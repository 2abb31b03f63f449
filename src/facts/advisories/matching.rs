//! Which advisories touch which components.
//!
//! Versions are compared by the rustsec crate, so that a verdict here is the verdict of every other
//! tool that stands on it. That crate stops the program on some ranges a hostile file can state;
//! [`ranges`] refuses those before they reach it.

use std::collections::BTreeMap;

use rustsec::VersionReq;
use rustsec::advisory::Versions;
use rustsec::platforms::Platform;
use semver::Op;

use crate::facts::components::{Component, Origin, Ships};
use crate::facts::workspace::{EdgeKind, Member};
use crate::facts::{Gap, Kind};

use super::{Advisory, Data, Hit, MemberHit, Reach};

/// The advisories at hand, by package, and the platforms of the product.
pub(super) struct Matcher<'a> {
    by_package: BTreeMap<&'a str, Vec<&'a Advisory>>,
    /// `None` where the platforms are not known: then it may be built for all of them.
    platforms: Option<Vec<&'static Platform>>,
}

impl<'a> Matcher<'a> {
    /// Withdrawn advisories touch nothing.
    pub(super) fn new(data: &'a Data, targets: &[String]) -> Self {
        let mut by_package: BTreeMap<&str, Vec<&Advisory>> = BTreeMap::new();
        let on_packages = data.advisories().filter(|advisory| !advisory.toolchain);
        for advisory in on_packages.filter(|advisory| advisory.withdrawn.is_none()) {
            by_package.entry(&advisory.package).or_default().push(advisory);
        }
        // A target the compiler does not know by name, described in a file, could be anything.
        let platforms: Option<Vec<_>> = targets.iter().map(|target| Platform::find(target)).collect();
        Self { by_package, platforms: platforms.filter(|known| !known.is_empty()) }
    }

    /// Every advisory that touches a component, sorted by component, then by id, each id once.
    pub(super) fn components(&self, components: &[Component], gaps: &mut Vec<Gap>) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (index, component) in components.iter().enumerate() {
            // What runs on the machines of developers runs on systems nobody has listed.
            let product_only =
                component.ships == Ships::Product && !component.edges.contains(&EdgeKind::Build);
            for advisory in self.affecting(&component.name, &component.version, gaps) {
                let Some(same_origin) = speaks_of(advisory, &component.origin) else { continue };
                hits.push(Hit {
                    component: index,
                    advisory: advisory.clone(),
                    same_origin,
                    on_target: !product_only || self.is_on_target(advisory),
                    reach: Reach::default(),
                });
            }
        }
        // Several databases may hold the same advisory; the first that was named tells it.
        hits.sort_by(|a, b| (a.component, &a.advisory.id).cmp(&(b.component, &b.advisory.id)));
        hits.dedup_by(|later, first| {
            (later.component, &later.advisory.id) == (first.component, &first.advisory.id)
        });
        hits
    }

    /// Every advisory on a package whose name and version a member bears.
    pub(super) fn members(&self, members: &[Member], gaps: &mut Vec<Gap>) -> Vec<MemberHit> {
        let mut hits = Vec::new();
        for (index, member) in members.iter().enumerate().filter(|(_, member)| member.chosen) {
            // Without a version of its own a member is no copy of a published package.
            let Ok(version) = semver::Version::parse(&member.version) else { continue };
            hits.extend(self.affecting(&member.name, &version, gaps).into_iter().map(|advisory| MemberHit {
                member: index,
                advisory: advisory.clone(),
                on_target: self.is_on_target(advisory),
            }));
        }
        hits.sort_by(|a, b| (a.member, &a.advisory.id).cmp(&(b.member, &b.advisory.id)));
        hits.dedup_by(|later, first| {
            (later.member, &later.advisory.id) == (first.member, &first.advisory.id)
        });
        hits
    }

    /// Every advisory on this version of the toolchain that touches what the product is built for.
    pub(super) fn toolchain(
        &self,
        data: &Data,
        version: &semver::Version,
        gaps: &mut Vec<Gap>,
    ) -> Vec<Advisory> {
        let on_toolchain = data.advisories().filter(|advisory| advisory.toolchain);
        let mut found: Vec<Advisory> = on_toolchain
            .filter(|advisory| advisory.withdrawn.is_none() && self.is_on_target(advisory))
            .filter(|advisory| touches(advisory, version, gaps))
            .cloned()
            .collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|later, first| later.id == first.id);
        found
    }

    fn affecting(&self, name: &str, version: &semver::Version, gaps: &mut Vec<Gap>) -> Vec<&'a Advisory> {
        let known = self.by_package.get(name).into_iter().flatten();
        known.copied().filter(|advisory| touches(advisory, version, gaps)).collect()
    }

    fn is_on_target(&self, advisory: &Advisory) -> bool {
        let covers = |limit: &[String], is: &str| limit.is_empty() || limit.iter().any(|word| word == is);
        self.platforms.as_ref().is_none_or(|platforms| {
            platforms.iter().any(|platform| {
                covers(&advisory.os, platform.target_os.as_str())
                    && covers(&advisory.arch, platform.target_arch.as_str())
            })
        })
    }
}

/// Whether an advisory affects a version; one that does not say is a gap.
fn touches(advisory: &Advisory, version: &semver::Version, gaps: &mut Vec<Gap>) -> bool {
    is_affected(advisory, version).unwrap_or_else(|why| {
        gaps.push(Gap::new(
            Kind::Advisories,
            format!("{} on {}@{version}", advisory.id, advisory.package),
            why,
            "mend the advisory, or name other data with --advisory-db",
        ));
        false
    })
}

/// Whether an advisory affects a version, by the rustsec crate's own logic.
pub(super) fn is_affected(advisory: &Advisory, version: &semver::Version) -> Result<bool, String> {
    let parse = |texts: &[String]| {
        texts
            .iter()
            .map(|text| {
                VersionReq::parse(text).map_err(|error| format!("its range `{text}` can't be read: {error}"))
            })
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(ranges(parse(&advisory.patched)?, parse(&advisory.unaffected)?)?.is_vulnerable(version))
}

/// The ranges of an advisory, if they make sense.
pub(super) fn ranges(patched: Vec<VersionReq>, unaffected: Vec<VersionReq>) -> Result<Versions, String> {
    let mut starts = Vec::new();
    for req in patched.iter().chain(&unaffected) {
        for part in &req.comparators {
            let numbers = [part.major, part.minor.unwrap_or(0), part.patch.unwrap_or(0)];
            if numbers.contains(&u64::MAX) {
                return Err(format!("its range `{req}` holds a number beyond all versions"));
            }
            if !matches!(part.op, Op::Less | Op::LessEq) {
                starts.push((numbers, part.pre.clone()));
            }
        }
    }
    starts.sort();
    if starts.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("two of its ranges start at the same version".to_owned());
    }
    Versions::new(patched, unaffected).map_err(|error| format!("its ranges make no sense: {error}"))
}

/// Whether an advisory speaks of a package of this origin: of the very one (`true`), of one that
/// this may be a copy of (`false`), or of neither.
fn speaks_of(advisory: &Advisory, origin: &Origin) -> Option<bool> {
    match (advisory.registry.as_deref(), origin) {
        (None, Origin::CratesIo) => Some(true),
        (Some(of), Origin::Registry { url }) if same_registry(of, url) => Some(true),
        // Another registry's package of the same name is another package.
        (Some(_), Origin::CratesIo | Origin::Registry { .. }) => None,
        _ => Some(false),
    }
}

fn same_registry(a: &str, b: &str) -> bool {
    let bare = |url: &str| {
        let url = url.strip_prefix("registry+").or_else(|| url.strip_prefix("sparse+")).unwrap_or(url);
        url.trim_end_matches('/').to_owned()
    };
    bare(a) == bare(b)
}
