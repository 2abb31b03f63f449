//! What is inspected, as built, by which decisions, on which day: the same words for every command
//! that looks at a workspace.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use crate::error::Error;
use crate::request::{FeatureChoice, MemberChoice, Request, Verify};

use super::advisories;

/// What is inspected, and by what.
#[derive(Debug, Args)]
pub(super) struct Subject {
    #[command(flatten)]
    packages: Packages,
    #[command(flatten)]
    build: Build,
    #[command(flatten)]
    basis: Basis,
}

/// Cargo's package selection.
#[derive(Debug, Args)]
#[command(next_help_heading = "Package selection, as in cargo")]
struct Packages {
    /// The manifest of the workspace or of a member
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Judge every member (already so)
    #[arg(long)]
    workspace: bool,
    /// Judge this member only; repeatable
    #[arg(short, long, value_name = "MEMBER", conflicts_with = "exclude")]
    package: Vec<String>,
    /// Judge every member but this one; repeatable
    #[arg(long, value_name = "MEMBER")]
    exclude: Vec<String>,
}

/// Cargo's features and targets, and its use of the network.
#[derive(Debug, Args)]
#[command(next_help_heading = "The product as built, as in cargo")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that people type")]
struct Build {
    /// Features to resolve with, by comma or space; repeatable
    #[arg(short = 'F', long, value_name = "FEATURES")]
    features: Vec<String>,
    /// Resolve with all features
    #[arg(long)]
    all_features: bool,
    /// Resolve without the default features
    #[arg(long)]
    no_default_features: bool,
    /// Resolve for this target; repeatable; `all` is every platform [default: the policy's, else
    /// build.target, else this machine]
    #[arg(long, value_name = "TRIPLE")]
    target: Vec<String>,
    /// Keep the lock file as it is (already so)
    #[arg(long)]
    locked: bool,
    /// Use no network (already so)
    #[arg(long)]
    offline: bool,
    /// Both of these (already so)
    #[arg(long)]
    frozen: bool,
    /// Let cargo download the locked crates first: the one use of the network
    #[arg(long, conflicts_with_all = ["offline", "frozen"])]
    fetch: bool,
}

/// What it is compared with.
#[derive(Debug, Args)]
#[command(next_help_heading = "What it is compared with")]
struct Basis {
    /// The policy [default: the nearest health-sec.toml upward]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Advisories in RustSec layout, a pack, or `embedded`; repeatable [default: the newest of what
    /// lies on this machine and the embedded pack]
    #[arg(long, value_name = "PATH")]
    advisory_db: Vec<PathBuf>,
    #[arg(
        long,
        value_name = "YYYY-MM-DD",
        help = "The day of the inspection [default: SOURCE_DATE_EPOCH, else today (UTC)]"
    )]
    as_of: Option<Date>,
    /// Keep no facts between runs
    #[arg(long)]
    no_cache: bool,
    /// Do not compare the sources of components with what was locked; the rules that need it are
    /// undetermined
    #[arg(long)]
    no_verify: bool,
    /// Look for secrets in every commit of the repository too; a large one takes a minute the first
    /// time, later runs look at new commits only
    #[arg(long)]
    history: bool,
}

impl Subject {
    /// What is asked for; `epoch` is the `SOURCE_DATE_EPOCH` of the environment.
    ///
    /// # Errors
    /// When the clock in the environment is no number.
    pub(super) fn into_request(self, epoch: Option<&str>) -> Result<Request, Error> {
        let Self { packages, build, basis } = self;
        let as_of = basis.as_of.map_or_else(|| today(epoch), Ok)?;
        Ok(Request {
            manifest_path: packages.manifest_path,
            members: match (packages.workspace, packages.package, packages.exclude) {
                (_, _, exclude) if !exclude.is_empty() => MemberChoice::AllBut(exclude),
                (false, package, _) if !package.is_empty() => MemberChoice::Only(package),
                _ => MemberChoice::Default,
            },
            features: features(&build.features, build.all_features, build.no_default_features),
            targets: build.target,
            policy: basis.policy,
            advisory_dbs: basis.advisory_db,
            advisory_clones: advisories::usual_places(),
            fetch: build.fetch,
            cache: if basis.no_cache { None } else { crate::cache::default_folder() },
            verify: if basis.no_verify { Verify::Nothing } else { Verify::Sources },
            history: basis.history,
            ..Request::new(".", as_of)
        })
    }
}

fn features(features: &[String], all: bool, no_default: bool) -> Option<FeatureChoice> {
    let features: Vec<String> = features
        .iter()
        .flat_map(|list| list.split([',', ' ']))
        .filter(|feature| !feature.is_empty())
        .map(str::to_owned)
        .collect();
    (all || no_default || !features.is_empty()).then_some(FeatureChoice { features, all, no_default })
}

/// The day of `SOURCE_DATE_EPOCH`, else that of the clock, in UTC.
///
/// # Errors
/// When the clock in the environment is no number.
pub(super) fn today(epoch: Option<&str>) -> Result<Date, Error> {
    epoch.map_or_else(|| Ok(jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()), day_of)
}

fn day_of(epoch: &str) -> Result<Date, Error> {
    epoch
        .trim()
        .parse()
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map(|moment| moment.to_zoned(jiff::tz::TimeZone::UTC).date())
        .ok_or_else(|| Error::Usage {
            message: format!(
                "SOURCE_DATE_EPOCH is `{}`, which is no number of seconds",
                epoch.escape_debug()
            ),
            help: "set it to seconds since 1970, unset it, or name the day with --as-of".to_owned(),
        })
}
