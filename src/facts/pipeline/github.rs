//! Workflows of GitHub, and actions that are made of steps.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Value;
use crate::facts::{Gap, Kind};
use crate::source::{Location, Placed};

use super::script::{Command, Shell, plain_documents, read};
use super::{Expression, File, FileKind, Job, Rights, Step, Used, Variables, allowed};

/// What an action is given to run: in another machine, in a container, once more, or when all else is there.
const GIVEN: &[&str] = &["prepare", "install", "run", "command", "script"];

/// Reads a workflow.
pub(super) fn workflow(root: &Value, at: Location, gaps: &mut Vec<Gap>) -> File {
    let shell = root.get(&["defaults", "run", "shell"]);
    let jobs = root.get(&["jobs"]).map(Value::entries).unwrap_or_default();
    let jobs = jobs.iter().map(|entry| {
        let job = &entry.value;
        let shell = job.get(&["defaults", "run", "shell"]).or(shell);
        let variables: BTreeMap<_, _> = table(root.get(&["env"])).chain(table(job.get(&["env"]))).collect();
        let mut steps = steps(job, shell, &variables, gaps);
        // A job that is another workflow has no steps of its own.
        if let Some(uses) = job.get(&["uses"]).and_then(Used::read) {
            let given = table(job.get(&["with"])).collect();
            steps.push(Step { uses: Some(uses), given, ..Step::default() });
        }
        Job {
            rights: rights(job),
            condition: condition(job, gaps),
            needs: texts(job.get(&["needs"])),
            outputs: table(job.get(&["outputs"])).collect(),
            variables,
            may_fail: allowed(job.get(&["continue-on-error"])),
            image: job.get(&["container"]).and_then(Used::image),
            ..Job::new(&entry.key, entry.key_at.clone(), steps)
        }
    });
    let jobs: Vec<Job> = jobs.collect();
    File {
        at,
        kind: FileKind::Workflow,
        triggers: triggers(root),
        rights: rights(root),
        secrets: secrets(root),
        variables: variables(root.get(&["jobs"]), root, &jobs),
        inputs: inputs(root.get(&["on", "workflow_call", "inputs"])),
        jobs,
    }
}

/// What is set for the whole of a file, for its jobs, for their steps, and by these.
fn variables(parts: Option<&Value>, root: &Value, jobs: &[Job]) -> Variables {
    let parts: Vec<&Value> =
        parts.map(Value::entries).into_iter().flatten().map(|entry| &entry.value).collect();
    let steps = parts.iter().filter_map(|part| part.get(&["steps"])).flat_map(Value::items);
    let mut found = Variables::default();
    [root]
        .into_iter()
        .chain(parts.iter().copied())
        .chain(steps)
        .for_each(|part| found.table(part.get(&["env"])));
    let commands = jobs.iter().flat_map(|job| &job.steps).flat_map(|step| &step.commands);
    commands.for_each(|command| found.command(command));
    found
}

/// Reads an action; none where it is a program of its own.
pub(super) fn action(root: &Value, at: Location, gaps: &mut Vec<Gap>) -> Option<File> {
    let runs = root.entry("runs").filter(|runs| runs.value.get(&["steps"]).is_some())?;
    let steps = steps(&runs.value, None, &BTreeMap::new(), gaps);
    let jobs = vec![Job::new(&runs.key, runs.key_at.clone(), steps)];
    let (triggers, rights) = (Vec::new(), Rights::Unsaid);
    let (secrets, variables) = (secrets(root), variables(Some(root), root, &jobs));
    let inputs = inputs(root.get(&["inputs"]));
    Some(File { at, kind: FileKind::Action, triggers, rights, jobs, inputs, secrets, variables })
}

/// What a file may be called with.
fn inputs(of: Option<&Value>) -> BTreeMap<String, String> {
    let entries = of.map(Value::entries).into_iter().flatten();
    let default = |input: &Value| input.get(&["default"])?.as_str().map(str::to_owned);
    entries.map(|entry| (entry.key.to_ascii_lowercase(), default(&entry.value).unwrap_or_default())).collect()
}

