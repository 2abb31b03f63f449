//! What is built, against `cargo tree`: the other one who knows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::facts::components::tests::look;
use crate::facts::components::{Components, Ships};
use crate::request::FeatureChoice;

/// A product that asks little of `codec`; its build script, its tests and a tool ask for more.
const FILES: &[(&str, &str)] = &[
    (
        "pump/Cargo.toml",
        "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
         [features]\ndefault = [\"log\"]\nlog = []\nfull = [\"radio?/long\"]\nwave = [\"dep:radio\"]\n\
         [dependencies]\ncodec = { path = \"../../codec\" }\nderive = { path = \"../../derive\" }\n\
         radio = { path = \"../../radio\", optional = true }\n\
         bits = { package = \"codec-bits\", path = \"../../codec-bits\", features = [\"fast\"] }\n\
         [target.'cfg(windows)'.dependencies]\nbits = { package = \"codec-bits\", path = \"../../codec-bits\", features = [\"win\"] }\n\
         ear = { path = \"../../ear\" }\n\
         [build-dependencies]\ncodec = { path = \"../../codec\", features = [\"built\"] }\n\
         [dev-dependencies]\ncodec = { path = \"../../codec\", features = [\"net\"] }\n",
    ),
    ("pump/src/main.rs", "fn main() {}"),
    ("pump/build.rs", "fn main() {}"),
    (
        "tool/Cargo.toml",
        "[package]\nname = \"tool\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
         [dependencies]\ncodec = { path = \"../../codec\", features = [\"tool\"] }\n",
    ),
    ("tool/src/main.rs", "fn main() {}"),
];

/// What the members use, from beside the workspace.
const USED: &[(&str, &str)] = &[
    (
        "codec",
        "[features]\nnet = [\"dep:sock\"]\nbuilt = [\"dep:make\"]\ntool = []\nwide = [\"dep:make\"]\n[dependencies]\n\
         sock = { path = \"../sock\", optional = true }\nmake = { path = \"../make\", optional = true }\n",
    ),
    ("codec-bits", "[features]\nfast = []\nwin = []\n"),
    (
        "derive",
        "[lib]\nproc-macro = true\n[dependencies]\ncodec = { path = \"../codec\", features = [\"net\"] }\n\
         [target.'cfg(not(target_family = \"wasm\"))'.dependencies]\nnative = { path = \"../native\" }\n",
    ),
    ("native", ""),
    ("radio", "[features]\nlong = []\n"),
    ("ear", "[dependencies]\ncodec = { path = \"../codec\", features = [\"wide\"] }\n"),
    ("sock", ""),
    ("make", ""),
];

fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

fn cargo(root: &Path, arguments: &[&str]) -> String {
    let output = Command::new("cargo").args(arguments).current_dir(root).output().expect("cargo");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a text")
}

/// The workspace below a folder, with a resolver.
fn workspace(folder: &Path, resolver: &str) -> PathBuf {
    let root = folder.join("w");
    put(
        &root.join("Cargo.toml"),
        &format!("[workspace]\nmembers = [\"pump\", \"tool\"]\nresolver = \"{resolver}\"\n"),
    );
    for (path, text) in FILES {
        put(&root.join(path), text);
    }
    for (name, rest) in USED {
        let head = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\n{rest}");
        put(&folder.join(name).join("Cargo.toml"), &head);
        put(&folder.join(name).join("src/lib.rs"), "");
    }
    cargo(&root, &["generate-lockfile", "--offline"]);
    root
}

fn components(root: &Path, target: &str, features: &FeatureChoice) -> Components {
    let (components, gaps) = look(root, |request| {
        request.targets = vec![target.to_owned()];
        request.features = Some(features.clone());
    });
    assert!(gaps.is_empty() && components.resolved, "{gaps:?}");
    components
}

/// What ships, with its features, as we tell it.
fn ours(components: &Components) -> BTreeSet<String> {
    let ships = components.all.iter().filter(|component| component.ships == Ships::Product);
    ships.map(|component| format!("{}|{}", component.id(), component.features.join(","))).collect()
}

/// The same as cargo tells it.
fn theirs(root: &Path, target: &str, features: &FeatureChoice, members: &[&str]) -> BTreeSet<String> {
    let mut arguments = vec![
        "tree",
        "--offline",
        "--locked",
        "-e",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "-f",
        "{p}|{f}",
    ];
    arguments.extend(["--target", target]);
    let names = features.features.join(",");
    if !names.is_empty() {
        arguments.extend(["--features", &names]);
    }
    arguments.extend(features.all.then_some("--all-features"));
    arguments.extend(features.no_default.then_some("--no-default-features"));
    arguments.extend(members.iter().flat_map(|member| ["-p", member]));
    arguments.extend(members.is_empty().then_some("--workspace"));
    let tree = cargo(root, &arguments);
    let line = |line: &str| {
        let (package, features) = line.trim_end_matches(" (*)").split_once('|')?;
        let mut words = package.split(' ');
        let (name, version) = (words.next()?, words.next()?.trim_start_matches('v'));
        // Members, and what runs in the compiler although it is asked for by name.
        let rest = words.collect::<Vec<_>>().join(" ");
        let member = rest.contains(&format!("({}", root.display())) || rest.contains("(proc-macro)");
        let features = features.split(',').filter(|name| !name.is_empty()).collect::<BTreeSet<_>>();
        let features = features.into_iter().collect::<Vec<_>>().join(",");
        (!member).then(|| format!("{name}@{version}|{features}"))
    };
    tree.lines().filter_map(line).collect()
}

fn choices() -> Vec<FeatureChoice> {
    let named = |features: &[&str]| FeatureChoice {
        features: features.iter().map(|name| (*name).to_owned()).collect(),
        ..FeatureChoice::default()
    };
    vec![
        FeatureChoice::default(),
        FeatureChoice { no_default: true, ..FeatureChoice::default() },
        FeatureChoice { all: true, ..FeatureChoice::default() },
        named(&["full"]),
        named(&["full", "wave"]),
        named(&["pump/wave"]),
        named(&["radio/long"]),
        named(&["codec/net"]),
    ]
}

#[test]
fn what_ships_is_what_cargo_would_link_with_the_same_features() {
    for resolver in ["1", "2", "3"] {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().canonicalize().expect("a path");
        let root = workspace(&folder, resolver);
        for target in ["x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"] {
            for bins in ["", "[product]\nbins = [\"pump\"]\n"] {
                put(&root.join("health-sec.toml"), bins);
                let members: &[&str] = if bins.is_empty() { &[] } else { &["pump"] };
                // The third resolver differs in the versions it locks only.
                for choice in choices().into_iter().take(if resolver == "3" { 2 } else { 8 }) {
                    let ours = ours(&components(&root, target, &choice));
                    let theirs = theirs(&root, target, &choice, members);
                    assert_eq!(ours, theirs, "resolver {resolver}, {target}, {bins:?}, {choice:?}");
                }
            }
        }
    }
}

#[test]
fn what_tests_and_build_scripts_switch_on_does_not_ship() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = workspace(folder.path(), "2");
    put(&root.join("health-sec.toml"), "[product]\nbins = [\"pump\"]\n");
    // Build scripts and macros run on this machine, whatever the product is for.
    for target in ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"] {
        let components = components(&root, target, &FeatureChoice::default());
        let told: Vec<String> = components
            .all
            .iter()
            .map(|c| format!("{} {:?} {} {}", c.name, c.ships, c.features.join(","), c.why.join(" > ")))
            .collect();
        assert_eq!(
            told,
            [
                "codec Product  pump 0.1.0 > codec 1.0.0",
                "codec-bits Product fast pump 0.1.0 > codec-bits 1.0.0",
                "derive Build  pump 0.1.0 > derive 1.0.0",
                "ear Locked  ",
                "make Build  pump 0.1.0 > codec 1.0.0 > make 1.0.0",
                "native Build  pump 0.1.0 > derive 1.0.0 > native 1.0.0",
                "radio Locked  ",
                "sock Build  pump 0.1.0 > codec 1.0.0 > sock 1.0.0",
            ],
            "{target}"
        );
    }
}

