//! Whether there is a model that can be read, and whether its ids lead somewhere.

use crate::facts::Facts;
use crate::finding::Findings;
use crate::source::Placed;

pub(super) fn threat_model_missing(facts: &Facts, found: &mut Findings<'_>) {
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

/// What tools and their examples write where somebody means to write later. Whole texts, in small letters.
const OF_EXAMPLES: &[&str] = &[
    "some example application",
    "example application",
    "model stub",
    "demo threat model",
    "new threat model",
    "your-name-here",
    "your name here",
    "your name",
    "john doe",
    "jane doe",
];

/// How the titles begin that tools give to new threats.
const NEW_THREATS: &[&str] =
    &["new stride threat", "new generic threat", "new threat", "new cia threat", "new linddun threat"];

pub(super) fn threat_model_template(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let plain = |text: &Placed<String>| text.value.trim().to_lowercase();
        let told = [("title", Some(&model.title)), ("owner", model.owner.as_ref())];
        for (what, text) in told.into_iter().filter_map(|(what, text)| Some((what, text?))) {
            if OF_EXAMPLES.contains(&plain(text).as_str()) {
                let message = format!("the {what} of this model, `{}`, is that of an example", text.value);
                found.add(&text.at, message).about(&model.title.value);
            }
        }
        let new: Vec<&Placed<String>> = model
            .threats
            .iter()
            .map(|threat| &threat.title)
            .filter(|title| NEW_THREATS.contains(&plain(title).as_str()))
            .collect();
        if let Some(first) = new.first() {
            let count = new.len();
            let message = match count {
                1 => format!(
                    "a threat of this model still has the title that the tool gave it, `{}`",
                    first.value
                ),
                _ => format!(
                    "{count} threats of this model still have the title that the tool gave them, `{}`",
                    first.value
                ),
            };
            found.add(&first.at, message).about(&model.title.value);
        }
    }
}

pub(super) fn threat_model_unlinked(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.unlinked {
        let title = &model.title;
        found
            .add(&model.at, format!("nothing links this threat model, \"{title}\" ({})", model.format.name()))
            .about(model.at.path())
            .help("name it under [workspace.metadata.health-sec] or in the policy, or delete it where another one is kept");
    }
}

pub(super) fn threat_model_unreadable(facts: &Facts, found: &mut Findings<'_>) {
    for broken in facts.threats.broken.iter().filter(|broken| !broken.unbuilt) {
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

pub(super) fn threat_model_unbuilt(facts: &Facts, found: &mut Findings<'_>) {
    for broken in facts.threats.broken.iter().filter(|broken| broken.unbuilt) {
        let link = &broken.link.value;
        let at = broken.at.as_ref().unwrap_or(&broken.link.at);
        found.add(at, format!("`{link}` has not been built: {}", broken.why)).about(link);
    }
}

pub(super) fn threat_reference_dangling(facts: &Facts, found: &mut Findings<'_>) {
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
