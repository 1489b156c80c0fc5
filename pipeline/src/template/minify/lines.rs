//! Scripts and styles that their stages cannot read, since blocks stand in them: the white space at the ends of lines goes,
//! and so do empty lines and comments. Nothing that stands in one line changes, and lines stay lines.

use std::ops::Range;

use super::super::script::Reader;
use super::embedded::Language;
use super::item::Bit;
use super::print::Piece;
use crate::js::Goal;
use crate::template::rewrite::Segment;

/// The same script or style in fewer bytes; `None` if that is not certain.
pub(super) fn shorter<'a>(language: Language, bits: &[Bit<'a>]) -> Option<Vec<Piece<'a>>> {
    let texts: Vec<Option<&str>> = bits
        .iter()
        .map(|bit| match bit {
            Bit::Text(text) => Some(Some(*text)),
            Bit::Tag(tag) => Some(tag.is_expr.then_some(VALUE_TEXT)),
            Bit::Raw(_) | Bit::EndRaw(_) => None,
        })
        .collect::<Option<_>>()?;
    let kept = match language {
        Language::Script(_) => literals(&texts)?,
        // What a custom property holds is a text.
        Language::Css if texts.iter().flatten().any(|text| declares_custom(text)) => return None,
        Language::Css => Vec::new(),
        Language::Json => return None,
    };
    let mut changed = false;
    let mut offset = 0;
    let mut pieces = Vec::with_capacity(bits.len());
    for (index, bit) in bits.iter().enumerate() {
        pieces.push(match bit {
            Bit::Text(text) => {
                let stretch = Stretch {
                    language,
                    begins: index == 0,
                    ends: index + 1 == bits.len(),
                    kept: &kept,
                    offset,
                };
                let made = stretch.shorter(text);
                changed |= made.len() < text.len();
                Piece::Text(made)
            }
            Bit::Tag(tag) => Piece::Tag(tag),
            Bit::Raw(_) | Bit::EndRaw(_) => return None,
        });
        offset += texts[index].unwrap_or(BLOCK_TEXT).len();
    }
    changed.then_some(pieces)
}

/// The same for a template that is a script.
pub(super) fn shorter_script(segments: &[Segment]) -> Option<Vec<Segment>> {
    let texts: Vec<Option<&str>> = segments
        .iter()
        .map(|segment| match segment {
            Segment::Text(text) | Segment::Kept(text) | Segment::Raw { text, .. } => {
                Some(text.as_str())
            }
            Segment::Tag(tag) => tag.is_expr.then_some(VALUE_TEXT),
        })
        .collect();
    let kept = literals(&texts)?;
    let mut made = segments.to_vec();
    let last = made.len().checked_sub(1)?;
    let mut offset = 0;
    for (index, segment) in made.iter_mut().enumerate() {
        if let Segment::Text(text) = segment {
            let between = Stretch {
                language: Language::Script(Goal::Script),
                begins: false,
                ends: false,
                kept: &kept,
                offset,
            };
            // Askama drops a line break at the end of a template; one before it is written.
            let (body, end) = match text.strip_suffix('\n') {
                Some(body) if index == last => (body, "\n"),
                _ => (text.as_str(), ""),
            };
            *text = between.shorter(body) + end;
        }
        offset += texts[index].unwrap_or(BLOCK_TEXT).len();
    }
    (made != segments).then_some(made)
}

/// What stands in the places of expressions and blocks while the text is looked at as a whole.
const VALUE_TEXT: &str = "\u{e000}";
const BLOCK_TEXT: &str = "\u{e001}";

/// The template literals, which go over lines as a whole, by their places in the text. `None` if a block stands in one, or
/// in what one seems to be.
fn literals(texts: &[Option<&str>]) -> Option<Vec<Range<usize>>> {
    if !texts.iter().flatten().any(|text| text.contains('`')) {
        return Some(Vec::new());
    }
    let whole: String = texts
        .iter()
        .map(|text| text.unwrap_or(BLOCK_TEXT))
        .collect();
    let mut reader = Reader::new(&whole);
    let mut found = Vec::new();
    while let Some((_, token)) = reader.next() {
        if token.starts_with('`') {
            if token.contains(BLOCK_TEXT) || token.len() == 1 || !token.ends_with('`') {
                return None;
            }
            let end = whole.len() - reader.left();
            found.push(end - token.len()..end);
        }
    }
    Some(found)
}

/// Whether a name that begins with `--` stands in front of a colon, or of a tag that may write one.
fn declares_custom(css: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || "-_\\".contains(c) || !c.is_ascii();
    css.split("--").skip(1).any(|rest| {
        let behind = rest.trim_start_matches(in_name).trim_start();
        behind.is_empty() || behind.starts_with(':')
    })
}

/// A literal text between two tags.
struct Stretch<'k> {
    language: Language,
    /// It begins or ends with the whole text: its first line begins there, its last line ends there.
    begins: bool,
    ends: bool,
    /// What goes over lines as a whole, by its place in the whole text, and the stretch's own place there.
    kept: &'k [Range<usize>],
    offset: usize,
}

