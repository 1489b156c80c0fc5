use std::collections::BTreeMap;
use std::ops::Range;

/// The ways through a template: what is written in which order, under which conditions.
#[derive(Default)]
pub(super) struct Flow {
    pub(super) bodies: Vec<Vec<Node>>,
    /// Blocks by name, as numbers of bodies.
    pub(super) blocks: BTreeMap<String, usize>,
    pub(super) macros: BTreeMap<String, usize>,
    /// The template that this one extends.
    pub(super) extends: Option<String>,
    /// Templates whose macros it uses, by the name it gives them.
    pub(super) imports: BTreeMap<String, String>,
    pub(super) choices: Vec<Choice>,
}

/// The body of the template itself.
pub(super) const PAGE: usize = 0;

/// A place where there is more than one way on. Numbered in the order of the text.
pub(super) struct Choice {
    /// How many ways: the branches of an `if` and, if it has no `else`, the way past it; a loop's 0, 1 and 2 times.
    pub(super) ways: usize,
    /// The tags that open the ways.
    pub(super) tags: Vec<usize>,
    /// The tags inside of each way.
    pub(super) spans: Vec<Range<usize>>,
    /// The first choice inside of each way, and behind the last.
    pub(super) inside: Vec<usize>,
}

pub(super) enum Node {
    /// The text before the tag of this number.
    Gap(usize),
    /// An expression, by its tag.
    Expr(usize),
    /// `{% if %}`: conditions and bodies; the last may lack a condition.
    If {
        choice: usize,
        branches: Vec<(Option<Condition>, usize)>,
    },
    Match {
        choice: usize,
        subject: Condition,
        arms: Vec<usize>,
    },
    For {
        choice: usize,
        body: usize,
        otherwise: Option<usize>,
    },
    Block {
        name: String,
    },
    /// A macro with what the caller hands to it.
    Call {
        name: String,
        body: Option<usize>,
    },
    Filter {
        body: usize,
    },
    /// `{% let x %}…{% endlet %}`
    Let {
        name: String,
        body: usize,
    },
    Include {
        name: String,
    },
    Break,
    Continue,
}

/// What a branch depends on. Equal conditions come out equal, as they do when the page is rendered.
#[derive(Clone)]
pub(super) struct Condition {
    pub(super) key: u64,
    pub(super) negated: bool,
    /// How many loops around it there are that it may depend on.
    pub(super) depth: usize,
    pub(super) of_loop: Option<OfLoop>,
}

/// A question about the innermost loop.
#[derive(Clone, Copy)]
pub(super) enum OfLoop {
    First,
    Last,
}

/// Why the ways through a template are not known.
pub(super) struct Unknown {
    pub(super) offset: usize,
    pub(super) message: String,
}
