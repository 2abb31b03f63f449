//! Compose and Kubernetes files.
//!
//! A key means the same wherever it stands in such a file, below an anchor too; so the parser's events are
//! looked at one by one, aliases are not followed, and no tree is built.

use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use crate::source::{Location, Placed, Source};

use super::{Deployment, Right};

const TEMPLATE: &str = "it is a template, of which nobody has filled in the blanks";

/// Deeper files are not looked at.
const DEEPEST: usize = 100;

/// Capabilities that are as good as all of them, without `CAP_`.
const STRONG: &[&str] = &["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE"];

/// What encloses an event.
enum Around {
    /// A map, and the key whose value comes next.
    Map(Option<String>),
    /// The list under a key.
    List(String),
}

/// Reads a file.
///
/// # Errors
/// Why it can't be read, and where.
pub(super) fn read(source: &Arc<Source>, into: &mut Deployment) -> Result<(), Placed<String>> {
    let text = source.text();
    let mut cursor = Cursor { text, characters: 0, bytes: 0 };
    let failed =
        |why: &str, at: Location| Placed { value: why.split_whitespace().collect::<Vec<_>>().join(" "), at };
    // In quotes they belong to whoever reads the value.
    let mut blanks = text.matches("{{").count();
    let mut around: Vec<Around> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = cursor.byte(*error.marker());
            let why =
                if blanks > 0 { TEMPLATE.to_owned() } else { format!("it is no YAML: {}", error.info()) };
            failed(&why, source.at(at..at))
        })?;
        match event {
            Event::Scalar(value, style, ..) => {
                if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
                    blanks = blanks.saturating_sub(value.matches("{{").count());
                }
                let at = cursor.byte(span.start)..cursor.byte(span.end);
                scalar(&mut around, &value, source.at(at), into);
            }
            Event::Alias(_) => done(&mut around),
            Event::MappingStart(..) => around.push(Around::Map(None)),
            Event::SequenceStart(..) => around.push(Around::List(key(&around).to_owned())),
            Event::MappingEnd | Event::SequenceEnd => {
                around.pop();
                done(&mut around);
            }
            _ => {}
        }
        if around.len() > DEEPEST {
            let at = cursor.byte(span.start);
            return Err(failed(&format!("it is more than {DEEPEST} levels deep"), source.at(at..at)));
        }
    }
    if blanks > 0 {
        return Err(failed(TEMPLATE, source.whole()));
    }
    Ok(())
}

/// Finds bytes for the characters that the parser counts. It goes forward only: a long line costs its length once.
struct Cursor<'a> {
    text: &'a str,
    characters: usize,
    bytes: usize,
}

impl Cursor<'_> {
    fn byte(&mut self, marker: Marker) -> usize {
        let ahead = marker.index().saturating_sub(self.characters);
        let passed = self.text[self.bytes..].chars().take(ahead);
        let (count, bytes) = passed.fold((0, 0), |(count, bytes), c| (count + 1, bytes + c.len_utf8()));
        self.characters += count;
        self.bytes += bytes;
        self.bytes
    }
}

/// The key under which an event stands.
fn key(around: &[Around]) -> &str {
    match around.last() {
        Some(Around::Map(Some(key)) | Around::List(key)) => key,
        _ => "",
    }
}

/// A value has ended: in a map, a key comes next.
fn done(around: &mut [Around]) {
    if let Some(Around::Map(key)) = around.last_mut() {
        // What ends where a key was due is a key that is no word.
        *key = if key.is_some() { None } else { Some(String::new()) };
    }
}

fn scalar(around: &mut [Around], value: &str, at: Location, into: &mut Deployment) {
    if let Some(Around::Map(key @ None)) = around.last_mut() {
        *key = Some(value.to_owned());
        return;
    }
    let above = |name: &str| around.iter().any(|one| matches!(one, Around::Map(Some(key)) if key == name));
    let yes = ["true", "yes", "on", "y"].iter().any(|word| value.eq_ignore_ascii_case(word));
    let capability = value.to_ascii_uppercase();
    let strong = STRONG.contains(&capability.strip_prefix("CAP_").unwrap_or(&capability));
    let right = match key(around) {
        "privileged" if yes => Some(Right::Privileged),
        "cap_add" if strong => Some(Right::Administer),
        "add" if above("capabilities") && strong => Some(Right::Administer),
        "pid" if value == "host" => Some(Right::Processes),
        "hostPID" if yes => Some(Right::Processes),
        "volumes" | "source" | "path" if is_socket(value) => Some(Right::Socket),
        _ => None,
    };
    into.rights.extend(right.map(|right| Placed { value: right, at: at.clone() }));
    if matches!(key(around), "user" | "runAsUser") && above_container(around) {
        into.users.push(Placed { value: value.to_owned(), at });
    }
    done(around);
}

