use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::flow::{Condition, Node, OfLoop, PAGE};
use super::follow::{called, hash, words};
use super::plan::{Coverage, Plan, VALUES};
use super::scope::{Exit, Scope, Turn, stamp};
use super::world::World;

/// What is written out: the template itself, or a part of it by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Root {
    Page,
    /// A macro or a block, by its body.
    Part(usize),
}

/// One page, from the original templates and from what was made of them, gone through in the same way.
#[derive(Default)]
pub(super) struct Pages {
    pub(super) original: String,
    pub(super) made: String,
    /// Where each stretch of literal text begins in the original page: template, gap.
    pub(super) stretches: Vec<(usize, usize, usize)>,
    /// Which ways were gone, in their order.
    pub(super) ways: Vec<Way>,
    /// A text that a filter gets, and that is not the same in both: template, tag.
    pub(super) filtered: Option<usize>,
    /// The templates that took part.
    pub(super) used: BTreeSet<usize>,
    /// The page would have been too long: of what stands behind some place only the text outside of bodies is in it.
    pub(super) is_cut_off: bool,
}

/// A way that was gone.
pub(super) struct Way {
    /// Where in the original page.
    pub(super) at: usize,
    /// The template and the choice.
    pub(super) unit: usize,
    pub(super) choice: usize,
    pub(super) way: usize,
}

/// Pages beyond this size are cut off, both in the same place.
const LIMIT: usize = 4 << 20;

/// Most pages are not longer.
const PAGE_BYTES: usize = 4096;

/// Deeper than this nothing is followed.
const DEPTH: usize = 64;

/// So often a body is written out within itself: a thread of answers to answers. Each level may leave elements open, and
/// for each tag html5ever looks through all that are open.
const WITHIN: usize = 4;

/// So many bodies are written out for one page: what calls others twice, and those others, would not come to an end.
const BODIES: usize = 1 << 13;

pub(super) struct Expander<'w> {
    world: &'w World<'w>,
    /// The template that is being proven.
    subject: usize,
    plan: Plan,
    coverage: &'w mut Coverage,
    pages: Pages,
    /// The bodies that are being written out, template and number, from the outermost.
    around: Vec<(usize, usize)>,
    bodies: usize,
    calls: u64,
}

impl<'w> Expander<'w> {
    /// Writes a page out by a plan, noting what of the subject was seen.
    pub(super) fn run(
        world: &'w World<'w>,
        subject: usize,
        root: Root,
        plan: Plan,
        coverage: &'w mut Coverage,
    ) -> Pages {
        let pages = Pages {
            original: String::with_capacity(PAGE_BYTES),
            made: String::with_capacity(PAGE_BYTES),
            stretches: Vec::with_capacity(64),
            ..Pages::default()
        };
        let mut expander = Self {
            world,
            subject,
            plan,
            coverage,
            pages,
            around: Vec::with_capacity(DEPTH),
            bodies: 0,
            calls: 0,
        };
        let chain = world.chain(subject);
        let (unit, body) = match root {
            Root::Page => (chain.last().copied().unwrap_or(subject), PAGE),
            Root::Part(body) => (subject, body),
        };
        let mut scope = Scope {
            unit,
            chain,
            block: None,
            caller: None,
            turns: Vec::new(),
            base: 0,
            captured: BTreeMap::new(),
        };
        expander.body(&mut scope, body);
        expander.pages
    }

    fn write(&mut self, original: &str, made: &str) {
        self.pages.original.push_str(original);
        self.pages.made.push_str(made);
    }

    /// Whether a body is left out at this place.
    fn leaves_out(&self, scope: &Scope, body: usize) -> bool {
        let this = (scope.unit, body);
        let within = self.around.iter().filter(|around| **around == this).count();
        self.around.len() > DEPTH || within > WITHIN || self.is_full()
    }

    fn is_full(&self) -> bool {
        self.pages.original.len() > LIMIT || self.bodies > BODIES
    }

    fn body(&mut self, scope: &mut Scope, body: usize) -> Exit {
        if self.leaves_out(scope, body) {
            self.pages.is_cut_off |= self.is_full();
            return Exit::Next;
        }
        self.around.push((scope.unit, body));
        self.bodies += 1;
        self.pages.used.insert(scope.unit);
        if scope.unit == self.subject {
            self.coverage.writes(body);
        }
        let world = self.world;
        let mut exit = Exit::Next;
        for node in &world.units[scope.unit].flow.bodies[body] {
            exit = self.node(scope, node);
            if exit != Exit::Next {
                break;
            }
        }
        self.around.pop();
        exit
    }

