//! What of a sheet an engine may complain about. It is asked for its warnings alone, and reads the rest for nothing.

use super::read::is_group;
use super::token::{Kind, Token};
use super::tree::{Item, Tree, What};

/// The sheet with blanks for the declarations that no engine complains about, and next to nothing for such rules. All else
/// has its place.
pub(super) fn doubtful(tree: &Tree<'_>) -> String {
    let mut out = tree.text.as_bytes().to_vec();
    let mut begun = false;
    blank_out(tree, &tree.items, &mut |item| {
        let blank = &mut out[tree.start(item)..tree.end(item)];
        for byte in &mut *blank {
            if !matches!(byte, b'\n' | b'\r' | 0x0c) {
                *byte = b' ';
            }
        }
        if item.what == What::Rule && !begun {
            // An `@import` behind a rule is late: one rule is enough for that.
            blank[..3].copy_from_slice(b"a{}");
            begun = true;
        }
    });
    // What is blank is ASCII.
    String::from_utf8(out).unwrap_or_else(|_| tree.text.to_owned())
}

/// Calls `blank` for each such item, in order.
fn blank_out(tree: &Tree<'_>, items: &[Item], blank: &mut impl FnMut(&Item)) {
    for item in items {
        let sound = |child: &Item| matches!(child.what, What::Declaration(colon) if is_sound(tree, child, colon));
        // Columns count characters in UTF-16.
        let ascii = |item: &Item| tree.text_of(&item.tokens).is_ascii();
        if item.what == What::Rule
            && item.children.iter().all(sound)
            && is_plain(&tree.tokens[item.head.clone()], tree.text)
            && tree.tokens[item.tokens.end - 1].kind == Kind::CloseCurly
            && ascii(item)
        {
            blank(item);
            continue;
        }
        // The rules of others, such as keyframes, have selectors of their own.
        if matches!(&item.what, What::At(name) if !is_group(name)) {
            continue;
        }
        for child in &item.children {
            match item.what == What::Rule && sound(child) && ascii(child) {
                true => blank(child),
                false => blank_out(tree, std::slice::from_ref(child), blank),
            }
        }
    }
}

/// Whether a selector is made of names, classes, ids and well-known pseudo-classes only.
fn is_plain(tokens: &[Token], text: &str) -> bool {
    is_plain_list(tokens, text, false)
}

/// `inner`: in the brackets of a pseudo-class, where no pseudo-element stands.
fn is_plain_list(mut tokens: &[Token], text: &str, inner: bool) -> bool {
    /// What was read of a complex selector.
    #[derive(Clone, Copy, PartialEq)]
    enum Read {
        Nothing,
        Compound,
        /// A compound and white space.
        Ended,
    }
    let mut read = Read::Nothing;
    while let [token, rest @ ..] = tokens {
        let name = token.text(text);
        let next = rest.first().filter(|next| next.kind == Kind::Ident);
        tokens = rest;
        read = match token.kind {
            Kind::Whitespace if read == Read::Nothing => read,
            Kind::Whitespace => Read::Ended,
            Kind::Comma | Kind::Delim(b'>' | b'+' | b'~') if read != Read::Nothing => {
                // What follows must be something, which the end of the list is not.
                if rest.iter().all(Token::is_blank) {
                    return false;
                }
                Read::Nothing
            }
            Kind::Ident | Kind::Delim(b'*') if read != Read::Compound => Read::Compound,
            Kind::Hash if name.as_bytes()[1].is_ascii_alphabetic() => Read::Compound,
            Kind::Delim(b'.') if next.is_some() => {
                tokens = &rest[1..];
                Read::Compound
            }
            Kind::Colon if next.is_some_and(|next| is_common(next.text(text))) => {
                tokens = &rest[1..];
                Read::Compound
            }
            Kind::Colon if rest.first().is_some_and(|next| next.kind == Kind::Function) => {
                let Some(behind) = function(rest, text) else {
                    return false;
                };
                tokens = behind;
                Read::Compound
            }
            Kind::Colon if !inner && is_element(rest, text) => {
                tokens = &rest[1 + usize::from(next.is_none())..];
                Read::Ended
            }
            Kind::OpenSquare if next.is_some() => match attribute(rest) {
                Some(behind) => {
                    tokens = behind;
                    Read::Compound
                }
                None => return false,
            },
            _ => return false,
        };
    }
    read != Read::Nothing
}

