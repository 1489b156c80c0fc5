use std::str::FromStr;
use std::sync::Arc;

use crushed_manifest::{Kind, Mode};
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use crate::diagnostic::SourceText;

/// A macro call in Rust code that names sources.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum MacroCall {
    /// `asset!("img/mark.jpg")`
    Asset(String),
    /// The same in a template, where a page loads what it names as a module: `<script type=module src="{{ asset!("js/app.js") }}">`
    Module(String),
    /// `compress!(css, inline, name, "css/app.css")`
    Compress {
        kind: Kind,
        mode: Mode,
        name: Option<String>,
        sources: Vec<String>,
    },
}

/// The `asset!` and `compress!` calls of a Rust file whose arguments are literal.
///
/// A call that cannot be read, and a file that does not lex, are passed over: the macro itself and the compiler report
/// them at their place.
pub(crate) fn scan(file: &Arc<SourceText>) -> Vec<MacroCall> {
    let mut calls = Vec::new();
    // A cheap look first: most files hold neither word, and lexing costs more than searching.
    if (file.text.contains("asset!") || file.text.contains("compress!"))
        && let Ok(tokens) = TokenStream::from_str(&file.text)
    {
        search(tokens, &mut calls);
    }
    calls
}

/// The blocks that are rendered alone, by `block = "name"` in an attribute.
pub(crate) fn fragments(file: &Arc<SourceText>) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in file.text.match_indices("block") {
        let rest = file.text[at + "block".len()..].trim_start();
        let value = rest.strip_prefix('=').map(str::trim_start);
        if let Some((name, _)) = value
            .and_then(|value| value.strip_prefix('"'))
            .and_then(|value| value.split_once('"'))
        {
            names.push(name.to_owned());
        }
    }
    names
}

fn search(tokens: TokenStream, calls: &mut Vec<MacroCall>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            continue;
        };
        let name = index
            .checked_sub(2)
            .and_then(|at| match (&tokens[at], &tokens[at + 1]) {
                (TokenTree::Ident(name), TokenTree::Punct(bang))
                    if bang.as_char() == '!' && bang.spacing() == Spacing::Alone =>
                {
                    Some(name.to_string())
                }
                _ => None,
            });
        match name.as_deref().and_then(|name| call(name, group)) {
            Some(call) => calls.push(call),
            None => search(group.stream(), calls),
        }
    }
}

fn call(name: &str, group: &Group) -> Option<MacroCall> {
    if group.delimiter() == Delimiter::None {
        return None;
    }
    let arguments = arguments(group.stream())?;
    match name {
        "asset" => match arguments.as_slice() {
            [Argument::Text(source)] => Some(MacroCall::Asset(source.clone())),
            _ => None,
        },
        "compress" => compress(&arguments),
        _ => None,
    }
}

/// Parses a call that stands in a template's expression, `asset!("img/mark.jpg")`; a path in front is allowed.
pub(crate) fn parse_call(expression: &str) -> Option<MacroCall> {
    let (path, _) = expression.split_once('!')?;
    let name = path.rsplit("::").next()?.trim();
    if !matches!(name, "asset" | "compress") {
        return None;
    }
    let tokens: Vec<TokenTree> = TokenStream::from_str(expression)
        .ok()?
        .into_iter()
        .collect();
    match tokens.as_slice() {
        [
            ..,
            TokenTree::Ident(ident),
            TokenTree::Punct(bang),
            TokenTree::Group(group),
        ] if bang.as_char() == '!'
            && ident == name
            && tokens[..tokens.len() - 3].iter().all(|token| {
                matches!(token, TokenTree::Ident(_))
                    || matches!(token, TokenTree::Punct(p) if p.as_char() == ':')
            }) =>
        {
            call(name, group)
        }
        _ => None,
    }
}

enum Argument {
    Word(String),
    Text(String),
}

