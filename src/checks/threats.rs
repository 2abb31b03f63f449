//! Checks on threat models: alone, and against the code.

use std::collections::BTreeSet;

use super::claims::{self, CodeIndex, Found, claims_of, difference, is_switched_off};
use super::rules;
use crate::facts::Facts;
use crate::facts::code::Scope;
use crate::facts::threats::listeners;
use crate::facts::threats::{Acceptance, Answer, Aspect, Format, Mitigation, Model, Part, State, Threat};
use crate::finding::Findings;
use crate::source::Placed;

rules!["threats":
    threat_model_missing,
    threat_model_unreadable,
    threat_reference_dangling,
    threat_open,
    threat_untouched,
    acceptance_expired,
    interface_without_threat,
    role_without_interface,
    mitigation_without_test,
    mitigation_not_attacked,
    named_test_missing,
    named_test_ignored,
    named_code_missing,
    undeclared_listener,
    listener_contradicts_model,
];

fn threat_model_missing(facts: &Facts, found: &mut Findings<'_>) {
    let threats = &facts.threats;
    if threats.models.is_empty() && threats.broken.is_empty() {
        found
            .add(&facts.workspace.manifest.source.whole(), "no threat model is linked to this workspace")
            .help("write one, and name it under [workspace.metadata.health-sec] as `threats = [\"...\"]`");
    }
    for model in threats.models.iter().filter(|model| model.threats.is_empty()) {
        found.add(&model.title.at, "this threat model names no threat");
    }
}

fn threat_model_unreadable(facts: &Facts, found: &mut Findings<'_>) {
    for broken in &facts.threats.broken {
        let at = broken.at.as_ref().unwrap_or(&broken.link.at);
        let link = &broken.link.value;
        let finding = found.add(at, format!("`{link}` can't be read as a threat model: {}", broken.why));
        finding.about(link);
        if let Some(remedy) = &broken.remedy {
            finding.help(remedy);
        }
        if broken.at.is_some() {
            finding.with(&broken.link.at, "linked here");
        }
    }
}

fn threat_reference_dangling(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        for reference in model.references.iter().filter(|reference| !reference.resolved) {
            let (from, wanted, id) = (&reference.from, reference.wanted, &reference.id.value);
            let finding = found
                .add(&reference.id.at, format!("[{from}] names `{id}`, but there is no {wanted} of that id"));
            finding.about(id).about(from);
            if let Some(near) = &reference.near {
                finding.help(near);
            }
        }
    }
}

fn threat_open(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        for threat in &model.threats {
            let Some(why) = why_open(model, threat) else { continue };
            let at = threat.answer.as_ref().map_or(&threat.id.at, |answer| &answer.at);
            let id = &threat.id.value;
            // The ids of drawings are made by a tool: nobody knows them.
            let shown = if model.format == Format::Native { id } else { &threat.title.value };
            let finding = found.add(at, format!("threat `{shown}` is open: {why}"));
            finding.about(id).with(&threat.title.at, "the threat");
            for mitigation in threat.by.iter().filter_map(|id| model.mitigation(&id.value)) {
                let state = mitigation.state.value.word();
                finding.with(&mitigation.state.at, format!("`{}` is {state}", mitigation.id.value));
            }
        }
    }
}

fn threat_untouched(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let untouched: Vec<&Threat> = model.threats.iter().filter(|threat| threat.untouched).collect();
        let Some(first) = untouched.first() else { continue };
        let message = match untouched.len() {
            1 => "1 threat of this model was made by a tool, and nobody has judged it".to_owned(),
            count => format!("{count} threats of this model were made by a tool, and nobody has judged them"),
        };
        found
            .add(&model.title.at, message)
            .about(&model.title.value)
            .with(&first.title.at, "the first of them")
            .help(format!("judge each in {}, or in an overlay beside the model", model.format.name()));
    }
}