/// The names of secrets in expressions, each at its first place.
fn secrets(root: &Value) -> Vec<Placed<String>> {
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    let mut waiting = vec![root];
    while let Some(value) = waiting.pop() {
        let inside = value.entries().iter().map(|entry| &entry.value).chain(value.items());
        waiting.extend(inside.rev());
        if value.as_str().is_none_or(|text| !text.contains("secrets.")) {
            continue;
        }
        for insert in insides(value) {
            let names = insert.value.split(|c: char| !(c.is_ascii_alphanumeric() || "_.".contains(c)));
            for name in names.filter_map(|name| name.strip_prefix("secrets.")) {
                if known.insert(name.to_owned()) {
                    found.push(Placed { value: name.to_owned(), at: insert.at.clone() });
                }
            }
        }
    }
    found
}

/// The events that start a workflow.
fn triggers(root: &Value) -> Vec<String> {
    let on = root.get(&["on"]);
    let keys = on.map(Value::entries).into_iter().flatten().map(|entry| entry.key.clone());
    texts(on).into_iter().chain(keys).collect()
}

/// A text, or those of a list.
fn texts(value: Option<&Value>) -> Vec<String> {
    let all = value.into_iter().chain(value.map(Value::items).into_iter().flatten());
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What `if` says; a gap where that can't be read.
fn condition(of: &Value, gaps: &mut Vec<Gap>) -> Option<Expression> {
    let said = of.get(&["if"])?;
    if let Some(truth) = said.as_bool() {
        return Some(Expression::Literal(truth.to_string()));
    }
    let text = said.as_str().filter(|text| !text.trim().is_empty())?;
    let read = Expression::condition(text);
    if read.is_none() {
        gaps.push(unread(&said.at()));
    }
    read
}

fn unread(at: &Location) -> Gap {
    let why = "an expression in it can't be read";
    Gap::new(Kind::Pipeline, at.path(), why, "write it as GitHub reads it").at(at.clone())
}

fn rights(of: &Value) -> Rights {
    match of.get(&["permissions"]) {
        None => Rights::Unsaid,
        Some(all) if all.as_str() == Some("write-all") => Rights::All(all.at()),
        Some(listed) => {
            let writes = |value: &Value| value.as_str() == Some("write");
            Rights::Listed(listed.entries().iter().any(|entry| writes(&entry.value)))
        }
    }
}

fn steps(
    of: &Value,
    shell: Option<&Value>,
    variables: &BTreeMap<String, String>,
    gaps: &mut Vec<Gap>,
) -> Vec<Step> {
    let steps = of.get(&["steps"]).map(Value::items).unwrap_or_default();
    steps.iter().map(|step| one(step, shell, variables, gaps)).collect()
}

/// Reads a step of a job with these variables.
fn one(
    step: &Value,
    shell: Option<&Value>,
    variables: &BTreeMap<String, String>,
    gaps: &mut Vec<Gap>,
) -> Step {
    let mut found = Step {
        id: step.get(&["id"]).and_then(Value::as_str).unwrap_or_default().to_owned(),
        uses: step.get(&["uses"]).and_then(Used::read),
        condition: condition(step, gaps),
        variables: table(step.get(&["env"])).collect(),
        given: table(step.get(&["with"])).collect(),
        folder: step.get(&["working-directory"]).and_then(Value::as_str).unwrap_or_default().to_owned(),
        may_fail: allowed(step.get(&["continue-on-error"])),
        ..Step::default()
    };
    if let Some(run) = step.get(&["run"]) {
        let shell = step.get(&["shell"]).or(shell).and_then(Value::as_str);
        found.inserts = inserts(run, false, gaps);
        found.commands = read(run, Shell::named(shell));
        let seen = variables.iter().chain(&found.variables);
        let seen = seen.map(|(name, value)| (name.clone(), value.clone())).collect();
        found.outputs = written(&found.commands, "GITHUB_OUTPUT", &seen);
        found.sets = written(&found.commands, "GITHUB_ENV", &seen);
    }
    let action = found.uses.as_ref().map_or("", |used| used.name.as_str());
    if action == "actions/checkout" {
        let taken = ["ref", "repository"].iter().filter_map(|key| step.get(&["with", key]));
        found.takes = taken
            .filter_map(|value| Some(Placed { value: value.as_str()?.to_owned(), at: value.at() }))
            .collect();
    }
    let of_shell = action != "actions/github-script";
    let shell = step.get(&["with", "shell"]).and_then(Value::as_str);
    for script in GIVEN.iter().filter_map(|key| step.get(&["with", key])) {
        found.inserts.extend(inserts(script, !of_shell, gaps));
        if of_shell {
            found.commands.extend(read(script, Shell::named(shell)));
        }
    }
    found
}

/// The texts of a table.
fn table(of: Option<&Value>) -> impl Iterator<Item = (String, String)> {
    let entries = of.map(Value::entries).into_iter().flatten();
    entries.filter_map(|entry| Some((entry.key.clone(), entry.value.as_str()?.to_owned())))
}

/// What a script writes word by word to the file of this name, the variables of the step put in.
fn written(
    commands: &[Command],
    file: &str,
    variables: &BTreeMap<String, String>,
) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if !commands.iter().flat_map(|command| &command.words).any(|word| word.contains(file)) {
        return found;
    }
    for command in commands {
        let Some(("echo" | "printf" | "Write-Output", given)) = command.program() else { continue };
        for (name, value) in given.iter().filter_map(|word| word.split_once('=')) {
            found.entry(name.to_owned()).or_default().push(put_in(value, variables));
        }
    }
    found
}

