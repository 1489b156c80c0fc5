//! What pieces of a sheet that were compared one by one mean together.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::logical::are_shared;
use super::normal::{Entry, Mixer, Normal, Place, Seen};
use super::read::MOST;

/// Pieces and what became of them, in the order of the sheet: each is equal to its source.
#[derive(Default)]
pub(super) struct Compared {
    pieces: Vec<Piece>,
    entries: usize,
    /// There are so many entries, or of some piece not all, that none of them is kept any more.
    too_many: bool,
    /// The longhands that are said in a way that one side's engines all take and the other's do not.
    doubtful: Seen<u64>,
}

struct Piece {
    source: Normal,
    /// None where the source ships as it is.
    result: Option<Normal>,
}

impl Piece {
    /// Each entry of a longhand as both sides have it.
    fn pairs(&self, longhand: u64) -> impl Iterator<Item = (&Entry, &Entry)> {
        fn of(normal: &Normal, longhand: u64) -> &[Entry] {
            normal.longhands.get(&longhand).map_or(&[], Vec::as_slice)
        }
        let source = of(&self.source, longhand);
        let result = self.result.as_ref();
        source
            .iter()
            .zip(result.map_or(source, |result| of(result, longhand)))
    }
}

impl Compared {
    pub(super) fn push(&mut self, source: Normal, result: Option<Normal>) {
        let piece = Piece { source, result };
        let names = piece.source.longhands.keys();
        let differs = |name: &&u64| piece.pairs(**name).any(|(a, b)| a.plain != b.plain);
        if piece.result.is_some() {
            self.doubtful.extend(names.filter(differs));
        }
        self.entries += piece.source.longhands.values().map(Vec::len).sum::<usize>();
        self.too_many |= self.entries > MOST || !piece.source.whole;
        match self.too_many {
            true => self.pieces.clear(),
            false => self.pieces.push(piece),
        }
    }

    /// Whether what a piece says hides the same of the pieces in front of it on both sides, so that the whole is equal
    /// because the pieces are.
    ///
    /// An entry hides what the same selector said before only if every engine takes it. Where the sides disagree about
    /// that, nothing may stand in front of it.
    pub(super) fn hide_the_same(&self) -> bool {
        if self.doubtful.is_empty() {
            return true;
        }
        let pieces = self.pieces.iter();
        let said = pieces.flat_map(|piece| piece.source.longhands.keys().copied());
        if self.too_many || are_shared(&self.doubtful, &said.collect()) {
            return false;
        }
        let alike = |longhand: &u64| {
            let mut surely: HashMap<Place, (bool, bool), BuildHasherDefault<Mixer>> =
                HashMap::default();
            self.pieces.iter().rev().all(|piece| {
                let alike = piece.pairs(*longhand).all(|(entry, _)| {
                    surely
                        .get(&entry.place())
                        .is_none_or(|(source, result)| source == result)
                });
                for (source, result) in piece.pairs(*longhand) {
                    let surely = surely.entry(source.place()).or_default();
                    surely.0 |= source.plain;
                    surely.1 |= result.plain;
                }
                alike
            })
        };
        self.doubtful.iter().all(alike)
    }
}

#[cfg(test)]
mod tests {
    use super::super::normal::{Ids, Key, id};
    use super::*;

    /// A piece that says one longhand of one selector.
    fn piece(longhand: &str, selector: u64, plain: bool) -> Normal {
        let key = Key {
            condition: 0,
            selector,
            value: 0,
            important: false,
        };
        let entry = Entry {
            key,
            plain,
            rule: 0,
            declaration: 0,
            bare: 0,
            prefix: 0,
        };
        let mut longhands = Ids::default();
        longhands.insert(id(longhand), vec![entry]);
        Normal {
            longhands,
            whole: true,
        }
    }

    /// What is said, of which selector, and whether every engine takes it in the source and in the result.
    type Said<'a> = (&'a str, u64, bool, bool);

    fn hide_the_same(pieces: &[Said<'_>]) -> bool {
        let mut compared = Compared::default();
        for (longhand, selector, source, result) in pieces {
            let result = piece(longhand, *selector, *result);
            compared.push(piece(longhand, *selector, *source), Some(result));
        }
        compared.hide_the_same()
    }

    #[test]
    fn what_some_engines_drop_hides_what_stands_before() {
        let sure = ("color", 1, true, true);
        let doubtful = ("color", 1, false, true);
        for (pieces, want) in [
            (&[sure, sure][..], true),
            (&[doubtful, sure], true),
            (&[sure, doubtful], false),
            (&[sure, doubtful, sure], true),
            (&[doubtful, doubtful], false),
            (&[("color", 2, true, true), doubtful], true),
            (&[("top", 1, true, true), doubtful], true),
            (&[("all", 2, true, true), doubtful], false),
            (
                &[
                    ("margin-left", 1, true, true),
                    ("margin-inline-start", 1, false, true),
                ],
                false,
            ),
        ] {
            assert_eq!(hide_the_same(pieces), want, "{pieces:?}");
        }
    }

    #[test]
    fn a_piece_that_ships_as_it_is_may_be_hidden() {
        let mut compared = Compared::default();
        compared.push(piece("color", 1, true), None);
        compared.push(piece("color", 1, false), Some(piece("color", 1, true)));
        assert!(!compared.hide_the_same());
    }
}
