use std::collections::{BTreeMap, BTreeSet};

use crushed_manifest::{AssetPath, Markup};

use super::super::minify::{Plain, cut};
use super::super::scan::{TokenKind, scan};
use super::super::syntax::{Syntax, Whitespace};
use super::*;
use crate::fixture::{Case, cases};
use crate::rust_scan::{MacroCall, parse_call};

fn output(syntax: &Syntax) -> Output<'_> {
    Output {
        syntax,
        whitespace: Whitespace::Preserve,
        static_url: None,
    }
}

/// The settings of a case: a line of `--- options` is one.
#[derive(Default)]
struct Given<'a> {
    whitespace: Whitespace,
    /// The prefix that is baked in.
    static_url: Option<&'a str>,
    /// What `compress` blocks become.
    block: &'a str,
    /// Sources that exist: addresses of plain attributes are rewritten.
    sources: BTreeSet<&'a str>,
}

impl<'a> Given<'a> {
    fn of(case: &'a Case) -> Self {
        let mut given = Self::default();
        for line in case.optional("options").unwrap_or_default().lines() {
            match line.split_once(' ').unwrap_or((line, "")) {
                ("whitespace", "suppress") => given.whitespace = Whitespace::Suppress,
                ("whitespace", "minimize") => given.whitespace = Whitespace::Minimize,
                ("prefix", url) => given.static_url = Some(url),
                ("block", text) => given.block = text,
                ("source", path) => {
                    given.sources.insert(path);
                }
                (other, _) => panic!("unknown option {other}"),
            }
        }
        given
    }

    /// The template with every asset under another name: `img/a.png` is `img/a.1.png`.
    fn run(&self, source: &str) -> String {
        let syntax = Syntax::default();
        let output = Output {
            syntax: &syntax,
            whitespace: self.whitespace,
            static_url: self.static_url,
        };
        let mut tokens = scan(source, &syntax).unwrap();
        let plain = Plain {
            static_url: self.static_url.unwrap_or("/static/"),
            exists: &|path| self.sources.contains(path.as_str()),
        };
        let mut places = plain.find(source, &tokens).unwrap();
        tokens = cut(tokens, &places);
        let mut replacements = BTreeMap::new();
        let mut begins = None;
        for token in &tokens {
            match token.name(source) {
                "compress" => begins = Some(token.range.start),
                "endcompress" => {
                    let start = begins.take().unwrap();
                    let mut markup = Markup::default();
                    markup.push_text(self.block);
                    replacements.insert(start, (start..token.range.end, markup));
                }
                _ => {}
            }
            if token.kind == TokenKind::Expr
                && let Some(call) = parse_call(token.content(source))
            {
                places.push((token.range.clone(), call));
            }
        }
        for (range, call) in places {
            let (MacroCall::Asset(path) | MacroCall::Module(path)) = call else {
                panic!("{call:?}");
            };
            let path = AssetPath::parse(&path).unwrap();
            let (stem, ending) = path.as_str().rsplit_once('.').unwrap();
            let mut markup = Markup::default();
            markup.push_prefix();
            markup.push_text(&crushed_manifest::percent_encode(&format!(
                "{stem}.1.{ending}"
            )));
            replacements.insert(range.start, (range, markup));
        }
        print(&rewrite(source, &tokens, &replacements, &output), &output)
    }
}

#[test]
fn fixtures() {
    for case in cases("template/rewrite") {
        let input = case.section("input");
        let source = input.strip_suffix('\n').unwrap_or(input);
        case.expect("output", &Given::of(&case).run(source));
    }
}

/// A line without text is a tag's own in both: what is said of it names the same line.
#[test]
fn tags_keep_their_lines_when_line_breaks_go() {
    let syntax = Syntax::default();
    let source = "a\n\n{{ x }}\n b {%- if y ~%}\n\n{% endif %}{{ z }}\n";
    let tokens = scan(source, &syntax).unwrap();
    let mut segments = rewrite(source, &tokens, &BTreeMap::new(), &output(&syntax));
    for segment in &mut segments {
        if let Segment::Text(text) = segment {
            text.retain(|c| c != '\n');
        }
    }
    let printed = print(&segments, &output(&syntax));
    assert_eq!(
        printed,
        "a{#+\n\n+#}{{ x }} b {#-\n+#}{%- if y ~%}{#+\n\n+#}{% endif %}{{ z }}"
    );
    let lines = |text: &str| -> Vec<(String, usize)> {
        let tags = scan(text, &syntax).unwrap();
        tags.iter()
            .filter(|tag| matches!(tag.kind, TokenKind::Expr | TokenKind::Block))
            .map(|tag| {
                let line = text[..tag.range.start].matches('\n').count();
                (tag.content(text).to_owned(), line)
            })
            .collect()
    };
    assert_eq!(lines(source), lines(&printed));
}

#[test]
fn names_in_tags() {
    let tag = |source: &str| {
        let segments = {
            let syntax = Syntax::default();
            let tokens = scan(source, &syntax).unwrap();
            rewrite(source, &tokens, &BTreeMap::new(), &output(&syntax))
        };
        match segments.into_iter().next() {
            Some(Segment::Tag(tag)) => tag,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        tag("{% include \"a.html\" %}").first_string(),
        Some("a.html")
    );
    assert_eq!(tag("{% block body -%}").second_word(), Some("body"));
    assert_eq!(
        tag("{{ forms::field(label(x)) }}").called(),
        ["field", "label"]
    );
    assert!(!tag("{% let a = b %}{% let c %}x{% endlet %}").is_closed_later);
    assert!(tag("{% let c %}x{% endlet %}").is_closed_later);
}