/// A text of a script with the variables in their places, once; one that grows long stays as it is written.
fn put_in(text: &str, variables: &BTreeMap<String, String>) -> String {
    const LONGEST: usize = 4096;
    let mut parts = text.split('$');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inside, braced) = part.strip_prefix('{').map_or((part, false), |inside| (inside, true));
        let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inside.len());
        let (name, rest) = inside.split_at(end);
        let rest = if braced { rest.strip_prefix('}') } else { Some(rest) };
        match variables.get(name).zip(rest) {
            Some((value, rest)) => whole.extend([value, rest]),
            None => whole.extend(["$", part]),
        }
        if whole.len() > LONGEST {
            return text.to_owned();
        }
    }
    whole
}

/// What GitHub writes into a script; a gap where that can't be read. JSON is a value in JavaScript, and a text in a here
/// document in which a shell replaces nothing: its end stands on a line of its own, and JSON has no such line.
fn inserts(script: &Value, java_script: bool, gaps: &mut Vec<Gap>) -> Vec<Placed<Expression>> {
    let at = script.at();
    let texts = plain_documents(at.snippet());
    let is_value = |place: &Location| {
        let offset = place.bytes().start - at.bytes().start;
        java_script || texts.iter().any(|text| text.contains(&offset))
    };
    let mut read = Vec::new();
    for Placed { value, at } in insides(script) {
        match Expression::read(&value) {
            Some(value) if is_value(&at) => read.push(Placed { value: value.with_json_as_value(), at }),
            Some(value) => read.push(Placed { value, at }),
            None => gaps.push(unread(&at)),
        }
    }
    read
}

