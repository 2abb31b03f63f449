//! Tests of shared policies.

use std::fmt::Write as _;

use super::super::{Class, Policy};
use super::*;
use crate::error::Error;

const BASE: &str = r#"
[classes]
default = "maintained"

[manufacturer]
name = "Sweetwater Medical"

[advisories]
warn_after_days = 7
reason          = "the security team looks every week"

[component.openssl-sys]
class  = "supported"
reason = "the hospital's library"
by     = "h.okafor@sweetwater.example"

[components]
licences      = ["MIT"]
cooldown_days = 14

[[components.deny]]
component = "time@<0.2.23"
reason    = "unsound"

[[item]]
name  = "Debian"
class = "supported"

[[waiver]]
rule   = "static_mut"
place  = "src/a.rs"
reason = "registers"
by     = "h.okafor@sweetwater.example"
until  = 2027-01-31
"#;

const OWN: &str = r#"
[product]
name = "pump"

[component.openssl-sys]
class = "maintained"

[components]
cooldown_days = 30
licences      = ["MIT", "Apache-2.0"]

[[components.deny]]
component = "openssl"
reason    = "one library for TLS is enough"

[[item]]
name    = "Debian"
version = "12"

[[item]]
name  = "Patient database"
class = "required"

[[waiver]]
rule   = "static_mut"
place  = "src/b.rs"
reason = "registers"
by     = "h.okafor@sweetwater.example"
until  = 2027-01-31
"#;

/// A workspace below a folder that holds the shared policy too.
struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().expect("a folder"));
        std::fs::create_dir_all(world.0.path().join("pump")).expect("a folder");
        std::fs::create_dir_all(world.0.path().join("org")).expect("a folder");
        world.put("org/base.toml", BASE);
        world
    }

    fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(path), text).expect("a file");
    }

    fn read(&self, policy: &str) -> Result<Policy, Vec<Fault>> {
        self.put("pump/health-sec.toml", policy);
        let tree = Tree::new(&self.0.path().join("pump")).expect("a tree");
        Policy::read(&tree, Some(&self.0.path().join("pump/health-sec.toml"))).map_err(|error| match error {
            Error::Policy { faults, .. } => {
                assert!(!faults.is_empty());
                faults
            }
            other => panic!("{other:?}"),
        })
    }
}

fn extends(files: &[(&str, &str)]) -> String {
    let entries = files.iter().fold(String::new(), |mut entries, (file, text)| {
        let _ = write!(entries, "{{ file = {file:?}, sha256 = \"{}\" }}, ", Source::new("f", *text).sha256());
        entries
    });
    format!("extends = [{entries}]\n")
}

fn based(own: &str) -> String {
    extends(&[("../org/base.toml", BASE)]) + own
}

#[test]
fn own_entries_stand_and_the_shared_ones_keep_their_places() {
    let policy = World::new().read(&based(OWN)).expect("a policy");
    let class = policy.class_of("openssl-sys").expect("a class");
    assert_eq!((class.value, class.at.path()), (Class::Maintained, "health-sec.toml"));
    let default = policy.default_class.as_ref().expect("a default");
    assert_eq!(default.at.to_string(), "../org/base.toml:3:11");
    let cooldown = policy.supply.cooldown_days.as_ref().expect("days");
    assert_eq!((cooldown.value, cooldown.at.path()), (30, "health-sec.toml"));
    assert_eq!(policy.supply.licences.as_ref().expect("licences").len(), 2, "a list is one decision");
    let denied: Vec<&str> = policy.supply.deny.iter().map(|entry| entry.component.value.as_str()).collect();
    assert_eq!(denied, ["openssl", "time@<0.2.23"]);
    let items: Vec<&str> = policy.items.iter().map(|item| item.name.value.as_str()).collect();
    assert_eq!(items, ["Debian", "Patient database"], "an item of the same name is the same item");
    assert_eq!(policy.items[0].record.class.as_ref().expect("a class").at.path(), "../org/base.toml");
    assert_eq!(policy.items[0].version.as_ref().expect("a version").at.path(), "health-sec.toml");
    assert_eq!(policy.waivers.len(), 2);
    assert_eq!(policy.advisories.warn_after_days, 7);
    assert_eq!(policy.shared[0].source.as_ref().expect("a file").path(), "../org/base.toml");
    assert!(policy.is_own(&class.at) && !policy.is_own(&default.at));
    assert_eq!(policy.at.as_ref().expect("a file").path(), "health-sec.toml");
}

