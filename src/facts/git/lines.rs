//! Two versions of a file, line by line: which lines of one are lines of the other.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// More lines than that are not compared.
const MOST_LINES: usize = 20_000;

/// A number for each line of a text, the same for lines that differ in white space only.
pub(super) fn bare(text: &str) -> Vec<u64> {
    let line = |line: &str| {
        let mut hasher = DefaultHasher::new();
        for word in line.split_ascii_whitespace() {
            hasher.write(word.as_bytes());
        }
        hasher.finish()
    };
    text.lines().map(line).collect()
}

/// How two versions differ. Most commits change few lines: what is the same at both ends is not compared.
fn compared(old: &[u64], new: &[u64]) -> Vec<DiffOp> {
    if old.len().max(new.len()) > MOST_LINES {
        return Vec::new();
    }
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (rest, other) = (&old[head..], &new[head..]);
    let tail = rest.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let mut ops = vec![DiffOp::Equal { old_index: 0, new_index: 0, len: head }];
    let inner =
        capture_diff_slices(Algorithm::Myers, &rest[..rest.len() - tail], &other[..other.len() - tail]);
    ops.extend(inner.into_iter().map(|op| shifted(op, head)));
    ops.push(DiffOp::Equal { old_index: old.len() - tail, new_index: new.len() - tail, len: tail });
    ops
}

/// The same difference further down.
fn shifted(op: DiffOp, by: usize) -> DiffOp {
    match op {
        DiffOp::Equal { old_index, new_index, len } => {
            DiffOp::Equal { old_index: old_index + by, new_index: new_index + by, len }
        }
        DiffOp::Replace { old_index, old_len, new_index, new_len } => {
            DiffOp::Replace { old_index: old_index + by, old_len, new_index: new_index + by, new_len }
        }
        DiffOp::Delete { old_index, old_len, new_index } => {
            DiffOp::Delete { old_index: old_index + by, old_len, new_index: new_index + by }
        }
        DiffOp::Insert { old_index, new_index, new_len } => {
            DiffOp::Insert { old_index: old_index + by, new_index: new_index + by, new_len }
        }
    }
}

/// The lines that two texts share, as pairs.
pub(super) fn same_lines(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    let pairs = compared(old, new).into_iter().filter_map(|op| match op {
        DiffOp::Equal { old_index, new_index, len } => {
            Some((0..len).map(move |at| (old_index + at, new_index + at)))
        }
        _ => None,
    });
    pairs.flatten().collect()
}

/// Takes out of `lines`, which are lines of the new text, those that the old one had already, as lines of the old text.
/// Where a commit is looked through, changed lines are taken for those that they stand in the place of.
pub(super) fn carried(
    old: &[u64],
    new: &[u64],
    lines: &mut Vec<(usize, usize)>,
    looked_through: bool,
) -> Vec<(usize, usize)> {
    let mut was: BTreeMap<usize, usize> = BTreeMap::new();
    for op in compared(old, new) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                was.extend((0..len).map(|at| (new_index + at, old_index + at)));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } if looked_through && old_len > 0 => {
                was.extend((0..new_len).map(|at| (new_index + at, old_index + at * old_len / new_len)));
            }
            _ => {}
        }
    }
    let mut taken = Vec::new();
    lines.retain(|(line, asked)| match was.get(line) {
        Some(before) => {
            taken.push((*before, *asked));
            false
        }
        None => true,
    });
    taken
}
