//! `cargo health-sec threats record`: writes beside results of tests which code they are of.

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::civil::Date;

use crate::error::Error;
use crate::facts::threats::{look_with_code, runs};
use crate::facts::{Gap, Kind, git};
use crate::report::text::visible;
use crate::request::Request;

use super::screen::Screens;

/// `threats record`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The manifest of the workspace
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    #[arg(
        long,
        value_name = "YYYY-MM-DD",
        help = "The day of the run [default: SOURCE_DATE_EPOCH, else today (UTC)]"
    )]
    as_of: Option<Date>,
}

/// Records of which code the linked results are.
pub(super) fn run(words: Arguments, screens: &Screens) -> Result<u8, Error> {
    let on = words.as_of.map_or_else(|| super::subject::today(super::epoch().as_deref()), Ok)?;
    let request = Request { manifest_path: words.manifest_path, ..Request::new(".", on) };
    let looked = look_with_code(&Request { resolve: false, ..request })?;
    if looked.threats.runs.is_empty() {
        return Err(Error::Usage {
            message: "no results of tests are there".to_owned(),
            help: "name them: `junit = [\"...\"]` under [workspace.metadata.health-sec.evidence]".to_owned(),
        });
    }
    let of_code = |gap: &&Gap| matches!(gap.kind, Kind::Code | Kind::Workspace);
    if let Some(gap) = looked.gaps.iter().find(of_code) {
        return Err(Error::Usage {
            message: format!(
                "the code that was tested is not known whole: {}: {}",
                visible(&gap.what),
                visible(&gap.why)
            ),
            help: gap.remedy.clone(),
        });
    }
    let commit = git::now(&looked.root).commit;
    let mut told = String::new();
    for run in &looked.threats.runs {
        let path = runs::beside(run.at.path());
        let text = runs::record(run.at.source(), &looked.threats.code, commit.as_deref(), on);
        super::replace(&looked.root.join(&path), |out| out.write_all(text.as_bytes()))?;
        let _ = writeln!(told, "wrote {}", visible(&path));
    }
    screens.remark(&told);
    Ok(0)
}
