//! The text of a fresh `health-sec.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::document::{self, Value};
use crate::document::{array, quoted};
use crate::facts::Facts;
use crate::facts::code::Scope;
use crate::facts::workspace::TargetKind;
use crate::facts::workspace::flags::Flag;

use super::MODEL_NAME;

/// More proposals of one kind than these make a file that nobody reads.
const MOST: usize = 12;

/// How long a proposed waiver holds, in days.
const WAIVED_FOR: i32 = 180;

/// The policy. Lines that start with `#` and no blank are proposals: without the `#` they hold.
pub(super) fn text(facts: &Facts) -> String {
    let sections = [
        head(facts),
        product(facts),
        manufacturer(),
        classes(facts),
        items(facts),
        support(),
        advisories(),
        releases(),
        vulnerabilities(),
        build(facts),
        secrets(),
        unsafe_code(facts),
        threats(facts),
        waivers(facts),
    ];
    sections.join("\n")
}

/// What to do with it.
pub(super) fn next(facts: &Facts) -> String {
    let mut next = String::from("  read the file and decide: a line without its `#` is your decision\n");
    if facts.threats.models.is_empty() && !model_stands(facts) {
        next += "  cargo health-sec init --threat-model   start the threat model\n";
    }
    next + "  cargo health-sec                       inspect the workspace with it\n"
}

fn head(facts: &Facts) -> String {
    let members = match facts.workspace.members.len() {
        1 => "one member".to_owned(),
        count => format!("{count} members"),
    };
    format!(
        "# What the manufacturer of this product has decided, for `cargo health-sec`.\n\
         # Started by `cargo health-sec init` for a workspace of {members}. A line that begins with `#` and\n\
         # no blank is a proposal: take its `#` away, and it is your decision.\n"
    )
}

fn product(facts: &Facts) -> String {
    let mut text = format!("[product]\nname = {}\n", quoted(&name(facts)));
    let targets = targets(facts);
    text += "\n# Target triples that it is built for. Without them it is `build.target`, or the machine of the moment.\n";
    if targets.is_empty() {
        text += "#targets = [\"x86_64-unknown-linux-gnu\"]\n";
    } else {
        let _ = writeln!(text, "targets = {}", array(&targets));
    }
    text += "\n# Files and folders that say how it is run; without them, container files, services and compose files with\n\
             # the usual names count.\n#deployment = [\"deploy/\"]\n";
    let support_end = facts.as_of.checked_add(jiff::Span::new().years(10)).unwrap_or(facts.as_of);
    let _ = write!(text, "\n# The last day on which it gets updates.\n#support_end = {support_end}\n");
    let bins = names(facts, TargetKind::Binary);
    if bins.len() > 1 {
        text += "\n# Binaries that it ships. Without them, every member counts.\n";
        let _ = writeln!(text, "#bins = {}", array(&bins));
    }
    if facts.workspace.members.iter().any(|member| !member.features.is_empty()) {
        text += "\n# Features that it is built with.\n#features = []\n#default_features = true\n";
    }
    text
}

/// The root package, else the only binary, else the folder.
fn name(facts: &Facts) -> String {
    let package = facts.workspace.manifest.value.get(&["package", "name"]).and_then(Value::as_str);
    let bins = names(facts, TargetKind::Binary);
    let folder = facts.workspace.root.file_name().map(|name| name.to_string_lossy().into_owned());
    package
        .map(str::to_owned)
        .or_else(|| bins.first().filter(|_| bins.len() == 1).cloned())
        .or(folder)
        .unwrap_or_default()
}

fn names(facts: &Facts, kind: TargetKind) -> BTreeSet<String> {
    let members = facts.workspace.members.iter().filter(|member| !member.for_tests);
    let targets = members.flat_map(|member| &member.targets);
    targets.filter(|target| target.kind == kind).map(|target| target.name.clone()).collect()
}

/// What `build.target` and the toolchain file name.
fn targets(facts: &Facts) -> BTreeSet<String> {
    let config = facts.workspace.cargo_config.iter();
    let config = config
        .filter(|entry| entry.key == "build.target" && entry.in_workspace)
        .map(|entry| entry.value.clone());
    let toolchain = facts.workspace.toolchain.as_ref().and_then(|toolchain| {
        let file = document::parse(&toolchain.source).ok()?;
        file.get(&["toolchain", "targets"]).cloned()
    });
    let values: Vec<Value> = config.chain(toolchain).collect();
    let texts = values
        .iter()
        .flat_map(|value| value.as_str().into_iter().chain(value.items().iter().filter_map(Value::as_str)));
    // A path to a target specification is no triple.
    texts.filter(|text| !text.contains(['/', '.'])).map(str::to_owned).collect()
}

