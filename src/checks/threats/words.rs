//! Words of models that nobody knows, and what the policy says of them.

use std::collections::BTreeMap;

use super::standing;
use crate::document;
use crate::facts::Facts;
use crate::facts::threats::{KINDS, Model, is_known};
use crate::finding::Findings;
use crate::policy::WordKind;
use crate::source::Placed;

/// The words of a model whose meaning is judged. An unknown status is told with its threat.
fn words(model: &Model) -> impl Iterator<Item = (WordKind, &Placed<String>)> {
    let ratings = model.threats.iter().flat_map(|threat| [&threat.before, &threat.after]).flatten();
    let levels = ratings.filter_map(|rating| Some((WordKind::Severity, rating.level.as_ref()?)));
    let flows = model.flows.iter().filter_map(|flow| Some((WordKind::Protocol, flow.protocol.as_ref()?)));
    let interfaces = model.interfaces.iter().flat_map(|interface| {
        let protocol = interface.protocol.as_ref().map(|word| (WordKind::Protocol, word));
        [protocol, interface.kind.as_ref().map(|word| (WordKind::Kind, word))]
    });
    levels.chain(flows).chain(interfaces.flatten())
}

pub(super) fn model_word_unknown(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let mut unknown: BTreeMap<(WordKind, String), Vec<&Placed<String>>> = BTreeMap::new();
        for (kind, word) in words(model).filter(|(kind, word)| !is_known(*kind, &word.value)) {
            unknown.entry((kind, word.value.trim().to_lowercase())).or_default().push(word);
        }
        for ((kind, plain), all) in unknown {
            let Some(first) = all.iter().min_by_key(|word| &word.at) else { continue };
            let times = if all.len() == 1 { String::new() } else { format!(", {} times", all.len()) };
            let word = first.value.escape_debug().to_string();
            let finding = found.add(&first.at, format!("nobody knows the {} `{word}`{times}", kind.what()));
            finding.about(&first.value);
            match document::suggestion(&plain, KINDS).filter(|_| kind == WordKind::Kind) {
                Some(near) => finding.help(near),
                None => finding
                    .help(format!(
                        "write a known word, or say in the policy what it means, [threats.synonyms.{}]",
                        kind.word()
                    ))
                    .paste([format!("\"{word}\" = \"...\"")]),
            };
        }
    }
}

pub(super) fn synonym_unused(facts: &Facts, found: &mut Findings<'_>) {
    let translated = || facts.threats.models.iter().flat_map(|model| &model.translated);
    for synonym in &facts.policy.synonyms {
        let (what, means) = (synonym.kind.what(), &synonym.means.value);
        let message = if !is_known(synonym.kind, means) {
            format!("nobody knows the {what} `{}` either", means.escape_debug())
        } else if translated().any(|used| used.synonym.word.at == synonym.word.at) {
            continue;
        } else {
            format!(
                "no model has the {what} `{}`, or it is known by itself",
                synonym.word.value.escape_debug()
            )
        };
        found.add(&synonym.word.at, message).about(&synonym.word.value);
    }
}

pub(super) fn synonym_closes_threat(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let mut closed: BTreeMap<&str, Vec<&Placed<String>>> = BTreeMap::new();
        for threat in &model.threats {
            let Some(answer) = &threat.answer else { continue };
            let used = model.translated.iter().find(|used| used.word.at == answer.at);
            if let Some(used) = used.filter(|_| standing(model, threat, facts.as_of).is_ok()) {
                closed.entry(&used.synonym.word.value).or_default().push(&threat.title);
            }
        }
        for (word, threats) in closed {
            let Some(used) = model.translated.iter().find(|used| used.synonym.word.value == word) else {
                continue;
            };
            let what =
                if threats.len() == 1 { "1 threat".to_owned() } else { format!("{} threats", threats.len()) };
            let means = &used.synonym.means.value;
            let message =
                format!("`{}` counts as `{means}`, which answers {what} of this model", word.escape_debug());
            let finding = found.add(&used.word.at, message);
            finding.about(word).with(&used.synonym.word.at, "by the policy");
            for title in threats.into_iter().take(2) {
                finding.with(&title.at, "a threat that it answers");
            }
        }
    }
}
