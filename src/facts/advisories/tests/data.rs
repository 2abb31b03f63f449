//! Which data is used, how old it is, and packs that come out as they went in.

use super::super::{data, embedded, pack, write_pack};
use super::*;

#[test]
fn the_embedded_pack_is_whole() {
    let data = embedded().expect("the embedded data");
    assert!(data.count() > 1200, "{}", data.count());
    let advisories: Vec<Advisory> = data.advisories().cloned().collect();
    assert_eq!(pack::encode(&advisories), include_bytes!("../../../../rules/advisories.pack"));
    let time = advisories.iter().find(|advisory| advisory.id == "RUSTSEC-2020-0071").expect("an advisory");
    assert_eq!(time.package, "time");
    assert_eq!(time.severity, Some("medium"));
    assert_eq!(time.patched, [">=0.2.23"]);
    assert!(time.os.contains(&"linux".to_owned()));
    assert!(time.functions.iter().any(|f| f.path == "time::now" && f.versions == ["^0.1"]));
}

#[test]
fn the_embedded_pack_is_made_of_the_snapshot_byte_for_byte() {
    let Some(shared) = snapshot() else { return };
    let advisories: Vec<Advisory> = read(&shared.join("advisory-db")).advisories().cloned().collect();
    assert!(
        pack::encode(&advisories) == include_bytes!("../../../../rules/advisories.pack"),
        "run: cargo run -- advisories pack <clone> -o rules/advisories.pack"
    );
}

#[test]
fn a_pack_holds_facts_only() {
    let folder = database_of("2026-10-01");
    let file = folder.path().join("a.pack");
    write_pack(&read(folder.path()), &file).expect("a pack");
    let bytes = std::fs::read(&file).expect("a file");
    for words in ["A title", "A text"] {
        assert!(!bytes.windows(words.len()).any(|window| window == words.as_bytes()), "{words}");
    }
}

#[test]
fn a_pack_gives_back_what_the_folder_held() {
    let folder = database_of("2026-10-01");
    put(
        folder.path(),
        "RUSTSEC-2026-9002",
        "framer",
        "date = \"2026-10-02\"\nwithdrawn = \"2026-10-05\"\nurl = \"https://example.org/a\"\n\
         aliases = [\"CVE-2026-1\"]\ncategories = [\"memory-corruption\", \"own-word\"]\n\
         cvss = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"\ninformational = \"unsound\"\n\
         source = \"registry+https://registry.example.org/index\"\n\n[affected]\narch = [\"x86\"]\nos = [\"windows\"]\n\n\
         [affected.functions]\n\"framer::Frame::read\" = [\"< 1.2.3\"]",
        "patched = [\">= 1.2.3\", \"^0.9.4\"]\nunaffected = [\"< 0.5.0\"]",
    );
    let file = folder.path().join("a.pack");
    let before = read(folder.path());
    write_pack(&before, &file).expect("a pack");
    let after = read(&file);
    assert!(before.advisories().eq(after.advisories()));
    assert_eq!(before.digest(), after.digest());
    assert_eq!(before.advisories().last().expect("an advisory").severity, Some("critical"));
    write_pack(&after, &folder.path().join("b.pack")).expect("a pack");
    assert_eq!(std::fs::read(&file).unwrap(), std::fs::read(folder.path().join("b.pack")).unwrap());
}

#[test]
fn what_is_named_is_used_even_when_it_is_older() {
    let folder = database_of("2020-01-01");
    let mut request = request();
    request.advisory_dbs.push(folder.path().to_owned());
    let data = data::choose(&request, &mut Vec::new()).expect("data");
    assert_eq!(data.origins, [folder.path().display().to_string()]);
    assert_eq!(data.age_on(DAY).0, Some(date(2020, 1, 1)));
}

#[test]
fn a_newer_clone_is_used_and_a_stale_one_is_not() {
    for (date, used) in [("2026-10-20", true), ("2026-01-01", false), ("2027-01-01", true)] {
        let folder = database_of(date);
        let mut request = request();
        request.advisory_clones = vec![folder.path().join("absent"), folder.path().to_owned()];
        // The only date of the third lies ahead: it can't be told from a typing error, but is all there is.
        let data = data::choose(&request, &mut Vec::new()).expect("data");
        let expected = if used { folder.path().display().to_string() } else { "embedded".to_owned() };
        assert_eq!(data.origins, [expected], "{date}");
    }
}

#[test]
fn a_broken_file_in_a_clone_that_is_not_used_is_no_gap() {
    for (date, gap) in [("2026-10-20", 1), ("2026-01-01", 0)] {
        let folder = database_of(date);
        std::fs::write(folder.path().join("crates/framer/RUSTSEC-2026-9009.md"), "no").expect("a file");
        let mut request = request();
        request.advisory_clones = vec![folder.path().to_owned()];
        let mut gaps = Vec::new();
        data::choose(&request, &mut gaps).expect("data");
        assert_eq!(gaps.len(), gap, "{date}: {gaps:?}");
    }
}

#[test]
fn a_damaged_pack_lying_ready_is_a_gap_and_a_named_one_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("advisories.pack");
    std::fs::write(&file, "cargo-health-sec advisories 2\nnothing").expect("a file");
    let mut request = request();
    request.advisory_clones = vec![file.clone()];
    let mut gaps = Vec::new();
    assert_eq!(data::choose(&request, &mut gaps).expect("data").origins, ["embedded"]);
    assert!(
        gaps[0].what.ends_with("advisories.pack") && gaps[0].why.contains("ends within its head"),
        "{gaps:?}"
    );
    request.advisory_dbs = vec![file];
    assert!(data::choose(&request, &mut Vec::new()).is_err());
}

#[test]
fn data_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for path in [folder.path().join("absent"), folder.path().to_owned()] {
        let error = open(std::slice::from_ref(&path), &mut Vec::new()).expect_err("no data");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        assert_eq!(error.exit_code(), 3);
    }
}

#[test]
fn a_date_ahead_does_not_keep_data_fresh() {
    let folder = database_of("2026-06-01");
    put(folder.path(), "RUSTSEC-2026-9002", "framer", "date = \"2099-01-01\"", "patched = []");
    let data = read(folder.path());
    assert_eq!(data.age_on(date(2026, 6, 11)), (Some(date(2026, 6, 1)), Some(10)));
    assert_eq!(data.age_on(date(2026, 5, 22)).0, Some(date(2099, 1, 1)), "nothing else is known");
}

#[test]
fn a_small_database_beside_does_not_make_a_large_one_fresh() {
    let large = database_of("2026-01-01");
    put(large.path(), "RUSTSEC-2025-9001", "framer", "date = \"2025-01-01\"", "patched = []");
    let small = database_of("2026-10-31");
    let both = [small.path().to_owned(), large.path().to_owned()];
    let data = open(&both, &mut Vec::new()).expect("data");
    assert_eq!(data.age_on(DAY).0, Some(date(2026, 1, 1)));
    assert_eq!(data.count(), 3);
}

#[test]
fn the_word_embedded_names_the_embedded_data() {
    assert_eq!(read(Path::new("embedded")).digest(), embedded().expect("data").digest());
}
