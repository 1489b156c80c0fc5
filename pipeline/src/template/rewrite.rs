use std::collections::BTreeMap;
use std::ops::Range;

use crushed_manifest::{Markup, Piece, is_same_origin};

use super::scan::{Token, TokenKind};
use super::syntax::{Syntax, Whitespace};

/// A stretch of a template on its way out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Segment {
    /// Literal text, not yet protected from being read as a tag.
    Text(String),
    /// The text of a `raw` block between its tags.
    Raw {
        open: String,
        text: String,
        close: String,
    },
    /// A tag, passed on as it stands.
    Tag(Tag),
}

/// A tag that is passed on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tag {
    /// With its delimiters.
    pub(crate) source: String,
    /// What stands between the delimiters, trimmed.
    pub(crate) content: String,
    /// The first word of a block, empty for an expression.
    pub(crate) name: String,
    pub(crate) is_expr: bool,
    /// Whether an `end…` of this block follows; tells `{% let x %}…{% endlet %}` from `{% let x = y %}`.
    pub(crate) is_closed_later: bool,
    /// What it does with the white space before and behind it.
    pub(crate) left: Whitespace,
    pub(crate) right: Whitespace,
}

impl Tag {
    /// The first string literal, the template of an `include`.
    pub(crate) fn first_string(&self) -> Option<String> {
        self.content.split('"').nth(1).map(str::to_owned)
    }

    /// The word after the block's name.
    pub(crate) fn second_word(&self) -> Option<String> {
        let rest = self.content.strip_prefix(&self.name)?.trim_start();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        Some(rest[..end].to_owned()).filter(|word| !word.is_empty())
    }

    /// Every name that is called in it.
    pub(crate) fn called(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (at, _) in self.content.match_indices('(') {
            let before = self.content[..at].trim_end();
            let start = before
                .rfind(|c: char| !c.is_alphanumeric() && c != '_')
                .map_or(0, |at| {
                    at + before[at..].chars().next().map_or(1, char::len_utf8)
                });
            if start < before.len() {
                names.push(before[start..].to_owned());
            }
        }
        names
    }
}

/// Puts `replacements`, by the range they replace, into a template. White-space marks of what is replaced keep their
/// effect on the text around.
pub(crate) fn rewrite(
    source: &str,
    tokens: &[Token],
    replacements: &BTreeMap<usize, (Range<usize>, Markup)>,
    output: &Output<'_>,
) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut pending: Option<Whitespace> = None;
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if let Some((range, markup)) = replacements.get(&token.range.start) {
            let last = tokens[at..]
                .iter()
                .position(|token| token.range.end == range.end)
                .map_or(at, |offset| at + offset);
            trim_last(&mut segments, token.left.unwrap_or(output.whitespace));
            // A block's own end mark counts behind it; the marks on its inner sides went with the contents.
            pending = Some(tokens[last].right.unwrap_or(output.whitespace));
            for piece in &markup.0 {
                push_piece(&mut segments, piece, output);
            }
            at = last + 1;
            continue;
        }
        match token.kind {
            TokenKind::Text => {
                let text = token.text(source);
                let text = match pending.take() {
                    Some(mark) => mark.trim_start(text),
                    None => text.to_owned(),
                };
                push_text(&mut segments, &text);
            }
            TokenKind::Comment => {
                // A comment writes nothing; its marks act on the text around it.
                trim_last(&mut segments, token.left.unwrap_or(output.whitespace));
                pending = Some(token.right.unwrap_or(output.whitespace));
            }
            TokenKind::Raw => {}
            TokenKind::Block if token.name(source) == "raw" => {
                let end = at
                    + 1
                    + usize::from(
                        tokens
                            .get(at + 1)
                            .is_some_and(|next| next.kind == TokenKind::Raw),
                    );
                let text = if end == at + 2 {
                    tokens[at + 1].text(source)
                } else {
                    ""
                };
                let close = tokens.get(end).map_or("", |token| token.text(source));
                segments.push(Segment::Raw {
                    open: token.text(source).to_owned(),
                    text: text.to_owned(),
                    close: close.to_owned(),
                });
                pending = None;
                at = end;
            }
            TokenKind::Block | TokenKind::Expr => {
                let name = token.name(source).to_owned();
                let end = format!("end{name}");
                let is_closed_later =
                    !name.is_empty() && closes(source, &tokens[at + 1..], &name, &end);
                segments.push(Segment::Tag(Tag {
                    source: token.text(source).to_owned(),
                    content: token.content(source).to_owned(),
                    is_expr: token.kind == TokenKind::Expr,
                    name,
                    is_closed_later,
                    left: token.left.unwrap_or(output.whitespace),
                    right: token.right.unwrap_or(output.whitespace),
                }));
                pending = None;
            }
        }
        at += 1;
    }
    segments
}

