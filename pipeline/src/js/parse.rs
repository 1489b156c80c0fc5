use std::panic::{AssertUnwindSafe, catch_unwind};

use swc_core::common::comments::{Comment, SingleThreadedComments};
use swc_core::common::sync::Lrc;
use swc_core::common::{BytePos, FileName, GLOBALS, Globals, Mark, SourceMap, Spanned};
use swc_core::ecma::ast::{EsVersion, Pass, Program};
use swc_core::ecma::parser::{
    EsSyntax, Syntax,
    error::{Error, SyntaxError},
    parse_file_as_module, parse_file_as_script,
};
use swc_core::ecma::transforms::base::resolver;

use super::Goal;
use super::depth::{bounded, bounded_own};
use super::early::{declared_twice, message};
use super::sloppy::brace_functions;
use crate::fault::Fault;
use crate::starved;

/// Room for the deepest tree that [`bounded`] lets through; pages that are never touched cost nothing.
const STACK: usize = 1 << 29;

/// One file, read.
pub(super) struct Parsed {
    pub map: Lrc<SourceMap>,
    pub program: Program,
    pub comments: SingleThreadedComments,
    origin: Origin,
}

/// One file, equal names told apart by their scopes.
pub(super) struct Resolved {
    pub parsed: Parsed,
    /// On names that the file does not declare.
    pub unresolved: Mark,
    pub top_level: Mark,
}

/// Turns swc's positions into byte offsets of the caller's text.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    start: BytePos,
    /// Bytes in front that swc never saw: a byte order mark.
    skipped: usize,
}

impl Origin {
    pub(super) fn offset(self, at: BytePos) -> usize {
        (at.0.saturating_sub(self.start.0)) as usize + self.skipped
    }
}

impl Parsed {
    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    pub(super) fn resolved(mut self) -> Resolved {
        let (unresolved, top_level) = (Mark::new(), Mark::new());
        resolver(unresolved, top_level, false).process(&mut self.program);
        Resolved {
            parsed: self,
            unresolved,
            top_level,
        }
    }

    /// Every comment of the file once, in order.
    pub(super) fn comments_in_order(&self) -> Vec<Comment> {
        let (leading, trailing) = self.comments.borrow_all();
        let mut all: Vec<Comment> = leading
            .values()
            .chain(trailing.values())
            .flatten()
            .cloned()
            .collect();
        all.sort_by_key(|comment| comment.span.lo);
        all.dedup_by_key(|comment| comment.span.lo);
        all
    }
}

/// Reads one file. Anything that a browser would refuse as a syntax error is an error here too.
pub(super) fn parse(text: &str, goal: Goal) -> Result<Parsed, Fault> {
    bounded(text)?;
    read(text, goal)
}

/// Reads what the minifier printed, which may nest more deeply than its source.
pub(super) fn reparse(text: &str, goal: Goal) -> Result<Parsed, Fault> {
    bounded_own(text)?;
    read(text, goal)
}

fn read(text: &str, goal: Goal) -> Result<Parsed, Fault> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - body.len();
    let map: Lrc<SourceMap> = Lrc::default();
    let file = map.new_source_file(FileName::Anon.into(), body.to_owned());
    let origin = Origin {
        start: file.start_pos,
        skipped,
    };
    let comments = SingleThreadedComments::default();
    let mut recovered = Vec::new();
    let syntax = Syntax::Es(EsSyntax {
        import_attributes: true,
        explicit_resource_management: true,
        ..EsSyntax::default()
    });
    let version = EsVersion::latest();
    let program = match goal {
        Goal::Script => {
            parse_file_as_script(&file, syntax, version, Some(&comments), &mut recovered)
                .map(Program::Script)
        }
        Goal::Module => {
            parse_file_as_module(&file, syntax, version, Some(&comments), &mut recovered)
                .map(Program::Module)
        }
    };
    let fault = |error: &Error| {
        let offset = match error.kind() {
            // swc names the end of the file.
            SyntaxError::UnterminatedBlockComment => skipped + open_comment(body),
            _ => origin.offset(error.span().lo).min(text.len()),
        };
        Fault::new(offset, sentence(&error.kind().msg()))
    };
    let mut program = program.map_err(|error| fault(&error))?;
    let misplaced = |error: &Error| matches!(error.kind(), SyntaxError::DeclNotAllowed);
    let braced = match recovered.iter().any(misplaced) {
        true => brace_functions(&mut program),
        false => Vec::new(),
    };
    let is_fine = |error: &&Error| misplaced(error) && braced.contains(&error.span().lo);
    if let Some(error) = recovered.iter().find(|error| !is_fine(error)) {
        return Err(fault(error));
    }
    if let Some((at, name)) = declared_twice(&program) {
        return Err(Fault::new(origin.offset(at), message(&name))
            .help("rename one of them: a browser runs nothing of such a script"));
    }
    match &mut program {
        Program::Script(script) => script.shebang = None,
        Program::Module(module) => module.shebang = None,
    }
    Ok(Parsed {
        map,
        program,
        comments,
        origin,
    })
}

/// Runs `work` with swc's globals and room for deep trees; a panic inside becomes `None`, and so does a lack of room, which
/// is [noted](starved).
pub(super) fn isolated<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("script".into())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                catch_unwind(AssertUnwindSafe(|| GLOBALS.set(&Globals::new(), work))).ok()
            })
            .inspect_err(starved::note)
            .ok()
            .and_then(|thread| thread.join().ok().flatten())
    })
}

/// Where the comment begins that nothing ends.
fn open_comment(text: &str) -> usize {
    let ended = text.rfind("*/").map_or(0, |at| at + 2);
    text[ended..].find("/*").map_or(text.len(), |at| ended + at)
}

/// swc's messages begin with a capital and may end with a full stop.
fn sentence(message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    let mut rest = message.chars();
    match rest.next() {
        Some(first) if !rest.as_str().starts_with(|c: char| c.is_ascii_uppercase()) => {
            first.to_lowercase().chain(rest).collect()
        }
        _ => message.to_owned(),
    }
}
