//! Single steps of the templates' way through the pipeline, for benches and fuzz targets.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use crate::template::minify::{self, Exact, Options};
use crate::template::prove::{self, Context, Equal, Template};
use crate::template::rewrite::{Output, Segment, print, rewrite};
use crate::template::scan::{TokenKind, scan};
use crate::template::sheets::add_sheets;
use crate::template::styles::Styles;
use crate::template::syntax::{Syntax, Whitespace};

/// The ranges of a template's tokens, which cover it; `None` if it is at fault.
pub fn ranges(source: &str) -> Option<Vec<Range<usize>>> {
    let tokens = scan(source, &Syntax::default()).ok()?;
    Some(tokens.into_iter().map(|token| token.range).collect())
}

/// The expressions (`true`) and blocks of a template, in their order, without the marks for white space; `None` if it is at
/// fault.
pub fn tags(source: &str) -> Option<Vec<(bool, &str)>> {
    let tokens = scan(source, &Syntax::default()).ok()?;
    let tags = tokens.iter().filter_map(|token| match token.kind {
        TokenKind::Expr => Some((true, token.content(source))),
        TokenKind::Block => Some((false, token.content(source))),
        _ => None,
    });
    Some(tags.collect())
}

/// A page of each template, with all branches taken and loops run twice: of the first tree, and of the second, where the
/// same templates are minified. Both are texts by their paths.
pub fn pages(
    originals: &BTreeMap<String, String>,
    minified: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let templates: Vec<Template<'_>> = originals
        .iter()
        .map(|(path, original)| Template {
            path,
            original,
            minified: minified.get(path).map(String::as_str),
        })
        .collect();
    let (styles, equal) = (Styles::default(), Equal::default());
    let context = Context {
        syntax: &Syntax::default(),
        whitespace: Whitespace::Preserve,
        styles: &styles,
        equal: &equal,
        fragments: &BTreeSet::new(),
        is_whole: false,
        recall: None,
    };
    prove::pages(&templates, &context)
}

/// Whether a page that some tool made of another one is proven to mean the same.
pub fn is_same_page(original: &str, made: &str) -> bool {
    let mut styles = Styles::default();
    add_sheets(original, |_| false, &mut styles);
    let template = Template {
        path: "",
        original,
        minified: Some(made),
    };
    let context = Context {
        syntax: &Syntax::none(),
        whitespace: Whitespace::Preserve,
        styles: &styles,
        equal: &Equal::default(),
        fragments: &BTreeSet::new(),
        is_whole: true,
        recall: None,
    };
    prove::prove(&[template], &context)
        .iter()
        .all(Option::is_none)
}

/// The syntax of all of them, read once as in a build.
static SYNTAX: LazyLock<Syntax> = LazyLock::new(Syntax::default);

/// A template read, and what is known of how it is minified.
pub struct Read {
    segments: Vec<Segment>,
    options: Options,
}

/// A minified template, not proven.
pub struct Unproven {
    minified: String,
    equal: Equal,
}

impl Read {
    /// Reads a template; `None` if it is at fault.
    pub fn new(source: &str) -> Option<Self> {
        let tokens = scan(source, &SYNTAX).ok()?;
        let segments = rewrite(source, &tokens, &BTreeMap::new(), &output());
        let options = Options::of_text(&segments, false);
        Some(Self { segments, options })
    }

    /// The template as it is written when nothing of it is minified.
    pub fn text(&self) -> String {
        print(&self.segments, &output())
    }

    /// Minifies it; `None` if it cannot be followed.
    pub fn minify(&self) -> Option<Unproven> {
        let made = minify::minify(&self.segments, &Exact::default(), &self.options).ok()?;
        let mut equal = Equal::default();
        for changed in &made.changed {
            changed.note(&mut equal);
        }
        Some(Unproven {
            minified: print(&made.segments, &output()),
            equal,
        })
    }

    /// What is different in a minified template, if anything is.
    pub fn prove(&self, made: &Unproven) -> Option<String> {
        let template = Template {
            path: "",
            original: &self.text(),
            minified: Some(&made.minified),
        };
        let context = Context {
            syntax: &SYNTAX,
            whitespace: Whitespace::Preserve,
            styles: &self.options.styles,
            equal: &made.equal,
            fragments: &BTreeSet::new(),
            is_whole: false,
            recall: None,
        };
        let found = prove::prove(&[template], &context);
        found
            .into_iter()
            .flatten()
            .next()
            .map(|found| found.message)
    }
}

impl Unproven {
    /// The minified template.
    pub fn text(&self) -> &str {
        &self.minified
    }
}

fn output() -> Output<'static> {
    Output {
        syntax: &SYNTAX,
        whitespace: Whitespace::Preserve,
        static_url: None,
    }
}
