//! People in what is handed on: a model names reviewers, testers and those who accept risks, and a reader elsewhere needs to
//! know only that two of them are not the same.

use std::collections::BTreeMap;

use crate::source::Placed;

use super::{Model, Threats};

impl Threats {
    /// Puts a pseudonym in the place of every person: the same for the same, in the order in which they are named.
    pub fn hide_people(&mut self) {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let mut hide = |person: &mut Placed<String>| {
            let next = known.len() + 1;
            let key = person.value.trim().to_lowercase();
            person.value.clone_from(known.entry(key).or_insert_with(|| format!("person {next}")));
        };
        for model in &mut self.models {
            people(model).into_iter().for_each(&mut hide);
        }
    }
}

/// Every place where a model names a person.
fn people(model: &mut Model) -> Vec<&mut Placed<String>> {
    let mut people: Vec<&mut Placed<String>> = model.reviewers.iter_mut().collect();
    people.extend(model.reviews.iter_mut().flat_map(|review| &mut review.by));
    for acceptance in &mut model.acceptances {
        people.extend(acceptance.evidence.iter_mut().map(|record| &mut record.by));
        people.extend(acceptance.by.as_mut());
    }
    for mitigation in &mut model.mitigations {
        people.extend(&mut mitigation.owner);
        people.extend(mitigation.evidence.iter_mut().map(|record| &mut record.by));
    }
    // Teams own models as often as people do; an address is a person's.
    people.extend(model.owner.as_mut().filter(|owner| owner.value.contains('@')));
    people
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::threats::read_text;

    #[test]
    fn people_are_told_apart_and_not_named() {
        let text = "format = \"health-sec/threats@1\"\n[model]\ntitle = \"pump\"\nowner = \"pump-team\"\n\
            [acceptance.A]\nby = \"ann@pump.example\"\n[review.R-1]\nby = [\"bob@pump.example\", \"Ann@pump.example\"]\n";
        let mut threats = Threats { models: vec![read_text(text).expect("a model")], ..Threats::default() };
        threats.hide_people();
        let model = &threats.models[0];
        let by: Vec<&str> = model.reviews[0].by.iter().map(|person| person.value.as_str()).collect();
        assert_eq!(by, ["person 1", "person 2"]);
        assert_eq!(model.acceptances[0].by.as_ref().map(|by| by.value.as_str()), Some("person 2"));
        assert_eq!(model.owner.as_ref().map(|owner| owner.value.as_str()), Some("pump-team"));
    }
}
