//! Whether what an outsider does starts a step: events, and the conditions after `if:`.
//!
//! A condition is judged for one event that an outsider causes and one thing of them that gets into the pipeline: a
//! text that nobody foresaw, or code. Each part can be true, can not, or depends on what is not known here; in the same way
//! it can be false. What the pipeline decides for itself (a matrix, how a step went) or the outsider may choose can be both.

use crate::facts::pipeline::Expression;

use self::Can::{No, Unclear, Yes};

/// Whether something can be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Can {
    No,
    Unclear,
    Yes,
}

/// What an outsider does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deed<'e> {
    /// The event that it causes.
    pub(super) event: &'e str,
    /// The path of the text that gets in; none for code.
    pub(super) text: Option<&'e str>,
}

/// What events bring with them: the beginning of the path, its events, and whose it is.
const BROUGHT: &[(&str, &[&str], &str)] = &[
    ("github.head_ref", &["pull_request", "pull_request_target"], "pull_request"),
    ("github.base_ref", &["pull_request", "pull_request_target"], "pull_request"),
    (
        "github.event.pull_request",
        &["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"],
        "pull_request",
    ),
    ("github.event.issue", &["issues", "issue_comment"], "issue"),
    (
        "github.event.comment",
        &["issue_comment", "pull_request_review_comment", "commit_comment", "discussion_comment"],
        "comment",
    ),
    ("github.event.review", &["pull_request_review"], "review"),
    ("github.event.review_comment", &["pull_request_review_comment"], "comment"),
    ("github.event.discussion", &["discussion", "discussion_comment"], "discussion"),
    ("github.event.head_commit", &["push"], "push"),
    ("github.event.commits", &["push"], "push"),
    ("github.event.workflow_run", &["workflow_run"], "workflow_run"),
    ("github.event.pages", &["gollum"], "pages"),
    ("github.event.inputs", &["workflow_dispatch"], ""),
    ("github.event.schedule", &["schedule"], ""),
    ("github.event.release", &["release"], ""),
    ("github.event.client_payload", &["repository_dispatch"], ""),
    ("github.event.merge_group", &["merge_group"], ""),
];

