//! The table of an interface.

use crate::document;
use crate::facts::known::interfaces::interfaces;
use crate::source::Placed;

use super::super::Interface;
use super::super::openings::{Side, side};
use super::super::references::{ACCEPTANCE, COMPONENT, ROLE, References};
use super::Table;

/// Somebody without a role: an interface that anyone may use says so.
const ANYONE: &str = "anyone";

pub(super) fn interface(id: Placed<String>, table: &mut Table<'_>, references: &mut References) -> Interface {
    let on = table.text("on");
    references.refer(&table.name, COMPONENT, &on);
    let roles = table.texts("roles");
    references.refer(&table.name, ROLE, roles.iter().filter(|role| role.value != ANYONE));
    let accepted_plain = table.text("accepted_plain");
    references.refer(&table.name, ACCEPTANCE, &accepted_plain);
    let mut transport = [None, None, None];
    table.inner("transport", |table| {
        transport = ["encryption", "authentication", "authorization"].map(|key| table.text(key));
    });
    let mut proof = Vec::new();
    table.inner("proof", |table| proof = table.texts("tests"));
    let port = table.fields.integer("port");
    if let Some(port) = port.as_ref().filter(|port| u16::try_from(port.value).is_err()) {
        let message = format!("`port` of [{}] can't be {}", table.name, port.value);
        table.fields.fault(&port.at, message, Some("a port is a number from 0 to 65535".to_owned()));
    }
    Interface {
        id,
        on,
        kind: kind_of(table),
        port,
        bind: bind(table),
        code: table.texts("code"),
        roles,
        state: table.text("state"),
        proof,
        peers: table.texts("peers"),
        protocol: table.text("protocol"),
        transport,
        accepted_plain,
        config: table.text("config"),
        why_open: table.text("why_open"),
        invalid_input: table.text("invalid_input"),
        by_crate: table.text("by_crate"),
        physical: table.fields.boolean("physical"),
        not_rust: table.fields.boolean("not_rust"),
    }
}

/// The kind of an interface: a word of one's own is one too, but no word that is known and misspelt. The checks would not
/// see what such an interface is.
fn kind_of(table: &mut Table<'_>) -> Option<Placed<String>> {
    let kind = table.text("kind")?;
    let known = interfaces().kinds();
    let is_one = known.contains(&kind.value.as_str()) || side(&kind.value) != Side::Here;
    let plain = kind.value.to_ascii_lowercase().replace(['_', ' '], "-");
    let meant = known.iter().find(|known| **known == plain).map(|known| format!("did you mean `{known}`?"));
    // Short words are near to too much.
    let long: Vec<&str> = known.iter().copied().filter(|known| known.contains('-')).collect();
    let near = meant.or_else(|| document::suggestion(&plain, &long)).filter(|_| !is_one);
    if let Some(near) = near {
        let message = format!("`kind` of [{}] can't be `{}`", table.name, kind.value);
        table.fields.fault(&kind.at, message, Some(near));
    }
    Some(kind)
}

/// Where an interface listens: `any`, `loopback`, an address or a name, but neither of the two words misspelt.
fn bind(table: &mut Table<'_>) -> Option<Placed<String>> {
    let bind = table.text("bind")?;
    let known = ["any", "loopback"];
    let near = document::suggestion(&bind.value.to_ascii_lowercase(), &known);
    if let Some(near) = near.filter(|_| !known.contains(&bind.value.as_str())) {
        let message = format!("`bind` of [{}] can't be `{}`", table.name, bind.value);
        table.fields.fault(&bind.at, message, Some(near));
    }
    Some(bind)
}
