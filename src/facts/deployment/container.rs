//! Container files (`Dockerfile`, `Containerfile`), instruction by instruction.
//!
//! A small strict reader: the crates at hand keep no places or bring a parser generator. What decides here is
//! where an instruction starts and ends, with continuations, comments between them, and here-documents.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::source::{Placed, Source};

use super::{Deployment, Image, Mode, Right, User, shell};

/// Programs that give root's rights away when a container starts; those that are there for nothing else.
const STEP_DOWN: &[&str] = &["gosu", "su-exec", "setpriv", "runuser", "chroot", "s6-setuidgid", "setuidgid"];
const ONLY_THAT: &[&str] = &["gosu", "su-exec", "s6-setuidgid", "setuidgid"];

/// One instruction.
struct Instruction {
    /// In upper case.
    word: String,
    /// Where what follows the word stands.
    body: Range<usize>,
    /// Where its here-documents stand.
    documents: Vec<Range<usize>>,
}

/// What is known of a stage.
#[derive(Clone)]
struct Stage {
    name: Option<String>,
    base: Option<String>,
    user: Option<Placed<User>>,
    steps_down: bool,
    at: Range<usize>,
}

/// Reads a container file.
///
/// # Errors
/// Where it does not start with a stage, it builds no image: then it is no container file.
pub(super) fn read(source: &Arc<Source>, into: &mut Deployment) -> Result<(), Placed<String>> {
    let text = source.text();
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions(text) {
        let body = &text[instruction.body.clone()];
        let words = shell::words(body);
        match instruction.word.as_str() {
            word @ ("ARG" | "ENV") => keep_variables(word, body, &mut variables),
            "FROM" => {
                let mut named = body.split_whitespace().filter(|word| !word.starts_with("--"));
                let base = named.next().and_then(|base| filled(base, &variables));
                let name =
                    named.skip_while(|word| !word.eq_ignore_ascii_case("as")).nth(1).map(str::to_owned);
                // A stage goes on with the user of the stage that it starts from.
                let is_base =
                    |name: &String| base.as_ref().is_some_and(|base| name.eq_ignore_ascii_case(base));
                let from = stages.iter().rfind(|stage| stage.name.as_ref().is_some_and(is_base)).cloned();
                let begins = Stage { name: None, base, user: None, steps_down: false, at: 0..0 };
                let from = from.unwrap_or(begins);
                stages.push(Stage { name, at: instruction.body.clone(), ..from });
            }
            "USER" => {
                let user = filled(body.trim(), &variables).map_or(User::Unclear, User::Named);
                let at = source.at(trimmed(body, &instruction.body));
                if let Some(stage) = stages.last_mut() {
                    stage.user = Some(Placed { value: user, at });
                }
            }
            "COPY" | "ADD" => into.modes.extend(
                flag(source, &instruction, "--chmod=")
                    .into_iter()
                    .filter_map(|flag| Some(Placed { value: shell::mode_of(&flag.value)?, at: flag.at })),
            ),
            "RUN" => {
                into.modes.extend(modes(source, &instruction));
                let insecure =
                    flag(source, &instruction, "--security=").filter(|flag| flag.value == "insecure");
                into.rights.extend(insecure.map(|flag| Placed { value: Right::Privileged, at: flag.at }));
            }
            _ => {}
        }
        // What starts the container may be a script that is not read here: what it needs is installed before.
        let programs = match instruction.word.as_str() {
            "RUN" => ONLY_THAT,
            "ENTRYPOINT" | "CMD" => STEP_DOWN,
            _ => &[],
        };
        let program = |word: &str| word.rsplit('/').next().is_some_and(|name| programs.contains(&name));
        if let Some(stage) = stages.last_mut() {
            stage.steps_down |= words.iter().any(|(_, word)| program(word));
        }
    }
    let Some(last) = stages.pop() else {
        let why = "it has no `FROM`, so it makes no image".to_owned();
        return Err(Placed { value: why, at: source.whole() });
    };
    let Stage { base, user, steps_down, at, .. } = last;
    into.images.push(Image { base, user, steps_down, at: source.at(at) });
    Ok(())
}

/// The place of a body without the blanks around it.
fn trimmed(body: &str, place: &Range<usize>) -> Range<usize> {
    let start = place.start + (body.len() - body.trim_start().len());
    start..start + body.trim().len()
}

/// The value of a flag of an instruction, such as `--chmod=755`, with the place of the flag.
fn flag(source: &Arc<Source>, instruction: &Instruction, name: &str) -> Option<Placed<String>> {
    let body = &source.text()[instruction.body.clone()];
    let mut at = instruction.body.start;
    // What continues a line is no word.
    for word in body.split([' ', '\t', '\r', '\n', '\\', '`']) {
        if let Some(value) = word.strip_prefix(name) {
            return Some(Placed { value: value.to_owned(), at: source.at(at..at + word.len()) });
        }
        if !word.is_empty() && !word.starts_with("--") {
            return None;
        }
        at += word.len() + 1;
    }
    None
}

