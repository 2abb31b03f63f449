//! Routes that the product answers over HTTP, services that it offers over gRPC, and what it writes: for lists, no rule is
//! made of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::code::{Argument, Call, Callee, Code, Item, ItemKind, Name, Scope, Site, Value};
use crate::facts::known::patterns::last;
use crate::facts::known::routes::{Calls, routes};
use crate::facts::workspace::{Dependency, Member, Workspace};

use super::filters::joined;
use super::mounts::Mounts;

/// A route.
#[derive(Debug, Clone)]
pub struct Route<'a> {
    /// The HTTP methods, where they are named; `gRPC` for a service of that.
    pub verbs: Vec<String>,
    /// The path, if the code names it.
    pub path: Option<String>,
    /// True where other routes stand behind it.
    pub below: bool,
    /// The function that names it, or that answers.
    pub function: &'a str,
    /// Where it is named.
    pub site: &'a Site,
}

/// Something that the product writes.
#[derive(Debug)]
pub struct Written<'a> {
    /// `file` or `database`.
    pub what: &'static str,
    /// Which, if the code names it.
    pub path: Option<String>,
    /// Where.
    pub site: &'a Site,
}

/// The routes of product code, in the order of places.
#[must_use]
pub fn served<'a>(workspace: &Workspace, code: &'a Code) -> Vec<Route<'a>> {
    let product = || code.calls.iter().filter(|call| call.site.scope == Scope::Product);
    let mut verbs: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in product().filter(|call| routes().verbs.iter().any(|known| known.is(call))) {
        verbs.entry(call.site.at.path()).or_default().push(call);
    }
    let mut found: Vec<Route<'_>> = product()
        .filter_map(|call| Some((call, kind(call, &routes().routes)?)))
        .map(|(call, known)| {
            let near = verbs.get(call.site.at.path()).map(Vec::as_slice).unwrap_or_default();
            let path = call.arguments.get(known.path).and_then(|argument| text(&argument.value));
            // Behind a route that others follow are theirs.
            let verbs = if known.below { Vec::new() } else { verbs_of(call, near) };
            let function = call.site.within.as_str();
            Route { verbs, path, below: known.below, function, site: &call.site }
        })
        .collect();
    let mounts = Mounts::of(workspace, code);
    let attributed = code.items.iter().filter_map(|item| by_attribute(workspace, code, item));
    found.extend(attributed.flat_map(|route| mounts.mounted(route)));
    found.extend(listed(code));
    found.extend(services(workspace, code));
    let with_filters = members_using(workspace, &routes().joined.crates);
    let mut by_file: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in product().filter(|call| is_of(code, call, &with_filters)) {
        by_file.entry(call.site.at.path()).or_default().push(call);
    }
    found.extend(by_file.values().flat_map(|calls| joined(calls)));
    found.sort_by(|one, other| one.site.at.cmp(&other.site.at));
    found
}

/// The members that use one of some crates.
pub(super) fn members_using(workspace: &Workspace, crates: &[String]) -> Vec<usize> {
    let uses = |member: &Member| member.dependencies.iter().any(|one| crates.contains(&one.package));
    let members = workspace.members.iter().enumerate().filter(|(_, member)| uses(member));
    members.map(|(index, _)| index).collect()
}

pub(super) fn is_of(code: &Code, call: &Call, members: &[usize]) -> bool {
    code.units.get(call.site.unit).is_some_and(|unit| members.contains(&unit.member))
}

/// Functions that a macro lists, with the route that their attribute names.
fn listed(code: &Code) -> Vec<Route<'_>> {
    let known = &routes().listed;
    let is = |name: &Name| {
        let path = name.resolved.as_deref().unwrap_or_default();
        known.macros.iter().any(|pattern| pattern.is(path))
    };
    let calls = code.calls.iter().filter(|call| call.site.scope == Scope::Product);
    let lists: Vec<&Call> =
        calls.filter(|call| matches!(&call.callee, Callee::Macro(name) if is(name))).collect();
    if lists.is_empty() {
        return Vec::new();
    }
    let attributed = |item: &&Item| item.kind == ItemKind::Function && told_by_attribute(item).is_some();
    let functions: BTreeMap<&str, &Item> =
        code.items.iter().filter(attributed).map(|item| (item.path.as_str(), item)).collect();
    let arguments = lists.iter().flat_map(|call| call.arguments.iter().map(move |argument| (call, argument)));
    arguments
        .map(|(call, argument)| {
            let function = match &argument.value {
                Value::Path(name) => name.resolved.as_deref().and_then(|path| functions.get(path)),
                _ => None,
            };
            let told = function.and_then(|item| Some((item, told_by_attribute(item)?)));
            let (function, site, (verbs, path)) = match told {
                Some((item, told)) => (item.path.as_str(), &item.site, told),
                None => (call.site.within.as_str(), &call.site, (Vec::new(), None)),
            };
            Route { verbs, path, below: false, function, site }
        })
        .collect()
}

