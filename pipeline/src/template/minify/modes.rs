//! The states of the tokenizer.

use super::super::rewrite::Segment;
use super::Unsure;
use super::item::{Bit, How, Name};

/// What the next character is read as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    Data,
    /// In the name of a start or end tag.
    TagName,
    /// Between attributes.
    Tag,
    /// In the name of an attribute.
    Name,
    /// Behind the name of an attribute and white space.
    AfterName,
    /// Behind the `=`.
    BeforeValue,
    Quoted(u8),
    Unquoted,
    Comment,
    /// Up to the next `>`: a doctype, `<?…>`, `<!…>`.
    Bogus,
    /// In the text of a raw-text element.
    Content,
}

/// Whose markup it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Space {
    Foreign,
    /// HTML inside of svg or math.
    Html,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct State<'a> {
    pub(super) mode: Mode,
    /// The element whose tag or text this is.
    pub(super) name: Name<'a>,
    pub(super) is_end: bool,
    /// The elements around that change whose markup it is.
    pub(super) spaces: Vec<(Space, &'a str)>,
}

pub(super) struct Frame<'a> {
    pub(super) name: &'a str,
    pub(super) start: State<'a>,
    pub(super) ends: Vec<State<'a>>,
    /// Whether one of the branches is taken for sure.
    pub(super) is_total: bool,
}

/// The text of a raw-text element while it is being read.
pub(super) struct Reading<'a> {
    pub(super) bits: Vec<Bit<'a>>,
    /// How many blocks were open at its start.
    pub(super) depth: usize,
    pub(super) how: How,
}

pub(super) const NO_NAME: Name<'static> = Name {
    written: "",
    known: "",
};

impl State<'_> {
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self.spaces.last(), Some((Space::Foreign, _)))
    }

    /// HTML's own elements end svg and math where they stand (HTML §13.2.6.5).
    pub(super) fn breaks_out(&mut self, name: &str, is_end: bool) -> bool {
        let breaks = matches!(
            name,
            "b" | "big"
                | "blockquote"
                | "body"
                | "br"
                | "center"
                | "code"
                | "dd"
                | "div"
                | "dl"
                | "dt"
                | "em"
                | "embed"
                | "h1"
                | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "head"
                | "hr"
                | "i"
                | "img"
                | "li"
                | "listing"
                | "menu"
                | "meta"
                | "nobr"
                | "ol"
                | "p"
                | "pre"
                | "ruby"
                | "s"
                | "small"
                | "span"
                | "strong"
                | "strike"
                | "sub"
                | "sup"
                | "table"
                | "tt"
                | "u"
                | "ul"
                | "var"
        );
        if breaks && !is_end {
            while self.is_foreign() {
                self.spaces.pop();
            }
        }
        breaks && !is_end
    }
}

/// Elements of svg and math that hold HTML.
pub(super) fn holds_html(name: &str) -> bool {
    [
        "foreignobject",
        "desc",
        "title",
        "mi",
        "mo",
        "mn",
        "ms",
        "mtext",
        "annotation-xml",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(name))
}

/// Two ways lead here: both must have come to the same place.
pub(super) fn merge<'a>(
    state: &mut State<'a>,
    other: &State<'a>,
    block: &str,
) -> Result<(), Unsure> {
    let same = match (state.mode, other.mode) {
        // An unquoted value may be empty: `<a href={% if x %}y{% endif %}>`.
        (Mode::Unquoted, Mode::BeforeValue) => true,
        (
            Mode::Tag | Mode::Name | Mode::AfterName | Mode::Unquoted,
            Mode::Tag | Mode::Name | Mode::AfterName | Mode::Unquoted,
        ) => {
            // What follows may belong to the name or value that one of them ends with.
            state.mode = match (state.mode, other.mode) {
                (one, two) if one == two => one,
                (Mode::Tag, Mode::AfterName) | (Mode::AfterName, Mode::Tag) => Mode::AfterName,
                _ => Mode::Name,
            };
            true
        }
        (one, two) => one == two,
    };
    let named = match state.mode {
        Mode::Data | Mode::Comment | Mode::Bogus => true,
        _ => state.is_end == other.is_end && state.name.written == other.name.written,
    };
    if !same || !named {
        return Err(Unsure::new(format!(
            "the branches of `{block}` end at different places of a tag"
        )));
    }
    if state.spaces != other.spaces {
        return Err(Unsure::new(format!(
            "`svg` or `math` is opened in one branch of `{block}` only"
        )));
    }
    Ok(())
}

/// Whether the name of an element ends here in every branch, as in `<li{% if x %} class="y"{% endif %}>`.
pub(super) fn ends_name(following: &[Segment]) -> bool {
    // Whether the name goes on at the start of the blocks around, and at the end of one of their branches.
    let mut blocks: Vec<(bool, bool)> = Vec::new();
    let mut goes_on = true;
    for segment in following {
        match segment {
            Segment::Text(text) | Segment::Kept(text) if goes_on && !text.is_empty() => {
                if !text.starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')) {
                    return false;
                }
                goes_on = false;
            }
            Segment::Text(_) | Segment::Kept(_) => {}
            Segment::Raw { .. } if goes_on => return false,
            Segment::Raw { .. } => {}
            Segment::Tag(tag) if tag.writes() => {
                if goes_on {
                    return false;
                }
            }
            Segment::Tag(tag) => match tag.is_opening() {
                Some(true) => blocks.push((goes_on, false)),
                Some(false) => match blocks.pop() {
                    Some((start, end)) => goes_on |= start || end,
                    None => return false,
                },
                None if tag.is_branch() => match blocks.last_mut() {
                    Some((start, end)) => {
                        *end |= goes_on;
                        goes_on = *start;
                    }
                    None => return false,
                },
                None => {}
            },
        }
        if !goes_on && blocks.is_empty() {
            return true;
        }
    }
    false
}