/// Why a threat is open; `None` where it is answered, or where another rule says what is wrong with
/// its answer: one finding a cause.
fn why_open(model: &Model, threat: &Threat) -> Option<String> {
    let Some(answer) = &threat.answer else { return Some("it has no answer".to_owned()) };
    match answer.value {
        Answer::Open if threat.untouched => None,
        Answer::Open => Some("nothing is done about it yet".to_owned()),
        Answer::Unknown => {
            let word = answer.at.snippet().trim_matches('"');
            Some(format!("nobody can tell what its status `{}` means", word.escape_debug()))
        }
        Answer::Mitigate if threat.by.is_empty() => Some("it names no mitigation".to_owned()),
        Answer::Mitigate => {
            let mitigations: Option<Vec<&Mitigation>> =
                threat.by.iter().map(|id| model.mitigation(&id.value)).collect();
            // A mitigation that does not exist is a dangling reference.
            let in_place = mitigations?.iter().any(|mitigation| mitigation.state.value == State::InPlace);
            (!in_place).then(|| "none of its mitigations is in place".to_owned())
        }
        Answer::Accept => match &threat.accepted {
            None => Some("it is accepted, but by no acceptance".to_owned()),
            Some(id) => why_not_accepted(model.acceptance(&id.value)?, threat),
        },
        Answer::Transfer | Answer::Avoid | Answer::NotApplicable => match &threat.reason {
            Some(_) => None,
            None => Some(format!("its answer `{}` has no reason", answer.value.word())),
        },
    }
}

fn why_not_accepted(acceptance: &Acceptance, threat: &Threat) -> Option<String> {
    let id = &acceptance.id.value;
    let missing: Vec<&str> = [
        ("reason", acceptance.reason.is_none()),
        ("by", acceptance.by.is_none()),
        ("until", acceptance.until.is_none()),
    ]
    .into_iter()
    .filter_map(|(key, absent)| absent.then_some(key))
    .collect();
    if !missing.is_empty() {
        return Some(format!("its acceptance `{id}` has no `{}`", missing.join("`, no `")));
    }
    let covered = acceptance.covers.iter().any(|covered| covered.value == threat.id.value);
    (!covered).then(|| format!("its acceptance `{id}` does not cover it"))
}

fn acceptance_expired(facts: &Facts, found: &mut Findings<'_>) {
    for acceptance in facts.threats.models.iter().flat_map(|model| &model.acceptances) {
        let Some(until) = acceptance.until.as_ref().filter(|until| until.value < facts.as_of) else {
            continue;
        };
        let id = &acceptance.id.value;
        found.add(&until.at, format!("acceptance `{id}` ended on {}", until.value)).about(id);
    }
}

fn interface_without_threat(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let affected: BTreeSet<&str> =
            model.threats.iter().flat_map(|threat| words(&threat.affects)).collect();
        let flows = model.flows.iter().filter(|flow| affected.contains(flow.id.value.as_str()));
        let passed: BTreeSet<&str> = flows.flat_map(|flow| words(&flow.via)).collect();
        // A threat to a zone reaches what stands in it.
        let reached = |part: &&Part| {
            let zone = part.zone.as_deref();
            affected.contains(part.id.value.as_str()) || zone.is_some_and(|zone| affected.contains(zone))
        };
        let parts: BTreeSet<&str> =
            model.components.iter().filter(reached).map(|part| part.id.value.as_str()).collect();
        for interface in &model.interfaces {
            let id = interface.id.value.as_str();
            let on = words(&interface.on).any(|on| parts.contains(on));
            if !(affected.contains(id) || passed.contains(id) || on) {
                found.add(&interface.id.at, format!("no threat affects interface `{id}`")).about(id);
            }
        }
    }
}

fn role_without_interface(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let used: BTreeSet<&str> =
            model.interfaces.iter().flat_map(|interface| words(&interface.roles)).collect();
        for role in model.roles.iter().filter(|role| !used.contains(role.value.as_str())) {
            found.add(&role.at, format!("role `{}` reaches no interface", role.value)).about(&role.value);
        }
    }
}

fn words<'a>(placed: impl IntoIterator<Item = &'a Placed<String>>) -> impl Iterator<Item = &'a str> {
    placed.into_iter().map(|word| word.value.as_str())
}

fn in_place(facts: &Facts) -> impl Iterator<Item = &Mitigation> {
    let all = facts.threats.models.iter().flat_map(|model| &model.mitigations);
    all.filter(|mitigation| mitigation.state.value == State::InPlace)
}

/// The mitigations in place whose tests their model could name, and what to say of the other models: their
/// format can't name a test, so that one finding says it for all their mitigations.
fn testable<'f>(
    facts: &'f Facts,
    found: &mut Findings<'_>,
    bare: impl Fn(&Mitigation) -> bool,
    missing: &str,
) -> Vec<&'f Mitigation> {
    let mut testable = Vec::new();
    for model in &facts.threats.models {
        let in_place = model.mitigations.iter().filter(|mitigation| mitigation.state.value == State::InPlace);
        let bare: Vec<_> = in_place.filter(|mitigation| bare(mitigation)).collect();
        if model.extended || model.format.can_say(Aspect::Tests) {
            testable.extend(bare);
        } else if !bare.is_empty() {
            let (count, format) = (bare.len(), model.format.name());
            found
                .add(&model.title.at, format!("no test {missing} the mitigations of this model, {count} in number"))
                .about(&model.title.value)
                .help(format!(
                    "{format} can't name tests: add an overlay beside the model (`extend = \"...\"`) that does"
                ));
        }
    }
    testable
}

