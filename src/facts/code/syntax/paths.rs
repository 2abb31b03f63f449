//! Paths and names as text.

use std::fmt::Write as _;

use syn::{Ident, Path, Type};

/// A path without its generics: `std::vec::Vec`, with a leading `::` where it is written.
pub(in crate::facts::code) fn path_text(path: &Path) -> String {
    let mut text = String::new();
    write_path(&mut text, path);
    text
}

pub(super) fn write_path(text: &mut String, path: &Path) {
    for (index, segment) in path.segments.iter().enumerate() {
        if index > 0 || path.leading_colon.is_some() {
            text.push_str("::");
        }
        write_name(text, &segment.ident);
    }
}

/// A name without what makes a keyword one.
pub(super) fn write_name(text: &mut String, ident: &Ident) {
    let start = text.len();
    // Writing to a text does not fail.
    let _ = write!(text, "{ident}");
    if text[start..].starts_with("r#") {
        text.drain(start..start + 2);
    }
}

/// Types whose methods are those of what is inside: pointers, and how frameworks hand out their state.
const DEREFS: &[&str] = &["Box", "Arc", "Rc", "Data", "State", "Extension", "LazyLock", "Lazy"];

/// The path of a type, through references and owning pointers, as method calls see it.
pub(in crate::facts::code) fn path_of_type(ty: &Type) -> Option<&Path> {
    match ty {
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last()?;
            if let syn::PathArguments::AngleBracketed(generics) = &last.arguments
                && DEREFS.contains(&last.ident.to_string().as_str())
                && let Some(syn::GenericArgument::Type(inner)) = generics.args.first()
            {
                return path_of_type(inner);
            }
            Some(&path.path)
        }
        Type::Reference(reference) => path_of_type(&reference.elem),
        Type::Paren(paren) => path_of_type(&paren.elem),
        Type::Group(group) => path_of_type(&group.elem),
        Type::TraitObject(object) => bound(&object.bounds),
        Type::ImplTrait(object) => bound(&object.bounds),
        _ => None,
    }
}

pub(super) fn bound(
    bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, syn::Token![+]>,
) -> Option<&Path> {
    match bounds.first()? {
        syn::TypeParamBound::Trait(bound) => Some(&bound.path),
        _ => None,
    }
}
