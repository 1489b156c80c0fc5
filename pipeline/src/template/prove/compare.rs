use super::Context;
use super::canon::{Canon, canon};
use super::dom::{Desk, parse_in_pieces};
use super::equal::Side;
use super::lines::push_script;
use crate::js::Goal;

/// Where two pages differ.
pub(super) struct Differs {
    /// In the original page.
    pub(super) at: usize,
    /// What stands there in the original, and what in the other.
    pub(super) expected: String,
    pub(super) found: String,
}

/// Compares what a browser makes of two pages.
pub(super) fn compare(
    original: &str,
    made: &str,
    context: &Context<'_>,
    desk: &mut Desk,
) -> Option<Differs> {
    let (styles, equal) = (context.styles, context.equal);
    // A template that writes nothing by itself, such as one of macros.
    let blank = |page: &str| page.trim_ascii().is_empty();
    if original == made || blank(original) && blank(made) {
        return None;
    }
    let frame = Frame::of(original, context.is_whole);
    if let Some(differs) = frame.closes_other(made) {
        return Some(differs);
    }
    let (original_page, made_page) = (frame.around(original), frame.around(made));
    let noscript = original.contains("noscript") || original.contains("NOSCRIPT");
    for scripting in [false, true].into_iter().take(1 + usize::from(noscript)) {
        let mut read = |page: &str, side| {
            let dom = desk.parse(page, scripting);
            let written = canon(&dom, desk, styles, (equal, side), scripting, false);
            desk.clear(dom);
            // Read by html5ever alone it is the same.
            #[cfg(fuzzing)]
            {
                let dom = parse_in_pieces(page, scripting, &[]);
                let alone = canon(&dom, desk, styles, (equal, side), scripting, false);
                assert_eq!(written.text, alone.text, "{page}");
            }
            written.text
        };
        let wanted = read(&original_page, Side::Original);
        let got = read(&made_page, Side::Made);
        if wanted != got {
            let end = |(at, sign): (usize, &str)| at + usize::from(sign == ">");
            let pieces: Vec<usize> = original_page.match_indices(['<', '>']).map(end).collect();
            let marked = canon(
                &parse_in_pieces(&original_page, scripting, &pieces),
                desk,
                styles,
                (equal, Side::Original),
                scripting,
                true,
            );
            return Some(frame.differs(&marked, &got));
        }
    }
    None
}

/// Compares two scripts by their tokens.
pub(super) fn compare_scripts(original: &str, made: &str) -> Option<Differs> {
    let [wanted, got] = [original, made].map(|script| {
        let mut out = String::new();
        push_script(script, Goal::Script, &mut out);
        out
    });
    let same = wanted.bytes().zip(got.bytes()).take_while(|(a, b)| a == b);
    let same = same.count();
    let shown = |text: &str| -> String {
        let from = text[..text.floor_char_boundary(same)].rfind('\n');
        let line = text[from.map_or(0, |at| at + 1)..].lines().next();
        line.unwrap_or("").chars().take(60).collect()
    };
    (wanted != got).then(|| Differs {
        at: 0,
        expected: shown(&wanted),
        found: shown(&got),
    })
}

/// What is put around a page that is only a part of one, so that all of it is read as where it is used: the elements that
/// it closes and those that it must stand in, and a word before and behind it, since either may be there.
#[derive(Default)]
struct Frame<'p> {
    before: String,
    behind: String,
    /// End tags without a start tag: names and places. Nothing for a whole page, where a browser passes over them.
    closes: Vec<(&'p str, usize)>,
}

impl<'p> Frame<'p> {
    fn of(page: &'p str, is_whole: bool) -> Self {
        let end = page.trim_ascii_end();
        let ends = ["</html>", "</body>"].iter().any(|tag| {
            end.len() >= tag.len()
                && end.is_char_boundary(end.len() - tag.len())
                && end[end.len() - tag.len()..].eq_ignore_ascii_case(tag)
        });
        let mut outline = Outline::default();
        outline.read(page, ends || is_whole);
        // What does not begin like a page may be put into one by others, whatever it is called.
        let ends = ends || is_whole && outline.document;
        let mut behind = String::new();
        if !ends {
            behind.push('\u{e001}');
            for name in outline.open.iter().rev() {
                behind.push_str(&format!("</{name}>\u{e001}"));
            }
        }
        if outline.document {
            return Self {
                behind,
                ..Self::default()
            };
        }
        let mut before = String::from("<!doctype html><body>\u{e002}");
        for (name, _) in outline.unopened.iter().rev() {
            before.push_str(&format!("<{name}>"));
        }
        before.push_str(match outline.first.to_ascii_lowercase().as_str() {
            "tr" => "<table><tbody>",
            "td" | "th" => "<table><tbody><tr>",
            "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => "<table>",
            "col" => "<table><colgroup>",
            "option" | "optgroup" => "<select>",
            "path" | "g" | "circle" | "rect" | "line" | "polyline" | "polygon" | "ellipse"
            | "symbol" | "defs" | "use" => "<svg>",
            _ => "",
        });
        Self {
            before,
            behind,
            closes: outline.unopened,
        }
    }

    /// Whether the other page closes other elements of what is around it.
    fn closes_other(&self, made: &str) -> Option<Differs> {
        if self.before.is_empty() {
            return None;
        }
        let mut outline = Outline::default();
        outline.read(made, false);
        let names = |closes: &[(&str, usize)]| -> Vec<String> {
            closes
                .iter()
                .map(|(name, _)| format!("</{}>", name.to_ascii_lowercase()))
                .collect()
        };
        let (wanted, got) = (names(&self.closes), names(&outline.unopened));
        let same = wanted.iter().zip(&got).take_while(|(a, b)| a == b).count();
        (wanted != got).then(|| Differs {
            at: self
                .closes
                .get(same)
                .or(self.closes.last())
                .map_or(0, |(_, at)| *at),
            expected: wanted.concat(),
            found: got.concat(),
        })
    }

