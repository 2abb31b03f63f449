//! Pipelines of GitLab: what stands in them, and what they include and refer to in this repository.
//!
//! `!reference` and `extends` are followed through all files of the repository that belong to the pipeline, as GitLab does
//! once it has put them together. What comes from elsewhere is of others, as an action of GitHub is: that it is included is
//! told, and not what it does.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use crate::document::{self, Entry, Value};
use crate::facts::history::matches;
use crate::facts::{Gap, Kind};
use crate::source::{Placed, ReadError, Tree, joined};

use super::script::{Shell, read};
use super::{File, FileKind, Job, MOST, Rights, Step, Used, Variables, allowed, is_commit, parsed};

/// Words at the top of a file that are no jobs.
const NO_JOBS: &[&str] =
    &["cache", "image", "include", "services", "spec", "stages", "variables", "workflow"];

/// How often one reference may lead to another, as GitLab has it; folders are no deeper here.
const DEEPEST: usize = 10;

/// How many entries of folders are looked at for one include.
const MOST_LISTED: usize = 100_000;

/// How much of a file is read once its references are followed; so many bytes of a line count for one.
const LONGEST: usize = 200_000;
const LONG: usize = 64;

/// Reads pipelines, and what they include of this repository.
pub(super) fn gather(tree: &Tree, mut waiting: Vec<PathBuf>, gaps: &mut Vec<Gap>) -> Vec<File> {
    let mut roots: BTreeMap<PathBuf, Value> = BTreeMap::new();
    let mut known: BTreeSet<PathBuf> = waiting.iter().cloned().collect();
    while let Some(path) = waiting.pop() {
        let Some(root) = parsed(tree, &path, document::parse_gitlab, gaps) else { continue };
        for include in local_includes(&root) {
            let found = included_files(tree, include).unwrap_or_else(|gap| {
                gaps.push(gap.at(include.at()));
                Vec::new()
            });
            waiting.extend(found.into_iter().filter(|path| known.len() < MOST && known.insert(path.clone())));
        }
        roots.insert(path, root);
    }
    if known.len() >= MOST {
        let why = format!("only {MOST} of its files are read");
        gaps.push(Gap::new(Kind::Pipeline, "the pipeline of GitLab", why, "keep in it what it needs"));
    }
    let mut named: HashMap<&str, Vec<&Value>> = HashMap::new();
    for entry in roots.values().flat_map(Value::entries) {
        named.entry(&entry.key).or_default().push(&entry.value);
    }
    let is_foreign = |include: &Value| {
        includes(include).iter().any(|step| !step.uses.as_ref().is_some_and(Used::is_local))
    };
    let has_template =
        |include: &Value| include.items().iter().chain([include]).any(|one| one.get(&["template"]).is_some());
    let mut all = roots.values().filter_map(|root| root.get(&["include"]));
    let with_others = all.any(|include| is_foreign(include) || has_template(include));
    let tables = roots.values().flat_map(parts).filter_map(|part| part.get(&["variables"]));
    let set: BTreeSet<&str> = tables.flat_map(Value::entries).map(|entry| entry.key.as_str()).collect();
    let mut files = Vec::new();
    for root in roots.values() {
        let mut reader =
            Reader { own: root, named: &named, set: &set, with_others, left: LONGEST, gaps: BTreeSet::new() };
        files.push(reader.pipeline());
        gaps.extend(reader.gaps);
    }
    files
}

/// The paths of files in this repository that become a part of a pipeline, or a pipeline that it starts.
fn local_includes(root: &Value) -> Vec<&Value> {
    let started = root.entries().iter().filter_map(|entry| entry.value.get(&["trigger", "include"]));
    let all = root.get(&["include"]).into_iter().chain(started);
    let each = all.flat_map(|include| match include.items() {
        [] => std::slice::from_ref(include),
        several => several,
    });
    let is_path = |path: &&Value| path.as_str().is_some_and(|path| !path.contains("://"));
    each.filter_map(|include| include.get(&["local"]).or(Some(include).filter(is_path))).collect()
}