#[test]
fn of_two_shared_files_the_later_one_stands() {
    let world = World::new();
    let more = "[classes]\ndefault = \"required\"\n";
    world.put("org/more.toml", more);
    for (files, class) in [
        ([("../org/base.toml", BASE), ("../org/more.toml", more)], Class::Required),
        ([("../org/more.toml", more), ("../org/base.toml", BASE)], Class::Maintained),
    ] {
        let policy = world.read(&extends(&files)).expect("a policy");
        assert_eq!(policy.default_class.expect("a default").value, class);
    }
}

#[test]
fn a_wrong_pin_is_a_fault_that_tells_the_right_one() {
    let world = World::new();
    let right = Source::new("base", BASE).sha256();
    for pin in ["sha256 = \"0000\"", "sha256 = \"\"", ""] {
        let faults = world
            .read(&format!("extends = [{{ file = \"../org/base.toml\", {pin} }}]"))
            .expect_err("a fault");
        assert_eq!(faults.len(), 1);
        assert!(faults[0].message.contains("../org/base.toml is not the file that was pinned"), "{faults:?}");
        assert!(faults[0].help.as_deref().expect("help").contains(&right), "{faults:?}");
    }
    assert!(world.read(&based(OWN).replace(&right, &right.to_uppercase())).is_ok());
}

#[test]
fn one_changed_byte_is_a_wrong_pin() {
    let world = World::new();
    let policy = based("");
    for at in 0..BASE.len() {
        let mut changed = BASE.as_bytes().to_vec();
        changed[at] ^= 1;
        world.put("org/base.toml", changed);
        let faults = world.read(&policy).expect_err("a fault");
        assert!(faults[0].message.contains("is not the file that was pinned"), "{faults:?}");
    }
}

