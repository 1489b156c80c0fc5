use super::token::{Kind, tokens};
use crate::encode::Weight;

/// The sheet with the characters of strings as escapes, where that is lighter.
pub(crate) fn lighter(text: String, keep: char, weight: Weight) -> String {
    match ascii(&text, keep) {
        Some(escaped) if weight.rough(&escaped) < weight.rough(&text) => escaped,
        _ => text,
    }
}

/// The sheet with the characters of strings written as escapes (`"\e170"`), or `None` if none is beyond ASCII.
///
/// The same text to a browser. A font's icons, which differ in one hex digit each, compress better so.
fn ascii(text: &str, keep: char) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    for token in tokens(text) {
        let shown = token.text(text);
        if token.kind != Kind::String || shown.is_ascii() || shown.contains(keep) {
            out.push_str(shown);
            continue;
        }
        changed = true;
        let mut chars = shown.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                // A backslash in front would take the escape's own.
                '\\' => {
                    out.push('\\');
                    out.extend(chars.next());
                }
                char if char.is_ascii() => out.push(char),
                char => {
                    out.push_str(&format!("\\{:x}", u32::from(char)));
                    // What could be read as a further digit, or as the space that ends an escape, is kept apart.
                    if chars
                        .peek()
                        .is_some_and(|next| next.is_ascii_hexdigit() || next.is_ascii_whitespace())
                    {
                        out.push(' ');
                    }
                }
            }
        }
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_strings_become_escapes() {
        for (text, want) in [
            ("a{content:\"\u{e170}\"}", Some("a{content:\"\\e170\"}")),
            (
                "a{content:\"\u{e9}a\u{e9} \u{e9}x\"}",
                Some("a{content:\"\\e9 a\\e9  \\e9x\"}"),
            ),
            (
                "a{content:\"\u{e9}\u{e9}\"}",
                Some("a{content:\"\\e9\\e9\"}"),
            ),
            ("a{content:\"\\\u{e9}\"}", Some("a{content:\"\\\u{e9}\"}")),
            ("a{content:\"x\"}.\u{e9}{}", None),
            ("a{b:url(\"!\u{e9}\")}", None),
        ] {
            assert_eq!(ascii(text, '!').as_deref(), want, "{text}");
        }
    }
}