/// The files that an include names; the gap where it names none.
fn included_files(tree: &Tree, include: &Value) -> Result<Vec<PathBuf>, Gap> {
    let written = include.as_str().unwrap_or_default();
    let gap = |why: &str| {
        let what = format!("`{}`, which a pipeline includes", written.escape_debug());
        Gap::new(Kind::Pipeline, what, why, "name a file of the repository")
    };
    let path = written.trim_start_matches('/');
    if path.contains('$') {
        return Err(gap("its name is put together when the pipeline starts"));
    }
    let Some((folder, _)) = path.split_once('*') else {
        return Ok(vec![tree.resolve(Path::new(path)).map_err(|why| gap(&why.to_string()))?]);
    };
    let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
    if let Err(why @ ReadError::Outside) = tree.resolve(Path::new(folder)) {
        return Err(gap(&why.to_string()));
    }
    // One star stays in its folder, two lead into those below.
    let levels = path[folder.len()..].trim_start_matches('/').matches('/').count();
    let deepest = if path.contains("**") { DEEPEST } else { levels };
    let mut search = Search { tree, path, left: MOST_LISTED, found: Vec::new() };
    search.below(folder, deepest).map_err(|why| gap(&format!("not all that it may mean was seen: {why}")))?;
    search
        .found
        .iter()
        .map(|file| tree.resolve(Path::new(file)).map_err(|why| gap(&why.to_string())))
        .collect()
}

/// A search for the files that an include means.
struct Search<'a> {
    tree: &'a Tree,
    path: &'a str,
    /// How many more entries of folders are looked at.
    left: usize,
    found: Vec<String>,
}

impl Search<'_> {
    /// Looks below a folder; there is nothing where there is no such folder.
    fn below(&mut self, folder: &str, deepest: usize) -> io::Result<()> {
        let listed = match std::fs::read_dir(self.tree.root().join(folder)) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
            listed => listed?,
        };
        let mut listed = listed.take(self.left + 1).collect::<io::Result<Vec<_>>>()?;
        self.left =
            self.left.checked_sub(listed.len()).ok_or_else(|| io::Error::other("there is too much"))?;
        listed.sort_by_key(std::fs::DirEntry::file_name);
        for entry in listed {
            let (kind, Ok(name)) = (entry.file_type()?, entry.file_name().into_string()) else { continue };
            let path = joined(folder, &name);
            if kind.is_dir() && deepest > 0 {
                self.below(&path, deepest - 1)?;
            } else if kind.is_file() && matches(self.path, &path) {
                self.found.push(path);
            }
        }
        Ok(())
    }
}

/// Reads one file of a pipeline, with the others at hand.
struct Reader<'a> {
    own: &'a Value,
    /// What stands at the top of all files.
    named: &'a HashMap<&'a str, Vec<&'a Value>>,
    /// Names of variables that files of the pipeline set.
    set: &'a BTreeSet<&'a str>,
    /// True where a part of the pipeline comes from elsewhere.
    with_others: bool,
    /// How much more is read.
    left: usize,
    gaps: BTreeSet<Gap>,
}

impl<'a> Reader<'a> {
    fn pipeline(&mut self) -> File {
        let root = self.own;
        let at = root.at().source().whole();
        let mut jobs = Vec::new();
        if let Some(include) = root.entry("include") {
            jobs.push(Job::new("include", include.key_at.clone(), includes(&include.value)));
        }
        // Before there were jobs, scripts stood at the top.
        let steps = self.scripts(root);
        let image = root.get(&["image"]).and_then(Used::image);
        if !steps.is_empty() || image.is_some() {
            jobs.push(Job { image, ..Job::new("", at.clone(), steps) });
        }
        let own = root.entries().iter().filter(|entry| !NO_JOBS.contains(&entry.key.as_str()));
        jobs.extend(own.filter(|entry| entry.value.is_table()).map(|entry| self.job(entry)));
        let mut variables = Variables::default();
        parts(root).for_each(|part| variables.table(part.get(&["variables"])));
        let commands = jobs.iter().flat_map(|job| &job.steps).flat_map(|step| &step.commands);
        commands.for_each(|command| variables.command(command));
        let (triggers, rights, secrets) = (Vec::new(), Rights::Unsaid, secrets(root, self.set));
        File {
            at,
            kind: FileKind::GitLab,
            triggers,
            rights,
            jobs,
            inputs: BTreeMap::new(),
            secrets,
            variables,
        }
    }

