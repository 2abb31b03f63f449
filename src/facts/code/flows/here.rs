//! One file with its names: where its calls are, and what its roots are by themselves.

use super::super::names::CrateInfo;
use super::super::seen::{self, PathAt, Sym};
use super::super::settled::is_below;
use super::super::sites::Sites;
use super::super::text::Text;
use super::super::values::View;
use super::known::{
    Arrival, Called, Class, Entrance, HEALTH, PROOF, SCALAR, SECRET, SINK, SOURCE, SOURCE_TYPE, Trust,
    arrivals, known,
};
use super::raw::{From, Parameter, Root};
use super::trace::hides;
use super::{Content, Nature};
use crate::facts::known::patterns::{first, last};
use crate::source::Location;

/// A parameter that arrives somewhere.
#[derive(Debug, Clone)]
pub(super) struct Arriving {
    pub parameter: usize,
    pub to: &'static str,
    pub at: Location,
    pub marks: Vec<String>,
    pub whole: bool,
}

/// What a function returns.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// A content, with what it went through.
    Content(Content, Vec<String>),
    /// One of its arguments, or a part of it.
    Argument { index: usize, marks: Vec<String>, whole: bool },
}

/// What stands in one file, with names.
pub(in super::super) struct Here<'h> {
    pub seen: &'h seen::Seen,
    /// The calls of the file.
    pub calls: &'h [seen::Call],
    pub view: &'h View<'h, 'h>,
    pub sites: &'h Sites<'h>,
    /// The crate that the file is part of.
    pub crate_of: &'h CrateInfo,
}

/// What the functions of one file do with their parameters.
#[derive(Debug, Default)]
pub(in super::super) struct Told {
    pub(super) arriving: Vec<(String, Arriving)>,
    pub(super) returned: Vec<(String, Outcome)>,
    /// Functions that return more than is followed.
    pub(super) cut: Vec<String>,
}

