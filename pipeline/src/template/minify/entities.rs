//! Character references: the shortest text that stands for the same characters.

use std::borrow::Cow;

use super::references::{LEGACY, NAMED, WINDOWS};

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Between tags, with something behind it that is not known.
    Text,
    /// A whole value of an attribute.
    Value,
}

/// A character, as a browser reads it, and how it was written; `None` for a reference that we leave alone.
#[derive(Clone, Copy)]
struct Char<'a> {
    char: Option<char>,
    source: &'a str,
}

/// Text between tags, with references written as the characters where that is shorter and means the same.
pub(super) fn text(source: &str, utf8: bool) -> Cow<'_, str> {
    if !source.contains('&') {
        return Cow::Borrowed(source);
    }
    let Some(chars) = read(source, Place::Text) else {
        return Cow::Borrowed(source);
    };
    let mut out = String::with_capacity(source.len());
    for (at, char) in chars.iter().enumerate() {
        push(*char, &chars[at + 1..], Place::Text, utf8, &mut out);
    }
    Cow::Owned(out)
}

/// What a browser reads in a value; `None` if that is not certain.
pub(super) fn decoded(source: &str) -> Option<Cow<'_, str>> {
    if !source.contains('&') {
        return Some(Cow::Borrowed(source));
    }
    let chars = read(source, Place::Value)?;
    chars
        .iter()
        .map(|char| char.char)
        .collect::<Option<String>>()
        .map(Cow::Owned)
}

/// The shortest spelling of a value that is not empty: the quotes that it stands in, if any, and what stands between them.
pub(super) fn value(source: &str, utf8: bool) -> (&'static str, Cow<'_, str>) {
    if !source.contains('&') {
        return in_quotes(Cow::Borrowed(source));
    }
    let chars = read(source, Place::Value);
    let Some(chars) = chars else {
        // References without `;`: as written, in quotes that it does not hold.
        let quote = match (source.contains('"'), source.contains('\'')) {
            (false, _) => "\"",
            (true, false) => "'",
            (true, true) => "",
        };
        return (quote, Cow::Borrowed(source));
    };
    let mut plain = String::with_capacity(source.len() + 3);
    for (at, char) in chars.iter().enumerate() {
        push(*char, &chars[at + 1..], Place::Value, utf8, &mut plain);
    }
    in_quotes(Cow::Owned(plain))
}

/// What a value without quotes cannot hold, by the byte (HTML §13.1.2.3).
static NEEDS_QUOTES: [bool; 256] = {
    let mut needs = [false; 256];
    let mut at = 0;
    while at < 11 {
        needs[b" \t\n\x0c\r\"'`=<>"[at] as usize] = true;
        at += 1;
    }
    needs
};

/// The quotes that a value needs.
fn in_quotes(plain: Cow<'_, str>) -> (&'static str, Cow<'_, str>) {
    let bytes = plain.as_bytes();
    if !bytes.iter().any(|byte| NEEDS_QUOTES[usize::from(*byte)]) {
        return ("", plain);
    }
    let count = |quote| memchr::memchr_iter(quote, bytes).count();
    let double = count(b'"');
    let single = if double == 0 { 0 } else { count(b'\'') };
    match (double, single) {
        (0, _) => ("\"", plain),
        (_, 0) => ("'", plain),
        _ if single < double => ("'", Cow::Owned(plain.replace('\'', "&#39;"))),
        _ => ("\"", Cow::Owned(plain.replace('"', "&#34;"))),
    }
}

/// Text for a value, from what a browser is to read.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            char => out.push(char),
        }
    }
    out
}

fn push(char: Char<'_>, after: &[Char<'_>], place: Place, utf8: bool, out: &mut String) {
    let Some(c) = char.char else {
        out.push_str(char.source);
        return;
    };
    match c {
        '&' => match is_plain_ampersand(after, place) {
            Some(true) => out.push('&'),
            Some(false) => out.push_str("&amp;"),
            None => out.push_str(char.source),
        },
        '<' if place == Place::Text => match after.first() {
            Some(next)
                if next.char.is_some_and(|next| {
                    !next.is_ascii_alphabetic()
                        && !next.is_ascii_whitespace()
                        && !matches!(next, '/' | '!' | '?')
                }) =>
            {
                out.push('<');
            }
            Some(Char {
                char: Some(next), ..
            }) if char.source == "<" && next.is_ascii_whitespace() => out.push('<'),
            None if char.source == "<" => out.push('<'),
            _ => out.push_str("&lt;"),
        },
        c if char.source.starts_with('&') && !(may_be_written(c) && (utf8 || c.is_ascii())) => {
            out.push_str(char.source);
        }
        c => out.push(c),
    }
}