    fn job(&mut self, entry: &'a Entry) -> Job {
        let allowance = self.said(&entry.value, "allow_failure", 0).and_then(|value| self.follow(value));
        let steps = self.scripts(&entry.value);
        Job {
            may_fail: allowed(allowance),
            image: entry.value.get(&["image"]).and_then(Used::image),
            ..Job::new(&entry.key, entry.key_at.clone(), steps)
        }
    }

    /// The scripts of a job, each line of them a step.
    fn scripts(&mut self, job: &'a Value) -> Vec<Step> {
        let mut steps = Vec::new();
        for key in ["before_script", "script", "after_script"] {
            if let Some(script) = self.said(job, key, 0) {
                self.lines(script, 0, &mut steps);
            }
        }
        steps
    }

    /// A script is a text, or a list of such; lists are joined where one is an alias or a reference.
    fn lines(&mut self, script: &'a Value, depth: usize, into: &mut Vec<Step>) {
        let Some(script) = self.follow(script) else { return };
        if !self.may_read(1 + script.as_str().map_or(0, str::len) / LONG) {
            return;
        }
        if script.as_str().is_some() {
            into.push(Step { commands: read(script, Shell::Posix), ..Step::default() });
        } else if depth <= DEEPEST {
            script.items().iter().for_each(|item| self.lines(item, depth + 1, into));
        } else if !script.items().is_empty() {
            self.gap(script, "it refers to what refers to it");
        }
    }

