//! Units of systemd.

use std::sync::Arc;

use crate::source::{Location, Placed, Source};

use super::{Deployment, Right, Service, lines, shell};

/// Reads a unit. What is no unit says nothing: every line is read or is none of our business.
pub(super) fn read(source: &Arc<Source>, into: &mut Deployment) {
    let (mut section, mut command, mut user) = (String::new(), None::<Location>, None::<Placed<String>>);
    let (mut dynamic, mut of_user) = (false, source.path().contains("/user/"));
    for (start, line) in lines(source) {
        let text = line.trim();
        if text.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            continue;
        }
        let Some((key, value)) = text.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim());
        let at = || source.at(start..start + line.len());
        match (section.as_str(), key) {
            ("Service", "User") => {
                user = Some(Placed { value: value.to_owned(), at: at() }).filter(|_| !value.is_empty());
            }
            ("Service", "DynamicUser") => {
                dynamic = ["yes", "true", "on", "1"].iter().any(|word| value.eq_ignore_ascii_case(word));
            }
            ("Service", key) if key.starts_with("Exec") => {
                if key == "ExecStart" && command.is_none() && !value.is_empty() {
                    command = Some(at());
                }
                let modes = shell::modes(line).into_iter();
                into.modes.extend(modes.map(|(range, mode)| Placed {
                    value: mode,
                    at: source.at(start + range.start..start + range.end),
                }));
            }
            ("Service", "AmbientCapabilities")
                if value.split_whitespace().any(|word| word == "CAP_SYS_ADMIN") =>
            {
                into.rights.push(Placed { value: Right::Administer, at: at() });
            }
            // A unit of a user's own session runs as that user.
            ("Install", "WantedBy") if value.split_whitespace().any(|word| word == "default.target") => {
                of_user = true;
            }
            _ => {}
        }
    }
    if let Some(at) = command.filter(|_| !of_user) {
        into.services.push(Service { user, dynamic, at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(text: &str) -> Option<Service> {
        let mut deployment = Deployment::default();
        read(&Source::new("deploy/pump.service", text), &mut deployment);
        deployment.services.pop()
    }

    #[test]
    fn the_user_of_a_service_is_the_last_one_named() {
        let run = "[Service]\nExecStart=/usr/bin/pump\n";
        assert!(service(run).expect("a service").user.is_none());
        let named = service(&format!("{run}User=a\nUser = pump\n")).expect("a service");
        assert_eq!(named.user.expect("a user").value, "pump");
        assert!(
            service(&format!("{run}User=pump\nUser=\n")).expect("a service").user.is_none(),
            "taken back"
        );
        assert!(service(&format!("{run}# User=pump\n")).expect("a service").user.is_none());
        assert!(service(&format!("{run}DynamicUser=yes\n")).expect("a service").dynamic);
        assert!(service("[Unit]\nUser=pump\n[Service]\nType=simple\n").is_none(), "it starts nothing");
        assert!(service(&format!("{run}[Install]\nWantedBy=default.target\n")).is_none(), "of a session");
    }
}
