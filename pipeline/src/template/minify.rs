use std::collections::BTreeSet;

use super::html::comment_end;
use super::rewrite::{Segment, Tag};
use super::show::keeps_comment;
use super::syntax::Whitespace;

/// Why a template is left as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unsure(pub(crate) String);

/// Names of templates, blocks and macros whose contents end up where every space counts: inside `pre`, an attribute, a
/// script. Filled by looking at all templates, since the place of use decides and not the place of writing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Exact {
    pub(crate) templates: BTreeSet<String>,
    pub(crate) blocks: BTreeSet<String>,
    pub(crate) macros: BTreeSet<String>,
    /// Blocks that are also written somewhere else: by `super()`, or alone as a fragment. White space at their ends stays.
    pub(crate) moved_blocks: BTreeSet<String>,
}

impl Exact {
    /// Whether a template is used in an exact place. Askama looks beside the including file first, so that an entry may be
    /// the end of a path.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.templates.iter().any(|entry| {
            path.strip_suffix(entry.trim_start_matches("./"))
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        })
    }
}

/// Removes what a browser does not show from the literal stretches of a template: runs of white space become one
/// character, white space in the head and plain comments go. Tags are neither moved nor touched.
///
/// White space in a body is never removed whole, because any element can be displayed inline by a stylesheet.
pub(crate) fn minify(segments: Vec<Segment>, exact: &Exact) -> Result<Vec<Segment>, Unsure> {
    Walker::new(exact.clone()).walk(segments)
}

/// Adds to `exact` what this template uses in exact places. `name` is the template's own.
pub(crate) fn exact_uses(name: &str, segments: &[Segment], exact: &mut Exact) {
    let mut walker = Walker::new(exact.clone());
    if exact.covers(name) {
        walker.state.exact = 1;
    }
    // Where the walk ends early, the template ships as it is, and so must all that it includes.
    if walker.walk(segments.to_vec()).is_err() {
        walker.state.exact = 1;
        for segment in segments {
            if let Segment::Tag(tag) = segment {
                walker.note_use(tag);
            }
        }
    }
    *exact = walker.exact;
}

/// Where in the HTML a place of the template stands.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Mode {
    Data,
    /// Inside a start or end tag, between attributes. Holds the tag's name, `/` in front for an end tag.
    Tag(String),
    /// Behind the `=` of an attribute, before its value.
    BeforeValue(String),
    Quoted(String, char),
    Unquoted(String),
    Comment,
    /// Up to the next `>`: a doctype, `<?…>`, `<!…>`.
    Bogus,
    /// Text of a raw-text or RCDATA element.
    Raw(String),
}

/// Which white space the parser throws away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Section {
    /// Not known: a fragment, or behind something that may have left the head.
    Unknown,
    /// Before the body: nothing there is shown.
    Head,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct State {
    mode: Mode,
    section: Section,
    /// How many elements around keep white space.
    exact: usize,
}

struct Walker {
    state: State,
    exact: Exact,
    /// The text written last ends in white space that stands for a run.
    spaced: bool,
}

struct Frame {
    name: String,
    start: State,
    ends: Vec<State>,
    /// Whether one of the branches is taken for sure.
    total: bool,
    /// By how much the block made its contents exact.
    entered: usize,
    /// Whether white space stood before the block, and whether it does before each of its branches.
    before: bool,
    spaced: bool,
    /// Whether every branch so far ended in white space.
    ends_spaced: bool,
    /// The name of a `block`.
    block: Option<String>,
}

impl Walker {
    fn new(exact: Exact) -> Self {
        Self {
            state: State {
                mode: Mode::Data,
                section: Section::Unknown,
                exact: 0,
            },
            exact,
            spaced: false,
        }
    }

