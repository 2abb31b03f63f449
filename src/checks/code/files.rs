//! Temporary files, sockets in shared folders, privileges.

use std::collections::HashMap;

use crate::facts::Facts;
use crate::facts::code::flows::Nature;
use crate::facts::code::{Call, Value};
use crate::finding::Findings;
use crate::source::Location;

use super::{called, shipped, ships};

/// Functions that make a file, or write to one that may be there already.
const MAKES: &[&str] = &[
    "std::fs::File::create",
    "std::fs::write",
    "std::fs::create_dir",
    "std::fs::create_dir_all",
    "tokio::fs::File::create",
    "tokio::fs::write",
    "tokio::fs::create_dir",
    "tokio::fs::create_dir_all",
    "fs_err::write",
    "fs_err::File::create",
    "async_std::fs::write",
    "async_std::fs::File::create",
];

pub(super) fn predictable_temporary_file(facts: &Facts, found: &mut Findings<'_>) {
    let mut tell = |call: &Call, at: &Location| {
        found
            .add(
                at,
                "this name in the shared temporary folder is known before, and anybody can take it first",
            )
            .about(&call.site.within)
            .help("`tempfile::NamedTempFile`, or a folder of the program's own");
    };
    for flow in facts.code.flows.iter().filter(|flow| flow.to == "shared file" && ships(&flow.call.site)) {
        let temporary =
            flow.content.name == "std::env::temp_dir" && matches!(flow.content.nature, Nature::Near(_));
        if let Some(argument) = flow.argument().filter(|_| temporary) {
            tell(&flow.call, &argument.at);
        }
    }
    for call in shipped(facts).filter(|call| called(call).is_some_and(|path| MAKES.contains(&path))) {
        let Some(argument) = call.arguments.first() else { continue };
        if matches!(&argument.value, Value::Text(text) if is_shared(text)) {
            tell(call, &argument.at);
        }
    }
}

/// True for a place in a folder that everybody can write to.
fn is_shared(path: &str) -> bool {
    ["/tmp/", "/var/tmp/", "/dev/shm/", "C:\\Windows\\Temp\\", "C:\\Temp\\"]
        .iter()
        .any(|folder| path.starts_with(folder))
}

pub(super) fn socket_in_shared_folder(facts: &Facts, found: &mut Findings<'_>) {
    const SOCKETS: &[&str] = &[
        "std::os::unix::net::UnixListener::bind",
        "std::os::unix::net::UnixDatagram::bind",
        "tokio::net::UnixListener::bind",
        "tokio::net::UnixDatagram::bind",
        "async_std::os::unix::net::UnixListener::bind",
        "uds::UnixListenerExt::bind",
        "nix::sys::mman::shm_open",
        "mio::net::UnixListener::bind",
        "zbus::..::Connection::listen",
    ];
    for call in shipped(facts).filter(|call| called(call).is_some_and(|path| SOCKETS.contains(&path))) {
        let Some(argument) = call.arguments.first() else { continue };
        if matches!(&argument.value, Value::Text(text) if is_shared(text)) {
            found
                .add(
                    &argument.at,
                    "every user of the machine can reach this socket, or put another in its place",
                )
                .about(&call.site.within)
                .help("put it into a folder of the service, such as `$RUNTIME_DIRECTORY`, with mode 0o700");
        }
    }
}

pub(super) fn privilege_kept(facts: &Facts, found: &mut Findings<'_>) {
    const DROPS: &[&str] = &[
        "setuid",
        "setgid",
        "setgroups",
        "seteuid",
        "setegid",
        "setresuid",
        "setresgid",
        "setreuid",
        "setregid",
        "initgroups",
        "chroot",
        "set_thread_groups",
        "set_thread_uid",
        "set_thread_gid",
    ];
    let calls: Vec<(&Call, &str)> = shipped(facts)
        .filter_map(|call| {
            let path = called(call)?;
            let (krate, name) = (path.split("::").next()?, path.rsplit("::").next()?);
            (["libc", "nix", "rustix", "privdrop"].contains(&krate) && DROPS.contains(&name))
                .then_some((call, name))
        })
        .collect();
    // Of each call, the next one of its function that changes groups.
    let mut groups: HashMap<&str, (&Call, &str)> = HashMap::new();
    let mut next = vec![None; calls.len()];
    for (next, (call, name)) in next.iter_mut().zip(&calls).rev() {
        let within = call.site.within.as_str();
        *next = groups.get(within).copied();
        if ["setgid", "setgroups", "initgroups", "setresgid", "setregid"].contains(name) {
            groups.insert(within, (call, name));
        }
    }
    for ((call, name), later) in calls.iter().zip(next) {
        if call.discarded {
            found
                .add(
                    &call.site.at,
                    format!(
                        "nobody looks whether `{name}` worked: the program may go on with all its rights"
                    ),
                )
                .about(&call.site.within)
                .help("end the program where it fails");
        }
        let user = ["setuid", "setresuid", "setreuid"].contains(name);
        if let (true, Some((later, group))) = (user, later) {
            found
                .add(
                    &later.site.at,
                    format!("after `{name}` the program has no right to call `{group}` any more"),
                )
                .about(&later.site.within)
                .with(&call.site.at, "the user changes here")
                .help("change the groups first, then the user");
        }
    }
}
