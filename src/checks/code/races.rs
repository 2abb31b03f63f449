//! Files that are looked at by their name and then used by their name, while others may put something else there.

use crate::facts::Facts;
use crate::facts::code::anatomy::{Loop, NodeId, Operator, What};
use crate::finding::Findings;

use super::flow::Flow;
use super::flows_with;

/// Modules whose functions take files by their names.
const MODULES: &[&str] = &["std::fs", "tokio::fs", "fs_err", "fs_err::tokio", "async_std::fs", "async_fs"];

/// What a look asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Whether there is anything.
    There,
    /// What it is: its length, its owner, whether it is a link.
    Nature,
}

pub(super) fn path_checked_then_used(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Method(..) | What::Call(..))) {
        let looks: Vec<(NodeId, Look, String)> = flow.nodes().filter_map(|at| look(&flow, at)).collect();
        if looks.is_empty() {
            continue;
        }
        for at in flow.nodes() {
            let Some((path, makes)) = used(&flow, at) else { continue };
            let look = looks.iter().rev().find(|(look, asks, key)| {
                let decides = match asks {
                    Look::There => makes && runs_where_absent(&flow, *look, at),
                    Look::Nature => decided_by(&flow, *look, at) && !is_limited(&flow, at),
                };
                *key == path && decides && !changed_between(&flow, *look, at, &path)
            });
            let Some((look, asks, _)) = look else { continue };
            let (message, help) = match asks {
                Look::There => (
                    "who makes this file between the look and here has it overwritten, or chooses where it leads",
                    "make it with `File::create_new` or `create_new(true)`, which fail where it is there",
                ),
                Look::Nature => (
                    "what is opened here need not be what was looked at: names change hands in between",
                    "open the file first, and ask the open file: `file.metadata()`",
                ),
            };
            found
                .add(&flow.place(at), message)
                .about(&flow.of.site.within)
                .with(&flow.place(*look), "looked at here")
                .help(help);
        }
    }
}

/// The function of a module for files that is called at a node.
fn file_function<'f>(flow: &Flow<'f>, at: NodeId) -> Option<&'f str> {
    let path = flow.called(at)?;
    let inside = MODULES.iter().filter_map(|module| path.strip_prefix(module)?.strip_prefix("::"));
    inside.min_by_key(|rest| rest.len())
}

/// A look at a file by its name.
fn look(flow: &Flow<'_>, at: NodeId) -> Option<(NodeId, Look, String)> {
    let asks = match flow.method(at).or_else(|| file_function(flow, at))? {
        "exists" | "try_exists" => Look::There,
        "metadata" | "symlink_metadata" | "is_symlink" => Look::Nature,
        _ => return None,
    };
    // A path alone: of a function its only argument, of a method the receiver and nothing else.
    let alone = flow.body.children(at).count() == 1;
    let key = path_key(flow, flow.child(at, 0)?)?;
    alone.then_some((at, asks, key))
}

/// The path that is opened, written or made at a node, and whether it may be made.
fn used(flow: &Flow<'_>, at: NodeId) -> Option<(String, bool)> {
    if flow.method(at) == Some("open") {
        let options = chain(flow, at);
        let has = |wanted: &str| options.iter().any(|part| flow.method(*part) == Some(wanted));
        let begins = options.iter().any(|part| {
            matches!(flow.called_last(*part), Some("new" | "options"))
                && flow.called(*part).is_some_and(opens)
        });
        let path = path_key(flow, flow.child(at, 1)?)?;
        return (begins && !has("create_new")).then(|| (path, has("create")));
    }
    let (number, makes) = match file_function(flow, at)? {
        "File::create" | "write" => (0, true),
        "copy" => (1, true),
        "File::open" | "read" | "read_to_string" => (0, false),
        _ => return None,
    };
    Some((path_key(flow, flow.child(at, number)?)?, makes))
}

fn opens(path: &str) -> bool {
    path.ends_with("::OpenOptions::new") || path.ends_with("::File::options")
}

