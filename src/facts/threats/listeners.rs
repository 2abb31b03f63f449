//! Calls that open a way in, and where they listen.
//!
//! Only resolved names count, so that a `bind` of a database query or of a type of the workspace's own is never taken for
//! a socket.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::facts::code::{Call, Code, Value};

use super::openings::{self, Side};
use super::told_by_files::ToldByFiles;

/// What kind of way in it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// TCP, and what stands on it.
    Tcp,
    /// UDP and QUIC.
    Udp,
    /// A Unix socket.
    Unix,
}

/// A call in product code that opens a way in.
#[derive(Debug)]
pub struct Listener<'a> {
    /// The call.
    pub call: &'a Call,
    /// What is called, for people.
    pub name: String,
    /// What kind of way in it is.
    pub transport: Transport,
    /// Where it listens, as far as it can be told.
    pub address: Address,
    /// What files of settings say of that.
    pub files: ToldByFiles,
}

/// Where a listener listens, as far as it can be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// The host part.
    pub host: Option<Host>,
    /// The port.
    pub port: Option<u16>,
}

/// The host part of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// All interfaces.
    Any,
    /// This machine only.
    Loopback,
    /// One address or name.
    One(String),
}

/// The ways in that product code opens, in the order of places.
#[must_use]
pub fn opened(code: &Code) -> Vec<Listener<'_>> {
    let ways = openings::opened(code).into_iter().filter(|way| way.side() == Side::In);
    ways.map(|way| Listener {
        call: &way.opened.call,
        name: way.opened.name.clone(),
        transport: way.transport(),
        address: way.address,
        files: way.files,
    })
    .collect()
}

/// The address that a value stands for.
#[must_use]
pub fn address(value: &Value) -> Address {
    match value {
        Value::Text(text) => address_of_text(text),
        Value::Composed(parts) => {
            if let Some(text) = parts.iter().map(Option::as_deref).collect::<Option<String>>() {
                return address_of_text(&text);
            }
            let first = parts.first().and_then(Option::as_deref).unwrap_or_default();
            let last = parts.last().and_then(Option::as_deref).unwrap_or_default();
            Address {
                host: first.rsplit_once(':').and_then(|(host, _)| host_of_text(host)),
                port: last.rsplit_once(':').and_then(|(_, port)| port.parse().ok()),
            }
        }
        Value::Tuple(parts) if parts.len() == 2 => Address { host: host(&parts[0]), port: port(&parts[1]) },
        Value::Call(name, arguments) => {
            let called = name.resolved.as_deref().unwrap_or(&name.written);
            match (last_two(called), arguments.as_slice()) {
                ("SocketAddr::new" | "SocketAddrV4::new", [ip, number])
                | ("SocketAddrV6::new", [ip, number, ..]) => Address { host: host(ip), port: port(number) },
                ("SocketAddr::from", [inner]) => address(inner),
                _ => Address::default(),
            }
        }
        _ => Address::default(),
    }
}

impl Host {
    /// The word for it in models.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Any => "any",
            Self::Loopback => "loopback",
            Self::One(host) => host,
        }
    }
}

fn address_of_text(text: &str) -> Address {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Address { host: Some(host_of_ip(address.ip())), port: Some(address.port()) };
    }
    match text.rsplit_once(':') {
        Some((host, port)) => Address { host: host_of_text(host), port: port.parse().ok() },
        None => Address { host: host_of_text(text), port: None },
    }
}

