//! Attributes: conditions, tests, lint levels, unsafe attributes, documentation.

use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit::Visit as _;
use syn::{Attribute, Expr, Lit, Meta, Token};

use super::seen::{self, Lint};
use super::syntax::Walk;
use super::{UnsafeKind, spans};
use crate::facts::lints::LintLevel;

/// What the attributes of one thing say together.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its name")]
pub(super) struct Said {
    /// Conditions of `cfg`, as written.
    pub cfg: Vec<String>,
    /// A condition holds only in tests, or a test attribute stands here.
    pub test: bool,
    pub test_fn: bool,
    pub ignored: bool,
    pub macro_use: bool,
    /// Every `#[path]` with whether it is certain.
    pub paths: Vec<(String, bool)>,
}

impl Said {
    /// Reads them; `shipped` are the features for tests that the product is built with.
    pub(super) fn by(attributes: &[Attribute], text: &str, shipped: &[String]) -> Self {
        let mut said = Self::default();
        for attribute in attributes {
            said.read(&attribute.meta, text, shipped, true);
        }
        said.test |= said.test_fn;
        said
    }

    fn read(&mut self, meta: &Meta, text: &str, shipped: &[String], certain: bool) {
        let path = meta.path();
        let Some(segment) = path.segments.last() else { return };
        let name = segment.ident.to_string();
        match (name.as_str(), meta) {
            ("cfg", Meta::List(list)) if certain => {
                let inside = spans::between(list.delimiter.span().open(), list.delimiter.span().close());
                self.cfg.push(slice(text, (inside.0 + 1, inside.1.saturating_sub(1))).trim().to_owned());
                if let Ok(condition) = list.parse_args::<Meta>() {
                    self.test |= only_in_tests(&condition, shipped);
                }
            }
            ("cfg_attr", Meta::List(_)) if certain => {
                for inner in conditional(meta) {
                    self.read(&inner, text, shipped, false);
                }
            }
            ("path", Meta::NameValue(pair)) => {
                if let Some(value) = string(&pair.value) {
                    self.paths.push((value, certain));
                }
            }
            ("ignore", _) if certain => self.ignored = true,
            ("macro_use", _) => self.macro_use = true,
            // Where its condition does not hold, the function is one like any other.
            (word, _) if certain => self.test_fn |= is_test_attribute(word),
            _ => {}
        }
    }
}

/// The lint that unsafe code meets.
const UNSAFE_CODE: &str = "unsafe_code";

/// True for an attribute that leaves what it stands on as it is.
fn is_of_compiler(attribute: &Attribute) -> bool {
    const KNOWN: &[&str] = &[
        "allow",
        "cfg",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "feature",
        "forbid",
        "inline",
        "must_use",
        "no_mangle",
        "no_std",
        "recursion_limit",
        "repr",
        "target_feature",
        "track_caller",
        "unsafe",
        "warn",
    ];
    KNOWN.iter().any(|name| attribute.path().is_ident(name))
}

fn is_test_attribute(word: &str) -> bool {
    matches!(word, "test" | "rstest" | "test_case" | "test_matrix" | "bench" | "quickcheck" | "property_test")
}

/// True where a condition can hold only while testing: `test`, alone or as `any(test, feature = "test-utils")` with a
/// feature that does not ship.
fn only_in_tests(condition: &Meta, shipped: &[String]) -> bool {
    let only = |part: &Meta| only_in_tests(part, shipped);
    match condition {
        Meta::Path(path) => path.is_ident("test") || path.is_ident("doctest"),
        Meta::NameValue(_) => false,
        Meta::List(list) => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            let parts = parts.unwrap_or_default();
            match list.path.get_ident() {
                Some(all) if all == "all" => parts.iter().any(only),
                Some(any) if any == "any" => {
                    let unshipped = |name: String| !shipped.contains(&name) && is_for_tests(&name);
                    let for_tests = |part: &Meta| only(part) || feature(part).is_some_and(unshipped);
                    parts.iter().any(only) && parts.iter().all(for_tests)
                }
                _ => false,
            }
        }
    }
}

/// The feature that a condition asks for.
fn feature(condition: &Meta) -> Option<String> {
    let Meta::NameValue(said) = condition else { return None };
    string(&said.value).filter(|_| said.path.is_ident("feature"))
}

/// True for `test-utils` and its like.
pub(super) fn is_for_tests(feature: &str) -> bool {
    let mut words = feature.split(['-', '_']);
    words.any(|word| matches!(word, "test" | "tests" | "testing" | "mock" | "mocks" | "fixtures" | "fuzzing"))
}

/// The attributes inside a `cfg_attr`.
fn conditional(meta: &Meta) -> Vec<Meta> {
    let Meta::List(list) = meta else { return Vec::new() };
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    parts.unwrap_or_default().into_iter().skip(1).collect()
}

pub(super) fn slice(text: &str, span: seen::Span) -> &str {
    text.get(span.0 as usize..span.1 as usize).unwrap_or("")
}

fn string(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::Group(group) => string(&group.expr),
        _ => None,
    }
}

