//! Checks on the ledger: an exception has an end, a use and two people, and holds for what it was
//! written for.

use crate::document::suggestion;
use crate::facts::Facts;
use crate::facts::components::{Component, Ships};
use crate::finding::{Finding, Findings, Mark, Match, accepts, matched, states};
use crate::policy::{Endless, Justification, Leftover, Status, Waiver};
use crate::source::Location;

use super::rules;

rules!["policy":
    waiver_expired,
    waiver_reopened,
    waiver_unused,
    waiver_unapproved,
    waiver_too_long,
    waiver_contradicts_itself,
    waiver_without_comment,
    comment_without_waiver,
    comment_accepts_nothing,
    member_policy_loosened,
    imported_exception_endless,
    imported_exception_unused,
    baseline_grown,
];

/// The manufacturer's own entries.
fn own(facts: &Facts) -> impl Iterator<Item = &Waiver> {
    facts.policy.waivers.iter().filter(|waiver| waiver.imported.is_none())
}

/// What stands for an entry in messages: the rule and the place.
fn named(waiver: &Waiver) -> String {
    match &waiver.imported {
        Some(imported) => format!("the exception of {} for `{}`", imported.tool, waiver.place.value),
        None => format!("the waiver of `{}` for `{}`", waiver.rule.value, waiver.place.value),
    }
}

fn waiver_expired(facts: &Facts, found: &mut Findings<'_>) {
    for waiver in facts.policy.waivers.iter().filter(|waiver| !waiver.holds_on(facts.as_of)) {
        let Some(until) = &waiver.until else { continue };
        let what = match &waiver.imported {
            Some(_) => named(waiver),
            None => format!("this waiver of `{}`", waiver.rule.value),
        };
        found.add(&until.at, format!("{what} ended on {}", until.value)).about(&waiver.rule.value);
    }
}

/// What became of an entry, over all findings.
enum Fate<'a> {
    /// It is about something that is there, changed or not.
    Used,
    /// What it was about has changed.
    Reopened(&'a Finding, Match),
    /// Nothing there is like it.
    Unused,
}

fn fate<'a>(waiver: &Waiver, facts: &Facts, before: &'a [Finding]) -> Fate<'a> {
    let mut fate = Fate::Unused;
    for finding in before {
        match accepts(waiver, finding, facts) {
            Match::No => {}
            reopened @ Match::Reopened(_) => {
                if matches!(fate, Fate::Unused) {
                    fate = Fate::Reopened(finding, reopened);
                }
            }
            Match::Holds | Match::Ended | Match::Refused | Match::Unstated => return Fate::Used,
        }
    }
    fate
}

fn waiver_reopened(facts: &Facts, found: &mut Findings<'_>) {
    for waiver in &facts.policy.waivers {
        let Fate::Reopened(finding, Match::Reopened(changes)) = fate(waiver, facts, found.before()) else {
            continue;
        };
        let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
        found
            .add(
                changed_at(waiver, &changes),
                format!("{} holds no more: {}", named(waiver), changes.join("; ")),
            )
            .about(&waiver.rule.value)
            .about(&waiver.place.value)
            .help("look at the finding again; `cargo health-sec waive` prints a new entry for what is there today")
            .with(&finding.at, "the finding stands again");
    }
}

/// Where an entry says what is no longer so.
fn changed_at<'a>(waiver: &'a Waiver, changes: &[String]) -> &'a Location {
    let first = changes.first().map(String::as_str).unwrap_or_default();
    let fields = [
        ("the version", waiver.component.as_ref().map(|field| &field.at)),
        ("the checksum", waiver.checksum.as_ref().map(|field| &field.at)),
        ("the digest", waiver.facts.as_ref().map(|field| &field.at)),
        ("the member", waiver.member.as_ref().map(|field| &field.at)),
        ("its use", waiver.edge.as_ref().map(|field| &field.at)),
        ("the target", waiver.target.as_ref().map(|field| &field.at)),
    ];
    let field = fields.into_iter().find(|(what, _)| first.starts_with(what)).and_then(|(_, at)| at);
    field.unwrap_or(&waiver.place.at)
}

