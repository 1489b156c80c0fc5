//! Selectors and conditions in one canonical spelling.

use super::token::{Kind, Token, tokens, unescape};

/// The selectors of a list, each spelled one way. A list that some engine may not know in full stays one:
/// such an engine drops the rule as a whole. One that is `nested` in a rule may begin with a combinator.
pub(super) fn canonical(list: &str, nested: bool) -> Vec<String> {
    let tokens = tokens(list);
    let mut out = vec![String::new()];
    let mut depth = 0usize;
    let (mut sure, mut strange) = (true, false);
    for (index, token) in tokens.iter().enumerate() {
        let last = out.len() - 1;
        let current = &mut out[last];
        let text = token.text(list);
        match token.kind {
            Kind::Comma if depth == 0 => {
                out.push(String::new());
                continue;
            }
            Kind::Colon => {
                let doubled = tokens.get(index + 1).is_some_and(|t| t.kind == Kind::Colon);
                let old = tokens
                    .get(index + 2)
                    .is_some_and(|t| doubled && is_old_element(t.text(list)));
                if !(doubled && old) {
                    current.push(':');
                }
                if let Some(name) = tokens.get(index + 1).filter(|t| t.kind != Kind::Colon) {
                    sure &= is_known_pseudo(name.text(list));
                }
            }
            Kind::String => {
                current.push('"');
                current.push_str(&unescape(crate::urls::string_inside(token, list)));
                current.push('"');
            }
            // An attribute's value is the same with and without quotes.
            Kind::Ident if is_attribute_value(&tokens, index) => {
                current.push('"');
                current.push_str(&unescape(text));
                current.push('"');
            }
            Kind::Ident | Kind::Function if index > 0 && tokens[index - 1].kind == Kind::Colon => {
                current.push_str(&unescape(text).to_ascii_lowercase());
            }
            Kind::Ident | Kind::Function | Kind::Hash => {
                let mark = if token.kind == Kind::Hash { "#" } else { "" };
                current.push_str(mark);
                current.push('\u{1}');
                current.push_str(&unescape(text.trim_start_matches('#')));
            }
            Kind::Delim(b'*') if is_implied_universal(&tokens, index) => {}
            Kind::Comment => {}
            _ => current.push_str(text),
        }
        if token.opens().is_some() {
            depth += 1;
        } else if token.closes() {
            depth = depth.saturating_sub(1);
        }
        strange |= matches!(
            token.kind,
            Kind::CloseCurly | Kind::Semicolon | Kind::Delim(b'/' | b'|' | b'&')
        );
    }
    for selector in &mut out {
        if nested && selector.starts_with(['>', '+', '~']) {
            selector.insert(0, '&');
            strange = true;
        }
        if !selector.contains(':') {
            continue;
        }
        if selector.contains(":nth-") {
            *selector = with_known_children(selector);
        }
        if selector.contains(":is(") {
            *selector = without_is(selector);
        }
    }
    // An engine that lacks what all of them need drops them together or one by one, which is the same.
    let alike = || {
        let first = needs(&out[0]);
        out.iter().all(|selector| needs(selector) == first)
    };
    if !strange && (sure || alike()) {
        out.sort_unstable();
        out.dedup();
        out
    } else {
        vec![out.join(",")]
    }
}

/// Which child it is, in the words that have them.
fn with_known_children(selector: &str) -> String {
    let mut out = selector.to_owned();
    for (long, short) in [
        (":nth-child(\u{1}odd)", ":nth-child(2n+1)"),
        (":nth-child(\u{1}even)", ":nth-child(2n)"),
        (":nth-of-type(\u{1}odd)", ":nth-of-type(2n+1)"),
        (":nth-of-type(\u{1}even)", ":nth-of-type(2n)"),
        (":nth-child(1)", ":first-child"),
        (":nth-last-child(1)", ":last-child"),
        (":nth-of-type(1)", ":first-of-type"),
        (":nth-last-of-type(1)", ":last-of-type"),
    ] {
        if out.contains(long) {
            out = out.replace(long, short);
        }
    }
    out
}

/// A keyframe's selectors.
pub(super) fn frames(list: &str) -> Vec<String> {
    list.split(',')
        .map(
            |frame| match frame.trim_ascii().to_ascii_lowercase().as_str() {
                "from" => "0%".to_owned(),
                "to" => "100%".to_owned(),
                other => super::number::number(other).0,
            },
        )
        .collect()
}

