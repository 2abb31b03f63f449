//! Inspects a Rust workspace for people who make health software, and gates it.
//!
//! Facts are gathered once, checks compare them with rules, findings are joined with the
//! manufacturer's policy into verdicts, and a report tells them. The modules form one chain; each
//! uses only those before it:
//!
//! `build <- source <- error <- document <- cache <- policy <- request <- facts <- rule <- finding <- checks <- report <- evidence <- gate <- cli <- main`
//!
//! `facts` looks at the world; from `rule` to `report` everything is pure. `build` is for build scripts, and comes
//! alone with the feature of that name; everything else is the feature `tool`.

#[cfg(feature = "build")]
pub mod build;
#[cfg(feature = "tool")]
pub mod cache;
#[cfg(feature = "tool")]
pub mod checks;
#[cfg(feature = "tool")]
pub mod cli;
#[cfg(feature = "tool")]
pub mod document;
#[cfg(feature = "tool")]
pub mod error;
#[cfg(feature = "tool")]
pub mod evidence;
#[cfg(feature = "tool")]
pub mod facts;
#[cfg(feature = "tool")]
pub mod finding;
#[cfg(feature = "tool")]
pub mod gate;
#[cfg(feature = "tool")]
pub mod policy;
#[cfg(feature = "tool")]
pub mod report;
#[cfg(feature = "tool")]
pub mod request;
#[cfg(feature = "tool")]
pub mod rule;
#[cfg(feature = "tool")]
pub mod source;

#[cfg(feature = "tool")]
pub use self::{error::Error, facts::Facts, report::Report, request::Request};

/// Inspects a workspace: the architecture in three lines.
///
/// # Errors
/// When no report can be made at all: no workspace, a broken policy, a broken promise of ours. What
/// merely could not be looked at is in the report.
#[cfg(feature = "tool")]
pub fn inspect(request: &Request) -> Result<Report, Error> {
    let facts = Facts::gather(request)?; // what is so, and what the manufacturer has decided
    let checked = checks::run(&facts); // where it is not as it ought to be
    Ok(Report::new(request, facts, checked)) // what to tell
}