    fn walk(&mut self, segments: Vec<Segment>) -> Result<Vec<Segment>, Unsure> {
        let mut frames: Vec<Frame> = Vec::new();
        let mut done: Vec<Segment> = Vec::with_capacity(segments.len());
        let mut first = true;
        for (index, segment) in segments.iter().enumerate() {
            match segment {
                Segment::Text(text) => {
                    let text = match first && starts_document(text) {
                        true => text.trim_start(),
                        false => text,
                    };
                    first &= text.trim().is_empty();
                    done.push(Segment::Text(self.text(text)));
                }
                Segment::Raw { open, text, close } => {
                    first = false;
                    self.spaced = false;
                    done.push(Segment::Raw {
                        open: open.clone(),
                        text: self.text(text),
                        close: close.clone(),
                    });
                    self.spaced = false;
                }
                Segment::Tag(tag) => {
                    if tag.left == Whitespace::Suppress || tag.is_expr {
                        self.spaced = false;
                    }
                    // The space inside the end of a block goes if one follows outside, whatever a child puts there.
                    if tag.name == "endblock"
                        && self.state.exact == 0
                        && self.spaced
                        && space_follows(tag, segments.get(index + 1))
                        && frames
                            .last()
                            .is_some_and(|frame| self.stays(frame.block.as_deref()))
                        && let Some(Segment::Text(last)) = done.last_mut()
                    {
                        last.truncate(last.trim_end_matches(' ').len());
                    }
                    self.tag(tag, &mut frames, &segments[index + 1..])?;
                    // Only tags that write nothing may stand before the doctype.
                    first &= !tag.is_expr;
                    done.push(Segment::Tag(tag.clone()));
                }
            }
        }
        if let Some(frame) = frames.last() {
            return Err(Unsure(format!("`{}` is never closed", frame.name)));
        }
        match self.state.mode {
            Mode::Data => Ok(done),
            _ => Err(Unsure("the template ends inside a tag".to_owned())),
        }
    }

    /// Whether a block's contents are only ever written where they stand, between the text around them.
    fn stays(&self, block: Option<&str>) -> bool {
        block.is_some_and(|block| !self.exact.moved_blocks.contains(block))
    }

    fn is_exact(&self) -> bool {
        self.state.exact > 0 || self.state.mode != Mode::Data
    }

    /// Remembers what an exact place uses.
    fn note_use(&mut self, tag: &Tag) {
        if !self.is_exact() {
            return;
        }
        if tag.name == "include" {
            self.exact.templates.extend(tag.first_string());
        }
        if tag.name == "block" {
            self.exact.blocks.extend(tag.second_word());
        }
        if tag.name == "call" || tag.is_expr {
            self.exact.macros.extend(tag.called());
        }
    }

