//! Any model in the native format: what is written reads back to the same model.
//!
//! Ids that a tool made are replaced by short ones; the old id stands behind each. What the native format has no place
//! for is said, so that nothing is lost in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::document::{array, key, quoted};
use crate::facts::threats::{
    Acceptance, Answer, Evidence, Flow, Interface, Mitigation, Model, Origin, Part, Rating, Review, Threat,
    is_made,
};
use crate::source::Placed;

/// A model in the native format.
#[derive(Debug)]
pub struct Converted {
    /// The file.
    pub text: String,
    /// What it does not hold, a sentence each.
    pub left_out: Vec<String>,
}

/// Writes a model in the native format.
#[must_use]
pub fn convert(model: &Model) -> Converted {
    let mut writer =
        Writer { model, ids: Ids::of(model), text: String::new(), left_out: Vec::new(), unknown: Vec::new() };
    writer.head();
    writer.context();
    writer.around();
    writer.parts();
    writer.interfaces();
    writer.flows();
    writer.threats();
    writer.mitigations();
    writer.acceptances();
    writer.reviews();
    writer.say_what_is_left();
    Converted { text: writer.text, left_out: writer.left_out }
}

/// Short ids in the place of those that a tool made.
struct Ids {
    /// Of what a threat can affect: one namespace.
    things: BTreeMap<String, String>,
    threats: BTreeMap<String, String>,
    mitigations: BTreeMap<String, String>,
    acceptances: BTreeMap<String, String>,
}

impl Ids {
    fn of(model: &Model) -> Self {
        let things = model.things();
        let ends = model.flows.iter().map(|flow| (flow.id.value.as_str(), flow)).collect();
        let numbered = |prefix: &'static str| move |at: usize, _: &str| format!("{prefix}-{:02}", at + 1);
        Self {
            things: short(things.iter().copied(), |_, id| named(model, &ends, id)),
            threats: short(model.threats.iter().map(|threat| threat.id.value.as_str()), numbered("T")),
            mitigations: short(model.mitigations.iter().map(|own| own.id.value.as_str()), numbered("M")),
            acceptances: short(model.acceptances.iter().map(|own| own.id.value.as_str()), numbered("AC")),
        }
    }
}

/// A name as an id; a flow without a name is called by its ends.
fn named(model: &Model, flows: &BTreeMap<&str, &Flow>, id: &str) -> String {
    let called = model.called(id);
    match flows.get(id).filter(|_| is_made(called)) {
        Some(flow) => {
            let end = |end: &Option<Placed<String>>| {
                end.as_ref().map_or("", |end| model.called(&end.value)).to_owned()
            };
            slug(&format!("{} to {}", end(&flow.from), end(&flow.to)))
        }
        None => slug(called),
    }
}

/// An id for each: its own where it is short and made by people, else a new one.
fn short<'m>(
    ids: impl Iterator<Item = &'m str> + Clone,
    new: impl Fn(usize, &str) -> String,
) -> BTreeMap<String, String> {
    let mut taken: BTreeSet<String> = ids.clone().filter(|id| is_short(id)).map(str::to_owned).collect();
    let mut short = BTreeMap::new();
    for (at, id) in ids.enumerate() {
        let mut own = id.to_owned();
        if !is_short(id) {
            let wanted = new(at, id);
            own.clone_from(&wanted);
            let mut count = 1;
            while !taken.insert(own.clone()) {
                count += 1;
                own = format!("{wanted}-{count}");
            }
        }
        short.insert(id.to_owned(), own);
    }
    short
}

/// True for an id that people write: short, without signs, and no number made by a program.
fn is_short(id: &str) -> bool {
    let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let made =
        id.chars().all(|c| c.is_ascii_hexdigit() || c == '-') && id.chars().any(|c| c.is_ascii_digit());
    plain
        && !id.is_empty()
        && id.len() <= 40
        && !is_made(id)
        && (!made || id.chars().any(|c| c.is_ascii_uppercase()))
}

/// A name as an id: its letters and digits, small, with hyphens between words.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            c if c.is_alphanumeric() => slug.push(c),
            _ if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            _ => {}
        }
        if slug.len() >= 36 {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "thing".to_owned() } else { slug.to_owned() }
}

struct Writer<'m> {
    model: &'m Model,
    ids: Ids,
    text: String,
    left_out: Vec<String>,
    /// Words for answers that mean nothing here.
    unknown: Vec<String>,
}

