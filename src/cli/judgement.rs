//! How strictly it is judged: the same words for every command that closes the gate.

use clap::Args;

use crate::error::Error;
use crate::request::{Level, Request};

use super::arguments::known_rule;

/// How strictly it is judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judgement")]
pub(super) struct Judgement {
    /// Move a rule to the register: evidence only
    #[arg(short = 'A', long, value_name = "RULE")]
    allow: Vec<String>,
    /// Move a rule to the warn tier: shown, fails with --strict
    #[arg(short = 'W', long, value_name = "RULE")]
    warn: Vec<String>,
    /// Move a rule to the gate: fails the run
    #[arg(short = 'D', long, value_name = "RULE")]
    deny: Vec<String>,
    /// Judge what has changed since this git revision: a tag, a branch, a commit [default: the
    /// policy's `releases.last`]; only what is new since then counts, unless you say --all
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Warnings and undetermined rules fail too
    #[arg(long)]
    strict: bool,
    /// Levels of -A, -W and -D in the order typed.
    #[arg(skip)]
    pub(super) levels: Vec<(String, Level)>,
}

impl Judgement {
    /// The request with these words in it.
    ///
    /// # Errors
    /// When a rule is not known.
    pub(super) fn put_into(self, request: Request) -> Result<Request, Error> {
        for (rule, _) in &self.levels {
            known_rule(rule)?;
        }
        let Self { levels, strict, since, .. } = self;
        Ok(Request { levels, strict, since, ..request })
    }
}

/// The levels in the order typed: the last word on a rule wins.
pub(super) fn levels(matches: &clap::ArgMatches) -> Vec<(String, Level)> {
    let mut typed: Vec<(usize, String, Level)> = Vec::new();
    for (flag, level) in [("allow", Level::Allow), ("warn", Level::Warn), ("deny", Level::Deny)] {
        // Commands that judge nothing have no levels.
        let Ok(Some(rules)) = matches.try_get_many::<String>(flag) else { continue };
        let places = matches.indices_of(flag).into_iter().flatten();
        typed.extend(places.zip(rules).map(|(place, rule)| (place, rule.clone(), level)));
    }
    typed.sort_by_key(|(place, ..)| *place);
    typed.into_iter().map(|(_, rule, level)| (rule, level)).collect()
}
