//! Workspaces on disk, resolved by the real cargo: what ships, what is missing, and that nothing
//! the workspace names is run.

use std::path::Path;

use jiff::civil::date;

use super::super::workspace;
use super::*;

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

/// A product with a library, a build-time helper, a procedural macro and a test helper, all by path
/// from beside the workspace.
const FILES: &[(&str, &str)] = &[
    (
        "w/Cargo.toml",
        "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nflow = { path = \"../flow\" }\nderive = { path = \"../derive\" }\n\
         extra = { path = \"../extra\", optional = true }\n\
         [build-dependencies]\nmake = { path = \"../make\" }\n\
         [dev-dependencies]\nbench = { path = \"../bench\" }\n",
    ),
    ("w/src/main.rs", "fn main() {}"),
    ("w/build.rs", "fn main() {}"),
    (
        "flow/Cargo.toml",
        "[package]\nname = \"flow\"\nversion = \"1.0.0\"\n[target.'cfg(windows)'.dependencies]\nwin = { path = \"../win\" }\n",
    ),
    ("flow/src/lib.rs", ""),
    (
        "derive/Cargo.toml",
        "[package]\nname = \"derive\"\nversion = \"1.0.0\"\n[lib]\nproc-macro = true\n[dependencies]\nquote = { path = \"../quote\" }\n",
    ),
    ("derive/src/lib.rs", ""),
    ("quote/Cargo.toml", "[package]\nname = \"quote\"\nversion = \"1.0.0\"\n"),
    ("quote/src/lib.rs", ""),
    ("make/Cargo.toml", "[package]\nname = \"make\"\nversion = \"1.0.0\"\n"),
    ("make/src/lib.rs", ""),
    ("bench/Cargo.toml", "[package]\nname = \"bench\"\nversion = \"1.0.0\"\n"),
    ("bench/src/lib.rs", ""),
    ("win/Cargo.toml", "[package]\nname = \"win\"\nversion = \"1.0.0\"\n"),
    ("win/src/lib.rs", ""),
    ("extra/Cargo.toml", "[package]\nname = \"extra\"\nversion = \"1.0.0\"\n"),
    ("extra/src/lib.rs", ""),
    (
        "w/Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"bench\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"derive\"\nversion = \"1.0.0\"\ndependencies = [\n \"quote\",\n]\n\n[[package]]\nname = \"extra\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"flow\"\nversion = \"1.0.0\"\ndependencies = [\n \"win\",\n]\n\n[[package]]\nname = \"make\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\n \"bench\",\n \"derive\",\n \"extra\",\n \"flow\",\n \"make\",\n]\n\n[[package]]\nname = \"quote\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"win\"\nversion = \"1.0.0\"\n",
    ),
];

pub(super) fn look(root: &Path, change: impl FnOnce(&mut Request)) -> (Components, Vec<Gap>) {
    let mut request = Request::new(root, date(2026, 11, 1));
    change(&mut request);
    let mut tree = Tree::new(root).expect("a tree");
    let mut gaps = Vec::new();
    let policy = Policy::read(&tree, None).expect("a policy");
    let workspace = workspace::gather(&mut tree, &request, &policy, &mut gaps).expect("a workspace");
    // These workspaces are in no repository.
    gaps.retain(|gap| gap.kind != crate::facts::Kind::Tracked);
    let components = gather(&tree, &workspace, &request, &policy, &mut gaps).expect("components");
    (components, gaps)
}

fn told(components: &Components) -> Vec<String> {
    let told = |c: &Component| format!("{} {:?} {}", c.name, c.ships, c.why.join(" > "));
    components.all.iter().map(told).collect()
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), FILES);
    folder
}

