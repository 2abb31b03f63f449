//! What the product opens, as its code shows it: ways in, ways out, and what is at the place itself.

use crate::document::quoted;
use crate::facts::code::{Argument, Code, Opened, Scope, Value};
use crate::source::Location;

use super::listeners::{self, Address, Host, Transport};
use super::told_by_files::ToldByFiles;

/// Something that product code opens.
#[derive(Debug)]
pub struct Way<'a> {
    /// The call.
    pub opened: &'a Opened,
    /// Where it listens or goes, as far as it can be told.
    pub address: Address,
    /// The protocol that the address names, or that the call leaves no choice of.
    pub protocol: Option<String>,
    /// True where the address is what it is unless somebody says otherwise.
    pub preset: bool,
    /// What files of settings say of the address.
    pub files: ToldByFiles,
}

/// Which side an interface is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Others come in.
    In,
    /// The product goes out.
    Out,
    /// At the place itself: a line, a radio, a bus, another process, a folder.
    Here,
    /// Another program is started.
    Child,
    /// A door for developers.
    Debug,
}

/// The side of a kind of interface, by its word in models.
#[must_use]
pub fn side(kind: &str) -> Side {
    match kind {
        "child-process" => Side::Child,
        "debug" => Side::Debug,
        kind if kind.ends_with("-listen") => Side::In,
        kind if kind.ends_with("-client") => Side::Out,
        _ => Side::Here,
    }
}

impl Way<'_> {
    /// The word for it in models.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        &self.opened.opening.kind
    }

    /// Which side it is on.
    #[must_use]
    pub fn side(&self) -> Side {
        side(self.kind())
    }

    /// The peer as models write it, such as `updates.example:443`.
    #[must_use]
    pub fn peer(&self) -> Option<String> {
        let host = self.host()?;
        let of_protocol = || self.protocol.as_deref().and_then(usual_port);
        match self.address.port.or_else(of_protocol) {
            Some(port) => Some(format!("{host}:{port}")),
            None => Some(host.to_owned()),
        }
    }

    /// The peer's host, where the code names it.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match &self.address.host {
            Some(Host::One(host)) => Some(host),
            _ => None,
        }
    }

    /// What a model can say of where it is, a line each.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        match self.side() {
            Side::In => {
                let port = self.address.port.map(|port| format!("port = {port}"));
                let bind = self.address.host.as_ref().map(|host| format!("bind = {}", quoted(host.word())));
                let keys = (!self.files.keys.is_empty()).then(|| self.files.keys.join(", "));
                let config = keys.map(|keys| format!("config = {}", quoted(&keys)));
                port.into_iter().chain(bind).chain(config).collect()
            }
            Side::Out => self.peer().iter().map(|peer| format!("peers = [{}]", quoted(peer))).collect(),
            Side::Here | Side::Child | Side::Debug => Vec::new(),
        }
    }

    /// What carries a way in.
    #[must_use]
    pub fn transport(&self) -> Transport {
        match self.kind() {
            "udp-listen" => Transport::Udp,
            "unix-listen" => Transport::Unix,
            _ => Transport::Tcp,
        }
    }
}

/// What product code opens, in the order of places.
///
/// A socket that answers nobody is no way in: a UDP socket on a port that the system chooses is how a client asks, and a TCP
/// listener on such a port of the loopback is how a free port is found. Who connects to the loopback stays where it is, and
/// at port 0 nobody can be met: such an address stands where another way is taken. A UDP socket that is connected later on
/// hears only that peer.
#[must_use]
pub fn opened(code: &Code) -> Vec<Way<'_>> {
    let product = || code.opened.iter().filter(|opened| opened.call.site.scope == Scope::Product);
    let connected: Vec<&Location> = product()
        .filter(|opened| opened.opening.kind == "udp-client" && !opened.opening.unbound)
        .filter_map(|one| one.call.start.as_ref())
        .collect();
    product()
        .map(way)
        .filter(|way| {
            let loopback = way.address.host == Some(Host::Loopback);
            match way.side() {
                Side::In
                    if way.transport() == Transport::Udp && connected.contains(&&way.opened.call.site.at) =>
                {
                    false
                }
                Side::In => {
                    let free_port = way.address.port == Some(0);
                    !(free_port && (loopback || way.transport() == Transport::Udp))
                }
                Side::Out if way.opened.opening.unbound && !is_unbound(way) => false,
                Side::Out => !loopback && way.address.port != Some(0),
                Side::Here | Side::Child | Side::Debug => true,
            }
        })
        .collect()
}

