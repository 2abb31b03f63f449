//! The register for programs.
//!
//! The shape is published in `schemas/components-1.schema.json` and frozen: `shape` repeats it in types
//! of its own. Every field is always there. `null` and empty lists mean that there is none or that
//! nothing was decided, unless `could_not_tell` names the field.

mod shape;

use std::io;

use crate::evidence::json::{Gap, Place, TOOL};
use crate::facts::components::{Origin, Ships};
use crate::facts::inventory::Part;
use crate::facts::vetting::How;
use crate::policy::{Item, Record};
use crate::source::Placed;

use super::cells;
use super::{Register, Row, Touch};

/// The name of the format and its version.
pub const FORMAT: &str = "health-sec/components@1";

pub(super) fn write(register: &Register<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &shape(register))?;
    writeln!(out)
}

fn shape<'a>(register: &'a Register<'_>) -> shape::Register<'a> {
    let facts = &register.report.facts;
    let member = |(index, member): (usize, &'a crate::facts::workspace::Member)| shape::Member {
        name: &member.name,
        version: &member.version,
        ships: facts.components.members.get(&index).copied(),
    };
    shape::Register {
        format: FORMAT,
        tool: TOOL,
        product: register.report.subject(),
        as_of: facts.as_of.to_string(),
        targets: facts.components.targets.iter().map(String::as_str).collect(),
        resolved: facts.components.resolved,
        advisories: shape::Data {
            origins: facts.advisories.origins.iter().map(|origin| register.report.portable(origin)).collect(),
            newest: facts.advisories.newest.map(|day| day.to_string()),
            digest: &facts.advisories.digest,
        },
        members: facts.workspace.members.iter().enumerate().map(member).collect(),
        all: register.all,
        doubtful: register.doubtful,
        components: register.rows.iter().map(row).collect(),
        items: register.items.iter().map(item).collect(),
        gaps: register.gaps().map(|gap| Gap::new(register.report, gap)).collect(),
    }
}

fn row<'a>(row: &'a Row<'_>) -> shape::Component<'a> {
    let component = row.component;
    let entry = row.entry;
    let user = |user: &'a super::User| shape::User { id: &user.id, kind: user.kind, member: user.member };
    shape::Component {
        id: component.id(),
        name: &component.name,
        version: component.version.to_string(),
        origin: origin(&component.origin),
        checksum: component.checksum.as_deref(),
        ships: (component.ships != Ships::Unknown).then_some(component.ships),
        why: component.why.iter().map(String::as_str).collect(),
        edges: component.edges.iter().copied().collect(),
        used_by: row.users.iter().map(user).collect(),
        features: component.features.iter().map(String::as_str).collect(),
        class: class(row),
        record: entry.map(|entry| record(&entry.record)).unwrap_or_default(),
        supplier: row.supplier(),
        licence: row.licence(),
        repository: component.declared.repository.as_deref(),
        build_script: row.build_script(),
        proc_macro: row.proc_macro(),
        links: row.links(),
        inventory: inventory(row),
        integrity: row.integrity(),
        changed_files: row
            .verified
            .and_then(|verified| verified.changed.as_deref())
            .unwrap_or_default()
            .iter()
            .map(|difference| difference.path.as_str())
            .collect(),
        commit: row.commit(),
        yanked: row.published.map(|published| published.yanked),
        published_on: row.published.and_then(|published| published.on).map(|day| day.to_string()),
        newest: newest(row),
        vetting: vetting(row),
        advisories: row.advisories.iter().map(touch).collect(),
        fork: fork(row),
        could_not_tell: &row.could_not_tell,
        place: Place::from(&component.at),
    }
}

fn class<'a>(row: &'a Row<'_>) -> Option<shape::Class<'a>> {
    row.class.map(|class| shape::Class {
        word: class.value,
        by_default: !row.classed_itself(),
        place: Place::from(&class.at),
    })
}

fn inventory<'a>(row: &'a Row<'_>) -> Option<shape::Inventory<'a>> {
    row.seen.map(|seen| shape::Inventory {
        forbids_unsafe: seen.forbids_unsafe,
        library: part(&seen.library),
        build_script: seen.build_script.as_ref().map(part),
        build_code: seen.build_code.as_deref(),
        native_sources: seen.carried.native,
        assembler_sources: seen.carried.assembler,
        prebuilt: seen.carried.prebuilt,
        prebuilt_files: seen.carried.prebuilt_files.iter().map(|file| file.path.as_str()).collect(),
        unread: &seen.unread,
    })
}

