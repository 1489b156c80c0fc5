//! What tells one cached page from another.

use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};

use bytes::Bytes;

use super::fields::Fields;
use super::vary::VaryNames;

/// Changing how keys are written changes this number, so that a shared store's older entries are simply not found.
const KEY_FORMAT: u8 = 1;

/// The short name under which a store keeps a value: 128 bits of the blake3 digest of the key.
///
/// Two keys with one slot are not expected in the lifetime of the universe, yet nothing rests on that: a value carries
/// its full key and is compared on read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot([u8; 16]);

impl Hash for Slot {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(u128::from_le_bytes(self.0));
    }
}

/// Hashes slots, and nothing else, for a map: half of a digest is a hash already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SlotHasher(u64);

impl Hasher for SlotHasher {
    fn write_u128(&mut self, slot: u128) {
        self.0 = slot as u64;
    }

    /// For what is no slot, which has no need of speed.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Slot {
    /// The slot with this name.
    pub const fn from_bytes(bytes: [u8; 16]) -> Slot {
        Slot(bytes)
    }

    /// The slot that is named after these bytes.
    pub(crate) fn digest(bytes: &[u8]) -> Slot {
        let mut slot = [0; 16];
        slot.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
        Slot(slot)
    }

    /// The 16 bytes of the name.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Slot {
    /// 32 lower-case hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({self})")
    }
}

/// What a request asks for, as far as it is part of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    /// The release that renders: a deploy starts clean, and an old process never sees a new page.
    pub(crate) release: &'a str,
    /// `http` or `https`.
    pub(crate) scheme: &'a str,
    /// Host and port as the view is shown them, in lower case.
    pub(crate) host: &'a [u8],
    /// The path as it was sent: `%2F` is not `/`, and `/a/` is not `/a`.
    pub(crate) path: &'a str,
    /// The query in normal form, if there is one; `/p?` is not `/p`.
    pub(crate) query: Option<&'a str>,
}

/// A key: its encoding and the slot that follows from it.
///
/// The method class is part of the format: only reads (GET, and HEAD answered from GET) have keys so far, and their
/// encoding begins with that class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    encoded: Bytes,
    slot: Slot,
}

/// The class of methods that a key stands for.
const CLASS_READ: u8 = b'R';

impl Key {
    /// The key of a page as long as no response named any `Vary` header.
    pub(crate) fn new(target: &Target<'_>) -> Key {
        Key::of(|bytes| {
            bytes.extend_from_slice(&[KEY_FORMAT, CLASS_READ]);
            for part in [
                target.release.as_bytes(),
                target.scheme.as_bytes(),
                target.host,
                target.path.as_bytes(),
            ] {
                push(bytes, part);
            }
            bytes.push(u8::from(target.query.is_some()));
            push(bytes, target.query.unwrap_or_default().as_bytes());
        })
    }

    /// The key of one variant: this key and the request's fields that `Vary` names (RFC 9111 §4.1).
    ///
    /// Every line of a field takes part, trimmed but not joined: a view may read only the first one.
    pub(crate) fn variant<F: Fields + ?Sized>(&self, names: &VaryNames, fields: &F) -> Key {
        if names.is_empty() {
            return self.clone();
        }
        Key::of(|bytes| {
            bytes.extend_from_slice(&self.encoded);
            push_count(bytes, names.iter().count());
            for name in names.iter() {
                push(bytes, name.as_bytes());
                push_count(bytes, fields.lines(name).count());
                for line in fields.lines(name) {
                    push(bytes, line.trim_ascii());
                }
            }
        })
    }

    /// The key whose encoding `write` writes.
    fn of(write: impl FnOnce(&mut Vec<u8>)) -> Key {
        RECENT.with_borrow_mut(|recent| {
            recent.encoding.clear();
            write(&mut recent.encoding);
            recent.key()
        })
    }

    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }

    pub(crate) fn encoded(&self) -> &Bytes {
        &self.encoded
    }
}

thread_local! {
    static RECENT: RefCell<Recent> = const { RefCell::new(Recent::new()) };
}

/// Keys that this thread made not long ago. What is asked for often is found here by its encoding, which takes a tenth of the
/// instructions that its digest takes, and allocates nothing.
struct Recent {
    /// Of the key that is being made.
    encoding: Vec<u8>,
    /// Each in the place that its encoding has, until another takes it.
    keys: [Option<Key>; Recent::PLACES],
}

impl Recent {
    const PLACES: usize = 64;

    /// Longer encodings, in bytes, are not kept: a stranger may send them.
    const LONGEST: usize = 512;

    const fn new() -> Recent {
        Recent {
            encoding: Vec::new(),
            keys: [const { None }; Recent::PLACES],
        }
    }

    fn key(&mut self) -> Key {
        let encoding = self.encoding.as_slice();
        let place = &mut self.keys[number(encoding) % Recent::PLACES];
        if let Some(known) = place
            && known.encoded == encoding
        {
            return known.clone();
        }
        let key = Key {
            slot: Slot::digest(encoding),
            encoded: Bytes::copy_from_slice(encoding),
        };
        if encoding.len() <= Recent::LONGEST {
            *place = Some(key.clone());
        }
        key
    }
}