/// Whether a character means the same as a reference to it, and an editor would show it.
fn may_be_written(c: char) -> bool {
    !c.is_control()
        && c != ' '
        && !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether a `&` before these characters begins no reference; `None` if that hangs on what stands behind the text.
fn is_plain_ampersand(after: &[Char<'_>], place: Place) -> Option<bool> {
    let mut run = String::new();
    let mut end = None;
    for char in after {
        match char.char {
            Some(c) if c.is_ascii_alphanumeric() => run.push(c),
            // A reference that stays begins with a `&`.
            other => {
                end = Some(other.unwrap_or('&'));
                break;
            }
        }
    }
    if run.is_empty() {
        return match (end, place) {
            (Some('#'), _) => Some(false),
            (Some(_), _) | (None, Place::Value) => Some(true),
            (None, Place::Text) => None,
        };
    }
    if end.is_none() && place == Place::Text {
        return None;
    }
    if end == Some(';') {
        return Some(false);
    }
    Some(match place {
        Place::Text => !LEGACY.iter().any(|name| run.starts_with(name)),
        // Before a letter, digit or `=` a name without `;` is none.
        Place::Value => end == Some('=') || LEGACY.binary_search(&run.as_str()).is_err(),
    })
}

/// The characters of a text. `None` if a reference has no `;`: then what it takes in hangs on what follows.
fn read(source: &str, place: Place) -> Option<Vec<Char<'_>>> {
    let mut chars = Vec::with_capacity(source.len());
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        let (char, length) = match c {
            '&' => reference(rest, place)?,
            c => (Some(c), c.len_utf8()),
        };
        chars.push(Char {
            char,
            source: &rest[..length],
        });
        at += length;
    }
    Some(chars)
}

/// The reference at the start, or the `&` alone, with its length.
fn reference(rest: &str, place: Place) -> Option<(Option<char>, usize)> {
    if let Some(number) = rest.strip_prefix("&#") {
        let (digits, radix, prefix) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16, 3),
            None => (number, 10, 2),
        };
        let length = digits
            .find(|c: char| !c.is_digit(radix))
            .unwrap_or(digits.len());
        if length == 0 {
            return Some((Some('&'), 1));
        }
        if !digits[length..].starts_with(';') {
            return None;
        }
        let char = u32::from_str_radix(&digits[..length], radix)
            .ok()
            .and_then(numbered);
        return Some((char, prefix + length + 1));
    }
    let name = &rest[1..];
    let length = name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    let (name, after) = name.split_at(length);
    if after.starts_with(';') {
        if let Ok(at) = NAMED.binary_search_by(|(known, _)| (*known).cmp(name)) {
            return Some((Some(NAMED[at].1), length + 2));
        }
        // A name that we do not know, perhaps with one at its start that needs no `;`.
        return Some((None, length + 2))
            .filter(|_| length > 0)
            .or(Some((Some('&'), 1)));
    }
    let begins = match place {
        Place::Text => LEGACY.iter().any(|known| name.starts_with(known)),
        Place::Value => LEGACY.binary_search(&name).is_ok() && !after.starts_with('='),
    };
    match begins {
        true => None,
        false => Some((Some('&'), 1)),
    }
}

fn numbered(number: u32) -> Option<char> {
    let number = match number {
        0x80..=0x9f => WINDOWS[number as usize - 0x80],
        number => number,
    };
    char::from_u32(number).filter(|c| *c != '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(NAMED.is_sorted());
        assert!(LEGACY.is_sorted());
    }

    #[test]
    fn text_means_the_same() {
        for (given, wanted) in [
            ("a &lt; b &gt; c", "a &lt; b > c"),
            ("Option&lt;&amp;&lt;I&gt;&gt;", "Option<&&lt;I>>"),
            ("&amp;lt; &amp;amp; &amp;x", "&amp;lt; &amp;amp; &amp;x"),
            ("a &amp; b &amp;x y", "a & b &x y"),
            ("&amp;copy 1 &notit; &copy 1", "&amp;copy 1 &notit; &copy 1"),
            ("&amp;copy 1 &quot;", "&amp;copy 1 \""),
            ("&#128;&mdash;&nbsp;", "\u{20ac}\u{2014}\u{a0}"),
            ("&#32;&#13;&shy;&unknown;", "&#32;&#13;&shy;&unknown;"),
            ("&&#97;mp;", "&amp;amp;"),
            ("<&#98;>", "&lt;b>"),
            ("AT&amp;T", "AT&amp;T"),
            ("AT&amp;T.", "AT&T."),
            ("&amp;", "&amp;"),
            ("&#x3C;3", "<3"),
        ] {
            assert_eq!(text(given, true), wanted, "{given}");
        }
        assert_eq!(text("&copy;&quot;", false), "&copy;\"");
    }

    #[test]
    fn values_mean_the_same() {
        for (given, wanted) in [
            ("a", "=a"),
            ("a/", "=a/"),
            ("a b", "=\"a b\""),
            ("a\"b", "='a\"b'"),
            ("a&quot;b'c", "=\"a&#34;b'c\""),
            ("?a=1&amp;b=2", "=\"?a=1&b=2\""),
            ("?a&amp;copy=2&amp;lt=3", "=\"?a&copy=2&lt=3\""),
            ("a&amp;copy", "=a&amp;copy"),
            ("a&copy", "=\"a&copy\""),
            ("a&#10;b", "=a&#10;b"),
            ("&lt;p&gt;", "=\"<p>\""),
        ] {
            let (quote, text) = value(given, true);
            assert_eq!(format!("={quote}{text}{quote}"), wanted, "{given}");
        }
    }
}
