use super::super::scan::next_of;
use super::super::syntax::{Syntax, Whitespace};
use super::segment::{Segment, Tag};

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
    pub(super) fn block(&self, content: &str) -> String {
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

    /// A comment of so many lines that does to the text before it what the tag behind it would have done.
    fn lines(&self, tag: &Tag, lines: usize, printed: &mut String) {
        printed.push_str(&self.syntax.comment_start);
        printed.push(match tag.left {
            Whitespace::Preserve => '+',
            Whitespace::Suppress => '-',
            Whitespace::Minimize => '~',
        });
        printed.extend(std::iter::repeat_n('\n', lines));
        printed.push('+');
        printed.push_str(&self.syntax.comment_end);
    }

    /// An expression that leaves the text beside it alone, whatever `askama.toml` says.
    pub(super) fn expression(&self, content: &str) -> String {
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
/// Writes a template down. Text that Askama would take for a tag (`{#` in minified CSS) is put into an expression. Where line
/// breaks were lost, a comment before the next tag holds as many: what Askama says of a tag names the line that it has in the
/// source.
pub(crate) fn print(segments: &[Segment], output: &Output<'_>) -> String {
    let lengths = segments.iter().map(|segment| match segment {
        Segment::Text(text) | Segment::Kept(text) => text.len(),
        Segment::Raw { open, text, close } => open.len() + text.len() + close.len(),
        Segment::Tag(tag) => tag.source().len(),
    });
    let mut printed = String::with_capacity(lengths.sum::<usize>() + 64);
    let mut line = 1;
    let mut counted = 0;
    for segment in segments {
        match segment {
            Segment::Text(text) | Segment::Kept(text) => protect(text, output, &mut printed),
            Segment::Raw { open, text, close } => {
                printed.push_str(open);
                printed.push_str(text);
                printed.push_str(close);
            }
            Segment::Tag(tag) => {
                line += breaks(&printed[counted..]);
                counted = printed.len();
                if tag.line > line {
                    output.lines(tag, tag.line - line, &mut printed);
                }
                printed.push_str(tag.source());
            }
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
    let firsts = delimiters.map(|delimiter| delimiter.bytes().next().unwrap_or(0));
    if next_of(text.as_bytes(), firsts).is_none() {
        printed.push_str(text);
        return;
    }
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

/// How many lines end in a text.
pub(super) fn breaks(text: &str) -> usize {
    // Most texts are short: a count that cannot overflow takes many bytes at a time without looking how many there are.
    let count = |chunk: &[u8]| {
        let breaks = chunk.iter().map(|byte| u8::from(*byte == b'\n'));
        usize::from(breaks.fold(0_u8, |one, two| one.wrapping_add(two)))
    };
    text.as_bytes().chunks(255).map(count).sum()
}