/// True for a call on a socket that was bound to whatever port is free.
fn is_unbound(way: &Way<'_>) -> bool {
    match &way.opened.call.origin {
        Value::Call(_, arguments) => {
            arguments.first().is_some_and(|value| listeners::address(value).port == Some(0))
        }
        _ => false,
    }
}

fn way(opened: &Opened) -> Way<'_> {
    let opening = opened.opening;
    let (value, preset) = place(opened);
    let goes_out = side(&opening.kind) == Side::Out && opening.address.is_some();
    let read = |value: &Value| {
        if goes_out { target(value) } else { Target { scheme: None, address: listeners::address(value) } }
    };
    let (files, value) = ToldByFiles::of(&value.unwrap_or_default(), &|value| read(value).address);
    let Target { scheme, mut address } = read(&value);
    if files.ports.differ() {
        address.port = None;
    }
    if files.hosts.differ() {
        address.host = None;
    }
    Way { opened, address, protocol: scheme.or_else(|| opening.protocol.clone()), preset, files }
}

/// The value that tells where a call goes, and whether somebody can say otherwise.
fn place(opened: &Opened) -> (Option<Value>, bool) {
    let opening = opened.opening;
    if opening.made {
        let made = match &opened.call.origin {
            Value::Call(_, arguments) => opening.address.and_then(|at| arguments.get(at)),
            _ => None,
        };
        return (made.cloned(), false);
    }
    let argument = |at: Option<usize>| at.and_then(|at| opened.call.arguments.get(at));
    let told = |argument: &Argument| match &argument.preset {
        Some(preset) => (preset.as_ref().clone(), true),
        None => (argument.value.clone(), false),
    };
    if opening.host.is_some() || opening.port.is_some() {
        let parts = [argument(opening.host), argument(opening.port)].map(|part| part.map(told));
        let preset = parts.iter().flatten().any(|(_, preset)| *preset);
        let [host, port] = parts.map(|part| part.map_or(Value::Unknown, |(value, _)| value));
        return (Some(Value::Tuple(vec![host, port])), preset);
    }
    match (argument(opening.address).map(told), &opened.handed) {
        (Some((_, preset)), Some(handed)) => (Some(handed.clone()), preset),
        (Some((value, preset)), None) => (Some(value), preset),
        // What a file of a known name says.
        (None, handed) => (handed.clone(), handed.is_some()),
    }
}

/// Where a client goes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Target {
    scheme: Option<String>,
    address: Address,
}

fn target(value: &Value) -> Target {
    match value {
        Value::Text(text) => target_of_text(text, true),
        // `format!("https://api.example/{id}")`: the host is known where something ends it.
        Value::Composed(parts) => match parts.first() {
            Some(Some(start)) if start.contains("://") => target_of_text(start, false),
            _ => Target { scheme: None, address: listeners::address(value) },
        },
        // `Url::parse("..")` and its kin.
        Value::Call(name, arguments) if arguments.len() == 1 && is_url(name.resolved.as_deref()) => {
            target(&arguments[0])
        }
        other => Target { scheme: None, address: listeners::address(other) },
    }
}

fn is_url(path: Option<&str>) -> bool {
    let path = path.unwrap_or_default();
    ["Url::parse", "Uri::from_static", "Uri::from_str", "Url::from_str", "Request::get", "Request::post"]
        .iter()
        .any(|known| path.ends_with(known))
}

fn target_of_text(text: &str, whole: bool) -> Target {
    let Some((scheme, rest)) = text.split_once("://") else {
        let address =
            if whole { listeners::address(&Value::Text(text.to_owned())) } else { Address::default() };
        return Target { scheme: None, address };
    };
    let end = rest.find(['/', '?', '#']);
    let authority = &rest[..end.unwrap_or(rest.len())];
    // The rest of an open end may belong to the host.
    let closed = whole || end.is_some();
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let scheme = Some(scheme.to_ascii_lowercase());
    if !closed && !place.contains(':') || place.is_empty() {
        return Target { scheme, address: Address::default() };
    }
    Target { scheme, address: listeners::address(&Value::Text(place.to_owned())) }
}

