use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::Template;
use super::world::World;
use crate::cache::Memo;

/// What was proven before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recall<'a> {
    pub(crate) memo: &'a Memo,
    /// A digest of what holds for all templates of the project.
    pub(crate) state: &'a [u8],
}

const STAGE: &str = "prove";

/// The templates as a proof depends on them: both texts, by path.
pub(super) struct Texts<'a> {
    recall: Recall<'a>,
    paths: Vec<&'a str>,
    /// By the place in the list.
    digests: Vec<String>,
    minified: Vec<bool>,
    /// What cannot be found decides as well as what can.
    all_paths: blake3::Hash,
}

impl<'a> Recall<'a> {
    pub(super) fn texts(self, templates: &[Template<'a>]) -> Texts<'a> {
        let paths: Vec<&str> = templates.iter().map(|template| template.path).collect();
        let digest = |template: &Template<'_>| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(&(template.original.len() as u64).to_le_bytes());
            hasher.update(template.original.as_bytes());
            if let Some(minified) = template.minified {
                hasher.update(b"+");
                hasher.update(minified.as_bytes());
            }
            hasher.finalize().to_hex().to_string()
        };
        Texts {
            recall: self,
            digests: templates.iter().map(digest).collect(),
            minified: templates
                .iter()
                .map(|template| template.minified.is_some())
                .collect(),
            all_paths: blake3::hash(paths.join("\n").as_bytes()),
            paths,
        }
    }
}

impl Texts<'_> {
    /// For each template, what its pages are made of, if they were compared before and nothing of that has changed.
    pub(super) fn recall_all(&self) -> Vec<BTreeSet<usize>> {
        let places: BTreeMap<&str, usize> = self.paths.iter().copied().zip(0..).collect();
        let recall = |entry: usize| {
            let used: BTreeMap<String, String> = self
                .recall
                .memo
                .get(STAGE, &self.key(entry))
                .unwrap_or_default();
            let same = |(path, digest): (&String, &String)| {
                let place = *places.get(path.as_str())?;
                (self.digests[place] == *digest).then_some(place)
            };
            let used: Option<BTreeSet<usize>> = used.iter().map(same).collect();
            used.unwrap_or_default()
        };
        (0..self.paths.len()).into_par_iter().map(recall).collect()
    }

    /// Keeps that the pages of a template mean the same, which are made of the templates that it used. A template that was
    /// given up on the way is not compared as it stands here.
    pub(super) fn keep(&self, entry: usize, used: &BTreeSet<usize>, world: &World<'_>) {
        let given_up = |used: &usize| self.minified[*used] && world.units[*used].made.is_none();
        if used.iter().any(given_up) {
            return;
        }
        let used: BTreeMap<&str, &str> = used
            .iter()
            .map(|used| (self.paths[*used], self.digests[*used].as_str()))
            .collect();
        self.recall.memo.put(STAGE, &self.key(entry), &used);
    }

    fn key(&self, entry: usize) -> [&[u8]; 4] {
        [
            self.recall.state,
            self.all_paths.as_bytes(),
            self.paths[entry].as_bytes(),
            self.digests[entry].as_bytes(),
        ]
    }
}