    fn node(&mut self, scope: &mut Scope, node: &Node) -> Exit {
        let world = self.world;
        match node {
            Node::Gap(gap) => {
                self.pages
                    .stretches
                    .push((self.pages.original.len(), scope.unit, *gap));
                let (original, made) = world.gap(scope.unit, *gap);
                self.write(original, made);
            }
            Node::Expr(tag) => self.expression(scope, *tag),
            Node::If { choice, branches } => return self.branch(scope, *choice, branches),
            Node::Match {
                choice,
                subject,
                arms,
            } => {
                let key = (subject.key, stamp(scope, subject));
                let way = match self.plan.decided.get(&key).filter(|_| !self.plan.is_free()) {
                    Some(way) => (*way).min(arms.len() - 1),
                    None => {
                        let open: Vec<usize> = (0..arms.len()).collect();
                        let way = self.choose(scope, *choice, &open);
                        self.plan.decided.insert(key, way);
                        way
                    }
                };
                return self.go(scope, *choice, way, arms[way]);
            }
            Node::For {
                choice,
                body,
                otherwise,
            } => return self.repeat(scope, *choice, *body, *otherwise),
            Node::Block { name } => self.block(scope, name, 0),
            Node::Call { name, body } => {
                let caller = body.map(|body| (body, Rc::new(scope.clone())));
                self.call(scope, name, caller);
            }
            Node::Filter { body } => {
                let (original, made) = self.capture(scope, *body);
                if original != made {
                    self.pages.filtered.get_or_insert(self.pages.original.len());
                }
                self.write(&original, &made);
            }
            Node::Let { name, body } => {
                let texts = self.capture(scope, *body);
                scope.captured.insert(name.clone(), texts);
            }
            Node::Include { name } => {
                if let Some(unit) = world.find(scope.unit, name) {
                    let chain = world.chain(unit);
                    let mut inner = Scope {
                        unit: chain.last().copied().unwrap_or(unit),
                        chain,
                        block: None,
                        base: scope.turns.last().map_or(scope.base, |turn| turn.stamp),
                        turns: Vec::new(),
                        ..scope.clone()
                    };
                    self.body(&mut inner, PAGE);
                }
            }
            Node::Break => return Exit::Break,
            Node::Continue => return Exit::Continue,
        }
        Exit::Next
    }

    fn choose(&self, scope: &Scope, choice: usize, open: &[usize]) -> usize {
        let choices = &self.world.units[scope.unit].flow.choices;
        match scope.unit == self.subject {
            true => self.plan.way(choices, self.coverage, choice, open),
            false => self.plan.way_elsewhere(hash((scope.unit, choice)), open),
        }
    }

    /// Goes a way that has one body.
    fn go(&mut self, scope: &mut Scope, choice: usize, way: usize, body: usize) -> Exit {
        self.begin(scope, choice, way);
        // A way whose body is left out is still to be gone, in another page.
        if !self.leaves_out(scope, body) {
            self.gone(scope, choice, way);
        }
        self.body(scope, body)
    }

    /// Goes a way that has no body.
    fn pass(&mut self, scope: &Scope, choice: usize, way: usize) -> Exit {
        self.begin(scope, choice, way);
        self.gone(scope, choice, way);
        Exit::Next
    }

    fn begin(&mut self, scope: &Scope, choice: usize, way: usize) {
        self.pages.ways.push(Way {
            at: self.pages.original.len(),
            unit: scope.unit,
            choice,
            way,
        });
    }

    fn gone(&mut self, scope: &Scope, choice: usize, way: usize) {
        if scope.unit == self.subject {
            self.coverage.gone(choice, way);
        }
    }

    fn branch(
        &mut self,
        scope: &mut Scope,
        choice: usize,
        branches: &[(Option<Condition>, usize)],
    ) -> Exit {
        let ways = self.world.units[scope.unit].flow.choices[choice].ways;
        // What is decided already closes ways.
        let known: Vec<Option<bool>> = branches
            .iter()
            .map(|(condition, _)| {
                condition
                    .as_ref()
                    .map_or(Some(true), |condition| self.known(scope, condition))
            })
            .collect();
        let mut open = Vec::new();
        for way in 0..ways {
            match known.get(way).copied().unwrap_or(Some(true)) {
                Some(false) => {}
                None => open.push(way),
                Some(true) => {
                    open.push(way);
                    break;
                }
            }
        }
        let way = self.choose(scope, choice, &open);
        for (at, (condition, _)) in branches.iter().enumerate().take(way + 1) {
            if let Some(condition) = condition {
                let truth = (at == way) != condition.negated;
                self.plan
                    .decided
                    .insert((condition.key, stamp(scope, condition)), usize::from(truth));
            }
        }
        match branches.get(way) {
            Some((_, body)) => self.go(scope, choice, way, *body),
            None => self.pass(scope, choice, way),
        }
    }