fn is_common(pseudo_class: &str) -> bool {
    matches!(
        pseudo_class,
        "hover"
            | "focus"
            | "active"
            | "visited"
            | "disabled"
            | "checked"
            | "empty"
            | "first-child"
            | "last-child"
            | "first-of-type"
            | "last-of-type"
            | "focus-visible"
            | "focus-within"
            | "root"
            | "link"
            | "enabled"
            | "required"
            | "optional"
            | "valid"
            | "invalid"
            | "indeterminate"
            | "target"
            | "only-child"
            | "only-of-type"
    )
}

/// What follows the brackets of a pseudo-class that holds plain selectors or says which child it is.
fn function<'a>(tokens: &'a [Token], text: &str) -> Option<&'a [Token]> {
    let (name, rest) = tokens.split_first()?;
    // None that holds others, or that nothing ends.
    let end = rest.iter().position(|token| {
        matches!(token.kind, Kind::CloseParen | Kind::CloseCurly)
            || token.opens().is_some() && token.kind != Kind::OpenSquare
    })?;
    let (inside, behind) = rest.split_at(end);
    let (close, behind) = behind.split_first()?;
    let sound = match name.text(text) {
        "not(" | "is(" | "where(" => is_plain_list(inside, text, true),
        "nth-child(" | "nth-last-child(" | "nth-of-type(" | "nth-last-of-type(" => match inside {
            [one] if one.kind == Kind::Ident => matches!(one.text(text), "odd" | "even"),
            [one] => one.kind == Kind::Number && one.text(text).bytes().all(|b| b.is_ascii_digit()),
            _ => false,
        },
        _ => false,
    };
    (sound && close.kind == Kind::CloseParen).then_some(behind)
}

/// Whether a colon is that of a pseudo-element at the end of its selector, with one more or none.
fn is_element(behind: &[Token], text: &str) -> bool {
    let behind = match behind {
        [colon, rest @ ..] if colon.kind == Kind::Colon => rest,
        _ => behind,
    };
    let [name, rest @ ..] = behind else {
        return false;
    };
    let next = rest.iter().find(|token| !token.is_blank());
    name.kind == Kind::Ident
        && (matches!(name.text(text), "before" | "after" | "placeholder" | "selection")
            // What one vendor alone knows.
            || name.text(text).starts_with("-webkit-") || name.text(text).starts_with("-moz-"))
        && next.is_none_or(|next| next.kind == Kind::Comma)
}

/// What follows `name]` or `name="value"]`.
fn attribute(tokens: &[Token]) -> Option<&[Token]> {
    match tokens {
        [_, close, rest @ ..] if close.kind == Kind::CloseSquare => Some(rest),
        [_, mark, equals, value, close, rest @ ..]
            if matches!(mark.kind, Kind::Delim(b'*' | b'^' | b'$' | b'~' | b'|'))
                && equals.kind == Kind::Delim(b'=')
                && matches!(value.kind, Kind::String | Kind::Ident)
                && close.kind == Kind::CloseSquare =>
        {
            Some(rest)
        }
        [_, equals, value, close, rest @ ..]
            if equals.kind == Kind::Delim(b'=')
                && matches!(value.kind, Kind::String | Kind::Ident)
                && close.kind == Kind::CloseSquare =>
        {
            Some(rest)
        }
        _ => None,
    }
}