/// Whether the block is closed before another of its name would need that end.
fn closes(source: &str, following: &[Token], name: &str, end: &str) -> bool {
    if !matches!(name, "call" | "let" | "set" | "decl" | "declare") {
        return true;
    }
    // `let` with a value never has an end; an end that follows belongs to the nearest `let` before it.
    following
        .iter()
        .map(|token| token.name(source))
        .find(|word| *word == name || *word == end)
        .is_some_and(|word| word == end)
}

fn push_text(segments: &mut Vec<Segment>, text: &str) {
    match segments.last_mut() {
        Some(Segment::Text(last)) => last.push_str(text),
        _ if text.is_empty() => {}
        _ => segments.push(Segment::Text(text.to_owned())),
    }
}

fn trim_last(segments: &mut [Segment], mark: Whitespace) {
    if let Some(Segment::Text(last)) = segments.last_mut() {
        *last = mark.trim_end(last);
    }
}

/// How a rewritten template is written down.
pub(crate) struct Output<'a> {
    pub(crate) syntax: &'a Syntax,
    /// What a tag without a mark does to the white space beside it.
    pub(crate) whitespace: Whitespace,
    /// The prefix, if it is known at build time.
    pub(crate) static_url: Option<&'a str>,
}

impl Output<'_> {
    /// A block's tag that leaves the text beside it alone.
    fn block(&self, content: &str) -> String {
        let Syntax {
            block_start,
            block_end,
            ..
        } = self.syntax;
        match self.whitespace {
            Whitespace::Preserve => format!("{block_start} {content} {block_end}"),
            _ => format!("{block_start}+ {content} +{block_end}"),
        }
    }

    /// An expression that leaves the text beside it alone, whatever `askama.toml` says.
    fn expression(&self, content: &str) -> String {
        let Syntax {
            expr_start,
            expr_end,
            ..
        } = self.syntax;
        match self.whitespace {
            Whitespace::Preserve => format!("{expr_start} {content} {expr_end}"),
            _ => format!("{expr_start}+ {content} +{expr_end}"),
        }
    }
}

fn push_piece(segments: &mut Vec<Segment>, piece: &Piece, output: &Output<'_>) {
    match piece {
        Piece::Text(text) => push_text(segments, text),
        Piece::Prefix => match output.static_url {
            Some(url) => push_text(segments, url),
            None => {
                let content = "crushed::static_url()|safe".to_owned();
                segments.push(Segment::Tag(Tag {
                    source: output.expression(&content),
                    content,
                    name: String::new(),
                    is_expr: true,
                    is_closed_later: false,
                    left: Whitespace::Preserve,
                    right: Whitespace::Preserve,
                }));
            }
        },
        Piece::SameOrigin(text) => push_conditional(segments, text, true, output),
        Piece::OtherOrigin(text) => push_conditional(segments, text, false, output),
        Piece::Template(source) => segments.push(Segment::Tag(Tag {
            source: source.clone(),
            content: source.clone(),
            name: String::new(),
            is_expr: true,
            is_closed_later: false,
            left: output.whitespace,
            right: output.whitespace,
        })),
    }
}

/// Text that depends on whether the prefix is a path.
fn push_conditional(
    segments: &mut Vec<Segment>,
    text: &str,
    same_origin: bool,
    output: &Output<'_>,
) {
    if let Some(url) = output.static_url {
        if is_same_origin(url) == same_origin {
            push_text(segments, text);
        }
        return;
    }
    let tag = |name: &str, content: String| {
        Segment::Tag(Tag {
            source: output.block(&content),
            content,
            name: name.to_owned(),
            is_expr: false,
            is_closed_later: true,
            left: Whitespace::Preserve,
            right: Whitespace::Preserve,
        })
    };
    let not = if same_origin { "" } else { "!" };
    let condition = format!("if {not}crushed::static_url().is_same_origin()");
    segments.push(tag("if", condition));
    push_text(segments, text);
    segments.push(tag("endif", "endif".to_owned()));
}

