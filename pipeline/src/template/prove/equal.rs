use std::collections::HashMap;

/// Texts of scripts, stylesheets and attributes that another stage has minified, and that count as the same. A text that
/// held tags is a list of what stood between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Equal {
    whole: HashMap<String, usize>,
    before: Vec<(Vec<String>, usize)>,
    after: Vec<(Vec<String>, usize)>,
    classes: usize,
}

/// Which of the two pages a text stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Original,
    Made,
}

impl Equal {
    /// Notes that a stage made `after` of `before`. Both are cut at their tags, which are as many and in the same order.
    pub(crate) fn add(&mut self, before: &[&str], after: &[&str]) {
        if before.len() != after.len() || before == after {
            return;
        }
        let class = match (self.class(before), self.class(after)) {
            (Some(class), _) | (None, Some(class)) => class,
            (None, None) => {
                self.classes += 1;
                self.classes
            }
        };
        for (pieces, with_tags) in [(before, &mut self.before), (after, &mut self.after)] {
            match pieces {
                [text] => {
                    self.whole.insert((*text).to_owned(), class);
                }
                _ => {
                    let pieces = pieces.iter().map(|piece| (*piece).to_owned()).collect();
                    with_tags.push((pieces, class));
                }
            }
        }
    }

    fn class(&self, pieces: &[&str]) -> Option<usize> {
        match pieces {
            [text] => self.whole.get(*text).copied(),
            _ => (self.before.iter().chain(&self.after))
                .find(|(known, _)| known == pieces)
                .map(|(_, class)| *class),
        }
    }

    /// The class that a text of a page belongs to, and what stood in the place of its tags. The pieces of its own side come
    /// first: those of the other may fit with a value that takes a space of theirs.
    pub(super) fn find<'t>(&self, text: &'t str, side: Side) -> Option<(usize, Vec<&'t str>)> {
        if let Some(class) = self.whole.get(text) {
            return Some((*class, Vec::new()));
        }
        let (own, other) = match side {
            Side::Original => (&self.before, &self.after),
            Side::Made => (&self.after, &self.before),
        };
        (own.iter().chain(other)).find_map(|(pieces, class)| Some((*class, values(text, pieces)?)))
    }

    /// Whether a text means as much as none.
    pub(super) fn is_nothing(&self, text: &str) -> bool {
        text.trim_ascii().is_empty()
            || self
                .whole
                .get("")
                .is_some_and(|nothing| self.whole.get(text) == Some(nothing))
    }
}

/// What stands between the pieces in a text that is made of them.
fn values<'t>(text: &'t str, pieces: &[String]) -> Option<Vec<&'t str>> {
    let (first, rest) = pieces.split_first()?;
    let (last, middle) = rest.split_last()?;
    let mut text = text
        .strip_prefix(first.as_str())?
        .strip_suffix(last.as_str())?;
    let mut values = Vec::with_capacity(pieces.len() - 1);
    for piece in middle {
        let (value, rest) = text.split_once(piece.as_str())?;
        values.push(value);
        text = rest;
    }
    values.push(text);
    Some(values)
}