impl Here<'_> {
    /// What the functions of the file do with their parameters.
    pub(in super::super) fn told(&self) -> Told {
        let mut told = Told::default();
        for returned in &self.seen.product.returned {
            let Some(path) = self.function(returned.function) else { continue };
            if returned.roots.cut {
                told.cut.push(path.clone());
            }
            let outcomes = returned.roots.iter().flat_map(|root| self.outcomes(root));
            told.returned.extend(outcomes.map(|outcome| (path.clone(), outcome)));
        }
        for trace in &self.seen.product.traces {
            let Some(call) = self.calls.get(trace.call as usize) else { continue };
            if !trace.arguments.iter().any(|(_, roots)| roots.iter().any(|root| parameter(root).is_some())) {
                continue;
            }
            let arrivals = self.arrivals(call);
            for (position, roots) in &trace.arguments {
                for arrival in arrivals.iter().filter(|arrival| matters(arrival, *position)) {
                    told.arriving.extend(
                        roots.iter().filter_map(|root| self.arriving(call, *position, arrival, root)),
                    );
                }
            }
        }
        told
    }

    /// A parameter that arrives somewhere in the function.
    fn arriving(
        &self,
        call: &seen::Call,
        position: u8,
        arrival: &'static Arrival,
        root: &Root,
    ) -> Option<(String, Arriving)> {
        let (known, root) = parameter(root)?;
        let path = self.function(known.function)?;
        let argument = call.arguments.get(position as usize).map_or(call.at, |argument| argument.at);
        let arriving = Arriving {
            parameter: known.index.into(),
            to: &arrival.to,
            at: self.sites.at(argument),
            marks: self.marks(root),
            whole: root.whole,
        };
        Some((path, arriving))
    }

    pub(in super::super) fn uses(&self, krate: &str) -> bool {
        self.crate_of.externs.values().any(|(name, _)| name == krate)
    }

    pub(super) fn str(&self, id: seen::Str) -> &str {
        self.seen.str(id)
    }

    pub(super) fn marks(&self, root: &Root) -> Vec<String> {
        root.marks.iter().map(|mark| self.str(*mark).to_owned()).collect()
    }

    /// The full path of a function that is declared here.
    fn function(&self, declaration: u32) -> Option<String> {
        let decl = self.seen.decls.get(declaration as usize)?;
        let outer = self.view.names.scope_path(self.view.instance, decl.scope);
        Some(format!("{outer}::{}", self.str(decl.name)))
    }

    /// The full path of a name.
    pub(super) fn path(&self, path: PathAt) -> Option<Text> {
        self.view.name(path).resolved
    }

    /// Every kind of arrival that a call is.
    pub(super) fn arrivals(&self, call: &seen::Call) -> Vec<&'static Arrival> {
        let last = match &call.callee {
            seen::Callee::Path(path) | seen::Callee::Macro(path) => last(self.str(path.path)),
            seen::Callee::Method(name, _) => self.str(*name),
        };
        // Nearly no call is one, and names are dear; an import may have renamed it, though.
        if !known().is(last, SINK) && !matches!(&call.callee, seen::Callee::Path(_) | seen::Callee::Macro(_))
        {
            return Vec::new();
        }
        let resolved = |path: &PathAt| self.view.name(*path).resolved;
        let (path, from);
        let called = match &call.callee {
            seen::Callee::Path(at) => {
                path = resolved(at);
                path.as_deref().map(Called::Path)
            }
            seen::Callee::Macro(at) => {
                path = resolved(at);
                path.as_deref().map(Called::Macro)
            }
            seen::Callee::Method(_, origin) => {
                from = origin.as_ref().and_then(|origin| self.view.start(&origin.start)?.resolved);
                Some(Called::Method(last, from.as_deref()))
            }
        };
        called.map(|called| arrivals(called, &|krate| self.uses(krate))).unwrap_or_default()
    }

    /// What a root is by itself.
    pub(super) fn contents(&self, root: &Root) -> Vec<Content> {
        let (name, at, entrances) = match &root.from {
            From::Parameter(parameter) => self.parameter(parameter),
            From::Call(path, at) if self.may_be(*path, SOURCE) => {
                let Some(path) = self.path(*path) else { return Vec::new() };
                let fits = |entrance: &Entrance| entrance.paths.iter().any(|pattern| pattern.is(&path));
                let entrances = entrances(fits);
                (path.to_string(), *at, entrances)
            }
            From::Method(name, start, at) if known().is(self.str(*name), SOURCE) => {
                let Some(from) = self.view.start(start).and_then(|name| name.resolved) else {
                    return Vec::new();
                };
                let name = self.str(*name);
                let fits = |entrance: &Entrance| {
                    entrance.methods.iter().any(|method| method == name)
                        && entrance.crates.iter().any(|krate| is_below(&from, krate))
                };
                (name.to_owned(), *at, entrances(fits))
            }
            From::Named(name, of, at) => {
                return self.named_content(*name, of.as_ref(), *at).into_iter().collect();
            }
            From::Call(..) | From::Method(..) | From::Passed(_) => return Vec::new(),
        };
        let content = |entrance: &'static Entrance| Content {
            nature: nature(entrance),
            name: name.clone(),
            at: self.sites.at(at),
            whole: root.whole,
        };
        entrances.into_iter().map(content).collect()
    }

    /// A parameter, or what a method of the crate says of one.
    pub(super) fn given(&self, root: &Root) -> Option<Content> {
        let (name, at) = match &root.from {
            From::Parameter(parameter) => ("a parameter", parameter.at),
            From::Method(name, Sym::Typed(of), at) if self.str(of.path) != "Self" => {
                let path = self.view.name(*of).resolved?;
                let own = self.view.names.scope_path(self.view.instance, 0);
                (first(&path) == first(&own)).then_some((self.str(*name), *at))?
            }
            _ => return None,
        };
        Some(Content {
            nature: Nature::Given,
            name: name.to_owned(),
            at: self.sites.at(at),
            whole: root.whole,
        })
    }

    fn named_content(&self, name: seen::Str, of: Option<&Sym>, at: seen::Span) -> Option<Content> {
        let name = self.str(name);
        let class = known().class(name);
        let natures = [(SECRET, Nature::Secret), (HEALTH, Nature::Health), (PROOF, Nature::Proof)];
        let (_, nature) = natures.into_iter().find(|(of_class, _)| class & of_class != 0)?;
        let of_type = of.and_then(|of| self.field_type(of));
        // A number says nothing of a password, and everything of a patient's blood.
        let counts = |ty: &str| nature != Nature::Health && is_scalar(ty);
        let shows = !of_type.is_some_and(|ty| hides(&ty) || counts(&ty));
        shows.then(|| Content { nature, name: name.to_owned(), at: self.sites.at(at), whole: true })
    }

    /// True when the last name of a path is of a class, whatever the path leads to.
    fn may_be(&self, path: PathAt, class: Class) -> bool {
        known().is(last(self.str(path.path)), class)
    }

    /// What a parameter brings in: by its type, or since a framework fills it.
    fn parameter(&self, parameter: &Parameter) -> (String, seen::Span, Vec<&'static Entrance>) {
        let of = parameter.of.filter(|of| self.may_be(*of, SOURCE_TYPE)).and_then(|of| self.path(of));
        let by_type = |of: &Text| entrances(|entrance| entrance.types.iter().any(|pattern| pattern.is(of)));
        let mut found = of.as_ref().map(by_type).unwrap_or_default();
        if found.is_empty() {
            found.extend(self.filled_by_attribute(parameter));
        }
        if let (Some(field), Some(inner)) = (parameter.field, parameter.inner.or(parameter.of))
            && !found.is_empty()
            && self.field_of(inner, field).is_some_and(|ty| is_scalar(&ty))
        {
            found.clear();
        }
        let function =
            || self.seen.decls.get(parameter.function as usize).map(|decl| self.str(decl.name).to_owned());
        (of.map(|of| of.to_string()).or_else(function).unwrap_or_default(), parameter.at, found)
    }

    /// A function whose attribute says that a framework calls it.
    fn filled_by_attribute(&self, parameter: &Parameter) -> Option<&'static Entrance> {
        let decl = self.seen.decls.get(parameter.function as usize)?;
        // State of the program is no part of the request.
        let of = parameter.of.map(|of| last(self.str(of.path)).to_owned()).unwrap_or_default();
        if [
            "State",
            "Data",
            "AppHandle",
            "Window",
            "Extension",
            "Depot",
            "WebviewWindow",
            "Pool",
            "Connection",
        ]
        .contains(&of.as_str())
        {
            return None;
        }
        let names = decl.attributes.iter().map(|text| self.str(*text)).map(|text| {
            let path = text
                .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                .next()
                .unwrap_or_default();
            last(path).to_owned()
        });
        let names: Vec<String> = names.collect();
        known().entrances.iter().find(|entrance| {
            entrance
                .attributes
                .iter()
                .any(|(krate, words)| words.iter().any(|word| names.contains(word)) && self.uses(krate))
        })
    }

    /// The type of a field as it is written.
    fn field_type(&self, field: &Sym) -> Option<String> {
        let Sym::Field(base, name) = field else { return None };
        if let Sym::Typed(of) = &**base {
            return self.field_of(*of, *name);
        }
        Some(self.view.start(field)?.written.to_string())
    }

    fn field_of(&self, of: PathAt, name: seen::Str) -> Option<String> {
        self.view.written_field_type(of, self.str(name))
    }

    /// What a returned root is to the caller.
    fn outcomes(&self, root: &Root) -> Vec<Outcome> {
        let marks = self.marks(root);
        let contents =
            self.contents(root).into_iter().map(|content| Outcome::Content(content, marks.clone()));
        let argument = parameter(root).map(|(parameter, root)| Outcome::Argument {
            index: parameter.index.into(),
            marks: marks.clone(),
            whole: root.whole,
        });
        contents.chain(argument).collect()
    }
}

