//! What a function does: its expressions and statements, in the order in which they are written.
//!
//! A body is a list of nodes. What is inside a node follows it directly, up to its `end`; so "inside" and
//! "before" are comparisons of indices, and nothing has to be walked that is not asked for.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::types::{NameId, Type};

/// What a function does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Body {
    nodes: Vec<Node>,
}

/// An index into a body.
pub type NodeId = usize;

/// An expression, a statement, a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// What it is.
    pub what: What,
    /// The bytes it is written in, counted from the beginning of the program.
    pub(super) at: (u32, u32),
    /// The index behind the last node inside it.
    end: u32,
    /// The index of the node around it; its own for the outermost.
    up: u32,
}

/// What a node is. Children are told in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// A variable, a constant, a function. With the types among its generic arguments.
    Path(NameId, Box<[Type]>),
    /// A number.
    Number(u64),
    /// Any other literal.
    Literal,
    /// A call of a path, with the types among the path's generic arguments; children: the arguments.
    Call(NameId, Box<[Type]>),
    /// A call of anything else; children: what is called, the arguments.
    Invoke,
    /// A method call; children: the receiver, the arguments.
    Method(NameId, Box<[Type]>),
    /// A macro call; children: what could be read of its arguments.
    Macro(NameId),
    /// `base.name`; child: the base.
    Field(NameId),
    /// `base[index]`.
    Index,
    /// `*pointer`.
    Deref,
    /// `!x`, `-x`.
    Unary,
    /// `&x`; true for `&mut x`.
    Borrow(bool),
    /// `&raw const x`; true for `&raw mut x`.
    RawBorrow(bool),
    /// `x as T`.
    Cast(Box<Type>),
    /// `a + b`.
    Binary(Operator),
    /// `a = b`; children: the place, the value.
    Assign,
    /// `a += b`; children: the place, the value.
    Update(Operator),
    /// Children: the condition, a block, what stands behind `else`.
    If,
    /// Children: the subject, the arms.
    Match,
    /// An arm, with the names its pattern binds; children: expressions of the pattern, the body.
    Arm(Box<[NameId]>),
    /// A loop, with the names a `for` binds; children: what is iterated or the condition, a block.
    Loop(Loop, Box<[NameId]>),
    /// Children: the statements.
    Block,
    /// `unsafe { .. }`; child: the block.
    Unsafe,
    /// `let x: T = init else { .. };`, with the names it binds; children: the value, the block behind `else`.
    Let(Box<[NameId]>, Option<Box<Type>>),
    /// `let Some(x) = y` as a condition; child: the value.
    LetCondition(Box<[NameId]>),
    /// A closure, with the names of its parameters; child: its body.
    Closure(Box<[NameId]>),
    /// `async { .. }`; child: the block.
    Async,
    /// Child: the value, if there is one.
    Return,
    /// Child: the value, if there is one.
    Break,
    /// `continue`.
    Continue,
    /// `x?`.
    Try,
    /// `x.await`.
    Await,
    /// `Name { field: value }`; children: the values.
    Struct(NameId),
    /// A value of a field, in a struct expression.
    FieldValue(NameId),
    /// A tuple.
    Tuple,
    /// `[a, b]`.
    Array,
    /// `[value; length]`.
    Repeat,
    /// `a..b`; children: the ends that are written.
    Range,
    /// Anything else.
    Other,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
    /// `%`.
    Rem,
    /// `<<`.
    Shl,
    /// `>>`.
    Shr,
    /// `&`.
    BitAnd,
    /// `|`, `^`.
    Bit,
    /// `&&`, `||`.
    Logic,
    /// `==`, `!=`.
    Equal,
    /// `<`, `<=`.
    Less,
    /// `>`, `>=`.
    Greater,
}

/// A kind of loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loop {
    /// `for x in y`.
    For,
    /// `while x`.
    While,
    /// `loop`.
    Forever,
}

impl Body {
    /// Begins a node inside another; what is opened before it is closed is inside it.
    pub(super) fn open(&mut self, what: What, at: (u32, u32), around: Option<NodeId>) -> NodeId {
        let id = self.nodes.len();
        let up = u32::try_from(around.unwrap_or(id)).unwrap_or(u32::MAX);
        self.nodes.push(Node { what, at, end: 0, up });
        id
    }

    /// Ends a node. Where it begins or ends with a child, its bytes do too.
    pub(super) fn close(&mut self, node: NodeId) {
        let end = self.nodes.len();
        let (mut from, mut to) = self.nodes[node].at;
        if from == u32::MAX {
            from = self.nodes.get(node + 1).map_or(to, |first| first.at.0);
        }
        if to == 0 {
            to = self.last_child(node, end).map_or(from, |last| self.nodes[last].at.1);
        }
        self.nodes[node].at = (from, to.max(from));
        self.nodes[node].end = u32::try_from(end).unwrap_or(u32::MAX);
    }

    fn last_child(&self, node: NodeId, end: usize) -> Option<NodeId> {
        let mut last = end.checked_sub(1).filter(|last| *last > node)?;
        while self.nodes[last].up as usize != node {
            last = self.nodes[last].up as usize;
        }
        Some(last)
    }

    /// True for a body that rules could not follow in reasonable time.
    pub(super) fn is_too_large(&self) -> bool {
        const LARGEST: usize = 20_000;
        self.nodes.len() > LARGEST
    }

    /// True where an unsafe block stands in it.
    #[must_use]
    pub fn holds_unsafe(&self) -> bool {
        self.nodes.iter().any(|node| matches!(node.what, What::Unsafe))
    }

    /// True where nothing is done, or nothing was kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every node with its index.
    #[must_use]
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate()
    }

    /// What a node is.
    #[must_use]
    pub fn what(&self, node: NodeId) -> &What {
        self.nodes.get(node).map_or(&What::Other, |node| &node.what)
    }

    /// The bytes a node is written in.
    pub(super) fn bytes(&self, node: NodeId) -> (u32, u32) {
        self.nodes.get(node).map_or((0, 0), |node| node.at)
    }

    /// A node and everything inside it.
    #[must_use]
    pub fn within(&self, node: NodeId) -> Range<NodeId> {
        node..self.nodes.get(node).map_or(node, |node| node.end as usize)
    }

    /// The nodes directly inside one.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let Range { end, .. } = self.within(node);
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(next)?;
            next = self.within(child).end.max(child + 1);
            Some(child)
        })
    }

    /// The child with this number.
    #[must_use]
    pub fn child(&self, node: NodeId, number: usize) -> Option<NodeId> {
        self.children(node).nth(number)
    }

    /// True where the work of one node is done before that of another: it stands before it, or inside it.
    #[must_use]
    pub fn is_before(&self, one: NodeId, other: NodeId) -> bool {
        let (inside, outside) = (self.within(one), self.within(other));
        inside.end <= outside.start || (outside.contains(&one) && one != other)
    }

    /// The node directly around one.
    #[must_use]
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        let up = self.nodes.get(node)?.up as usize;
        (up < node).then_some(up)
    }

    /// The nodes around one, from the inside out.
    pub fn around(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.parent(node), |outer| self.parent(*outer))
    }
}
