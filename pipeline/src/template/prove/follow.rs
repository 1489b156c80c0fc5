use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::flow::{Choice, Condition, Flow, Node, OfLoop, PAGE, Unknown};
use super::parts::{Parts, Tag};

struct Reader<'a> {
    parts: &'a Parts<'a>,
    flow: Flow,
    at: usize,
    /// The names that each loop around gives values to.
    loops: Vec<BTreeSet<String>>,
}

/// Follows the tags of a template.
pub(super) fn follow(parts: &Parts<'_>) -> Result<Flow, Unknown> {
    let mut reader = Reader {
        parts,
        flow: Flow::default(),
        at: 0,
        loops: Vec::new(),
    };
    reader.flow.bodies.push(Vec::new());
    let nodes = reader.nodes()?;
    if let Some(tag) = parts.tags.get(reader.at) {
        return Err(unknown(tag, format!("`{}` closes nothing", tag.name)));
    }
    reader.flow.bodies[PAGE] = nodes;
    Ok(reader.flow)
}

fn unknown(tag: &Tag<'_>, message: String) -> Unknown {
    Unknown {
        offset: tag.offset,
        message,
    }
}

impl<'a> Reader<'a> {
    /// Up to a tag that ends something, which is left to be read.
    fn nodes(&mut self) -> Result<Vec<Node>, Unknown> {
        let mut nodes = Vec::new();
        loop {
            nodes.push(Node::Gap(self.at));
            let Some(tag) = self.parts.tags.get(self.at) else {
                return Ok(nodes);
            };
            if is_end(tag.name) {
                return Ok(nodes);
            }
            let number = self.at;
            self.at += 1;
            self.node(number, tag, &mut nodes)?;
        }
    }

    fn body(&mut self) -> Result<usize, Unknown> {
        let nodes = self.nodes()?;
        self.flow.bodies.push(nodes);
        Ok(self.flow.bodies.len() - 1)
    }

    /// The tag that must come now.
    fn end(&mut self, open: &Tag<'_>, name: &str) -> Result<(), Unknown> {
        match self.parts.tags.get(self.at) {
            Some(tag) if tag.name == name => {
                self.at += 1;
                Ok(())
            }
            Some(tag) => Err(unknown(
                tag,
                format!("`{}` where `{name}` should be", tag.name),
            )),
            None => Err(unknown(open, format!("`{}` is never closed", open.name))),
        }
    }

    fn node(
        &mut self,
        number: usize,
        tag: &'a Tag<'a>,
        nodes: &mut Vec<Node>,
    ) -> Result<(), Unknown> {
        let node = match tag.name {
            "" => Node::Expr(number),
            "if" => self.branches(number, tag)?,
            "match" => self.arms(number, tag)?,
            "for" => self.repeat(number, tag)?,
            "block" => {
                let name = first_word(tag.rest()).to_owned();
                let body = self.body()?;
                self.end(tag, "endblock")?;
                self.flow.blocks.insert(name.clone(), body);
                Node::Block { name }
            }
            "macro" => {
                let loops = std::mem::take(&mut self.loops);
                let body = self.body()?;
                self.end(tag, "endmacro")?;
                self.loops = loops;
                self.flow
                    .macros
                    .insert(first_word(tag.rest()).to_owned(), body);
                return Ok(());
            }
            "call" => {
                let body = match self.closes(tag) {
                    true => {
                        let body = self.body()?;
                        self.end(tag, "endcall")?;
                        Some(body)
                    }
                    false => None,
                };
                Node::Call {
                    name: called(tag.rest()).unwrap_or_default().to_owned(),
                    body,
                }
            }
            "filter" => {
                let body = self.body()?;
                self.end(tag, "endfilter")?;
                Node::Filter { body }
            }
            "let" | "set" => {
                let name = first_word(tag.rest().trim_start_matches("mut ").trim()).to_owned();
                if let Some(inner) = self.loops.last_mut() {
                    inner.extend(
                        words(tag.rest().split('=').next().unwrap_or("")).map(str::to_owned),
                    );
                }
                if tag.rest().contains('=') || !self.closes(tag) {
                    return Ok(());
                }
                let end = format!("end{}", tag.name);
                let body = self.body()?;
                self.end(tag, &end)?;
                Node::Let { name, body }
            }
            "include" => Node::Include {
                name: quoted(tag.rest()),
            },
            "import" => {
                let scope = tag
                    .rest()
                    .rsplit(" as ")
                    .next()
                    .unwrap_or("")
                    .trim()
                    .to_owned();
                self.flow.imports.insert(scope, quoted(tag.rest()));
                return Ok(());
            }
            "extends" => {
                self.flow.extends = Some(quoted(tag.rest()));
                return Ok(());
            }
            "break" => Node::Break,
            "continue" => Node::Continue,
            _ => return Ok(()),
        };
        nodes.push(node);
        Ok(())
    }

    /// Whether the end of this block comes before another of its kind.
    fn closes(&self, tag: &Tag<'_>) -> bool {
        let end = format!("end{}", tag.name);
        self.parts.tags[self.at..]
            .iter()
            .find(|other| {
                other.name == end || other.name == tag.name && !other.rest().contains('=')
            })
            .is_some_and(|other| other.name == end)
    }

