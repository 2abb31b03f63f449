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

use crate::facts::components::{Component, Components, Origin, Ships};
use crate::facts::workspace::EdgeKind;
use crate::facts::{Gap, Kind};

use super::{Advisory, Data, Hit};

/// Every advisory that touches a component, sorted by component, then by id, each id once.
pub(super) fn hits(data: &Data, components: &Components, gaps: &mut Vec<Gap>) -> Vec<Hit> {
    let mut by_package: BTreeMap<&str, Vec<&Advisory>> = BTreeMap::new();
    for advisory in data.advisories().filter(|advisory| advisory.withdrawn.is_none()) {
        by_package.entry(&advisory.package).or_default().push(advisory);
    }
    let platforms = platforms(&components.targets);
    let mut hits = Vec::new();
    for (index, component) in components.all.iter().enumerate() {
        let mut of_component: BTreeMap<&str, Hit> = BTreeMap::new();
        for advisory in by_package.get(component.name.as_str()).into_iter().flatten() {
            let Some(same_origin) = speaks_of(advisory, &component.origin) else { continue };
            match is_affected(advisory, &component.version) {
                Ok(false) => {}
                Ok(true) => {
                    of_component.entry(&advisory.id).or_insert_with(|| Hit {
                        component: index,
                        advisory: (*advisory).clone(),
                        same_origin,
                        on_target: on_target(advisory, component, platforms.as_deref()),
                    });
                }
                Err(why) => gaps.push(Gap::new(
                    Kind::Advisories,
                    format!("{} on {}", advisory.id, component.id()),
                    why,
                    "mend the advisory, or name other data with --advisory-db",
                )),
            }
        }
        hits.extend(of_component.into_values());
    }
    hits
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

/// The platforms of the product; `None` where they are not known, all of them.
fn platforms(targets: &[String]) -> Option<Vec<&'static Platform>> {
    // A target the compiler does not know by name, described in a file, could be anything.
    let known: Option<Vec<_>> = targets.iter().map(|target| Platform::find(target)).collect();
    known.filter(|known| !known.is_empty())
}

fn on_target(advisory: &Advisory, component: &Component, platforms: Option<&[&Platform]>) -> bool {
    // What runs on the machines of developers runs on systems nobody has listed.
    let only_product = component.ships == Ships::Product && !component.edges.contains(&EdgeKind::Build);
    let Some(platforms) = platforms.filter(|_| only_product) else { return true };
    let covers = |limit: &[String], is: &str| limit.is_empty() || limit.iter().any(|word| word == is);
    platforms.iter().any(|platform| {
        covers(&advisory.os, platform.target_os.as_str())
            && covers(&advisory.arch, platform.target_arch.as_str())
    })
}
