//! What of a page's markup a browser does not show: the one table that the minifier works by and the proof allows.
//!
//! Text stands in lines. Elements either take part in a line or stand apart from it, and white space shows only between
//! two things in one line:
//!
//! 1. A run of white space is one space, wherever it stands, except where every character counts ([`Inside::Exact`]).
//! 2. A run shows nothing at the start or end of an element that holds lines of its own ([`Inside::Edge`]).
//! 3. A run shows nothing anywhere directly inside of an element that holds no text ([`Inside::Bare`]).
//! 4. Beside an element that stands apart ([`Outside::Apart`]) a run shows at most as the space between what stands
//!    before and behind it in the line: a script may hide the element, a stylesheet float it. So of all runs between two
//!    pieces of a line, with only such elements between them, one must stay, whichever; and none if there is an edge at
//!    one end.
//!
//! An element's standing is the one that browsers give it, unless a stylesheet that we know, or its own `style`, says
//! otherwise ([`Styles`]).

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::styles::{Styles, declarations, shows_inline, shows_space};

/// How an element stands among its neighbours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outside {
    /// In a line, as a word.
    Line,
    /// Not in the line: a block, or hidden.
    Apart,
}

/// What white space directly inside of an element does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Inside {
    /// The element only marks a part of the line; white space at its ends shows.
    Line,
    /// White space at the start and at the end does not show.
    Edge,
    /// No white space shows.
    Bare,
    /// Every character shows, down to the innermost element.
    Exact,
}

/// Where an element stands and what it does to white space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Flow {
    pub(crate) outside: Outside,
    pub(crate) inside: Inside,
}

/// An attribute as far as it is known at build time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Value<'a> {
    Absent,
    Known(&'a str),
    /// Some of it comes at run time. Holds the rest, with a space for each part that is not known.
    Open(&'a str),
}

/// A start tag, as the minifier or the proof sees it.
pub(crate) trait Element {
    /// Lower case, except for elements of svg and math that are written otherwise.
    fn name(&self) -> &str;
    fn attribute(&self, name: &str) -> Value<'_>;
    /// Whether it is an element of svg or math.
    fn is_foreign(&self) -> bool {
        false
    }
}

/// What stands at one end of a run of white space, elements that stand apart left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Neighbour {
    /// The start or end of an element whose inside is `Edge` or `Bare`, or of the page.
    Edge,
    /// Text, or the start or end of an element that takes part in the line.
    Line,
    /// Not known here: what an expression writes, the end of a template.
    // The proof, which sees whole pages, always knows.
    #[allow(dead_code)]
    Unknown,
}

/// Whether a run of white space shows nothing at all. `kept` tells whether another run stays that has the same
/// neighbours, with only elements that stand apart between the two.
pub(crate) fn vanishes(before: Neighbour, after: Neighbour, kept: bool) -> bool {
    kept || before == Neighbour::Edge || after == Neighbour::Edge
}

/// Whether a line break beside this character is not shown as a space by every browser: between two characters of Chinese
/// or Japanese some show nothing (CSS Text §4.1.3), so that a run with a line break stays one there.
pub(crate) fn joins_lines(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{312f}' | '\u{3190}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}' | '\u{200b}')
}

/// White space that the layout folds. A form feed is not.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Whether a comment means something to a browser, a server or a lawyer: conditional comments, `<!--! -->`, server-side
/// includes.
pub(crate) fn keeps_comment(comment: &str) -> bool {
    let body = comment.strip_prefix("<!--").unwrap_or(comment);
    let start = body.trim_start();
    start.starts_with("[if")
        || start.starts_with("<![endif")
        || body.starts_with(['!', '#'])
        || body.contains("<![endif")
}

/// Whether a `meta` of this name says how a page fits its window. Its properties stand apart by commas, and white space
/// beside one says nothing (CSS Viewport §3.1).
pub(crate) fn is_viewport_name(name: &str) -> bool {
    name.trim_matches(is_space).eq_ignore_ascii_case("viewport")
}

/// A list of such properties without that white space.
pub(crate) fn without_spaces(list: &str) -> String {
    let properties: Vec<&str> = list.split(',').map(str::trim_ascii).collect();
    properties.join(",")
}

/// Blocks by the style that browsers begin with (HTML §15.3): they hold lines and stand apart from the line around.
#[rustfmt::skip]
const BLOCKS: &[&str] = &[
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hgroup", "hr", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option", "p", "search",
    "section", "summary", "td", "th", "title", "ul",
];

/// Elements that hold no text of their own, only other elements; the parser or the layout drops white space there.
#[rustfmt::skip]
const BARE: &[&str] = &[
    "colgroup", "datalist", "frameset", "head", "html", "optgroup", "select", "table", "tbody", "tfoot", "thead",
    "tr",
];