/// The calls that a method is called on, one on the other.
fn chain(flow: &Flow<'_>, at: NodeId) -> Vec<NodeId> {
    let inner = |at: &NodeId| match flow.body.what(*at) {
        What::Method(..) | What::Try | What::Await => flow.child(*at, 0),
        _ => None,
    };
    std::iter::successors(inner(&at), inner).collect()
}

/// A path by its variable or field.
fn path_key(flow: &Flow<'_>, at: NodeId) -> Option<String> {
    match flow.body.what(at) {
        What::Path(..) | What::Field(_) => flow.key(at),
        What::Borrow(_) | What::Deref => path_key(flow, flow.child(at, 0)?),
        What::Method(..) => match flow.method(at)? {
            "as_path" | "as_ref" | "as_str" | "clone" | "to_path_buf" | "to_owned" | "as_std_path" => {
                path_key(flow, flow.child(at, 0)?)
            }
            _ => None,
        },
        _ => None,
    }
}

/// True where a variable gets another value between a look and a use. What a loop does to find a free name
/// happens before its last look.
fn changed_between(flow: &Flow<'_>, look: NodeId, used: NodeId, path: &str) -> bool {
    let searched = flow
        .body
        .around(look)
        .find(|outer| *flow.body.what(*outer) == What::Loop(Loop::While, Box::default()));
    let searched = searched.map(|at| flow.body.within(at)).filter(|inside| !inside.contains(&used));
    let from = searched.map_or(look, |inside| inside.end);
    let variable = path.split('.').next().unwrap_or(path);
    flow.definitions(variable).iter().any(|made| from < made.at && made.at < used)
}

/// The places where the answer of a look is asked for: the look itself, and the variable that holds it.
fn answers(flow: &Flow<'_>, look: NodeId) -> Vec<NodeId> {
    let mut answers = vec![look];
    let binding = flow.body.around(look).find(|outer| matches!(flow.body.what(*outer), What::Let(..)));
    let Some(binding) = binding else { return answers };
    let inside = flow.body.children(binding).next().is_some_and(|value| {
        flow.body.around(look).take_while(|outer| *outer != value).all(|outer| {
            matches!(flow.body.what(outer), What::Try | What::Await | What::Method(..) | What::Unary)
        })
    });
    if let (What::Let(names, _), true) = (flow.body.what(binding), inside)
        && let [name] = &**names
    {
        let name = flow.of.written(*name);
        let end = flow.body.within(binding).end;
        answers.extend(flow.nodes().filter(|at| *at >= end && flow.variable(*at) == Some(name)));
    }
    answers
}

/// True where a node runs only because a look found nothing.
fn runs_where_absent(flow: &Flow<'_>, look: NodeId, used: NodeId) -> bool {
    answers(flow, look).into_iter().any(|answer| {
        let turned = |at: NodeId| *flow.body.what(at) == What::Unary;
        let mut negated = answer != look
            && flow
                .body
                .around(look)
                .take_while(|at| !matches!(flow.body.what(*at), What::Let(..)))
                .any(turned);
        let mut condition = answer;
        for outer in flow.body.around(answer) {
            match flow.body.what(outer) {
                What::Unary => negated = !negated,
                What::Binary(Operator::Logic) | What::Try | What::Await => {}
                What::Method(..)
                    if matches!(
                        flow.method(outer),
                        Some("unwrap" | "expect" | "unwrap_or" | "unwrap_or_default")
                    ) => {}
                What::If if flow.child(outer, 0) == Some(condition) => {
                    return !either(flow, condition) && absent_in(flow, outer, negated, used);
                }
                What::Loop(Loop::While, _) if flow.child(outer, 0) == Some(condition) => {
                    let after = flow.body.within(outer).end;
                    return !negated && same_block_after(flow, outer, used) && used >= after;
                }
                _ => return false,
            }
            condition = outer;
        }
        false
    })
}

/// True for a condition that holds for more reasons than one.
fn either(flow: &Flow<'_>, condition: NodeId) -> bool {
    *flow.body.what(condition) == What::Binary(Operator::Logic)
        && flow.place(condition).snippet().contains("||")
}

