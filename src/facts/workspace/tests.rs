//! Small workspaces on disk, read as cargo would read them.

use std::path::Path;

use jiff::civil::date;

use super::*;

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

fn read(start: &Path) -> (Workspace, Vec<Gap>) {
    read_with(&Request::new(start, date(2026, 11, 1)), &Policy::default())
}

fn read_with(request: &Request, policy: &Policy) -> (Workspace, Vec<Gap>) {
    let root = find_root(request).expect("a root");
    let mut tree = Tree::new(&root).expect("a tree");
    let mut gaps = Vec::new();
    let workspace = gather(&mut tree, request, policy, &mut gaps).expect("a workspace");
    (workspace, gaps)
}

fn names(workspace: &Workspace) -> Vec<&str> {
    workspace.members.iter().map(|member| member.name.as_str()).collect()
}

const PUMP: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/old\"]\n\
         [workspace.package]\nversion = \"2.1.0\"\nedition = \"2024\"\n\
         [workspace.dependencies]\nshared = { path = \"shared\" }\ntls = { package = \"rustls\", version = \"0.23\" }\n",
    ),
    (
        "crates/pump/Cargo.toml",
        "[package]\nname = \"pump-core\"\nversion.workspace = true\nedition.workspace = true\n\
         [dependencies]\nshared.workspace = true\ntls = { workspace = true, optional = true }\n\
         [target.'cfg(unix)'.build-dependencies]\ncc-rs = { package = \"cc\", version = \"1\" }\n\
         [features]\ndefault = [\"tls\"]\n\
         [[bin]]\nname = \"pumpd\"\npath = \"src/daemon.rs\"\n",
    ),
    ("crates/pump/src/lib.rs", ""),
    ("crates/pump/src/daemon.rs", "fn main() {}"),
    ("crates/pump/src/bin/calibrate.rs", "fn main() {}"),
    ("crates/pump/src/bin/flash/main.rs", "fn main() {}"),
    ("crates/pump/tests/flow.rs", ""),
    ("crates/pump/build.rs", "fn main() {}"),
    ("crates/old/Cargo.toml", "[package]\nname = \"old\"\n"),
    ("crates/notes/README.md", "no package"),
    ("shared/Cargo.toml", "[package]\nname = \"shared\"\nautobins = false\n[lib]\nproc-macro = true\n"),
    ("shared/src/main.rs", "fn main() {}"),
];

#[test]
fn members_come_from_patterns_and_paths() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), PUMP);
    let (workspace, gaps) = read(&folder.path().join("crates/pump/src"));
    assert_eq!(gaps, []);
    assert_eq!(names(&workspace), ["pump-core", "shared"]);
    let (excluded, _) = read(&folder.path().join("crates/old"));
    assert_eq!(names(&excluded), ["old"], "an excluded package is its own workspace");
}

#[test]
fn a_workspace_is_called_what_its_manifests_say() {
    let repository = |address: &str| format!("[package]\nname = \"a\"\nrepository = \"{address}\"\n");
    let named = |root: &str, member: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let root = format!("{root}members = [\"a\", \"b\"]\n");
        let files = [
            ("Cargo.toml", root.as_str()),
            ("a/Cargo.toml", member),
            ("b/Cargo.toml", "[package]\nname = \"b\"\n"),
        ];
        write(folder.path(), &files);
        read(folder.path()).0.name().map(str::to_owned)
    };
    let plain = "[package]\nname = \"a\"\n";
    let of_all = "[workspace.package]\nrepository = \"https://forge.example/maker/pump/\"\n[workspace]\n";
    for (root, member, name) in [
        ("[package]\nname = \"pump\"\n[workspace]\n", plain, Some("pump")),
        ("[workspace]\ndefault-members = [\"./b\"]\n", plain, Some("b")),
        ("[workspace]\ndefault-members = [\"a\", \"b\"]\n", plain, None),
        (of_all, plain, Some("pump")),
        (of_all, &repository("https://forge.example/maker/other"), None),
        ("[workspace]\n", &repository("https://forge.example/maker/pump.git"), Some("pump")),
        ("[workspace]\n", &repository("pump"), None),
        ("[workspace]\n", plain, None),
    ] {
        assert_eq!(named(root, member).as_deref(), name, "{root}{member}");
    }
}