/// Some number for an encoding. That many have the same does no harm.
fn number(encoding: &[u8]) -> usize {
    let (words, rest) = encoding.as_chunks();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let mix = |mixed: u64, word: &[u8; 8]| {
        (mixed.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    };
    let mixed = words.iter().chain([&last]).fold(0, mix);
    (mixed >> 32) as usize
}

/// Writes a part with its length before it: no part can run into the next.
fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    push_count(bytes, part.len());
    bytes.extend_from_slice(part);
}

fn push_count(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend_from_slice(&(count as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fields::{Lines, lines};
    use super::*;

    /// A small alphabet, with the separators that a careless encoding would use, finds collisions fastest.
    fn part() -> impl Strategy<Value = String> {
        "[ab/?&=:|, ]{0,4}"
    }

    #[derive(Clone, Debug, PartialEq)]
    struct Asked {
        release: String,
        scheme: String,
        host: String,
        path: String,
        query: Option<String>,
        names: Vec<String>,
        fields: Vec<(String, String)>,
    }

    fn asked() -> impl Strategy<Value = Asked> {
        let name = prop_oneof![
            Just("x-a".to_owned()),
            Just("x-b".to_owned()),
            Just("x-a-x-b".to_owned())
        ];
        (
            part(),
            part(),
            part(),
            part(),
            proptest::option::of(part()),
            proptest::collection::vec(name.clone(), 0..3),
            proptest::collection::vec((name, part()), 0..4),
        )
            .prop_map(
                |(release, scheme, host, path, query, names, fields)| Asked {
                    release,
                    scheme,
                    host,
                    path,
                    query,
                    names,
                    fields,
                },
            )
    }

    impl Asked {
        fn key(&self) -> Key {
            let fields: Vec<(&str, &str)> = self
                .fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let fields: Lines = lines(&fields);
            Key::new(&Target {
                release: &self.release,
                scheme: &self.scheme,
                host: self.host.as_bytes(),
                path: &self.path,
                query: self.query.as_deref(),
            })
            .variant(&self.names(), &fields)
        }

        fn names(&self) -> VaryNames {
            VaryNames::from_names(self.names.iter().map(String::as_str))
        }

        /// Everything that a view could tell this request by, as values.
        fn seen(&self) -> impl PartialEq + use<> {
            let varied: Vec<(String, Vec<String>)> = self
                .names()
                .iter()
                .map(|name| {
                    let lines = self.fields.iter().filter(|(field, _)| field == name);
                    (
                        name.to_owned(),
                        lines.map(|(_, value)| value.trim().to_owned()).collect(),
                    )
                })
                .collect();
            (
                self.release.clone(),
                self.scheme.clone(),
                self.host.clone(),
                self.path.clone(),
                self.query.clone(),
                varied,
            )
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn keys_are_equal_exactly_if_all_their_parts_are(one in asked(), two in asked()) {
            prop_assert_eq!(one.key().encoded() == two.key().encoded(), one.seen() == two.seen());
        }

        #[test]
        fn moving_a_byte_across_a_boundary_changes_the_key(mut one in asked(), cut in 0_usize..8) {
            let key = one.key();
            let joined = format!("{}{}", one.host, one.path);
            let cut = cut.min(joined.len());
            let moved = (joined[..cut].to_owned(), joined[cut..].to_owned());
            let same = moved == (one.host.clone(), one.path.clone());
            (one.host, one.path) = moved;
            prop_assert_eq!(one.key().slot() == key.slot(), same);
        }
    }

    #[test]
    fn keys_are_the_same_however_often_they_are_made() {
        let path = |number: usize| format!("/{}{number}", "long/".repeat(number % 200));
        let key = |path: &str| {
            Key::new(&Target {
                release: "r",
                scheme: "http",
                host: b"a.test",
                path,
                query: None,
            })
        };
        // More than are kept, and some that are not.
        for number in (0..400).chain((0..400).rev()) {
            let path = path(number);
            let key = key(&path);
            assert!(
                key.encoded()
                    .windows(path.len())
                    .any(|part| part == path.as_bytes())
            );
            assert_eq!(key.slot(), Slot::digest(key.encoded()));
        }
    }

    #[test]
    fn header_values_do_not_run_into_each_other() {
        let key = Key::new(&Target {
            release: "r",
            scheme: "http",
            host: b"a.test",
            path: "/p",
            query: None,
        });
        let names = VaryNames::from_names(["x-a", "x-b"]);
        let keys = [
            lines(&[("x-a", "1"), ("x-b", "2")]),
            lines(&[("x-a", "1X-B2")]),
            lines(&[("x-a", "12")]),
            lines(&[("x-a", "1"), ("x-a", "2")]),
            lines(&[("x-a", "1,2")]),
            lines(&[("x-a", "")]),
            lines(&[]),
        ]
        .map(|fields| key.variant(&names, &fields).slot());
        for (at, slot) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(slot), "{at}");
        }
    }

    #[test]
    fn surrounding_spaces_of_a_header_do_not_count() {
        let target = Target {
            release: "r",
            scheme: "http",
            host: b"",
            path: "/",
            query: None,
        };
        let key = Key::new(&target);
        let names = VaryNames::from_names(["x-a"]);
        assert_eq!(
            key.variant(&names, &lines(&[("x-a", "1")])),
            key.variant(&names, &lines(&[("x-a", " 1\t")]))
        );
    }
}