/// `#[utoipa::path(get, path = "/rate")]`: the HTTP methods and the path.
fn told_by_attribute(item: &Item) -> Option<(Vec<String>, Option<String>)> {
    let known = routes();
    let inside = item.attributes.iter().find_map(|attribute| {
        let (name, rest) = attribute.split_once('(')?;
        let name: String = name.chars().filter(|c| !c.is_whitespace()).collect();
        known.listed.attributes.contains(&name).then_some(rest)
    })?;
    let verb = |word: &&str| known.attributes.iter().any(|verb| verb == word);
    let first = inside.split(|c: char| !c.is_ascii_alphabetic()).find(|word| !word.is_empty());
    let listed = inside.trim_start().strip_prefix("method").and_then(|rest| rest.split_once(')'));
    let verbs = match listed {
        Some((methods, _)) => methods.split(|c: char| !c.is_ascii_alphabetic()).filter(verb).collect(),
        None => first.into_iter().filter(verb).collect::<Vec<&str>>(),
    };
    let path =
        text_of(inside, "path").map(|path| text_of(inside, "context_path").unwrap_or_default() + &path);
    Some((verbs.into_iter().map(str::to_ascii_uppercase).collect(), path))
}

/// The text that an attribute gives to a name: `path = "/rate"`.
fn text_of(attribute: &str, name: &str) -> Option<String> {
    let places = attribute.match_indices(name).filter(|(at, _)| {
        let before = attribute[..*at].chars().next_back();
        before.is_none_or(|c| !(c.is_alphanumeric() || c == '_'))
    });
    places.into_iter().find_map(|(at, _)| {
        let rest = attribute[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let (text, _) = rest.strip_prefix('"')?.split_once('"')?;
        Some(text.to_owned())
    })
}

/// Services of gRPC that the product makes, by the names that their descriptions give them.
fn services<'a>(workspace: &Workspace, code: &'a Code) -> Vec<Route<'a>> {
    let known = &routes().services;
    let members = members_using(workspace, &known.crates);
    let product = |call: &&Call| call.site.scope == Scope::Product && is_of(code, call, &members);
    let added: Vec<&Call> = code.calls.iter().filter(product).filter(|call| is_added(call)).collect();
    let service = |call: &'a Call, name: &str| Route {
        verbs: vec!["gRPC".to_owned()],
        path: Some(name.to_owned()),
        below: false,
        function: call.site.within.as_str(),
        site: &call.site,
    };
    let of_kind = |kind: ItemKind| {
        let items = code.items.iter().filter(move |item| item.kind == kind);
        items.map(|item| item.path.as_str()).collect::<BTreeSet<&str>>()
    };
    let (types, traits) = (of_kind(ItemKind::Struct), of_kind(ItemKind::Trait));
    let calls = code.calls.iter().filter(product);
    calls
        .filter_map(|call| {
            if let Some(known) = kind(call, &routes().offered) {
                return Some(service(call, &known.what));
            }
            let Callee::Path(name) = &call.callee else { return None };
            let path = name.resolved.as_deref().unwrap_or(&name.written);
            let mut names = path.rsplit("::");
            let (made, of_type, module) = (names.next()?, names.next()?, names.next());
            let own = of_type.strip_suffix(known.of_type.as_str()).filter(|name| !name.is_empty())?;
            // What is made of a description stands beside its trait; others are called like it too.
            let (of_whole, _) = path.rsplit_once("::")?;
            let beside = of_whole.rsplit_once("::").map(|(around, _)| format!("{around}::{own}"));
            let by_hand =
                types.contains(of_whole) && !beside.is_some_and(|own| traits.contains(own.as_str()));
            if by_hand {
                return None;
            }
            let in_module = module.is_some_and(|module| module.ends_with(known.module.as_str()));
            // What a build makes has no path that could be followed: it counts where it is handed over.
            let handed = || name.resolved.is_none() && added.iter().any(|taker| takes(taker, call));
            // What a build makes calls itself.
            let (around, _) = path.rsplit_once("::")?;
            let is_made = known.made.iter().any(|maker| maker == made)
                && !call.site.within.as_str().starts_with(around);
            (is_made && (in_module || handed())).then(|| service(call, own))
        })
        .collect()
}

