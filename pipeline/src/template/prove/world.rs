use std::collections::HashMap;
use std::sync::Arc;

use super::flow::{Flow, Unknown};
use super::follow::follow;
use super::parts::{Gap, Parts};

/// All templates of an app, as they were and as they are to ship.
pub(super) struct World<'a> {
    pub(super) units: Vec<Unit<'a>>,
    by_path: HashMap<&'a str, usize>,
}

pub(super) struct Unit<'a> {
    pub(super) path: &'a str,
    pub(super) original: Parts<'a>,
    /// What was made of it, if it is to ship.
    pub(super) made: Option<Parts<'a>>,
    pub(super) flow: Flow,
    /// The templates that it extends, itself first.
    chain: Arc<[usize]>,
}

impl<'a> World<'a> {
    pub(super) fn new(units: Vec<Unit<'a>>) -> Self {
        let by_path = units
            .iter()
            .enumerate()
            .map(|(at, unit)| (unit.path, at))
            .collect();
        let mut world = Self { units, by_path };
        for unit in 0..world.units.len() {
            world.units[unit].chain = world.ancestors(unit).into();
        }
        world
    }

    fn ancestors(&self, unit: usize) -> Vec<usize> {
        let mut chain = vec![unit];
        let mut at = unit;
        while let Some(next) = self.units[at]
            .flow
            .extends
            .as_ref()
            .and_then(|name| self.find(at, name))
        {
            if chain.contains(&next) {
                break;
            }
            chain.push(next);
            at = next;
        }
        chain
    }

    pub(super) fn chain(&self, unit: usize) -> Arc<[usize]> {
        self.units[unit].chain.clone()
    }

    /// The template that a name means in another: Askama looks beside it first.
    pub(super) fn find(&self, from: usize, name: &str) -> Option<usize> {
        let folder = self.units[from]
            .path
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        let mut beside: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in name.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    beside.pop();
                }
                part => beside.push(part),
            }
        }
        self.by_path
            .get(beside.join("/").as_str())
            .or_else(|| self.by_path.get(name.trim_start_matches("./")))
            .copied()
    }

    /// A macro by the name that a template calls it by: template, body.
    pub(super) fn find_macro(&self, from: usize, name: &str) -> Option<(usize, usize)> {
        let flow = &self.units[from].flow;
        match name.rsplit_once("::") {
            Some((scope, name)) => {
                let unit = self.find(from, flow.imports.get(scope)?)?;
                Some((unit, *self.units[unit].flow.macros.get(name)?))
            }
            None => self
                .chain(from)
                .iter()
                .find_map(|unit| Some((*unit, *self.units[*unit].flow.macros.get(name)?))),
        }
    }

    /// The text before the tag of a number, as it was and as it is to ship.
    pub(super) fn gap(&self, unit: usize, gap: usize) -> (&str, &str) {
        let unit = &self.units[unit];
        let original = unit.original.gaps[gap].text.as_ref();
        let made = unit
            .made
            .as_ref()
            .map_or(original, |made| made.gaps[gap].text.as_ref());
        (original, made)
    }
}

impl<'a> Unit<'a> {
    /// In the place of a template that cannot be followed.
    pub(super) fn empty(path: &'a str) -> Self {
        Self {
            path,
            original: Parts {
                tags: Vec::new(),
                gaps: vec![Gap::default()],
            },
            made: None,
            flow: Flow {
                bodies: vec![Vec::new()],
                ..Flow::default()
            },
            chain: Arc::new([]),
        }
    }

    pub(super) fn new(path: &'a str, original: Parts<'a>) -> Result<Self, Unknown> {
        let flow = follow(&original)?;
        Ok(Self {
            path,
            original,
            made: None,
            flow,
            chain: Arc::new([]),
        })
    }
}