#[test]
fn this_project_is_told_as_cargo_tells_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().expect("a path");
    let version = cargo(&root, &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let choice = FeatureChoice::default();
    let ours = ours(&components(&root, host, &choice));
    assert!(ours.len() > 50, "{ours:?}");
    assert_eq!(ours, theirs(&root, host, &choice, &[]));
}

#[test]
fn a_feature_that_is_nowhere_is_a_gap() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = workspace(folder.path(), "2");
    let (components, gaps) = look(&root, |request| {
        request.features =
            Some(FeatureChoice { features: vec!["nowhere".to_owned()], ..FeatureChoice::default() });
    });
    assert!(!components.resolved && !gaps.is_empty(), "{gaps:?}");
}

#[test]
fn what_the_compiler_decides_ships_and_what_the_resolver_cannot_follow_is_a_gap() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = workspace(folder.path(), "2");
    let manifest = root.join("tool/Cargo.toml");
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    put(
        &manifest,
        &format!(
            "{text}[target.'cfg(debug_assertions)'.dependencies]\nradio = {{ path = \"../../radio\" }}\n"
        ),
    );
    cargo(&root, &["generate-lockfile", "--offline"]);
    let with = components(&root, "x86_64-unknown-linux-gnu", &FeatureChoice::default());
    let radio = with.all.iter().find(|component| component.name == "radio").expect("radio");
    assert_eq!(radio.ships, Ships::Product);

    put(&manifest, &format!("{text}radio = {{ path = \"../../radio\" }}\n"));
    put(
        &folder.path().join("radio/Cargo.toml"),
        "[package]\nname = \"radio\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[features]\nlong = []\n\
         [dependencies]\nsock = { path = \"../sock\" }\n\
         twin = { path = \"../sock\", package = \"sock\", optional = true }\n",
    );
    cargo(&root, &["generate-lockfile", "--offline"]);
    let (components, gaps) = look(&root, |_| ());
    assert!(!components.resolved && !gaps.is_empty(), "{gaps:?}");
}