fn mitigation_without_test(facts: &Facts, found: &mut Findings<'_>) {
    let bare = |mitigation: &Mitigation| mitigation.tests.is_empty() && mitigation.evidence.is_empty();
    for mitigation in testable(facts, found, bare, "tries") {
        let id = &mitigation.id.value;
        found
            .add(&mitigation.id.at, format!("no test or evidence shows that mitigation `{id}` works"))
            .about(id);
    }
}

fn mitigation_not_attacked(facts: &Facts, found: &mut Findings<'_>) {
    let bare = |mitigation: &Mitigation| mitigation.thwart.is_empty() && mitigation.evidence.is_empty();
    for mitigation in testable(facts, found, bare, "tries to defeat") {
        let id = &mitigation.id.value;
        found.add(&mitigation.id.at, format!("no test tries to defeat mitigation `{id}`")).about(id);
    }
    for mitigation in in_place(facts) {
        let twice = |thwart: &&Placed<String>| mitigation.tests.iter().any(|test| test.value == thwart.value);
        for thwart in mitigation.thwart.iter().filter(twice) {
            let message = format!("`{}` stands both for the use and for the attack", thwart.value);
            found.add(&thwart.at, message).about(&mitigation.id.value);
        }
    }
}

/// Every test that a model names, with who names it; records outside the code are left out.
fn named_tests(facts: &Facts) -> Vec<(&Placed<String>, &str)> {
    let mut named = Vec::new();
    for model in &facts.threats.models {
        for mitigation in &model.mitigations {
            let tests = mitigation.tests.iter().chain(&mitigation.thwart);
            named.extend(tests.map(|test| (test, mitigation.id.value.as_str())));
        }
        for interface in &model.interfaces {
            named.extend(interface.proof.iter().map(|test| (test, interface.id.value.as_str())));
        }
    }
    named.retain(|(test, _)| !claims::is_record(&test.value));
    named
}

fn named_test_missing(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for (test, owner) in named {
        let name = &test.value;
        let (message, near) = match index.look_up(name) {
            Found::Items(items) if items.iter().any(|item| item.test) => continue,
            Found::Items(_) | Found::Module => (format!("`{name}` is there, but it is no test"), None),
            Found::Gone(near) => (format!("there is no test `{name}`"), near),
            Found::InMacro | Found::Unseen => continue,
        };
        let finding = found.add(&test.at, message);
        finding.about(name).about(owner);
        if let Some(near) = near {
            finding.help(near);
        }
    }
}

fn named_test_ignored(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for (test, owner) in named {
        let Found::Items(items) = index.look_up(&test.value) else { continue };
        let tests: Vec<_> = items.into_iter().filter(|item| item.test).collect();
        if let Some(first) = tests.first().filter(|_| tests.iter().all(|item| item.ignored)) {
            found
                .add(&test.at, format!("test `{}` is ignored: it never runs by itself", test.value))
                .about(&test.value)
                .about(owner)
                .with(&first.site.at, "ignored here");
        }
    }
}

fn named_code_missing(facts: &Facts, found: &mut Findings<'_>) {
    let mut named: Vec<(&Placed<String>, String)> = Vec::new();
    for model in &facts.threats.models {
        for interface in &model.interfaces {
            let owner = format!("interface `{}`", interface.id.value);
            named.extend(interface.code.iter().map(|path| (path, owner.clone())));
        }
        for mitigation in &model.mitigations {
            let owner = format!("mitigation `{}`", mitigation.id.value);
            named.extend(mitigation.code.iter().map(|path| (path, owner.clone())));
        }
    }
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for (path, owner) in named {
        let name = &path.value;
        let (message, near) = match index.look_up(name) {
            Found::Gone(near) => (format!("there is no `{name}`, the code of {owner}"), near),
            Found::Items(items) if items.iter().all(|item| item.site.scope == Scope::Test) => {
                (format!("`{name}`, the code of {owner}, is test code"), None)
            }
            Found::Items(_) | Found::Module | Found::InMacro | Found::Unseen => continue,
        };
        let finding = found.add(&path.at, message);
        finding.about(name);
        if let Some(near) = near {
            finding.help(near);
        }
    }
}

