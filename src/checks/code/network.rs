//! Certificate checks, and listeners.

use crate::facts::Facts;
use crate::facts::code::anatomy::{NodeId, Operator, What};
use crate::facts::code::{Call, Callee, Name, Site, Value};
use crate::finding::Findings;

use super::calls::{known, sinks_of};
use super::flow::Flow;
use super::{called, names, shipped};

pub(super) fn certificate_checks_off(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        let message = match switch(facts, call) {
            Some(Switch::Off(name)) => format!("`{name}` switches the check of the peer's certificate off"),
            Some(Switch::Variable(_) | Switch::Branch(_)) => continue,
            None => match unchecked(facts, call) {
                Some(message) if branch(call).is_none() => message,
                _ => continue,
            },
        };
        found.add(&call.name_place(), message).about(&call.site.within);
    }
}

pub(super) fn certificate_checks_switchable(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        let message = match switch(facts, call) {
            Some(Switch::Variable(name)) => {
                format!("the argument of `{name}` decides at run time whether certificates are checked")
            }
            Some(Switch::Branch(name)) => in_one_branch(name),
            Some(Switch::Off(_)) => continue,
            None => match branch(call).filter(|_| unchecked(facts, call).is_some()) {
                Some(name) => in_one_branch(name),
                None => continue,
            },
        };
        found.add(&call.name_place(), message).about(&call.site.within);
    }
}

fn in_one_branch(method: &str) -> String {
    format!("`{method}` switches the check of the peer's certificate off in one branch")
}

/// The name of a method that is called in a branch of its function only.
fn branch(call: &Call) -> Option<&str> {
    match &call.callee {
        Callee::Method { name, .. } if call.conditional => Some(name),
        _ => None,
    }
}

enum Switch<'c> {
    /// Off, whenever the function runs.
    Off(&'c str),
    /// Off in a branch of the function.
    Branch(&'c str),
    /// As the argument says.
    Variable(&'c str),
}

/// A call that switches certificate checks by its first argument.
fn switch<'c>(facts: &Facts, call: &'c Call) -> Option<Switch<'c>> {
    let Callee::Method { name, .. } = &call.callee else { return None };
    let (sink, argument) =
        known().certificates.iter().find_map(|sink| Some((sink, sink.argument(facts, call)?)))?;
    match argument.value {
        Value::Bool(value) if value != sink.off => None,
        Value::Bool(_) if !call.conditional => Some(Switch::Off(name)),
        Value::Bool(_) => Some(Switch::Branch(name)),
        _ => Some(Switch::Variable(name)),
    }
}

/// True for a call after which the certificate of the peer proves nothing, whenever its function runs.
pub(in crate::checks) fn leaves_certificates_unchecked(facts: &Facts, call: &Call) -> bool {
    match switch(facts, call) {
        Some(switch) => matches!(switch, Switch::Off(_)),
        None => branch(call).is_none() && unchecked(facts, call).is_some(),
    }
}

/// A call that leaves certificates unchecked in another way.
fn unchecked(facts: &Facts, call: &Call) -> Option<String> {
    match &call.callee {
        Callee::Path(_) => empty_verifier(facts, call),
        Callee::Method { name, receiver, .. } => {
            let from = receiver.as_ref().and_then(|name| name.resolved.as_deref()).unwrap_or_default();
            let arguments = || call.arguments.iter().flat_map(|argument| names(&argument.value));
            let texts: Vec<_> = call.arguments.iter().map(|argument| &argument.value).collect();
            if ["set_verify", "set_verify_callback"].contains(&name.as_str())
                && arguments().any(is_no_verification)
                && !serves(facts, call, from)
            {
                Some(format!("`{name}` with `SslVerifyMode::NONE` accepts every certificate"))
            } else if name == "ssl_options" && arguments().any(is_dangerous_option) {
                Some("`DANGER_ACCEPT_...` accepts certificates that prove nothing".to_owned())
            } else if name == "trust_cert" && from.starts_with("tiberius::") {
                Some("`trust_cert` accepts every certificate of the database server".to_owned())
            } else if name == "cert_validation"
                && arguments().any(|name| ends_in(name, "CertificateValidation::None"))
            {
                Some("`CertificateValidation::None` accepts every certificate".to_owned())
            } else if let [Value::Text(key), Value::Text(value)] = texts[..]
                && key == "enable.ssl.certificate.verification"
                && value == "false"
            {
                Some(format!("`{key}` is set to `false`: the broker's certificate is not checked"))
            } else {
                None
            }
        }
        Callee::Macro(_) => None,
    }
}