fn is_added(call: &Call) -> bool {
    matches!(&call.callee, Callee::Method { name, .. } if routes().services.added.iter().any(|one| one == name.as_str()))
}

/// True where one call stands in the arguments of another.
pub(super) fn takes(taker: &Call, call: &Call) -> bool {
    let own = call.site.at.bytes();
    let holds = |around: std::ops::Range<usize>| around.start <= own.start && own.end <= around.end;
    taker.site.at.path() == call.site.at.path()
        && taker.arguments.iter().any(|argument| holds(argument.at.bytes()))
}

/// Servers that the workspace uses and of which no route is read.
#[must_use]
pub fn unread(workspace: &Workspace) -> Vec<&'static str> {
    let used = |name: &String| {
        let mut all = workspace.members.iter().flat_map(|member| &member.dependencies);
        all.any(|dependency| dependency.package == *name)
    };
    routes().unread.iter().filter(|name| used(name)).map(String::as_str).collect()
}

/// What product code writes, in the order of places.
#[must_use]
pub fn written(code: &Code) -> Vec<Written<'_>> {
    let product = code.calls.iter().filter(|call| call.site.scope == Scope::Product);
    product
        .filter_map(|call| {
            let known = kind(call, &routes().writes)?;
            let path = call.arguments.get(known.path).and_then(place);
            Some(Written { what: &known.what, path, site: &call.site })
        })
        .collect()
}

fn kind(call: &Call, known: &'static [Calls]) -> Option<&'static Calls> {
    known.iter().find(|known| known.is(call))
}

/// The HTTP methods that the arguments of a call name: `get(read).post(write)`.
fn verbs_of(call: &Call, near: &[&Call]) -> Vec<String> {
    let inside = |verb: &&&Call| {
        let at = verb.site.at.bytes();
        call.arguments.iter().any(|argument| {
            let around = argument.at.bytes();
            around.start <= at.start && at.end <= around.end
        })
    };
    let mut verbs: Vec<String> =
        near.iter().filter(inside).map(|verb| called(verb).to_ascii_uppercase()).collect();
    verbs.sort();
    verbs.dedup();
    verbs
}

/// The last name of what is called.
fn called(call: &Call) -> &str {
    match &call.callee {
        Callee::Path(name) | Callee::Macro(name) => last(name.resolved.as_deref().unwrap_or(&name.written)),
        Callee::Method { name, .. } => name,
    }
}

/// `#[get("/rate")]`, `#[route("/rate", method = "GET")]`.
fn by_attribute<'a>(workspace: &Workspace, code: &Code, item: &'a Item) -> Option<Route<'a>> {
    if item.kind != ItemKind::Function || item.site.scope != Scope::Product {
        return None;
    }
    let known = routes();
    let (verb, path) = item.attributes.iter().find_map(|attribute| {
        let (name, rest) = attribute.split_once('(')?;
        let verb = name.trim().rsplit("::").next()?.trim();
        let (path, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        let is_route = known.attributes.iter().any(|known| known == verb) && path.starts_with('/');
        is_route.then_some((verb, path))
    })?;
    let member = workspace.members.get(code.units.get(item.site.unit)?.member)?;
    let uses = |dependency: &Dependency| known.with_attributes.contains(&dependency.package);
    member.dependencies.iter().any(uses).then(|| Route {
        verbs: Some(verb.to_ascii_uppercase()).filter(|verb| verb != "ROUTE").into_iter().collect(),
        path: Some(path.to_owned()),
        below: false,
        function: &item.path,
        site: &item.site,
    })
}

/// The file or folder that an argument names.
fn place(argument: &Argument) -> Option<String> {
    let preset = || argument.preset.as_deref().and_then(text);
    text(&argument.value).or_else(preset)
}

