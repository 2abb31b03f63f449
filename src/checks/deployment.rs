//! Checks on how the product is run: container files, services, compose and Kubernetes files.

use crate::facts::Facts;
use crate::facts::deployment::{Image, Right, User};
use crate::finding::Findings;

use super::rules;

rules!["deployment":
    container_runs_as_root,
    service_runs_as_root,
    container_privileged,
    file_open_to_all,
    setuid_file,
];

/// True for root by name or number, with a group behind it or without.
fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default().trim_matches(['"', '\'']);
    name == "root" || (!name.is_empty() && name.bytes().all(|byte| byte == b'0'))
}

fn container_runs_as_root(facts: &Facts, found: &mut Findings<'_>) {
    for image in facts.deployment.images.iter().filter(|image| !image.steps_down) {
        match &image.user {
            Some(user) if matches!(&user.value, User::Named(name) if is_root(name)) => {
                found.add(&user.at, "the container runs as root").about(user.at.path());
            }
            Some(user) if user.value == User::Unclear => {
                let message =
                    "who runs the container is left to whoever builds it: this name has no value here";
                found.add(&user.at, message).about(user.at.path());
            }
            Some(_) => {}
            None if brings_user(image) => {}
            None => {
                let message = "the container runs as root unless its base says otherwise: no `USER` is named";
                found.add(&image.at, message).about(image.at.path());
            }
        }
    }
    for user in facts.deployment.users.iter().filter(|user| is_root(&user.value)) {
        found.add(&user.at, "the container runs as root").about(user.at.path());
    }
}

/// True for a base whose name says that it runs as somebody else.
fn brings_user(image: &Image) -> bool {
    let says = |base: &String| ["nonroot", "rootless", "unprivileged"].iter().any(|word| base.contains(word));
    image.base.as_ref().is_some_and(says)
}

fn service_runs_as_root(facts: &Facts, found: &mut Findings<'_>) {
    for service in facts.deployment.services.iter().filter(|service| !service.dynamic) {
        match &service.user {
            Some(user) if is_root(&user.value) => {
                found.add(&user.at, "the service runs as root").about(user.at.path());
            }
            Some(_) => {}
            None => {
                let message = "the service runs as root: it names no `User`";
                found.add(&service.at, message).about(service.at.path());
            }
        }
    }
}

fn container_privileged(facts: &Facts, found: &mut Findings<'_>) {
    for right in &facts.deployment.rights {
        let message = match right.value {
            Right::Privileged => "whatever runs here has every right on the host",
            Right::Administer => {
                "whatever runs here gets a capability that is as good as all rights on the host"
            }
            Right::Socket => "whoever gets into this container can start others with every right on the host",
            Right::Processes => "whatever runs here sees the processes of the host and can reach into them",
        };
        found.add(&right.at, message).about(right.at.path());
    }
}

fn file_open_to_all(facts: &Facts, found: &mut Findings<'_>) {
    for mode in facts.deployment.modes.iter().filter(|mode| mode.value.open) {
        let message = format!("everybody may write to what gets the mode `{}`", mode.at.snippet());
        found.add(&mode.at, message).about(mode.at.path());
    }
}

fn setuid_file(facts: &Facts, found: &mut Findings<'_>) {
    for mode in facts.deployment.modes.iter().filter(|mode| mode.value.setuid) {
        let message =
            format!("whoever starts what gets the mode `{}` has the rights of its owner", mode.at.snippet());
        found.add(&mode.at, message).about(mode.at.path());
    }
}
