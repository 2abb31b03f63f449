//! The text of a fresh threat model in the native format.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::evidence::toml::{array, quoted};
use crate::facts::Facts;
use crate::facts::threats::listeners::{self, Host, Listener, Transport};
use crate::facts::workspace::TargetKind;
use crate::policy::FILE_NAME;

use super::MODEL_NAME;

/// The model. What the code shows is there, each way in with an open threat; what only people know
/// is a proposal behind a `#`.
pub(super) fn text(facts: &Facts) -> String {
    let ways_in = listeners::opened(&facts.code);
    let sections =
        [head(facts), context(), architecture(facts), interfaces(facts, &ways_in), threats(&ways_in)];
    sections.join("\n")
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

/// One interface a listener, with what the code says about it.
fn interfaces(facts: &Facts, ways_in: &[Listener<'_>]) -> String {
    let mut text =
        String::from("# The ways in: who uses each, and how it is kept. `anyone` is a role too.\n");
    if ways_in.is_empty() {
        return text
            + "# The code shows no listener that is known by name.\n\
               #[interface.console]\n#kind = \"serial\"\n#roles = [\"anyone\"]\n#why_open = \"service\"\n";
    }
    for (id, listener) in ids(ways_in).iter().zip(ways_in) {
        let _ = write!(
            text,
            "\n# {} in {}:{}\n[interface.{id}]\nkind = \"{}\"\n",
            listener.name,
            crate::report::text::visible(listener.call.site.at.path()),
            listener.call.site.at.line(),
            kind(listener.transport)
        );
        if let Some(part) = part(facts, listener) {
            let _ = writeln!(text, "on = {}", quoted(&part));
        }
        if let Some(port) = listener.address.port {
            let _ = writeln!(text, "port = {port}");
        }
        if let Some(host) = &listener.address.host {
            let _ = writeln!(text, "bind = {}", quoted(bind(host)));
        }
        let _ = writeln!(text, "code = {}", array([&listener.call.site.within]));
        text += "#roles = [\"nurse\"]\n#transport = { encryption = \"none\", authentication = \"none\" }\n\
                 #why_open = \"why this has to be reachable\"\n";
    }
    text
}

/// The part whose crates hold the listener.
fn part(facts: &Facts, listener: &Listener<'_>) -> Option<String> {
    let unit = facts.code.units.get(listener.call.site.unit)?;
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

fn kind(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "tcp-listen",
        Transport::Udp => "udp-listen",
        Transport::Unix => "unix-listen",
    }
}

fn bind(host: &Host) -> &str {
    match host {
        Host::Any => "any",
        Host::Loopback => "loopback",
        Host::One(host) => host,
    }
}

/// A short id for each: the function that opens it, numbered where that is not enough.
fn ids(ways_in: &[Listener<'_>]) -> Vec<String> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    ways_in
        .iter()
        .map(|listener| {
            let function = listener.call.site.within.rsplit("::").next().unwrap_or_default();
            let fit = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
            let name: String = function.chars().filter(fit).take(40).collect();
            let name = if name.is_empty() { "listener".to_owned() } else { name };
            let count = taken.entry(name.clone()).or_default();
            *count += 1;
            if *count == 1 { name } else { format!("{name}-{count}") }
        })
        .collect()
}

fn threats(ways_in: &[Listener<'_>]) -> String {
    let mut text = String::from(
        "# What can go wrong, and what is done about it: open, mitigate, accept, transfer, avoid or\n\
         # not-applicable. A mitigation names its code and its tests; `thwart` tests try to get past it (5.7.2).\n",
    );
    for (number, id) in ids(ways_in).iter().enumerate() {
        let _ = write!(
            text,
            "[threat.T-{:02}]\ntitle = \"Somebody who should not reaches {id}\"\n\
             category = [\"stride:spoofing\"]\naffects = [\"{id}\"]\nanswer = \"open\"\n",
            number + 1
        );
    }
    text + "#[threat.T-90]\n#title = \"Somebody on the network sends a forged order\"\n#category = [\"stride:spoofing\"]\n\
            #answer = \"mitigate\"\n#by = [\"M-01\"]\n\
            #[mitigation.M-01]\n#what = \"Orders carry a signature\"\n#state = \"planned\"\n"
}