/// Every file below a folder with its text.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                files.insert(path.clone(), Vec::new());
                waiting.push(path);
            } else {
                files.insert(path.clone(), std::fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

#[test]
fn each_component_is_told_by_its_strongest_use() {
    let folder = workspace();
    let (components, gaps) =
        look(&folder.path().join("w"), |request| request.targets = vec!["all".to_owned()]);
    assert_eq!(gaps, []);
    assert_eq!(
        told(&components),
        [
            "bench Dev pump 0.1.0 > bench 1.0.0",
            "derive Build pump 0.1.0 > derive 1.0.0",
            "extra Locked ",
            "flow Product pump 0.1.0 > flow 1.0.0",
            "make Build pump 0.1.0 > make 1.0.0",
            "quote Build pump 0.1.0 > derive 1.0.0 > quote 1.0.0",
            "win Product pump 0.1.0 > flow 1.0.0 > win 1.0.0",
        ]
    );
    let flow = &components.all[3];
    assert_eq!(flow.origin, Origin::Path { folder: Some("../flow".to_owned()) });
    assert_eq!((flow.at.path(), flow.at.snippet()), ("Cargo.lock", "name = \"flow\""));
}

#[test]
fn by_default_the_graph_is_that_of_this_machine_or_of_build_target() {
    let folder = workspace();
    let root = folder.path().join("w");
    let (components, _) = look(&root, |_| ());
    let [target] = components.targets.as_slice() else { panic!("one target: {:?}", components.targets) };
    assert!(target.contains(std::env::consts::ARCH), "{target}");

    write(&root, &[(".cargo/config.toml", "[build]\ntarget = 'x86_64-pc-windows-msvc'\n")]);
    let (components, _) = look(&root, |_| ());
    assert_eq!(components.targets, ["x86_64-pc-windows-msvc"]);
}

#[test]
fn targets_and_features_decide_what_is_used() {
    let folder = workspace();
    let root = folder.path().join("w");
    let (components, gaps) = look(&root, |request| {
        request.targets = vec!["x86_64-unknown-linux-gnu".to_owned()];
        request.features = Some(crate::request::FeatureChoice { all: true, ..Default::default() });
    });
    assert_eq!(gaps, []);
    let told = told(&components);
    assert!(told.contains(&"win Locked ".to_owned()), "{told:?}");
    assert!(told.contains(&"extra Product pump 0.1.0 > extra 1.0.0".to_owned()), "{told:?}");

    let (components, gaps) = look(&root, |request| {
        request.targets = vec!["x86_64-unknown-linux-gnu".to_owned(), "x86_64-pc-windows-msvc".to_owned()];
    });
    assert!(gaps.is_empty() && components.all.iter().any(|c| c.name == "win" && c.ships == Ships::Product));
}

#[test]
fn the_binaries_of_the_policy_narrow_what_ships() {
    let folder = tempfile::tempdir().expect("a folder");
    let member = |name: &str, uses: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n[dependencies]\n{uses} = {{ path = \"../../{uses}\" }}\n"
        )
    };
    let (pump, tool) = (member("pump", "flow"), member("tool", "make"));
    write(
        folder.path(),
        &[
            ("w/Cargo.toml", "[workspace]\nmembers = [\"*\"]\nresolver = \"2\"\n"),
            ("w/pump/Cargo.toml", &pump),
            ("w/pump/src/main.rs", "fn main() {}"),
            ("w/tool/Cargo.toml", &tool),
            ("w/tool/src/main.rs", "fn main() {}"),
            ("flow/Cargo.toml", "[package]\nname = \"flow\"\nversion = \"1.0.0\"\n"),
            ("flow/src/lib.rs", ""),
            ("make/Cargo.toml", "[package]\nname = \"make\"\nversion = \"1.0.0\"\n"),
            ("make/src/lib.rs", ""),
            (
                "w/Cargo.lock",
                "version = 4\n\n[[package]]\nname = \"flow\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"make\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\n \"flow\",\n]\n\n[[package]]\nname = \"tool\"\nversion = \"0.1.0\"\ndependencies = [\n \"make\",\n]\n",
            ),
        ],
    );
    let root = folder.path().join("w");
    let ships = |(components, gaps): (Components, Vec<Gap>)| {
        assert_eq!(gaps, []);
        components.all.iter().map(|component| component.ships).collect::<Vec<_>>()
    };
    assert_eq!(ships(look(&root, |_| ())), [Ships::Product, Ships::Product]);
    let only = crate::request::MemberChoice::Only(vec!["pump".to_owned()]);
    assert_eq!(ships(look(&root, |request| request.members = only)), [Ships::Product, Ships::Locked]);
    write(&root, &[("health-sec.toml", "[product]\nbins = [\"pump\"]\n")]);
    assert_eq!(ships(look(&root, |_| ())), [Ships::Product, Ships::Dev]);
}

#[test]
fn without_a_graph_the_lock_file_tells_what_may_ship() {
    let folder = workspace();
    let root = folder.path().join("w");
    let (components, gaps) = look(&root, |request| request.resolve = false);
    assert!(gaps.is_empty() && !components.resolved);
    assert_eq!(components.all.len(), 7);
    assert!(components.all.iter().all(|component| component.ships == Ships::Unknown));
    assert_eq!(components.all[6].why, ["pump 0.1.0", "flow 1.0.0", "win 1.0.0"]);

    write(folder.path(), &[("flow/Cargo.toml", "[package]\nname = \"flow\n")]);
    let (components, gaps) = look(&root, |_| ());
    assert_eq!((components.all.len(), components.resolved), (7, false));
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].remedy, "mend the manifest", "{}", gaps[0].why);
    assert!(!gaps[0].why.contains(&*root.to_string_lossy()), "{}", gaps[0].why);
}

