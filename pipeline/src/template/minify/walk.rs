//! The walk from start to end, through every branch: which elements are open, what may be done to each piece, and which
//! white space is kept by what stands before it.

use super::super::rewrite::Tag;
use super::super::show::{Inside, Neighbour, Outside, keeps_comment};
use super::Options;
use super::embedded::is_javascript;
use super::exact::Exact;
use super::item::{Bit, Closed, Comment, End, Ended, Ends, How, Item, Name, Seen, Start, Text};
use super::names::{ends_before, is_metadata, is_void};
use super::stack::{Open, Phase, State};
use super::text::{fold, is_blank};
use super::tree::Node;

pub(super) struct Walk<'a, 'o> {
    pub(super) state: State<'a>,
    pub(super) exact: Exact,
    pub(super) options: &'o Options,
    /// The blocks around, by name, with how many elements were open at their start.
    pub(super) blocks: Vec<(&'a str, usize)>,
    /// Only look, touch nothing.
    pub(super) dry: bool,
    /// Something was written that a head cannot hold.
    pub(super) saw_body: bool,
    pub(super) is_utf8: bool,
    /// The template closes elements that it does not open.
    pub(super) closes_others: bool,
    /// Its blocks are written where another template has them.
    pub(super) extends: bool,
    /// A link begins in another, which is then put round what the blocks between hold.
    pub(super) nests_links: bool,
    /// The last start tag is that of a script.
    reads_script: bool,
}

impl<'a, 'o> Walk<'a, 'o> {
    pub(super) fn new(exact: Exact, options: &'o Options) -> Self {
        Self {
            state: State::unknown(),
            exact,
            options,
            blocks: Vec::new(),
            dry: false,
            saw_body: false,
            is_utf8: options.is_utf8,
            closes_others: false,
            extends: false,
            nests_links: false,
            reads_script: false,
        }
    }

