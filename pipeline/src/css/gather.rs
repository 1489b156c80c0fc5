//! Rules moved up to an earlier one with the same selectors or the same declarations, so that the engine makes
//! one of the two. Only where nothing that they pass on the way sets the same longhands otherwise.

use rustc_hash::{FxHashMap, FxHashSet};

use super::compact::{compact_head, compact_item};
use super::normal::{Entry, Ids};
use super::read::{Known, read};
use super::tree::{Item, Tree, What};

/// The sheet with its rules gathered; `None` if none can be.
pub(super) fn gathered(tree: &Tree<'_>) -> Option<String> {
    let mut entries: FxHashMap<usize, Vec<(u64, usize)>> = FxHashMap::default();
    let longhands = read(tree, &tree.items, &mut Known::default()).longhands;
    for (name, list) in &longhands {
        for (at, entry) in list.iter().enumerate() {
            entries.entry(entry.rule).or_default().push((*name, at));
        }
    }
    let mut gather = Gather {
        tree,
        longhands,
        entries,
        followers: FxHashMap::default(),
        moved: 0,
    };
    gather.rules(&tree.items);
    if gather.moved == 0 {
        return None;
    }
    let followers = gather.followers.values().flat_map(Followers::all);
    let moved: FxHashSet<usize> = followers.map(|item| item.tokens.start).collect();
    let mut out = String::with_capacity(tree.text.len());
    let mut copied = 0;
    gather.write(&tree.items, &moved, &mut copied, &mut out);
    out.push_str(&tree.text[copied..]);
    Some(out)
}

struct Gather<'a> {
    tree: &'a Tree<'a>,
    longhands: Ids<Vec<Entry>>,
    /// The entries of a rule: a longhand and the place in its sequence.
    entries: FxHashMap<usize, Vec<(u64, usize)>>,
    followers: FxHashMap<usize, Followers>,
    moved: usize,
}

/// The rules that come up to a rule.
#[derive(Default)]
struct Followers {
    /// Those with its selectors.
    same: Vec<Item>,
    /// Those with its declarations.
    others: Vec<Item>,
}

impl Followers {
    fn all(&self) -> impl Iterator<Item = &Item> {
        self.same.iter().chain(&self.others)
    }
}

impl Gather<'_> {
    /// The rules of one block. They only move up, so that what stands between two of them in the text is all
    /// that can stand between them in the end.
    fn rules(&mut self, items: &[Item]) {
        let mut heads: FxHashMap<String, usize> = FxHashMap::default();
        for item in items {
            match &item.what {
                What::At(_) => {
                    self.rules(&item.children);
                    continue;
                }
                What::Rule => {}
                _ => continue,
            }
            if !is_plain(item) {
                continue;
            }
            let start = item.tokens.start;
            let selectors = compact_head(self.tree, item);
            let whole = compact_item(self.tree, item);
            let block = whole[whole.find('{').unwrap_or(0)..].to_owned();
            let free = |key: &String| {
                let head = heads.get(key).copied()?;
                self.is_free(start, head).then_some(head)
            };
            match (free(&selectors), free(&block)) {
                (Some(head), _) => {
                    let followers = self.followers.entry(head).or_default();
                    followers.same.push(item.clone());
                    self.moved += 1;
                }
                (None, Some(head)) => {
                    let followers = self.followers.entry(head).or_default();
                    followers.others.push(item.clone());
                    self.moved += 1;
                }
                (None, None) => {
                    heads.insert(selectors, start);
                    heads.insert(block, start);
                }
            }
        }
    }

    /// Whether a rule can go up to another.
    fn is_free(&self, rule: usize, head: usize) -> bool {
        let entries = self.entries.get(&rule).map_or(&[][..], Vec::as_slice);
        !entries.is_empty()
            && entries.iter().all(|(name, at)| {
                let list = &self.longhands[name];
                let key = list[*at].key;
                let between = list[..*at]
                    .iter()
                    .rev()
                    .take_while(|entry| entry.rule > head)
                    .take(FAR);
                let same = |entry: &Entry| {
                    entry.rule == rule
                        || (entry.key.value == key.value
                            && entry.key.condition == key.condition
                            && entry.key.important == key.important)
                };
                let mut count = 0;
                between.inspect(|_| count += 1).all(same) && count < FAR
            })
    }

    fn write(
        &self,
        items: &[Item],
        moved: &FxHashSet<usize>,
        copied: &mut usize,
        out: &mut String,
    ) {
        let tree = self.tree;
        for item in items {
            let start = tree.start(item);
            let end = tree.tokens[item.tokens.end - 1].end;
            if moved.contains(&item.tokens.start) {
                out.push_str(&tree.text[*copied..start]);
                *copied = end;
            } else if let Some(followers) = self.followers.get(&item.tokens.start) {
                out.push_str(&tree.text[*copied..end]);
                *copied = end;
                for follower in followers.all() {
                    out.push_str(tree.text_of(&follower.tokens));
                }
            } else {
                self.write(&item.children, moved, copied, out);
            }
        }
    }
}

/// So many entries are looked at on the way up.
const FAR: usize = 256;

/// A closed rule of declarations only.
fn is_plain(item: &Item) -> bool {
    item.children
        .iter()
        .all(|child| matches!(child.what, What::Declaration(_)))
        && !item.children.is_empty()
}