#[test]
fn a_manifest_tells_targets_dependencies_and_what_is_inherited() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), PUMP);
    let (workspace, _) = read(folder.path());
    let pump = workspace.member("pump-core").expect("a member");
    assert_eq!((pump.version.as_str(), pump.edition.as_str()), ("2.1.0", "2024"));
    let targets: Vec<_> = pump.targets.iter().map(|target| (target.kind, target.name.as_str())).collect();
    assert_eq!(
        targets,
        [
            (TargetKind::Library, "pump_core"),
            (TargetKind::Binary, "pumpd"),
            (TargetKind::Binary, "calibrate"),
            (TargetKind::Binary, "flash"),
            (TargetKind::Test, "flow"),
            (TargetKind::BuildScript, "build_script_build"),
        ]
    );
    let dependencies: Vec<_> = pump
        .dependencies
        .iter()
        .map(|d| (d.code_name.as_str(), d.package.as_str(), d.kind, d.optional))
        .collect();
    assert_eq!(
        dependencies,
        [
            ("shared", "shared", EdgeKind::Normal, false),
            ("tls", "rustls", EdgeKind::Normal, true),
            ("cc_rs", "cc", EdgeKind::Build, false),
        ]
    );
    assert_eq!(pump.features, [("default".to_owned(), vec!["tls".to_owned()])]);
    let shared = workspace.member("shared").expect("a member");
    assert!(shared.proc_macro);
    assert_eq!(shared.targets.len(), 1, "autobins = false: {:?}", shared.targets);
}

#[test]
fn a_broken_member_is_a_gap_with_a_place_and_still_a_member() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), PUMP);
    write(folder.path(), &[("crates/pump/Cargo.toml", "[package]\nname = \"pump-core\n")]);
    let (workspace, gaps) = read(folder.path());
    assert_eq!(names(&workspace), ["pump"], "named after its folder; `shared` is no longer reached");
    assert!(workspace.members[0].target(TargetKind::Library).is_some());
    let gap = gaps.iter().find(|gap| gap.kind == Kind::Code).expect("a gap");
    assert_eq!(gap.at.as_ref().expect("a place").line(), 2);
}

#[test]
fn every_prefix_of_a_manifest_is_read_or_leaves_a_gap() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), PUMP);
    let (path, text) = PUMP[1];
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        write(folder.path(), &[(path, &text[..end])]);
        let (workspace, gaps) = read(folder.path());
        let named = workspace.member("pump-core").is_some();
        assert!(named || workspace.member("pump").is_some(), "{:?}", &text[..end]);
        let parsed = text[..end].parse::<toml::Table>().is_ok();
        assert_eq!(parsed, !gaps.iter().any(|gap| gap.why.contains("TOML")), "{:?}", &text[..end]);
    }
}