/// What was not looked at can't show that an exception is superfluous.
fn seen_whole(facts: &Facts, inspects: impl Fn(crate::facts::Kind) -> bool) -> bool {
    facts.workspace.members.iter().all(|member| member.chosen)
        && !facts.gaps.iter().any(|gap| inspects(gap.kind))
}

fn waiver_unused(facts: &Facts, found: &mut Findings<'_>) {
    for waiver in own(facts) {
        let rule = waiver.rule.value.as_str();
        let Some(known) = super::rule(rule) else {
            found.add(&waiver.rule.at, format!("there is no rule `{rule}`")).about(rule);
            continue;
        };
        let complete = seen_whole(facts, |kind| known.inspects.contains(&kind));
        if complete && matches!(fate(waiver, facts, found.before()), Fate::Unused) {
            let scope = waiver.component.as_ref().map(|id| format!(" and about `{}`", id.value));
            found
                .add(
                    &waiver.place.at,
                    format!(
                        "no finding of `{rule}` is at `{}`{}",
                        waiver.place.value,
                        scope.unwrap_or_default()
                    ),
                )
                .about(rule);
        }
    }
}

fn waiver_unapproved(facts: &Facts, found: &mut Findings<'_>) {
    if facts.policy.waivers.is_empty() {
        return;
    }
    if !facts.policy.exceptions.approval.as_ref().is_some_and(|asked| asked.value) {
        return found.undecided();
    }
    for (index, waiver) in facts.policy.waivers.iter().enumerate() {
        let (at, what) = match &waiver.approver {
            None => (&waiver.at, "has no approver".to_owned()),
            Some(approver) if same_person(&approver.value, &waiver.by.value) => {
                (&approver.at, format!("is approved by its author, {}", waiver.by.value))
            }
            Some(approver) => {
                let written = facts.authors.of.get(index).into_iter().flatten();
                match written.into_iter().find(|author| author.is_called(&approver.value)) {
                    Some(author) => (
                        &approver.at,
                        format!("is approved by {}, who wrote its lines ({})", approver.value, author.email),
                    ),
                    None => continue,
                }
            }
        };
        found.add(at, format!("{} {what}", named(waiver))).about(&waiver.rule.value);
    }
}

/// True where both words name the same person, as far as words tell.
fn same_person(a: &str, b: &str) -> bool {
    use crate::facts::authors::Author;
    let person = |words: &str| match words.split_once('<') {
        Some((name, email)) => {
            Author { name: name.trim().to_owned(), email: email.trim_end_matches('>').to_owned() }
        }
        None => Author { name: words.trim().to_owned(), email: words.trim().to_owned() },
    };
    person(a).is_called(b) || person(b).is_called(a)
}

fn waiver_too_long(facts: &Facts, found: &mut Findings<'_>) {
    if own(facts).next().is_none() {
        return;
    }
    let Some(longest) = &facts.policy.exceptions.longest_days else { return found.undecided() };
    for waiver in own(facts) {
        let Some(until) = &waiver.until else { continue };
        let (from, since) = match &waiver.created {
            // A day to come would make any end a near one.
            Some(created) if created.value <= facts.as_of => (created.value, "after it was written"),
            _ => (facts.as_of, "from today"),
        };
        let days = from.until(until.value).map_or(0, |span| i64::from(span.get_days()));
        if days > i64::from(longest.value) {
            let message =
                format!("{} ends {days} days {since}, and the longest is {}", named(waiver), longest.value);
            found.add(&until.at, message).about(&waiver.rule.value).with(&longest.at, "the limit");
        }
    }
}

fn waiver_contradicts_itself(facts: &Facts, found: &mut Findings<'_>) {
    for waiver in own(facts) {
        if let Some((at, what)) = contradiction(waiver, facts, found.before()) {
            found.add(at, format!("{} {what}", named(waiver))).about(&waiver.rule.value);
        }
    }
}