/// True where a node runs only if there is nothing: in the block for that, or after one that leaves.
fn absent_in(flow: &Flow<'_>, branch: NodeId, negated: bool, used: NodeId) -> bool {
    let inside =
        |number| flow.child(branch, number).is_some_and(|block| flow.body.within(block).contains(&used));
    if negated {
        return inside(1);
    }
    let leaves = flow.child(branch, 1).is_some_and(|block| leaves(flow, block));
    inside(2) || (leaves && flow.child(branch, 2).is_none() && same_block_after(flow, branch, used))
}

/// True where a node stands behind a statement of the same block, however deep.
fn same_block_after(flow: &Flow<'_>, statement: NodeId, used: NodeId) -> bool {
    let block = flow.body.around(statement).find(|outer| *flow.body.what(*outer) == What::Block);
    used >= flow.body.within(statement).end
        && block.is_some_and(|block| flow.body.within(block).contains(&used))
}

/// True for a block whose last statement leaves it.
fn leaves(flow: &Flow<'_>, block: NodeId) -> bool {
    let Some(mut last) = flow.body.children(block).last() else { return false };
    // `return x;` and `bail!(..);` may stand in a node of their own.
    while *flow.body.what(last) == What::Other
        && let Some(inner) = flow.child(last, 0)
    {
        last = inner;
    }
    match flow.body.what(last) {
        What::Return | What::Break | What::Continue => true,
        What::Macro(_) => matches!(flow.macro_called(last), Some("bail" | "panic" | "unreachable" | "exit")),
        What::Call(..) => flow.called(last) == Some("std::process::exit"),
        What::Try => flow.child(last, 0).is_some_and(|inner| flow.called_last(inner) == Some("Err")),
        _ => false,
    }
}

/// True where something is decided by what a look told of the file, before a node.
fn decided_by(flow: &Flow<'_>, look: NodeId, used: NodeId) -> bool {
    const ASKS: &[&str] = &["permissions", "mode", "uid", "gid", "is_symlink", "nlink"];
    answers(flow, look).into_iter().any(|answer| {
        let told = std::iter::once(answer).chain(flow.body.around(answer));
        let mut asked = flow.method(answer) == Some("is_symlink");
        for at in told {
            asked |= flow.method(at).is_some_and(|name| ASKS.contains(&name)) || is_too_long(flow, at);
            let decides = match flow.body.what(at) {
                What::If | What::Match => {
                    flow.child(at, 0).is_some_and(|subject| flow.body.within(subject).contains(&answer))
                }
                What::Macro(_) => flow
                    .macro_called(at)
                    .is_some_and(|name| name.contains("ensure") || name.starts_with("assert")),
                What::Block | What::Let(..) | What::Closure(_) => return false,
                _ => false,
            };
            if decides {
                return asked && at < used && flow.body.within(answer).end <= used && reaches(flow, at, used);
            }
        }
        false
    })
}

/// True where a node is inside a statement that decides, or behind it in the same block.
fn reaches(flow: &Flow<'_>, decision: NodeId, used: NodeId) -> bool {
    flow.body.within(decision).contains(&used) || same_block_after(flow, decision, used)
}

/// True where a length is held against a limit: `about.len() > LONGEST`.
fn is_too_long(flow: &Flow<'_>, at: NodeId) -> bool {
    let Some(compared) = flow.body.parent(at).filter(|_| flow.method(at) == Some("len")) else {
        return false;
    };
    match flow.body.what(compared) {
        What::Binary(Operator::Greater) => flow.child(compared, 0) == Some(at),
        What::Binary(Operator::Less) => flow.child(compared, 1) == Some(at),
        _ => false,
    }
}

/// True where what is opened is read up to a limit, whatever was looked at.
fn is_limited(flow: &Flow<'_>, at: NodeId) -> bool {
    flow.body.around(at).any(|outer| flow.method(outer) == Some("take"))
}