#[test]
fn a_member_asked_for_by_a_wrong_name_is_an_error_with_a_suggestion() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), PUMP);
    for (choice, chosen) in [
        (MemberChoice::Only(vec!["pump-*".to_owned()]), Some(vec!["pump-core"])),
        (MemberChoice::AllBut(vec!["shared@0.0.0".to_owned()]), Some(vec!["pump-core"])),
        (MemberChoice::Only(vec!["pumpcore".to_owned()]), None),
        (MemberChoice::AllBut(vec!["*".to_owned()]), None),
    ] {
        let mut request = Request::new(folder.path(), date(2026, 11, 1));
        request.members = choice;
        let mut tree = Tree::new(folder.path()).expect("a tree");
        match gather(&mut tree, &request, &Policy::default(), &mut Vec::new()) {
            Ok(workspace) => {
                let names: Vec<_> = workspace.chosen().map(|member| member.name.as_str()).collect();
                assert_eq!(Some(names), chosen);
            }
            Err(Error::Usage { help, .. }) => assert!(chosen.is_none() && !help.is_empty(), "{help}"),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[test]
fn without_a_manifest_there_is_no_root() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut request = Request::new(folder.path(), date(2026, 11, 1));
    assert!(matches!(find_root(&request), Err(Error::Usage { .. })));
    write(folder.path(), &[("pump.toml", "[package]\nname = \"pump\"\n")]);
    request.manifest_path = Some("pump.toml".into());
    assert!(matches!(find_root(&request), Err(Error::Usage { .. })));
}

#[test]
fn configuration_follows_includes_and_stops_at_loops() {
    let folder = tempfile::tempdir().expect("a folder");
    write(
        folder.path(),
        &[
            ("Cargo.toml", "[package]\nname = \"pump\"\n"),
            (
                ".cargo/config.toml",
                "include = [\"more.toml\", { path = \"absent.toml\", optional = true }, \"gone.toml\"]\n\
             [build]\nrustc-wrapper = \"w\"\n",
            ),
            (".cargo/more.toml", "include = \"config.toml\"\n[target.'cfg(unix)']\nlinker = \"ld\"\n"),
        ],
    );
    let (workspace, gaps) = read(folder.path());
    let own: Vec<_> = workspace
        .cargo_config
        .iter()
        .filter(|entry| entry.in_workspace)
        .map(|entry| entry.key.as_str())
        .collect();
    assert_eq!(own, ["build.rustc-wrapper", "target.cfg(unix).linker"]);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(gaps[0].what.ends_with("gone.toml"), "{gaps:?}");
}

#[test]
fn toolchain_files_of_both_kinds_are_read() {
    for (name, text, channel, line) in [
        ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95.0\"\n", Some("1.95.0"), 2),
        ("rust-toolchain", "\n1.94.1\n", Some("1.94.1"), 2),
        ("rust-toolchain", "[toolchain]\npath = \"planted\"\n", None, 0),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), &[("Cargo.toml", "[package]\nname = \"pump\"\n"), (name, text)]);
        let toolchain = read(folder.path()).0.toolchain.expect("a toolchain");
        assert_eq!(toolchain.channel.as_ref().map(|channel| channel.value.as_str()), channel);
        assert_eq!(toolchain.channel.map_or(0, |channel| channel.at.line()), line);
    }
}

#[test]
fn git_is_asked_whether_it_tracks_the_lock_file() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &[("Cargo.toml", "[package]\nname = \"pump\"\n"), ("Cargo.lock", "version = 4\n")]);
    let unknown = |why: &str| {
        let (workspace, gaps) = read(folder.path());
        assert_eq!(workspace.lock_committed, None, "{why}");
        let told: Vec<_> = gaps.iter().map(|gap| (gap.kind, gap.why.contains(why))).collect();
        assert_eq!(told, [(Kind::Tracked, true)], "{gaps:?}");
    };
    unknown("in no working copy of a git repository");
    let repository = git2::Repository::init(folder.path()).expect("a repository");
    unknown("does not track its manifest");
    let mut index = repository.index().expect("an index");
    index.add_path(Path::new("Cargo.toml")).expect("added");
    index.write().expect("written");
    assert_eq!(read(folder.path()).0.lock_committed, Some(false));
    index.add_path(Path::new("Cargo.lock")).expect("added");
    index.write().expect("written");
    assert_eq!(read(folder.path()).0.lock_committed, Some(true));
    std::fs::write(folder.path().join(".git/HEAD"), "\0 nonsense").expect("a file");
    std::fs::write(folder.path().join(".git/config"), "[nonsense").expect("a file");
    unknown("can't be read");
}

/// Members and targets of a real workspace, next to what cargo itself says of it.
fn compare_with_cargo(root: &Path) {
    let output = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root)
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut theirs: Vec<String> = theirs["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .flat_map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies").iter().map(|d| {
                let name = d["rename"].as_str().or(d["name"].as_str()).expect("a name").replace('-', "_");
                format!("{} uses {name} = {} {}", package["name"], d["name"], d["optional"])
            });
            let targets = package["targets"].as_array().expect("targets").iter().map(|target| {
                let library = target["kind"][0]
                    .as_str()
                    .is_some_and(|kind| kind.contains("lib") || kind == "proc-macro");
                let name = target["name"].as_str().expect("a name").replace('-', "_");
                let kind = if library { "lib" } else { target["kind"][0].as_str().expect("a kind") };
                let path = target["src_path"].as_str().expect("a path");
                format!(
                    "{} {} {} {kind} {name} {path}",
                    package["name"], package["version"], package["edition"]
                )
            });
            targets.chain(dependencies).collect::<Vec<_>>()
        })
        .collect();
    let (workspace, gaps) = read(root);
    assert_eq!(gaps, []);
    let mut ours: Vec<String> = Vec::new();
    for member in &workspace.members {
        ours.extend(member.dependencies.iter().map(|dependency| {
            let Dependency { code_name, package, optional, .. } = dependency;
            format!("{:?} uses {code_name} = {package:?} {optional}", member.name)
        }));
        ours.extend(member.targets.iter().map(|target| {
            let kind = match target.kind {
                TargetKind::Library => "lib",
                TargetKind::Binary => "bin",
                TargetKind::Test => "test",
                TargetKind::Example => "example",
                TargetKind::Bench => "bench",
                TargetKind::BuildScript => "custom-build",
            };
            let (name, path) = (target.name.replace('-', "_"), target.path.display());
            format!("{:?} {:?} {:?} {kind} {name} {path}", member.name, member.version, member.edition)
        }));
    }
    theirs.sort();
    ours.sort();
    assert_eq!(ours, theirs);
}