/// True where what is set up by OpenSSL waits for clients: that these show no certificate is the custom.
fn serves(facts: &Facts, call: &Call, from: &str) -> bool {
    // A context says nothing of its side; what the same file does with it does.
    let session = |other: &&Call| matches!(&other.callee, Callee::Method { receiver: Some(of), .. } if ends_in(of, "::Ssl::new"));
    let does = |method: &str| {
        let mut sessions = facts.code.calls.of_file(call.site.at.path()).iter().filter(session);
        sessions.any(|other| matches!(&other.callee, Callee::Method { name, .. } if name == method))
    };
    from.contains("::SslAcceptor") || from.contains("::SslContext") && does("accept") && !does("connect")
}

fn ends_in(name: &Name, end: &str) -> bool {
    name.resolved.as_deref().is_some_and(|path| path.ends_with(end))
}

fn is_no_verification(name: &Name) -> bool {
    ends_in(name, "::SslVerifyMode::NONE") || ends_in(name, "::SslVerifyMode::empty")
}

fn is_dangerous_option(name: &Name) -> bool {
    name.resolved.as_deref().is_some_and(|path| path.contains("::SslOption::DANGER_"))
}

/// A `rustls` verifier that hands out its assertion whatever the certificate; told at the first one.
fn empty_verifier(facts: &Facts, call: &Call) -> Option<String> {
    let asserts =
        |call: &Call| called(call).is_some_and(|path| path.ends_with("::ServerCertVerified::assertion"));
    if !asserts(call) || !call.site.within.ends_with("::verify_server_cert") || call.conditional {
        return None;
    }
    let (before, _) = facts.code.calls.around(&call.site.at);
    let mut before = before.iter().rev().take_while(|other| other.site.within == call.site.within);
    let of = facts.code.anatomy.function_at(&call.site.within);
    let decides = of.is_some_and(|of| decides(&Flow::of(&facts.code.anatomy, of), call));
    (!before.any(asserts) && !decides).then(|| "this verifier accepts every certificate".to_owned())
}

/// True for a verifier in which anything can come between a certificate and the assertion.
fn decides(flow: &Flow<'_>, assertion: &Call) -> bool {
    let asserts = |at: &NodeId| flow.place(*at).bytes() == assertion.site.at.bytes();
    let answers_something = |at: NodeId| {
        flow.body.around(at).any(|outer| matches!(flow.body.what(outer), What::Closure(_) | What::Method(..)))
    };
    flow.nodes().find(asserts).is_some_and(answers_something) || flow.nodes().any(|at| may_refuse(flow, at))
}

/// True for a node at which a verifier may take another way than to accept.
fn may_refuse(flow: &Flow<'_>, at: NodeId) -> bool {
    match flow.body.what(at) {
        What::If
        | What::Match
        | What::Try
        | What::LetCondition(_)
        | What::Loop(..)
        | What::Binary(Operator::Equal | Operator::Less | Operator::Greater | Operator::Logic) => true,
        // With an `else`.
        What::Let(..) => flow.child(at, 1).is_some(),
        What::Macro(_) => flow.macro_called(at).is_some_and(|name| {
            ["assert", "ensure", "bail", "panic", "matches"].iter().any(|word| name.contains(word))
        }),
        What::Method(..) if matches!(flow.method(at), Some("unwrap" | "expect")) => true,
        // What is given something to look at, and has nobody listen to its answer, may only end the program.
        What::Method(..) | What::Call(..) | What::Invoke => {
            let statement = flow.body.parent(at).is_some_and(|outer| *flow.body.what(outer) == What::Block);
            statement && flow.keys(at).iter().any(|key| flow.is_parameter(key)) && !drops(flow, at)
        }
        _ => false,
    }
}

fn drops(flow: &Flow<'_>, at: NodeId) -> bool {
    flow.called_last(at) == Some("drop")
}

pub(super) fn listener_on_all_interfaces(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        for sink in sinks_of(&known().listeners, call) {
            let Some(argument) = sink.argument(facts, call) else { continue };
            // A port of the system's choice is a client's socket, not a service.
            if !on_all_interfaces(&argument.value)
                || port(&argument.value) == Some(0)
                || is_declared(facts, &call.site)
            {
                continue;
            }
            found
                .add(&argument.at, format!("this {} listener is reachable on every network interface", sink.what))
                .about(&call.site.within)
                .help("listen on the address of the interface that needs it, or declare the interface with `bind = \"any\"` in the threat model");
        }
    }
}