/// The `# Safety` section of a documentation.
pub(super) fn safety_section(attributes: &[Attribute]) -> Option<String> {
    let mut section: Option<String> = None;
    for attribute in attributes {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        if !pair.path.is_ident("doc") {
            continue;
        }
        for line in string(&pair.value)?.lines() {
            let line = line.trim().trim_start_matches("* ");
            let heading = line.starts_with('#').then(|| line.trim_matches(['#', ' ', ':']));
            match (heading, &mut section) {
                (Some(title), None) if title.eq_ignore_ascii_case("safety") => section = Some(String::new()),
                (Some(_), Some(_)) => return section.filter(|text| !text.is_empty()),
                (None, Some(text)) if !line.is_empty() => {
                    if !text.is_empty() {
                        text.push(' ');
                    }
                    text.push_str(line);
                }
                _ => {}
            }
        }
    }
    section.filter(|text| !text.is_empty())
}

impl Walk<'_> {
    /// Attributes as written, without `#[` and `]`; documentation is left out.
    pub(super) fn written(&mut self, attributes: &[Attribute]) -> Vec<seen::Str> {
        let mut written = Vec::new();
        for attribute in attributes {
            if attribute.path().is_ident("doc") {
                continue;
            }
            let brackets = attribute.bracket_token.span;
            let (start, end) = spans::between(brackets.open(), brackets.close());
            let inside = slice(self.text, (start + 1, end.saturating_sub(1))).trim();
            written.push(self.intern(inside));
        }
        written
    }

    /// Lint levels and unsafe attributes of one attribute.
    pub(super) fn attribute(&mut self, meta: &Meta, attribute: &Attribute, condition: Option<&str>) {
        let Some(segment) = meta.path().segments.last() else { return };
        let word = segment.ident.to_string();
        match (word.as_str(), meta) {
            (word, _) if LintLevel::named(word).is_some() => self.lints(meta, attribute, condition),
            ("cfg_attr", Meta::List(list)) if condition.is_none() => {
                let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
                let mut parts = parts.unwrap_or_default().into_iter();
                let Some(first) = parts.next() else { return };
                let span = first.span().byte_range();
                let condition = self.text.get(span).unwrap_or("").to_owned();
                for inner in parts {
                    self.attribute(&inner, attribute, Some(&condition));
                }
            }
            ("unsafe" | "no_mangle" | "export_name" | "link_section", _) => {
                let at = spans::of_path(meta.path());
                let start = spans::start(attribute.pound_token.span);
                let argument = self.comments.argument(self.text, &[at.0, start]);
                self.unsafe_site(UnsafeKind::Attribute, at, argument);
            }
            _ => {}
        }
    }

    fn lints(&mut self, given: &Meta, of: &Attribute, condition: Option<&str>) {
        let condition = condition.map(|condition| self.intern(condition));
        for (path, level, reason) in levels(given) {
            let written = super::syntax::path_text(&path);
            let at = spans::of_path(&path);
            let said = Lint {
                scope: self.scope,
                at,
                name: self.intern(&written),
                level,
                reason: reason.map(|reason| self.intern(&reason)),
                of_file: self.scope == 0 && matches!(of.style, syn::AttrStyle::Inner(_)),
                condition,
                in_macro: self.in_macro,
                reach: seen::Reach::Code(at),
                word: spans::of_path(given.path()),
                over_unsafe: false,
            };
            self.seen.inside.lints.push(said);
        }
    }

    /// Reads attributes and then what they stand on, and tells which of them stand on unsafe code.
    pub(super) fn below(&mut self, attributes: &[Attribute], work: impl FnOnce(&mut Self)) {
        let (lints, sites) = (self.seen.inside.lints.len(), self.seen.inside.unsafe_sites.len());
        for attribute in attributes {
            self.visit_attribute(attribute);
        }
        let below = self.seen.inside.lints.len();
        work(self);
        // What a macro makes of an item nobody knows.
        if below == lints || !attributes.iter().all(is_of_compiler) {
            return;
        }
        let speaks = |lint: &Lint| self.seen.str(lint.name) == UNSAFE_CODE;
        let answered = self.seen.inside.lints[below..].iter().any(speaks);
        let is_sure = |site: &seen::Unsafe| {
            !site.in_macro
                && matches!(site.kind, UnsafeKind::Block | UnsafeKind::Impl)
                && self.unconditional(site.scope)
        };
        if answered || !self.seen.inside.lints[lints..below].iter().any(speaks) {
            return;
        }
        let over_unsafe = self.seen.inside.unsafe_sites[sites..].iter().any(is_sure);
        for lint in &mut self.seen.inside.lints[lints..below] {
            lint.over_unsafe = over_unsafe;
        }
    }

    /// True where no condition stands between the present scope and one inside it.
    fn unconditional(&self, mut scope: seen::ScopeId) -> bool {
        while scope != self.scope {
            let Some(inner) = self.seen.scopes.get(scope as usize).filter(|inner| inner.cfg.is_empty())
            else {
                return false;
            };
            if inner.parent == scope {
                return false;
            }
            scope = inner.parent;
        }
        true
    }
}

/// The lints of `allow(..)` and its kin, each with the level and the reason given.
pub(super) fn levels(meta: &Meta) -> Vec<(syn::Path, LintLevel, Option<String>)> {
    let Meta::List(list) = meta else { return Vec::new() };
    let word = list.path.get_ident().map(ToString::to_string).unwrap_or_default();
    let Some(level) = LintLevel::named(&word) else { return Vec::new() };
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
    let reason = parts.iter().find_map(|part| match part {
        Meta::NameValue(pair) if pair.path.is_ident("reason") => string(&pair.value),
        _ => None,
    });
    let lints = parts.into_iter().filter_map(|part| match part {
        Meta::Path(path) => Some((path, level, reason.clone())),
        _ => None,
    });
    lints.collect()
}