fn port(value: &Value) -> Option<u16> {
    match value {
        Value::Integer(number) => u16::try_from(*number).ok(),
        // `#[arg(default_value = "104")]`
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn host(value: &Value) -> Option<Host> {
    match value {
        Value::Text(text) => host_of_text(text),
        Value::Bytes(bytes) => host_of_bytes(bytes),
        Value::Path(name) => match last_two(name.resolved.as_deref().unwrap_or(&name.written)) {
            "Ipv4Addr::UNSPECIFIED" | "Ipv6Addr::UNSPECIFIED" => Some(Host::Any),
            "Ipv4Addr::LOCALHOST" | "Ipv6Addr::LOCALHOST" => Some(Host::Loopback),
            _ => None,
        },
        Value::Call(name, arguments) => {
            let called = name.resolved.as_deref().unwrap_or(&name.written);
            match (last_two(called), arguments.as_slice()) {
                ("Ipv4Addr::new", numbers) => {
                    let bytes: Option<Vec<u8>> = numbers
                        .iter()
                        .map(|number| match number {
                            Value::Integer(number) => u8::try_from(*number).ok(),
                            _ => None,
                        })
                        .collect();
                    bytes.and_then(|bytes| host_of_bytes(&bytes))
                }
                ("Ipv4Addr::from", [Value::Integer(0)]) => Some(Host::Any),
                ("IpAddr::V4" | "IpAddr::V6" | "IpAddr::from" | "Ipv4Addr::from", [inner]) => host(inner),
                _ => None,
            }
        }
        _ => None,
    }
}

fn host_of_bytes(bytes: &[u8]) -> Option<Host> {
    let four: Option<[u8; 4]> = bytes.try_into().ok();
    let sixteen: Option<[u8; 16]> = bytes.try_into().ok();
    four.map(|four| IpAddr::V4(Ipv4Addr::from(four)))
        .or(sixteen.map(|sixteen| IpAddr::V6(Ipv6Addr::from(sixteen))))
        .map(host_of_ip)
}

fn host_of_ip(ip: IpAddr) -> Host {
    match ip {
        ip if ip.is_unspecified() => Host::Any,
        ip if ip.is_loopback() => Host::Loopback,
        ip => Host::One(ip.to_string()),
    }
}

fn host_of_text(text: &str) -> Option<Host> {
    let text = text.trim_start_matches('[').trim_end_matches(']');
    match text.parse::<IpAddr>() {
        Ok(ip) => Some(host_of_ip(ip)),
        Err(_) if text == "localhost" => Some(Host::Loopback),
        Err(_) if text.is_empty() => None,
        Err(_) => Some(Host::One(text.to_owned())),
    }
}

/// The last two segments of a path: the type and its function or constant.
fn last_two(path: &str) -> &str {
    let mut ends = path.rmatch_indices("::").map(|(at, _)| at + 2);
    ends.nth(1).map_or(path, |at| &path[at..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::code::Name;

    fn name(path: &str) -> Name {
        Name { written: path.into(), resolved: Some(path.into()) }
    }

    fn is(value: &Value, host: Option<Host>, port: Option<u16>) {
        assert_eq!(address(value), Address { host, port }, "{value:?}");
    }

    #[test]
    fn addresses_are_read_in_the_ways_people_write_them() {
        let text = |text: &str| Value::Text(text.to_owned());
        is(&text("0.0.0.0:8443"), Some(Host::Any), Some(8443));
        is(&text("[::]:8443"), Some(Host::Any), Some(8443));
        is(&text("[::1]:80"), Some(Host::Loopback), Some(80));
        is(&text("localhost:80"), Some(Host::Loopback), Some(80));
        is(&text("10.1.2.3:104"), Some(Host::One("10.1.2.3".to_owned())), Some(104));
        is(&text("0.0.0.0:99999"), Some(Host::Any), None);
        is(&Value::Tuple(vec![text("127.0.0.1"), Value::Integer(0)]), Some(Host::Loopback), Some(0));
        is(&Value::Tuple(vec![Value::Bytes(vec![0; 4]), Value::Unknown]), Some(Host::Any), None);
        let unspecified = Value::Path(name("std::net::Ipv4Addr::UNSPECIFIED"));
        is(
            &Value::Call(
                Box::new(name("std::net::SocketAddrV4::new")),
                vec![unspecified, Value::Integer(8443)],
            ),
            Some(Host::Any),
            Some(8443),
        );
        let zeros = Value::Call(Box::new(name("std::net::Ipv4Addr::new")), vec![Value::Integer(0); 4]);
        let ip = Value::Call(Box::new(name("std::net::IpAddr::V4")), vec![zeros]);
        is(&Value::Tuple(vec![ip, Value::Integer(1)]), Some(Host::Any), Some(1));
        is(&Value::Composed(vec![Some("0.0.0.0:".to_owned()), None]), Some(Host::Any), None);
        is(&Value::Composed(vec![None, Some(":8080".to_owned())]), None, Some(8080));
        let known = vec![Some("0.0.0.0:".to_owned()), Some("8080".to_owned())];
        is(&Value::Composed(known), Some(Host::Any), Some(8080));
    }

    #[test]
    fn what_cannot_be_told_is_not_guessed() {
        is(&Value::Unknown, None, None);
        is(&Value::Composed(vec![None, None]), None, None);
        is(&Value::Composed(Vec::new()), None, None);
        is(&Value::Composed(vec![None, Some("80".to_owned())]), None, None);
        is(&Value::Call(Box::new(name("pump::address")), Vec::new()), None, None);
        is(&Value::Text(String::new()), None, None);
    }
}