/// The port that a protocol has where none is said.
fn usual_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "mqtt" | "tcp" => 1883,
        "mqtts" | "ssl" => 8883,
        "amqp" => 5672,
        "amqps" => 5671,
        "postgres" | "postgresql" => 5432,
        "mysql" => 3306,
        "redis" => 6379,
        "ldap" => 389,
        "ldaps" => 636,
        "nats" => 4222,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> (Option<String>, Option<Host>, Option<u16>) {
        let target = target(&Value::Text(text.to_owned()));
        (target.scheme, target.address.host, target.address.port)
    }

    #[test]
    fn where_a_client_goes_is_read_from_urls_and_plain_addresses() {
        let one = |host: &str| Some(Host::One(host.to_owned()));
        assert_eq!(peer("https://api.example/v1?x=1"), (Some("https".into()), one("api.example"), None));
        assert_eq!(
            peer("mqtt://user:pw@broker.example:1884"),
            (Some("mqtt".into()), one("broker.example"), Some(1884))
        );
        assert_eq!(peer("pacs.example:104"), (None, one("pacs.example"), Some(104)));
        assert_eq!(peer("http://127.0.0.1:8080/"), (Some("http".into()), Some(Host::Loopback), Some(8080)));
        assert_eq!(peer("https://"), (Some("https".into()), None, None));
    }

    #[test]
    fn a_host_that_goes_on_is_none() {
        let composed = |parts: &[Option<&str>]| {
            let parts = parts.iter().map(|part| part.map(str::to_owned)).collect();
            target(&Value::Composed(parts)).address.host
        };
        assert_eq!(composed(&[Some("https://api.example/"), None]), Some(Host::One("api.example".into())));
        assert_eq!(composed(&[Some("https://api.example:"), None]), Some(Host::One("api.example".into())));
        assert_eq!(composed(&[Some("https://api-"), None]), None);
        assert_eq!(composed(&[Some("https://"), None, Some("/x")]), None);
        assert_eq!(composed(&[Some("localhost:"), None]), Some(Host::Loopback));
        assert_eq!(composed(&[Some("pacs.example:"), None]), Some(Host::One("pacs.example".into())));
        assert_eq!(composed(&[Some("pacs-"), None, Some(":104")]), None);
    }

    #[test]
    fn clients_behind_a_type_of_ones_own_are_ways_out() {
        let code = "use std::ops::Deref;\npub struct Agent(ureq::Agent);\n\
            impl Deref for Agent { type Target = ureq::Agent; fn deref(&self) -> &Self::Target { &self.0 } }\n\
            impl Agent { pub fn new() -> Self { Agent(ureq::Agent::new()) } pub fn delete(&self) {} }\n\
            pub fn agent() -> Agent { Agent::new() }\npub struct Named(String);\n\
            impl Deref for Named { type Target = String; fn deref(&self) -> &Self::Target { &self.0 } }\n\
            pub fn ask(agent: &Agent) { agent.get(\"http://pacs.example/a\"); }\n\
            pub fn made() { Agent::new().get(\"http://pacs.example/b\"); }\n\
            pub fn handed() { agent().get(\"http://pacs.example/c\"); }\n\
            pub fn own(agent: &Agent, name: &Named) { agent.delete(); name.get(0..1); }\n";
        assert_eq!(ways_of(code), ["http-client to pacs.example"; 3]);
    }

    #[test]
    fn a_client_that_is_made_once_and_kept_is_a_way_out() {
        let code = "use std::sync::LazyLock;\n\
            static AGENT: LazyLock<ureq::Agent> = LazyLock::new(|| ureq::Agent::new());\n\
            static NAME: LazyLock<String> = LazyLock::new(String::new);\n\
            pub fn ask() { AGENT.get(\"http://pacs.example/a\"); NAME.get(0..1); }\n\
            pub fn within() { static OWN: LazyLock<ureq::Agent> = LazyLock::new(make); OWN.get(\"http://pacs.example/b\"); }\n\
            fn make() -> ureq::Agent { todo!() }\n";
        assert_eq!(ways_of(code), ["http-client to pacs.example"; 2]);
    }

    /// The ways out of a package that uses `ureq`: what each is, and its host.
    fn ways_of(code: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let head = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nureq = \"3\"\n";
        std::fs::write(folder.path().join("Cargo.toml"), head).expect("a file");
        std::fs::create_dir(folder.path().join("src")).expect("a folder");
        std::fs::write(folder.path().join("src/lib.rs"), code).expect("a file");
        let mut request = crate::request::Request::new(folder.path(), jiff::civil::date(2026, 11, 1));
        request.resolve = false;
        let facts = crate::facts::Facts::gather(&request).expect("facts");
        let ways = opened(&facts.code);
        ways.iter().map(|way| format!("{} to {}", way.kind(), way.host().unwrap_or_default())).collect()
    }
}
