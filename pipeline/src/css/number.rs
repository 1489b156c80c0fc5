//! Numbers in one spelling.

use super::token::unescape;

/// A number with its unit in canonical spelling.
pub(super) fn number(written: &str) -> (String, bool) {
    let (value, unit, plain) = number_parts(written);
    (value + &unit, plain)
}

/// The length of a number without its unit.
pub(super) fn digits(written: &str) -> usize {
    let bytes = written.as_bytes();
    let mut end = 0;
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    if matches!(bytes.first(), Some(b'+' | b'-')) {
        end += 1;
    }
    while digit(end) {
        end += 1;
    }
    if bytes.get(end) == Some(&b'.') && digit(end + 1) {
        end += 1;
        while digit(end) {
            end += 1;
        }
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digit(end + 1 + sign) {
            end += 1 + sign;
            while digit(end) {
                end += 1;
            }
        }
    }
    end
}

pub(super) fn number_parts(written: &str) -> (String, String, bool) {
    let (digits, unit) = written.split_at(digits(written));
    let unit = unescape(unit).to_ascii_lowercase();
    let mut value = canonical_number(digits);
    let mut unit = unit;
    if unit == "s"
        && let Ok(seconds) = value.parse::<f64>()
    {
        value = round(seconds * 1000.0);
        unit = "ms".to_owned();
    }
    let plain = matches!(
        &*unit,
        "" | "%" | "px" | "em" | "ex" | "pt" | "pc" | "cm" | "mm" | "in" | "rem" | "ms" | "deg"
    );
    (value, unit, plain)
}

fn canonical_number(digits: &str) -> String {
    let unsigned = digits.trim_start_matches(['+', '-']);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let trimmed = unsigned.trim_start_matches('0');
        return match (trimmed, digits.starts_with('-')) {
            ("", _) => "0".to_owned(),
            (_, true) => format!("-{trimmed}"),
            (_, false) => trimmed.to_owned(),
        };
    }
    digits
        .parse::<f64>()
        .map_or_else(|_| digits.to_owned(), round)
}

/// The shortest spelling of what engines keep of it: they hold lengths, percentages and factors in single precision.
pub(super) fn round(value: f64) -> String {
    match value.fract() == 0.0 && value.abs() < 1e9 {
        // Not a negative zero.
        true => format!("{}", value + 0.0),
        false => format!("{}", value as f32),
    }
}