    /// What a job says under a key, itself or by what it extends; the last of several counts.
    fn said(&mut self, job: &'a Value, key: &str, depth: usize) -> Option<&'a Value> {
        if let Some(own) = job.get(&[key]) {
            return Some(own);
        }
        let extended = job.get(&["extends"]).filter(|_| depth < DEEPEST)?;
        let names = std::slice::from_ref(extended).iter().chain(extended.items()).rev();
        for name in names.filter_map(Value::as_str) {
            let said = self.named(&[name]).and_then(|job| self.said(job, key, depth + 1));
            if said.is_some() {
                return said;
            }
        }
        None
    }

    /// The value itself, or what stands where it refers to.
    fn follow(&mut self, value: &'a Value) -> Option<&'a Value> {
        let mut value = value;
        for _ in 0..=DEEPEST {
            let Some(keys) = value.as_reference() else { return Some(value) };
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let Some(next) = self.named(&keys) else {
                if self.left > 0 && !self.with_others {
                    self.gap(value, "what it refers to is in no file of this repository");
                }
                return None;
            };
            value = next;
        }
        self.gap(value, "it refers to what refers to it");
        None
    }

    /// What stands under these keys, in this file before all others.
    fn named(&mut self, keys: &[&str]) -> Option<&'a Value> {
        let (top, inner) = keys.split_first()?;
        let all = self.named.get(top)?;
        let here = all.iter().filter(|value| value.at().path() == self.own.at().path());
        let found = here.chain(all).find_map(|value| value.get(inner));
        let size = all.len() + all.iter().map(|value| value.entries().len()).sum::<usize>() / LONG;
        found.filter(|_| self.may_read(size))
    }

    /// Takes so much from what is still read; false where that is used up.
    fn may_read(&mut self, size: usize) -> bool {
        self.left = self.left.saturating_sub(size);
        if self.left == 0 {
            self.gap(self.own, "with what it refers to it holds more than is read");
        }
        self.left > 0
    }

    fn gap(&mut self, at: &Value, why: &str) {
        let path = self.own.at().path().to_owned();
        let remedy = "keep what it refers to in a file of this repository, and name it once";
        let gap = Gap::new(Kind::Pipeline, path, why, remedy);
        self.gaps.insert(if at.as_reference().is_some() { gap.at(at.at()) } else { gap });
    }
}

/// The top of a file and what stands there: each may set variables.
fn parts(root: &Value) -> impl Iterator<Item = &Value> {
    [root].into_iter().chain(root.entries().iter().map(|entry| &entry.value))
}

/// The names of variables that come from GitLab's settings or from a vault, each at its first place: a file names them and no
/// file sets them. A script may set others for itself.
fn secrets(root: &Value, set: &BTreeSet<&str>) -> Vec<Placed<String>> {
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    let vaults = parts(root).filter_map(|part| part.get(&["secrets"])).flat_map(Value::entries);
    let vaults = vaults.map(|entry| Placed { value: entry.key.clone(), at: entry.key_at.clone() });
    let (mut named, mut waiting) = (Vec::new(), vec![root]);
    while let Some(value) = waiting.pop() {
        let inside = value.entries().iter().map(|entry| &entry.value).chain(value.items());
        waiting.extend(inside.rev());
        named.extend(used(value));
    }
    for name in vaults.chain(named) {
        if !set.contains(name.value.as_str()) && known.insert(name.value.clone()) {
            found.push(name);
        }
    }
    found
}

/// The variables that a text takes in (`$NAME`, `${NAME}`), but for those that it sets itself.
fn used(value: &Value) -> Vec<Placed<String>> {
    let at = value.at();
    let text = at.snippet();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if value.as_str().is_none_or(|value| !value.contains('$')) {
        return Vec::new();
    }
    let ends = text.match_indices('=').map(|(sign, _)| &text[..sign]);
    let set: BTreeSet<&str> = ends.map(|before| &before[before.trim_end_matches(is_part).len()..]).collect();
    let mut found = Vec::new();
    for (sign, _) in text.match_indices('$') {
        let start = sign + 1 + usize::from(text[sign + 1..].starts_with('{'));
        let end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |length| start + length);
        let name = &text[start..end];
        if !name.is_empty() && !set.contains(name) {
            let place = at.source().at(at.bytes().start + sign..at.bytes().start + end);
            found.push(Placed { value: name.to_owned(), at: place });
        }
    }
    found
}

/// What of others becomes a part of the pipeline.
fn includes(include: &Value) -> Vec<Step> {
    let one = Some(include).filter(|include| include.items().is_empty());
    let uses = one.into_iter().chain(include.items()).filter_map(included);
    uses.map(|used| Step { uses: Some(used), ..Step::default() }).collect()
}