#[test]
fn what_is_missing_is_a_gap_with_the_command_that_mends_it() {
    let folder = workspace();
    let root = folder.path().join("w");
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).expect("a lock file");
    let remedies = |gaps: Vec<Gap>| gaps.into_iter().map(|gap| gap.remedy).collect::<Vec<_>>();

    std::fs::remove_file(root.join("Cargo.lock")).expect("removed");
    let (components, gaps) = look(&root, |_| ());
    assert!(components.all.is_empty());
    assert_eq!(remedies(gaps), ["cargo generate-lockfile"]);

    write(&root, &[("Cargo.lock", &lock.replace("name = \"make\"", "name = \"made\""))]);
    let (components, gaps) = look(&root, |_| ());
    assert_eq!(components.all.len(), 7, "an extra entry is still told");
    assert!(remedies(gaps).contains(&"cargo update --workspace".to_owned()));

    write(&root, &[("Cargo.lock", &lock)]);
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    let absent = manifest.replace("make = { path = \"../make\" }", "make = \"=1.0.0\"");
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n";
    let locked = lock.replace(
        "name = \"make\"\nversion = \"1.0.0\"\n",
        &format!("name = \"make\"\nversion = \"1.0.0\"\n{registry}"),
    );
    write(&root, &[("Cargo.toml", &absent), ("Cargo.lock", &locked)]);
    let (components, gaps) = look(&root, |_| ());
    assert_eq!((components.all.len(), components.resolved), (7, false));
    assert_eq!(remedies(gaps), ["cargo health-sec --fetch"]);
}

/// Each of these runs a program when cargo is started in the workspace.
#[test]
#[cfg(unix)]
fn nothing_that_the_workspace_names_is_run() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = workspace();
    let root = folder.path().join("w");
    let mark = folder.path().join("mark");
    let planted = root.join("planted");
    let script = format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\nexec rustc \"$@\"\n", mark.display());
    write(folder.path(), &[("w/planted", &script), ("w/bin/rustc", &script), ("w/bin/cargo", &script)]);
    for file in ["planted", "bin/rustc", "bin/cargo"] {
        std::fs::set_permissions(root.join(file), std::fs::Permissions::from_mode(0o755))
            .expect("executable");
    }
    let program = planted.display();
    for (file, text) in [
        (".cargo/config.toml", format!("[build]\nrustc = \"{program}\"\n")),
        (".cargo/config.toml", format!("[build]\nrustc-wrapper = \"{program}\"\n")),
        (".cargo/config.toml", format!("[build]\nrustc-workspace-wrapper = \"{program}\"\n")),
        (".cargo/config", format!("[build]\nrustc = \"{program}\"\n")),
        (".cargo/config.toml", format!("[env]\nRUSTC = {{ value = \"{program}\", force = true }}\n")),
        (".cargo/config.toml", format!("[env]\nRUSTC_WRAPPER = {{ value = \"{program}\", force = true }}\n")),
        (
            ".cargo/config.toml",
            "[env]\nPATH = { value = \"bin\", relative = true, force = true }\n".to_owned(),
        ),
        (".cargo/config.toml", format!("[registry]\nglobal-credential-providers = [\"{program}\"]\n")),
        (".cargo/config.toml", "[alias]\nmetadata = \"run\"\n".to_owned()),
        ("rust-toolchain.toml", format!("[toolchain]\npath = \"{}\"\n", root.display())),
        ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.0.0\"\n".to_owned()),
    ] {
        write(&root, &[(file, &text)]);
        let before = snapshot(folder.path());
        let (components, gaps) = look(&root, |_| ());
        assert_eq!(gaps, [], "{text}");
        assert!(components.resolved, "{text}");
        assert!(!mark.exists(), "{text} ran: {}", std::fs::read_to_string(&mark).unwrap_or_default());
        assert_eq!(before, snapshot(folder.path()), "{text}: something was written");
        std::fs::remove_file(root.join(file)).expect("removed");
    }

    // The trap works: cargo itself falls into it.
    write(&root, &[(".cargo/config.toml", &format!("[build]\nrustc = \"{program}\"\n"))]);
    let status = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--offline", "--locked", "--format-version=1"])
        .env_remove("RUSTC")
        .current_dir(&root)
        .output()
        .expect("cargo can be started")
        .status;
    assert!(status.success() && mark.exists(), "the planted program is one that cargo would run");
}