#[test]
fn what_is_no_file_for_a_policy_is_a_fault_at_its_name() {
    let world = World::new();
    std::fs::create_dir(world.0.path().join("org/folder.toml")).expect("a folder");
    world.put("org/huge.toml", vec![b'#'; usize::try_from(LARGEST).expect("a size") + 1]);
    world.put("org/secret", "s");
    world.put("org/binary.toml", [0xff, 0xfe]);
    let absolute = world.0.path().join("org/base.toml").display().to_string();
    for (file, why) in [
        ("../org/absent.toml", "there is no such file"),
        ("../org/folder.toml", "it is not a regular file"),
        ("../org/huge.toml", "more than the 1048576"),
        ("../org/secret", "does not end in `.toml`"),
        ("../org/binary.toml", "not UTF-8"),
        ("../org/a\\u0000.toml", "the shared policy can't be read"),
        ("", "is blank"),
        (absolute.as_str(), "an absolute path"),
    ] {
        let policy = format!("extends = [{{ file = \"{file}\", sha256 = \"00\" }}]\n");
        let faults = world.read(&policy).expect_err("a fault");
        assert!(faults[0].message.contains(why), "{file}: {faults:?}");
        assert!(faults.iter().all(|fault| !format!("{fault:?}").contains(&Source::new("s", "s").sha256())));
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_to_a_pinned_policy_and_to_nothing_else() {
    use std::os::unix::fs::symlink;
    let world = World::new();
    let at = |path: &str| world.0.path().join(path);
    world.put("org/id_key", "secret");
    symlink(at("org/base.toml"), at("pump/linked.toml")).expect("a link");
    symlink(at("org/id_key"), at("pump/stolen.toml")).expect("a link");
    symlink("/dev/zero", at("pump/endless.toml")).expect("a link");
    symlink(at("pump/ring.toml"), at("pump/ring.toml")).expect("a link");
    let policy = world.read(&extends(&[("linked.toml", BASE)])).expect("a policy");
    assert_eq!(policy.default_class.expect("a default").at.path(), "../org/base.toml");
    for link in ["stolen.toml", "endless.toml", "ring.toml"] {
        let faults = world.read(&extends(&[(link, "secret")])).expect_err("a fault");
        assert!(faults[0].message.contains("can't be read"), "{link}: {faults:?}");
    }
}

#[test]
fn a_shared_policy_can_not_build_upon_another_one_nor_upon_itself() {
    let world = World::new();
    let (a, b) = ("extends = [{ file = \"b.toml\", sha256 = \"00\" }]\n", "extends = []\n");
    for text in [a, b] {
        world.put("org/a.toml", text);
        let faults = world.read(&extends(&[("../org/a.toml", text)])).expect_err("a fault");
        assert!(faults[0].message.contains("can't build upon another"), "{faults:?}");
    }
    let faults =
        world.read("extends = [{ file = \"health-sec.toml\", sha256 = \"00\" }]\n").expect_err("a fault");
    assert!(faults[0].message.contains("is not the file that was pinned"), "{faults:?}");
    let twice = world.read(&extends(&[("../org/base.toml", BASE), ("../org/base.toml", BASE)]));
    assert!(twice.expect_err("a fault")[0].message.contains("named twice"));
}

#[test]
fn each_file_has_to_be_right_by_itself() {
    let world = World::new();
    for broken in ["[classes]\ndefalt = \"maintained\"\n", "[advisories]\nwarn_after_days = 3\n", "x = ["] {
        world.put("org/base.toml", broken);
        let faults = world
            .read(&(extends(&[("../org/base.toml", broken)]) + "[advisories]\nreason = \"r\"\n"))
            .expect_err("a fault");
        assert_eq!(faults[0].file.name(), "../org/base.toml");
    }
    world.put("org/base.toml", BASE);
    // The reason of the shared file is not one for this limit.
    let faults = world.read(&based("[advisories]\nwarn_after_days = 900\n")).expect_err("a fault");
    assert_eq!(faults[0].file.name(), "health-sec.toml");
}

#[test]
fn every_prefix_of_a_shared_policy_is_read_or_refused_with_a_place() {
    let world = World::new();
    for end in 0..=BASE.len() {
        world.put("org/base.toml", &BASE[..end]);
        if let Err(faults) = world.read(&(extends(&[("../org/base.toml", &BASE[..end])]) + OWN)) {
            assert!(faults.iter().all(|fault| fault.file.name() == "../org/base.toml"), "{faults:?}");
        }
    }
}

#[test]
fn the_text_alone_names_shared_policies_and_follows_none() {
    let policy = Policy::parse(&Source::new("health-sec.toml", based(OWN))).expect("a policy");
    assert!(policy.default_class.is_none());
    assert_eq!(policy.shared[0].file.value, "../org/base.toml");
    assert!(policy.shared[0].source.is_none());
    for wrong in ["extends = \"x.toml\"", "extends = [\"x.toml\"]", "extends = [{ sha256 = \"\" }]"] {
        assert!(Policy::parse(&Source::new("health-sec.toml", wrong)).is_err(), "{wrong}");
    }
    let many = (0..9).map(|n| format!("{{ file = \"{n}.toml\", sha256 = \"\" }}")).collect::<Vec<_>>();
    let many = format!("extends = [{}]", many.join(", "));
    assert!(Policy::parse(&Source::new("health-sec.toml", many)).is_err());
}