/// Comma-separated words and string literals; `None` if there is anything else.
fn arguments(tokens: TokenStream) -> Option<Vec<Argument>> {
    let mut arguments = Vec::new();
    let mut after_comma = true;
    for token in tokens {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' && !after_comma => after_comma = true,
            TokenTree::Ident(word) if after_comma => {
                arguments.push(Argument::Word(word.to_string()));
                after_comma = false;
            }
            TokenTree::Literal(literal) if after_comma => {
                let literal = litrs::StringLit::parse(literal.to_string()).ok()?;
                arguments.push(Argument::Text(literal.value().to_owned()));
                after_comma = false;
            }
            // A literal that came through a macro's `$x:literal` is wrapped in an invisible group.
            TokenTree::Group(group) if group.delimiter() == Delimiter::None && after_comma => {
                arguments.extend(self::arguments(group.stream())?);
                after_comma = false;
            }
            _ => return None,
        }
    }
    Some(arguments)
}

fn compress(arguments: &[Argument]) -> Option<MacroCall> {
    let (words, texts): (Vec<_>, Vec<_>) = arguments
        .iter()
        .partition(|argument| matches!(argument, Argument::Word(_)));
    let mut words = words.into_iter().filter_map(|argument| match argument {
        Argument::Word(word) => Some(word.as_str()),
        Argument::Text(_) => None,
    });
    let kind: Kind = words.next()?.parse().ok()?;
    let mode_word = words.next();
    let (mode, name) = match mode_word.map(str::parse::<Mode>) {
        None => (Mode::default(), None),
        Some(Ok(mode)) => (mode, words.next()),
        Some(Err(_)) => return None,
    };
    let sources = texts
        .into_iter()
        .filter_map(|argument| match argument {
            Argument::Text(text) => Some(text.clone()),
            Argument::Word(_) => None,
        })
        .collect();
    Some(MacroCall::Compress {
        kind,
        mode,
        name: name.map(str::to_owned),
        sources,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(text: &str) -> Vec<MacroCall> {
        scan(&SourceText::new("a.rs", text))
    }

    fn asset(path: &str) -> MacroCall {
        MacroCall::Asset(path.to_owned())
    }

    #[test]
    fn finds_calls_wherever_they_stand_but_not_in_comments_and_strings() {
        assert_eq!(
            calls(
                "fn f() { g(asset!(\"a.png\")); html! { img src=(crushed::asset!(r\"b.png\")); } }\n\
                 // asset!(\"c.png\")\nconst S: &str = \"asset!(\\\"d.png\\\")\";\nmacro_rules! m { ($p:expr) => { asset!($p) } }"
            ),
            [asset("a.png"), asset("b.png")]
        );
    }

    #[test]
    fn finds_blocks_that_are_rendered_alone() {
        let file = SourceText::new(
            "a.rs",
            "#[template(path = \"a.html\", block = \"rows\")] // block = x",
        );
        assert_eq!(fragments(&file), ["rows"]);
    }

    #[test]
    fn reads_kind_mode_name_and_sources() {
        assert_eq!(
            calls("let x = compress!(css, inline, print, \"a.css\", \"b.css\",);"),
            [MacroCall::Compress {
                kind: Kind::Css,
                mode: Mode::Inline,
                name: Some("print".into()),
                sources: vec!["a.css".into(), "b.css".into()],
            }]
        );
        assert_eq!(
            calls("compress!(pony, \"a\"); compress!(css, foo, \"a\")"),
            []
        );
    }

    #[test]
    fn a_call_in_a_template_must_be_the_whole_expression() {
        assert_eq!(parse_call("asset!(\"a.png\")"), Some(asset("a.png")));
        assert_eq!(
            parse_call("crushed::asset!(\"a.png\")"),
            Some(asset("a.png"))
        );
        assert_eq!(parse_call("asset!(\"a.png\").integrity"), None);
        assert_eq!(parse_call("f(asset!(\"a.png\"))"), None);
        assert_eq!(parse_call("asset!(name)"), None);
        assert_eq!(parse_call("name"), None);
    }
}