/// The modes that the commands of an instruction set.
fn modes(source: &Arc<Source>, instruction: &Instruction) -> Vec<Placed<Mode>> {
    let places = std::iter::once(&instruction.body).chain(&instruction.documents);
    places
        .flat_map(|place| {
            let found = shell::modes(&source.text()[place.clone()]);
            found.into_iter().map(|(at, mode)| Placed {
                value: mode,
                at: source.at(place.start + at.start..place.start + at.end),
            })
        })
        .collect()
}

/// Keeps what `ARG` and `ENV` give a value here; `ENV name value` is the older way to write it.
fn keep_variables(instruction: &str, body: &str, variables: &mut BTreeMap<String, String>) {
    let older = body.trim().split_once(char::is_whitespace).filter(|(name, _)| !name.contains('='));
    if let Some((name, value)) = older.filter(|_| instruction == "ENV") {
        variables.extend(filled(value.trim(), variables).map(|value| (name.to_owned(), value)));
        return;
    }
    for word in body.split_whitespace() {
        if let Some((name, value)) = word.split_once('=') {
            let value = value.trim_matches(['"', '\'']);
            if let Some(value) = filled(value, variables) {
                variables.insert(name.to_owned(), value);
            }
        }
    }
}

/// A text with its variables filled in; `None` where one has no value here.
fn filled(text: &str, variables: &BTreeMap<String, String>) -> Option<String> {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        whole.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        let (name, after) = match rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}')?,
            None => {
                rest.split_at(rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()))
            }
        };
        // `${name:-other}` is the other, where the name has no value.
        let (name, other) = name.split_once(":-").map_or((name, None), |(name, other)| (name, Some(other)));
        whole.push_str(variables.get(name).map(String::as_str).or(other)?);
        rest = after;
    }
    whole.push_str(rest);
    Some(whole)
}

/// The instructions of a container file.
fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape_of(text);
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        lines.push(start..start + line.len());
        start += line.len();
    }
    // Where each line stands by what is on it, for the ends of here-documents.
    let mut ends: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, line) in lines.iter().enumerate() {
        ends.entry(text[line.clone()].trim()).or_default().push(index);
    }
    let mut instructions = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let first = &text[lines[at].clone()];
        let bare = first.trim();
        if bare.is_empty() || bare.starts_with('#') {
            at += 1;
            continue;
        }
        let word_end = bare.find(char::is_whitespace).unwrap_or(bare.len());
        let begin = lines[at].start + (first.len() - first.trim_start().len()) + word_end;
        let mut end = at;
        // Comments and empty lines between continued ones belong to none of them.
        while end + 1 < lines.len() && goes_on(&text[lines[end].clone()], escape, end > at) {
            end += 1;
        }
        let body = begin..lines[end].end;
        let mut documents = Vec::new();
        let mut next = end + 1;
        let word = bare[..word_end].to_ascii_uppercase();
        let takes_documents = matches!(word.as_str(), "RUN" | "COPY" | "ADD");
        for name in here_documents(&text[body.clone()]).into_iter().filter(|_| takes_documents) {
            // What has no end is no document, and hides nothing.
            let all = ends.get(name).map_or(&[][..], Vec::as_slice);
            let Some(stop) = all.get(all.partition_point(|line| *line < next)) else { continue };
            documents.push(lines[next].start..lines[*stop].start);
            next = stop + 1;
        }
        instructions.push(Instruction { word, body, documents });
        at = next;
    }
    instructions
}

/// The character that continues a line: a directive before the first instruction may name another.
fn escape_of(text: &str) -> char {
    let directives = text.lines().map(str::trim).take_while(|line| line.starts_with('#'));
    let named = directives.filter_map(|line| line.trim_start_matches('#').trim().split_once('='));
    let escape = named.into_iter().find(|(key, _)| key.trim().eq_ignore_ascii_case("escape"));
    escape.and_then(|(_, value)| value.trim().chars().next()).unwrap_or('\\')
}

fn goes_on(line: &str, escape: char, within: bool) -> bool {
    let line = line.trim();
    line.ends_with(escape) || (within && (line.is_empty() || line.starts_with('#')))
}

