//! The facts of a row as short texts: the same words in every table.

use super::Row;

/// A column: its name and what stands in it.
pub(super) type Column = (&'static str, fn(&Row<'_>) -> String);

/// Every fact in a column of its own; the names are frozen.
pub(super) const COLUMNS: &[Column] = &[
    ("rule", |row| row.demand.id.clone()),
    ("profile", |row| row.demand.profile.unwrap_or("own").to_owned()),
    ("obligation", |row| obligation(row).to_owned()),
    ("says", |row| row.demand.says.clone()),
    ("channels", channels),
    (
        "level",
        |row| if row.demand.lints.is_empty() { String::new() } else { row.demand.level.word().to_owned() },
    ),
    ("lints", |row| words(row.demand.lints.iter().map(|lint| lint.value.as_str()))),
    ("tool_rules", |row| words(row.demand.rules.iter().map(|rule| rule.value.as_str()))),
    ("review", |row| row.demand.review.clone().unwrap_or_default()),
    ("record", |row| row.review.map(|review| review.record.value.clone()).unwrap_or_default()),
    ("reviewed_by", |row| row.review.map(|review| review.by.value.clone()).unwrap_or_default()),
    ("reviewed_on", |row| row.review.map(|review| review.on.value.to_string()).unwrap_or_default()),
    ("result", |row| row.outcome.word().to_owned()),
    ("because", |row| row.because.join("; ")),
    ("excluded_for", |row| row.exclusion.map(|exclusion| exclusion.reason.value.clone()).unwrap_or_default()),
    ("excluded_by", |row| {
        let person = row.exclusion.and_then(|exclusion| exclusion.approved_by.as_ref());
        person.map(|person| person.value.clone()).unwrap_or_default()
    }),
    ("open_places", |row| row.places.map(|(open, _)| open.to_string()).unwrap_or_default()),
    ("silent_places", |row| row.places.map(|(_, silent)| silent.to_string()).unwrap_or_default()),
    ("cwe", |row| words(row.demand.cwe.iter().map(u32::to_string))),
];

pub(super) fn obligation(row: &Row<'_>) -> &'static str {
    if row.demand.advisory { "advisory" } else { "required" }
}

pub(super) fn channels(row: &Row<'_>) -> String {
    words(row.channels.iter().map(|channel| channel.word()))
}

/// Why the result is what it is, in words.
pub(super) fn why(row: &Row<'_>) -> String {
    match (row.exclusion, row.review) {
        (Some(exclusion), _) => {
            let person = exclusion.approved_by.as_ref().map_or("nobody", |person| person.value.as_str());
            format!("{} (approved by {person})", exclusion.reason.value)
        }
        (None, Some(review)) if row.because.is_empty() => {
            format!("reviewed by {} on {}: {}", review.by.value, review.on.value, review.record.value)
        }
        _ => row.because.join("; "),
    }
}

fn words<T: AsRef<str>>(words: impl Iterator<Item = T>) -> String {
    words.map(|word| word.as_ref().to_owned()).collect::<Vec<_>>().join(" ")
}
