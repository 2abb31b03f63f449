//! Whether there is a model that can be read, and whether its ids lead somewhere.

use crate::facts::Facts;
use crate::finding::Findings;

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
