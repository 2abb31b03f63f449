//! Calls that open a way in: sockets and servers, by the full name of what is called.
//!
//! The tables are data: a framework is added by a line. Only resolved names count, so that a
//! `bind` of a database query or of a type of the workspace's own is never taken for a socket.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::facts::code::{Call, Callee, Code, Scope, Value};

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

/// Functions that open a listener: the full name, and which argument is the address.
const FUNCTIONS: &[(&str, Transport, usize)] = &[
    ("std::net::TcpListener::bind", Transport::Tcp, 0),
    ("std::net::UdpSocket::bind", Transport::Udp, 0),
    ("std::os::unix::net::UnixListener::bind", Transport::Unix, 0),
    ("std::os::unix::net::UnixListener::bind_addr", Transport::Unix, 0),
    ("std::os::unix::net::UnixDatagram::bind", Transport::Unix, 0),
    ("tokio::net::TcpListener::bind", Transport::Tcp, 0),
    ("tokio::net::UdpSocket::bind", Transport::Udp, 0),
    ("tokio::net::UnixListener::bind", Transport::Unix, 0),
    ("tokio::net::UnixDatagram::bind", Transport::Unix, 0),
    ("async_std::net::TcpListener::bind", Transport::Tcp, 0),
    ("async_std::net::UdpSocket::bind", Transport::Udp, 0),
    ("async_std::os::unix::net::UnixListener::bind", Transport::Unix, 0),
    ("async_net::TcpListener::bind", Transport::Tcp, 0),
    ("async_net::UdpSocket::bind", Transport::Udp, 0),
    ("smol::net::TcpListener::bind", Transport::Tcp, 0),
    ("smol::net::UdpSocket::bind", Transport::Udp, 0),
    ("smol::net::unix::UnixListener::bind", Transport::Unix, 0),
    ("mio::net::TcpListener::bind", Transport::Tcp, 0),
    ("mio::net::UdpSocket::bind", Transport::Udp, 0),
    ("mio::net::UnixListener::bind", Transport::Unix, 0),
    ("axum_server::bind", Transport::Tcp, 0),
    ("axum_server::bind_rustls", Transport::Tcp, 0),
    ("axum_server::bind_openssl", Transport::Tcp, 0),
    ("axum_server::Server::bind", Transport::Tcp, 0),
    ("hyper::Server::bind", Transport::Tcp, 0),
    ("hyper::server::Server::bind", Transport::Tcp, 0),
    ("axum::Server::bind", Transport::Tcp, 0),
    ("tiny_http::Server::http", Transport::Tcp, 0),
    ("tiny_http::Server::https", Transport::Tcp, 0),
    ("tiny_http::Server::http_unix", Transport::Unix, 0),
    ("rouille::start_server", Transport::Tcp, 0),
    ("gotham::start", Transport::Tcp, 0),
    ("poem::listener::TcpListener::bind", Transport::Tcp, 0),
    ("poem::listener::UnixListener::bind", Transport::Unix, 0),
    ("quinn::Endpoint::server", Transport::Udp, 1),
];

/// Methods that open a listener: where the receiver comes from, the methods, and the transport.
/// The address is the first argument.
const METHODS: &[(&str, &[&str], Transport)] = &[
    (
        "actix_web::HttpServer",
        &["bind", "bind_auto_h2c", "bind_rustls", "bind_rustls_0_23", "bind_openssl"],
        Transport::Tcp,
    ),
    ("actix_web::HttpServer", &["bind_uds"], Transport::Unix),
    ("ntex::web::HttpServer", &["bind", "bind_rustls", "bind_openssl"], Transport::Tcp),
    ("tonic::transport::Server", &["serve", "serve_with_shutdown"], Transport::Tcp),
    ("warp::serve", &["run", "bind", "try_bind", "bind_with_graceful_shutdown"], Transport::Tcp),
    ("rocket::build", &["launch"], Transport::Tcp),
    ("rocket::custom", &["launch"], Transport::Tcp),
    ("salvo::conn::TcpListener", &["bind", "try_bind"], Transport::Tcp),
    ("salvo::prelude::TcpListener", &["bind", "try_bind"], Transport::Tcp),
    ("socket2::Socket", &["listen"], Transport::Tcp),
    ("tokio::net::TcpSocket", &["listen"], Transport::Tcp),
    ("tide::new", &["listen", "bind"], Transport::Tcp),
];

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
///
/// A socket that answers nobody is none: a UDP socket on a port that the system chooses is how a
/// client asks, and a TCP listener on such a port of the loopback is how a free port is found.
#[must_use]
pub fn opened(code: &Code) -> Vec<Listener<'_>> {
    code.calls
        .iter()
        .filter(|call| call.site.scope == Scope::Product)
        .filter_map(listener)
        .filter(|listener| {
            let free_port = listener.address.port == Some(0);
            let loopback = listener.address.host == Some(Host::Loopback);
            !(free_port && (loopback || listener.transport == Transport::Udp))
        })
        .collect()
}

fn listener(call: &Call) -> Option<Listener<'_>> {
    let (name, transport, argument) = match &call.callee {
        Callee::Path(name) => {
            let path = name.resolved.as_deref()?;
            let (_, transport, argument) = FUNCTIONS.iter().find(|(known, ..)| *known == path)?;
            (path.to_owned(), *transport, *argument)
        }
        Callee::Method { name, receiver, .. } => {
            let start = receiver.as_ref()?.resolved.as_deref()?;
            let (known, _, transport) = METHODS.iter().find(|(known, methods, _)| {
                methods.contains(&name.as_str())
                    && start.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            })?;
            (format!("{known}::{name}"), *transport, 0)
        }
        Callee::Macro(_) => return None,
    };
    let address = call.arguments.get(argument).map(|argument| address(&argument.value)).unwrap_or_default();
    Some(Listener { call, name, transport, address })
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
