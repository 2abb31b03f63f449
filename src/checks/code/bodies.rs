//! What the body of a request may hold.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::code::anatomy::{NameId, Shape, Type, TypeItem};
use crate::facts::code::{FieldFact, Item, ItemKind};
use crate::finding::Findings;

use super::ships;

/// What frameworks read from the body of a request.
const BODIES: &[&str] = &[
    "actix_web::web::Form",
    "actix_web::web::Json",
    "axum::Form",
    "axum::Json",
    "axum::extract::Form",
    "axum::extract::Json",
    "poem::web::Form",
    "poem::web::Json",
    "rocket::form::Form",
    "rocket::serde::json::Json",
];

pub(super) fn unknown_field_dropped(facts: &Facts, found: &mut Findings<'_>) {
    let anatomy = &facts.code.anatomy;
    let mut told = BTreeSet::new();
    for function in anatomy.functions.iter().filter(|function| ships(&function.site)) {
        let read = function.is.inputs.iter().filter_map(|input| read_from_body(function, &input.of));
        for of in read.filter_map(|name| anatomy.type_named(function.name(name))) {
            if !told.insert(of.site.within.clone()) || !is_read(of) {
                continue;
            }
            let item = facts.code.items.iter().find(|item| is_type(item) && *item.path == *of.site.within);
            let Some((item, field)) = item.and_then(|item| Some((item, optional(item)?))) else { continue };
            found
                .add(
                    &of.site.at,
                    format!("what it does not know is dropped, and `{}` may be left out", field.name),
                )
                .about(&item.path)
                .with(&function.site.at, "read from a request here");
        }
    }
}

fn is_type(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Struct | ItemKind::Enum)
}

/// The type that a parameter brings from the body of a request.
fn read_from_body<T>(function: &Shape<T>, of: &Type) -> Option<NameId> {
    let Type::Path(name, types) = of else { return None };
    let body = function.name(*name).is_any(BODIES);
    types.first().filter(|_| body)?.head()
}

/// True for a type that can be read by `serde`.
fn is_read(of: &Shape<TypeItem>) -> bool {
    of.is.derives.iter().any(|derived| of.written(*derived).rsplit("::").next() == Some("Deserialize"))
}

/// A field that may be left out of a type that takes what it does not know.
fn optional(item: &Item) -> Option<&FieldFact> {
    let said = |attributes: &[String], word: &str| {
        attributes.iter().any(|text| text.starts_with("serde") && text.contains(word))
    };
    if said(&item.attributes, "deny_unknown_fields") {
        return None;
    }
    let whole = said(&item.attributes, "default");
    item.fields.iter().find(|field| {
        let skipped = said(&field.attributes, "skip") && !said(&field.attributes, "skip_serializing");
        let option = field.written.trim_start_matches("std::option::").starts_with("Option<");
        !skipped && (whole || option || said(&field.attributes, "default"))
    })
}