/// A text, also within what makes a path of it: `Path::new("x")`.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Call(name, arguments)
            if ["new", "from"].contains(&last(&name.written)) && arguments.len() == 1 =>
        {
            arguments.first().and_then(text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::Facts;
    use crate::request::Request;

    /// The routes of a package with some dependencies: the methods, `below` where others follow, the path.
    fn routes(dependencies: &str, code: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let head = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n";
        std::fs::write(folder.path().join("Cargo.toml"), head.to_owned() + dependencies).expect("a file");
        std::fs::create_dir(folder.path().join("src")).expect("a folder");
        std::fs::write(folder.path().join("src/lib.rs"), code).expect("a file");
        let mut request = Request::new(folder.path(), jiff::civil::date(2026, 11, 1));
        request.resolve = false;
        let facts = Facts::gather(&request).expect("facts");
        let told = super::served(&facts.workspace, &facts.code);
        let line = |route: &super::Route<'_>| {
            let below = if route.below { "below " } else { "" };
            format!("{below}{} {}", route.verbs.join(","), route.path.as_deref().unwrap_or("?"))
        };
        told.iter().map(line).collect()
    }

    #[test]
    fn filters_that_are_joined_are_one_route() {
        let code = "use warp::{Filter, path};\nconst STATUS: &str = \"status\";\n\
            fn status() { warp::get().and(warp::path(STATUS)).and(warp::path::end()).map(f); }\n\
            fn rate() { path!(\"rate\" / u32 / ..).and(warp::post()).map(f); }\n\
            fn either() { warp::path(\"a\").and(path::param::<u32>()).map(f).or(warp::path(\"b\").and(warp::put())); }\n\
            fn prefix() { warp::path(\"v1\").and(warp::path(\"x\").or(warp::path(\"y\"))); }\n\
            fn given(name: String) { warp::path::path(name).and(warp::delete()); }\n\
            fn own() { path::Path::new(\"x\"); warp::any().and(warp::get()); }\n";
        let told = routes("warp = \"0.4\"\n", code);
        assert_eq!(
            told,
            [
                "GET /status",
                "below POST /rate/{u32}",
                " /a/{}",
                "PUT /b",
                "below  /v1",
                " /x",
                " /y",
                "DELETE ?",
            ]
        );
        assert!(routes("", code).is_empty(), "without the crate nothing is read so");
    }

    #[test]
    fn a_macro_lists_functions_whose_attribute_names_the_route() {
        let code = "use utoipa_axum::{router::OpenApiRouter, routes};\n\
            #[utoipa::path(get, path = \"/rate\", context_path = \"/api\")]\nasync fn rate() {}\n\
            #[utoipa::path(\n    method(get, head),\n    path = \"/state\"\n)]\nasync fn state() {}\n\
            #[utoipa::path(get, path = \"/unlisted\")]\nasync fn unlisted() {}\n\
            fn router() { OpenApiRouter::new().routes(routes!(rate, state)).nest(\"/v1\", other()); }\n";
        let told = routes("utoipa-axum = \"0.2\"\n", code);
        assert_eq!(told, ["GET /api/rate", "GET,HEAD /state", "below  /v1"]);
    }

    #[test]
    fn routes_of_rocket_stand_below_where_they_are_mounted() {
        let code = "use rocket::{get, post, routes};\n\
            #[get(\"/\")]\nfn index() {}\n#[post(\"/<id>?<q>\")]\nfn rate() {}\n#[get(\"/own\")]\nfn own() {}\n\
            #[get(\"/given\")]\nfn given() {}\n\
            fn all() -> Vec<rocket::Route> { routes![own] }\n\
            fn start(base: &str) { rocket::build().mount(\"/\", routes![index]).mount(\"/v1/\", routes![index, rate])\n\
            .mount(\"/v2\", rocket::routes![rate]).mount(base, routes![given]).mount(\"/v3\", all()); }\n";
        assert_eq!(
            routes("rocket = \"0.5\"\n", code),
            ["GET /", "GET /v1", "POST /v1/<id>?<q>", "POST /v2/<id>?<q>", "GET /own", "GET /given"]
        );
    }

    #[test]
    fn services_of_grpc_are_told_by_what_their_description_calls_them() {
        let code = "pub mod pb { pub mod orders_server { pub trait Orders {} pub struct OrdersServer; impl OrdersServer {\n\
            pub fn new() -> Self { OrdersServer }\n\
            pub fn with_interceptor() -> Self { OrdersServer::new() } } }\n}\n\
            use pb::orders_server::OrdersServer;\n\
            fn serve() { tonic::transport::Server::builder().add_service(OrdersServer::new())\n\
            .add_service(made::by_the_build::alarms_server::AlarmsServer::new(x)); }\n\
            struct TcpServer;\nimpl TcpServer { fn new() -> Self { TcpServer } }\nfn own() { TcpServer::new(); }\n\
            pub mod cas_server { pub struct CasServer; impl CasServer { pub fn new() -> Self { CasServer } } }\n\
            fn by_hand() { cas_server::CasServer::new(); }\n";
        let told = routes("tonic = \"0.14\"\n", code);
        assert_eq!(told, ["gRPC Orders", "gRPC Alarms"]);
        assert!(routes("", code).is_empty());
    }
}
