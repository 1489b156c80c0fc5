//! Sums and gradients whose spelling says more than it has to.

use super::number::{number_parts, round};
use super::value::Part;

/// Replaces a just closed `calc()`, or brackets inside one, by the sum or product of its constants.
pub(super) fn evaluate(parts: &mut Vec<Part>) {
    let Some(open) = parts[..parts.len() - 1]
        .iter()
        .rposition(|part| part.text.ends_with('('))
    else {
        return;
    };
    let outer = match &*parts[open].text {
        "calc(" => true,
        "(" => false,
        _ => return,
    };
    let inside = &parts[open + 1..parts.len() - 1];
    let split = |part: &Part| {
        let (value, unit, _) = number_parts(&part.text);
        let starts = part
            .text
            .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'));
        value
            .parse::<f64>()
            .ok()
            .filter(|_| starts)
            .map(|value| (value, unit))
    };
    // A sum of products: operators and operands take turns.
    let mut terms: Vec<(f64, String)> = Vec::new();
    let mut operator = "+";
    for (index, part) in inside.iter().enumerate() {
        if index % 2 == 1 {
            operator = &part.text;
            if !matches!(operator, "+" | "-" | "*" | "/") {
                return;
            }
            continue;
        }
        let Some((value, unit)) = split(part) else {
            return;
        };
        match (operator, terms.last_mut()) {
            ("+", _) => terms.push((value, unit)),
            ("-", _) => terms.push((-value, unit)),
            ("*", Some(last)) if unit.is_empty() => last.0 *= value,
            ("*", Some(last)) if last.1.is_empty() => *last = (last.0 * value, unit),
            ("/", Some(last)) if unit.is_empty() && value != 0.0 => last.0 /= value,
            _ => return,
        }
    }
    let mut sums = std::collections::BTreeMap::new();
    for (value, unit) in terms {
        *sums.entry(unit).or_insert(0.0) += value;
    }
    let space = parts[open].space;
    let mut made: Vec<Part> = Vec::new();
    let single = sums.len() == 1;
    for (unit, value) in sums {
        if !made.is_empty() {
            made.push(Part {
                text: "+".to_owned(),
                space: true,
                plain: false,
            });
        }
        let sign = !made.is_empty();
        made.push(Part {
            text: round(value) + &unit,
            space: sign,
            plain: single,
        });
    }
    if single {
        made[0].space = space;
        made[0].plain = outer;
        parts.truncate(open);
        parts.append(&mut made);
    } else if outer {
        let close = parts[parts.len() - 1].clone();
        parts.truncate(open + 1);
        parts.append(&mut made);
        parts.push(close);
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
