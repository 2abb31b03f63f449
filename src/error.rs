//! Why a run could not happen, and whose turn it is.
//!
//! Findings are never errors, and neither is what could not be looked at: that is a
//! [`Gap`](crate::facts::Gap). An error means that no report can be made at all.

use std::path::PathBuf;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};

use crate::source::Source;

/// Why no report could be made.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// The words typed do not fit together, or name something that is not there.
    #[error("{message}")]
    #[diagnostic(help("{help}"))]
    Usage {
        /// What does not fit.
        message: String,
        /// What to type instead.
        help: String,
    },

    /// The policy says something this tool does not understand.
    #[error("the policy {path} has {} fault(s)", faults.len())]
    Policy {
        /// The policy file, as the user would name it.
        path: String,
        /// Every fault, in the order of the file.
        #[related]
        faults: Vec<Fault>,
    },

    /// A file that was asked for by name cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    #[diagnostic(help("{help}"))]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What to do.
        help: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },

    /// A program that the user asked to be started did not do its work.
    #[error("{program} failed: {message}")]
    #[diagnostic(help("{help}"))]
    Program {
        /// What was started.
        program: String,
        /// What it said.
        message: String,
        /// What to do.
        help: String,
    },

    /// The tool broke one of its own promises.
    #[error("this is a bug in cargo-health-sec: {0}")]
    #[diagnostic(help("please report it with the command and the output of `cargo health-sec --version`"))]
    Bug(String),
}

impl Error {
    /// The exit code of a run that ended with this error: 3 when the user has to act, 4 for a bug.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Bug(_) => 4,
            _ => 3,
        }
    }
}

/// One fault in a file that people write by hand, shown with its place.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct Fault {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// How to mend it.
    #[help]
    pub help: Option<String>,
    /// The file.
    #[source_code]
    pub file: NamedSource<Arc<Source>>,
    /// Where in the file.
    #[label("here")]
    pub span: SourceSpan,
}