impl<'m> Writer<'m> {
    fn heading(&mut self, words: &str) {
        let _ = write!(self.text, "\n# ---- {words}\n");
    }

    /// Starts the table of an object; its old id stands behind the new one.
    fn table(&mut self, kind: &str, id: &str, old: &str) {
        let _ = write!(self.text, "[{kind}.{}]", key(id));
        if id != old {
            let _ = write!(self.text, " # id {}", quoted(old));
        }
        self.text.push('\n');
    }

    /// Starts the table of something that a threat can affect, with its name where that is not its id.
    fn thing(&mut self, kind: &str, id: &'m Placed<String>) {
        let new = self.ids.things.get(&id.value).cloned().unwrap_or_else(|| id.value.clone());
        self.table(kind, &new, &id.value);
        let called = self.model.called(&id.value);
        if called != new && !is_made(called) {
            self.value("title", &quoted(called));
        }
    }

    fn value(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.text, "{key} = {value}");
    }

    fn word(&mut self, key: &str, text: Option<&Placed<String>>) {
        if let Some(text) = text {
            self.value(key, &quoted(&text.value));
        }
    }

    fn words(&mut self, key: &str, words: &[Placed<String>]) {
        if !words.is_empty() {
            self.value(key, &array(words.iter().map(|word| &word.value)));
        }
    }

    fn day(&mut self, key: &str, day: Option<&Placed<jiff::civil::Date>>) {
        if let Some(day) = day {
            self.value(key, &day.value.to_string());
        }
    }

    fn flag(&mut self, key: &str, flag: Option<&Placed<bool>>) {
        if let Some(flag) = flag {
            self.value(key, if flag.value { "true" } else { "false" });
        }
    }

    /// References to what a threat can affect, by their new ids.
    fn refer(&mut self, key: &str, ids: &[Placed<String>]) {
        if !ids.is_empty() {
            let new = ids.iter().map(|id| self.ids.things.get(&id.value).unwrap_or(&id.value).clone());
            let list = array(new);
            self.value(key, &list);
        }
    }

    fn refer_one(&mut self, key: &str, id: Option<&Placed<String>>) {
        if let Some(id) = id {
            let new = quoted(self.ids.things.get(&id.value).unwrap_or(&id.value));
            self.value(key, &new);
        }
    }

    fn head(&mut self) {
        let model = self.model;
        let _ = write!(
            self.text,
            "# Security context and threat model, converted from {} ({}) by `cargo health-sec threats convert`.\n\
             format = \"health-sec/threats@1\"\n\n[model]\n",
            quoted(model.at.path()),
            model.format.name()
        );
        self.word("title", Some(&model.title));
        self.word("description", model.head.description.as_ref());
        self.word("item", model.head.item.as_ref());
        self.word("item_kind", model.head.item_kind.as_ref());
        self.word("lifecycle", model.head.lifecycle.as_ref());
        self.day("released", model.head.released.as_ref());
        self.word("owner", model.owner.as_ref());
        self.words("method", &model.head.methods);
        self.word("policy", model.head.policy.as_ref());
    }

    fn context(&mut self) {
        let Some(context) = &self.model.context else { return };
        self.heading("security context (7.1.2)");
        self.text.push_str("[context]\n");
        for (key, text) in context.texts() {
            self.word(key, text.as_ref());
        }
        self.words("hardware_controls", &context.hardware_controls);
        self.words("excluded", &context.excluded);
        if let Some(units) = &context.fielded_units {
            self.value("fielded_units", &units.value.to_string());
        }
        for assumption in &context.assumptions {
            let id = &assumption.id.value;
            self.table("context.assumption", id, id);
            self.word("text", Some(&assumption.text));
            self.of("if_false", &assumption.if_false, |ids| &ids.threats);
        }
    }

    /// References to threats, mitigations or acceptances, by their new ids.
    fn of(&mut self, key: &str, ids: &[Placed<String>], map: fn(&Ids) -> &BTreeMap<String, String>) {
        if !ids.is_empty() {
            let new = ids.iter().map(|id| map(&self.ids).get(&id.value).unwrap_or(&id.value).clone());
            let list = array(new);
            self.value(key, &list);
        }
    }

    fn around(&mut self) {
        let model = self.model;
        if !model.neighbours.is_empty() || !model.roles.is_empty() {
            self.heading("neighbouring systems and roles");
        }
        for neighbour in &model.neighbours {
            self.thing("neighbour", &neighbour.id);
            // What it is has to be said; a drawing says no more than its name.
            let what = neighbour.what.as_ref().map_or(model.called(&neighbour.id.value), |what| &what.value);
            self.value("what", &quoted(what));
            self.word("run_by", neighbour.run_by.as_ref());
            self.word("trust", neighbour.trust.as_ref());
            self.flag("talks", neighbour.talks.as_ref());
            self.flag("updates", neighbour.updates.as_ref());
            self.word("out_of_scope", neighbour.out_of_scope.as_ref());
        }
        for role in &model.roles {
            let id = &role.id.value;
            self.table("role", id, id);
            self.word("kind", role.kind.as_ref());
            self.words("may", &role.may);
        }
    }

    fn parts(&mut self) {
        let model = self.model;
        self.heading("architecture (5.3)");
        for asset in &model.assets {
            self.thing("asset", &asset.id);
            self.words("class", &asset.class);
            let needs = ["c", "i", "a"].into_iter().zip(&asset.needs);
            let needs =
                needs.filter_map(|(key, need)| Some(format!("{key} = {}", quoted(&need.as_ref()?.value))));
            let needs: Vec<String> = needs.collect();
            if !needs.is_empty() {
                self.value("needs", &format!("{{ {} }}", needs.join(", ")));
            }
            self.flag("safety", asset.safety.as_ref());
        }
        for zone in &model.zones {
            self.thing("zone", &zone.id);
            self.refer_one("parent", zone.parent.as_ref());
            self.word("trust", zone.trust.as_ref());
        }
        for boundary in &model.boundaries {
            self.thing("boundary", &boundary.id);
            self.refer("between", &boundary.between);
        }
        self.places();
        for part in &model.components {
            self.part(part);
        }
    }

    fn places(&mut self) {
        let neighbours = self.model.neighbours.iter().map(|neighbour| (&neighbour.id, &neighbour.zone));
        let parts = self.model.components.iter().map(|part| (&part.id, &part.zone));
        let new = |id: &String| self.ids.things.get(id).unwrap_or(id).clone();
        let places: Vec<(String, String)> = neighbours
            .chain(parts)
            .filter_map(|(id, zone)| Some((new(&id.value), new(zone.as_ref()?))))
            .collect();
        if !places.is_empty() {
            self.text.push_str("[place]\n");
        }
        for (thing, zone) in places {
            self.value(&key(&thing), &quoted(&zone));
        }
    }

    fn part(&mut self, part: &'m Part) {
        self.thing("component", &part.id);
        self.word("kind", part.kind.as_ref());
        self.words("crates", &part.crates);
        self.refer("holds", &part.holds);
        self.word("at_rest", part.at_rest.as_ref());
        self.word("out_of_scope", part.out_of_scope.as_ref());
    }

    fn interfaces(&mut self) {
        for interface in &self.model.interfaces {
            self.interface(interface);
        }
    }

    fn interface(&mut self, interface: &'m Interface) {
        self.thing("interface", &interface.id);
        self.refer_one("on", interface.on.as_ref());
        self.word("kind", interface.kind.as_ref());
        if let Some(port) = &interface.port {
            self.value("port", &port.value.to_string());
        }
        self.word("bind", interface.bind.as_ref());
        self.words("peers", &interface.peers);
        self.word("protocol", interface.protocol.as_ref());
        let keys = ["encryption", "authentication", "authorization"].into_iter().zip(&interface.transport);
        let told = keys.filter_map(|(key, word)| Some(format!("{key} = {}", quoted(&word.as_ref()?.value))));
        let told: Vec<String> = told.collect();
        if !told.is_empty() {
            self.value("transport", &format!("{{ {} }}", told.join(", ")));
        }
        let plain: Vec<Placed<String>> = interface.accepted_plain.iter().cloned().collect();
        if let [plain] = &plain[..] {
            let new = quoted(self.ids.acceptances.get(&plain.value).unwrap_or(&plain.value));
            self.value("accepted_plain", &new);
        }
        self.words("roles", &interface.roles);
        self.words("code", &interface.code);
        self.word("config", interface.config.as_ref());
        self.word("state", interface.state.as_ref());
        self.word("why_open", interface.why_open.as_ref());
        self.word("invalid_input", interface.invalid_input.as_ref());
        self.word("by_crate", interface.by_crate.as_ref());
        self.flag("physical", interface.physical.as_ref());
        self.flag("not_rust", interface.not_rust.as_ref());
        if !interface.proof.is_empty() {
            let tests = array(interface.proof.iter().map(|test| &test.value));
            self.value("proof", &format!("{{ tests = {tests} }}"));
        }
    }

    fn flows(&mut self) {
        for flow in &self.model.flows {
            self.flow(flow);
        }
    }

    fn flow(&mut self, flow: &'m Flow) {
        self.thing("flow", &flow.id);
        self.refer_one("from", flow.from.as_ref());
        self.refer_one("to", flow.to.as_ref());
        self.refer_one("via", flow.via.as_ref());
        self.word("protocol", flow.protocol.as_ref());
        self.word("encryption", flow.encryption.as_ref());
        self.word("authentication", flow.authentication.as_ref());
        self.flag("both_ways", flow.both_ways.as_ref());
        self.refer("data", &flow.data);
        self.word("out_of_scope", flow.out_of_scope.as_ref());
    }

    fn threats(&mut self) {
        if !self.model.threats.is_empty() {
            self.heading("threats (7.2 to 7.4)");
        }
        for threat in &self.model.threats {
            let new = self.ids.threats.get(&threat.id.value).unwrap_or(&threat.id.value).clone();
            self.table("threat", &new, &threat.id.value);
            self.threat(threat);
        }
    }

    fn threat(&mut self, threat: &'m Threat) {
        self.word("title", Some(&threat.title));
        self.word("text", threat.text.as_ref());
        self.words("category", &threat.category);
        self.words("refs", &threat.refs);
        self.word("actor", threat.actor.as_ref());
        self.refer("affects", &threat.affects);
        self.rating("before", threat.before.as_ref());
        self.rating("after", threat.after.as_ref());
        if let Some(harm) = &threat.harm {
            let mut told = Vec::new();
            told.extend(harm.none.as_ref().map(|none| format!("none = {}", quoted(&none.value))));
            if !harm.safety_file.is_empty() {
                told.push(format!("safety_file = {}", array(harm.safety_file.iter().map(|id| &id.value))));
            }
            told.extend(harm.path.as_ref().map(|path| format!("path = {}", quoted(&path.value))));
            self.value("harm", &format!("{{ {} }}", told.join(", ")));
        }
        match threat.answer.as_ref().map(|answer| (answer.value, answer.at.snippet())) {
            Some((Answer::Unknown, word)) => {
                let word = quoted(word.trim_matches('"'));
                self.value("answer", &format!("\"open\" # the model says {word}"));
                self.unknown.push(word);
            }
            Some((answer, _)) => self.value("answer", &quoted(answer.word())),
            None => {}
        }
        self.of("by", &threat.by, |ids| &ids.mitigations);
        if let Some(accepted) = &threat.accepted {
            let new = quoted(self.ids.acceptances.get(&accepted.value).unwrap_or(&accepted.value));
            self.value("accepted", &new);
        }
        self.word("reason", threat.reason.as_ref());
        // An answer that nobody understands was given by somebody, all the same.
        let known = threat.answer.as_ref().is_none_or(|answer| answer.value != Answer::Unknown);
        if let Some(origin) =
            threat.origin.as_ref().filter(|origin| known || origin.value != Origin::Generated)
        {
            self.value("origin", &quoted(origin.value.word()));
        }
    }

    fn rating(&mut self, key: &str, rating: Option<&Rating>) {
        let Some(rating) = rating else { return };
        let words = [
            ("scheme", &rating.scheme),
            ("vector", &rating.vector),
            ("score", &rating.score),
            ("level", &rating.level),
        ];
        let told =
            words.iter().filter_map(|(key, word)| Some(format!("{key} = {}", quoted(&word.as_ref()?.value))));
        let told: Vec<String> = told.collect();
        self.value(key, &format!("{{ {} }}", told.join(", ")));
    }

    fn mitigations(&mut self) {
        for mitigation in &self.model.mitigations {
            let old = &mitigation.id.value;
            let new = self.ids.mitigations.get(old).unwrap_or(old).clone();
            self.table("mitigation", &new, old);
            self.mitigation(mitigation);
        }
    }

    fn mitigation(&mut self, mitigation: &Mitigation) {
        self.word("what", Some(&mitigation.what));
        self.value("state", &quoted(mitigation.state.value.word()));
        self.words("requirement", &mitigation.requirement);
        self.word("kind", mitigation.kind.as_ref());
        self.word("owner", mitigation.owner.as_ref());
        self.words("code", &mitigation.code);
        self.words("tests", &mitigation.tests);
        self.words("thwart", &mitigation.thwart);
        self.records(&mitigation.evidence);
        self.word("new_risk", mitigation.new_risk.as_ref());
    }

    fn acceptances(&mut self) {
        for acceptance in &self.model.acceptances {
            let old = &acceptance.id.value;
            let new = self.ids.acceptances.get(old).unwrap_or(old).clone();
            self.table("acceptance", &new, old);
            self.acceptance(acceptance);
        }
    }

    fn acceptance(&mut self, acceptance: &Acceptance) {
        self.of("covers", &acceptance.covers, |ids| &ids.threats);
        self.word("reason", acceptance.reason.as_ref());
        self.word("by", acceptance.by.as_ref());
        self.word("role", acceptance.role.as_ref());
        self.day("on", acceptance.on.as_ref());
        self.day("until", acceptance.until.as_ref());
        self.word("safety", acceptance.safety.as_ref());
        self.records(&acceptance.evidence);
    }

    fn records(&mut self, evidence: &[Evidence]) {
        if !evidence.is_empty() {
            let records: Vec<String> = evidence.iter().map(record).collect();
            self.value("evidence", &format!("[\n{}]", records.concat()));
        }
    }

    fn reviews(&mut self) {
        let model = self.model;
        for review in &model.reviews {
            self.table("review", &review.id.value, &review.id.value);
            self.review(review);
        }
        if !model.reviewers.is_empty() {
            let id = if model.reviews.is_empty() { "undated" } else { "undated-in-the-drawing" };
            self.table("review", id, id);
            self.words("by", &model.reviewers);
            self.value("notes", "\"named in the model, without a day\"");
        }
    }

    fn review(&mut self, review: &Review) {
        self.day("on", review.on.as_ref());
        self.words("by", &review.by);
        self.word("commit", review.commit.as_ref());
        self.words("covers", &review.covers);
        self.word("surface", review.surface.as_ref());
        self.words("saw", &review.saw);
        self.word("model", review.model.as_ref());
        self.word("outcome", review.outcome.as_ref());
        self.word("notes", review.notes.as_ref());
        self.flag("independent", review.independent.as_ref());
    }

    /// What the model holds and the file does not.
    fn say_what_is_left(&mut self) {
        let model = self.model;
        self.left_out.extend(model.format.left_behind().map(str::to_owned));
        self.left_out.extend(model.unread.iter().map(|(why, at)| format!("{why} ({at})")));
        if !self.unknown.is_empty() {
            self.unknown.sort();
            self.unknown.dedup();
            let words = self.unknown.join(", ");
            self.left_out.push(format!("answers that mean nothing here are written as \"open\": {words}"));
        }
        let objects = ["flow.", "threat.", "interface.", "component.", "acceptance.", "place"];
        let of_none = |from: &str| !objects.iter().any(|object| from.starts_with(object));
        let lost =
            model.references.iter().filter(|reference| !reference.resolved && of_none(&reference.from));
        let lost: Vec<String> =
            lost.map(|lost| format!("`{}` names `{}`", lost.from, lost.id.value)).collect();
        if let [first, ..] = &lost[..] {
            let count = lost.len();
            self.left_out.push(format!("references that lead nowhere, {count} in number: {first}"));
        }
        if model.threats.iter().any(|t| t.before.iter().chain(&t.after).any(|rating| rating.rubric)) {
            self.left_out.push("the answers of rating rubrics".to_owned());
        }
    }
}

/// A record as an inline table, on a line of its own.
fn record(record: &Evidence) -> String {
    let words = [("kind", &record.kind.value), ("file", &record.file.value), ("by", &record.by.value)];
    let mut told: Vec<String> = words.iter().map(|(key, word)| format!("{key} = {}", quoted(word))).collect();
    told.push(format!("on = {}", record.on.value));
    told.extend(record.sha256.as_ref().map(|sum| format!("sha256 = {}", quoted(&sum.value))));
    format!("    {{ {} }},\n", told.join(", "))
}
