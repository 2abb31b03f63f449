//! `cargo health-sec threats review`: writes down that a model was reviewed, and what the reviewers had before them.
//!
//! Who reviewed is for people to say, and whether they did. What is computed is what they looked at: the attack surface,
//! what the model said, and the commit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use crate::document::{Field, add_table};
use crate::error::Error;
use crate::facts::git;
use crate::facts::threats::{Looked, Model, Surface, Told, look_with_code};
use crate::report::text::visible;
use crate::request::Request;
use crate::source::Source;

use super::fix;
use super::screen::Screens;

/// `threats review`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Which model was reviewed, where several are linked
    #[arg(value_name = "FILE")]
    file: Option<String>,
    /// Who reviewed; repeatable [default: git's user.name and user.email]
    #[arg(long, value_name = "PERSON")]
    by: Vec<String>,
    /// What came of it
    #[arg(long, value_name = "TEXT", default_value = "accepted")]
    outcome: String,
    /// What else is to say
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// What the review is called [default: its day]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// The manifest of the workspace
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    #[arg(
        long,
        value_name = "YYYY-MM-DD",
        help = "The day of the review [default: SOURCE_DATE_EPOCH, else today (UTC)]"
    )]
    as_of: Option<Date>,
}

/// Records a review.
pub(super) fn run(words: &Arguments, screens: &Screens) -> Result<u8, Error> {
    let on = words.as_of.map_or_else(|| super::subject::today(super::epoch().as_deref()), Ok)?;
    let request = Request { manifest_path: words.manifest_path.clone(), ..Request::new(".", on) };
    let looked = look_with_code(&Request { resolve: false, ..request })?;
    let model = meant(&looked, words.file.as_deref())?;
    if let Some(gap) = looked.gaps.first() {
        return Err(Error::Usage {
            message: format!("what would be reviewed is not known whole: {}: {}", gap.what, gap.why),
            help: gap.remedy.clone(),
        });
    }
    let source = written_into(model)?;
    let new = with_review(words, on, &looked, model, &source)?;
    screens.write(|out| out.write_all(fix::unified(source.path(), source.text(), &new).as_bytes()))?;
    if !words.dry_run {
        let file = looked.root.join(source.path());
        super::replace(&file, |out| out.write_all(new.as_bytes()))?;
    }
    Ok(0)
}

/// The model that was reviewed.
fn meant<'l>(looked: &'l Looked, file: Option<&str>) -> Result<&'l Model, Error> {
    let usage = |message: String, help: &str| Err(Error::Usage { message, help: help.to_owned() });
    let models = &looked.threats.models;
    match (file, &models[..]) {
        (_, []) if !looked.threats.broken.is_empty() => usage(
            format!("{} can't be read as a threat model", looked.threats.broken[0].link.value),
            "`cargo health-sec threats` tells why",
        ),
        (_, []) => {
            usage("no threat model is linked to this workspace".to_owned(), "cargo health-sec threats new")
        }
        (None, [model]) => Ok(model),
        (None, several) => usage(
            format!("this workspace has {} threat models, and a review is of one", several.len()),
            &format!("name its file, such as `{}`", visible(several[0].at.path())),
        ),
        (Some(file), _) => {
            let wanted = Path::new(file).canonicalize().unwrap_or_default();
            let is_meant = |model: &&Model| {
                model.at.path() == file
                    || looked.root.join(model.at.path()).canonicalize().is_ok_and(|path| path == wanted)
            };
            match models.iter().find(is_meant) {
                Some(model) => Ok(model),
                None => usage(
                    format!("no threat model of this workspace is `{}`", visible(file)),
                    &format!("linked is `{}`", visible(models[0].at.path())),
                ),
            }
        }
    }
}

/// The file that holds reviews: the model, or the overlay beside one in another format.
fn written_into(model: &Model) -> Result<Arc<Source>, Error> {
    match (&model.overlay, model.has_own_ids()) {
        (Some(overlay), _) => Ok(Arc::clone(overlay)),
        (None, true) => Ok(Arc::clone(model.at.source())),
        (None, false) => Err(Error::Usage {
            message: format!("{} can't hold reviews", model.format.name()),
            help: "add an overlay beside the model: `extend = \"...\"` where it is linked".to_owned(),
        }),
    }
}

/// The text of the file with the review.
fn with_review(
    words: &Arguments,
    on: Date,
    looked: &Looked,
    model: &Model,
    source: &Source,
) -> Result<String, Error> {
    let usage =
        |message: &str, help: &str| Error::Usage { message: message.to_owned(), help: help.to_owned() };
    let now = git::now(&looked.root);
    let by = if words.by.is_empty() { now.person.into_iter().collect() } else { words.by.clone() };
    if by.is_empty() || by.iter().any(|person| person.trim().is_empty()) {
        return Err(usage("nobody has reviewed: git knows no user.name and user.email", "say who with --by"));
    }
    let (surface, told) = (Surface::of(model, &looked.code), Told::of(model));
    let (surface_print, model_print) = (surface.fingerprint(), told.fingerprint());
    let mut fields = vec![("on", Field::Day(on)), ("by", Field::Texts(&by))];
    fields.extend(now.commit.as_deref().map(|commit| ("commit", Field::Text(commit))));
    fields.push(("surface", Field::Text(&surface_print)));
    if !surface.lines.is_empty() {
        fields.push(("saw", Field::Texts(&surface.lines)));
    }
    fields.push(("model", Field::Text(&model_print)));
    fields.push(("outcome", Field::Text(&words.outcome)));
    fields.extend(words.notes.as_deref().map(|notes| ("notes", Field::Text(notes))));
    let day = on.to_string();
    let taken = |id: &str| model.reviews.iter().any(|review| review.id.value == id);
    // A second review of the day has another name; a name that somebody gave is not changed.
    let mut id = words.id.clone().unwrap_or_else(|| day.clone());
    for number in 2..100 {
        if words.id.is_some() || !taken(&id) {
            break;
        }
        id = format!("{day}-{number}");
    }
    if taken(&id) {
        return Err(usage(
            &format!("there is a review `{}` already", visible(&id)),
            "give this one another --id",
        ));
    }
    add_table(source.text(), "review", &id, &fields).ok_or_else(|| {
        usage(
            &format!("the review can't be added to {}", visible(source.path())),
            "its reviews are written as [review.ID], and all its lines end in the same way",
        )
    })
}