fn manufacturer() -> String {
    "# Who makes it: the author of the lists that are handed over.\n\
     #[manufacturer]\n#name = \"\"\n#url = \"https://example.org\"\n#email = \"security@example.org\"\n"
        .to_owned()
}

fn classes(facts: &Facts) -> String {
    let count = match facts.components.all.len() {
        0 => "No component is locked yet.".to_owned(),
        1 => "One component is locked.".to_owned(),
        count => format!("{count} components are locked."),
    };
    let mut text = format!(
        "# Clause 4.3: who carries the security risk of a component after release. {count}\n\
         #   maintained  you do, and you deliver updates: right for what is linked into the product\n\
         #   supported   its supplier delivers updates, and you tell users about risks\n\
         #   required    the operator brings it, and you consider its known risks before release\n\
         #[classes]\n#default = \"maintained\"\n"
    );
    text += "# Instead of a class an entry may answer two questions: `updatable` (can we ship an update?) and\n\
             # `watched` (do we watch it after release?).\n";
    let native = native(facts);
    if !native.is_empty() {
        text += "\n# These bind a native library, which the operator may bring: decide for each.\n";
    }
    for name in native.iter().take(MOST) {
        let _ = write!(
            text,
            "#[component.{}]\n#class = \"maintained\"\n#reason = \"built from source and linked in\"\n#by = \"\"\n",
            quoted(name)
        );
    }
    text + &left_out(native.len())
}

/// Components that bind a native library, as far as their manifests and names tell.
fn native(facts: &Facts) -> BTreeSet<&str> {
    let all = facts.components.all.iter();
    all.filter(|component| component.links.is_some() || component.name.ends_with("-sys"))
        .map(|component| component.name.as_str())
        .collect()
}

/// What cargo does not list: one item for the system, one for each native library.
fn items(facts: &Facts) -> String {
    let mut text = String::from(
        "# What the product stands on and cargo does not list: the system, native libraries, services.\n\
         #[[item]]\n#name = \"the operating system\"\n#version = \"\"\n#kind = \"operating-system\"\n\
         #updatable = false\n#watched = true\n# What a scanner says of it, in CycloneDX; or a record, with `scanned_on` and `scanner`.\n\
         #scan = \"docs/scans/system.cdx.json\"\n",
    );
    let native = native(facts);
    for name in native.iter().take(MOST) {
        let library = name.strip_suffix("-sys").unwrap_or(name);
        let _ = write!(
            text,
            "#[[item]]\n#name = {}\n#version = \"\"\n#kind = \"library\"\n#reached_by = {}\n\
             #updatable = true\n#watched = true\n",
            quoted(library),
            array([name])
        );
    }
    text + &left_out(native.len())
}

fn support() -> String {
    "# What holds for every component without an entry of its own. Few makers name a day on which their\n\
     # support ends (`end_of_support`); a plan says what is done when one gives up.\n\
     #[components]\n#support = \"actively-maintained\"\n\
     #support_plan = \"replaced, or taken over, within a quarter when its maker gives up\"\n\
     # How many days a version is public before it is used.\n#cooldown_days = 14\n"
        .to_owned()
}

fn left_out(count: usize) -> String {
    match count.saturating_sub(MOST) {
        0 => String::new(),
        more => format!("# ... and {more} more.\n"),
    }
}

fn advisories() -> String {
    "# Advisory data older than this is told, and then leaves its rules undetermined. Other limits need a\n\
     # reason.\n\
     #[advisories]\n#warn_after_days = 30\n#undetermined_after_days = 90\n#reason = \"\"\n"
        .to_owned()
}

fn releases() -> String {
    "# What was released: changes are judged against `last`; `tags` are releases still supported, and `sboms` says\n\
     # where the component list of each is kept. A tag that is pinned to its commit is told when it moves. `[changes]`\n\
     # says how a commit names the change that it belongs to: a trailer, or a word such as `CR-*`.\n\
     #[releases]\n#last = \"v1.0.0\"\n#tags = [\"v*\"]\n#sboms = \"docs/releases/{tag}.cdx.json\"\n\
     #[releases.pinned]\n#\"v1.0.0\" = \"0000000000000000000000000000000000000000\"\n\
     #[changes]\n#trailer = \"Change-Id\"\n"
        .to_owned()
}