/// True when a threat model says that the code at a site listens everywhere.
fn is_declared(facts: &Facts, site: &Site) -> bool {
    let interfaces = facts.threats.models.iter().flat_map(|model| &model.interfaces);
    interfaces.filter(|interface| interface.bind.as_ref().is_some_and(|bind| bind.value == "any")).any(
        |interface| {
            interface.code.iter().any(|code| {
                site.within == code.value
                    || site.within.strip_prefix(&code.value).is_some_and(|rest| rest.starts_with("::"))
            })
        },
    )
}

/// True for an address that stands for every interface.
fn on_all_interfaces(value: &Value) -> bool {
    match value {
        Value::Text(text) => is_any_address(text),
        Value::Composed(parts) => parts.first().and_then(Option::as_deref).is_some_and(is_any_prefix),
        Value::Bytes(bytes) => matches!(bytes.len(), 4 | 8 | 16) && bytes.iter().all(|byte| *byte == 0),
        Value::Path(name) => is_unspecified(name),
        Value::Call(name, arguments) => match name.resolved.as_deref() {
            Some("std::net::Ipv4Addr::new" | "std::net::Ipv6Addr::new") => {
                !arguments.is_empty() && arguments.iter().all(|argument| *argument == Value::Integer(0))
            }
            Some("std::net::Ipv4Addr::from" | "std::net::Ipv6Addr::from")
                if arguments.as_slice() == [Value::Integer(0)] =>
            {
                true
            }
            _ => arguments.first().is_some_and(on_all_interfaces),
        },
        Value::Tuple(items) => match items.as_slice() {
            [Value::Integer(_), ..] => {
                matches!(items.len(), 4 | 8 | 16) && items.iter().all(|item| *item == Value::Integer(0))
            }
            [address, ..] => on_all_interfaces(address),
            [] => false,
        },
        Value::Integer(_) | Value::Bool(_) | Value::Setting(_) | Value::Unknown => false,
    }
}

fn is_unspecified(name: &Name) -> bool {
    name.is_any(&["std::net::Ipv4Addr::UNSPECIFIED", "std::net::Ipv6Addr::UNSPECIFIED"])
}

/// True for `0.0.0.0:80`, `[::]:80`, `0.0.0.0`, `::`.
fn is_any_address(text: &str) -> bool {
    ["0.0.0.0", "[::]", "::", "*"].contains(&text) || is_any_prefix(text)
}

/// True for what starts with an address of every interface and goes on with a port.
fn is_any_prefix(text: &str) -> bool {
    ["0.0.0.0:", "[::]:"].iter().any(|start| text.starts_with(start)) || ["0.0.0.0", "[::]"].contains(&text)
}

/// The port of an address, if it is known.
fn port(value: &Value) -> Option<i128> {
    match value {
        Value::Text(text) => text.rsplit_once(':').and_then(|(_, port)| port.parse().ok()),
        Value::Composed(parts) => {
            let whole: Option<String> = parts.iter().map(Option::as_deref).collect();
            whole.and_then(|text| port(&Value::Text(text)))
        }
        Value::Tuple(items) | Value::Call(_, items) => match items.as_slice() {
            [_, Value::Integer(port)] => Some(*port),
            [inner] => port(inner),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_interface_are_told_from_others() {
        for text in ["0.0.0.0:80", "0.0.0.0", "[::]:443", "::"] {
            assert!(on_all_interfaces(&Value::Text(text.to_owned())), "{text}");
        }
        for text in ["127.0.0.1:80", "[::1]:443", "10.0.0.0:80", "0.0.0.01", "localhost:0", ""] {
            assert!(!on_all_interfaces(&Value::Text(text.to_owned())), "{text}");
        }
        let composed = |first: Option<&str>| Value::Composed(vec![first.map(str::to_owned), None]);
        assert!(on_all_interfaces(&composed(Some("0.0.0.0:"))));
        assert!(!on_all_interfaces(&composed(None)));
        assert!(!on_all_interfaces(&composed(Some("10.0.0.0:"))));
        assert_eq!(port(&Value::Text("0.0.0.0:0".to_owned())), Some(0));
    }
}
