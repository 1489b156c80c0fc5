use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crushed_manifest::{Markup, Piece, is_same_origin};

use super::super::scan::{Token, TokenKind};
use super::super::syntax::Whitespace;
use super::print::{Output, breaks};
use super::segment::{Segment, Tag, block_name};

/// Puts `replacements`, by the range they replace, into a template. White-space marks of what is replaced keep their
/// effect on the text around.
pub(crate) fn rewrite(
    source: &str,
    tokens: &[Token],
    replacements: &BTreeMap<usize, (Range<usize>, Markup)>,
    output: &Output<'_>,
) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::with_capacity(tokens.len());
    let shared: Arc<str> = source.into();
    let mut pending: Option<Whitespace> = None;
    let mut kept = false;
    let mut lines = Lines::new(source);
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if let Some((range, markup)) = replacements.get(&token.range.start) {
            let last = tokens[at..]
                .iter()
                .position(|token| token.range.end == range.end)
                .map_or(at, |offset| at + offset);
            trim_last(&mut segments, mark(token, token.left, output));
            // A block's own end mark counts behind it; the marks on its inner sides went with the contents.
            pending = Some(mark(&tokens[last], tokens[last].right, output));
            let mut place = Place::Page;
            for piece in &markup.0 {
                match piece {
                    Piece::Text(text) => place.push(&mut segments, text),
                    piece => push_piece(&mut segments, piece, output),
                }
            }
            at = last + 1;
            continue;
        }
        match token.kind {
            TokenKind::Text => {
                let text = token.text(source);
                let text = match pending.take() {
                    Some(mark) => Cow::Owned(mark.trim_start(text)),
                    None => Cow::Borrowed(text),
                };
                match kept {
                    true => push_kept(&mut segments, &text),
                    false => push_text(&mut segments, &text),
                }
            }
            TokenKind::Comment => {
                kept = switched(source, token).unwrap_or(kept);
                // A comment writes nothing; its marks act on the text around it.
                trim_last(&mut segments, token.left.unwrap_or(output.whitespace));
                pending = Some(token.right.unwrap_or(output.whitespace));
            }
            TokenKind::Raw => {}
            TokenKind::Block if token.is_named(source, "raw") => {
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
                segments.push(Segment::Tag(Tag {
                    line: lines.of(token.range.start),
                    ..tag(&shared, tokens, at, output.whitespace)
                }));
                pending = None;
            }
        }
        at += 1;
    }
    segments
}

/// Whether a comment says that what follows is left as it is: `{# crushed: off #}`, `{# crushed: on #}`.
pub(in super::super) fn switched(source: &str, comment: &Token) -> Option<bool> {
    match comment.content(source).split_once(':') {
        Some(("crushed", word)) if word.trim() == "off" => Some(true),
        Some(("crushed", word)) if word.trim() == "on" => Some(false),
        _ => None,
    }
}