/// Writes a template down. Text that Askama would take for a tag (`{#` in minified CSS) is put into an expression.
pub(crate) fn print(segments: &[Segment], output: &Output<'_>) -> String {
    let mut printed = String::new();
    for segment in segments {
        match segment {
            Segment::Text(text) => protect(text, output, &mut printed),
            Segment::Raw { open, text, close } => {
                printed.push_str(open);
                printed.push_str(text);
                printed.push_str(close);
            }
            Segment::Tag(tag) => printed.push_str(&tag.source),
        }
    }
    printed
}

fn protect(text: &str, output: &Output<'_>, printed: &mut String) {
    let syntax = output.syntax;
    let delimiters = [
        &syntax.block_start,
        &syntax.expr_start,
        &syntax.comment_start,
    ];
    // A brace at the end of a text and the one of the tag behind it would meet as well.
    let mut rest = text;
    while !rest.is_empty() {
        let next = delimiters
            .iter()
            .filter_map(|delimiter| Some((rest.find(delimiter.as_str())?, delimiter.len())))
            .min();
        let Some((start, length)) = next else { break };
        printed.push_str(&rest[..start]);
        let literal = format!("{:?}|safe", &rest[start..start + length]);
        printed.push_str(&output.expression(&literal));
        rest = &rest[start + length..];
    }
    let meets = delimiters.iter().any(|delimiter| {
        delimiter
            .char_indices()
            .skip(1)
            .any(|(cut, _)| rest.ends_with(&delimiter[..cut]))
    });
    match rest.char_indices().next_back() {
        Some((last, _)) if meets => {
            printed.push_str(&rest[..last]);
            printed.push_str(&output.expression(&format!("{:?}|safe", &rest[last..])));
        }
        _ => printed.push_str(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan;
    use super::*;

    fn output(syntax: &Syntax) -> Output<'_> {
        Output {
            syntax,
            whitespace: Whitespace::Preserve,
            static_url: None,
        }
    }

    fn run(source: &str, replacements: &[(Range<usize>, &str)]) -> String {
        let syntax = Syntax::default();
        let tokens = scan(source, &syntax).unwrap();
        let replacements = replacements
            .iter()
            .map(|(range, text)| {
                let mut markup = Markup::default();
                markup.push_text(text);
                (range.start, (range.clone(), markup))
            })
            .collect();
        print(
            &rewrite(source, &tokens, &replacements, &output(&syntax)),
            &output(&syntax),
        )
    }

    #[test]
    fn marks_of_what_is_replaced_keep_their_effect() {
        assert_eq!(run("a {{ x }} b", &[(2..9, "X")]), "a X b");
        assert_eq!(run("a {{- x -}} b", &[(2..11, "X")]), "aXb");
        assert_eq!(run("a \n {{~ x ~}}  b", &[(4..13, "X")]), "a\nX b");
        assert_eq!(run("a {#- x -#} b{# y #}", &[]), "ab");
    }

    #[test]
    fn what_would_read_as_a_tag_is_protected() {
        let protected = run("{{ x }}", &[(0..7, "@media print{#main{a{{b}}{%")]);
        assert_eq!(
            protected,
            "@media print{{ \"{#\"|safe }}main{a{{ \"{{\"|safe }}b}}{{ \"{%\"|safe }}"
        );
        assert_eq!(
            run("{{ x }}{{ y }}", &[(0..7, "a{")]),
            "a{{ \"{\"|safe }}{{ y }}"
        );
    }

    #[test]
    fn raw_blocks_and_tags_pass_as_they_are() {
        let source = "{% raw %}{{ vue }}{% endraw %}{% if x -%} y {%- endif %}";
        assert_eq!(run(source, &[]), source);
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
            tag("{% include \"a.html\" %}").first_string().as_deref(),
            Some("a.html")
        );
        assert_eq!(
            tag("{% block body -%}").second_word().as_deref(),
            Some("body")
        );
        assert_eq!(
            tag("{{ forms::field(label(x)) }}").called(),
            ["field", "label"]
        );
        assert!(!tag("{% let a = b %}{% let c %}x{% endlet %}").is_closed_later);
        assert!(tag("{% let c %}x{% endlet %}").is_closed_later);
    }
}