    pub(super) fn nodes(&mut self, nodes: &mut [Node<'a>]) {
        for node in nodes {
            match node {
                Node::Item(item) => self.item(item),
                Node::Block(block) => self.block(block),
            }
        }
    }

    fn how(&self, own: How) -> How {
        match (self.state.keep, self.state.exact) {
            (0, 0) => own,
            (0, _) => own.max(How::Exact),
            _ => How::Keep,
        }
    }

    fn item(&mut self, item: &mut Item<'a>) {
        match item {
            Item::Text(text) => self.text(text),
            Item::Start(start) => self.start(start),
            Item::End(end) => self.end(end),
            Item::Comment(comment) => self.comment(comment),
            Item::Content(content) => {
                content.how = self.how(content.how);
                // What is included in a template literal counts as it stands.
                let is_literal =
                    |bit: &Bit<'_>| matches!(bit, Bit::Text(text) if text.contains('`'));
                match self.reads_script && !content.bits.iter().any(is_literal) {
                    true => content.bits.iter().for_each(|bit| {
                        if let Bit::Tag(tag) = bit {
                            self.exact.used_by_script(tag);
                        }
                    }),
                    false => self.used_exactly(&content.bits),
                }
                self.state.line();
            }
            Item::Other(Bit::Text(text)) => {
                if !text.starts_with("<!") && !text.starts_with("<?") && *text != ">" {
                    self.cut();
                } else if self.state.phase != Phase::Head {
                    self.state.forget_line();
                }
            }
            Item::Other(_) => self.state.forget_line(),
            Item::Tag(tag) => self.tag(tag),
        }
    }

    /// Nothing of the page stands before the template.
    pub(super) fn begins_page(&mut self) {
        self.state.phase = Phase::Head;
        self.state.before = Neighbour::Edge;
    }

    /// Markup that a branch cuts through: which elements it opens and closes is not certain.
    pub(super) fn cut(&mut self) {
        self.closes_others = true;
        for (name, _) in &self.blocks {
            self.exact.open_blocks.insert(name);
        }
        self.state.forget_stack();
    }

    fn text(&mut self, text: &mut Text<'a>) {
        let how = self.how(text.how);
        let blank = is_blank(&text.text);
        if !blank {
            self.leaves_head();
            let top = self.state.top().map(|open| open.name.known);
            if matches!(top, Some("table" | "tbody" | "thead" | "tfoot" | "tr")) {
                self.state.forget_stack();
            }
        }
        if how == How::Minify {
            // Words behind the head stand in a body, whether its tag is written or not.
            let in_body = |open: &Open<'_>| open.name.known == "html" && !blank;
            let vanishes = self.state.is_bare() && !self.state.top().is_some_and(in_body);
            let folded = fold(
                &text.text,
                &mut self.state.before,
                &mut self.state.kept,
                vanishes,
            );
            if let Some(folded) = folded
                && !self.dry
            {
                text.text = folded;
            }
        } else {
            match blank {
                true => self.state.forget_line(),
                false => self.state.line(),
            }
        }
        if !self.dry {
            text.how = how;
        }
    }

    /// Text, or an element that no head holds.
    fn leaves_head(&mut self) -> Option<Ended> {
        self.saw_body = true;
        if self.state.phase != Phase::Head {
            return None;
        }
        let mut closed = None;
        match self.state.top().map(|open| open.name.known) {
            Some("head") => closed = self.state.end(),
            None | Some("html") => {}
            Some("template") => return None,
            Some(_) if self.state.has("template") => return None,
            Some(_) => self.state.forget_stack(),
        }
        self.state.phase = Phase::Body;
        self.state.before = Neighbour::Edge;
        self.state.kept = false;
        closed
    }

    fn comment(&mut self, comment: &mut Comment<'a>) {
        comment.how = self.how(comment.how);
        let stays = comment.how != How::Minify
            || keeps_comment(comment.text)
            || self.options.keeps_comment(comment.text);
        if stays {
            comment.how = comment.how.max(How::Exact);
            let is_bare = self.state.is_bare();
            comment.is_hidden = is_bare && self.state.phase == Phase::Head;
            if !is_bare {
                self.state.forget_line();
            }
        }
    }

    fn start(&mut self, start: &mut Start<'a>) {
        self.used_exactly(&start.source);
        let name = start.name.known;
        self.reads_script = name == "script" && is_javascript(start);
        let mut ends = Ends::new();
        if !start.is_foreign {
            self.implied_ends(name, &mut ends);
            match name {
                "html" | "head" => {}
                "body" | "frameset" => {
                    if self
                        .state
                        .top()
                        .is_some_and(|open| open.name.known == "head")
                    {
                        ends.extend(self.state.end());
                    }
                    if self.state.phase == Phase::Head {
                        self.state.phase = Phase::Body;
                    }
                }
                name if is_metadata(name) => {}
                _ => ends.extend(self.leaves_head()),
            }
            if name == "meta" && self.state.phase == Phase::Head && is_utf8(start) {
                self.is_utf8 = true;
            }
        }
        start.how = self.how(start.how);
        let flow = match start.flow {
            Some(flow) => flow,
            None => *start
                .flow
                .insert(self.options.styles.flow(&Seen::of(start))),
        };
        let is_kept = self
            .options
            .keep_elements
            .iter()
            .any(|kept| kept.eq_ignore_ascii_case(start.name.written));
        if is_kept {
            start.how = How::Keep;
        }
        start.ends = ends;
        let is_empty = match start.is_foreign {
            true => start.has_slash,
            false => is_void(name),
        };
        if !is_empty {
            self.state.push(start.name, flow, is_kept);
            if self.nests_links && self.state.before == Neighbour::Edge && self.state.has("a") {
                self.state.forget_line();
            }
        } else if flow.outside == Outside::Line {
            self.state.line();
        }
    }

    /// The elements that the parser closes before this start tag.
    fn implied_ends(&mut self, name: &'static str, ends: &mut Ends) {
        while let Some(open) = self.state.top()
            && ends_before(open.name.known, name)
        {
            ends.extend(self.state.end());
        }
        let uncertain = match self.state.top().map(|open| open.name.known) {
            Some("table" | "tbody" | "thead" | "tfoot" | "tr") => !matches!(
                name,
                "caption"
                    | "col"
                    | "colgroup"
                    | "form"
                    | "script"
                    | "style"
                    | "tbody"
                    | "td"
                    | "template"
                    | "tfoot"
                    | "th"
                    | "thead"
                    | "tr"
            ),
            Some("select" | "optgroup" | "option") => {
                !matches!(name, "hr" | "optgroup" | "option" | "script" | "template")
            }
            Some("p") => name == "table",
            _ => false,
        };
        if uncertain || self.state.ends_further_out(name) {
            self.state.forget_stack();
        }
    }

    fn end(&mut self, end: &mut End<'a>) {
        self.used_exactly(&end.source);
        end.how = self.how(end.how);
        let Some(above) = self.state.find(end.name) else {
            if end.name.known != "p" || self.state.stack.is_empty() {
                self.closes_unknown(end.name);
            }
            self.state.forget_stack();
            end.closes = None;
            return;
        };
        let mut ends = Ends::new();
        let mut certain = true;
        for _ in 0..above {
            let texts = self.state.texts;
            if let Some(open) = self.state.pop() {
                certain &= open.maybe.is_empty();
                ends.push(open.ended(texts));
            }
        }
        let (texts, markups) = (self.state.texts, self.state.markups);
        let closed = self.state.pop();
        let parent = self.state.top().map_or("", |open| open.name.known);
        end.ends = ends;
        end.closes = closed.filter(|_| certain).map(|open| Closed {
            flow: open.flow,
            is_literal: open.texts == texts,
            is_escaped: open.markups == markups,
            parent,
        });
        if end
            .closes
            .is_some_and(|closed| closed.flow.inside == Inside::Exact)
        {
            end.how = end.how.max(How::Exact);
        }
        let floor = self.blocks.last().map_or(0, |(_, floor)| *floor);
        if self.state.stack.len() < floor {
            self.closes_unknown(end.name);
        }
    }

    /// An end tag of an element that is not known to be open, or that was opened outside of the block.
    fn closes_unknown(&mut self, name: Name<'a>) {
        if is_void(name.known) {
            return;
        }
        self.closes_others |= self.blocks.is_empty();
        if let Some((block, _)) = self.blocks.last() {
            self.exact.open_blocks.insert(block);
        }
    }

    fn used_exactly(&mut self, bits: &[Bit<'a>]) {
        for bit in bits {
            if let Bit::Tag(tag) = bit {
                self.exact.uses(tag);
                self.note_super(tag);
                if tag.name == "macro" || tag.name == "block" {
                    self.state.texts += 1;
                }
            }
        }
    }

    fn note_super(&mut self, tag: &Tag) {
        if tag.is_expr && tag.content().contains("super(") {
            let around = self.blocks.last().map(|(name, _)| *name);
            self.exact.moved_blocks.extend(around);
        }
    }

    fn tag(&mut self, tag: &'a Tag) {
        if self.state.exact > 0 || self.state.keep > 0 {
            self.exact.uses(tag);
        }
        self.note_super(tag);
        if !tag.writes() {
            return;
        }
        self.saw_body = true;
        let opens = match &*tag.name {
            "include" => self.exact.opens_template(tag),
            _ => self.exact.opens_macro(tag),
        };
        if opens {
            self.cut();
        }
        match tag.is_escaped() {
            true => {
                self.state.texts += 1;
                if self.state.phase == Phase::Head {
                    self.state.phase = Phase::Unknown;
                }
                self.state.forget_line();
            }
            false => self.state.wrote_markup(),
        }
    }
}

/// `<meta charset=utf-8>`
fn is_utf8(meta: &Start<'_>) -> bool {
    let is = |value: &str| value.trim().eq_ignore_ascii_case("utf-8");
    meta.value("charset").is_some_and(|value| is(&value))
        || meta
            .value("http-equiv")
            .is_some_and(|name| name.eq_ignore_ascii_case("content-type"))
            && meta.value("content").is_some_and(|content| {
                content
                    .to_ascii_lowercase()
                    .split_once("charset=")
                    .is_some_and(|(_, charset)| is(charset))
            })
}