pub(super) fn matters(arrival: &Arrival, position: u8) -> bool {
    arrival.positions.is_empty() || arrival.positions.contains(&usize::from(position))
}

fn parameter(root: &Root) -> Option<(&Parameter, &Root)> {
    match &root.from {
        From::Parameter(parameter) => Some((parameter, root)),
        _ => None,
    }
}

/// The entrances that fit, one for each kind of trust.
fn entrances(fits: impl Fn(&Entrance) -> bool) -> Vec<&'static Entrance> {
    let mut found: Vec<&'static Entrance> = Vec::new();
    for entrance in known().entrances.iter().filter(|entrance| fits(entrance)) {
        if found.iter().all(|known| known.trust != entrance.trust) {
            found.push(entrance);
        }
    }
    found
}

fn nature(entrance: &'static Entrance) -> Nature {
    match entrance.trust {
        Trust::Far => Nature::Far(&entrance.kind),
        Trust::Near => Nature::Near(&entrance.kind),
        Trust::Message => Nature::Message(&entrance.kind),
        Trust::Predictable => Nature::Predictable(&entrance.kind),
    }
}

/// True for a type, as it is written, that can't carry anything harmful.
fn is_scalar(ty: &str) -> bool {
    let mut names = ty.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| {
        !word.is_empty() && !["Option", "Vec", "std", "time", "net", "uuid", "chrono"].contains(word)
    });
    names.next().is_some_and(|name| known().class(name) & SCALAR != 0)
        && names.all(|name| known().class(name) & SCALAR != 0)
}
