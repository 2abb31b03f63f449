//! The facts of one file, told with places, paths, names and values.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::anatomy::{Anatomy, Function, Impl, Raw, Shape, Trait, TypeItem};
use super::assembly::Target;
use super::flows::{Bound, Comparison, Flow, Here, Join, Told};
use super::names::{CrateInfo, Names};
use super::opened::{Opened, opened};
use super::seen::{self, DeclKind, Seen};
use super::settled::{Settled, settled};
use super::sites::{Sites, with};
use super::tree::Forest;
use super::values::{Known, View};
use super::{
    Acceptance, Call, FieldFact, FieldSet, File, Item, ItemKind, LintAttribute, Paired, Reach, Scope, Site,
    UnsafeSite, unsafety,
};
use crate::facts::known::interfaces::interfaces;
use crate::facts::known::patterns::last;

/// The facts of one file.
pub(super) struct Part {
    pub file: File,
    pub items: Vec<Item>,
    pub calls: Vec<Call>,
    pub unsafe_sites: Vec<UnsafeSite>,
    pub lints: Vec<LintAttribute>,
    pub acceptances: Vec<Acceptance>,
    pub blind_spots: Vec<Site>,
    pub anatomy: Anatomy,
    pub flows: Vec<Flow>,
    pub unfollowed: Vec<Site>,
    pub comparisons: Vec<Comparison>,
    pub named: Vec<Bound>,
    pub settled: Vec<Settled>,
    pub opened: Vec<Opened>,
    pub paired: Vec<Paired>,
}

/// What was drawn of functions and types, which nobody asks for of another file.
pub(super) struct Drawn {
    functions: Vec<Raw<Function>>,
    types: Vec<Raw<TypeItem>>,
    traits: Vec<Raw<Trait>>,
    impls: Vec<Raw<Impl>>,
}

impl From<&mut seen::Product> for Drawn {
    fn from(product: &mut seen::Product) -> Self {
        Self {
            functions: std::mem::take(&mut product.functions),
            types: std::mem::take(&mut product.types),
            traits: std::mem::take(&mut product.traits),
            impls: std::mem::take(&mut product.impls),
        }
    }
}

/// What every file needs of the others.
pub(super) struct All<'a> {
    pub forest: &'a Forest,
    pub names: &'a Names<'a>,
    pub crates: &'a [CrateInfo],
    pub known: &'a Known,
    pub units: &'a [Target],
}

impl All<'_> {
    /// What all functions do with their parameters, and the files as they were looked at: what was resolved is not
    /// resolved again.
    pub(super) fn join(&self, listed: &[(usize, Vec<seen::Call>)]) -> (Join, Vec<View<'_, '_>>) {
        let told: Vec<(Told, View<'_, '_>)> = listed
            .par_iter()
            .map(|(instance, calls)| {
                let view = View::new(self.names, *instance, self.known);
                let sites = Sites::new(self.forest, self.names, &view, *instance);
                (self.here(*instance, calls, &view, &sites).told(), view)
            })
            .collect();
        let (told, views): (Vec<Told>, Vec<_>) = told.into_iter().unzip();
        (told.into_iter().collect(), views)
    }

    fn here<'h>(
        &'h self,
        instance: usize,
        calls: &'h [seen::Call],
        view: &'h View<'h, 'h>,
        sites: &'h Sites<'h>,
    ) -> Here<'h> {
        let place = &self.forest.instances[instance];
        Here {
            seen: &self.forest.files[place.file].seen,
            calls,
            view,
            sites,
            crate_of: &self.crates[place.unit],
        }
    }
}

impl Part {
    pub(super) fn of(
        all: &All<'_>,
        join: &Join,
        view: &View<'_, '_>,
        calls: &[seen::Call],
        drawn: Drawn,
    ) -> Self {
        let All { forest, names, units, .. } = *all;
        let id = view.instance;
        let instance = &forest.instances[id];
        let read = &forest.files[instance.file];
        let seen = &read.seen;
        let sites = Sites::new(forest, names, view, id);
        let here = all.here(id, calls, view, &sites);
        let (flows, comparisons, named) = (join.flows(&here), join.comparisons(&here), join.named(&here));
        let unfollowed = join.unfollowed(&here);
        let fields: Vec<FieldSet> =
            seen.product.fields_set.iter().map(|set| sites.field_set(set, view)).collect();
        // A call is large: they are put in order before they are told.
        let mut by_place: Vec<&seen::Call> = calls.iter().collect();
        by_place.sort_by_key(|call| call.at);
        let calls: Vec<Call> = by_place.into_iter().map(|call| sites.call(call, view)).collect();
        let settled = settled(&calls, &fields, &|krate| here.uses(krate));
        let module = instance.modules.get(&0).map_or("", |module| forest.modules[*module].path.as_str());
        let root = units[instance.unit].listed
            && forest.roots[instance.unit]
                .is_some_and(|root| forest.modules[root].parts.first() == Some(&(id, 0)));
        Self {
            file: File {
                source: Arc::clone(&read.source),
                unit: instance.unit,
                module: module.to_owned(),
                scope: instance.scope.min(sites.scope(0)),
                parsed: seen.fault.is_none(),
                tests: seen.inside.tests.iter().map(|span| sites.at(*span)).collect(),
            },
            items: sorted(items(seen, view, &sites), |item| &item.site),
            unsafe_sites: sorted(
                seen.inside
                    .unsafe_sites
                    .iter()
                    .map(|site| UnsafeSite {
                        kind: site.kind,
                        argument: site.argument.clone(),
                        trait_method: site.trait_method,
                        names: unsafety::names(read.source.text(), sites.at(site.at).bytes().start),
                        pastes: site.pastes.clone(),
                        site: sites.site(site.scope, site.at, site.in_macro),
                    })
                    .collect(),
                |site: &UnsafeSite| &site.site,
            ),
            lints: lints(seen, &sites, root, module),
            acceptances: seen
                .inside
                .acceptances
                .iter()
                .map(|said| Acceptance {
                    rule: said.rule.clone(),
                    reason: said.reason.clone(),
                    at: sites.at(said.at),
                    beside: sites.at(said.beside),
                })
                .collect(),
            blind_spots: sorted(
                seen.files
                    .iter()
                    .filter(|outside| outside.what == seen::OutsideKind::Unseen)
                    .map(|outside| sites.site(outside.scope, outside.at, false))
                    .collect(),
                |site: &Site| site,
            ),
            anatomy: Anatomy {
                functions: shapes(drawn.functions, seen, view, &sites),
                types: shapes(drawn.types, seen, view, &sites),
                traits: shapes(drawn.traits, seen, view, &sites),
                impls: shapes(drawn.impls, seen, view, &sites),
                ..Anatomy::default()
            },
            flows: sorted(flows, |flow: &Flow| &flow.call.site),
            unfollowed: sorted(unfollowed, |site: &Site| site),
            comparisons: sorted(comparisons, |comparison: &Comparison| &comparison.site),
            named: sorted(named, |bound: &Bound| &bound.site),
            paired: sorted(
                seen.product
                    .paired
                    .iter()
                    .map(|paired| Paired {
                        mixes: paired.mixes,
                        site: sites.site(paired.scope, paired.at, paired.in_macro),
                    })
                    .collect(),
                |paired: &Paired| &paired.site,
            ),
            settled: sorted(settled, |settled: &Settled| &settled.site),
            opened: opened(&calls),
            calls,
        }
    }
}

