//! Words of models that nobody knows, and those that the policy translates.
//!
//! A tool that is released anew has new words for a status, and every hospital has protocols of its own. What such a word
//! means is not guessed: a threat with an unknown status is open. The policy may say what it means, in
//! `[threats.synonyms]`; where it does, the model keeps every place, so that nothing changes unseen.

use crate::policy::{LEVELS, Synonym, WordKind};
use crate::source::{Location, Placed};

use super::{Answer, Mitigation, Model, State, Threat, protocols};

/// A word of a model that the policy translates.
#[derive(Debug)]
pub struct Translated {
    /// The word, in the model.
    pub word: Placed<String>,
    /// The entry of the policy.
    pub synonym: Synonym,
}

/// Levels of tools, beside those that a policy names.
const MORE_LEVELS: &[&str] = &["elevated", "informational", "very high", "very low"];

/// Kinds of interfaces, beside those that listen (`-listen`) and those that call (`-client`).
pub const KINDS: &[&str] = &[
    "ble",
    "can",
    "child-process",
    "command-line",
    "console",
    "debug",
    "display",
    "file",
    "gpio",
    "hid",
    "i2c",
    "infrared",
    "ipc",
    "keyboard",
    "nfc",
    "radio",
    "rfid",
    "sensor",
    "serial",
    "spi",
    "storage",
    "touch",
    "uart",
    "usb",
    "wifi",
];

/// True for a word of a model that is known by itself.
#[must_use]
pub fn is_known(kind: WordKind, word: &str) -> bool {
    let plain = word.trim().to_lowercase();
    let word = plain.as_str();
    match kind {
        WordKind::Status => Answer::WORDS.iter().any(|(known, _)| *known == word),
        WordKind::Severity => {
            LEVELS.contains(&word) || MORE_LEVELS.contains(&word) || word.parse::<f64>().is_ok()
        }
        WordKind::Protocol => protocols::is_known(word),
        WordKind::Kind => KINDS.contains(&word) || word.ends_with("-listen") || word.ends_with("-client"),
    }
}

/// Translates the words of a model that are not known by themselves.
pub(super) fn translate(model: &mut Model, synonyms: &[Synonym]) {
    let find = |kind: WordKind, word: &str| {
        let mut all = synonyms.iter().filter(|own| own.kind == kind);
        all.find(|own| own.word.value.trim().eq_ignore_ascii_case(word.trim()))
    };
    let Model { threats, mitigations, flows, interfaces, translated, .. } = model;
    for threat in threats.iter_mut() {
        let unknown = threat.answer.as_mut().filter(|answer| answer.value == Answer::Unknown);
        if let Some(answer) = unknown
            && let Some(synonym) = find(WordKind::Status, written(&answer.at))
            && let Some((_, means)) = Answer::WORDS.iter().find(|(word, _)| *word == synonym.means.value)
        {
            answer.value = *means;
            let word = Placed { value: written(&answer.at).to_owned(), at: answer.at.clone() };
            settle(threat, &word.at, mitigations);
            translated.push(Translated { word, synonym: synonym.clone() });
        }
    }
    let levels = threats.iter_mut().flat_map(|threat| [&mut threat.before, &mut threat.after]).flatten();
    let levels = levels.filter_map(|rating| Some((WordKind::Severity, rating.level.as_mut()?)));
    let of_flows = flows.iter_mut().filter_map(|flow| Some((WordKind::Protocol, flow.protocol.as_mut()?)));
    let of_interfaces = interfaces.iter_mut().flat_map(|interface| {
        let protocol = interface.protocol.as_mut().map(|word| (WordKind::Protocol, word));
        [protocol, interface.kind.as_mut().map(|word| (WordKind::Kind, word))]
    });
    for (kind, word) in levels.chain(of_flows).chain(of_interfaces.flatten()) {
        if !is_known(kind, &word.value)
            && let Some(synonym) = find(kind, &word.value)
            && is_known(kind, &synonym.means.value)
        {
            translated.push(Translated { word: word.clone(), synonym: synonym.clone() });
            word.value.clone_from(&synonym.means.value);
        }
    }
}

/// A word as a model has it, without the quotes around it.
fn written(at: &Location) -> &str {
    at.snippet().trim().trim_matches(['"', '\''])
}

/// What a drawing says beside a status was read before it was known what the status means: a reason, or a mitigation.
fn settle(threat: &mut Threat, status: &Location, mitigations: &mut Vec<Mitigation>) {
    let own = mitigations
        .iter()
        .position(|own| own.state.at == *status && threat.by.iter().any(|by| by.value == own.id.value));
    let (Some(own), Some(answer)) = (own, threat.answer.as_ref().map(|answer| answer.value)) else { return };
    match answer {
        Answer::Mitigate => {
            if let Some(own) = mitigations.get_mut(own) {
                own.state.value = State::InPlace;
            }
        }
        Answer::Transfer | Answer::Avoid | Answer::NotApplicable if threat.reason.is_none() => {
            let own = mitigations.remove(own);
            threat.by.retain(|by| by.value != own.id.value);
            threat.reason = Some(own.what);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::STATUS;

    #[test]
    fn the_policy_and_models_have_the_same_words_for_a_status() {
        assert_eq!(Answer::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>(), STATUS);
    }

    #[test]
    fn a_kind_that_the_code_opens_is_known() {
        let table = include_str!("../../../rules/interfaces.toml");
        let kinds: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("kind = ")).collect();
        assert!(kinds.len() > 20);
        for kind in kinds {
            assert!(is_known(WordKind::Kind, kind.trim_matches('"')), "{kind}");
        }
    }
}
