use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::flow::Condition;

/// Where in the templates the expansion is.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) unit: usize,
    /// The template that is rendered and those that it extends, in this order.
    pub(super) chain: Arc<[usize]>,
    /// The block around, and how far up the chain it was found.
    pub(super) block: Option<(String, usize)>,
    /// What `caller()` stands for.
    pub(super) caller: Option<(usize, Rc<Scope>)>,
    /// The turn of each loop around, and what tells one stretch of conditions from another.
    pub(super) turns: Vec<Turn>,
    pub(super) base: u64,
    pub(super) captured: BTreeMap<String, (String, String)>,
}

#[derive(Clone, Copy)]
pub(super) struct Turn {
    pub(super) stamp: u64,
    pub(super) first: bool,
    pub(super) last: bool,
}

#[derive(PartialEq, Eq)]
pub(super) enum Exit {
    Next,
    Break,
    Continue,
}

/// What tells one value of a condition from another: the turn of the innermost loop that it depends on.
pub(super) fn stamp(scope: &Scope, condition: &Condition) -> u64 {
    match condition
        .depth
        .checked_sub(1)
        .and_then(|loop_| scope.turns.get(loop_))
    {
        Some(turn) => turn.stamp,
        None => scope.base,
    }
}
