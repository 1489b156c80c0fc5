use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use swc_core::common::comments::{Comment, CommentKind, Comments};
use swc_core::ecma::ast::{EsVersion, Program};
use swc_core::ecma::codegen::text_writer::JsWriter;
use swc_core::ecma::codegen::{Config, Emitter};
use swc_core::ecma::minifier::optimize;
use swc_core::ecma::minifier::option::{
    CompressOptions, ExtraOptions, MangleOptions, MinifyOptions, TopLevelOptions,
};
use swc_core::ecma::transforms::base::fixer::{fixer, paren_remover};
use swc_core::ecma::visit::VisitMutWith;

use super::Goal;
use super::known::Facts;
use super::names::Interface;
use super::options::{Ecma, Licences, Minified, Options};
use super::parens::Parens;
use super::parse::{Parsed, Resolved, isolated, parse, reparse};
use super::variables::{Assigned, Namesakes};
use crate::encode::{Effort, smallest_first, weighed};
use crate::fault::Fault;

impl Ecma {
    fn version(self) -> EsVersion {
        match self {
            Self::Es5 => EsVersion::Es5,
            Self::Es2015 => EsVersion::Es2015,
            Self::Es2020 => EsVersion::Es2020,
        }
    }
}

/// Minifies one file and proves the result: it parses, declares the same top-level names in the same way and
/// begins with the same directives. What fails that is printed without optimisation instead, with a warning.
///
/// Of the forms that the engine gives the file, the one that seems smallest behind brotli is taken.
pub(crate) fn minify(text: &str, goal: Goal, options: &Options) -> Result<Minified, Fault> {
    let read = isolated(|| {
        let read = parse(text, goal)?.resolved();
        Ok(Draft::of(read, text, goal, options))
    });
    Ok(read
        .unwrap_or_else(|| Err(broken()))?
        .proven(text, goal, options))
}

/// The same, and what others need to know of the file, from one reading. Where `marked` makes another text of what is
/// known, that one is minified.
pub(crate) fn inspect_and_minify(
    text: &str,
    goal: Goal,
    options: &Options,
    marked: impl FnOnce(&Facts) -> Option<String> + Send,
) -> Result<(Facts, Minified), Fault> {
    let read = isolated(|| {
        let mut read = parse(text, goal)?.resolved();
        let facts = Facts::of(&read, goal);
        let marked = marked(&facts);
        if let Some(marked) = &marked {
            read = parse(marked, goal)?.resolved();
        }
        let text = marked.as_deref().unwrap_or(text);
        let draft = Draft::of(read, text, goal, options);
        Ok((facts, marked, draft))
    });
    let (facts, marked, draft) = read.unwrap_or_else(|| Err(broken()))?;
    let text = marked.as_deref().unwrap_or(text);
    Ok((facts, draft.proven(text, goal, options)))
}

/// What the engine made of a file, not yet proven.
struct Draft {
    outline: Outline,
    /// None where the engine fails.
    forms: Option<Forms>,
}

/// What may become of a file.
struct Forms {
    /// The engine's, under other local names, the lightest first.
    named: Vec<String>,
    /// The file as it is, of one that a tool has written.
    given: Option<String>,
}

impl Forms {
    fn one(text: String) -> Self {
        Self {
            named: vec![text],
            given: None,
        }
    }

    fn lightest_first(self) -> Vec<String> {
        let Self { mut named, given } = self;
        let Some(given) = given else {
            return named;
        };
        let rest = named.split_off(1);
        named.push(given);
        let mut forms = smallest_first(named);
        forms.extend(rest);
        forms
    }
}

impl Draft {
    fn of(read: Resolved, text: &str, goal: Goal, options: &Options) -> Self {
        let outline = Outline::read(&read.parsed);
        let forms = catch_unwind(AssertUnwindSafe(|| forms(read, text, goal, options)));
        Self {
            outline,
            forms: forms.ok(),
        }
    }

    fn proven(self, text: &str, goal: Goal, options: &Options) -> Minified {
        let Self { outline, forms } = self;
        let mut warnings = Vec::new();
        if forms.is_none() {
            warnings.push(Fault::new(0, "the minifier failed on this script"));
        }
        let same = |form: &String| {
            let after =
                isolated(|| reparse(form, goal).map(|parsed| Interface::of(&parsed.program)));
            matches!(after, Some(Ok(after)) if after == outline.interface)
        };
        let forms = forms.map(Forms::lightest_first).unwrap_or_default();
        let proven = forms.into_iter().find(same).or_else(|| {
            if warnings.is_empty() {
                warnings.push(Fault::new(0, CHANGED));
            }
            let printed = isolated(|| parse(text, goal).map(|parsed| print(parsed.program)));
            printed.and_then(Result::ok).filter(same)
        });
        Minified {
            text: match proven {
                Some(form) if options.licences == Licences::Keep => outline.licences + &form,
                Some(form) => form,
                None => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
            },
            warnings,
        }
    }
}

const CHANGED: &str =
    "minifying would change this script's top-level names or directives; it is left larger";

fn broken() -> Fault {
    Fault::new(0, "the script could not be read")
}

/// What a file shows to others: its names, and its licence comments.
pub(crate) struct Outline {
    interface: Interface,
    licences: String,
}

impl Outline {
    /// Reads a file.
    pub(crate) fn of(text: &str, goal: Goal) -> Result<Self, Fault> {
        isolated(|| parse(text, goal).map(|parsed| Self::read(&parsed)))
            .unwrap_or_else(|| Err(broken()))
    }

    fn read(parsed: &Parsed) -> Self {
        Self {
            interface: Interface::of(&parsed.program),
            licences: licences(parsed),
        }
    }