#[test]
fn cargo_sees_the_same_members_targets_and_dependencies() {
    compare_with_cargo(Path::new(env!("CARGO_MANIFEST_DIR")));
    for example in ["infusion_pump", "glucose_gateway"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
        compare_with_cargo(&root);
    }
    // Any other workspace of the person at the keyboard.
    if let Some(root) = std::env::var_os("HEALTH_SEC_TEST_WORKSPACE") {
        compare_with_cargo(Path::new(&root));
    }
}

#[test]
fn members_that_serve_tests_only_are_told_from_others() {
    let manifest = |name: &str, rest: &str| format!("[package]\nname = \"{name}\"\n{rest}");
    let of =
        |kind: &str, name: &str, folder: &str| format!("[{kind}]\n{name} = {{ path = \"../{folder}\" }}\n");
    let members = [
        ("pump", manifest("pump", &of("dev-dependencies", "pump-test-support", "support")), "lib.rs"),
        ("support", manifest("pump-test-support", &of("dependencies", "pump-test-utils", "utils")), "lib.rs"),
        ("utils", manifest("pump-test-utils", ""), "lib.rs"),
        ("glucose-test", manifest("glucose-test", ""), "lib.rs"),
        ("unused", manifest("pump-testing", ""), "lib.rs"),
        ("linked", manifest("pump-mocks", ""), "lib.rs"),
        ("cli", manifest("cli", &of("dependencies", "pump-mocks", "linked")), "main.rs"),
        ("program", manifest("lab-test-harness", ""), "main.rs"),
        ("tests/load", manifest("load", ""), "main.rs"),
        ("fuzz", manifest("pump-fuzz", &of("dependencies", "glucose-test", "glucose-test")), "main.rs"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let names: Vec<_> = members.iter().map(|(folder, ..)| format!("\"{folder}\"")).collect();
    write(folder.path(), &[("Cargo.toml", &format!("[workspace]\nmembers = [{}]\n", names.join(", ")))]);
    for (at, text, root) in &members {
        let (manifest, root) = (format!("{at}/Cargo.toml"), format!("{at}/src/{root}"));
        write(folder.path(), &[(&manifest, text), (&root, "")]);
    }
    let (workspace, gaps) = read(folder.path());
    assert!(gaps.is_empty(), "{gaps:#?}");
    assert_eq!(workspace.names_for_tests(), ["load", "pump-fuzz", "pump-test-support", "pump-test-utils"]);
    // A binary that the policy ships is no test, nor is what it is built with.
    let request = Request::new(folder.path(), date(2026, 11, 1));
    let at = Source::new("health-sec.toml", "").whole();
    let mut policy = Policy::default();
    policy.product.bins = vec![Placed { value: "pump-fuzz".to_owned(), at }];
    let (workspace, _) = read_with(&request, &policy);
    assert_eq!(workspace.names_for_tests(), ["load", "pump-test-support", "pump-test-utils"]);
    // What is picked by name is meant, unless something that ships is picked beside it.
    for (picked, told) in [(["load", "pump-fuzz"], vec![]), (["load", "cli"], vec!["load"])] {
        let members = MemberChoice::Only(picked.map(str::to_owned).to_vec());
        let (workspace, _) = read_with(&Request { members, ..request.clone() }, &Policy::default());
        assert_eq!(workspace.names_for_tests(), told);
    }
}