impl Stretch<'_> {
    fn shorter(&self, text: &str) -> String {
        let lines: Vec<&str> = text.split('\n').collect();
        let last = lines.len() - 1;
        let mut out = String::with_capacity(text.len());
        let mut joined = false;
        let mut at = self.offset;
        for (index, line) in lines.into_iter().enumerate() {
            let begins = index > 0 || self.begins;
            let ends = index < last || self.ends;
            at += line.len() + 1;
            // In a string, a `\` makes the next line part of this one.
            let joins = line.trim_end_matches('\r').ends_with('\\')
                || self.kept.iter().any(|kept| kept.contains(&(at - 1)));
            let mut kept = line;
            if begins && !joined {
                kept = kept.trim_start_matches(is_blank);
            }
            if ends && !joins {
                kept = kept.trim_end_matches(is_blank);
                if begins && !joined && self.language != Language::Css {
                    kept = without_comment(kept);
                }
            }
            let drops = kept.is_empty() && begins && ends && !joined;
            if !drops {
                if index > 0 && !self.adjoins(&out, kept, index == last) {
                    out.push('\n');
                }
                out.push_str(kept);
            }
            joined = joins;
        }
        out
    }

    /// Whether a line needs no break in front of it.
    fn adjoins(&self, before: &str, line: &str, is_last: bool) -> bool {
        if before.is_empty() && self.begins {
            return true;
        }
        let is_tag = is_last && line.is_empty();
        self.language == Language::Css
            && match before.chars().next_back() {
                // A tag begins with a brace, too.
                Some('{') => !is_tag,
                Some('}' | ';' | ',') => true,
                _ => line.starts_with('}'),
            }
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r')
}

/// A line of a script without the `//` comment at its end, where that is one for certain: no quote or regular expression
/// stands before it, and no other comment ends in it.
fn without_comment(line: &str) -> &str {
    match line.split_once("//") {
        Some((code, comment))
            if !code.contains(['"', '\'', '/', '\\', '`'])
                && !comment.contains("*/")
                && !comment.contains('@')
                && !comment.starts_with('!') =>
        {
            code.trim_end_matches(is_blank)
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JS: Language = Language::Script(Goal::Script);

    fn whole(language: Language, text: &str) -> Option<String> {
        match shorter(language, &[Bit::Text(text)])?.remove(0) {
            Piece::Text(text) => Some(text),
            Piece::Tag(_) => None,
        }
    }

    fn between(language: Language, text: &str) -> String {
        let piece = Stretch {
            language,
            begins: false,
            ends: false,
            kept: &[],
            offset: 0,
        };
        piece.shorter(text)
    }

    #[test]
    fn lines_of_scripts() {
        for (text, want) in [
            ("\n  a()\n\n  b() \n", "a()\nb()"),
            ("a()\r\n  b()\r\n", "a()\nb()"),
            ("a() // why\nb()", "a()\nb()"),
            ("// why\na()\n  // where", "a()"),
            ("a = '//'  \nb()", "a = '//'\nb()"),
            ("a = '\\\n  // b'\nc()  ", "a = '\\\n  // b'\nc()"),
            ("/* a\n  // b */\nc()", "/* a\n// b */\nc()"),
            ("a = /[//]/  \nb()", "a = /[//]/\nb()"),
            ("//! a\n//@cc_on\n  b()", "//! a\n//@cc_on\nb()"),
            (
                "  a = `\n  b  \n\n // c`\n  d()",
                "a = `\n  b  \n\n // c`\nd()",
            ),
            ("  a = `${\n  b}` // c\n  d()", "a = `${\n  b}` // c\nd()"),
        ] {
            assert_eq!(whole(JS, text).as_deref(), Some(want), "{text}");
        }
        assert_eq!(whole(JS, "a = `\n  b\n  c()"), None);
        assert_eq!(whole(JS, "a()"), None);
    }

    #[test]
    fn beside_tags_a_line_goes_on() {
        for (text, want) in [
            ("  \n  a()\n  ", "\na()\n"),
            (" a()\n\n\n b() ", " a()\nb() "),
            (" // a\n b()", " // a\nb()"),
            ("a() // b ", "a() // b "),
            ("\n // a ", "\n// a "),
            ("\n\n", "\n"),
            (" ", " "),
        ] {
            assert_eq!(between(JS, text), want, "{text:?}");
        }
    }

    #[test]
    fn a_template_that_is_a_script() {
        let made = |text: &str| shorter_script(&[Segment::Text(text.to_owned())]);
        for (text, want) in [
            ("  a()\n\n  // b\n  c()\n", "  a()\nc()\n"),
            ("a()\n\n\n", "a()\n\n"),
            ("\n\n a()", "\na()"),
        ] {
            assert_eq!(
                made(text),
                Some(vec![Segment::Text(want.to_owned())]),
                "{text:?}"
            );
        }
        assert_eq!(made("a()\nb()\n"), None);
        assert_eq!(made("  a(`\n  )\n  b()"), None);
    }

    #[test]
    fn lines_of_styles() {
        for (text, want) in [
            (
                "\n a {\n  b: c;\n  d: e\n }\n\n f,\n g h\n i{}\n",
                "a {b: c;d: e}f,g h\ni{}",
            ),
            (
                "a::after{content:'\\\n  b'}\nc{}  ",
                "a::after{content:'\\\n  b'}c{}",
            ),
        ] {
            assert_eq!(whole(Language::Css, text).as_deref(), Some(want), "{text}");
        }
        assert_eq!(whole(Language::Css, "a{\n--b :\n  c}"), None);
        assert_eq!(whole(Language::Css, "a{\n  b: c}\n--d"), None);
        assert!(whole(Language::Css, "a--b {\n  c: var(--d)}").is_some());
        assert_eq!(between(Language::Css, "\n a{\n "), "\na{\n");
        assert_eq!(between(Language::Css, "\n a{b:c;\n "), "\na{b:c;");
        assert_eq!(between(Language::Css, "\n a\n "), "\na\n");
    }
}