/// The names that end the here-documents of an instruction, in their order. Each begins a word, outside of quotes.
fn here_documents(body: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut quote, mut before) = (None, ' ');
    for (at, letter) in body.char_indices() {
        let begins_word = before.is_whitespace() || before.is_ascii_digit();
        before = letter;
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            ('<', None) if begins_word && body[at..].starts_with("<<") => {
                let rest = body[at + 2..].trim_start_matches('-').trim_start_matches(['"', '\'']);
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                // `<<<` and a shift by a number begin none.
                let name = &rest[..end];
                names.extend(name.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(name));
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str) -> Deployment {
        let mut deployment = Deployment::default();
        read(&Source::new("Dockerfile", text), &mut deployment).expect("a container file");
        deployment
    }

    /// The base and the user of the image.
    fn runs(text: &str) -> (Option<String>, Option<User>) {
        let image = look(text).images.remove(0);
        (image.base, image.user.map(|user| user.value))
    }

    fn named(name: &str) -> User {
        User::Named(name.to_owned())
    }

    #[test]
    fn the_last_stage_runs_as_its_last_user() {
        let debian = Some("debian:12".to_owned());
        assert_eq!(runs("FROM debian:12\n"), (debian.clone(), None));
        assert_eq!(runs("from debian:12\nuser pump\n"), (debian.clone(), Some(named("pump"))));
        assert_eq!(runs("FROM debian:12\nUSER pump\nRUN true\nUSER root\n").1, Some(named("root")));
        assert_eq!(
            runs("FROM rust AS build\nUSER a\nFROM debian:12\nCOPY --from=build /x /x\n"),
            (debian.clone(), None)
        );
        assert_eq!(
            runs("FROM debian:12 AS base\nUSER pump\nFROM base\n"),
            (debian.clone(), Some(named("pump")))
        );
        assert_eq!(runs("ARG TAG=12\nFROM --platform=$BUILDPLATFORM debian:${TAG} as x\n").0, debian);
        assert_eq!(runs("ARG BASE\nFROM $BASE\n"), (None, None));
        assert_eq!(
            runs("FROM debian:12\nARG UID=1000\nUSER ${UID}:${GID:-1000}\n").1,
            Some(named("1000:1000"))
        );
        assert_eq!(runs("FROM debian:12\nUSER $WHO\n").1, Some(User::Unclear));
        assert_eq!(runs("FROM a\nENV WHO root\nUSER $WHO\n").1, Some(named("root")));
        assert_eq!(runs("FROM debian:12 AS Base\nUSER pump\nFROM base\n").1, Some(named("pump")));
    }

    #[test]
    fn what_gives_rights_away_has_to_be_in_the_image_that_runs() {
        for (text, steps_down) in [
            ("FROM debian\nENTRYPOINT [\"/usr/sbin/gosu\", \"pump\"]\n", true),
            ("FROM debian\nRUN apt-get install gosu\nENTRYPOINT [\"/start.sh\"]\n", true),
            ("FROM debian AS base\nRUN apk add su-exec\nFROM base\n", true),
            ("FROM debian AS build\nRUN apk add su-exec\nFROM debian\n", false),
            ("FROM debian\nRUN chroot /mnt make\n", false),
            ("FROM debian\nCMD chroot --userspec=pump / /pump\n", true),
        ] {
            assert_eq!(look(text).images[0].steps_down, steps_down, "{text}");
        }
    }

    #[test]
    fn instructions_end_where_docker_ends_them() {
        let text = "# syntax=docker/dockerfile:1\nFROM a\nRUN one \\\n  # USER not\n\n  && two\nRUN <<EOF\nUSER not\nchmod 777 /x\nEOF\nCOPY <<-'X' /y\nUSER not\nX\nUSER pump\n";
        assert_eq!(runs(text).1, Some(named("pump")));
        assert_eq!(look(text).modes.len(), 1, "commands of a here-document are commands");
        assert_eq!(runs("#escape=`\nFROM a\nRUN dir `\nUSER no\nUSER b\n").1, Some(named("b")));
        assert_eq!(runs("FROM a\nRUN cat <<<USER\nUSER b\n").1, Some(named("b")));
        for hides_nothing in [
            "RUN echo \"<<EOF\"",
            "RUN echo $((1 <<SHIFT))",
            "RUN echo a<<EOF",
            "ENV X=\"a <<EOF\"",
            "CMD cat <<EOF",
        ] {
            let text = format!("FROM a\n{hides_nothing}\nUSER root\n");
            assert_eq!(runs(&text).1, Some(named("root")), "{text}");
        }
    }

    #[test]
    fn modes_and_rights_have_places() {
        let deployment = look(
            "FROM a\nCOPY --chown=a \\\n --chmod=0777 x /x\nRUN --security=insecure cp a b && \\\n  chmod -R 777 /data\nCOPY --chmod=755 a b\n",
        );
        let modes: Vec<_> =
            deployment.modes.iter().map(|mode| (mode.value.open, mode.at.snippet())).collect();
        assert_eq!(modes, [(true, "--chmod=0777"), (true, "777"), (false, "--chmod=755")]);
        assert_eq!(deployment.rights[0].at.snippet(), "--security=insecure");
    }

    #[test]
    fn every_prefix_is_read_or_refused() {
        let text = "# escape=\\\nARG é=1\nFROM a AS b\nRUN <<E\nchmod é777 x\nE\nUSER ${é:-x}$\n";
        for (end, _) in text.char_indices() {
            let _ = read(&Source::new("Dockerfile", &text[..end]), &mut Deployment::default());
        }
        for text in ["", "USER pump\n", "# nothing\n", "\\\n\\\n"] {
            assert!(read(&Source::new("Dockerfile", text), &mut Deployment::default()).is_err(), "{text}");
        }
    }
}
