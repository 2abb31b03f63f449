//! Checks on advisories: each hit is told by exactly one rule.
//!
//! What is known of the very component is exact; what is known of a package whose name and version a
//! copy bears is likely, and has rules of its own. What does not ship is told with less weight,
//! except for packages made to harm: they harm whoever builds them.

use jiff::ToSpan as _;
use jiff::civil::Date;
use semver::{Comparator, Op, VersionReq};

use crate::facts::Facts;
use crate::facts::advisories::{Advisory, AdvisoryKind as Kind, Hit, Reach};
use crate::facts::components::{Component, Origin, Ships};
use crate::finding::Findings;
use crate::policy::UnmaintainedScope;

use super::components::forks::{mends, unproved};
use super::rules;

rules!["advisories":
    component_malicious,
    component_vulnerable,
    vulnerability_in_grace,
    component_unsound,
    component_unmaintained,
    malicious_copy,
    vulnerable_copy,
    unsound_copy,
    unmaintained_copy,
    vulnerable_unshipped,
    advisory_on_record,
    advisory_data_stale,
];

/// Which rule tells a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Concern {
    /// The component itself matters.
    Component(Kind),
    /// It bears name and version of a package that matters.
    Copy(Kind),
    /// A vulnerability that is so new that the policy leaves time for it.
    Grace,
    /// A vulnerability where the product is not.
    Unshipped,
    /// Worth keeping, no more.
    Record,
}

fn concern(hit: &Hit, component: &Component, facts: &Facts) -> Concern {
    let told = if hit.same_origin { Concern::Component } else { Concern::Copy };
    match hit.advisory.kind {
        Kind::Malicious => told(Kind::Malicious),
        Kind::Notice => Concern::Record,
        _ if !hit.on_target => Concern::Record,
        Kind::Unmaintained if !is_asked_about(component, facts) => Concern::Record,
        Kind::Vulnerability if hit.same_origin && component.ships >= Ships::Build => {
            match grace_end(&hit.advisory, facts) {
                Some(end) if facts.as_of <= end => Concern::Grace,
                _ => Concern::Component(Kind::Vulnerability),
            }
        }
        kind if component.ships >= Ships::Build => told(kind),
        Kind::Vulnerability => Concern::Unshipped,
        _ => Concern::Record,
    }
}

/// The last day on which a new vulnerability warns only. The clock starts with the advisory itself, not
/// with the day on which somebody saw it.
fn grace_end(advisory: &Advisory, facts: &Facts) -> Option<Date> {
    let days = facts.policy.advisories.grace_days.get(advisory.severity.unwrap_or("unknown"))?.value;
    advisory.date.checked_add(i64::from(days).days()).ok().filter(|_| days > 0)
}

/// Whether the policy asks about this component when nobody mends it. Where the way to it is not
/// known, it does.
fn is_asked_about(component: &Component, facts: &Facts) -> bool {
    facts.policy.advisories.unmaintained == UnmaintainedScope::All || component.why.len() <= 2
}

fn component_malicious(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Component(Kind::Malicious));
}

fn component_vulnerable(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Component(Kind::Vulnerability));
}

fn vulnerability_in_grace(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Grace);
}

fn component_unsound(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Component(Kind::Unsound));
}

fn component_unmaintained(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Component(Kind::Unmaintained));
}

fn malicious_copy(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Copy(Kind::Malicious));
    tell_members(facts, found, Kind::Malicious);
}

fn vulnerable_copy(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Copy(Kind::Vulnerability));
    tell_members(facts, found, Kind::Vulnerability);
}

fn unsound_copy(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Copy(Kind::Unsound));
    tell_members(facts, found, Kind::Unsound);
}

/// Members are left out: whoever has a member maintains it.
fn unmaintained_copy(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Copy(Kind::Unmaintained));
}

fn vulnerable_unshipped(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Unshipped);
}

fn advisory_on_record(facts: &Facts, found: &mut Findings<'_>) {
    tell(facts, found, Concern::Record);
}

fn advisory_data_stale(facts: &Facts, found: &mut Findings<'_>) {
    let (Some(newest), Some(age)) = (facts.advisories.newest, facts.advisories.age_days) else { return };
    let limit = facts.policy.advisories.warn_after_days;
    if i64::from(age) <= i64::from(limit) {
        return;
    }
    let at = facts.workspace.lock.as_ref().unwrap_or(&facts.workspace.manifest.source).whole();
    found
        .add(
            &at,
            format!(
                "the newest advisory at hand is of {newest}, {age} days before {}, and the limit is {limit}",
                facts.as_of
            ),
        )
        .about("advisory data")
        .help(format!(
            "data used: {}; fetch newer with `cargo health-sec advisories update`, or name newer with --advisory-db",
            facts.advisories.origins.join(", ")
        ));
}

