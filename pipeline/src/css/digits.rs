//! Digits that the engine drops. It prints six, and browsers keep about eight: a third of a line that is 1,185 pixels long
//! would end a sixty-fourth of a pixel early, and a page of lines that are 1.42857 times as high as their letters, not
//! 1.428571429 times, is shorter.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::number::{digits, number};
use super::token::{Kind, Token};
use super::tree::Tree;

/// What the engine prints, and its unit.
type Print<'t> = (u64, &'t str);

/// The numbers of a sheet that lose digits, by what the engine prints of them.
pub(super) struct Digits<'t> {
    /// Of several that are printed alike the most common one: the others are for the comparison to find.
    by_print: FxHashMap<Print<'t>, String>,
}

impl<'t> Digits<'t> {
    pub(super) fn of(tree: &Tree<'t>) -> Self {
        let numbers = || {
            let numbers = tree.tokens.iter().filter(|token| is_number(token));
            numbers.map(|token| split(token.text(tree.text)))
        };
        let loses = |value: &str| printed(value).is_some_and(|print| !same(print, value));
        // Most sheets have no such number.
        if !numbers().any(|(value, _)| value.len() > SHORT && loses(value)) {
            return Self {
                by_print: FxHashMap::default(),
            };
        }
        let mut counts: FxHashMap<Print<'_>, BTreeMap<u32, (usize, &str)>> = FxHashMap::default();
        for (value, unit) in numbers() {
            if let (Some(print), Ok(kept)) = (printed(value), value.parse::<f32>()) {
                let alike = counts.entry((print.to_bits(), unit)).or_default();
                alike.entry(kept.to_bits()).or_insert((0, value)).0 += 1;
            }
        }
        let common = counts.into_iter().filter_map(|(print, alike)| {
            let (_, value) = alike.into_values().max_by_key(|(count, _)| *count)?;
            Some((print, value))
        });
        Self {
            by_print: common
                .filter(|(_, value)| loses(value))
                .map(|(print, value)| (print, shortest(value)))
                .collect(),
        }
    }

    /// Writes a number that the engine printed, with all its digits, and says how much of the token that was.
    pub(super) fn put_back(&self, token: &Token, text: &str, out: &mut String) -> usize {
        if self.by_print.is_empty() || !is_number(token) {
            return 0;
        }
        let (value, unit) = split(text);
        let print = printed(value).map(f64::to_bits);
        match print.and_then(|print| self.by_print.get(&(print, unit))) {
            Some(full) if full.parse::<f32>() != value.parse::<f32>() => {
                // Without the zero in front of the point.
                let (sign, full) = match full.strip_prefix('-') {
                    Some(rest) => ("-", rest),
                    None => ("", full.as_str()),
                };
                let point = full.strip_prefix('0').filter(|rest| !rest.is_empty());
                out.push_str(sign);
                out.push_str(point.unwrap_or(full));
                value.len()
            }
            _ => 0,
        }
    }
}

/// A number of so many characters has no more digits than are printed.
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
fn same(number: f64, value: &str) -> bool {
    value.parse() == Ok(number as f32)
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
        .find(|near| near.len() <= given.len() && near.parse::<f32>() == value.parse::<f32>())
        .unwrap_or(given)
}

/// What six digits say of a number. A half goes up.
fn printed(value: &str) -> Option<f64> {
    let exact: f64 = value.parse().ok()?;
    match value.len() > SHORT {
        true => format!("{:.5e}", exact * (1.0 + 1e-12)).parse().ok(),
        false => Some(exact),
    }
}
