//! Fetching, from a repository on this machine.

use std::process::Command;

use super::super::update::{fetch, kept_in};
use super::*;

fn git(folder: &Path, words: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=A. Person", "-c", "user.email=a.person@example.org"])
        .args(["-c", "commit.gpgsign=false", "-c", "core.hooksPath="])
        .args(words)
        .current_dir(folder)
        .env_remove("GIT_DIR")
        .output()
        .expect("git can be started");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn commit(folder: &Path) -> String {
    if !folder.join(".git").exists() {
        git(folder, &["init", "--quiet"]);
    }
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "advisories"]);
    format!("file://{}", folder.display())
}

#[test]
fn an_update_keeps_the_facts_and_nothing_else() {
    let (folder, cache) = (database_of("2026-10-01"), tempfile::tempdir().expect("a temporary folder"));
    let data = fetch(&commit(folder.path()), cache.path()).expect("an update");
    assert_eq!(data.digest(), read(folder.path()).digest());
    let kept: Vec<_> =
        std::fs::read_dir(cache.path()).expect("a folder").flatten().map(|e| e.path()).collect();
    assert_eq!(kept, [kept_in(cache.path())]);
    let mut request = request();
    request.advisory_clones = kept;
    let chosen = super::super::data::choose(&request, &mut Vec::new()).expect("data");
    assert_eq!(chosen.digest(), data.digest());
}

#[test]
fn what_was_kept_survives_a_broken_an_empty_and_an_older_database() {
    let (folder, cache) = (database_of("2026-10-01"), tempfile::tempdir().expect("a temporary folder"));
    let before = fetch(&commit(folder.path()), cache.path()).expect("an update").digest();
    let broken = database_of("2026-10-02");
    std::fs::write(broken.path().join("crates/framer/RUSTSEC-2026-9009.md"), "no").expect("a file");
    let empty = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir_all(empty.path().join("crates/framer")).expect("a folder");
    std::fs::write(empty.path().join("crates/framer/.keep"), "").expect("a file");
    let older = database_of("2026-09-30");
    for (folder, why) in [(broken, "RUSTSEC-2026-9009"), (empty, "no advisory"), (older, "older")] {
        let error = fetch(&commit(folder.path()), cache.path()).expect_err("no update");
        assert!(error.to_string().contains(why), "{why}: {error}");
        assert_eq!(error.exit_code(), 3);
        assert_eq!(read(&kept_in(cache.path())).digest(), before);
    }
}

#[test]
fn an_address_that_is_none_starts_nothing() {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let planted = cache.path().join("planted");
    let touch = format!("ext::touch {}", planted.display());
    let option = format!("--upload-pack=touch {}", planted.display());
    for url in [touch.as_str(), option.as_str(), "file:///no/such/place"] {
        assert!(fetch(url, cache.path()).is_err(), "{url}");
    }
    assert!(!planted.exists());
    assert!(!kept_in(cache.path()).exists());
}

#[cfg(unix)]
#[test]
fn hooks_of_the_users_templates_are_not_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, cache) = (database_of("2026-10-01"), tempfile::tempdir().expect("a temporary folder"));
    let planted = cache.path().join("planted");
    // A link in the database must not be made either.
    std::os::unix::fs::symlink("/etc", folder.path().join("crates/link")).expect("a link");
    let hooks = folder.path().join(".git/hooks");
    let url = commit(folder.path());
    std::fs::create_dir_all(&hooks).expect("a folder");
    let hook = hooks.join("post-checkout");
    std::fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", planted.display())).expect("a file");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    assert_eq!(fetch(&url, cache.path()).expect("an update").count(), 1);
    assert!(!planted.exists());
}