fn newest(row: &Row<'_>) -> Option<shape::Newest> {
    let newest = row.published.and_then(|published| published.newest.as_ref());
    newest.map(|(version, on)| shape::Newest {
        version: version.to_string(),
        on: on.map(|day| day.to_string()),
    })
}

fn vetting<'a>(row: &'a Row<'_>) -> Option<shape::Vetting<'a>> {
    row.vetted.map(|vetted| shape::Vetting {
        how: how(&vetted.how),
        says: cells::vetting(vetted),
        criteria: &vetted.criteria,
        by: &vetted.by,
        place: Place::from(&vetted.at),
    })
}

fn fork<'a>(row: &'a Row<'_>) -> Option<shape::Fork<'a>> {
    row.entry.and_then(|entry| entry.fork.as_ref()).map(|fork| shape::Fork {
        of: text(fork.of.as_ref()),
        reason: text(fork.reason.as_ref()),
        fixes: fork.fixes.iter().map(|id| id.value.as_str()).collect(),
        proof: text(fork.proof.as_ref()),
        place: Place::from(&fork.at),
    })
}

fn text(text: Option<&Placed<String>>) -> Option<&str> {
    text.map(|text| text.value.as_str())
}

fn record(record: &Record) -> shape::Record<'_> {
    shape::Record {
        reason: text(record.reason.as_ref()),
        by: text(record.by.as_ref()),
        support: record.support.as_ref().map(|level| level.value),
        end_of_support: record.end_of_support.as_ref().map(|day| day.value.to_string()),
        support_plan: text(record.support_plan.as_ref()),
        purpose: text(record.purpose.as_ref()),
        requirement: text(record.requirement.as_ref()),
        risk: text(record.risk.as_ref()),
        reviewed_on: record.reviewed_on.as_ref().map(|day| day.value.to_string()),
        reviewed_by: text(record.reviewed_by.as_ref()),
        reviewed_version: text(record.reviewed_version.as_ref()),
        watch: text(record.watch.as_ref()),
    }
}

fn touch<'a>(touch: &'a Touch<'_>) -> shape::Advisory<'a> {
    let advisory = &touch.hit.advisory;
    shape::Advisory {
        id: &advisory.id,
        kind: advisory.kind.word(),
        aliases: advisory.aliases.iter().map(String::as_str).collect(),
        severity: advisory.severity,
        date: advisory.date.to_string(),
        patched: advisory.patched.iter().map(String::as_str).collect(),
        same_origin: touch.hit.same_origin,
        on_target: touch.hit.on_target,
        standing: touch.standing,
        status: touch.status(),
        until: touch.until().map(|day| day.to_string()),
    }
}

fn item(item: &Item) -> shape::Item<'_> {
    shape::Item {
        name: &item.name.value,
        version: text(item.version.as_ref()),
        kind: item.kind.as_ref().map(|kind| kind.value),
        reached_by: item.reached_by.iter().map(|name| name.value.as_str()).collect(),
        class: item.record.class.as_ref().map(|class| class.value),
        supplier: text(item.record.supplier.as_ref()),
        record: record(&item.record),
        place: Place::from(&item.at),
    }
}

fn how(how: &How) -> &'static str {
    match how {
        How::Full => "full",
        How::Delta { .. } => "delta",
        How::Publisher { .. } => "publisher",
        How::Exempt { .. } => "exempt",
        How::Violation => "violation",
        How::Unvetted => "unvetted",
    }
}

fn origin(origin: &Origin) -> shape::Origin<'_> {
    let (kind, url, commit, folder) = match origin {
        Origin::CratesIo => ("crates-io", None, None, None),
        Origin::Registry { url } => ("registry", Some(url.as_str()), None, None),
        Origin::Git { url, commit } => ("git", Some(url.as_str()), commit.as_deref(), None),
        Origin::Path { folder } => ("path", None, None, folder.as_deref()),
    };
    shape::Origin { kind, url, commit, folder }
}

fn part(part: &Part) -> shape::Part<'_> {
    let counts = &part.unsafe_tokens;
    shape::Part {
        files: part.files,
        bytes: part.bytes,
        unsafe_at_least: counts.total(),
        unsafe_by_kind: counts.into(),
        able_to_at_least: &part.capabilities,
        unseen_includes: part.unseen_includes,
    }
}