    /// Whether two files declare the same top-level names in the same way and begin with the same directives.
    pub(crate) fn same_interface(&self, other: &Self) -> bool {
        self.interface == other.interface
    }

    /// Each licence comment once, on lines of their own.
    pub(crate) fn licences(&self) -> &str {
        &self.licences
    }
}

/// swc with everything on that keeps meaning: one tree, and at the best effort its local names given in two ways; and a file
/// that is minified already as it is.
fn forms(read: Resolved, text: &str, goal: Goal, options: &Options) -> Forms {
    let parsed = read.parsed;
    let lines = text.bytes().filter(|byte| *byte == b'\n').count();
    let dense = text.len() / (lines + 1) > DENSE;
    let given = (options.effort == Effort::Release && dense).then(|| parsed.program.clone());
    let extra = ExtraOptions {
        unresolved_mark: read.unresolved,
        top_level_mark: read.top_level,
        mangle_name_cache: None,
    };
    let module = goal == Goal::Module;
    let reserved = match options.keep_names {
        true => Namesakes::of(&parsed.program),
        false => BTreeSet::new(),
    };
    let run = |program, minify: &MinifyOptions| {
        let comments = Some(&parsed.comments as &dyn Comments);
        optimize(program, parsed.map.clone(), comments, None, minify, &extra)
    };
    let compress = MinifyOptions {
        compress: Some(CompressOptions {
            ecma: options.ecma.version(),
            passes: options.passes,
            module,
            top_level: module.then_some(TopLevelOptions { functions: true }),
            // A function put where its variable stood has no name any more.
            collapse_vars: !options.keep_names,
            inline: if options.keep_names { 0 } else { 3 },
            keep_classnames: options.keep_names,
            keep_fnames: options.keep_names,
            // These two make the text shorter and most files larger behind brotli: by a thousandth in all.
            comparisons: false,
            loops: false,
            ..CompressOptions::default()
        }),
        ..MinifyOptions::default()
    };
    // Names by how often their letters stand in the rest of the file, or simply `e`, `t`, `n`.
    let mangle = |disable_char_freq| MinifyOptions {
        mangle: Some(MangleOptions {
            top_level: Some(module),
            keep_class_names: options.keep_names,
            keep_fn_names: options.keep_names,
            reserved: reserved.iter().map(|(name, _)| name.clone()).collect(),
            disable_char_freq,
            ..MangleOptions::default()
        }),
        ..MinifyOptions::default()
    };
    let program = parsed.program.apply(&mut paren_remover(None));
    // Most files cannot hold so many.
    let signs = text.bytes().filter(|byte| *byte == b'=').count();
    if signs > MOST_ASSIGNMENTS && Assigned::most(&program) > MOST_ASSIGNMENTS {
        return Forms::one(print(program.apply(&mut fixer(None))));
    }
    let printed = |program: Program| {
        let mut program = program.apply(&mut fixer(None));
        program.visit_mut_with(&mut Parens);
        print(program)
    };
    if options.effort == Effort::Fast {
        let both = MinifyOptions {
            compress: compress.compress,
            ..mangle(false)
        };
        return Forms::one(printed(run(program, &both)));
    }
    let program = run(program, &compress);
    let mut forms = Forms {
        named: vec![
            printed(run(program.clone(), &mangle(false))),
            printed(run(program, &mangle(true))),
        ],
        given: given.map(print),
    };
    forms.named.sort_by_cached_key(|text| weighed(text));
    forms
}

/// Bytes a line from which a file looks as if a tool had written it.
const DENSE: usize = 200;

/// The engine's time grows with the square of how often one variable is assigned to; so many take it some seconds.
const MOST_ASSIGNMENTS: usize = 20_000;

/// A file as the engine prints it: two that differ in white space and comments alone are printed alike. `None` if it cannot
/// be read.
pub(crate) fn printed(text: &str, goal: Goal) -> Option<String> {
    isolated(|| Some(print(parse(text, goal).ok()?.program))).flatten()
}

fn print(program: Program) -> String {
    let map = swc_core::common::sync::Lrc::new(swc_core::common::SourceMap::default());
    let mut out = Vec::new();
    let config = Config::default()
        .with_minify(true)
        .with_omit_last_semi(true)
        // Says only how characters are written: an older one escapes all that are not ASCII.
        .with_target(EsVersion::Es2020);
    let mut emitter = Emitter {
        cfg: config,
        cm: map.clone(),
        comments: None,
        wr: Box::new(swc_core::ecma::codegen::text_writer::omit_trailing_semi(
            JsWriter::new(map, "\n", &mut out, None),
        )),
    };
    // Writing to memory cannot fail.
    let _ = emitter.emit_program(&program);
    drop(emitter);
    String::from_utf8_lossy(&out).into_owned()
}

fn licences(parsed: &Parsed) -> String {
    let mut out = String::new();
    let mut seen = BTreeSet::new();
    for comment in parsed.comments_in_order() {
        if is_licence(&comment) && seen.insert(comment.text.clone()) {
            match comment.kind {
                CommentKind::Block => {
                    out.push_str("/*");
                    out.push_str(&comment.text);
                    out.push_str("*/\n");
                }
                CommentKind::Line => {
                    out.push_str("//");
                    out.push_str(comment.text.trim_end());
                    out.push('\n');
                }
            }
        }
    }
    out
}

fn is_licence(comment: &Comment) -> bool {
    let text = comment.text.as_str();
    text.starts_with('!')
        || ["@license", "@licence", "@preserve", "@lic "]
            .iter()
            .any(|mark| text.contains(mark))
}