/// Where in the markup of a bundle a piece of it begins. The texts of scripts and stylesheets in it are minified, and their
/// digests are in the manifest: they stay as they are.
#[derive(Clone, Copy)]
enum Place {
    Page,
    /// In the start tag of such an element, perhaps in a value between these quotes.
    Tag(&'static str, Option<char>),
    Inside(&'static str),
}

impl Place {
    fn push(&mut self, segments: &mut Vec<Segment>, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let end = match *self {
                Self::Page => {
                    let starts = ["script", "style"].into_iter().filter_map(|name| {
                        let at = rest.find(&format!("<{name}"))?;
                        Some((at + 1 + name.len(), name))
                    });
                    match starts.min() {
                        Some((end, name)) => {
                            *self = Self::Tag(name, None);
                            end
                        }
                        None => rest.len(),
                    }
                }
                Self::Tag(name, quote) => {
                    let ends = |c: char| match quote {
                        Some(quote) => c == quote,
                        None => matches!(c, '"' | '\'' | '>'),
                    };
                    match rest.find(ends) {
                        Some(at) => {
                            let found = rest[at..].chars().next();
                            *self = match (quote, found) {
                                (None, Some('>')) => Self::Inside(name),
                                (None, found) => Self::Tag(name, found),
                                (Some(_), _) => Self::Tag(name, None),
                            };
                            at + 1
                        }
                        None => rest.len(),
                    }
                }
                Self::Inside(name) => {
                    let end = rest.find(&format!("</{name}"));
                    let (kept, behind) = rest.split_at(end.unwrap_or(rest.len()));
                    push_kept(segments, kept);
                    rest = behind;
                    if end.is_some() {
                        *self = Self::Page;
                    }
                    continue;
                }
            };
            push_text(segments, &rest[..end]);
            rest = &rest[end..];
        }
    }
}

/// What a token does with the white space beside it: an address in an attribute nothing.
fn mark(token: &Token, given: Option<Whitespace>, output: &Output<'_>) -> Whitespace {
    match token.kind {
        TokenKind::Text => Whitespace::Preserve,
        _ => given.unwrap_or(output.whitespace),
    }
}

/// The tag that a token is; its line is not told.
pub(in super::super) fn tag(
    source: &Arc<str>,
    tokens: &[Token],
    at: usize,
    whitespace: Whitespace,
) -> Tag {
    let token = &tokens[at];
    let name = block_name(token.name(source));
    let content = token.content(source);
    let start = content.as_ptr() as usize - source.as_ptr() as usize;
    let content = start..start + content.len();
    Tag {
        is_expr: token.kind == TokenKind::Expr,
        is_closed_later: !name.is_empty() && closes(source, &tokens[at + 1..], &name),
        left: token.left.unwrap_or(whitespace),
        right: token.right.unwrap_or(whitespace),
        at: Some(token.range.start),
        ..Tag::part(source, token.range.clone(), content, name)
    }
}

/// Counts lines from the start to places that come in their order.
struct Lines<'a> {
    source: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            at: 0,
            line: 1,
        }
    }

    fn of(&mut self, at: usize) -> usize {
        self.line += breaks(&self.source[self.at..at]);
        self.at = at;
        self.line
    }
}
/// Whether the block is closed before another of its name would need that end.
fn closes(source: &str, following: &[Token], name: &str) -> bool {
    if !matches!(name, "call" | "let" | "set" | "decl" | "declare") {
        return true;
    }
    // `let` with a value never has an end; an end that follows belongs to the nearest `let` before it.
    let is_end = |word: &str| word.strip_prefix("end") == Some(name);
    following
        .iter()
        .map(|token| token.name(source))
        .find(|word| *word == name || is_end(word))
        .is_some_and(is_end)
}

fn push_text(segments: &mut Vec<Segment>, text: &str) {
    match segments.last_mut() {
        Some(Segment::Text(last)) => last.push_str(text),
        _ if text.is_empty() => {}
        _ => segments.push(Segment::Text(text.to_owned())),
    }
}

fn push_kept(segments: &mut Vec<Segment>, text: &str) {
    match segments.last_mut() {
        Some(Segment::Kept(last)) => last.push_str(text),
        _ if text.is_empty() => {}
        _ => segments.push(Segment::Kept(text.to_owned())),
    }
}

fn trim_last(segments: &mut [Segment], mark: Whitespace) {
    if let Some(Segment::Text(last) | Segment::Kept(last)) = segments.last_mut() {
        *last = mark.trim_end(last);
    }
}

fn push_piece(segments: &mut Vec<Segment>, piece: &Piece, output: &Output<'_>) {
    match piece {
        Piece::Text(text) => push_text(segments, text),
        Piece::Prefix => match output.static_url {
            Some(url) => push_text(segments, url),
            None => {
                let content = "crushed::static_url()|safe";
                let source = output.expression(content);
                segments.push(Segment::Tag(Tag::written(&source, content, "".into())));
            }
        },
        Piece::SameOrigin(text) => push_conditional(segments, text, true, output),
        Piece::OtherOrigin(text) => push_conditional(segments, text, false, output),
        Piece::Template(source) => segments.push(Segment::Tag(Tag {
            left: output.whitespace,
            right: output.whitespace,
            ..Tag::written(source, source, "".into())
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
    let tag = |name: &'static str, content: &str| {
        Segment::Tag(Tag::written(&output.block(content), content, name.into()))
    };
    let not = if same_origin { "" } else { "!" };
    let condition = format!("if {not}crushed::static_url().is_same_origin()");
    segments.push(tag("if", &condition));
    push_text(segments, text);
    segments.push(tag("endif", "endif"));
}