    fn known(&self, scope: &Scope, condition: &Condition) -> Option<bool> {
        if self.plan.is_free() {
            return None;
        }
        let truth = match (condition.of_loop, scope.turns.last()) {
            (Some(OfLoop::First), Some(turn)) => Some(turn.first),
            (Some(OfLoop::Last), Some(turn)) => Some(turn.last),
            _ => self
                .plan
                .decided
                .get(&(condition.key, stamp(scope, condition)))
                .map(|truth| *truth != 0),
        };
        truth.map(|truth| truth != condition.negated)
    }

    fn repeat(
        &mut self,
        scope: &mut Scope,
        choice: usize,
        body: usize,
        otherwise: Option<usize>,
    ) -> Exit {
        let way = match self.plan.runs_loops_once() {
            true => 1,
            false => self.choose(scope, choice, &[0, 1, 2]),
        };
        let turns = 2 - way;
        if turns == 0 {
            return match otherwise {
                Some(body) => self.go(scope, choice, way, body),
                None => self.pass(scope, choice, way),
            };
        }
        self.begin(scope, choice, way);
        let around = scope.turns.last().map_or(scope.base, |turn| turn.stamp);
        for turn in 0..turns {
            scope.turns.push(Turn {
                stamp: hash((around, scope.unit, choice, turn)),
                first: turn == 0,
                last: turn + 1 == turns,
            });
            let is_written = !self.leaves_out(scope, body);
            let exit = self.body(scope, body);
            scope.turns.pop();
            let ends = exit == Exit::Break;
            if is_written && (ends || turn + 1 == turns) {
                self.gone(scope, choice, way);
            }
            if ends {
                break;
            }
        }
        Exit::Next
    }

    /// The block of a name as the first template of the chain from `level` on defines it.
    fn block(&mut self, scope: &Scope, name: &str, level: usize) {
        let found = scope
            .chain
            .iter()
            .enumerate()
            .skip(level)
            .find_map(|(level, unit)| {
                let body = self.world.units[*unit].flow.blocks.get(name)?;
                Some((level, *unit, *body))
            });
        let own = self.world.units[scope.unit].flow.blocks.get(name);
        let (level, unit, body) = match (found, own) {
            (Some(found), _) => found,
            (None, Some(body)) if level == 0 => (usize::MAX - 1, scope.unit, *body),
            _ => return,
        };
        let mut inner = Scope {
            unit,
            block: Some((name.to_owned(), level)),
            ..scope.clone()
        };
        if unit != scope.unit {
            inner.base = scope.turns.last().map_or(scope.base, |turn| turn.stamp);
            inner.turns = Vec::new();
        }
        self.body(&mut inner, body);
    }

    fn call(&mut self, scope: &Scope, name: &str, caller: Option<(usize, Rc<Scope>)>) -> bool {
        let Some((unit, body)) = self.world.find_macro(scope.unit, name) else {
            return false;
        };
        self.calls += 1;
        let mut inner = Scope {
            unit,
            chain: self.world.chain(unit),
            block: None,
            caller,
            turns: Vec::new(),
            base: hash((scope.base, self.calls)),
            captured: BTreeMap::new(),
        };
        self.body(&mut inner, body);
        true
    }

    fn expression(&mut self, scope: &Scope, number: usize) {
        let tag = &self.world.units[scope.unit].original.tags[number];
        let content = tag.content;
        if content.starts_with("super()")
            && let Some((name, level)) = &scope.block
        {
            return self.block(scope, name, level + 1);
        }
        if let Some(name) = called(content) {
            if name == "caller" {
                if let Some((body, outer)) = scope.caller.clone() {
                    self.body(&mut (*outer).clone(), body);
                }
                return;
            }
            if self.call(scope, name, None) {
                return;
            }
        }
        if let Some((original, made)) = words(content)
            .next()
            .and_then(|word| scope.captured.get(word))
        {
            let filtered = content
                .split_once('|')
                .is_some_and(|(_, filter)| filter.trim() != "safe");
            if filtered && original != made {
                self.pages.filtered.get_or_insert(self.pages.original.len());
            }
            return self.write(original, made);
        }
        let value = match scope.unit == self.subject {
            true => self.coverage.value(number, &self.plan),
            false => self.plan.value_elsewhere(number),
        };
        self.write(VALUES[value], VALUES[value]);
    }

    /// What a body writes, taken out of the page.
    fn capture(&mut self, scope: &mut Scope, body: usize) -> (String, String) {
        let (original, made) = (self.pages.original.len(), self.pages.made.len());
        self.body(scope, body);
        (
            self.pages.original.split_off(original),
            self.pages.made.split_off(made),
        )
    }
}