    fn tag(
        &mut self,
        tag: &Tag,
        frames: &mut Vec<Frame>,
        following: &[Segment],
    ) -> Result<(), Unsure> {
        self.note_use(tag);
        if tag.is_expr && tag.content.contains("super(") {
            let around = frames.iter().rev().find_map(|frame| frame.block.clone());
            self.exact.moved_blocks.extend(around);
        }
        let name = tag.name.as_str();
        // What an expression or include writes may have closed the head.
        if (tag.is_expr || matches!(name, "include" | "call")) && self.state.mode == Mode::Data {
            self.state.section = Section::Unknown;
        }
        if matches!(name, "include" | "call") {
            self.spaced = false;
        }
        // The value of an attribute began with an expression: unquoted.
        if tag.is_expr
            && let Mode::BeforeValue(element) = &self.state.mode
        {
            self.state.mode = Mode::Unquoted(element.clone());
        }
        match name {
            "if" | "for" | "match" | "block" | "filter" | "macro" | "call" | "let" | "set"
            | "decl" | "declare"
                if tag.is_closed_later =>
            {
                let exact_inside = match name {
                    "block" => tag
                        .second_word()
                        .is_some_and(|block| self.exact.blocks.contains(&block)),
                    "macro" => tag
                        .second_word()
                        .is_some_and(|name| self.exact.macros.contains(&name)),
                    // A filter may count spaces, and what a `let` or `call` block holds is used somewhere else.
                    "filter" | "let" | "set" | "call" => true,
                    _ => false,
                };
                frames.push(Frame {
                    name: name.to_owned(),
                    start: self.state.clone(),
                    ends: Vec::new(),
                    total: name == "match",
                    entered: usize::from(exact_inside),
                    before: self.spaced,
                    spaced: self.spaced && (name != "for" || loop_ends_in_space(following)),
                    ends_spaced: true,
                    block: tag.second_word().filter(|_| name == "block"),
                });
                // What `block` holds is written where it stands, unless a child replaces it; the others are used elsewhere.
                self.spaced = match name {
                    "if" | "match" => self.spaced,
                    "block" => self.spaced && self.stays(tag.second_word().as_deref()),
                    "for" => frames.last().is_some_and(|frame| frame.spaced),
                    _ => false,
                };
                self.state.exact += usize::from(exact_inside);
                if name == "macro" {
                    self.state.section = Section::Unknown;
                }
            }
            "else" | "elif" | "when" => {
                let Some(frame) = frames.last_mut() else {
                    return Err(Unsure(format!("`{name}` stands outside of a block")));
                };
                frame.ends.push(self.state.clone());
                frame.total |= frame.name == "if" && tag.content == "else";
                self.state = frame.start.clone();
                frame.ends_spaced &= self.spaced;
                self.spaced = match frame.name.as_str() {
                    // Behind a loop's `else` nothing was written by the loop.
                    "for" => frame.before,
                    _ => frame.spaced,
                };
            }
            "break" | "continue" => {
                let outer = frames.iter().rev().find(|frame| frame.name == "for");
                if outer.is_none_or(|frame| frame.start != self.state) {
                    return Err(Unsure(format!(
                        "`{name}` leaves the loop at another place than it began"
                    )));
                }
            }
            name if name.starts_with("end") => {
                let Some(frame) = frames.pop() else {
                    return Err(Unsure(format!("`{name}` closes nothing")));
                };
                let mut end = self.state.clone();
                end.exact = end.exact.saturating_sub(frame.entered);
                if !frame.total {
                    Self::merge(&mut end, &frame.start, &frame.name)?;
                }
                for other in &frame.ends {
                    Self::merge(&mut end, other, &frame.name)?;
                }
                self.state = end;
                self.spaced = match frame.name.as_str() {
                    "if" | "match" | "for" => {
                        self.spaced && frame.ends_spaced && (frame.total || frame.before)
                    }
                    // A child may have put anything in its place.
                    _ => false,
                };
                if frame.name == "macro" {
                    self.state.section = frame.start.section;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Two ways lead here: both must have come to the same place.
    fn merge(state: &mut State, other: &State, block: &str) -> Result<(), Unsure> {
        // An unquoted value may be empty: `<a href={% if x %}y{% endif %}>`.
        if let (Mode::Unquoted(element), Mode::BeforeValue(_)) = (&state.mode, &other.mode) {
            state.mode = Mode::Unquoted(element.clone());
        } else if state.mode != other.mode {
            return Err(Unsure(format!(
                "the branches of `{block}` end at different places of a tag"
            )));
        }
        if state.exact != other.exact {
            return Err(Unsure(format!(
                "`pre` is opened in one branch of `{block}` only"
            )));
        }
        if state.section != other.section {
            state.section = Section::Unknown;
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            at = match self.state.mode.clone() {
                Mode::Data => self.data(text, at, &mut out),
                Mode::Tag(name) => self.in_tag(text, at, &mut out, &name),
                Mode::BeforeValue(name) => self.before_value(text, at, &mut out, name),
                Mode::Quoted(name, quote) => match text[at..].find(quote) {
                    Some(end) => {
                        self.state.mode = Mode::Tag(name);
                        copy(text, at, at + end + 1, &mut out)
                    }
                    None => copy(text, at, text.len(), &mut out),
                },
                Mode::Unquoted(name) => {
                    let end = text[at..].find(|c: char| c.is_ascii_whitespace() || c == '>');
                    match end {
                        Some(end) => {
                            self.state.mode = Mode::Tag(name);
                            copy(text, at, at + end, &mut out)
                        }
                        None => copy(text, at, text.len(), &mut out),
                    }
                }
                Mode::Comment => match text[at..].find("-->") {
                    Some(end) => {
                        self.state.mode = Mode::Data;
                        copy(text, at, at + end + 3, &mut out)
                    }
                    None => copy(text, at, text.len(), &mut out),
                },
                Mode::Bogus => match text[at..].find('>') {
                    Some(end) => {
                        self.state.mode = Mode::Data;
                        copy(text, at, at + end + 1, &mut out)
                    }
                    None => copy(text, at, text.len(), &mut out),
                },
                Mode::Raw(name) => match super::html::raw_text_end(text, at, &name) {
                    Some((_, end)) => {
                        self.state.mode = Mode::Data;
                        copy(text, at, end, &mut out)
                    }
                    None => copy(text, at, text.len(), &mut out),
                },
            };
            if !matches!(self.state.mode, Mode::Data) {
                self.spaced = false;
            }
        }
        out
    }

    fn data(&mut self, text: &str, at: usize, out: &mut String) -> usize {
        let rest = &text[at..];
        let next = rest.find('<').unwrap_or(rest.len());
        if next > 0 {
            self.characters(&rest[..next], out);
            return at + next;
        }
        if rest.starts_with("<!--") {
            let Some(end) = comment_end(text, at) else {
                self.state.mode = Mode::Comment;
                self.spaced = false;
                return copy(text, at, text.len(), out);
            };
            let comment = &text[at..end];
            if self.state.exact > 0 || keeps_comment(comment) {
                match self.state.exact {
                    0 => out.push_str(&conditional(comment)),
                    _ => out.push_str(comment),
                }
                self.spaced = false;
            }
            return end;
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            if rest
                .get(..9)
                .is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"))
            {
                self.state.section = Section::Head;
            }
            self.spaced = false;
            if rest.starts_with("<![CDATA[") {
                let end = text[at..]
                    .find("]]>")
                    .map_or(text.len(), |end| at + end + 3);
                return copy(text, at, end, out);
            }
            self.state.mode = Mode::Bogus;
            return copy(text, at, at + 2, out);
        }
        let slash = usize::from(rest[1..].starts_with('/'));
        let name_start = 1 + slash;
        if !rest[name_start..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            // A lone `<` is text.
            self.spaced = false;
            return copy(text, at, at + 1, out);
        }
        let length = rest[name_start..]
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
            .unwrap_or(rest.len() - name_start);
        let name = rest[name_start..name_start + length].to_ascii_lowercase();
        self.enter(&name, slash == 1);
        self.spaced = false;
        self.state.mode = Mode::Tag(if slash == 1 { format!("/{name}") } else { name });
        copy(text, at, at + name_start + length, out)
    }

    /// What a tag says about the section around it.
    fn enter(&mut self, name: &str, end: bool) {
        match (name, end) {
            ("html" | "head", false) | ("head", true) => self.state.section = Section::Head,
            (
                "base" | "basefont" | "bgsound" | "link" | "meta" | "noframes" | "noscript"
                | "script" | "style" | "template" | "title",
                _,
            ) => {}
            _ => self.state.section = Section::Unknown,
        }
    }

    fn characters(&mut self, text: &str, out: &mut String) {
        if self.state.exact > 0 {
            out.push_str(text);
            return;
        }
        for c in text.chars() {
            if !matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c') {
                out.push(c);
                self.spaced = false;
                self.state.section = Section::Unknown;
            } else if self.state.section == Section::Unknown && !self.spaced {
                out.push(' ');
                self.spaced = true;
            }
        }
    }

    fn in_tag(&mut self, text: &str, at: usize, out: &mut String, name: &str) -> usize {
        let rest = &text[at..];
        let Some(c) = rest.chars().next() else {
            return text.len();
        };
        match c {
            '>' => {
                self.state.mode = Mode::Data;
                out.push('>');
                match name {
                    "pre" | "listing" => self.state.exact += 1,
                    "/pre" | "/listing" => self.state.exact = self.state.exact.saturating_sub(1),
                    "script" | "style" | "textarea" | "title" | "xmp" | "iframe" | "noembed"
                    | "noframes" | "plaintext" => {
                        self.state.mode = Mode::Raw(name.to_owned());
                    }
                    _ => {}
                }
                at + 1
            }
            c if c.is_ascii_whitespace() => {
                let length = rest
                    .find(|c: char| !c.is_ascii_whitespace())
                    .unwrap_or(rest.len());
                if !rest[length..].starts_with('>') && !out.ends_with(' ') {
                    out.push(' ');
                }
                at + length
            }
            '=' => {
                self.state.mode = Mode::BeforeValue(name.to_owned());
                copy(text, at, at + 1, out)
            }
            c => copy(text, at, at + c.len_utf8(), out),
        }
    }

    fn before_value(&mut self, text: &str, at: usize, out: &mut String, name: String) -> usize {
        let rest = &text[at..];
        match rest.chars().next() {
            Some(c) if c.is_ascii_whitespace() => at + c.len_utf8(),
            Some(quote @ ('"' | '\'')) => {
                self.state.mode = Mode::Quoted(name, quote);
                copy(text, at, at + 1, out)
            }
            Some('>') => {
                self.state.mode = Mode::Tag(name);
                at
            }
            _ => {
                self.state.mode = Mode::Unquoted(name);
                at
            }
        }
    }
}

/// Whether a text with white space at its start follows a tag that leaves it there.
fn space_follows(tag: &Tag, next: Option<&Segment>) -> bool {
    tag.right != Whitespace::Suppress
        && matches!(next, Some(Segment::Text(text)) if text.starts_with(|c: char| c.is_ascii_whitespace()))
}

/// Whether the body of a loop that was just opened ends in white space in every way it can end.
fn loop_ends_in_space(following: &[Segment]) -> bool {
    let mut depth = 0_usize;
    let mut ends_in_space = false;
    for segment in following {
        match segment {
            Segment::Tag(tag) => match tag.name.as_str() {
                "break" | "continue" => return false,
                "for" | "if" | "match" => depth += 1,
                "endfor" | "else" if depth == 0 => {
                    return ends_in_space && tag.left != Whitespace::Suppress;
                }
                "endfor" | "endif" | "endmatch" => depth = depth.saturating_sub(1),
                _ => {}
            },
            Segment::Text(_) | Segment::Raw { .. } => {}
        }
        ends_in_space = matches!(segment, Segment::Text(text) if text.ends_with(|c: char| c.is_ascii_whitespace()));
    }
    false
}

fn copy(text: &str, from: usize, to: usize, out: &mut String) -> usize {
    out.push_str(&text[from..to]);
    to
}

fn starts_document(text: &str) -> bool {
    let start = text.trim_start();
    ["<!doctype", "<html"].iter().any(|word| {
        start
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    })
}

/// A conditional comment holds HTML for a browser that has no script-driven white space: runs become one space where
/// nothing in it counts spaces.
fn conditional(comment: &str) -> String {
    let lower = comment.to_ascii_lowercase();
    let counts = ["<pre", "<textarea", "<style", "<!--!", "<!--#"]
        .iter()
        .any(|tag| lower.contains(tag));
    let inline_script = lower.match_indices("<script").any(|(at, _)| {
        let tag_end = lower[at..].find('>').map_or(lower.len(), |end| at + end);
        !lower[at..tag_end].contains("src=")
    });
    if counts || inline_script || !lower.contains("[if") {
        return comment.to_owned();
    }
    let words: Vec<&str> = comment.split_ascii_whitespace().collect();
    // Quoted attribute values may hold runs of spaces that count.
    if comment
        .split(['"', '\''])
        .skip(1)
        .step_by(2)
        .any(|value| value.contains("  ") || value.contains('\n'))
    {
        return comment.to_owned();
    }
    words.join(" ").replace("> <", "><")
}

#[cfg(test)]
mod tests {
    use super::super::rewrite::{Output, print, rewrite};
    use super::super::scan::scan;
    use super::super::syntax::Syntax;
    use super::*;
    use crate::fixture::cases;

    fn segments(source: &str, syntax: &Syntax) -> Vec<Segment> {
        let tokens = scan(source, syntax).unwrap();
        rewrite(source, &tokens, &Default::default(), &output(syntax))
    }

    fn output(syntax: &Syntax) -> Output<'_> {
        Output {
            syntax,
            whitespace: Whitespace::Preserve,
            static_url: None,
        }
    }

    #[test]
    fn fixtures() {
        let syntax = Syntax::default();
        for case in cases("template/minify") {
            let minified = minify(segments(case.section("input"), &syntax), &Exact::default());
            match minified {
                Ok(minified) => case.expect("output", &print(&minified, &output(&syntax))),
                Err(unsure) => case.expect("unsure", &format!("{}\n", unsure.0)),
            }
        }
    }

    #[test]
    fn a_block_that_is_written_elsewhere_keeps_its_ends() {
        let syntax = Syntax::default();
        let base = segments("a {% block x %} b {% endblock %} c", &syntax);
        let mut exact = Exact::default();
        let fold = |exact: &Exact| print(&minify(base.clone(), exact).unwrap(), &output(&syntax));
        assert_eq!(fold(&exact), "a {% block x %}b{% endblock %} c");
        let child = segments("{% block x %}{{ super() }}d{% endblock %}", &syntax);
        exact_uses("child.html", &child, &mut exact);
        assert_eq!(fold(&exact), "a {% block x %} b {% endblock %} c");
    }

    #[test]
    fn what_an_exact_place_uses_is_exact() {
        let syntax = Syntax::default();
        let mut exact = Exact::default();
        let page = "<pre>{% include \"code.txt.html\" %}{% block code %}{% endblock %}{{ m::line(1) }}</pre>{% include \"b.html\" %}";
        exact_uses("page.html", &segments(page, &syntax), &mut exact);
        exact_uses(
            "x/code.txt.html",
            &segments("{% include \"inner.html\" %}", &syntax),
            &mut exact,
        );
        assert!(
            exact.covers("x/code.txt.html")
                && exact.covers("inner.html")
                && !exact.covers("b.html")
        );
        let child = "{% block code %}  a  {% endblock %}  {% block x %}  b  {% endblock %}{% macro line(n) %}  c  {% endmacro %}";
        let minified = minify(segments(child, &syntax), &exact).unwrap();
        assert_eq!(
            print(&minified, &output(&syntax)),
            "{% block code %}  a  {% endblock %} {% block x %}b {% endblock %}{% macro line(n) %}  c  {% endmacro %}"
        );
    }
}
