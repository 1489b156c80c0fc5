//! The route table as the build writes it.
//!
//! A static of routes costs a relocation of 24 bytes for each of its pointers, and is written to by the loader at every start:
//! of small assets that is more than the assets themselves may cost. So the build writes one text, and the routes are made of
//! it when the first of them is asked for, which takes about a millisecond for 10,000.

use std::sync::OnceLock;

use crate::{Coding, Representation, Route};

/// What `assets!` expands to. No part of the public interface.
///
/// Two lines of text for each route, in the order of the routes: the path; and the place of its type in `types`, followed by a
/// letter and an entity tag of eighteen bytes for each variant. `bytes` are those of all variants, in that order.
#[derive(Debug)]
pub struct Table {
    text: &'static str,
    types: &'static [&'static str],
    bytes: &'static [&'static [u8]],
    routes: OnceLock<&'static [Route<'static>]>,
}

/// The length of an entity tag with its quotes.
const TAG: usize = 18;

impl Table {
    /// A table of parts that belong together.
    pub const fn new(
        text: &'static str,
        types: &'static [&'static str],
        bytes: &'static [&'static [u8]],
    ) -> Self {
        Self {
            text,
            types,
            bytes,
            routes: OnceLock::new(),
        }
    }

    /// The routes.
    pub fn routes(&self) -> &'static [Route<'static>] {
        self.routes.get_or_init(|| self.read())
    }

    /// They live as long as the process: a table is a static.
    fn read(&self) -> &'static [Route<'static>] {
        let mut bytes = self.bytes.iter().copied();
        let mut variants = Vec::with_capacity(self.bytes.len());
        // Where the variants of each route end.
        let mut heads = Vec::new();
        let mut lines = self.text.lines();
        while let (Some(path), Some(line)) = (lines.next(), lines.next()) {
            let digits = line.find(|c: char| !c.is_ascii_digit());
            let (index, mut rest) = line.split_at(digits.unwrap_or(line.len()));
            while let Some((variant, behind)) = variant(rest, &mut bytes) {
                variants.push(variant);
                rest = behind;
            }
            let index: Option<usize> = index.parse().ok();
            let content_type = index.and_then(|index| self.types.get(index));
            heads.push((
                path,
                content_type.copied().unwrap_or_default(),
                variants.len(),
            ));
        }
        // One piece of memory for the variants of all.
        let mut variants: &'static [Representation<'static>] = variants.leak();
        let mut taken = 0;
        let routes = heads.into_iter().map(|(path, content_type, end)| {
            let (own, others) = variants.split_at(end - taken);
            (variants, taken) = (others, end);
            Route {
                path,
                content_type,
                variants: own,
            }
        });
        routes.collect::<Vec<_>>().leak()
    }
}

/// The variant that a line begins with, and what stands behind it.
fn variant(
    line: &'static str,
    bytes: &mut impl Iterator<Item = &'static [u8]>,
) -> Option<(Representation<'static>, &'static str)> {
    let variant = Representation {
        coding: coding(line.get(..1)?)?,
        etag: line.get(1..=TAG)?,
        bytes: bytes.next()?,
    };
    Some((variant, line.get(1 + TAG..)?))
}

fn coding(letter: &str) -> Option<Coding> {
    match letter {
        "i" => Some(Coding::Identity),
        "b" => Some(Coding::Br),
        "z" => Some(Coding::Zstd),
        "g" => Some(Coding::Gzip),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_read_as_they_were_written() {
        static TABLE: Table = Table::new(
            "a.css\n1i\"000000000000000a\"b\"000000000000000b\"z\"000000000000000c\"g\"000000000000000d\"\n\
             \u{e4} b.png\n0i\"000000000000000e\"\n\
             z.txt\n12i\"000000000000000f\"g\"0000000000000010\"\n",
            &[
                "image/png",
                "text/css",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "text/plain",
            ],
            &[b"1", b"2", b"3", b"4", b"5", b"6", b"7"],
        );
        let shown: Vec<String> = TABLE
            .routes()
            .iter()
            .map(|route| {
                let variants: Vec<String> = route
                    .variants
                    .iter()
                    .map(|variant| {
                        let bytes = String::from_utf8_lossy(variant.bytes);
                        format!("{}{}={bytes}", variant.coding.token(), variant.etag)
                    })
                    .collect();
                format!(
                    "{} ({}) {}",
                    route.path,
                    route.content_type,
                    variants.join(" ")
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "a.css (text/css) identity\"000000000000000a\"=1 br\"000000000000000b\"=2 zstd\"000000000000000c\"=3 \
                 gzip\"000000000000000d\"=4",
                "\u{e4} b.png (image/png) identity\"000000000000000e\"=5",
                "z.txt (text/plain) identity\"000000000000000f\"=6 gzip\"0000000000000010\"=7",
            ]
        );
        assert!(std::ptr::eq(TABLE.routes(), TABLE.routes()));
    }

    #[test]
    fn of_nothing_there_are_no_routes() {
        static TABLE: Table = Table::new("", &[], &[]);
        assert!(TABLE.routes().is_empty());
    }
}