    fn around(&self, page: &str) -> String {
        [&self.before, page, &self.behind].concat()
    }

    fn differs(&self, wanted: &Canon, got: &str) -> Differs {
        let same = wanted
            .text
            .bytes()
            .zip(got.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        let same = (0..=same)
            .rev()
            .find(|at| wanted.text.is_char_boundary(*at) && got.is_char_boundary(*at))
            .unwrap_or(0);
        // The node that begins there, or the one that has begun last.
        let next = wanted.marks.partition_point(|(at, _)| *at < same);
        let near = wanted.marks.get(next).filter(|(at, _)| at - same < 4);
        let mark = near.or_else(|| wanted.marks.get(next.checked_sub(1)?));
        let origin = mark.map_or(0, |(_, origin)| *origin as usize);
        Differs {
            at: origin.saturating_sub(self.before.len()),
            expected: readable(&wanted.text, same),
            found: readable(got, same),
        }
    }
}

/// The tags of a page, read roughly.
#[derive(Default)]
struct Outline<'p> {
    document: bool,
    /// The first element.
    first: &'p str,
    open: Vec<&'p str>,
    /// End tags without a start tag, in their order, with their places.
    unopened: Vec<(&'p str, usize)>,
}

impl<'p> Outline<'p> {
    /// `whole`: of a page that is whole nothing more is to know.
    fn read(&mut self, page: &'p str, whole: bool) {
        let mut rest = page;
        while let Some(at) = rest.find('<') {
            if whole && self.document {
                return;
            }
            let blank = rest[..at].trim_ascii().is_empty();
            rest = &rest[at..];
            let place = page.len() - rest.len();
            if rest.starts_with("<!--") {
                rest = rest[4..].split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            if rest
                .get(..9)
                .is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"))
            {
                self.document |= self.first.is_empty();
            }
            let end = rest[1..].starts_with('/');
            let name = &rest[1 + usize::from(end)..];
            if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                rest = &rest[1..];
                continue;
            }
            let length = name
                .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
                .unwrap_or(name.len());
            let name = &name[..length];
            if self.first.is_empty() {
                self.document |= is_any(name, &["html", "head", "body"]) && blank && !end;
                self.first = name;
            }
            rest = tag_end(&rest[1 + usize::from(end) + length..]);
            if end {
                self.close(name, place);
            } else {
                if is_any(name, &["script", "style", "textarea", "title", "xmp"]) {
                    let closes = |at: &usize| {
                        rest.get(at + 2..at + 2 + name.len())
                            .is_some_and(|tag| tag.eq_ignore_ascii_case(name))
                    };
                    let at = rest.match_indices("</").map(|(at, _)| at).find(closes);
                    rest = at.map_or("", |at| &rest[at..]);
                }
                self.open.push(name);
            }
        }
    }

    fn close(&mut self, name: &'p str, at: usize) {
        let is_it = |open: &&str| open.eq_ignore_ascii_case(name);
        match self.open.iter().rposition(is_it) {
            Some(at) => self.open.truncate(at),
            None if is_any(name, &["html", "body", "head", "br"]) => {}
            None => self.unopened.push((name, at)),
        }
    }
}

/// Whether a name in a page is one of some, however it is written.
fn is_any(name: &str, names: &[&str]) -> bool {
    names.iter().any(|given| given.eq_ignore_ascii_case(name))
}

/// What follows a tag, from within it.
fn tag_end(rest: &str) -> &str {
    let bytes = rest.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'>' => return &rest[at + 1..],
            b'=' => {
                at += 1;
                while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                    at += 1;
                }
                if let Some(quote @ (b'"' | b'\'')) = bytes.get(at) {
                    let length = bytes[at + 1..].iter().position(|byte| byte == quote);
                    at = length.map_or(bytes.len(), |length| at + 1 + length);
                    at += 1;
                }
            }
            _ => at += 1,
        }
    }
    ""
}

/// A stretch of a page that was written down, for people.
fn readable(text: &str, at: usize) -> String {
    // From the start of the tag or word that differs.
    let start = text[..at]
        .rfind(['\u{1}', '\u{4}', '\u{5}'])
        .map_or(0, |tag| {
            tag + usize::from(!text[tag..].starts_with('\u{1}'))
        });
    let start = match at - start {
        0..40 => start,
        _ => (at - 40..at)
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(at),
    };
    let mut out = String::new();
    let mut marks = 0;
    for (offset, c) in text[start..].char_indices() {
        if out.chars().count() > 60 + (at - start) || (offset > at - start && marks > 2) {
            out.push('…');
            break;
        }
        match c {
            '\u{1}' => out.push('<'),
            '\u{3}' => {}
            '\u{4}' => out.push('>'),
            '\u{5}' => out.push_str("</>"),
            '\u{6}' | '\u{e001}' | '\u{e002}' => {}
            '\u{e000}' => out.push('·'),
            c => out.push(c),
        }
        marks += usize::from(matches!(c, '\u{4}' | '\u{5}') && start + offset >= at);
    }
    // What ends there says nothing, unless it is all.
    match out.trim_end_matches("…").trim_end_matches("</>") {
        "" => out,
        text => text.to_owned(),
    }
}