/// The insides of `${{ .. }}` in a text.
fn insides(script: &Value) -> Vec<Placed<String>> {
    let at = script.at();
    let (text, start) = (at.snippet(), at.bytes().start);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("${{") {
        let inside = from + open + 3;
        let Some(length) = text[inside..].find("}}") else { break };
        let end = inside + length;
        let place = at.source().at(start + inside - 3..start + end + 2);
        found.push(Placed { value: text[inside..end].trim().to_owned(), at: place });
        from = end + 2;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse_yaml;
    use crate::source::Source;

    fn look(text: &str) -> File {
        let source = Source::new("ci.yml", text);
        workflow(&parse_yaml(&source).expect("YAML"), source.whole(), &mut Vec::new())
    }

    #[test]
    fn events_are_written_in_three_ways() {
        for on in ["push", "[push]", "{push: {branches: [main]}}"] {
            assert_eq!(look(&format!("on: {on}\njobs: {{}}\n")).triggers, ["push"], "{on}");
        }
    }

    #[test]
    fn rights_are_those_of_the_job_or_of_the_workflow() {
        let file = look(
            "on: push\npermissions: read-all\njobs:\n  a: {permissions: write-all}\n  b: {permissions: {contents: write}}\n  c: {}\n",
        );
        assert!(matches!(file.rights, Rights::Listed(false)));
        let [a, b, c] = file.jobs.as_slice() else { panic!("three jobs") };
        assert!(matches!(&a.rights, Rights::All(at) if at.snippet() == "write-all"));
        assert!(matches!(b.rights, Rights::Listed(true)));
        assert!(matches!(c.rights, Rights::Unsaid));
    }

    #[test]
    fn what_an_action_is_given_to_run_is_a_script() {
        let file = look(
            "on: push\nenv: {K: \"${{ secrets.KEY }}\"}\njobs:\n  a:\n    container: {image: \"rust:1.95\"}\n    steps:\n      - uses: x/vm@v1\n        with:\n          prepare: pkg install curl\n          run: |\n            echo ${{ secrets.KEY }} ${{ secrets.TOKEN }}\n      - uses: x/shell@v1\n        with: {shell: python, run: print(1)}\n      - uses: actions/github-script@v8\n        with: {script: call()}\n  b: {container: \"${{ matrix.image }}\"}\n",
        );
        let words: Vec<Vec<&str>> = file.jobs[0]
            .steps
            .iter()
            .map(|step| step.commands.iter().map(|command| command.words[0].as_str()).collect())
            .collect();
        assert_eq!(words, [vec!["pkg", "echo"], vec![], vec![]]);
        assert_eq!(file.jobs[0].steps[0].inserts.len(), 2);
        assert_eq!(
            file.jobs[0].image.as_ref().map(|used| (used.name.as_str(), used.fixed)),
            Some(("rust:1.95", false))
        );
        assert!(file.jobs[1].image.is_none(), "what an expression says is not known here");
        let secrets: Vec<(&str, usize)> =
            file.secrets.iter().map(|secret| (secret.value.as_str(), secret.at.line())).collect();
        assert_eq!(secrets, [("KEY", 2), ("TOKEN", 11)]);
    }

    #[test]
    fn variables_are_put_in_once() {
        let variables = [("A", "$B$B"), ("B", "b"), ("AB", "c"), ("LONG", &"x".repeat(5000))];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for (text, whole) in [
            ("$A-${B}.$AB", "$B$B-b.c"),
            ("$(f $B) ${B:-x} $", "$(f b) ${B:-x} $"),
            ("plain", "plain"),
            ("$LONG", "$LONG"),
        ] {
            assert_eq!(put_in(text, &variables), whole, "{text}");
        }
    }

    #[test]
    fn steps_show_what_they_run_and_what_is_written_into_it() {
        let file = look(
            "on: push\njobs:\n  a:\n    continue-on-error: ${{ matrix.odd }}\n    steps:\n      - uses: actions/checkout@v4\n        with: {ref: \"${{ github.head_ref }}\", path: x}\n      - continue-on-error: true\n        run: |\n          echo \"${{ github.actor }}\" ${{ unclosed\n          ls\n      - shell: python\n        run: print('sh')\n      - uses: actions/github-script@v8\n        with: {script: \"f(${{inputs.x}})\"}\n  b:\n    uses: ./.github/workflows/other.yml\n",
        );
        let [a, b] = file.jobs.as_slice() else { panic!("two jobs") };
        let [checkout, run, python, script] = a.steps.as_slice() else { panic!("four steps") };
        assert!(a.may_fail.is_none(), "what an expression says is not known here");
        assert_eq!(checkout.takes[0].value, "${{ github.head_ref }}");
        assert_eq!(checkout.takes.len(), 1);
        assert!(run.may_fail.is_some());
        let actor = Expression::Name("github.actor".to_owned());
        assert_eq!((&run.inserts[0].value, run.inserts[0].at.line()), (&actor, 10));
        assert_eq!(run.inserts.len(), 1);
        assert_eq!(run.commands[0].at.line(), 10);
        assert!(python.commands.is_empty());
        assert_eq!(script.inserts[0].at.snippet(), "${{inputs.x}}");
        assert!(b.steps[0].uses.as_ref().is_some_and(Used::is_local));
    }
}
