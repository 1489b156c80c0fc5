use std::ops::Range;
use std::sync::Arc;

use crushed_manifest::{Kind, Mode, nearest};

use super::scan::Token;
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};

/// Reads the words of `{% compress KIND [MODE] [NAME] %}`.
pub(crate) fn header(
    text: &Arc<SourceText>,
    open: &Token,
) -> Result<(Kind, Mode, Option<String>), Box<Diagnostic>> {
    let content = &text.text[open.inner()];
    let words: Vec<(Range<usize>, &str)> = content
        .split_whitespace()
        .map(|word| {
            let start = open.inner().start + (word.as_ptr() as usize - content.as_ptr() as usize);
            (start..start + word.len(), word)
        })
        .skip(1)
        .collect();
    let error = |range: &Range<usize>, message: String| {
        Box::new(Diagnostic::at(
            ErrorKind::Template,
            text,
            range.clone(),
            message,
        ))
    };
    let Some((kind_at, kind)) = words.first() else {
        return Err(Box::new(
            Diagnostic::at(
                ErrorKind::Template,
                text,
                open.range.clone(),
                "`compress` needs a kind",
            )
            .help("write `compress css` or `compress js`"),
        ));
    };
    let kind: Kind = kind.parse().map_err(|_| {
        let help = match nearest(kind, ["css", "js"]) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the kind is `css` or `js`".to_owned(),
        };
        Box::new(error(kind_at, format!("unknown kind `{kind}`")).help(help))
    })?;
    let mode = match words.get(1) {
        None => Mode::File,
        Some((at, word)) => word.parse().map_err(|_| {
            let help = match nearest(word, ["file", "inline", "preload"]) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "the mode is `file`, `inline` or `preload`; a name comes after it".to_owned()
                }
            };
            Box::new(error(at, format!("unknown mode `{word}`")).help(help))
        })?,
    };
    let name = match words.get(2) {
        None => None,
        Some((at, word)) => {
            let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if !word.chars().all(fine) || word.starts_with('.') {
                return Err(Box::new(
                    error(at, format!("`{word}` cannot be part of a file name"))
                        .help("a name has letters, digits, `-`, `_` and `.`"),
                ));
            }
            Some((*word).to_owned())
        }
    };
    if let Some((at, word)) = words.get(3) {
        return Err(Box::new(
            error(at, format!("`{word}` is one word too many"))
                .help("write `compress KIND [MODE] [NAME]`"),
        ));
    }
    Ok((kind, mode, name))
}