fn contradiction<'a>(
    waiver: &'a Waiver,
    facts: &'a Facts,
    before: &'a [Finding],
) -> Option<(&'a Location, String)> {
    let met: Vec<&Finding> = before
        .iter()
        .filter(|finding| !matches!(accepts(waiver, finding, facts), Match::No | Match::Reopened(_)))
        .collect();
    let linked = |finding: &&Finding| {
        let component = finding.component(facts).and_then(|index| facts.components.all.get(index));
        component.filter(|component| component.ships == Ships::Product).map(Component::id)
    };
    let justified = waiver.justification.as_ref();
    if let Some(why) = justified.filter(|_| status(waiver) != Some(Status::NotAffected)) {
        return Some((&why.at, "gives a justification without the status `not_affected`".to_owned()));
    }
    let status = waiver.status.as_ref()?;
    if let Some(finding) = met.iter().find(|finding| finding.concerns.advisory.is_none()) {
        return Some((&status.at, format!("has a status, but `{}` rests on no advisory", finding.rule.id)));
    }
    if status.value == Status::NotAffected && justified.is_none() {
        return Some((&status.at, "says `not_affected` and not why".to_owned()));
    }
    if justified.is_some_and(|why| why.value == Justification::ComponentNotPresent) {
        let id = met.iter().find_map(linked)?;
        return Some((
            &status.at,
            format!("says that `{id}` is not there, and it is linked into the product"),
        ));
    }
    if status.value == Status::Fixed {
        let published = |finding: &&&Finding| !finding.rule.id.ends_with("_copy");
        let finding = met.iter().find(published)?;
        let id = finding.component(facts).and_then(|index| facts.components.all.get(index))?.id();
        return Some((
            &status.at,
            format!("says `fixed`, and `{id}` is the published version that is affected"),
        ));
    }
    None
}

fn status(waiver: &Waiver) -> Option<Status> {
    waiver.status.as_ref().map(|status| status.value)
}

fn waiver_without_comment(facts: &Facts, found: &mut Findings<'_>) {
    let Some(asked) = facts.policy.exceptions.in_source.as_ref().filter(|asked| asked.value) else { return };
    for waiver in &facts.policy.waivers {
        let unstated = |finding: &&Finding| accepts(waiver, finding, facts) == Match::Unstated;
        let places: Vec<&Finding> = found.before().iter().filter(unstated).collect();
        if places.is_empty() {
            continue;
        }
        let finding =
            found.add(&waiver.place.at, format!("{} is stated by no comment beside the code", named(waiver)));
        finding
            .about(&waiver.rule.value)
            .about(&waiver.place.value)
            .help(format!("write above the code: // health-sec: accept({}) and why", waiver.rule.value))
            .with(&asked.at, "the policy asks for it");
        for place in places {
            finding.with(&place.at, "here");
        }
    }
}

fn comment_without_waiver(facts: &Facts, found: &mut Findings<'_>) {
    for said in &facts.code.acceptances {
        let here: Vec<&Finding> = found.before().iter().filter(|finding| states(said, finding)).collect();
        let entered = |finding: &&Finding| {
            facts.policy.waivers.iter().any(|waiver| accepts(waiver, finding, facts) == Match::Holds)
        };
        if here.is_empty() || here.iter().all(entered) {
            continue;
        }
        let ended = facts
            .policy
            .waivers
            .iter()
            .find(|waiver| here.iter().any(|finding| accepts(waiver, finding, facts) == Match::Ended));
        let why = match ended.and_then(|waiver| waiver.until.as_ref()) {
            Some(until) => format!("the entry of the ledger ended on {}", until.value),
            None => "no entry of the ledger does so".to_owned(),
        };
        let message = format!("`{}` is accepted here, and {why}", said.rule);
        found.add(&said.at, message).about(&said.rule).help(format!(
            "`cargo health-sec waive {} {} ...` prints one",
            said.rule,
            said.at.path()
        ));
    }
}

