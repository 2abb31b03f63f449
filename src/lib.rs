//! Inspects a Rust workspace for people who make health software, and gates it.
//!
//! Facts are gathered once, checks compare them with rules, findings are joined with the
//! manufacturer's policy into verdicts, and a report tells them. The modules form one chain; each
//! uses only those before it:
//!
//! `error <- source <- document <- cache <- policy <- request <- facts <- rule <- finding <- checks <- report <- evidence <- gate <- cli <- main`
//!
//! `facts` looks at the world; from `rule` to `report` everything is pure.

pub mod cache;
pub mod checks;
pub mod cli;
pub mod document;
pub mod error;
pub mod evidence;
pub mod facts;
pub mod finding;
pub mod gate;
pub mod policy;
pub mod report;
pub mod request;
pub mod rule;
pub mod source;

pub use error::Error;
pub use facts::Facts;
pub use report::Report;
pub use request::Request;

/// Inspects a workspace: the architecture in three lines.
///
/// # Errors
/// When no report can be made at all: no workspace, a broken policy, a broken promise of ours. What
/// merely could not be looked at is in the report.
pub fn inspect(request: &Request) -> Result<Report, Error> {
    let facts = Facts::gather(request)?; // what is so, and what the manufacturer has decided
    let checked = checks::run(&facts); // where it is not as it ought to be
    Ok(Report::new(request, facts, checked)) // what to tell
}