/// True where a user is that of a container: directly below a service of compose, or of a security context.
fn above_container(around: &[Around]) -> bool {
    let keys: Vec<&str> = around
        .iter()
        .filter_map(|one| match one {
            Around::Map(Some(key)) => Some(key.as_str()),
            _ => None,
        })
        .collect();
    matches!(keys.as_slice(), ["services", _, "user"] | [.., "securityContext", "runAsUser"])
}

/// True for the socket of whoever runs the containers, alone or as the first part of a mount.
fn is_socket(value: &str) -> bool {
    let from = value.split(':').next().unwrap_or_default();
    from.ends_with("/docker.sock") || from.ends_with("/podman.sock") || from.ends_with("/containerd.sock")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str) -> (Vec<Right>, Vec<String>) {
        let mut deployment = Deployment::default();
        read(&Source::new("compose.yaml", text), &mut deployment).expect("a file");
        let rights = deployment.rights.iter().inspect(|right| assert!(!right.at.snippet().is_empty()));
        (
            rights.map(|right| right.value).collect(),
            deployment.users.into_iter().map(|user| user.value).collect(),
        )
    }

    #[test]
    fn rights_and_users_are_seen_where_they_stand() {
        let compose = "x-base: &base\n  privileged: true\nservices:\n  pump:\n    <<: *base\n    user: \"0\"\n    pid: host\n    cap_add: [NET_ADMIN, SYS_ADMIN]\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock:ro\n      - type: bind\n        source: /run/podman/podman.sock\n    environment:\n      user: root\n    labels:\n      - privileged: false\n";
        let (rights, users) = look(compose);
        assert_eq!(
            rights,
            [Right::Privileged, Right::Processes, Right::Administer, Right::Socket, Right::Socket]
        );
        assert_eq!(users, ["0"], "an environment has no user of its own");
        let pod = "apiVersion: v1\nkind: Pod\nspec:\n  hostPID: true\n  containers:\n    - name: pump\n      securityContext:\n        runAsUser: 0\n        privileged: true\n        capabilities:\n          add:\n            - ALL\n";
        let (rights, users) = look(pod);
        assert_eq!(rights, [Right::Processes, Right::Privileged, Right::Administer]);
        assert_eq!(users, ["0"]);
        let (rights, users) =
            look("services:\n  pump:\n    user: \"1000:1000\"\n    privileged: false\n    cap_drop: [ALL]\n");
        assert!(rights.is_empty() && users == ["1000:1000"]);
        let (rights, _) = look(
            "services:\n  pump:\n    privileged: TRUE\n    cap_add: [cap_sys_module]\n    logging: { options: { tag: \"{{.Name}}\" } }\n",
        );
        assert_eq!(rights, [Right::Privileged, Right::Administer], "a blank in quotes is a value");
    }

    #[test]
    fn places_are_counted_in_bytes() {
        let mut deployment = Deployment::default();
        let text = "é: ü\nservices:\n  pümp: { user: 'root', privileged: true }\n";
        read(&Source::new("compose.yaml", text), &mut deployment).expect("a file");
        assert_eq!(deployment.users[0].at.snippet(), "'root'");
        assert_eq!(deployment.rights[0].at.snippet(), "true");
    }

    #[test]
    fn what_is_no_yaml_is_said_and_nothing_hangs() {
        let read = |text: &str| read(&Source::new("compose.yaml", text), &mut Deployment::default());
        for text in
            ["a: [", "a: {{ .Values.x }}", "a: \"x\"\nb: c{{ .Values.x }}", &"- ".repeat(1000), "a: b: c"]
        {
            assert!(read(text).is_err(), "{text:.20}");
        }
        let bomb =
            (1..40).fold(String::new(), |text, n| text + &format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1));
        assert!(read(&format!("a0: &a0 x\n{bomb}")).is_ok(), "aliases are not followed");
        let whole = "services:\n  pump:\n    cap_add: [SYS_ADMIN]\n    ? [a, b]\n    : \"é\"\n";
        for (end, _) in whole.char_indices() {
            let _ = read(&whole[..end]);
        }
    }
}
