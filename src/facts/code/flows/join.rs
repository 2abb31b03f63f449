//! Flows put together: names resolved, and functions of the workspace followed for one call.

use std::collections::{HashMap, HashSet};

use super::super::seen;
use super::super::{Argument, Site, Text};
use super::here::{Arriving, Here, Outcome, Told, matters};
use super::known::known;
use super::raw::{self, From, Root, Target};
use super::{Bound, Compared, Comparison, Content, Flow, Nature};
use crate::facts::known::patterns::last;

/// What functions of the workspace do with their parameters.
#[derive(Debug, Default)]
pub(in super::super) struct Join {
    /// By the path of the function: the parameters that arrive somewhere, and where.
    arriving: HashMap<String, Vec<Arriving>>,
    /// By the path of the function: what it returns.
    returned: HashMap<String, Vec<Outcome>>,
    /// Functions that return more than is followed.
    cut: HashSet<String>,
    /// The last names of all of these: nearly no call is of one of them, and full paths are dear.
    names: HashSet<String, foldhash::fast::RandomState>,
}

/// What is dangerous with whatever a function puts into it.
const GIVEN: &[&str] = &["sql", "command"];

/// A content with what it went through.
type Came = (Content, Vec<String>);

impl FromIterator<Told> for Join {
    fn from_iter<I: IntoIterator<Item = Told>>(all: I) -> Self {
        let mut join = Self::default();
        for told in all {
            for (path, arriving) in told.arriving {
                join.arriving.entry(path).or_default().push(arriving);
            }
            for (path, outcome) in told.returned {
                join.returned.entry(path).or_default().push(outcome);
            }
            join.cut.extend(told.cut);
        }
        let paths = join.arriving.keys().chain(join.returned.keys()).chain(&join.cut);
        join.names = paths.map(|path| last(path).to_owned()).collect();
        join
    }
}

impl Join {
    /// The flows of a file, with its calls resolved.
    pub(in super::super) fn flows(&self, here: &Here<'_>) -> Vec<Flow> {
        let mut flows = Vec::new();
        for trace in &here.seen.product.traces {
            let Some(call) = here.calls.get(trace.call as usize) else { continue };
            let (arrivals, beyond) = (here.arrivals(call), self.beyond(here, call));
            if arrivals.is_empty() && beyond.is_empty() {
                continue;
            }
            let contents: Vec<(usize, Vec<Came>)> = trace
                .arguments
                .iter()
                .map(|(position, roots)| (usize::from(*position), self.came(here, roots)))
                .filter(|(_, came)| !came.is_empty())
                .collect();
            if contents.is_empty() {
                continue;
            }
            let told = || here.sites.call(call, here.view);
            for (position, came) in contents {
                for arrival in arrivals
                    .iter()
                    .filter(|arrival| matters(arrival, u8::try_from(position).unwrap_or(u8::MAX)))
                {
                    for (content, marks) in &came {
                        let counts = content.nature != Nature::Given || GIVEN.contains(&arrival.to.as_str());
                        if counts && !is_barred(&arrival.to, marks) {
                            let (content, call) = (content.clone(), told());
                            flows.push(Flow { content, to: &arrival.to, call, position, beyond: None });
                        }
                    }
                }
                for arriving in
                    self.beyond(here, call).iter().filter(|arriving| arriving.parameter == position)
                {
                    for (content, marks) in came.iter().filter(|(content, _)| content.nature != Nature::Given)
                    {
                        if !is_barred(arriving.to, marks) && !is_barred(arriving.to, &arriving.marks) {
                            let whole = content.whole && arriving.whole;
                            let (content, call) = (Content { whole, ..content.clone() }, told());
                            let beyond = Some(arriving.at.clone());
                            flows.push(Flow { content, to: arriving.to, call, position, beyond });
                        }
                    }
                }
            }
        }
        flows
    }

    /// Calls of a file where it matters what they are given, and which are given more than is followed.
    pub(in super::super) fn unfollowed(&self, here: &Here<'_>) -> Vec<Site> {
        let mut sites = Vec::new();
        for trace in &here.seen.product.traces {
            let cut: Vec<u8> = trace
                .arguments
                .iter()
                .filter(|(_, roots)| roots.cut || self.is_cut(here, roots))
                .map(|(position, _)| *position)
                .collect();
            let Some(call) = here.calls.get(trace.call as usize).filter(|_| !cut.is_empty()) else {
                continue;
            };
            let arrives = here
                .arrivals(call)
                .iter()
                .any(|arrival| cut.iter().any(|position| matters(arrival, *position)));
            let beyond = || {
                let arriving = self.beyond(here, call);
                arriving.iter().any(|arriving| cut.iter().any(|at| usize::from(*at) == arriving.parameter))
            };
            if arrives || beyond() {
                sites.push(here.sites.site(call.scope, call.at, call.in_macro));
            }
        }
        sites
    }