/// Elements that a browser never shows, or that only end a line.
#[rustfmt::skip]
const HIDDEN: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "datalist", "link", "meta", "noembed", "noframes", "param",
    "style", "template",
];

/// In a line by themselves, with lines of their own inside.
const BOXES: &[&str] = &["button"];

/// Elements in which every character counts.
const EXACT: &[&str] = &["listing", "plaintext", "pre", "textarea", "xmp"];

/// Blocks that sites show in a line so often that a stylesheet which nobody has read is taken to do so.
const OFTEN_INLINE: &[&str] = &["dd", "dt", "li"];

/// Elements of svg and math that hold no text.
#[rustfmt::skip]
const BARE_FOREIGN: &[&str] = &[
    "clipPath", "defs", "filter", "g", "linearGradient", "marker", "mask", "math", "mfrac", "mmultiscripts",
    "mover", "mpadded", "mphantom", "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup",
    "mtable", "mtd", "mtr", "munder", "munderover", "pattern", "radialGradient", "semantics", "svg", "switch",
    "symbol",
];

/// Elements of math whose text is trimmed.
const EDGE_FOREIGN: &[&str] = &["mi", "mn", "mo", "ms", "mtext"];

/// In which of the lists an element of HTML is.
#[derive(Clone, Copy, Default)]
struct Kind {
    is_block: bool,
    is_bare: bool,
    is_hidden: bool,
    is_box: bool,
    is_exact: bool,
}

/// The lists, by name: every element of every page is looked up.
static KINDS: LazyLock<FxHashMap<&str, Kind>> = LazyLock::new(|| {
    let mut kinds: FxHashMap<&str, Kind> = FxHashMap::default();
    let mut note = |names: &[&'static str], set: fn(&mut Kind)| {
        for name in names {
            set(kinds.entry(name).or_default());
        }
    };
    note(BLOCKS, |kind| kind.is_block = true);
    note(BARE, |kind| {
        kind.is_block = true;
        kind.is_bare = true;
    });
    note(HIDDEN, |kind| kind.is_hidden = true);
    note(BOXES, |kind| kind.is_box = true);
    note(EXACT, |kind| kind.is_exact = true);
    note(&["pre", "listing"], |kind| kind.is_block = true);
    // A list box stands in the line.
    note(&["select"], |kind| kind.is_block = false);
    kinds
});

impl Styles {
    /// Where an element stands. For `script` see [`runs_later`].
    pub(crate) fn flow(&self, element: &impl Element) -> Flow {
        let name = element.name();
        let flow = |outside, inside| Flow { outside, inside };
        if element.is_foreign() {
            let inside = match name {
                _ if element.attribute("xml:space") != Value::Absent => Inside::Exact,
                name if BARE_FOREIGN.contains(&name) => Inside::Bare,
                name if EDGE_FOREIGN.contains(&name) => Inside::Edge,
                "foreignObject" => Inside::Edge,
                _ => Inside::Line,
            };
            return flow(Outside::Line, inside);
        }
        if name == "script" {
            return match runs_later(element) {
                true => flow(Outside::Apart, Inside::Exact),
                false => flow(Outside::Line, Inside::Exact),
            };
        }
        if name == "style" {
            return flow(Outside::Apart, Inside::Exact);
        }
        let Kind {
            is_block,
            is_bare,
            is_hidden,
            is_box,
            is_exact,
        } = KINDS.get(name).copied().unwrap_or_default();
        // Hidden whatever a stylesheet says (HTML §15.3.1).
        if is_hidden || is_hidden_input(element) {
            return flow(Outside::Apart, Inside::Line);
        }
        let own = element.attribute("style");
        let inline = self.can_be_inline(element, own);
        let outside = match is_block && !inline {
            true => Outside::Apart,
            false => Outside::Line,
        };
        let inside = match name {
            _ if is_exact || self.can_be_exact(element, own) => Inside::Exact,
            _ if is_bare && !inline => Inside::Bare,
            _ if (is_box || is_block && !inline) && !self.can_have_text(element) => Inside::Edge,
            _ => Inside::Line,
        };
        flow(outside, inside)
    }

    fn can_be_inline(&self, element: &impl Element, own: Value<'_>) -> bool {
        let by_itself = match own {
            Value::Absent => false,
            Value::Known(style) => {
                declarations(style).any(|(name, value)| shows_inline(name, value))
            }
            Value::Open(_) => true,
        };
        by_itself
            || (self.unseen && OFTEN_INLINE.contains(&element.name()))
            || self.inline.can_hold(element, true)
    }

    fn can_be_exact(&self, element: &impl Element, own: Value<'_>) -> bool {
        let by_itself = match own {
            Value::Absent => false,
            Value::Known(style) | Value::Open(style) => {
                declarations(style).any(|(name, value)| shows_space(name, value))
            }
        };
        by_itself || self.exact.can_hold(element, false)
    }