/// Adds every hit that this rule is to tell.
fn tell(facts: &Facts, found: &mut Findings<'_>, wanted: Concern) {
    for hit in &facts.advisories.hits {
        let Some(component) = facts.components.all.get(hit.component) else { continue };
        if concern(hit, component, facts) != wanted || mended(facts, &component.name, wanted, &hit.advisory) {
            continue;
        }
        let copy = if hit.same_origin { String::new() } else { whence(&component.origin) };
        let who = format!("{} {}{copy}, {},", component.name, component.version, use_of(component));
        let advisory = &hit.advisory;
        let what = match wanted {
            Concern::Copy(_) => format!("bears name and version of a package that {}", verdict(advisory)),
            Concern::Record if !hit.on_target => {
                format!(
                    "{} (only on {}, where the product does not run)",
                    verdict(advisory),
                    systems(advisory)
                )
            }
            _ => verdict(advisory),
        };
        let help = match (wanted, advisory.kind) {
            (Concern::Copy(_), _) => {
                unproved(facts, &component.name, advisory).unwrap_or_else(|| compare(advisory))
            }
            (Concern::Record, _) => read_more(advisory),
            (_, Kind::Malicious) => {
                "remove it, and treat every machine that built it as taken over".to_owned()
            }
            _ => way_out(component, advisory),
        };
        let what = match grace_end(advisory, facts) {
            Some(end) if wanted == Concern::Grace => format!("{what}; the gate closes after {end}"),
            _ => what,
        };
        let finding = found.add(&component.at, format!("{who} {what}"));
        finding
            .about(&advisory.id)
            .about(scope(advisory, component))
            .rests_on(Some(hit.component), advisory)
            .help(help + &hint(facts, hit));
        if wanted == Concern::Grace {
            finding.waived_as("component_vulnerable");
        }
    }
}

/// How near the advisory is to code that ships, for those that somebody has to look into.
fn hint(facts: &Facts, hit: &Hit) -> String {
    if !matches!(hit.advisory.kind, Kind::Vulnerability | Kind::Unsound) {
        return String::new();
    }
    let near = match &hit.reach {
        Reach::NamedInOurCode { function, at } => format!("{at} names `{function}`"),
        Reach::NamedInComponent { function, component, file } => {
            let Some(user) = facts.components.all.get(*component) else { return String::new() };
            format!("{} names `{function}` in {file}", user.id())
        }
        Reach::NotImported => "no code that ships names the crate".to_owned(),
        Reach::Unknown { .. } => return String::new(),
    };
    format!("; a hint, not a verdict: {near}")
}

/// Adds every member that bears name and version of such a package.
fn tell_members(facts: &Facts, found: &mut Findings<'_>, kind: Kind) {
    let told = facts.advisories.member_hits.iter().filter(|hit| hit.advisory.kind == kind);
    for hit in told.filter(|hit| hit.on_target || kind == Kind::Malicious) {
        let Some(member) = facts.workspace.members.get(hit.member) else { continue };
        let (name, version, advisory) = (&member.name, &member.version, &hit.advisory);
        if mended(facts, name, Concern::Copy(kind), advisory) {
            continue;
        }
        found
            .add(
                &member.name_at,
                format!(
                    "{name} {version}, a member of the workspace, bears name and version of a package that {}",
                    verdict(advisory)
                ),
            )
            .about(&advisory.id)
            .about(format!("{} {name}@{version}", advisory.id))
            .rests_on(None, advisory)
            .help(unproved(facts, name, advisory).unwrap_or_else(|| compare(advisory)));
    }
}

/// True for a copy of which the policy shows that it mends the fault. What was made to harm, and what nobody
/// maintains, no change to a copy undoes.
fn mended(facts: &Facts, copy: &str, concern: Concern, advisory: &Advisory) -> bool {
    matches!(concern, Concern::Copy(Kind::Vulnerability | Kind::Unsound)) && mends(facts, copy, advisory)
}

/// The advisory on this one version: a waiver of the id alone holds for every version there may be.
fn scope(advisory: &Advisory, component: &Component) -> String {
    format!("{} {}", advisory.id, component.id())
}

/// What an advisory says of the package, made of its facts.
fn verdict(advisory: &Advisory) -> String {
    let id = &advisory.id;
    let says = match advisory.kind {
        Kind::Vulnerability => format!("is affected by {id}"),
        Kind::Malicious => format!("was made to harm ({id})"),
        Kind::Unsound => format!("lets safe code reach undefined behaviour ({id})"),
        Kind::Unmaintained => return format!("is no longer maintained ({id})"),
        Kind::Notice => return format!("has a notice ({id})"),
    };
    let mended = match advisory.patched.as_slice() {
        [] => "mended in no version".to_owned(),
        patched => format!("mended in {}", patched.join(" or ")),
    };
    let harm = harm(advisory);
    match advisory.kind {
        Kind::Malicious => says,
        _ if harm.is_empty() => format!("{says}, {mended}"),
        _ => format!("{says}: {harm}; {mended}"),
    }
}

