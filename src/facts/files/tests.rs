//! Which files are read, and that hostile ones are read or are gaps.

use std::path::Path;

use super::*;
use crate::facts::Facts;
use crate::request::Request;

/// A token that was never given out, in pieces so that no file of this project holds one.
fn token() -> String {
    ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        folder.put("Cargo.toml", "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        folder.put("src/lib.rs", "");
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, contents).expect("a file");
    }

    /// Tracks everything that `.gitignore` lets pass.
    fn track(&self) -> git2::Repository {
        let repository = git2::Repository::init(self.path()).expect("a repository");
        let mut index = repository.index().expect("an index");
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).expect("files can be added");
        index.write().expect("the index can be written");
        repository
    }

    fn look(&self) -> (Files, Vec<Gap>) {
        let mut request = Request::new(self.path(), jiff::civil::date(2026, 11, 1));
        request.resolve = false;
        let facts = Facts::gather(&request).expect("facts");
        (facts.files, facts.gaps.into_iter().filter(|gap| gap.kind == Kind::Files).collect())
    }

    fn told(&self) -> Vec<String> {
        let (files, gaps) = self.look();
        assert!(gaps.is_empty(), "{gaps:?}");
        files.secrets.iter().map(|found| format!("{} {}", found.at, found.secret.what)).collect()
    }
}

#[test]
fn a_zero_hides_nothing_in_a_program() {
    let folder = Folder::new();
    folder.put("src/lib.rs", format!("// \0\nconst TOKEN: &str = \"{}\";\n", token()));
    folder.put("picture.bin", format!("\0\n{}\n", token()));
    assert_eq!(folder.told().len(), 1);
}

#[test]
fn only_what_tests_alone_compile_is_for_tests() {
    let folder = Folder::new();
    let text = format!(
        "#[cfg(test)]\nmod tests {{ const A: &str = \"{0}\"; fn f() {{}} }}\nlog!(\"{0}\");\n",
        token()
    );
    folder.put("src/lib.rs", format!("mod whole;\n{text}"));
    folder.put("src/whole.rs", format!("#![cfg(test)]\nlog!(\"{}\");\n", token()));
    let (files, _) = folder.look();
    let in_tests = files.secrets.iter().map(|found| (found.at.to_string(), found.in_tests));
    let expected = [("src/lib.rs:3:30", true), ("src/lib.rs:4:7", false), ("src/whole.rs:2:7", true)];
    assert!(in_tests.eq(expected.map(|(at, tests)| (at.to_owned(), tests))), "{:?}", files.secrets);
}

#[test]
fn files_that_git_tracks_are_read_and_others_are_not() {
    let folder = Folder::new();
    folder.put(".gitignore", "private/\n");
    folder.put("private/token", token());
    folder.put("deploy/token", token());
    folder.track();
    folder.put("new/token", token());
    assert_eq!(folder.told(), ["deploy/token:1:1 token of GitHub"]);
    std::fs::remove_file(folder.path().join("deploy/token")).expect("a file");
    assert_eq!(folder.told(), Vec::<String>::new(), "deleted, and not yet committed");
}

#[test]
fn without_a_repository_what_lies_there_is_read_but_not_what_cargo_has_built() {
    let folder = Folder::new();
    folder.put("deploy/token", token());
    folder.put("target/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55");
    folder.put("target/token", token());
    assert_eq!(folder.told(), ["deploy/token:1:1 token of GitHub"]);
}

#[test]
fn a_workspace_in_a_repository_of_something_else_is_read_by_itself() {
    let outer = tempfile::tempdir().expect("a temporary folder");
    git2::Repository::init(outer.path()).expect("a repository");
    let inner = outer.path().join("pump");
    std::fs::create_dir_all(&inner).expect("a folder");
    std::fs::write(inner.join("Cargo.toml"), "[package]\nname = \"pump\"\nversion = \"0.1.0\"\n")
        .expect("a file");
    std::fs::write(inner.join("token"), token()).expect("a file");
    let tree = Tree::new(&inner).expect("a tree");
    let files =
        gather(&tree, &Code::default(), &Request::new(".", jiff::civil::date(2026, 11, 1)), &mut Vec::new());
    assert_eq!(files.secrets.len(), 1);
}

