//! Sums and gradients whose spelling says more than it has to.

use super::number::{number_parts, round};
use super::value::Part;

/// Replaces a just closed `calc()`, or brackets inside one, by the sum of its constants.
///
/// A single length takes the place of the function only where the property takes every length: elsewhere a
/// negative one is invalid without the function, and zero with it.
pub(super) fn evaluate(parts: &mut Vec<Part>, any_sign: bool) {
    let Some(open) = opening(parts) else { return };
    let outer = parts[open].text == "calc(";
    if !outer && parts[open].text != "(" {
        return;
    }
    let mut reader = Sum {
        parts: &parts[open + 1..parts.len() - 1],
        at: 0,
    };
    let Some(sum) = reader.sum().filter(|_| reader.at == reader.parts.len()) else {
        return;
    };
    let part = |text: String, space: bool, plain: bool| Part { text, space, plain };
    let space = parts[open].space;
    if let [(unit, value)] = sum.iter().collect::<Vec<_>>()[..]
        && (!outer || is_free(unit, *value, any_sign))
    {
        let text = round(*value) + unit;
        parts.truncate(open);
        parts.push(part(text, space, outer));
    } else if outer {
        parts.truncate(open + 1);
        for (unit, value) in sum {
            let first = parts.len() == open + 1;
            if !first {
                parts.push(part("+".to_owned(), true, false));
            }
            parts.push(part(round(value) + &unit, !first, false));
        }
        parts.push(part(")".to_owned(), false, false));
    }
}

/// Whether a value means the same without the function around it.
fn is_free(unit: &str, value: f64, any_sign: bool) -> bool {
    // A number is rounded where an integer is wanted.
    (value >= 0.0 || any_sign) && (!unit.is_empty() || value.fract() == 0.0)
}

/// The bracket or function that the last part closes.
fn opening(parts: &[Part]) -> Option<usize> {
    let mut depth = 0usize;
    parts.iter().rposition(|part| {
        if part.text == ")" {
            depth += 1;
        } else if part.text.ends_with('(') {
            depth -= 1;
        }
        depth == 0
    })
}

/// Reads a sum of products. Each unit has one number; what is not made of constants has none.
struct Sum<'p> {
    parts: &'p [Part],
    at: usize,
}

type Units = std::collections::BTreeMap<String, f64>;

impl Sum<'_> {
    fn next(&mut self, wanted: [&str; 2]) -> Option<&str> {
        let text = self.parts.get(self.at)?.text.as_str();
        let found = wanted.contains(&text);
        self.at += usize::from(found);
        found.then_some(text)
    }

    fn sum(&mut self) -> Option<Units> {
        let mut sum = self.product()?;
        while let Some(operator) = self.next(["+", "-"]) {
            let sign = if operator == "-" { -1.0 } else { 1.0 };
            for (unit, value) in self.product()? {
                *sum.entry(unit).or_insert(0.0) += sign * value;
            }
        }
        // A number cannot be added to a length.
        (sum.len() == 1 || !sum.contains_key("")).then_some(sum)
    }

    fn product(&mut self) -> Option<Units> {
        let mut product = self.operand()?;
        let number = |units: &Units| match units.len() {
            1 => units.get("").copied(),
            _ => None,
        };
        while let Some(operator) = self.next(["*", "/"]) {
            let divides = operator == "/";
            let other = self.operand()?;
            let (factor, units) = match (number(&product), number(&other)) {
                (_, Some(divisor)) if divides && divisor != 0.0 => (1.0 / divisor, product),
                (_, Some(factor)) if !divides => (factor, product),
                (Some(factor), None) if !divides => (factor, other),
                _ => return None,
            };
            product = units.into_iter().map(|(u, v)| (u, v * factor)).collect();
        }
        Some(product)
    }

    fn operand(&mut self) -> Option<Units> {
        if self.next(["calc(", "("]).is_some() {
            let sum = self.sum()?;
            self.next([")", ")"])?;
            return Some(sum);
        }
        let text = &self.parts.get(self.at)?.text;
        let number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'));
        let (value, unit, _) = number_parts(text);
        let value = value.parse::<f64>().ok().filter(|_| number)?;
        self.at += 1;
        Some(Units::from([(unit, value)]))
    }
}

/// `linear-gradient(to bottom, …)` goes where a gradient goes without a word.
pub(super) fn default_direction(parts: &mut Vec<Part>) {
    let Some(open) = parts[..parts.len() - 1].iter().rposition(|part| {
        matches!(
            &*part.text,
            "linear-gradient(" | "repeating-linear-gradient("
        )
    }) else {
        return;
    };
    let at = |ahead: usize| {
        parts
            .get(open + ahead)
            .map_or("", |part| part.text.as_str())
    };
    let (length, angle) = match (at(1), at(2), at(3)) {
        ("180deg" | "0.5turn", ",", _) => (2, None),
        ("to", "bottom", ",") => (3, None),
        ("to", "top", ",") => (2, Some("0deg")),
        ("to", "right", ",") => (2, Some("90deg")),
        ("to", "left", ",") => (2, Some("270deg")),
        _ => return,
    };
    let made = angle.map(|angle| Part {
        text: angle.to_owned(),
        space: false,
        plain: true,
    });
    parts.splice(open + 1..open + 1 + length, made);
}