/// With a target folder in the tree, cargo would keep notes about the compiler there.
#[test]
fn an_existing_target_folder_stays_as_it_is() {
    let folder = workspace();
    let root = folder.path().join("w");
    std::fs::create_dir(root.join("target")).expect("a folder");
    let before = snapshot(folder.path());
    for cache in [None, Some(tempfile::tempdir().expect("a folder"))] {
        let (components, _) = look(&root, |request| {
            request.cache = cache.as_ref().map(|cache| cache.path().to_owned());
        });
        assert!(components.resolved);
        assert_eq!(before, snapshot(folder.path()));
    }
}

/// `from -kind> to`, with the member in capitals; `-> ` is an edge of the lock file alone.
fn links(components: &Components) -> Vec<String> {
    let name = |node: Node| match node {
        Node::Member(index) => format!("MEMBER {index}"),
        Node::Component(index) => components.all[index].name.clone(),
    };
    let kind = |kind: Option<EdgeKind>| kind.map_or(String::new(), |kind| format!("{kind:?}").to_lowercase());
    components
        .links
        .iter()
        .map(|link| format!("{} -{}> {}", name(link.from), kind(link.kind), name(link.to)))
        .collect()
}

#[test]
fn edges_are_told_once_the_graph_before_the_lock_file() {
    let folder = workspace();
    let root = folder.path().join("w");
    let (components, _) =
        look(&root, |request| request.targets = vec!["x86_64-unknown-linux-gnu".to_owned()]);
    assert_eq!(
        links(&components),
        [
            "MEMBER 0 -dev> bench",
            "MEMBER 0 -normal> derive",
            "MEMBER 0 -> extra",
            "MEMBER 0 -normal> flow",
            "MEMBER 0 -build> make",
            "derive -normal> quote",
            "flow -> win",
        ]
    );
    let (components, _) = look(&root, |request| request.resolve = false);
    assert_eq!(links(&components).len(), 7);
    assert!(components.links.iter().all(|link| link.kind.is_none()));
}

#[test]
fn the_product_starts_from_the_members_with_its_binaries() {
    let folder = tempfile::tempdir().expect("a folder");
    let member = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
    };
    let lock = "version = 4\n\n[[package]]\nname = \"core\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\n\
        dependencies = [\n \"core\",\n]\n\n[[package]]\nname = \"tool\"\nversion = \"0.1.0\"\n";
    write(
        folder.path(),
        &[
            ("Cargo.toml", "[workspace]\nmembers = [\"core\", \"pump\", \"tool\"]\nresolver = \"3\"\n"),
            ("health-sec.toml", "[product]\nbins = [\"pump\"]\n"),
            ("core/Cargo.toml", &member("core", "")),
            ("core/src/lib.rs", ""),
            ("pump/Cargo.toml", &member("pump", "[dependencies]\ncore = { path = \"../core\" }\n")),
            ("pump/src/main.rs", "fn main() {}"),
            ("tool/Cargo.toml", &member("tool", "")),
            ("tool/src/main.rs", "fn main() {}"),
            ("Cargo.lock", lock),
        ],
    );
    let (components, gaps) = look(folder.path(), |_| {});
    assert_eq!(gaps, []);
    assert_eq!(components.product, [1]);
    let ships: Vec<Ships> = components.members.values().copied().collect();
    assert_eq!(ships, [Ships::Product, Ships::Product, Ships::Dev]);
    let (components, _) = look(folder.path(), |request| request.resolve = false);
    assert_eq!(components.product, [0, 1, 2]);
}

#[test]
fn a_kept_graph_follows_its_manifests() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    write(
        folder.path(),
        &[
            ("w/Cargo.toml", manifest),
            ("w/src/lib.rs", ""),
            ("w/Cargo.lock", "version = 4\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\n"),
        ],
    );
    let cache = folder.path().join("cache");
    let resolved = || {
        let (components, gaps) =
            look(&folder.path().join("w"), |request| request.cache = Some(cache.clone()));
        (components.resolved, gaps.len())
    };
    let shelves = || {
        let entries = std::fs::read_dir(&cache).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("graph-")).count()
    };
    assert_eq!((resolved(), shelves()), ((true, 0), 1));
    assert_eq!(resolved(), (true, 0), "kept");
    write(folder.path(), &[("w/Cargo.toml", &manifest.replace("0.1.0", "0.2.0"))]);
    let (still, gaps) = resolved();
    assert!(!still && gaps > 0, "the lock file no longer fits: what was kept must not hide that");
}