fn is_sound(tree: &Tree<'_>, item: &Item, colon: usize) -> bool {
    let values = &tree.tokens[colon + 1..item.head.end];
    let text = |token: &Token| token.text(tree.text);
    let value = match values {
        [value @ .., bang, word]
            if bang.kind == Kind::Delim(b'!') && text(word).eq_ignore_ascii_case("important") =>
        {
            value
        }
        value => value,
    };
    let mut depth = 0;
    let sound = value.iter().enumerate().all(|(at, token)| match token.kind {
        Kind::Ident
        | Kind::Hash
        | Kind::Number
        | Kind::Percentage
        | Kind::Dimension
        | Kind::Comma
        | Kind::Whitespace
        | Kind::Delim(b'/') => true,
        Kind::String | Kind::Url => !token.open,
        Kind::Delim(b'+' | b'-' | b'*') => depth > 0,
        Kind::Function => {
            depth += 1;
            is_simple(text(token))
                || matches!(value.get(at + 1), Some(name) if text(token) == "var(" && text(name).starts_with("--"))
        }
        Kind::CloseParen => {
            depth -= 1;
            depth >= 0
        }
        _ => false,
    });
    sound && depth == 0 && value.iter().any(|token| !token.is_blank())
}

/// Functions that an engine takes with any arguments.
fn is_simple(function: &str) -> bool {
    matches!(
        function,
        "rgb("
            | "rgba("
            | "hsl("
            | "hsla("
            | "url("
            | "rotate("
            | "scale("
            | "translate("
            | "translateX("
            | "translateY("
            | "translate3d("
            | "calc("
            | "cubic-bezier("
            | "linear-gradient("
            | "radial-gradient("
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_wrong_is_blank() {
        for (text, want) in [
            ("a.b > #c,d:hover{e:f}g", "a{} g"),
            ("a{\n b: 1px !important;\n}", "a{}"),
            ("a:foo{b:c}", "a:foo{ }"),
            ("a{b:c;d:(}", "a{ d:(}"),
            ("a,{b:c}", "a,{ }"),
            ("a>{b:c}", "a>{ }"),
            ("a . b{b:c}", "a . b{ }"),
            ("#1{b:c}", "#1{ }"),
            ("a{b:\u{e9};c:d}", "a{b:\u{e9}; }"),
            ("a{b:c", "a{"),
            ("@media x{a{b:c}}", "@media x{a{} }"),
            ("a{b:c}d{e:f}@media x{a{b:c}}", "a{} @media x{ }"),
            ("a:not(.b):nth-child(2):is(c,d e){f:g}", "a{}"),
            ("a:not(b::before){c:d}", "a:not(b::before){ }"),
            ("a:not(b:not(c)){d:e}", "a:not(b:not(c)){ }"),
            ("a:nth-child(2n + b){c:d}", "a:nth-child(2n + b){ }"),
            ("a:not(){b:c}", "a:not(){ }"),
            ("a:not([b],[c='d']){e:f}", "a{}"),
            ("a:not([b){c:d}", "a:not([b){c:d}"),
            ("a::-webkit-b,c:-moz-d{e:calc(1px + 2px)}", "a{}"),
            ("a{b:1px + 2px}", "a{b:1px + 2px}"),
            ("@keyframes a{from{b:c}}", "@keyframes a{from{b:c}}"),
            ("a[b='c'][d]::after,e:before{f:g}", "a{}"),
            ("a::before.b{c:d}", "a::before.b{ }"),
            ("a{b:rgb(0,0,0) var(--c,d)}", "a{}"),
            ("a{b:var(c)}", "a{b:var(c)}"),
            ("@font-face{b:c}", "@font-face{b:c}"),
            ("a{b:;c:}", "a{b:;c:}"),
            ("a{b:c;&:hover{d:e}}", "a{ &:hover{ }}"),
        ] {
            let made = doubtful(&Tree::parse(text).unwrap());
            let words: Vec<&str> = made.split_ascii_whitespace().collect();
            assert_eq!(words.join(" "), want, "{text}");
            assert_eq!(made.len(), text.len(), "{text}");
        }
    }
}
