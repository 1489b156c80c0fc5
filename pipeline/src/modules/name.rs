use std::collections::{BTreeMap, BTreeSet};

use crushed_manifest::{AssetPath, Digest, PathError, percent_encode};

use super::graph::{Draft, Graph};
use super::resolve::{Member, Reference, To, plain_suffix, relative};
use crate::diagnostic::Diagnostic;
use crate::digest::{digest, hashed};
use crate::js::{Goal, ImportKind};
use crate::transform::PREFIX;

/// The graph under its hashed names.
#[derive(Debug, Default)]
pub(crate) struct Modules<'a> {
    pub(super) graph: Graph<'a>,
    pub(crate) named: BTreeMap<Member, Shipped>,
    files: BTreeMap<AssetPath, AssetPath>,
    /// Members that another script names.
    pub(super) imported: BTreeSet<Member>,
}

/// A script as it ships.
#[derive(Clone, Debug)]
pub(crate) struct Shipped {
    pub(crate) path: AssetPath,
    pub(crate) digest: Digest,
    pub(crate) text: String,
}

/// What an address in a script is relative to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Base<'a> {
    /// A page anywhere: addresses begin with the prefix.
    Page,
    /// An asset, or what will be one.
    Asset(&'a AssetPath),
}

impl<'a> Graph<'a> {
    /// Names every script, dependencies first; `files` are the names of all else.
    pub(crate) fn name(
        self,
        files: &BTreeMap<AssetPath, AssetPath>,
    ) -> Result<Modules<'a>, (AssetPath, PathError)> {
        let mut modules = Modules {
            files: files.clone(),
            imported: self
                .drafts()
                .flat_map(|draft| draft.marks.references())
                .filter_map(|reference| match &reference.to {
                    To::Script(member) => Some(member.clone()),
                    To::File(_) => None,
                })
                .collect(),
            graph: Graph::default(),
            named: BTreeMap::new(),
        };
        let members: Vec<(&Member, &Draft)> = self.members.iter().collect();
        for component in components(&edges(&members)) {
            let named =
                modules.component(&component.iter().map(|at| members[*at]).collect::<Vec<_>>())?;
            modules.named.extend(named);
        }
        modules.graph = self;
        Ok(modules)
    }
}

impl Modules<'_> {
    /// Names the members of one component, whose dependencies outside of it are named.
    fn component(
        &self,
        component: &[(&Member, &Draft)],
    ) -> Result<Vec<(Member, Shipped)>, (AssetPath, PathError)> {
        let inside: BTreeSet<&Member> = component.iter().map(|(member, _)| *member).collect();
        let inside = |to: &To| matches!(to, To::Script(member) if inside.contains(member));
        let cyclic = component
            .iter()
            .flat_map(|(_, draft)| draft.marks.references())
            .any(|reference| inside(&reference.to));
        let mut names = BTreeMap::new();
        if cyclic {
            // No name can be in the bytes that it is the digest of: each is named after all of them, with sources' names
            // where the hashed ones will be.
            let mut all = blake3::Hasher::new();
            for (member, draft) in component {
                let base = Base::Asset(&member.path);
                let text =
                    draft
                        .marks
                        .resolve(&draft.text, &|reference| match inside(&reference.to) {
                            true => format!("{reference:?}"),
                            false => self.address(reference, base),
                        });
                all.update(format!("{member:?} {} {text}\n", text.len()).as_bytes());
            }
            let all = all.finalize();
            for (member, _) in component {
                let mut own = blake3::Hasher::new_keyed(all.as_bytes());
                own.update(format!("{member:?}").as_bytes());
                names.insert(
                    (*member).clone(),
                    Digest::from_hash(own.finalize().as_bytes()),
                );
            }
        }
        let mut paths = BTreeMap::new();
        for (member, digest) in &names {
            let path =
                hashed(&member.path, *digest).map_err(|error| (member.path.clone(), error))?;
            paths.insert(member.clone(), path);
        }
        let mut shipped = Vec::new();
        for (member, draft) in component {
            let base = Base::Asset(&member.path);
            let text = draft
                .marks
                .resolve(&draft.text, &|reference| match &reference.to {
                    To::Script(to) => match paths.get(to) {
                        Some(path) => address(reference, path, base),
                        None => self.address(reference, base),
                    },
                    To::File(_) => self.address(reference, base),
                });
            let digest = names
                .get(*member)
                .copied()
                .unwrap_or_else(|| digest(text.as_bytes()));
            let path =
                hashed(&member.path, digest).map_err(|error| (member.path.clone(), error))?;
            shipped.push(((*member).clone(), Shipped { path, digest, text }));
        }
        Ok(shipped)
    }

    /// The address of what a reference names.
    pub(crate) fn address(&self, reference: &Reference, base: Base<'_>) -> String {
        address(reference, self.asset(&reference.to), base)
    }

    /// The hashed path of what is named.
    pub(super) fn asset<'t>(&'t self, to: &'t To) -> &'t AssetPath {
        match to {
            To::Script(member) => self
                .named
                .get(member)
                .map_or(&member.path, |named| &named.path),
            To::File(path) => self.files.get(path).unwrap_or(path),
        }
    }

    pub(crate) fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.graph.drafts().flat_map(|draft| &draft.warnings)
    }

    /// The licence comments that were taken out.
    pub(crate) fn licences(&self) -> impl Iterator<Item = &String> {
        self.graph.drafts().flat_map(|draft| &draft.licences)
    }

    /// Which asset each source became as a module, and as a script that ships by itself.
    pub(crate) fn sources(&self, goal: Goal) -> impl Iterator<Item = (&AssetPath, &AssetPath)> {
        let named = self
            .named
            .iter()
            .filter(move |(member, _)| member.goal == goal);
        named.map(|(member, shipped)| (&member.path, &shipped.path))
    }
}