    fn choose(&mut self) -> usize {
        self.flow.choices.push(Choice {
            ways: 0,
            tags: Vec::new(),
            spans: Vec::new(),
            inside: vec![self.flow.choices.len() + 1],
        });
        self.flow.choices.len() - 1
    }

    /// Ends a way of a choice, which a tag opened and in which another was the first.
    fn way(&mut self, choice: usize, tag: usize, first: usize) {
        let next = self.flow.choices.len();
        let choice = &mut self.flow.choices[choice];
        choice.ways += 1;
        choice.tags.push(tag);
        choice.spans.push(first..self.at);
        choice.inside.push(next);
    }

    fn branches(&mut self, first: usize, tag: &'a Tag<'a>) -> Result<Node, Unknown> {
        let choice = self.choose();
        let mut branches = Vec::new();
        let mut condition = Some(self.condition(tag.rest()));
        let mut number = first;
        loop {
            let total = condition.is_none();
            let body = self.body()?;
            branches.push((condition, body));
            self.way(choice, number, number + 1);
            let Some(next) = self
                .parts
                .tags
                .get(self.at)
                .filter(|next| matches!(next.name, "elif" | "else"))
            else {
                self.end(tag, "endif")?;
                if !total {
                    self.way(choice, number, self.at);
                }
                return Ok(Node::If { choice, branches });
            };
            number = self.at;
            self.at += 1;
            let rest = next.rest();
            condition = match (next.name, rest.strip_prefix("if")) {
                ("elif", _) => Some(self.condition(rest)),
                (_, Some(rest)) => Some(self.condition(rest)),
                _ => None,
            };
        }
    }

    fn arms(&mut self, number: usize, tag: &'a Tag<'a>) -> Result<Node, Unknown> {
        let choice = self.choose();
        let subject = self.condition(tag.rest());
        let mut arms = Vec::new();
        self.nodes()?;
        while let Some(next) = self
            .parts
            .tags
            .get(self.at)
            .filter(|next| matches!(next.name, "when" | "else"))
        {
            let arm = self.at;
            self.at += 1;
            if let Some(inner) = self.loops.last_mut() {
                inner.extend(words(next.rest()).map(str::to_owned));
            }
            arms.push(self.body()?);
            self.way(choice, arm, arm + 1);
            if self
                .parts
                .tags
                .get(self.at)
                .is_some_and(|end| end.name == "endwhen")
            {
                self.at += 1;
                self.nodes()?;
            }
        }
        self.end(tag, "endmatch")?;
        if arms.is_empty() {
            return Err(unknown(
                &self.parts.tags[number],
                "`match` without an arm".to_owned(),
            ));
        }
        Ok(Node::Match {
            choice,
            subject,
            arms,
        })
    }

    fn repeat(&mut self, number: usize, tag: &'a Tag<'a>) -> Result<Node, Unknown> {
        let choice = self.choose();
        let target = tag.rest().split(" in ").next().unwrap_or("");
        self.loops
            .push(words(target).chain(["loop"]).map(str::to_owned).collect());
        // Once and twice are two ways through one body.
        let body = self.body()?;
        self.loops.pop();
        let inside = self.flow.choices[choice].inside[0];
        self.way(choice, number, number + 1);
        self.way(choice, number, number + 1);
        self.flow.choices[choice].inside[1] = inside;
        let behind = self.at;
        let otherwise = match self
            .parts
            .tags
            .get(self.at)
            .is_some_and(|next| next.name == "else")
        {
            true => {
                self.at += 1;
                Some(self.body()?)
            }
            false => None,
        };
        self.end(tag, "endfor")?;
        self.way(choice, number, behind);
        Ok(Node::For {
            choice,
            body,
            otherwise,
        })
    }

    fn condition(&self, text: &str) -> Condition {
        let text = text.trim();
        let bare = text
            .strip_prefix('!')
            .or_else(|| text.strip_prefix("not "))
            .map(str::trim_start);
        let negated = bare.is_some_and(|bare| !bare.contains("&&") && !bare.contains("||"));
        let bare = bare.filter(|_| negated).unwrap_or(text);
        let used: BTreeSet<&str> = words(bare).collect();
        let depth = self
            .loops
            .iter()
            .rposition(|names| names.iter().any(|name| used.contains(name.as_str())))
            .map_or(0, |at| at + 1);
        Condition {
            key: hash(bare),
            negated,
            depth,
            of_loop: match bare {
                "loop.first" => Some(OfLoop::First),
                "loop.last" => Some(OfLoop::Last),
                _ => None,
            },
        }
    }
}

fn is_end(name: &str) -> bool {
    name.starts_with("end") || matches!(name, "elif" | "else" | "when")
}

pub(super) fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

fn first_word(text: &str) -> &str {
    words(text).next().unwrap_or("")
}

fn quoted(text: &str) -> String {
    text.split('"').nth(1).unwrap_or("").to_owned()
}

/// What is called, of `name(…)`, `scope::name(…)` and, in a `call` block, `(arguments) name(…)`.
pub(super) fn called(text: &str) -> Option<&str> {
    let mut text = text.trim();
    if let Some(rest) = text.strip_prefix('(') {
        text = rest.split_once(')')?.1.trim_start();
    }
    let (name, _) = text.split_once('(')?;
    let name = name.trim_end();
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    (!name.is_empty() && name.chars().all(fine)).then_some(name)
}