fn shapes<T>(raw: Vec<Raw<T>>, seen: &Seen, view: &View<'_, '_>, sites: &Sites<'_>) -> Vec<Shape<T>> {
    raw.into_iter()
        .map(|raw| {
            let site = sites.site(raw.scope, raw.at, raw.in_macro);
            raw.resolved(site, seen.offset, |path| view.name(path))
        })
        .collect()
}

fn sorted<T>(mut list: Vec<T>, site: impl Fn(&T) -> &Site) -> Vec<T> {
    list.sort_by_key(|entry| {
        let bytes = site(entry).at.bytes();
        (bytes.start, bytes.end)
    });
    list
}

/// Lint attributes; `root` says whether those of the file itself speak of the whole crate.
fn lints(seen: &Seen, sites: &Sites<'_>, root: bool, module: &str) -> Vec<LintAttribute> {
    let told = seen.inside.lints.iter().map(|lint| {
        let site = sites.site(lint.scope, lint.at, lint.in_macro);
        LintAttribute {
            lint: seen.str(lint.name).to_owned(),
            level: lint.level,
            reason: lint.reason.map(|reason| seen.str(reason).to_owned()),
            crate_wide: root && lint.of_file,
            condition: lint.condition.map(|condition| seen.str(condition).to_owned()),
            reach: match &lint.reach {
                _ if lint.of_file => Reach::Module(module.to_owned()),
                seen::Reach::Code(span) => Reach::Code(sites.at(*span)),
                seen::Reach::Module(name) => Reach::Module(format!("{}::{name}", site.within)),
            },
            word: sites.at(lint.word),
            over_unsafe: lint.over_unsafe,
            site,
        }
    });
    sorted(told.collect(), |lint: &LintAttribute| &lint.site)
}

fn items(seen: &Seen, view: &View<'_, '_>, sites: &Sites<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut variants: BTreeMap<seen::ScopeId, Vec<&seen::Decl>> = BTreeMap::new();
    for decl in seen.decls.iter().filter(|decl| decl.kind == DeclKind::Variant && !decl.fields.is_empty()) {
        variants.entry(decl.scope).or_default().push(decl);
    }
    for decl in &seen.decls {
        let kind = match decl.kind {
            DeclKind::Item(kind) => kind,
            DeclKind::ValueStruct => ItemKind::Struct,
            DeclKind::Variant => continue,
        };
        let constant = matches!(kind, ItemKind::Const | ItemKind::Static | ItemKind::StaticMut);
        let mut site = sites.site(decl.scope, decl.at, decl.in_macro);
        let path = format!("{}::{}", site.within, seen.str(decl.name));
        if decl.test {
            site.scope = Scope::Test;
        }
        site.cfg = with(site.cfg, decl.cfg.iter().map(|condition| view.shared(*condition)));
        let inner = decl.opens.unwrap_or(decl.scope);
        let of_variants = decl.opens.and_then(|opens| variants.get(&opens)).into_iter().flatten();
        let fields = decl.fields.iter().chain(of_variants.flat_map(|variant| &variant.fields));
        items.push(Item {
            kind,
            path,
            public: decl.public,
            attributes: decl.attributes.iter().map(|text| seen.str(*text).to_owned()).collect(),
            test: decl.test_fn,
            ignored: decl.ignored,
            value: decl.value.as_ref().filter(|_| constant).map(|value| view.value(value)),
            fields: fields
                .map(|field| FieldFact {
                    name: seen.str(field.name).to_owned(),
                    of_type: field.ty.map(|ty| view.field_type(ty, inner)),
                    written: seen.str(field.written).to_owned(),
                    attributes: field.attributes.iter().map(|text| seen.str(*text).to_owned()).collect(),
                    default: field.default.as_ref().map(|default| view.value(default)),
                })
                .collect(),
            returns: decl
                .returns
                .filter(|ty| interfaces().has_methods(last(seen.str(*ty))))
                .map(|ty| view.field_type(ty, decl.scope)),
            site,
        });
    }
    items
}