fn address(reference: &Reference, to: &AssetPath, base: Base<'_>) -> String {
    let path = match (base, reference.kind) {
        (Base::Page, _) => format!("{PREFIX}{}", percent_encode(to.as_str())),
        (Base::Asset(from), ImportKind::Url | ImportKind::Scripts) => {
            percent_encode(&from.relative_to(to))
        }
        (Base::Asset(from), _) => percent_encode(&relative(from, to)),
    };
    path + &plain_suffix(&reference.suffix)
}

/// Which member names which.
fn edges(members: &[(&Member, &Draft)]) -> Vec<Vec<usize>> {
    let edges = members.iter().map(|(_, draft)| {
        let named = draft.marks.references().iter();
        named
            .filter_map(|reference| match &reference.to {
                To::Script(to) => members
                    .binary_search_by(|(member, _)| (*member).cmp(to))
                    .ok(),
                To::File(_) => None,
            })
            .collect()
    });
    edges.collect()
}

/// The strongly connected components of a graph, those that others lead to first (Tarjan 1972, without recursion).
fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; edges.len()];
    let mut low = vec![NEW; edges.len()];
    let mut open = vec![false; edges.len()];
    let (mut stack, mut found, mut next) = (Vec::new(), Vec::new(), 0);
    for start in 0..edges.len() {
        if order[start] != NEW {
            continue;
        }
        // A node and the edge of it that is looked at next.
        let mut walk = vec![(start, 0)];
        while let Some((node, edge)) = walk.pop() {
            if edge == 0 {
                order[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
                open[node] = true;
            }
            if let Some(to) = edges[node].get(edge).copied() {
                walk.push((node, edge + 1));
                if order[to] == NEW {
                    walk.push((to, 0));
                } else if open[to] {
                    low[node] = low[node].min(order[to]);
                }
                continue;
            }
            if let Some((parent, _)) = walk.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == order[node] {
                let at = stack
                    .iter()
                    .rposition(|other| *other == node)
                    .unwrap_or_default();
                let mut component = stack.split_off(at);
                component.iter().for_each(|member| open[*member] = false);
                component.sort_unstable();
                found.push(component);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn components_come_after_what_they_lead_to() {
        // 0 → 1 ⇄ 2 → 3, 3 → 3, 4 → 0
        let edges = [vec![1], vec![2], vec![1, 3], vec![3], vec![0]];
        assert_eq!(components(&edges), [vec![3], vec![1, 2], vec![0], vec![4]]);
        let chain: Vec<Vec<usize>> = (0..100_000).map(|at| vec![(at + 1) % 100_000]).collect();
        assert_eq!(components(&chain).len(), 1);
    }
}