fn harm(advisory: &Advisory) -> String {
    let categories = advisory.categories.iter().map(|category| category.replace('-', " "));
    let cve = advisory.aliases.iter().find(|alias| alias.starts_with("CVE-")).cloned();
    let severity = advisory.severity.map(|word| format!("severity {word}"));
    categories.chain(cve).chain(severity).collect::<Vec<_>>().join(", ")
}

fn systems(advisory: &Advisory) -> String {
    let words: Vec<&str> = advisory.os.iter().chain(&advisory.arch).map(String::as_str).collect();
    words.join(", ")
}

/// Whether a component ships, and by whom.
fn use_of(component: &Component) -> String {
    let before = component.why.split_last().map_or(&[][..], |(_, before)| before);
    let names: Vec<&str> = before.iter().map(|step| step.split(' ').next().unwrap_or_default()).collect();
    let by = match names.as_slice() {
        [] => String::new(),
        [first, .., last] if names.len() > 4 => format!(" by {first} > ... > {last}"),
        names => format!(" by {}", names.join(" > ")),
    };
    match component.ships {
        Ships::Product => format!("linked into the product{by}"),
        Ships::Build => format!("run while the product is built{by}"),
        Ships::Unknown => format!("which may be shipped{by}"),
        Ships::Dev => format!("used in tests, examples or benches{by}"),
        Ships::Locked => "locked but not used with these features and targets".to_owned(),
    }
}

/// Where a copy comes from.
fn whence(origin: &Origin) -> String {
    match origin {
        Origin::CratesIo => String::new(),
        Origin::Registry { url } => format!(" from the registry {}", without_secrets(url)),
        Origin::Git { url, .. } => format!(" from the repository {}", without_secrets(url)),
        Origin::Path { folder: Some(folder) } => format!(" from the folder {folder}"),
        Origin::Path { folder: None } => " from a folder".to_owned(),
    }
}

/// An address without the name and password it may carry.
fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// How to get rid of an affected version.
fn way_out(component: &Component, advisory: &Advisory) -> String {
    let (name, id) = (&component.name, component.id());
    if advisory.kind == Kind::Unmaintained {
        return format!("replace {name}, or say who mends it from now on and waive {}", advisory.id);
    }
    if advisory.patched.is_empty() {
        return format!(
            "no version mends it: replace {name}, or show that the product does not reach the fault and waive {}",
            advisory.id
        );
    }
    if let Some(version) = mended_in_reach(component, advisory) {
        return format!("cargo update {id} --precise {version}, or any later version that fits");
    }
    match component.why.as_slice() {
        [.., by, _] if component.why.len() > 2 => {
            format!("{by} asks for this version: update {by} first, or replace it (cargo tree --invert {id})")
        }
        [by, _] => format!(
            "raise the requirement of {name} in the manifest of {}",
            by.split(' ').next().unwrap_or(by)
        ),
        _ => format!("raise the requirement that holds it (cargo tree --invert {id})"),
    }
}

/// The first mended version that every requirement met by this version is met by too.
fn mended_in_reach(component: &Component, advisory: &Advisory) -> Option<semver::Version> {
    let current = &component.version;
    let reach = VersionReq {
        comparators: vec![Comparator {
            op: Op::Caret,
            major: current.major,
            minor: Some(current.minor),
            patch: Some(current.patch),
            pre: current.pre.clone(),
        }],
    };
    advisory
        .patched
        .iter()
        .filter_map(|range| VersionReq::parse(range).ok())
        .filter_map(|range| {
            range
                .comparators
                .into_iter()
                .find(|part| matches!(part.op, Op::GreaterEq | Op::Caret | Op::Tilde | Op::Exact))
        })
        .map(|from| semver::Version {
            pre: from.pre,
            ..semver::Version::new(from.major, from.minor.unwrap_or(0), from.patch.unwrap_or(0))
        })
        .filter(|version| version > current && reach.matches(version))
        .min()
}

fn compare(advisory: &Advisory) -> String {
    let id = &advisory.id;
    match (advisory.kind, advisory.patched.is_empty()) {
        (Kind::Malicious, _) => format!(
            "find out where the copy was taken from; if it only shares the name, waive {id} and say so"
        ),
        (Kind::Unmaintained, _) => {
            format!("say who mends the copy from now on and waive {id}, or replace it")
        }
        (_, true) => format!(
            "no version mends it: replace it, or mend the copy and waive {id} with the change that did it"
        ),
        (_, false) => format!(
            "compare it with a mended version; where the copy is mended too, waive {id} with the change that did it"
        ),
    }
}

fn read_more(advisory: &Advisory) -> String {
    advisory.page().or_else(|| advisory.url.clone()).unwrap_or_else(|| format!("read {}", advisory.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_secrets() {
        for (url, bare) in [
            ("https://user:token@host.example/a@b", "https://host.example/a@b"),
            ("ssh://git@host.example/a", "ssh://host.example/a"),
            ("https://host.example", "https://host.example"),
            ("no address", "no address"),
        ] {
            assert_eq!(without_secrets(url), bare);
        }
    }
}
