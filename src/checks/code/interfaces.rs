//! Interfaces: connections without encryption, routes for development.

use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Site, Value};
use crate::finding::Findings;

use super::{called, shipped, ships};

/// Protocols that carry everything in the clear.
const CLEAR: &[&str] = &[
    "http://",
    "ws://",
    "ftp://",
    "mqtt://",
    "tcp://",
    "amqp://",
    "ldap://",
    "redis://",
    "smtp://",
    "telnet://",
    "coap://",
    "nats://",
];

/// Names of calls that open a connection to an address.
const CONNECTS: &[&str] = &[
    "get",
    "post",
    "put",
    "delete",
    "patch",
    "head",
    "request",
    "connect",
    "connect_async",
    "connect_lazy",
    "connect_with_str",
    "open",
    "new",
    "from_url",
    "from_str",
    "builder",
    "with_uri_str",
    "from_static",
    "endpoint",
    "uri",
    "url",
    "base_url",
    "connect_addr",
    "with_url",
];

pub(super) fn clear_text_connection(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts).filter(|call| connects(call)) {
        for argument in &call.arguments {
            let text: String = match &argument.value {
                Value::Text(text) => text.clone(),
                // What is not known stands for one name.
                Value::Composed(parts) => parts.iter().map(|part| part.as_deref().unwrap_or("x")).collect(),
                _ => continue,
            };
            if let Some(protocol) = CLEAR.iter().find(|protocol| text.starts_with(**protocol))
                && !stays_near(&text[protocol.len()..])
            {
                found
                    .add(
                        &argument.at,
                        format!("what goes to this `{protocol}` address can be read and changed on the way"),
                    )
                    .about(&call.site.within);
            }
        }
    }
}

/// True for a call of a client.
fn connects(call: &Call) -> bool {
    const CLIENTS: &[&str] = &[
        "reqwest",
        "ureq",
        "hyper",
        "hyper_util",
        "awc",
        "surf",
        "isahc",
        "attohttpc",
        "minreq",
        "curl",
        "tokio_tungstenite",
        "tungstenite",
        "async_tungstenite",
        "lapin",
        "ldap3",
        "redis",
        "paho_mqtt",
        "rumqttc",
        "tonic",
        "suppaftp",
        "async_nats",
        "nats",
        "elasticsearch",
        "opensearch",
        "influxdb",
        "influxdb2",
        "clickhouse",
        "deadpool_lapin",
        "bb8_redis",
        "reqwest_middleware",
        "meilisearch_sdk",
        "jsonrpsee",
        "oauth2",
        "openidconnect",
        "opentelemetry_otlp",
        "url",
        "http",
    ];
    let (path, name) = match &call.callee {
        Callee::Path(path) => {
            (path.resolved.as_deref(), path.written.rsplit("::").next().unwrap_or_default())
        }
        Callee::Method { name, receiver, .. } => {
            (receiver.as_ref().and_then(|name| name.resolved.as_deref()), name.as_str())
        }
        Callee::Macro(_) => return false,
    };
    let krate = path.and_then(|path| path.split("::").next()).unwrap_or_default();
    CLIENTS.contains(&krate) && !["url", "http"].contains(&krate) && CONNECTS.contains(&name)
}

/// True for an address on this machine, in this network, or of an example.
fn stays_near(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    let private = ["127.", "10.", "192.168.", "169.254.", "0.0.0.0", "[::1]", "[::]", "[fe80", "[fd"];
    let top = host.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    host.is_empty()
        || ["localhost", "local", "internal", "invalid", "test"].contains(&top.as_str())
        || !host.contains('.') && !host.starts_with('[')
        || private.iter().any(|start| host.starts_with(start))
        || is_172(host)
}

/// 172.16.0.0/12.
fn is_172(host: &str) -> bool {
    let second = host.strip_prefix("172.").and_then(|rest| rest.split('.').next()?.parse::<u8>().ok());
    second.is_some_and(|second| (16..32).contains(&second))
}

/// Beginnings of routes that are for developers and operators.
const ROUTES: &[&str] = &[
    "/debug",
    "/_debug",
    "/pprof",
    "/__debug",
    "/actuator",
    "/swagger",
    "/api-docs",
    "/graphiql",
    "/playground",
    "/metrics",
    "/heapdump",
    "/threaddump",
    "/env",
    "/.env",
];