fn undeclared_listener(facts: &Facts, found: &mut Findings<'_>) {
    if facts.threats.models.is_empty() || !facts.threats.broken.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for listener in listeners::opened(&facts.code) {
        let claims = claims_of(facts, &index, &listener);
        let within = &listener.call.site.within;
        let message = match claims.first() {
            None => format!("`{}` opens a way in that no interface of the model claims", listener.name),
            Some(claim) if claims.iter().all(|claim| is_switched_off(claim, &listener)) => format!(
                "`{}` opens a way in, but interface `{}` is `{}`",
                listener.name,
                claim.id.value,
                claim.state.as_ref().map_or("", |state| state.value.as_str())
            ),
            Some(_) => continue,
        };
        found
            .add(&listener.call.site.at, message)
            .about(within)
            .help(format!("add `{within}` to the `code` of an interface, or close the listener"));
    }
}

fn listener_contradicts_model(facts: &Facts, found: &mut Findings<'_>) {
    if facts.threats.models.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for listener in listeners::opened(&facts.code) {
        let claims = claims_of(facts, &index, &listener);
        // A function that several interfaces claim must agree with one of them.
        let mut differences = Vec::new();
        for claim in &claims {
            match difference(claim, &listener.address) {
                None => differences.clear(),
                Some(difference) => {
                    differences.push(difference);
                    continue;
                }
            }
            break;
        }
        if let Some((at, message)) = differences.into_iter().next() {
            found
                .add(&listener.call.site.at, message)
                .about(&listener.call.site.within)
                .with(at, "the model says so here");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::why_open;
    use crate::facts::threats::read_text;

    const OPEN: &str = r#"format = "health-sec/threats@1"
[model]
title = "pump"
[threat.T-01]
title = "no answer"
[threat.T-02]
title = "not yet"
answer = "open"
[threat.T-03]
title = "planned only"
answer = "mitigate"
by = ["M-01"]
[threat.T-04]
title = "accepted by nobody"
answer = "accept"
accepted = "AC-01"
[threat.T-05]
title = "no reason"
answer = "not-applicable"
[mitigation.M-01]
what = "a signature"
state = "planned"
[acceptance.AC-01]
covers = ["T-04"]
reason = "it is small"
until = 2027-01-01
"#;

    /// The titles of the threats that a text leaves open, or nothing where it is refused.
    fn open(text: &str) -> Option<Vec<String>> {
        let model = read_text(text)?;
        let open = model.threats.iter().filter(|threat| why_open(&model, threat).is_some());
        Some(open.map(|threat| threat.title.value.clone()).collect())
    }

    #[test]
    fn every_open_threat_is_open_until_it_is_answered() {
        assert_eq!(open(OPEN).expect("a model").len(), 5);
        let answered = OPEN
            .replace("\"no answer\"", "\"no answer\"\nanswer = \"transfer\"\nreason = \"the ward's\"")
            .replace("answer = \"open\"", "answer = \"avoid\"\nreason = \"left out\"")
            .replace("\"not-applicable\"", "\"not-applicable\"\nreason = \"no network\"")
            .replace("\"planned\"", "\"in-place\"")
            .replace("until", "by = \"h.okafor\"\nuntil");
        assert_eq!(open(&answered), Some(Vec::new()));
    }

    /// No slip of the pen closes a threat: a changed text is refused, or as many threats are open as
    /// before, or a threat leads to something that is not there, which is a finding of its own.
    #[test]
    fn no_changed_byte_and_no_lost_line_closes_a_threat() {
        let mut texts = Vec::new();
        for at in 0..OPEN.len() {
            for byte in ["", "#", "\"", "'", "=", "[", "]", ".", ",", "\n", "x", " ", "-", "0"] {
                texts.push(format!("{}{byte}{}", &OPEN[..at], &OPEN[at + 1..]));
                texts.push(format!("{}{byte}{}", &OPEN[..at], &OPEN[at..]));
            }
        }
        let lines: Vec<&str> = OPEN.lines().collect();
        for lost in 0..lines.len() {
            let kept = lines.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, line)| *line);
            texts.push(kept.collect::<Vec<_>>().join("\n"));
        }
        let mut read = 0;
        for text in texts {
            let Some(model) = read_text(&text) else { continue };
            read += 1;
            let open = model.threats.iter().filter(|threat| why_open(&model, threat).is_some()).count();
            let dangling = model.references.iter().filter(|reference| !reference.resolved).count();
            assert!(open == 5 || open + dangling >= 5, "{open} open, {dangling} dangling:\n{text}");
        }
        assert!(read > 500, "the test looks at texts that are read, not only at refused ones");
    }
}
