use std::ops::Range;

use swc_core::common::{BytePos, Spanned};
use swc_core::ecma::ast::{Program, Regex, Str, TaggedTpl, Tpl, TplElement};
use swc_core::ecma::visit::{Visit, VisitWith};

use super::parse::{Origin, Parsed, isolated, parse};
use super::{Escaped, Goal, MARKS};

/// Escapes what would end a `<script>` element or hide its end.
pub(crate) fn escape(text: &str) -> Escaped {
    let lower = text.to_ascii_lowercase();
    if !MARKS.iter().any(|mark| lower.contains(mark)) {
        return Escaped::Text(text.to_owned());
    }
    let found = isolated(|| {
        let parsed = parse(text, Goal::Script)
            .or_else(|_| parse(text, Goal::Module))
            .ok()?;
        Some(Tokens::of(&parsed))
    });
    let Some(Some(tokens)) = found else {
        return Escaped::Impossible;
    };
    let mut places: Vec<usize> = MARKS
        .iter()
        .flat_map(|mark| lower.match_indices(mark).map(|(at, _)| at))
        .collect();
    places.sort_unstable();
    let mut out = String::with_capacity(text.len() + 16);
    let mut copied = 0;
    for at in places {
        let Some(instead) = tokens.instead(at) else {
            return Escaped::Impossible;
        };
        out.push_str(&text[copied..at]);
        // `\<` is already an escape: its backslash serves.
        let slashes = out.bytes().rev().take_while(|byte| *byte == b'\\').count();
        let escaped = slashes % 2 == 1 && instead.starts_with('\\');
        out.push_str(if escaped { &instead[1..] } else { instead });
        // `<` alone goes; the marks are all of ASCII.
        copied = at + 1;
    }
    out.push_str(&text[copied..]);
    // The escapes must not have changed what the text is.
    let lower = out.to_ascii_lowercase();
    match MARKS.iter().any(|mark| lower.contains(mark)) {
        true => Escaped::Impossible,
        false => Escaped::Text(out),
    }
}

/// The tokens in which a `<` is only a character.
#[derive(Default)]
struct Tokens {
    strings: Vec<Range<usize>>,
    regexes: Vec<Range<usize>>,
    templates: Vec<Range<usize>>,
    /// Templates whose function sees the text as written.
    tagged: Vec<Range<usize>>,
}

impl Tokens {
    fn of(parsed: &Parsed) -> Self {
        let mut reader = Reader {
            tokens: Self::default(),
            origin: parsed.origin(),
        };
        match &parsed.program {
            Program::Script(script) => script.visit_with(&mut reader),
            Program::Module(module) => module.visit_with(&mut reader),
        }
        reader.tokens
    }

    /// What to write for the `<` at `at`, or `None` where nothing else can stand.
    fn instead(&self, at: usize) -> Option<&'static str> {
        let within = |ranges: &[Range<usize>]| ranges.iter().any(|range| range.contains(&at));
        if within(&self.tagged) {
            None
        } else if within(&self.strings) || within(&self.templates) || within(&self.regexes) {
            Some("\\x3C")
        } else {
            // A comment, or operators: `a<script`, `a<!--b`, `a</script/.exec(b)`.
            Some("< ")
        }
    }
}

struct Reader {
    tokens: Tokens,
    origin: Origin,
}

impl Reader {
    fn range(&self, from: BytePos, to: BytePos) -> Range<usize> {
        self.origin.offset(from)..self.origin.offset(to)
    }
}

impl Visit for Reader {
    fn visit_str(&mut self, text: &Str) {
        let span = text.span();
        let range = self.range(span.lo, span.hi);
        self.tokens.strings.push(range);
    }

    fn visit_regex(&mut self, regex: &Regex) {
        let span = regex.span();
        let range = self.range(span.lo, span.hi);
        self.tokens.regexes.push(range);
    }

    fn visit_tagged_tpl(&mut self, tagged: &TaggedTpl) {
        tagged.tag.visit_with(self);
        for element in &tagged.tpl.quasis {
            let range = self.range(element.span.lo, element.span.hi);
            self.tokens.tagged.push(range);
        }
        for expression in &tagged.tpl.exprs {
            expression.visit_with(self);
        }
    }

    fn visit_tpl(&mut self, template: &Tpl) {
        template.visit_children_with(self);
    }

    fn visit_tpl_element(&mut self, element: &TplElement) {
        let range = self.range(element.span.lo, element.span.hi);
        self.tokens.templates.push(range);
    }
}
