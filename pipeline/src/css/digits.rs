//! Digits that the engine drops. It prints six, and browsers keep about eight: a third of a line that is 1,185 pixels long
//! would end a sixty-fourth of a pixel early, and a page of lines that are 1.42857 times as high as their letters, not
//! 1.428571429 times, is shorter.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::number::{digits, number};
use super::token::{Kind, Token, tokens};
use super::tree::Tree;

/// The numbers of a sheet, by what the engine prints of them.
pub(super) struct Digits<'t> {
    /// `None` where several are printed alike.
    by_print: HashMap<(String, &'t str), Option<String>>,
    /// Some number loses digits.
    any: bool,
}

impl<'t> Digits<'t> {
    pub(super) fn of(tree: &Tree<'t>) -> Self {
        let mut found = Self {
            by_print: HashMap::new(),
            any: false,
        };
        // Most sheets have no such number.
        let numbers = || tree.tokens.iter().filter(|token| is_number(token));
        if !numbers().any(|token| token.text(tree.text).len() > SHORT) {
            return found;
        }
        for token in numbers() {
            let (value, unit) = split(token.text(tree.text));
            let Some(key) = printed(value) else { continue };
            let full = shortest(value);
            found.any |= !alike(&key, &full);
            match found.by_print.entry((key, unit)) {
                Entry::Vacant(entry) => {
                    entry.insert(Some(full));
                }
                Entry::Occupied(mut entry) => {
                    if entry
                        .get()
                        .as_ref()
                        .is_some_and(|known| !alike(known, &full))
                    {
                        entry.insert(None);
                    }
                }
            }
        }
        found
    }

    /// Writes the numbers that the engine printed with all their digits.
    pub(super) fn put_back(&self, text: String) -> String {
        if !self.any {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        for token in tokens(&text).iter().filter(|token| is_number(token)) {
            let (value, unit) = split(token.text(&text));
            let full = printed(value).and_then(|key| self.by_print.get(&(key, unit))?.as_deref());
            if let Some(full) = full
                && !alike(full, value)
            {
                out.push_str(&text[copied..token.start]);
                // Without the zero in front of the point.
                let (sign, full) = full
                    .strip_prefix('-')
                    .map_or(("", full), |rest| ("-", rest));
                out.push_str(sign);
                out.push_str(
                    full.strip_prefix('0')
                        .filter(|rest| !rest.is_empty())
                        .unwrap_or(full),
                );
                copied = token.start + value.len();
            }
        }
        out.push_str(&text[copied..]);
        out
    }
}

/// A number of so many characters, its unit among them, has no more digits than are printed.
const SHORT: usize = 6;

fn is_number(token: &Token) -> bool {
    matches!(
        token.kind,
        Kind::Number | Kind::Percentage | Kind::Dimension
    )
}

fn split(written: &str) -> (&str, &str) {
    written.split_at(digits(written))
}

/// Whether browsers keep the same of both.
fn alike(first: &str, second: &str) -> bool {
    first.parse::<f32>() == second.parse::<f32>()
}

/// As many digits of a number as say what browsers keep of it, cut off rather than rounded: in `66.666666` they recur.
fn shortest(value: &str) -> String {
    let (given, _) = number(value);
    let Ok(exact) = value.parse::<f64>() else {
        return given;
    };
    (0..given.len())
        .flat_map(|places| {
            let scale = 10f64.powi(places as i32);
            [(exact * scale).trunc() / scale, exact].map(|near| format!("{near:.places$}"))
        })
        .find(|near| near.len() <= given.len() && alike(near, value))
        .unwrap_or(given)
}

/// Six digits, as a power of ten. A half goes up.
fn printed(value: &str) -> Option<String> {
    let value: f64 = value.parse().ok()?;
    Some(format!("{:.5e}", value * (1.0 + 1e-12)))
}