/// An at-rule's prelude.
pub(super) fn condition(name: &str, prelude: &str) -> String {
    let tokens = tokens(prelude);
    let mut out = String::new();
    for (index, token) in tokens.iter().enumerate() {
        let text = token.text(prelude);
        match token.kind {
            Kind::Comment => {}
            // `0\0` is a hack, not a zero.
            Kind::Dimension if text.contains('\\') => out.push_str(text),
            Kind::Number | Kind::Percentage | Kind::Dimension => {
                let number = super::number::number(text).0;
                // In a query no number stands where a length can.
                let zero = name == "media" && number == "0px";
                out.push_str(if zero { "0" } else { &number });
            }
            Kind::String => {
                out.push_str("url(\"");
                out.push_str(&unescape(crate::urls::string_inside(token, prelude)));
                out.push_str("\")");
            }
            Kind::Url => {
                let inner = text.split_once('(').map_or("", |(_, rest)| rest);
                let inner = inner.strip_suffix(')').unwrap_or(inner);
                out.push_str("url(\"");
                out.push_str(&unescape(crate::urls::trimmed(inner)));
                out.push_str("\")");
            }
            Kind::Function if text.eq_ignore_ascii_case("url(") => {
                // Its string and its `)` are written with the string.
                continue;
            }
            Kind::CloseParen
                if index >= 2
                    && tokens[index - 1].kind == Kind::String
                    && tokens[index - 2].text(prelude).eq_ignore_ascii_case("url(") => {}
            Kind::Ident | Kind::Function if matches!(name, "media") => {
                out.push_str(&text.to_ascii_lowercase());
            }
            _ => out.push_str(text),
        }
    }
    if name == "media" {
        let queries: Vec<&str> = out
            .split(',')
            .map(|query| {
                query
                    .trim_ascii()
                    .strip_prefix("all and ")
                    .unwrap_or(query.trim_ascii())
            })
            .collect();
        return queries.join(",");
    }
    let mut out = out.trim_ascii();
    if name == "supports" {
        // Brackets round the whole say nothing.
        while let Some(inner) = out
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
        {
            let mut depth = 0i32;
            let balanced = inner.bytes().all(|byte| {
                depth += i32::from(byte == b'(') - i32::from(byte == b')');
                depth >= 0
            });
            if !balanced || !inner.starts_with('(') {
                break;
            }
            out = inner;
        }
    }
    out.to_owned()
}

/// `::before` and three others may be written with one colon.
fn is_old_element(name: &str) -> bool {
    ["before", "after", "first-line", "first-letter"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Pseudo-classes and elements that every engine knows, with or without targets.
pub(super) fn is_known_pseudo(name: &str) -> bool {
    matches!(
        &*name.to_ascii_lowercase(),
        "before"
            | "after"
            | "first-line"
            | "first-letter"
            | "hover"
            | "active"
            | "focus"
            | "visited"
            | "link"
            | "target"
            | "first-child"
            | "last-child"
            | "only-child"
            | "first-of-type"
            | "last-of-type"
            | "only-of-type"
            | "checked"
            | "disabled"
            | "enabled"
            | "empty"
            | "root"
            | "not("
            | "nth-child("
            | "nth-last-child("
            | "nth-of-type("
            | "nth-last-of-type("
            | "lang("
            | "valid"
            | "invalid"
            | "required"
            | "optional"
            | "indeterminate"
            | "in-range"
            | "out-of-range"
    )
}

/// `[name=value`, the value a name.
fn is_attribute_value(tokens: &[Token], index: usize) -> bool {
    index >= 2
        && tokens[index - 1].kind == Kind::Delim(b'=')
        && tokens[..index]
            .iter()
            .rev()
            .take(5)
            .any(|token| token.kind == Kind::OpenSquare)
}

/// `*` in front of another part of a compound says nothing.
fn is_implied_universal(tokens: &[Token], index: usize) -> bool {
    let follows = tokens.get(index + 1).is_some_and(|next| {
        matches!(
            next.kind,
            Kind::Colon | Kind::OpenSquare | Kind::Hash | Kind::Delim(b'.')
        )
    });
    let starts = index == 0
        || matches!(
            tokens[index - 1].kind,
            Kind::Whitespace | Kind::Comma | Kind::Function | Kind::Delim(b'>' | b'+' | b'~')
        );
    follows && starts
}

/// `a:is(.b)` is `a.b`: one compound without a type inside is as specific outside.
fn without_is(selector: &str) -> String {
    struct Open {
        /// Where its `:is(` begins in what is written.
        is: Option<usize>,
        /// One compound without a type.
        simple: bool,
    }
    let mut out = String::with_capacity(selector.len());
    let mut open: Vec<Open> = Vec::new();
    for (at, char) in selector.char_indices() {
        match char {
            '(' | '[' => {
                let is = (char == '(' && out.ends_with(":is")).then(|| out.len() - 3);
                let simple = selector[at + 1..].starts_with(['.', '#', '[', ':']);
                open.push(Open { is, simple });
            }
            ')' | ']' => {
                let unwrapped = open
                    .pop()
                    .filter(|open| open.simple && char == ')')
                    .and_then(|open| open.is)
                    .filter(|start| !out[start + 4..].contains("::"));
                if let Some(start) = unwrapped {
                    out.replace_range(start..start + 4, "");
                    continue;
                }
            }
            ',' | ' ' | '>' | '+' | '~' | '"' => {
                if let Some(open) = open.last_mut() {
                    open.simple = false;
                }
            }
            _ => {}
        }
        out.push(char);
    }
    out
}

/// The pseudo-classes and elements in a selector that not every engine knows.
fn needs(selector: &str) -> std::collections::BTreeSet<&str> {
    selector
        .split(':')
        .skip(1)
        .map(|rest| {
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
                .map_or(rest.len(), |at| {
                    at + usize::from(rest[at..].starts_with('('))
                });
            &rest[..end]
        })
        .filter(|name| !name.is_empty() && !is_known_pseudo(name))
        .collect()
}
