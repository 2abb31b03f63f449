//! The text of a fresh threat model in the native format.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::document::{array, quoted};
use crate::facts::Facts;
use crate::facts::code::Site;
use crate::facts::components::Ships;
use crate::facts::known::interfaces::interfaces as interfaces_known;
use crate::facts::threats::openings::{self, Side, Way};
use crate::facts::workspace::{EdgeKind, TargetKind};
use crate::policy::FILE_NAME;
use crate::source::Location;

use super::MODEL_NAME;

/// The model. What the code shows is there, each way in with an open threat; what only people know
/// is a proposal behind a `#`.
pub(super) fn text(facts: &Facts) -> String {
    let ways = openings::opened(&facts.code);
    let all = shown(&ways);
    let seen = super::seen::text(facts);
    let interfaces = interfaces(facts, &all) + &seen;
    [head(facts), context(), architecture(facts), interfaces, threats(&all)].join("\n")
}

/// What to do with it.
pub(super) fn next(facts: &Facts) -> String {
    let linked = facts.threats.models.iter().any(|model| model.at.path() == MODEL_NAME);
    let mut next = String::new();
    if !linked {
        let _ =
            writeln!(next, "  link it in {FILE_NAME}:\n\n    [threats]\n    models = [\"{MODEL_NAME}\"]\n");
    }
    next + "  describe who uses each interface, and answer each threat\n  cargo health-sec   inspect the workspace with it\n"
}

fn head(facts: &Facts) -> String {
    let title = facts.policy.product.name.as_ref().map(|name| name.value.clone());
    let title =
        title.or_else(|| facts.workspace.root.file_name().map(|name| name.to_string_lossy().into_owned()));
    format!(
        "# Security context (7.1.2) and threat model (7.2, 7.3) of this product, for `cargo health-sec`.\n\
         # A line that begins with `#` and no blank is a proposal: take its `#` away and make it true.\n\
         format = \"health-sec/threats@1\"\n\n\
         [model]\ntitle = {}\nlifecycle = \"in-development\"\n#owner = \"the team that answers for this model\"\n",
        quoted(&title.unwrap_or_default())
    )
}

fn context() -> String {
    "# What the product may count on where it is used.\n\
     #[context]\n\
     #physical = \"At the bedside; visitors can touch it unobserved.\"\n\
     #network = \"Hospital network, treated as hostile.\"\n\
     #operators = \"Hospital IT runs the network and the certificates.\"\n\
     #degraded_safety = \"What happens to a patient when the product stops or is wrong.\"\n\n\
     # Systems it talks to, people and programs that use it, what is worth protecting.\n\
     #[neighbour.ward-station]\n#what = \"Ward station\"\n#run_by = \"hospital\"\n#trust = \"partly\"\n\
     #[role.nurse]\n#kind = \"human\"\n#may = [\"read\"]\n\
     #[asset.readings]\n#class = [\"health-data\"]\n#needs = { c = \"high\", i = \"high\", a = \"medium\" }\n#safety = true\n"
        .to_owned()
}

/// One part a binary, or one a member where there is none.
fn architecture(facts: &Facts) -> String {
    let mut text = String::from("# What the product is made of: one part a program, with its crates.\n");
    for (part, crates) in parts(facts) {
        let _ =
            write!(text, "[component.{}]\nkind = \"process\"\ncrates = {}\n", quoted(&part), array([crates]));
    }
    text
}

fn parts(facts: &Facts) -> BTreeSet<(String, String)> {
    let of_kind = |wanted: TargetKind| -> BTreeSet<(String, String)> {
        let members = facts.workspace.members.iter();
        members
            .flat_map(|member| member.targets.iter().map(move |target| (member, target)))
            .filter(|(_, target)| target.kind == wanted)
            .map(|(member, target)| (target.name.clone(), member.name.clone()))
            .collect()
    };
    let binaries = of_kind(TargetKind::Binary);
    if binaries.is_empty() { of_kind(TargetKind::Library) } else { binaries }
}