fn comment_accepts_nothing(facts: &Facts, found: &mut Findings<'_>) {
    for said in &facts.code.acceptances {
        let known = super::rule(&said.rule);
        let why = match known {
            _ if said.rule.is_empty() => {
                "this comment can't be read: write `health-sec: accept(rule) reason`".to_owned()
            }
            None => format!("there is no rule `{}`", said.rule),
            Some(_) if said.reason.is_empty() => format!("`{}` is accepted without a reason", said.rule),
            Some(rule) => {
                let whole = seen_whole(facts, |kind| rule.inspects.contains(&kind));
                if !whole || found.before().iter().any(|finding| states(said, finding)) {
                    continue;
                }
                format!("`{}` finds nothing here that could be accepted", said.rule)
            }
        };
        let finding = found.add(&said.at, why);
        finding.about(&said.rule);
        if known.is_none() && !said.rule.is_empty() {
            let ids: Vec<&str> = super::catalogue().iter().map(|(rule, _)| rule.id).collect();
            let help = suggestion(&said.rule, &ids);
            help.map(|help| finding.help(help));
        }
    }
}

fn member_policy_loosened(facts: &Facts, found: &mut Findings<'_>) {
    for loosened in &facts.policy.loosened {
        let finding = found.add(&loosened.at, format!("`{}` {}", loosened.member, loosened.what));
        finding
            .about(&loosened.member)
            .help("take it out, or have it decided in the policy of the workspace");
        if let Some(decided) = &loosened.decided {
            finding.with(decided, "decided here");
        }
    }
}

fn imported_exception_unused(facts: &Facts, found: &mut Findings<'_>) {
    use crate::facts::Kind::{Advisories, Components};
    if !seen_whole(facts, |kind| matches!(kind, Advisories | Components)) {
        return;
    }
    for waiver in facts.policy.waivers.iter().filter(|waiver| waiver.imported.is_some()) {
        if matches!(fate(waiver, facts, found.before()), Fate::Unused) {
            found
                .add(&waiver.at, format!("{} is met by nothing here", named(waiver)))
                .about(&waiver.place.value);
        }
    }
}

fn imported_exception_endless(facts: &Facts, found: &mut Findings<'_>) {
    let endless = facts.policy.exceptions.endless;
    let imported = facts.policy.waivers.iter().filter(|waiver| waiver.imported.is_some());
    for waiver in imported.filter(|waiver| waiver.until.is_none() && endless != Endless::Honour) {
        let held = if endless == Endless::Refuse { "and does not hold" } else { "and holds" };
        found
            .add(&waiver.at, format!("{} has no end, {held}", named(waiver)))
            .about(&waiver.place.value)
            .help("make it an entry of health-sec.toml with a person and an end: `cargo health-sec waive` prints one");
    }
}

fn baseline_grown(facts: &Facts, found: &mut Findings<'_>) {
    let (Some(baseline), states) = (&facts.policy.baseline, &facts.leftovers.states) else { return };
    let marks = |entries: &[Leftover]| entries.iter().map(Mark::from).collect::<Vec<_>>();
    let mut all: Vec<Vec<Mark>> = states.iter().map(|state| marks(&state.entries)).collect();
    all.push(marks(&baseline.entries));
    // What each entry was in the state before.
    let steps: Vec<Vec<Option<usize>>> = all.windows(2).map(|pair| matched(&pair[0], &pair[1])).collect();
    for (index, entry) in baseline.entries.iter().enumerate() {
        let mut at = index;
        for (step, state) in steps.iter().zip(states).rev() {
            let Some(before) = step[at] else {
                let message = format!(
                    "this entry is not of the day on which the record began: nothing in it was like this in commit {:.7} of {}",
                    state.commit, state.on
                );
                found
                    .add(&entry.rule.at, message)
                    .about(&entry.rule.value)
                    .help("mend the finding, or accept it with a waiver; `cargo health-sec baseline` only takes entries out");
                break;
            };
            at = before;
        }
    }
}
