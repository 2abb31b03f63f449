//! Which threats are open, and why.

use jiff::civil::Date;

use crate::facts::Facts;
use crate::facts::threats::placeholders::says_nothing;
use crate::facts::threats::{Acceptance, Answer, Mitigation, Model, State, Threat};
use crate::finding::Findings;
use crate::source::Placed;

pub(super) fn threat_open(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        for threat in &model.threats {
            let Some(why) = why_open(model, threat) else { continue };
            let at = threat.answer.as_ref().map_or(&threat.id.at, |answer| &answer.at);
            let id = &threat.id.value;
            // The ids of drawings are made by a tool: nobody knows them.
            let shown = if model.has_own_ids() { id } else { &threat.title.value };
            let finding = found.add(at, format!("threat `{shown}` is open: {why}"));
            finding.about(id).with(&threat.title.at, "the threat");
            for mitigation in threat.by.iter().filter_map(|id| model.mitigation(&id.value)) {
                let state = mitigation.state.value.word();
                finding.with(&mitigation.state.at, format!("`{}` is {state}", mitigation.id.value));
            }
        }
    }
}

pub(super) fn threat_untouched(facts: &Facts, found: &mut Findings<'_>) {
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

/// What stands as the answer to a threat on a day, or why it is open: whatever rule says so.
///
/// # Errors
/// Why it is open.
pub fn standing(model: &Model, threat: &Threat, as_of: Date) -> Result<Answer, String> {
    if threat.untouched {
        return Err("a tool made it, and nobody has judged it".to_owned());
    }
    if let Some(why) = why_open(model, threat) {
        return Err(why);
    }
    let Some(answer) = &threat.answer else { return Err("it has no answer".to_owned()) };
    let lost = |id: &&Placed<String>| model.mitigation(&id.value).is_none();
    match (answer.value, threat.accepted.as_ref()) {
        (Answer::Mitigate, _) => match threat.by.iter().find(lost) {
            Some(lost) => Err(format!("there is no mitigation `{}`", lost.value)),
            None => Ok(answer.value),
        },
        (Answer::Accept, Some(id)) => match model.acceptance(&id.value) {
            None => Err(format!("there is no acceptance `{}`", id.value)),
            Some(acceptance) => match acceptance.until.as_ref().filter(|until| until.value < as_of) {
                Some(until) => Err(format!("its acceptance ended on {}", until.value)),
                None => Ok(answer.value),
            },
        },
        _ => Ok(answer.value),
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
            Some(reason) if says_nothing(&reason.value) => Some(format!(
                "the reason for its answer `{}` says nothing, `{}`",
                answer.value.word(),
                reason.value
            )),
            Some(_) => None,
            None => Some(format!("its answer `{}` has no reason", answer.value.word())),
        },
    }
}

fn why_not_accepted(acceptance: &Acceptance, threat: &Threat) -> Option<String> {
    let id = &acceptance.id.value;
    let missing = acceptance.lacks();
    if !missing.is_empty() {
        return Some(format!("its acceptance `{id}` has no `{}`", missing.join("`, no `")));
    }
    let covered = acceptance.covers.iter().any(|covered| covered.value == threat.id.value);
    (!covered).then(|| format!("its acceptance `{id}` does not cover it"))
}

pub(super) fn acceptance_expired(facts: &Facts, found: &mut Findings<'_>) {
    for acceptance in facts.threats.models.iter().flat_map(|model| &model.acceptances) {
        let Some(until) = acceptance.until.as_ref().filter(|until| until.value < facts.as_of) else {
            continue;
        };
        let id = &acceptance.id.value;
        found.add(&until.at, format!("acceptance `{id}` ended on {}", until.value)).about(id);
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
        for (word, left) in
            [("\"the ward's\"", 1), ("\"no network\"", 1), ("\"it is small\"", 1), ("\"h.okafor\"", 1)]
        {
            for nothing in ["\"TBD\"", "\"-\"", "\"n/a\"", "\"todo: ask\""] {
                let text = answered.replace(word, nothing);
                assert_eq!(open(&text).map(|open| open.len()), Some(left), "{word} {nothing}");
            }
        }
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