/// What the code opens in one function, as one interface.
struct Shown<'a> {
    id: String,
    ways: Vec<&'a Way<'a>>,
}

/// One interface for each way in, and for each function that goes out or opens a device, a folder or a program.
fn shown<'a>(ways: &'a [Way<'a>]) -> Vec<Shown<'a>> {
    let mut all: Vec<Vec<&Way<'_>>> = Vec::new();
    let mut known: BTreeMap<(usize, &str, &str, String), usize> = BTreeMap::new();
    for way in ways {
        let site = &way.opened.call.site;
        let place = if way.side() == Side::In { format!("{:?}", way.address) } else { String::new() };
        let at = *known.entry((site.unit, site.within.as_str(), way.kind(), place)).or_insert(all.len());
        match all.get_mut(at) {
            Some(group) => group.push(way),
            None => all.push(vec![way]),
        }
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    all.into_iter()
        .map(|ways| Shown {
            id: id(ways.first().map_or("", |way| &way.opened.call.site.within), &mut taken),
            ways,
        })
        .collect()
}

/// A short id: the function that opens it, numbered where that is not enough.
fn id(within: &str, taken: &mut BTreeMap<String, usize>) -> String {
    let function = within.rsplit("::").next().unwrap_or_default();
    let fit = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let name: String = function.chars().filter(fit).take(40).collect();
    let name = if name.is_empty() { "interface".to_owned() } else { name };
    let count = taken.entry(name.clone()).or_default();
    *count += 1;
    if *count == 1 { name } else { format!("{name}-{count}") }
}

/// The interfaces, with what the code says about each.
fn interfaces(facts: &Facts, all: &[Shown<'_>]) -> String {
    let mut text = String::from(
        "# What the product opens: who uses each, and how it is kept. `anyone` is a role too.\n",
    );
    if all.is_empty() {
        return text
            + "# The code shows nothing that is known by name.\n\
               #[interface.console]\n#kind = \"serial\"\n#roles = [\"anyone\"]\n#why_open = \"service\"\n";
    }
    for shown in all {
        let Some(way) = shown.ways.first() else { continue };
        let site = &way.opened.call.site;
        let _ = write!(
            text,
            "\n# {} in {}:{}\n{}[interface.{}]\nkind = \"{}\"\n",
            crate::report::text::visible(&way.opened.name),
            crate::report::text::visible(site.at.path()),
            site.at.line(),
            by_files(way),
            shown.id,
            way.kind()
        );
        if let Some(part) = part(facts, site) {
            let _ = writeln!(text, "on = {}", quoted(&part));
        }
        if way.side() == Side::Out {
            let peers: BTreeSet<String> = shown.ways.iter().filter_map(|way| way.peer()).collect();
            let unknown = shown.ways.iter().any(|way| way.host().is_none());
            let unknown = unknown.then(|| "config:who is called".to_owned());
            let peers: Vec<String> = peers.into_iter().chain(unknown).collect();
            let _ = writeln!(text, "peers = {}", array(&peers));
        } else {
            for line in way.told() {
                let _ = writeln!(text, "{line}");
            }
        }
        let _ = writeln!(text, "code = {}", array([&site.within]));
        if way.side() == Side::In {
            text += "#roles = [\"nurse\"]\n#transport = { encryption = \"none\", authentication = \"none\" }\n\
                     #why_open = \"why this has to be reachable\"\n";
        }
    }
    text + &unseen(facts, all)
}

/// What files of settings say of an address, a comment each.
fn by_files(way: &Way<'_>) -> String {
    use crate::report::text::visible;
    let line = |what: String, at: &Location| format!("# {what} by {}:{}\n", visible(at.path()), at.line());
    let ports = way.files.ports.each().into_iter().map(|said| line(format!("port {}", said.value), &said.at));
    let hosts = way.files.hosts.each().into_iter();
    let hosts = hosts.map(|said| line(format!("on {}", visible(said.value.word())), &said.at));
    ports.chain(hosts).collect()
}

/// What the code does not show: components that reach the network by themselves, and code that is made by a build.
fn unseen(facts: &Facts, all: &[Shown<'_>]) -> String {
    let called: BTreeSet<String> = all
        .iter()
        .flat_map(|shown| &shown.ways)
        .filter_map(|way| way.opened.name.split("::").next())
        .map(|name| name.replace('_', "-"))
        .collect();
    let members = facts.workspace.members.iter();
    let normal = members.flat_map(|member| &member.dependencies).filter(|one| one.kind == EdgeKind::Normal);
    let direct: BTreeSet<&str> = normal.map(|dependency| dependency.package.as_str()).collect();
    let components = facts.components.all.iter().filter(|component| component.ships >= Ships::Unknown);
    let reaching: BTreeSet<&str> = components
        .filter(|component| direct.contains(component.name.as_str()))
        .filter(|component| interfaces_known().reaches_network(&component.name, &component.features))
        .map(|component| component.name.as_str())
        .filter(|name| !called.contains(&name.replace('_', "-")))
        .collect();
    let places: BTreeSet<&str> = facts.code.blind_spots.iter().map(|site| site.at.path()).collect();
    if reaching.is_empty() && places.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n# Look here yourself, since no reader can:\n");
    for name in reaching {
        let _ = writeln!(text, "#   {} can reach the network by itself", crate::report::text::visible(name));
    }
    for place in places {
        let _ = writeln!(text, "#   {} takes in code that was not seen", crate::report::text::visible(place));
    }
    text
}

/// The part whose crates hold a place.
fn part(facts: &Facts, site: &Site) -> Option<String> {
    let unit = facts.code.units.get(site.unit)?;
    let member = facts.workspace.members.get(unit.member)?;
    let mut parts = parts(facts).into_iter().filter(|(_, name)| *name == member.name).map(|(part, _)| part);
    let first = parts.next()?;
    // The library of a member with several programs is in all of them.
    if unit.kind == TargetKind::Binary {
        Some(unit.name.clone())
    } else {
        Some(first).filter(|_| parts.next().is_none())
    }
}

fn threats(all: &[Shown<'_>]) -> String {
    let mut text = String::from(
        "# What can go wrong, and what is done about it: open, mitigate, accept, transfer, avoid or\n\
         # not-applicable. A mitigation names its code and its tests; `thwart` tests try to get past it (5.7.2).\n",
    );
    for (number, shown) in all.iter().enumerate() {
        let id = &shown.id;
        let (title, category) = match shown.ways.first().map(|way| way.side()) {
            Some(Side::Out) => {
                (format!("What {id} gets is forged, or what it sends is read"), "stride:tampering")
            }
            Some(Side::Here) => (format!("Somebody at the place uses {id}"), "stride:tampering"),
            Some(Side::Child) => {
                (format!("{id} starts something else than is meant"), "stride:elevation-of-privilege")
            }
            Some(Side::Debug) => {
                (format!("Somebody uses {id} to look inside"), "stride:information-disclosure")
            }
            Some(Side::In) | None => (format!("Somebody who should not reaches {id}"), "stride:spoofing"),
        };
        let _ = write!(
            text,
            "[threat.T-{:02}]\ntitle = {}\ncategory = [\"{category}\"]\naffects = [\"{id}\"]\nanswer = \"open\"\n",
            number + 1,
            quoted(&title)
        );
    }
    text + "#[threat.T-order]\n#title = \"Somebody on the network sends a forged order\"\n#category = [\"stride:spoofing\"]\n\
            #answer = \"mitigate\"\n#by = [\"M-01\"]\n\
            #[mitigation.M-01]\n#what = \"Orders carry a signature\"\n#state = \"planned\"\n"
}