fn included(include: &Value) -> Option<Used> {
    let text = |key: &str| include.get(&[key]).and_then(Value::as_str);
    let local = |path: &str| format!("./{}", path.trim_start_matches('/'));
    if let Some(component) = include.get(&["component"]) {
        return Used::read(component);
    }
    let (name, revision) = if let Some(project) = text("project") {
        (project.to_owned(), text("ref").unwrap_or_default().to_owned())
    } else if let Some(remote) = text("remote").or(include.as_str().filter(|path| path.contains("://"))) {
        // A digest of what is there holds it as a commit does.
        (remote.to_owned(), text("integrity").unwrap_or_default().to_owned())
    } else if let Some(path) = text("local").or(include.as_str()) {
        (local(path), String::new())
    } else {
        // Templates are part of GitLab itself.
        return None;
    };
    let fixed = name.starts_with("./") || is_commit(&revision) || revision.starts_with("sha256-");
    Some(Used { name, revision, at: include.at(), fixed })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `.gitlab-ci.yml`, and other files beside it.
    fn look_at(files: &[(&str, &str)]) -> (Vec<File>, Vec<Gap>) {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, text).expect("a file");
        }
        let tree = Tree::new(folder.path()).expect("a tree");
        let (start, mut gaps) = (vec![tree.root().join(".gitlab-ci.yml")], Vec::new());
        (gather(&tree, start, &mut gaps), gaps)
    }

    fn look(text: &str) -> File {
        let (mut files, _) = look_at(&[(".gitlab-ci.yml", text)]);
        files.remove(0)
    }

    /// The first words of what a job runs.
    fn runs(files: &[File], job: &str) -> Vec<String> {
        let job = files.iter().flat_map(|file| &file.jobs).find(|known| known.name == job).expect("a job");
        let commands = job.steps.iter().flat_map(|step| &step.commands);
        commands.map(|command| command.words.join(" ")).collect()
    }

    #[test]
    fn jobs_run_their_scripts_in_order() {
        let file = look(
            "stages: [test]\nvariables: {A: b}\n.base: &base\n  before_script: [apt update]\ntest:\n  <<: *base\n  script:\n    - cargo test\n    - - cargo doc\n  after_script: echo done\n  allow_failure: true\nlint:\n  allow_failure: {exit_codes: 1}\n  script: cargo clippy\n",
        );
        let test = file.jobs.iter().find(|job| job.name == "test").expect("a job");
        let words: Vec<&str> = test
            .steps
            .iter()
            .flat_map(|step| &step.commands)
            .map(|command| command.words[0].as_str())
            .collect();
        assert_eq!(words, ["apt", "cargo", "cargo", "echo"]);
        assert!(test.may_fail.is_some());
        let names: Vec<&str> = file.jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, [".base", "test", "lint"]);
    }

    #[test]
    fn what_is_included_is_fixed_by_a_commit_or_a_digest() {
        let commit = "9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0";
        let file = look(&format!(
            "include:\n  - local: /ci/lint.yml\n  - component: gitlab.com/a/b/c@{commit}\n  - component: gitlab.com/a/b/c@1.0\n  - project: a/b\n    ref: {commit}\n    file: c.yml\n  - project: a/b\n    file: c.yml\n  - remote: https://example.org/c.yml\n  - remote: https://example.org/c.yml\n    integrity: sha256-AAAA\n  - template: Jobs/SAST.gitlab-ci.yml\n  - https://example.org/d.yml\n"
        ));
        let fixed: Vec<bool> =
            file.jobs[0].steps.iter().filter_map(|step| step.uses.as_ref()).map(|used| used.fixed).collect();
        assert_eq!(fixed, [true, true, false, true, false, false, true, false]);
        assert!(look("include: ci/lint.yml\n").jobs[0].steps[0].uses.as_ref().is_some_and(|used| used.fixed));
    }

    #[test]
    fn what_is_referred_to_stands_in_any_file_of_the_pipeline() {
        let (files, gaps) = look_at(&[
            (
                ".gitlab-ci.yml",
                "include: [ci/base.yml, {local: /ci/more/*.yml}, {template: X.yml}]\ntest:\n  before_script:\n    - !reference [.setup, rust]\n    - last\n  script: !reference [.twice, script]\n  allow_failure: !reference [.may, fail]\n  rules: [!reference [.elsewhere, rules]]\n",
            ),
            ("ci/base.yml", ".setup:\n  rust:\n    - first\n    - !reference [.deep, lines]\n"),
            ("ci/more/a.yml", ".deep: {lines: [second, third]}\n.may: {fail: true}\n"),
            ("ci/more/b.yml", ".twice: {script: !reference [.once, script]}\n.once: {script: run}\n"),
            ("ci/other.yml", "unread: {script: make}\n"),
        ]);
        assert!(gaps.is_empty(), "{gaps:?}");
        assert_eq!(files.len(), 4);
        assert_eq!(runs(&files, "test"), ["first", "second", "third", "last", "run"]);
        let test = files.iter().flat_map(|file| &file.jobs).find(|job| job.name == "test").expect("a job");
        assert!(test.may_fail.is_some());
        assert_eq!(test.steps[0].commands[0].at.path(), "ci/base.yml");
    }

    #[test]
    fn what_is_extended_says_what_a_job_does_not() {
        let (files, gaps) = look_at(&[(
            ".gitlab-ci.yml",
            ".a: {script: [a], allow_failure: true, image: \"rust:1\"}\n.b: {extends: .a, script: [b]}\n.c: {before_script: [c]}\nd: {extends: [.c, .b], after_script: [d]}\ne: {extends: .of-others}\nf: {extends: f}\nimage: \"$IMAGE\"\n",
        )]);
        assert!(gaps.is_empty(), "{gaps:?}");
        assert_eq!(runs(&files, "d"), ["c", "b", "d"]);
        let failing: Vec<&str> =
            files[0].jobs.iter().filter(|job| job.may_fail.is_some()).map(|job| job.name.as_str()).collect();
        assert_eq!(failing, [".a", ".b", "d"]);
        let images: Vec<&str> =
            files[0].jobs.iter().filter_map(|job| Some(job.image.as_ref()?.name.as_str())).collect();
        assert_eq!(images, ["rust:1"]);
    }

    #[test]
    fn what_can_not_be_followed_is_a_gap_at_its_place() {
        for (text, line, why) in [
            ("a:\n  script:\n    - !reference [.none, script]\n", 3, "in no file"),
            ("a: {script: [!reference [a, script]]}\n", 1, "refers to it"),
            ("a: {script: !reference [b, script]}\nb: {script: !reference [a, script]}\n", 1, "refers to it"),
            ("include: ci/none.yml\n", 1, "no such file"),
            ("x: 1\ninclude: [{local: \"ci/$X.yml\"}]\n", 2, "put together"),
            ("include: ../../etc/passwd\n", 1, ""),
            ("include: ../../etc/*.conf\n", 1, "leaves the inspected tree"),
        ] {
            let (_, gaps) = look_at(&[(".gitlab-ci.yml", text)]);
            let gap = gaps.first().expect(text);
            assert!(gap.why.contains(why), "{text}: {gap:?}");
            assert_eq!(gap.kind, Kind::Pipeline);
            assert_eq!(gap.at.as_ref().map_or(1, crate::source::Location::line), line, "{text}: {gap:?}");
        }
    }

    #[test]
    fn what_others_provide_is_theirs() {
        let job = "a:\n  script:\n    - !reference [.theirs, script]\n    - make\n";
        for include in
            ["{project: a/b, file: c.yml}", "[{template: Rust.gitlab-ci.yml}]", "https://example.org/x.yml"]
        {
            let (files, gaps) = look_at(&[(".gitlab-ci.yml", &format!("include: {include}\n{job}"))]);
            assert!(gaps.is_empty(), "{gaps:?}");
            assert_eq!(runs(&files, "a"), ["make"]);
        }
    }

    #[test]
    fn references_do_not_multiply() {
        let bomb =
            (1..10).fold(".a0: {script: [x, x, x, x, x, x, x, x, x, x]}\n".to_owned(), |text, level| {
                let items = vec![format!("!reference [.a{}, script]", level - 1); 10].join(", ");
                text + &format!(".a{level}: {{script: [{items}]}}\n")
            });
        let (_, gaps) = look_at(&[(".gitlab-ci.yml", &bomb)]);
        assert!(gaps.iter().any(|gap| gap.why.contains("more than is read")), "{gaps:?}");
        assert!(gaps.len() < 20);
        let names = vec![".b"; 1_000].join(", ");
        let (_, gaps) =
            look_at(&[(".gitlab-ci.yml", &format!(".b: {{extends: [{names}]}}\na: {{extends: .b}}\n"))]);
        assert!(gaps.iter().any(|gap| gap.why.contains("more than is read")), "{gaps:?}");
    }
}
