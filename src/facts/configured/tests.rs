//! From files of settings on disk to the addresses of what is opened.

use std::path::Path;

use crate::facts::threats::listeners::Host;
use crate::facts::threats::openings::{self, Way};
use crate::facts::{Facts, Kind};
use crate::request::Request;

const PACKAGE: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                       [dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\nconfig = \"0.15\"\n";

/// Settings in two tables, and a listener at the inner one.
const CODE: &str = "#[derive(serde::Deserialize)]\npub struct Settings { pub service: Service }\n\
    #[derive(serde::Deserialize)]\npub struct Service { pub host: String, pub port: u16 }\n\
    pub fn serve(settings: &Settings) -> std::io::Result<()> {\n\
    \x20   std::net::TcpListener::bind(format!(\"{}:{}\", settings.service.host, settings.service.port)).map(drop)\n}\n";

fn gather(files: &[(&str, &str)]) -> Facts {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |path: &Path, text: &str| {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    put(&folder.path().join("Cargo.toml"), PACKAGE);
    for (path, text) in files {
        put(&folder.path().join(path), text);
    }
    let mut request = Request::new(folder.path(), jiff::civil::date(2026, 11, 1));
    request.resolve = false;
    Facts::gather(&request).expect("facts")
}

/// The port and the host of the one way in, as all files have them, and the ports that files say.
fn told(files: &[(&str, &str)]) -> (Option<u16>, Option<String>, Vec<(u16, String)>) {
    let facts = gather(files);
    let ways = openings::opened(&facts.code);
    let [way] = ways.as_slice() else { panic!("one way in, not {}", ways.len()) };
    (way.address.port, way.address.host.as_ref().map(|host| host.word().to_owned()), ports(way))
}

fn ports(way: &Way<'_>) -> Vec<(u16, String)> {
    way.files.ports.each().iter().map(|said| (said.value, said.at.to_string())).collect()
}

#[test]
fn a_port_is_what_the_file_says_with_its_place() {
    for (name, text, line) in [
        ("config.toml", "[service]\nhost = \"0.0.0.0\"\nport = 8443\n", 3),
        ("config/pump.yaml", "service:\n  host: 0.0.0.0\n  port: 8443\n", 3),
        ("etc/pump.json", "{\"service\": {\"host\": \"0.0.0.0\",\n\"port\": 8443}}", 2),
    ] {
        let (port, host, said) = told(&[("src/lib.rs", CODE), (name, text)]);
        assert_eq!((port, host.as_deref()), (Some(8443), Some("any")), "{name}");
        assert!(matches!(&said[..], [(8443, at)] if at.starts_with(&format!("{name}:{line}"))), "{said:?}");
    }
}

#[test]
fn where_files_differ_each_is_one_of_several() {
    let facts = gather(&[
        ("src/lib.rs", CODE),
        ("config/default.toml", "[service]\nhost = \"127.0.0.1\"\nport = 8443\n"),
        ("config/ward.toml", "[service]\nport = 9000\n"),
    ]);
    let ways = openings::opened(&facts.code);
    assert_eq!((ways[0].address.port, &ways[0].address.host), (None, &Some(Host::Loopback)));
    let said: Vec<u16> = ports(&ways[0]).into_iter().map(|(port, _)| port).collect();
    assert_eq!(said, [8443, 9000]);
    assert_eq!(ways[0].files.keys, ["service.host", "service.port"]);
}

#[test]
fn keys_are_those_that_serde_looks_for() {
    let code = "use serde::Deserialize;\n\
        #[derive(Deserialize)]\n#[serde(rename_all = \"kebab-case\")]\npub struct Settings { pub web_server: Option<Box<Web>> }\n\
        #[derive(Deserialize)]\npub struct Web { #[serde(flatten)] pub at: At }\n\
        #[derive(Deserialize)]\npub struct At { #[serde(rename = \"listen-port\", alias = \"p\")] pub port: Option<u16> }\n\
        pub fn serve(at: &At) -> std::io::Result<()> {\n    let Some(port) = at.port else { return Ok(()) };\n\
        \x20   std::net::TcpListener::bind((\"0.0.0.0\", port)).map(drop)\n}\n";
    for text in ["[web-server]\nlisten-port = 81\n", "[web-server]\np = 81\n"] {
        assert_eq!(told(&[("src/lib.rs", code), ("settings.toml", text)]).0, Some(81), "{text}");
    }
    for text in ["[web_server]\nlisten-port = 81\n", "[web-server.at]\nlisten-port = 81\n"] {
        assert_eq!(told(&[("src/lib.rs", code), ("settings.toml", text)]).0, None, "{text}");
    }
}

#[test]
fn a_file_beats_a_default_in_the_code_and_a_default_stands_where_no_file_speaks() {
    let code = "#[derive(serde::Deserialize)]\npub struct Settings { #[serde(default = \"port\")] pub port: u16, pub name: Option<String> }\n\
        fn port() -> u16 { 80 }\n\
        pub fn serve(settings: &Settings) -> std::io::Result<()> {\n\
        \x20   std::net::TcpListener::bind((settings.name.as_deref().unwrap_or(\"0.0.0.0\"), settings.port)).map(drop)\n}\n";
    let any = Some("any".to_owned());
    assert_eq!(told(&[("src/lib.rs", code)]), (Some(80), any.clone(), vec![]));
    let (port, host, said) = told(&[("src/lib.rs", code), ("settings.toml", "port = 81\n")]);
    assert_eq!((port, host, said.len()), (Some(81), any, 1));
    let (port, host, _) = told(&[("src/lib.rs", code), ("settings.toml", "name = \"10.0.0.1\"\n")]);
    assert_eq!((port, host.as_deref()), (Some(80), Some("10.0.0.1")));
}

#[test]
fn what_the_code_gives_to_config_stands_where_no_file_speaks() {
    let code = "#[derive(serde::Deserialize)]\npub struct Settings { pub host: String, pub service: Service }\n\
        #[derive(serde::Deserialize)]\npub struct Service { pub port: u16 }\n\
        impl Settings {\n    pub fn new() -> Result<Self, config::ConfigError> {\n\
        \x20       let config = config::Config::builder().set_default(\"host\", \"127.0.0.1\")?.set_default(\"service.port\", 8888)?;\n\
        \x20       config.build()?.try_deserialize()\n    }\n}\n\
        pub fn run(port: Option<u16>) -> Result<(), Box<dyn std::error::Error>> {\n    let settings = Settings::new()?;\n\
        \x20   let port = port.unwrap_or(settings.service.port);\n\
        \x20   serve(std::net::SocketAddr::new(settings.host.parse()?, port))\n}\n\
        fn serve(address: std::net::SocketAddr) -> Result<(), Box<dyn std::error::Error>> {\n\
        \x20   std::net::TcpListener::bind(address)?;\n    Ok(())\n}\n";
    let (port, host, said) = told(&[("src/lib.rs", code)]);
    assert_eq!((port, host.as_deref()), (Some(8888), Some("loopback")));
    assert!(matches!(&said[..], [(8888, at)] if at.starts_with("src/lib.rs:7")), "{said:?}");
    let (port, host, _) = told(&[("src/lib.rs", code), ("config.toml", "[service]\nport = 9000\n")]);
    assert_eq!((port, host.as_deref()), (Some(9000), Some("loopback")));
}

#[test]
fn files_of_others_say_nothing() {
    let silent = |files: &[(&str, &str)]| {
        let all = [&[("src/lib.rs", CODE)], files].concat();
        let (port, _, said) = told(&all);
        assert!(port.is_none() && said.is_empty(), "{files:?}: {said:?}");
    };
    let other = "[service]\nport = 1\n[package]\nname = \"x\"\n";
    silent(&[("config.toml", other)]);
    silent(&[("data/ward.toml", "[service]\nport = 1\n")]);
    silent(&[("tests/config.toml", "[service]\nport = 1\n")]);
    silent(&[("tools/Cargo.toml", ""), ("tools/config.toml", "[service]\nport = 1\n")]);
    silent(&[("config.yaml", "service:\n  port: ${PORT}\n")]);
    // The code names it, so that it counts as a whole.
    let naming = format!("{CODE}pub const TEXT: &str = include_str!(\"../data/ward.toml\");\n");
    let (port, ..) = told(&[("src/lib.rs", &naming), ("data/ward.toml", other)]);
    assert_eq!(port, Some(1));
}

#[test]
fn what_cannot_be_read_is_a_gap_where_a_model_is_held_against_the_code() {
    let model = "format = \"health-sec/threats@1\"\n[model]\ntitle = \"x\"\n";
    let deep = format!("a: {}", "[".repeat(50_000));
    let many = "x: &a [1,1,1,1,1,1,1,1]\ny: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nz: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                v: &d [*c,*c,*c,*c,*c,*c,*c,*c]\nw: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nu: &f [*e,*e,*e,*e,*e,*e,*e,*e]\nt: [*f,*f,*f,*f]\n";
    for text in ["service: [", "service: {port: 1}\nservice: {port: 2}\n", &deep, many] {
        let files = [("src/lib.rs", CODE), ("config.yaml", text), ("docs/threats.toml", model)];
        let gaps = |files: &[(&str, &str)]| {
            gather(files).gaps.iter().filter(|gap| gap.kind == Kind::Configured).count()
        };
        assert_eq!(gaps(&files), 0);
        let linked =
            [&files[..], &[("health-sec.toml", "[threats]\nmodels = [\"docs/threats.toml\"]\n")]].concat();
        assert_eq!(gaps(&linked), 1, "{}", &text[..text.len().min(40)]);
    }
}

/// A server of Rocket, launched by an attribute.
const ROCKET: &str = "#[rocket::launch]\nfn rocket() -> _ { rocket::build() }\n";

/// The same package, with Rocket and figment.
fn told_with(code: &str, files: &[(&str, &str)]) -> (Option<u16>, Option<String>, Vec<(u16, String)>) {
    let package = PACKAGE.to_owned() + "rocket = \"0.5\"\nfigment = \"0.10\"\n";
    let own = [("Cargo.toml", package.as_str()), ("src/lib.rs", code)];
    told(&own.iter().chain(files).copied().collect::<Vec<_>>())
}

#[test]
fn a_file_of_rocket_says_where_it_listens() {
    let (port, host, said) = told_with(ROCKET, &[]);
    assert_eq!((port, host.as_deref()), (Some(8000), Some("loopback")), "as Rocket presets it");
    assert!(said.is_empty());
    for (text, expected) in [
        ("[default]\naddress = \"0.0.0.0\"\nport = 8443\n", (Some(8443), Some("any"))),
        ("[default]\nport = 1\n[release]\nport = 8443\naddress = \"::\"\n", (Some(8443), Some("any"))),
        ("[debug]\nport = 9000\naddress = \"0.0.0.0\"\n", (Some(8000), Some("loopback"))),
        ("[release]\nport = 8443\n[global]\nport = 8444\n", (Some(8444), Some("loopback"))),
        ("[release]\nport = 8443\n[ward]\nport = 8444\n", (None, Some("loopback"))),
    ] {
        let (port, host, said) = told_with(ROCKET, &[("Rocket.toml", text)]);
        assert_eq!((port, host.as_deref()), expected, "{text}");
        assert!(said.iter().all(|(_, at)| at.starts_with("Rocket.toml:")), "{said:?}");
    }
    // What somebody puts together is not guessed.
    let custom = ROCKET.replace("build()", "custom(settings())");
    assert_eq!(told_with(&custom, &[]).0, None);
    assert_eq!(told_with(&custom, &[("Rocket.toml", "[default]\nport = 8443\n")]).0, Some(8443));
}

#[test]
fn figment_takes_a_port_from_the_code_or_from_tables_of_profiles() {
    let code = |from: &str| {
        CODE.to_owned()
            + "pub fn settings() -> Settings {\n    figment::Figment::new()\n        .merge("
            + from
            + ")\n        .extract().unwrap_or_default()\n}\n"
    };
    let pair = code("(\"service.port\", 8443)");
    assert_eq!(told_with(&pair, &[]).0, Some(8443));
    let nested = code("figment::providers::Toml::file(\"pump.toml\").nested()");
    let file = "[default.service]\nport = 8443\nhost = \"0.0.0.0\"\n";
    let (port, host, _) = told_with(&nested, &[("pump.toml", file)]);
    assert_eq!((port, host.as_deref()), (Some(8443), Some("any")));
    let several = file.to_owned() + "[ward.service]\nport = 8444\nhost = \"0.0.0.0\"\n";
    let (port, _, said) = told_with(&nested, &[("pump.toml", &several)]);
    assert_eq!((port, said.len()), (None, 2));
    // Without `.nested()` the tables are no profiles.
    assert_eq!(told_with(&nested.replace(".nested()", ""), &[("pump.toml", file)]).0, None);
}