pub(super) fn debug_route(facts: &Facts, found: &mut Findings<'_>) {
    const METHODS: &[&str] =
        &["route", "nest", "at", "mount", "service", "resource", "nest_service", "route_service", "scope"];
    const SERVERS: &[&str] =
        &["axum", "actix_web", "tide", "poem", "salvo", "rocket", "ntex", "gotham", "warp", "viz"];
    const TOOLS: &[&str] = &[
        "console_subscriber::init",
        "console_subscriber::spawn",
        "console_subscriber::ConsoleLayer::builder",
        "pprof::ProfilerGuardBuilder::default",
        "pprof::ProfilerGuard::new",
        "utoipa_swagger_ui::SwaggerUi::new",
        "async_graphql::http::GraphiQLSource::build",
        "async_graphql::http::playground_source",
    ];
    for call in shipped(facts).filter(|call| !is_conditional(call)) {
        let (what, at) = match &call.callee {
            Callee::Method { name, receiver, .. } if METHODS.contains(&name.as_str()) => {
                let from = receiver
                    .as_ref()
                    .and_then(|name| name.resolved.as_deref())
                    .and_then(|path| path.split("::").next());
                let Some(Value::Text(route)) = call.arguments.first().map(|argument| &argument.value) else {
                    continue;
                };
                if !from.is_some_and(|krate| SERVERS.contains(&krate)) || !is_for_developers(route) {
                    continue;
                }
                (format!("the route `{route}`"), call.arguments[0].at.clone())
            }
            Callee::Path(_) => match called(call).filter(|path| TOOLS.contains(path)) {
                Some(path) => (format!("`{path}`"), call.site.at.clone()),
                None => continue,
            },
            _ => continue,
        };
        found
            .add(&at, format!("{what} shows the inside of the program, in every build"))
            .about(&call.site.within);
    }
    for item in facts.code.items.iter().filter(|item| ships(&item.site) && !is_chosen(&item.site)) {
        let route = item.attributes.iter().find_map(|text| {
            let (verb, rest) = text.split_once("(\"")?;
            ["get", "post", "route"]
                .contains(&verb.rsplit("::").next()?)
                .then(|| rest.split('"').next())
                .flatten()
        });
        if let Some(route) = route.filter(|route| is_for_developers(route)) {
            found
                .add(
                    &item.site.at,
                    format!("the route `{route}` shows the inside of the program, in every build"),
                )
                .about(&item.path);
        }
    }
}

/// True below a condition: a feature, a debug build, a setting.
fn is_conditional(call: &Call) -> bool {
    call.conditional || is_chosen(&call.site)
}

/// True below a `cfg` that somebody chooses, and not the platform alone.
fn is_chosen(site: &Site) -> bool {
    const OF_PLATFORM: &[&str] = &["all", "any", "not", "panic", "unix", "windows"];
    site.cfg.iter().any(|condition| {
        let outside = condition.split('"').step_by(2);
        let mut words = outside.flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || c == '_')));
        words.any(|word| !word.is_empty() && !word.starts_with("target_") && !OF_PLATFORM.contains(&word))
    })
}

fn is_for_developers(route: &str) -> bool {
    ROUTES.iter().any(|start| {
        route
            .strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '-', '{', '*']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_near_by_are_told_from_far_ones() {
        for near in [
            "localhost:80",
            "127.0.0.1/x",
            "10.1.2.3",
            "172.16.0.1:9",
            "192.168.1.1",
            "db:5432",
            "[::1]:80",
            "",
            "lab.internal/x",
            "printer.local",
        ] {
            assert!(stays_near(near), "{near}");
        }
        for far in ["example.org/x", "172.32.0.1", "11.0.0.1", "user@lab.example.org:80", "[2001:db8::1]"] {
            assert!(!stays_near(far), "{far}");
        }
    }

    #[test]
    fn routes_for_developers_are_told() {
        for route in ["/debug", "/debug/pprof", "/metrics", "/swagger-ui", "/env"] {
            assert!(is_for_developers(route), "{route}");
        }
        for route in ["/debugger", "/environment", "/", "/patients/metrics"] {
            assert!(!is_for_developers(route), "{route}");
        }
    }
}
