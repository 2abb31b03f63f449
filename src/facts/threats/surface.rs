//! The attack surface: what the model declares and what the code opens, a line each.
//!
//! A line says what an outsider meets: kind, address, protocol, protection, peers. It names no function, file or id, so
//! that a refactoring leaves the surface as it is. Two ways in that look alike are two lines.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::listeners::{Listener, Transport, opened};
use super::{Interface, Model};
use crate::facts::code::Code;
use crate::facts::prints::hex;
use crate::source::Placed;

/// The version of how a surface is told: another one has other fingerprints.
const VERSION: &str = "hs1:";

/// An attack surface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surface {
    /// Its lines, sorted.
    pub lines: Vec<String>,
}

impl Surface {
    /// What a model declares and the code opens.
    #[must_use]
    pub fn of(model: &Model, code: &Code) -> Self {
        let declared = model.interfaces.iter().map(|interface| format!("declared: {}", told(interface)));
        let found = opened(code)
            .into_iter()
            .map(|listener| format!("found: {} {}", kind(listener.transport), place(&listener)));
        let mut lines: Vec<String> = declared.chain(found).collect();
        lines.sort();
        Self { lines }
    }

    /// A name for all of it: the same for the same, and for nothing else.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("{VERSION}{}", &hex(&Sha256::digest(self.lines.join("\n")))[..32])
    }

    /// The lines that only this one has, each as often as it has it more often than the others.
    #[must_use]
    pub fn beyond<'s>(&'s self, others: &[&str]) -> Vec<&'s str> {
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for other in others {
            *known.entry(other).or_default() += 1;
        }
        let mut beyond: Vec<&str> = self.lines.iter().map(String::as_str).collect();
        beyond.retain(|line| match known.get_mut(line) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        });
        beyond
    }
}

/// What an outsider meets at an interface.
fn told(interface: &Interface) -> String {
    let word = |text: &Option<Placed<String>>| text.as_ref().map(|text| text.value.clone());
    let [encryption, authentication, authorization] = &interface.transport;
    let mut peers: Vec<&str> = interface.peers.iter().map(|peer| peer.value.as_str()).collect();
    peers.sort_unstable();
    let parts = [
        word(&interface.kind),
        interface.port.as_ref().map(|port| format!("port {}", port.value)),
        word(&interface.bind).map(|bind| format!("on {bind}")),
        (!peers.is_empty()).then(|| format!("to {}", peers.join(" "))),
        word(&interface.protocol),
        word(encryption).map(|how| format!("encryption {how}")),
        word(authentication).map(|how| format!("authentication {how}")),
        word(authorization).map(|how| format!("authorization {how}")),
        word(&interface.state),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn kind(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "tcp-listen",
        Transport::Udp => "udp-listen",
        Transport::Unix => "unix-listen",
    }
}

fn place(listener: &Listener<'_>) -> String {
    let Listener { address, files, .. } = listener;
    let hosts: Vec<&str> = match &address.host {
        Some(host) => vec![host.word()],
        None => files.hosts.each().into_iter().map(|said| said.value.word()).collect(),
    };
    let ports: Vec<String> = match address.port {
        Some(port) => vec![port.to_string()],
        None => files.ports.each().into_iter().map(|said| said.value.to_string()).collect(),
    };
    let host = if hosts.is_empty() { "somewhere".to_owned() } else { hosts.join(" or ") };
    let port = if ports.is_empty() { "decided elsewhere".to_owned() } else { ports.join(" or ") };
    format!("port {port}, on {host}")
}
