//! Scripts and styles that no stage has read, by their tokens: how much white space stands between two of them does not
//! count, nor do comments; that there is some counts, and whether a line ends there (ECMA-262 §12.10).

use super::super::script::{Gap, Reader};
use super::plan::VALUES;
use crate::css::token::{Kind, tokens};
use crate::js::{self, Goal};

/// Writes a script.
pub(super) fn push_script(script: &str, goal: Goal, out: &mut String) {
    // The white space of a template literal counts, and where one begins and ends a parser knows best.
    if script.contains('`') {
        // A template may be a module whose tag is not in it.
        let print =
            |script: &str| js::printed(script, goal).or_else(|| js::printed(script, Goal::Module));
        // What stands for an expression can be read as one at least as a name.
        let named = || {
            VALUES[1..]
                .iter()
                .fold(script.to_owned(), |text, value| text.replace(value, "_"))
        };
        if let Some(printed) = print(script).or_else(|| print(&named())) {
            return out.push_str(&printed);
        }
    }
    let mut reader = Reader::new(script);
    let begun = out.len();
    while let Some((gap, token)) = reader.next() {
        match gap {
            _ if out.len() == begun => {}
            Gap::None => {}
            Gap::Space => out.push(' '),
            Gap::Break => out.push('\n'),
        }
        out.push_str(token);
    }
}

/// Writes a stylesheet.
pub(super) fn push_style(style: &str, out: &mut String) {
    let tokens = tokens(style);
    let is_custom = |pair: &[usize]| {
        tokens[pair[0]].kind == Kind::Ident
            && tokens[pair[0]].text(style).starts_with("--")
            && tokens[pair[1]].kind == Kind::Colon
    };
    let seen: Vec<usize> = (0..tokens.len())
        .filter(|at| !tokens[*at].is_blank())
        .collect();
    // What a custom property holds is a text.
    if seen.windows(2).any(is_custom) {
        return out.push_str(style.trim_ascii());
    }
    let parts = |kind| {
        matches!(
            kind,
            Kind::OpenCurly | Kind::CloseCurly | Kind::Semicolon | Kind::Comma
        )
    };
    let mut before: Option<usize> = None;
    for at in seen {
        if let Some(before) = before {
            let between = &tokens[before + 1..at];
            let spaced = between.iter().any(|token| token.kind == Kind::Whitespace);
            if spaced && !parts(tokens[before].kind) && !parts(tokens[at].kind) {
                out.push(' ');
            } else if !spaced && !between.is_empty() {
                out.push_str("/**/");
            }
        }
        out.push_str(tokens[at].text(style));
        before = Some(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(push: fn(&str, &mut String), text: &str) -> String {
        let mut out = String::new();
        push(text, &mut out);
        out
    }

    fn script(text: &str, out: &mut String) {
        push_script(text, Goal::Script, out);
    }

    #[test]
    fn scripts_by_their_tokens() {
        for (one, two) in [
            ("\n  a()\n\n  b() ", "a()\nb()"),
            ("a() // b\nc()", "a()\nc()"),
            ("a /* b */ c", "a c"),
            ("a /* b\n */ c", "a\nc"),
            ("if (a) /\"/.test(b) // c", "if (a) /\"/.test(b)"),
            ("a = b / c // '\n/ d", "a = b / c\n/ d"),
            ("  a(`\n  b`)\n\n  c() // d", "a(`\n  b`)\nc()"),
            ("import a from 'b'\n  c(`\n`)", "import a from 'b'\nc(`\n`)"),
            ("a = ;\n\n  b(`c`)", "a = ;\nb(`c`)"),
            (
                "a = <p> c\u{e000} </p>;\n\n  b(`d`)",
                "a = <p> c\u{e000} </p>;\nb(`d`)",
            ),
        ] {
            assert_eq!(written(script, one), written(script, two), "{one}");
        }
        for (one, two) in [
            ("a\nb", "a b"),
            ("a b", "ab"),
            ("'a  b'", "'a b'"),
            ("'// a'", "'"),
            ("/[/  ]/", "/[/ ]/"),
            ("`a\n  b`", "`a\nb`"),
            ("a = b / c // '\n/ d", "a = b / c // '\n/d"),
            ("return /  a/", "return / a/"),
            ("a(`  b`)\n= c", "a(` b`)\n= c"),
            ("a = ;\nb(`c\n  d`)", "a = ;\nb(`c\nd`)"),
            (
                "a = <p> c\u{e000} </p>;\nb(`d  e`)",
                "a = <p> c\u{e000} </p>;\nb(`d e`)",
            ),
        ] {
            assert_ne!(written(script, one), written(script, two), "{one}");
        }
    }

    #[test]
    fn styles_by_their_tokens() {
        for (one, two) in [
            ("a {\n b: c;\n}\n d{}", "a {b: c;}d{}"),
            ("a\n  b{}", "a b{}"),
            ("a /* b */ c{}", "a c{}"),
        ] {
            assert_eq!(written(push_style, one), written(push_style, two), "{one}");
        }
        for (one, two) in [
            ("a b{}", "ab{}"),
            ("a/**/b{}", "a b{}"),
            ("a/**/b{}", "ab{}"),
            ("a{--b: c  d}", "a{--b: c d}"),
            ("a{b:'c  d'}", "a{b:'c d'}"),
        ] {
            assert_ne!(written(push_style, one), written(push_style, two), "{one}");
        }
    }
}
