//! Flows in small workspaces.

use crate::facts::Facts;
use crate::facts::code::Code;
use crate::request::Request;

use super::Nature;

const MANIFEST: &str = r#"
[package]
name = "pump"
version = "0.1.0"
edition = "2024"

[dependencies]
axum = "0.8"
actix-web = "4"
tokio = "1"
log = "0.4"
tracing = "0.1"
tar = "0.4"
zip = "2"
rusqlite = "0.32"
reqwest = "0.12"
regex = "1"
secrecy = "0.10"
dicom-object = "0.8"
"#;

fn gather(text: &str) -> Code {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("src")).expect("a folder");
    std::fs::write(folder.path().join("Cargo.toml"), MANIFEST).expect("a manifest");
    std::fs::write(folder.path().join("src/lib.rs"), text).expect("a file");
    let mut request = Request::new(folder.path(), jiff::civil::date(2026, 11, 1));
    request.resolve = false;
    request.cache = None;
    let facts = Facts::gather(&request).expect("facts");
    assert!(facts.code.files.iter().all(|file| file.parsed), "{text}");
    facts.code
}

/// `what > where it arrives`, for each flow; what is written to arrives twice, and is told once.
fn flows(text: &str) -> Vec<String> {
    let told = |nature: Nature, name: &str| match nature {
        Nature::Far(kind) | Nature::Near(kind) | Nature::Message(kind) | Nature::Predictable(kind) => {
            kind.to_owned()
        }
        Nature::Secret | Nature::Health | Nature::Proof | Nature::Given => name.to_owned(),
    };
    let code = gather(text);
    code.flows
        .iter()
        .filter(|flow| flow.to != "shared file")
        .map(|flow| {
            let beyond = if flow.beyond.is_some() { ", beyond" } else { "" };
            format!("{} > {}{beyond}", told(flow.content.nature, &flow.content.name), flow.to)
        })
        .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_a_request_brings_is_followed() {
    let head = "use axum::extract::{Path, Query, Json}; use std::path::PathBuf; pub struct Q { pub name: String, pub id: u32 } const DIR: &str = \"d\"; ";
    for (code, expected) in [
        (
            "pub async fn f(Path(name): Path<String>) { std::fs::read(format!(\"d/{name}\")); }",
            &["a request > file"][..],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { let p = PathBuf::from(DIR).join(&name); tokio::fs::read(p).await; }",
            &["a request > file"],
        ),
        (
            "pub async fn f(Path((a, b)): Path<(u32, String)>) { std::fs::read(b); std::fs::read(format!(\"{a}\")); }",
            &["a request > file"],
        ),
        ("pub async fn f(Path(id): Path<u32>) { std::fs::read(format!(\"{id}\")); }", &[]),
        ("pub async fn f(q: Query<Q>) { std::fs::read(&q.name); }", &["a request > file"]),
        ("pub async fn f(Query(q): Query<Q>) { std::fs::read(format!(\"{}\", q.id)); }", &[]),
        (
            "pub async fn f(Query(Q { name, id }): Query<Q>) { let x = name.trim().to_owned(); std::fs::read(x); std::fs::read(id.to_string()); }",
            &["a request > file"],
        ),
        (
            "pub async fn f(q: Option<Query<Q>>) { if let Some(q) = q { std::fs::read(&q.name); } }",
            &["a request > file"],
        ),
        (
            "pub async fn f(Json(q): Json<Q>) { match q.name.as_str() { \"a\" => {} other => { std::fs::read(other); } } }",
            &["a request > file"],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { if name.contains(\"..\") { return; } std::fs::read(name); }",
            &[],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { let re = regex::Regex::new(\"^[a-z]+$\").unwrap(); if !re.is_match(&name) { return; } std::fs::read(name); }",
            &[],
        ),
        (
            "pub async fn f(Path(name): Path<String>, re: String) { let re = regex::Regex::new(re.trim()).unwrap(); if !re.is_match(&name) { return; } std::fs::read(name); }",
            &["a request > file"],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { std::fs::read(&name); if name.contains(\"..\") { return; } }",
            &["a request > file"],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { let n: u32 = name.parse().unwrap(); std::fs::read(format!(\"{n}\")); }",
            &[],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { let n = name.parse::<u32>().unwrap_or(0); std::fs::read(format!(\"{n}\")); }",
            &[],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { let Some(last) = std::path::Path::new(&name).file_name() else { return }; std::fs::read(last); }",
            &[],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { let mut p = PathBuf::from(DIR); p.push(name); std::fs::read(p); }",
            &["a request > file"],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { let p = if name.is_empty() { DIR.to_owned() } else { name }; std::fs::read(p); }",
            &["a request > file"],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { let p = { let a = name; a + \".txt\" }; std::fs::read(p); }",
            &["a request > file"],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { let p = Some(name).map(|n| format!(\"d/{n}\")).unwrap_or_default(); std::fs::read(p); }",
            &["a request > file"],
        ),
        (
            "fn open(n: &str) { std::fs::read(n); } pub async fn f(Path(name): Path<String>) { open(&name); }",
            &["a request > file, beyond"],
        ),
        (
            "fn open(n: &str) { if n.contains('/') { return } std::fs::read(n); } pub async fn f(Path(name): Path<String>) { open(&name); }",
            &[],
        ),
        (
            "fn full(n: &str) -> String { format!(\"d/{n}\") } pub async fn f(Path(name): Path<String>) { std::fs::read(full(&name)); }",
            &["a request > file"],
        ),
        (
            "fn full(n: &str) -> String { n.len().to_string() } pub async fn f(Path(name): Path<String>) { std::fs::read(full(&name)); }",
            &[],
        ),
        (
            "struct S; impl S { fn at(&self, n: &str) { std::fs::write(n, \"\"); } pub async fn f(&self, Path(name): Path<String>) { self.at(&name); } }",
            &["a request > file, beyond"],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { validate_name(&name); std::fs::read(name); } fn validate_name(_: &str) {}",
            &[],
        ),
        (
            "pub async fn f(Path(name): Path<String>) { for part in name.split('/') { std::fs::read(part); } }",
            &["a request > file"],
        ),
        ("pub async fn f(Path(name): Path<String>) { let name = \"fixed\"; std::fs::read(name); }", &[]),
        (
            "pub async fn f(Path(name): Path<String>) { let run = async move { std::fs::read(name) }; run.await; }",
            &["a request > file"],
        ),
        (
            "#[cfg(test)] mod tests { use super::*; pub async fn f(Path(name): Path<String>) { std::fs::read(name); } }",
            &[],
        ),
    ] {
        assert_eq!(flows(&format!("{head}{code}")), expected, "{code}");
    }
}

#[test]
fn names_of_archive_entries_and_answers_are_followed() {
    for (code, expected) in [
        (
            "fn f(r: std::fs::File, to: &std::path::Path) { let mut a = tar::Archive::new(r); for e in a.entries().unwrap() { let mut e = e.unwrap(); let p = e.path().unwrap().into_owned(); std::fs::create_dir_all(to.join(&p)); } }",
            &["an entry of an archive > file"][..],
        ),
        (
            "fn f(r: std::fs::File, to: &std::path::Path) -> zip::result::ZipResult<()> { let mut a = zip::ZipArchive::new(r)?; for i in 0..a.len() { let file = a.by_index(i)?; let out = to.join(file.name()); std::fs::File::create(&out)?; } Ok(()) }",
            &["an entry of an archive > file"],
        ),
        (
            "fn f(r: std::fs::File, to: &std::path::Path) -> zip::result::ZipResult<()> { let mut a = zip::ZipArchive::new(r)?; for i in 0..a.len() { let file = a.by_index(i)?; let Some(name) = file.enclosed_name() else { continue }; std::fs::File::create(to.join(name))?; } Ok(()) }",
            &[],
        ),
        (
            "async fn f(c: &reqwest::Client) -> reqwest::Result<()> { let name = c.get(\"https://x\").send().await?.text().await?; std::fs::write(name, \"\"); Ok(()) }",
            &["the answer of a server > file"],
        ),
        (
            "struct A { name: String } impl A { async fn load(c: &reqwest::Client) -> A { c.get(\"u\").send().await.unwrap().json().await.unwrap() } } async fn f(c: &reqwest::Client) { let a = A::load(c).await; std::fs::write(format!(\"{}.conf\", a.name), \"\"); }",
            &["the answer of a server > file"],
        ),
        (
            "use std::io::Read; fn f() { let l = std::net::TcpListener::bind(\"127.0.0.1:1\").unwrap(); for s in l.incoming() { let mut s = s.unwrap(); let mut name = String::new(); s.read_to_string(&mut name); std::fs::read(&name); } }",
            &["a socket > file"],
        ),
        (
            "fn f() { let p = std::env::args().nth(1).unwrap(); std::fs::read(p); }",
            &["the command line > file"],
        ),
    ] {
        assert_eq!(flows(code), expected, "{code}");
    }
}

#[test]
fn telling_names_are_followed() {
    let head = "pub struct Login { pub password: String, pub user: String, pub key: secrecy::SecretString, pub api_key: secrecy::SecretString } ";
    for (code, expected) in [
        ("fn f(password: &str) { log::info!(\"{password}\"); }", &["password > log"][..]),
        ("fn f(l: &Login) { log::info!(\"{}\", l.password); }", &["password > log"]),
        ("fn f(l: &Login) { log::info!(\"{}\", l.password.len()); }", &[]),
        ("fn f(l: &Login) { log::info!(\"{:?}\", l.api_key); }", &[]),
        (
            "fn f(l: &Login) { let line = format!(\"{}:{}\", l.user, l.password); println!(\"{line}\"); }",
            &["password > log"],
        ),
        ("fn f(l: Login) { let Login { password: p, .. } = l; println!(\"{p}\"); }", &["password > log"]),
        (
            "fn f(l: Login) { let auth = base64::encode(&l.password); println!(\"{auth}\"); }",
            &["password > log"],
        ),
        (
            "fn mask(_: &str) -> String { String::new() } fn f(l: Login) { let password = mask(&l.password); println!(\"{password}\"); }",
            &[],
        ),
        ("fn f(password: &secrecy::SecretString) { println!(\"{password:?}\"); }", &[]),
        (
            "fn say(t: &str) { println!(\"{t}\"); } fn f(l: Login) { say(&l.password); }",
            &["password > log, beyond"],
        ),
        ("fn f(l: Login) { tracing::info!(password = %l.password, user = l.user); }", &["password > log"]),
        ("fn f(l: Login) { tracing::info!(password = l.password.is_empty()); }", &[]),
        (
            "fn f(m: std::collections::HashMap<String, String>) { println!(\"{}\", m[\"password\"]); }",
            &["password > log"],
        ),
        (
            "fn f(o: &dicom_object::InMemDicomObject) { println!(\"{:?}\", o.element(tags::PATIENT_NAME)); }",
            &["PATIENT_NAME > log"],
        ),
        ("fn f(patient: &str) { if patient.is_empty() { panic!(\"no {patient}\"); } }", &["patient > log"]),
    ] {
        assert_eq!(flows(&format!("{head}{code}")), expected, "{code}");
    }
}

#[test]
fn comparisons_of_telling_names_are_kept() {
    let code = gather("fn f(token: &str, given: &str, n: usize) -> bool { n == 1 && token == given }");
    assert_eq!(code.comparisons.len(), 1);
    let sides = &code.comparisons[0].sides;
    assert_eq!(sides[0].contents[0].nature, Nature::Proof);
    assert_eq!(sides[1].argument.at.snippet(), "given");
}

#[test]
fn what_only_tests_do_in_a_function_is_not_taken_for_what_it_does_before() {
    let code = "pub fn f(password: &str) {
        log::info!(\"ready\");
        #[cfg(test)]
        { log::info!(\"{password}\"); show(password); }
        log::info!(\"{password}\");
    }
    fn show(_: &str) {}";
    assert_eq!(flows(code), ["password > log"]);
}
