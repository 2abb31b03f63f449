//! What is decided about threats: which models there are, which risk may remain, and which ports are the platform's.

use crate::document::{Fields, Value};
use crate::error::Fault;
use crate::source::Placed;

use super::Policy;

/// A port that the platform has open: `[[threats.platform]]`.
#[derive(Debug, Clone)]
pub struct PlatformPort {
    /// The port.
    pub port: Placed<i64>,
    /// `tcp` or `udp`; `tcp` where nothing is said.
    pub protocol: Option<Placed<String>>,
    /// What listens there, and why the product does not answer for it.
    pub reason: Placed<String>,
}

/// How grave a risk is, from least to worst.
pub const LEVELS: [&str; 5] = ["none", "low", "medium", "high", "critical"];

/// Reads `[threats]` into a policy: the models that it links, the risk that may remain, and the ports of the platform.
pub(super) fn read(table: &Value, policy: &mut Policy, faults: &mut Vec<Fault>) {
    let mut threats = Fields::new(table, "[threats]", faults);
    policy.threat_models = threats.strings("models");
    threats.word("acceptable", &LEVELS.map(|level| (level, ())));
    policy.acceptable_risk = threats.string("acceptable");
    let platform = threats.tables("platform");
    policy.platform_ports = platform.iter().filter_map(|port| read_port(port, threats.faults())).collect();
    threats.finish();
}

fn read_port(table: &Value, faults: &mut Vec<Fault>) -> Option<PlatformPort> {
    let mut fields = Fields::new(table, "[[threats.platform]]", faults);
    let port = fields.integer("port").filter(|port| (1..=65_535).contains(&port.value));
    if port.is_none() {
        fields.fault(&table.at(), "[[threats.platform]] has no `port` from 1 to 65535", None);
    }
    fields.word("protocol", &[("tcp", ()), ("udp", ())]);
    let protocol = fields.string("protocol");
    let reason = fields.required("reason");
    fields.finish();
    Some(PlatformPort { port: port?, protocol, reason: reason? })
}