/// Clauses 4.1.7, 6.1.1 and 9: who tells of vulnerabilities, how fast they are mended, who is told.
fn vulnerabilities() -> String {
    let mut text = String::from(
        "# How reports of vulnerabilities come in, for each kind of origin (9.2).\n#[intake]\n\
         #testers = \"the defect tracker\"\n#suppliers = \"their security lists; RustSec\"\n\
         #developers = \"the defect tracker\"\n#operators = \"the service desk\"\n\
         #audit-logs = \"the monthly reading\"\n#researchers = \"SECURITY.md\"\n#public-notices = \"CVE\"\n\n",
    );
    text += "# Within how many days reports are reviewed, and vulnerabilities mended in a release (6.1.1).\n\
             #[updates]\n#review_days = 10\n\
             #weighs = [\"impact\", \"public-knowledge\", \"exploits\", \"products-in-use\", \"outside-controls\"]\n\
             #verified = true\n#[updates.within]\n#critical = 14\n#high = 30\n#medium = 90\n#low = 180\n\
             #unknown = 60\n#exploited = 7\n\n";
    text += "# Whom you tell (4.1.7): your bulletins (CSAF or OSV), the trailer of commits that mend a vulnerability, and\n\
             # the component lists of sister products.\n#[disclosure]\n#bulletins = \"docs/bulletins\"\n\
             #trailer = \"Security-Fix\"\n#siblings = []\n\n";
    text + "# One entry for each report; what stands in it tells how far it has come: `cargo health-sec explain\n\
            # issue_incomplete`.\n#[[issue]]\n#id = \"S-1\"\n#origin = \"researchers\"\n#received_on = 2026-01-31\n\
            #about = [\"RUSTSEC-2026-0001\"]\n"
}

/// What the profile of the product says today, and the flags that are set.
fn build(facts: &Facts) -> String {
    let mut text = String::from(
        "# How it is built: the profile, what that has to say (one value, or a list of those that will do), the\n\
         # compiler and linker flags that may be set, and the programs that build scripts may start.\n\
         #[build]\n#profile = \"release\"\n",
    );
    let flags = facts.workspace.flags();
    let flags: BTreeSet<String> = flags.iter().filter(|flag| !flag.is_lint()).map(Flag::written).collect();
    let _ = writeln!(text, "#flags = {}\n#tools = []\n#[build.settings]", array(&flags));
    for key in ["overflow-checks", "panic", "lto"] {
        let value = facts.workspace.setting("release", key).map(|setting| setting.value).unwrap_or_default();
        // What ships is checked for overflow, whatever holds today.
        let value = if key == "overflow-checks" { "true".to_owned() } else { quoted(&value) };
        let _ = writeln!(text, "#{key} = {value}");
    }
    text
}

fn secrets() -> String {
    "# Whether the commits are searched for secrets too; a large history takes a minute the first time. A text\n\
     # that looks like a secret and is none is allowed by its SHA-256, as the finding shows it.\n\
     #[secrets]\n#history = true\n#[[secrets.allow]]\n#sha256 = \"0123456789abcdef\"\n#reason = \"a vector of a published standard\"\n"
        .to_owned()
}

fn unsafe_code(facts: &Facts) -> String {
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for site in facts.code.unsafe_sites.iter().filter(|site| site.site.scope > Scope::Test) {
        *files.entry(site.site.at.path()).or_default() += 1;
    }
    let mut text = String::from(
        "# Where unsafe code may stand: a file, a folder with a slash at its end, or a module such as\n\
         # `pump::ffi`. Elsewhere it is a finding.\n",
    );
    if files.is_empty() {
        return text + "# There is none today, and this keeps it so:\n#[unsafe]\n#allow = []\n";
    }
    for (file, sites) in files.iter().take(MOST) {
        let sites = if *sites == 1 { "one site".to_owned() } else { format!("{sites} sites") };
        let _ = write!(
            text,
            "\n# {sites}\n#[[unsafe.allow]]\n#place = {}\n#reason = \"why it can't be safe\"\n",
            quoted(file)
        );
    }
    text + &left_out(files.len())
}

fn threats(facts: &Facts) -> String {
    let head = "# Threat models, relative to this file.";
    if !facts.threats.models.is_empty() {
        let models = array(facts.threats.models.iter().map(|model| model.at.path()));
        return format!("{head} The manifests link these already: {models}\n#[threats]\n#models = []\n");
    }
    if model_stands(facts) {
        return format!("{head}\n[threats]\nmodels = [\"{MODEL_NAME}\"]\n");
    }
    let start = "Start one with `cargo health-sec init --threat-model`.";
    format!("{head} {start}\n#[threats]\n#models = [\"{MODEL_NAME}\"]\n")
}

/// True when a model that `init` started stands in the root.
fn model_stands(facts: &Facts) -> bool {
    facts.workspace.root.join(MODEL_NAME).is_file()
}

fn waivers(facts: &Facts) -> String {
    let until = facts.as_of.checked_add(jiff::Span::new().days(WAIVED_FOR)).unwrap_or(facts.as_of);
    format!(
        "# A finding that is accepted for a time: the rule and the place as the report names them, why, who\n\
         # decided, and the last day. One that has ended, or that accepts nothing, is a finding itself.\n\
         #[[waiver]]\n#rule = \"static_mut\"\n#place = \"src/registers.rs\"\n\
         #reason = \"why the risk is acceptable until then\"\n#by = \"a.person@example.org\"\n#until = {until}\n"
    )
}