    /// True where a function of the workspace returns more than is followed.
    fn is_cut(&self, here: &Here<'_>, roots: &[Root]) -> bool {
        let is_cut =
            |root: &Root| self.target(here, &root.from).is_some_and(|path| self.cut.contains(path.as_str()));
        !self.cut.is_empty() && roots.iter().any(is_cut)
    }

    /// The comparisons of a file.
    pub(in super::super) fn comparisons(&self, here: &Here<'_>) -> Vec<Comparison> {
        let side = |side: &raw::Side| Compared {
            argument: Argument {
                preset: None,
                value: here.view.value(&side.value),
                name: None,
                at: here.sites.at(side.at),
            },
            contents: self.telling(here, &side.roots),
        };
        let told = |comparison: &raw::Comparison| Comparison {
            sides: [side(&comparison.sides[0]), side(&comparison.sides[1])],
            site: here.sites.site(comparison.scope, comparison.at, comparison.in_macro),
        };
        here.seen.product.comparisons.iter().map(told).collect()
    }

    /// What gets the result of a call of interest.
    pub(in super::super) fn named(&self, here: &Here<'_>) -> Vec<Bound> {
        let told = |bound: &raw::Bound| Bound {
            name: here.str(bound.name).to_owned(),
            contents: self.telling(here, &bound.roots),
            site: here.sites.site(bound.scope, bound.at, bound.in_macro),
        };
        here.seen.product.named.iter().map(told).filter(|bound| !bound.contents.is_empty()).collect()
    }

    /// Where the parameters of a function of the workspace arrive.
    fn beyond(&self, here: &Here<'_>, call: &seen::Call) -> &[Arriving] {
        let path = match &call.callee {
            seen::Callee::Path(path) => here.path(*path),
            seen::Callee::Method(name, Some(origin)) if origin.chain.is_empty() => {
                self.method(here, &origin.start, *name)
            }
            _ => None,
        };
        path.and_then(|path| self.arriving.get(path.as_str())).map_or(&[], Vec::as_slice)
    }

    /// The contents that roots lead to, but for plain parameters.
    fn telling(&self, here: &Here<'_>, roots: &[Root]) -> Vec<Content> {
        let all = self.came(here, roots).into_iter().map(|(content, _)| content);
        all.filter(|content| content.nature != Nature::Given).collect()
    }

    /// The contents that roots lead to.
    fn came(&self, here: &Here<'_>, roots: &[Root]) -> Vec<Came> {
        let mut all: Vec<Came> = Vec::new();
        for root in roots {
            for came in self.came_from(here, root) {
                if !all.iter().any(|(known, _)| *known == came.0) {
                    all.push(came);
                }
            }
        }
        all
    }

    fn came_from(&self, here: &Here<'_>, root: &Root) -> Vec<Came> {
        let marks = here.marks(root);
        let mut came: Vec<Came> =
            here.contents(root).into_iter().map(|content| (content, Vec::new())).collect();
        if came.is_empty() {
            came.extend(here.given(root).map(|content| (content, Vec::new())));
        }
        for outcome in self
            .target(here, &root.from)
            .and_then(|path| self.returned.get(path.as_str()))
            .into_iter()
            .flatten()
        {
            match (outcome, &root.from) {
                (Outcome::Content(content, marks), From::Call(..) | From::Method(..)) => {
                    came.push((content.clone(), marks.clone()));
                }
                (Outcome::Argument { index, marks, whole }, From::Passed(passed))
                    if *index == usize::from(passed.argument) =>
                {
                    let inner = self.came_from(here, &passed.root);
                    came.extend(inner.into_iter().map(|(mut content, more)| {
                        content.whole &= whole;
                        (content, [more, marks.clone()].concat())
                    }));
                }
                _ => {}
            }
        }
        for (content, known) in &mut came {
            // A part of what a function hands out is a part, whatever it hands out.
            content.whole &= root.whole;
            known.extend(marks.iter().cloned());
        }
        came
    }

    /// The full path of the function that a content comes from, where that is known to say something.
    fn target(&self, here: &Here<'_>, from: &From) -> Option<Text> {
        match from {
            From::Call(path, _) => here.path(*path),
            From::Method(name, start, _) => self.method(here, start, *name),
            From::Passed(passed) => match &passed.to {
                Target::Path(path) => here.path(*path),
                Target::Method(start, name) => self.method(here, start, *name),
            },
            From::Parameter(_) | From::Named(..) => None,
        }
    }

    /// The full path of a method of something of a known type, where that is known to do something.
    fn method(&self, here: &Here<'_>, start: &seen::Sym, name: seen::Str) -> Option<Text> {
        let name = here.str(name);
        if !self.names.contains(name) {
            return None;
        }
        let of = here.view.start(start)?.resolved?;
        Some(format!("{of}::{name}").into())
    }
}

fn is_barred(to: &str, marks: &[String]) -> bool {
    known().is_barred(to, marks.iter().map(String::as_str))
}