#[test]
fn the_text_of_a_secret_is_nowhere_in_what_was_seen() {
    let folder = Folder::new();
    folder.put("deploy/token", format!("first = \"{0}\"\nsecond = \"{0}\"\n", token()));
    let (files, _) = folder.look();
    assert_eq!(files.secrets.len(), 2);
    let text = files.secrets[0].at.source().text();
    assert!(!text.contains("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") && text.contains("first = \"****"), "{text}");
    assert!(!format!("{files:?}").contains("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"));
}

#[test]
fn texts_in_other_encodings_are_read() {
    let folder = Folder::new();
    let wide = |order: fn(u16) -> [u8; 2], mark: [u8; 2]| {
        let units = format!("\n{}", token()).encode_utf16().flat_map(order).collect::<Vec<u8>>();
        [mark.to_vec(), units].concat()
    };
    folder.put("a.reg", wide(u16::to_le_bytes, [0xff, 0xfe]));
    folder.put("b.txt", wide(u16::to_be_bytes, [0xfe, 0xff]));
    folder.put("c.txt", [b"caf\xe9 ".as_slice(), token().as_bytes()].concat());
    folder.put("d.bin", [b"\0\0\0".as_slice(), token().as_bytes()].concat());
    let found: Vec<String> =
        folder.told().iter().map(|line| line.split(':').next().unwrap_or("").to_owned()).collect();
    assert_eq!(found, ["a.reg", "b.txt", "c.txt"], "a program that was compiled is no text");
}

#[test]
fn hostile_files_are_read_or_are_gaps() {
    let folder = Folder::new();
    let large = usize::try_from(LARGEST_FILE).expect("a size") + 1;
    folder.put("large.txt", vec![b'a'; large]);
    folder.put("large.bin", vec![0; large]);
    folder.put("line.txt", format!("{}{}", "x ".repeat(500_000), token()));
    folder.put("empty", "");
    folder.put("mark", [0xff, 0xfe]);
    folder.put("odd", [0xff, 0xfe, 0x00]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).expect("a link");
        std::os::unix::fs::symlink("/", folder.path().join("root")).expect("a link");
        std::os::unix::fs::symlink(".", folder.path().join("round")).expect("a link");
        assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().is_ok());
    }
    let (files, gaps) = folder.look();
    assert_eq!(gaps.iter().map(|gap| gap.what.as_str()).collect::<Vec<_>>(), ["large.txt"], "{gaps:?}");
    assert_eq!(files.secrets.len(), 1);
    assert_eq!(files.secrets[0].at.path(), "line.txt");
    folder.track();
    let (files, gaps) = folder.look();
    assert_eq!((files.secrets.len(), gaps.len()), (1, 1));
}

#[cfg(unix)]
#[test]
fn a_folder_that_became_a_link_out_of_the_tree_is_a_gap() {
    let outside = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(outside.path().join("token"), token()).expect("a file");
    let folder = Folder::new();
    folder.put("deploy/token", "");
    folder.track();
    std::fs::remove_dir_all(folder.path().join("deploy")).expect("a folder");
    std::os::unix::fs::symlink(outside.path(), folder.path().join("deploy")).expect("a link");
    let (files, gaps) = folder.look();
    assert!(files.secrets.is_empty());
    assert_eq!(gaps.iter().map(|gap| gap.what.as_str()).collect::<Vec<_>>(), ["deploy/token"]);
}

#[test]
fn an_index_that_is_damaged_is_a_gap_and_the_files_are_read_all_the_same() {
    let folder = Folder::new();
    folder.put("deploy/token", token());
    folder.track();
    let index = folder.path().join(".git/index");
    let whole = std::fs::read(&index).expect("the index");
    for end in [0, 4, 12, 40, whole.len() - 1] {
        std::fs::write(&index, &whole[..end]).expect("a damaged index");
        let (files, gaps) = folder.look();
        assert!(files.secrets.len() == 1 && gaps.len() <= 1, "{end}: {gaps:?}");
    }
}

#[test]
fn files_for_tests_are_told_by_their_names() {
    for path in [
        "tests/data/key.pem",
        "crates/net/testdata/x",
        "src/tests.rs",
        "src/net/http_test.go",
        "web/login.test.ts",
        ".env.example",
        "pump-tests/src/lib.rs",
        "docs/api.md",
        "benches/speed.rs",
    ] {
        assert!(is_for_tests(path), "{path}");
    }
    for path in [
        "src/lib.rs",
        "deploy/key.pem",
        "src/attestation.rs",
        "contest/x",
        "src/testing_mode.rs",
        ".env",
        "x",
    ] {
        assert!(!is_for_tests(path), "{path}");
    }
}
