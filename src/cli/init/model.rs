//! The text of a fresh threat model in the native format.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::facts::Facts;
use crate::facts::workspace::TargetKind;
use crate::policy::FILE_NAME;

use super::{MODEL_NAME, array, quoted};

/// The model. What the code shows is there, each way in with an open threat; what only people know
/// is a proposal behind a `#`.
pub(super) fn text(facts: &Facts) -> String {
    let sections = [head(facts), context(), architecture(facts), threats()];
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

fn threats() -> String {
    "# What can go wrong, and what is done about it: open, mitigate, accept, transfer, avoid or\n\
     # not-applicable. A mitigation names its code and its tests; `thwart` tests try to get past it (5.7.2).\n\
     #[threat.T-01]\n#title = \"Somebody on the network sends a forged order\"\n#category = [\"stride:spoofing\"]\n\
     #answer = \"mitigate\"\n#by = [\"M-01\"]\n\
     #[mitigation.M-01]\n#what = \"Orders carry a signature\"\n#state = \"planned\"\n"
        .to_owned()
}
