//! How the product is run: container files, services of systemd, compose and Kubernetes files.
//!
//! - `find`: which files there are
//! - `container`: container files, instruction by instruction; `shell`: the words of their commands
//! - `service`: units of systemd
//! - `workload`: compose and Kubernetes files
//!
//! Only what is written there is told. What a base image or an entry script does beyond that is not seen.

mod container;
mod find;
mod service;
mod shell;
mod workload;

use std::sync::Arc;

use crate::policy::Policy;
use crate::source::{Location, Placed, Source, Tree};

pub(super) use find::BESIDE;

use super::components::Components;
use super::{Gap, Kind};

/// How the product is run, as far as files say it.
#[derive(Debug, Default)]
pub struct Deployment {
    /// Images, by the file that makes them: their last stage.
    pub images: Vec<Image>,
    /// Services of systemd.
    pub services: Vec<Service>,
    /// Users that compose and Kubernetes files name.
    pub users: Vec<Placed<String>>,
    /// Modes that files get.
    pub modes: Vec<Placed<Mode>>,
    /// What breaks the walls between a container and its host.
    pub rights: Vec<Placed<Right>>,
}

/// An image as a container file makes it.
#[derive(Debug)]
pub struct Image {
    /// What its last stage starts from, variables filled in; `None` where a variable has no value here.
    pub base: Option<String>,
    /// Who runs it: the last `USER`, variables filled in.
    pub user: Option<Placed<User>>,
    /// True where the file names a program that gives root's rights away when the container starts.
    pub steps_down: bool,
    /// The instruction that starts the last stage.
    pub at: Location,
}

/// A user as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// This one.
    Named(String),
    /// Whoever a variable without a value here names.
    Unclear,
}

/// A service of systemd.
#[derive(Debug)]
pub struct Service {
    /// The user, as written.
    pub user: Option<Placed<String>>,
    /// True where systemd makes a user for it.
    pub dynamic: bool,
    /// The command that it runs.
    pub at: Location,
}

/// A mode that a file gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// True where everybody may write to it.
    pub open: bool,
    /// True where it runs with the rights of its owner.
    pub setuid: bool,
}

/// What breaks the walls between a container and its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// All of them at once.
    Privileged,
    /// A capability that is as good as all of them.
    Administer,
    /// The socket of whoever runs the containers.
    Socket,
    /// The processes of the host.
    Processes,
}

/// Reads every such file of the workspace, or those that the policy names.
pub fn gather(tree: &Tree, components: &Components, policy: &Policy, gaps: &mut Vec<Gap>) -> Deployment {
    let mut deployment = Deployment::default();
    for found in find::files(tree, components, &policy.product.deployment, gaps) {
        let source = match tree.read(&found.path) {
            Ok(source) => source,
            Err(why) => {
                gaps.push(gap(tree.relative(&found.path), &why.to_string()));
                continue;
            }
        };
        let read = match found.kind {
            find::FileKind::Container => container::read(&source, &mut deployment),
            find::FileKind::Service => {
                service::read(&source, &mut deployment);
                Ok(())
            }
            find::FileKind::Workload => workload::read(&source, &mut deployment),
        };
        if let Err(why) = read {
            gaps.push(gap(source.path().to_owned(), &why.value).at(why.at));
        }
    }
    deployment
}

fn gap(what: String, why: &str) -> Gap {
    Gap::new(
        Kind::Deployment,
        what,
        why,
        "mend the file, or name in `deployment` of [product] what is deployed",
    )
}

/// The lines of a file with the bytes at which they start, without their ends.
fn lines(source: &Arc<Source>) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    source.text().split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}