/// What GitHub calls outsiders beside their pull requests, issues and comments.
const STRANGERS: &[&str] = &["NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "CONTRIBUTOR", "MANNEQUIN"];

/// What names the repository, and its owner, that a pull request comes from, and those that it is for.
const THERE: &[&str] = &[
    "github.event.pull_request.head.repo.full_name",
    "github.event.pull_request.head.repo.id",
    "github.event.workflow_run.head_repository.full_name",
    "github.event.workflow_run.head_repository.id",
    "github.event.pull_request.head.repo.owner.login",
    "github.event.pull_request.head.user.login",
    "github.event.workflow_run.head_repository.owner.login",
];
const HERE: &[&str] = &[
    "github.repository",
    "github.repository_id",
    "github.repository_owner",
    "github.repository_owner_id",
    "github.event.repository.full_name",
    "github.event.repository.id",
    "github.event.repository.owner.login",
    "github.event.pull_request.base.repo.full_name",
    "github.event.pull_request.base.repo.id",
    "github.event.pull_request.base.repo.owner.login",
    "github.event.workflow_run.repository.full_name",
];

/// The events that bring what stands at a path, and none where every event may; whose it is.
pub(super) fn brought(path: &str) -> Option<(&'static [&'static str], &'static str)> {
    let begins = |beginning: &str| {
        path.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    BROUGHT.iter().find(|(beginning, ..)| begins(beginning)).map(|(_, events, whose)| (*events, *whose))
}

/// Whether a condition can hold where an outsider does this.
pub(super) fn can_hold(condition: &Expression, deed: Deed<'_>) -> Can {
    deed.truth(condition).yes
}

/// Whether something can be true, and whether it can be false.
#[derive(Debug, Clone, Copy)]
struct Truth {
    yes: Can,
    no: Can,
}

const TRUE: Truth = Truth { yes: Yes, no: No };
const EITHER: Truth = Truth { yes: Yes, no: Yes };
const UNCLEAR: Truth = Truth { yes: Unclear, no: Unclear };

impl Truth {
    fn of(truth: bool) -> Self {
        if truth { TRUE } else { TRUE.not() }
    }

    fn not(self) -> Self {
        Self { yes: self.no, no: self.yes }
    }

    fn and(self, other: Self) -> Self {
        Self { yes: self.yes.min(other.yes), no: self.no.max(other.no) }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// The same where somebody of the project may have done it, and not the outsider.
    fn by_others(self) -> Self {
        Self { yes: self.yes.max(Unclear), no: self.no.max(Unclear) }
    }
}

/// What is known of a value.
#[derive(Debug)]
enum Known<'e> {
    /// This text.
    Text(&'e str),
    /// One of these texts.
    OneOf(&'e [&'e str]),
    /// A text that begins so.
    Begins(&'e str),
    /// One of the texts of a list.
    List(&'e [String]),
    /// There is nothing.
    Nothing,
    /// A text that nobody foresaw.
    Unforeseen,
    /// The outsider, or what is theirs: nobody named it beforehand.
    Outsider,
    /// What GitHub calls the outsider here.
    Stranger,
    /// This repository, or its owner.
    Here,
    /// Somebody, or what somebody of the project may have done about it.
    ByOthers(Box<Known<'e>>),
    /// Whatever the outsider or the pipeline chooses.
    Chosen,
    /// Not known here.
    Unclear,
}

impl<'e> Deed<'e> {
    /// Whose text gets in, or whose code: that of a pull request.
    fn whose(self) -> &'static str {
        self.text.and_then(brought).map_or("pull_request", |(_, whose)| whose)
    }

    fn truth(self, expression: &'e Expression) -> Truth {
        match expression {
            Expression::Not(inner) => self.truth(inner).not(),
            Expression::And(a, b) => self.truth(a).and(self.truth(b)),
            Expression::Or(a, b) => self.truth(a).or(self.truth(b)),
            Expression::Equal(a, b) => equal(&self.value(a), &self.value(b)),
            Expression::Order(a, b) => match (self.value(a), self.value(b)) {
                (Known::Unclear, _) | (_, Known::Unclear) => UNCLEAR,
                _ => EITHER,
            },
            Expression::Call(name, given) => match (name.as_str(), given.as_slice()) {
                ("always", []) => TRUE,
                ("success" | "failure" | "cancelled", []) => EITHER,
                ("contains", [whole, part]) => contains(&self.value(whole), &self.value(part)),
                ("startswith", [whole, part]) => begins(&self.value(whole), &self.value(part)),
                ("endswith", [whole, part]) => {
                    beside(&self.value(whole), &self.value(part), |whole, part| whole.ends_with(part))
                }
                _ => is_something(&self.value(expression)),
            },
            _ => is_something(&self.value(expression)),
        }
    }

    fn value(self, expression: &'e Expression) -> Known<'e> {
        match expression {
            Expression::Literal(text) if text.is_empty() => Known::Nothing,
            Expression::Literal(text) => Known::Text(text),
            Expression::List(texts) => Known::List(texts),
            Expression::Name(path) => self.named(path),
            Expression::Part(whole) => self.made_of([whole.as_ref()]),
            Expression::Call(name, given) => match name.as_str() {
                "contains" | "startswith" | "endswith" => self.judged(expression),
                "fromjson" | "tojson" | "format" | "join" | "hashfiles" => self.made_of(given),
                _ => Known::Unclear,
            },
            Expression::And(a, b) | Expression::Or(a, b) => self.made_of([a.as_ref(), b.as_ref()]),
            Expression::Not(_) | Expression::Equal(..) | Expression::Order(..) => self.judged(expression),
        }
    }

    /// A truth value as a text.
    fn judged(self, expression: &'e Expression) -> Known<'e> {
        match self.truth(expression) {
            Truth { yes: No, .. } => Known::Text("false"),
            Truth { no: No, .. } => Known::Text("true"),
            Truth { yes: Yes, no: Yes } => Known::Chosen,
            _ => Known::Unclear,
        }
    }

    /// What is put together of others is not known where one of them is not.
    fn made_of(self, parts: impl IntoIterator<Item = &'e Expression>) -> Known<'e> {
        let unclear =
            |part| matches!(self.value(part), Known::Unclear | Known::ByOthers(_) | Known::Stranger);
        if parts.into_iter().any(unclear) { Known::Unclear } else { Known::Chosen }
    }

    fn named(self, path: &'e str) -> Known<'e> {
        let (context, _) = path.split_once('.').unwrap_or((path, ""));
        match context {
            "github" => self.of_github(path),
            "matrix" | "runner" | "strategy" | "job" | "vars" | "secrets" => Known::Chosen,
            "steps" if path.ends_with(".outcome") || path.ends_with(".conclusion") => Known::Chosen,
            "needs" if path.ends_with(".result") => Known::Chosen,
            // Whether it was asked who the outsider is stands elsewhere.
            _ => Known::Unclear,
        }
    }

    fn of_github(self, path: &'e str) -> Known<'e> {
        if self.text == Some(path) {
            return Known::Unforeseen;
        }
        let brought = brought(path);
        if brought.is_some_and(|(events, _)| !events.contains(&self.event)) {
            return Known::Nothing;
        }
        // Of a comment on a pull request it is not known whose pull request that is.
        let whose = brought.map_or("", |(_, whose)| whose);
        let of_code = self.text.is_none() && matches!(whose, "issue" | "workflow_run");
        let own = whose == self.whose() || of_code;
        let theirs = |known: Known<'e>| if own { known } else { Known::ByOthers(Box::new(known)) };
        match path {
            "github.event_name" => Known::Text(self.event),
            "github.ref" if self.event == "push" => Known::Chosen,
            "github.ref" if is_pull_request(self.event) => Known::Begins("refs/pull/"),
            "github.ref" => Known::Begins("refs/heads/"),
            "github.ref_name" if is_pull_request(self.event) => Known::Unforeseen,
            "github.actor" | "github.actor_id" | "github.triggering_actor" => self.actor(),
            "github.event.workflow_run.event" if own && !self.is_of_commit() => Known::OneOf(&[
                "pull_request",
                "pull_request_target",
                "pull_request_review",
                "issue_comment",
                "issues",
            ]),
            "github.event.pull_request.merged" if self.text.is_none() => Known::Text("false"),
            "github.event.pull_request.merged" => Known::Unclear,
            "github.event.pull_request.head.repo.fork" | "github.event.workflow_run.head_repository.fork"
                if own && !self.is_of_commit() =>
            {
                Known::Text("true")
            }
            _ if THERE.contains(&path) => {
                if own && !self.is_of_commit() {
                    Known::Outsider
                } else {
                    Known::Chosen
                }
            }
            _ if HERE.contains(&path) => Known::Here,
            _ if path.starts_with("github.event.sender.") || path.ends_with("actor.login") => self.actor(),
            _ if path.starts_with("github.event.label.") || path.contains(".labels") => Known::Unclear,
            _ if path.ends_with(".author_association") => theirs(Known::Stranger),
            _ if path.ends_with(".user.login") || path.ends_with(".user.id") => theirs(Known::Outsider),
            _ if path.ends_with(".user.type") => theirs(Known::Text("User")),
            "github.event.pull_request" | "github.event.issue" | "github.event.comment" => Known::Unforeseen,
            _ => Known::Chosen,
        }
    }

    /// Who started the pipeline: who wrote a comment, and otherwise perhaps somebody who only put a label on it.
    fn actor(self) -> Known<'e> {
        if self.event == "push" {
            Known::Chosen
        } else if self.whose() == "comment" {
            Known::Outsider
        } else {
            Known::ByOthers(Box::new(Known::Outsider))
        }
    }

    /// True for texts of a commit and of a run: they come with a branch of the repository too.
    fn is_of_commit(self) -> bool {
        self.text.is_some_and(|text| text.contains("head_commit") || text.ends_with("display_title"))
    }
}

/// True for events of which the reference is that of the pull request.
fn is_pull_request(event: &str) -> bool {
    event.starts_with("pull_request") && event != "pull_request_target"
}

fn equal(a: &Known<'_>, b: &Known<'_>) -> Truth {
    use Known::{Begins, ByOthers, Chosen, Here, List, Nothing, OneOf, Outsider, Stranger, Text, Unforeseen};
    match (a, b) {
        (Known::Unclear, _) | (_, Known::Unclear) => UNCLEAR,
        (ByOthers(known), other) | (other, ByOthers(known)) => equal(known, other).by_others(),
        (Chosen | List(_), _) | (_, Chosen | List(_)) => EITHER,
        (Nothing, Nothing) => TRUE,
        (Text(a), Text(b)) => Truth::of(a.eq_ignore_ascii_case(b)),
        (OneOf(all), Text(text)) | (Text(text), OneOf(all)) => {
            among(all, |one| one.eq_ignore_ascii_case(text))
        }
        (Stranger, Text(text)) | (Text(text), Stranger) => {
            among(STRANGERS, |one| one.eq_ignore_ascii_case(text))
        }
        (Begins(beginning), Text(text)) | (Text(text), Begins(beginning)) => {
            if text.starts_with(beginning) {
                EITHER
            } else {
                TRUE.not()
            }
        }
        // A repository is named in its own files mostly, and nobody named the outsider.
        (Here, Here | Text(_)) | (Text(_), Here) => Truth { yes: Yes, no: Unclear },
        (Nothing, _)
        | (_, Nothing)
        | (Outsider | Unforeseen, Text(_) | Here)
        | (Text(_) | Here, Outsider | Unforeseen) => TRUE.not(),
        _ => EITHER,
    }
}

/// What is so for some of these, for all, or for none.
fn among(all: &[&str], so: impl Fn(&str) -> bool) -> Truth {
    let count = all.iter().filter(|one| so(one)).count();
    Truth { yes: if count > 0 { Yes } else { No }, no: if count < all.len() { Yes } else { No } }
}

fn contains(whole: &Known<'_>, part: &Known<'_>) -> Truth {
    match (whole, part) {
        (Known::List(texts), part) => {
            texts.iter().map(|text| equal(&Known::Text(text), part)).fold(TRUE.not(), Truth::or)
        }
        // A list of words in one text.
        (Known::Text(whole), Known::Stranger) => among(STRANGERS, |one| lower(whole).contains(&lower(one))),
        (Known::Text(_), Known::ByOthers(part)) => contains(whole, part).by_others(),
        (Known::Text(_), Known::Outsider) => UNCLEAR,
        _ => beside(whole, part, |whole, part| whole.contains(part)),
    }
}

/// Holds a text against its beginning.
fn begins(whole: &Known<'_>, part: &Known<'_>) -> Truth {
    match (whole, part) {
        (Known::Begins(beginning), Known::Text(part)) if beginning.starts_with(part) => TRUE,
        (Known::Begins(beginning), Known::Text(part)) if !part.starts_with(beginning) => TRUE.not(),
        _ => beside(whole, part, |whole, part| whole.starts_with(part)),
    }
}

/// Holds a text against a part of it.
fn beside(whole: &Known<'_>, part: &Known<'_>, fits: fn(&str, &str) -> bool) -> Truth {
    let fit = |whole: &str, part: &str| fits(&lower(whole), &lower(part));
    match (whole, part) {
        (Known::Unclear, _) | (_, Known::Unclear) => UNCLEAR,
        (Known::ByOthers(known), part) => beside(known, part, fits).by_others(),
        (Known::Text(whole), Known::Text(part)) => Truth::of(fit(whole, part)),
        (Known::OneOf(all), Known::Text(part)) => among(all, |one| fit(one, part)),
        (Known::Stranger, Known::Text(part)) => among(STRANGERS, |one| fit(one, part)),
        // Nobody is called as programs are (`[bot]`), or as somebody else's repository is.
        (Known::Outsider, Known::Text(part)) if part.contains(['[', '/']) => TRUE.not(),
        (Known::Nothing, Known::Text(_)) => TRUE.not(),
        _ => EITHER,
    }
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// Whether a value counts as true.
fn is_something(known: &Known<'_>) -> Truth {
    match known {
        Known::Unclear => UNCLEAR,
        Known::Text(text) => Truth::of(!matches!(*text, "false" | "0" | "-0" | "nan")),
        Known::Nothing => TRUE.not(),
        Known::Chosen => EITHER,
        Known::ByOthers(known) => is_something(known),
        _ => TRUE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can(condition: &str, event: &str, text: Option<&str>) -> Can {
        let condition = Expression::condition(condition).expect(condition);
        can_hold(&condition, Deed { event, text })
    }

    #[test]
    fn the_code_of_a_pull_request_is_let_in_or_not() {
        for (condition, expected) in [
            ("true", Yes),
            ("false", No),
            ("always()", Yes),
            ("!cancelled() && failure()", Yes),
            ("matrix.os == 'linux' && vars.CI != 'off' && needs.a.result == 'success'", Yes),
            ("github.event_name == 'pull_request_target'", Yes),
            ("github.event_name != 'pull_request_target'", No),
            ("contains(fromJSON('[\"push\", \"schedule\"]'), github.event_name)", No),
            ("startsWith(github.event_name, 'pull_request')", Yes),
            ("github.event.pull_request.head.repo.full_name == github.repository", No),
            ("github.event.pull_request.head.repo.full_name != github.repository", Yes),
            (
                "github.repository == github.event.pull_request.head.repo.full_name || github.event_name == 'push'",
                No,
            ),
            ("github.event.pull_request.head.repo.full_name == 'pump/firmware'", No),
            ("github.event.pull_request.head.repo.owner.login == github.repository_owner", No),
            ("github.event.pull_request.head.repo.id == github.event.pull_request.base.repo.id", No),
            ("!github.event.pull_request.head.repo.fork", No),
            ("github.event.pull_request.head.repo.fork == false", No),
            ("github.event.pull_request.user.login == 'dependabot[bot]'", No),
            ("github.event.pull_request.user.login != 'dependabot[bot]'", Yes),
            ("endsWith(github.event.pull_request.user.login, '[bot]')", No),
            ("github.event.pull_request.user.type == 'Bot'", No),
            ("github.actor == 'dependabot[bot]'", Unclear),
            ("github.actor != 'dependabot[bot]'", Yes),
            ("github.actor == github.repository_owner", Unclear),
            ("github.event.pull_request.author_association == 'MEMBER'", No),
            ("contains('OWNER,MEMBER', github.event.pull_request.author_association)", No),
            (
                "contains(fromJSON('[\"MEMBER\", \"CONTRIBUTOR\"]'), github.event.pull_request.author_association)",
                Yes,
            ),
            ("contains(github.event.pull_request.labels.*.name, 'safe')", Unclear),
            ("!contains(github.event.pull_request.labels.*.name, 'skip')", Unclear),
            ("github.event.label.name == 'safe' || github.event.action == 'opened'", Yes),
            ("github.event.pull_request.merged", No),
            ("github.event.pull_request.merged == true", No),
            ("github.repository == 'pump/firmware'", Yes),
            ("github.repository_owner != 'pump'", Unclear),
            ("steps.who.outputs.ok == 'true'", Unclear),
            ("fromJSON(needs.who.outputs.all).ok", Unclear),
            ("env.RUN && true", Unclear),
            ("fromJSON(github.run_attempt) < 3", Yes),
            ("github.ref == 'refs/heads/main'", Yes),
            ("startsWith(github.ref, 'refs/tags/')", No),
            ("github.event.inputs.dry", No),
            ("!github.event.pull_request", No),
            ("github.event.issue.title == 'x'", No),
            ("startsWith(github.head_ref, 'release/')", Yes),
            ("(github.event_name == 'push') == false", Yes),
            ("${{ false }} && true", Yes),
            ("unknown(github.actor)", Unclear),
        ] {
            assert_eq!(can(condition, "pull_request_target", None), expected, "{condition}");
        }
    }

    #[test]
    fn a_text_is_let_in_or_not() {
        let head = Some("github.head_ref");
        let body = Some("github.event.comment.body");
        let title = Some("github.event.issue.title");
        let branch = Some("github.event.workflow_run.head_branch");
        let message = Some("github.event.workflow_run.head_commit.message");
        let commit = Some("github.event.head_commit.message");
        for (condition, event, text, expected) in [
            ("github.head_ref == 'main'", "pull_request", head, No),
            ("github.head_ref != 'main'", "pull_request", head, Yes),
            ("contains(fromJSON('[\"main\"]'), github.head_ref)", "pull_request", head, No),
            ("startsWith(github.head_ref, 'release/')", "pull_request", head, Yes),
            ("github.event.pull_request.merged", "pull_request", head, Unclear),
            ("github.ref == 'refs/heads/main'", "pull_request", head, No),
            ("startsWith(github.ref, 'refs/pull')", "pull_request", head, Yes),
            ("github.ref_name == 'main'", "pull_request", head, No),
            ("startsWith(github.event.comment.body, '/bench')", "issue_comment", body, Yes),
            ("github.event.comment.user.login == 'h-okafor'", "issue_comment", body, No),
            ("github.actor == 'h-okafor'", "issue_comment", body, No),
            ("contains(fromJSON('[\"h-okafor\"]'), github.actor)", "issue_comment", body, No),
            ("contains('h-okafor,m-lind', github.actor)", "issue_comment", body, Unclear),
            ("github.event.issue.user.login == 'h-okafor'", "issue_comment", body, Unclear),
            ("github.event.issue.user.login == github.event.comment.user.login", "issue_comment", body, Yes),
            ("github.event.comment.author_association == 'OWNER'", "issue_comment", title, Unclear),
            ("github.event.issue.author_association == 'OWNER'", "issues", title, No),
            ("github.event.workflow_run.event == 'push'", "workflow_run", branch, No),
            ("github.event.workflow_run.event == 'pull_request'", "workflow_run", branch, Yes),
            ("github.event.workflow_run.event == 'push'", "workflow_run", message, Yes),
            (
                "github.event.workflow_run.head_repository.full_name == github.repository",
                "workflow_run",
                branch,
                No,
            ),
            ("github.ref == 'refs/heads/main' && github.actor != 'x'", "push", commit, Yes),
            ("github.event.pull_request.head.repo.fork == false", "push", commit, No),
        ] {
            assert_eq!(can(condition, event, text), expected, "{condition}");
        }
    }
}