    /// Whether a stylesheet puts text before or behind what the element holds.
    fn can_have_text(&self, element: &impl Element) -> bool {
        self.generated.can_hold(element, true)
    }
}

fn is_hidden_input(element: &impl Element) -> bool {
    element.name() == "input"
        && matches!(element.attribute("type"), Value::Known(kind) if kind.eq_ignore_ascii_case("hidden"))
}

/// Whether a script can write nothing into the line where it stands (`document.write`): it is no script, or it runs when
/// the page is there.
pub(crate) fn runs_later(script: &impl Element) -> bool {
    #[rustfmt::skip]
    const CLASSIC: &[&str] = &[
        "", "application/ecmascript", "application/javascript", "application/x-ecmascript",
        "application/x-javascript", "text/ecmascript", "text/javascript", "text/jscript", "text/livescript",
        "text/x-ecmascript", "text/x-javascript",
    ];
    let has = |name| script.attribute(name) != Value::Absent;
    let classic = match script.attribute("type") {
        Value::Absent | Value::Open(_) => true,
        Value::Known(kind) => {
            let kind = kind.trim().to_ascii_lowercase();
            CLASSIC.contains(&kind.as_str()) || kind.starts_with("text/javascript1.")
        }
    };
    !classic || has("src") && (has("async") || has("defer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Tag(&'static str, &'static [(&'static str, Value<'static>)]);

    impl Element for Tag {
        fn name(&self) -> &str {
            self.0
        }

        fn attribute(&self, name: &str) -> Value<'_> {
            let given = self.1.iter().find(|(given, _)| *given == name);
            given.map_or(Value::Absent, |(_, value)| *value)
        }
    }

    fn flow(css: &str, tag: Tag) -> (Outside, Inside) {
        let mut styles = Styles::default();
        styles.add(css);
        let flow = styles.flow(&tag);
        (flow.outside, flow.inside)
    }

    const BLOCK: (Outside, Inside) = (Outside::Apart, Inside::Edge);
    const LINE: (Outside, Inside) = (Outside::Line, Inside::Line);

    #[test]
    fn elements_stand_as_browsers_show_them() {
        for (name, wanted) in [
            ("div", BLOCK),
            ("span", LINE),
            ("x-tabs", LINE),
            ("button", (Outside::Line, Inside::Edge)),
            ("table", (Outside::Apart, Inside::Bare)),
            ("select", (Outside::Line, Inside::Bare)),
            ("pre", (Outside::Apart, Inside::Exact)),
            ("textarea", (Outside::Line, Inside::Exact)),
            ("br", (Outside::Apart, Inside::Line)),
            ("script", (Outside::Line, Inside::Exact)),
        ] {
            assert_eq!(flow("", Tag(name, &[])), wanted, "{name}");
        }
        let module = Tag("script", &[("type", Value::Known("module"))]);
        assert_eq!(flow("", module).0, Outside::Apart);
        let open = Tag("div", &[("style", Value::Open(" "))]);
        assert_eq!(flow("", open), LINE);
    }

    #[test]
    fn stylesheets_change_where_elements_stand() {
        const CLASS: &[(&str, Value<'_>)] = &[("class", Value::Known("a b"))];
        const OPEN: &[(&str, Value<'_>)] = &[("class", Value::Open("a  "))];
        for (css, tag, wanted) in [
            ("ul > li{display:inline}", Tag("li", &[]), LINE),
            ("ul > li{display:inline}", Tag("div", &[]), BLOCK),
            (".b{display:inline-block}", Tag("div", CLASS), LINE),
            (".c{display:inline-block}", Tag("div", CLASS), BLOCK),
            (".c{display:inline-block}", Tag("div", OPEN), LINE),
            ("div.b:hover{display:contents}", Tag("div", CLASS), LINE),
            ("@media print{div{display:inline}}", Tag("div", &[]), LINE),
            (".b{&{display:inline}}", Tag("div", CLASS), LINE),
            (".x{.b{display:inline}}", Tag("div", CLASS), LINE),
            ("/* div{display:inline} */", Tag("div", &[]), BLOCK),
            (
                "div{content:\"}div{display:inline}\"}",
                Tag("div", &[]),
                BLOCK,
            ),
            (
                "div::before{content:\"x\"}",
                Tag("div", &[]),
                (Outside::Apart, Inside::Line),
            ),
            (
                "div:before{content:\"\";display:table}",
                Tag("div", &[]),
                BLOCK,
            ),
            (
                ".b{white-space:pre-wrap}",
                Tag("div", CLASS),
                (Outside::Apart, Inside::Exact),
            ),
            (".b{white-space:nowrap}", Tag("div", CLASS), BLOCK),
            ("*{display:inline}", Tag("p", &[]), LINE),
        ] {
            let name = tag.0;
            assert_eq!(flow(css, tag), wanted, "{css} {name}");
        }
    }
}
