use std::collections::BTreeSet;

use super::custom::CustomProperties;
use super::doubtful::doubtful;
use super::engine;
use super::token::{Kind, Token};
use super::tree::{Item, Tree, What};
use crate::fault::Fault;

/// Reads one stylesheet alone. `Ok` lists what a browser would recover from; `Err` is what nobody can mean.
pub(crate) fn check(text: &str) -> Result<Vec<Fault>, Fault> {
    check_tree(&Tree::parse(text).map_err(too_deep)?)
}

/// The same, and the custom properties, from one reading.
pub(crate) fn check_and_properties(text: &str) -> (Result<Vec<Fault>, Fault>, CustomProperties) {
    match Tree::parse(text) {
        Ok(tree) => (check_tree(&tree), CustomProperties::of(text, &tree.tokens)),
        Err(offset) => (Err(too_deep(offset)), CustomProperties::default()),
    }
}

fn check_tree(tree: &Tree<'_>) -> Result<Vec<Fault>, Fault> {
    let mut faults = Vec::new();
    brackets(tree, &mut faults)?;
    bad_tokens(tree, &mut faults)?;
    items(tree, &tree.items, None, &mut faults)?;
    if let Some(last) = tree.tokens.last() {
        open_end(last, &mut faults);
    }
    let known: BTreeSet<usize> = faults.iter().map(|fault| fault.offset).collect();
    faults.extend(
        engine::warnings(&doubtful(tree))
            .into_iter()
            .filter(|fault| {
                let near = fault.offset.saturating_sub(2)..=fault.offset + 2;
                known.range(near).next().is_none()
            }),
    );
    faults.sort_by_key(|fault| fault.offset);
    if let Some(after) = faults.get(MOST_FAULTS) {
        let more = faults.len() - MOST_FAULTS;
        let last = Fault::new(
            after.offset,
            format!("{more} more places like these follow"),
        );
        faults.truncate(MOST_FAULTS);
        faults.push(last);
    }
    Ok(faults)
}

/// Nobody reads more, and each is shown with its line.
const MOST_FAULTS: usize = 100;

pub(super) fn too_deep(offset: usize) -> Fault {
    Fault::new(offset, "nested too deeply").help("leave this file out of the bundle")
}

fn brackets(tree: &Tree<'_>, faults: &mut Vec<Fault>) -> Result<(), Fault> {
    let mut open: Vec<&Token> = Vec::new();
    for token in &tree.tokens {
        if token.opens().is_some() {
            open.push(token);
        } else if token.closes() {
            match open.last() {
                Some(opener) if opener.opens() == Some(token.kind) => {
                    open.pop();
                }
                Some(opener) if opener.kind != Kind::OpenCurly => {
                    let shown = opener.text(tree.text);
                    return Err(
                        Fault::new(opener.start, format!("`{shown}` is not closed")).help(format!(
                            "add what closes it before the `{}`",
                            token.text(tree.text)
                        )),
                    );
                }
                // A browser takes it as part of what stands there.
                _ => faults.push(
                    Fault::new(
                        token.start,
                        format!("`{}` closes nothing", token.text(tree.text)),
                    )
                    .help("remove it"),
                ),
            }
        }
    }
    if let Some(opener) = open.last() {
        faults.push(
            Fault::new(
                opener.start,
                format!(
                    "the file ends before this `{}` is closed",
                    opener.text(tree.text)
                ),
            )
            .help("close it"),
        );
    }
    Ok(())
}

fn open_end(last: &Token, faults: &mut Vec<Fault>) {
    let what = match last.kind {
        _ if !last.open => return,
        Kind::Comment => "comment",
        Kind::String => "string",
        _ => "`url(`",
    };
    faults
        .push(Fault::new(last.start, format!("the file ends inside this {what}")).help("close it"));
}

fn bad_tokens(tree: &Tree<'_>, faults: &mut Vec<Fault>) -> Result<(), Fault> {
    // `//` is no comment in CSS; what follows on its line is prose, apostrophes included.
    let (mut slash, mut prose) = (false, false);
    for token in &tree.tokens {
        let fault = match token.kind {
            Kind::BadString => Fault::new(token.start, "a string is not closed on its line")
                .help("close it, or end the line with `\\`"),
            Kind::BadUrl => Fault::new(token.start, "an unquoted `url()` holds what it must not")
                .help("put the address in quotes"),
            Kind::Delim(b'/') => {
                prose |= slash;
                slash = true;
                continue;
            }
            _ => {
                slash = false;
                prose &= !token.text(tree.text).contains('\n');
                continue;
            }
        };
        if !prose {
            return Err(fault);
        }
        faults.push(fault);
    }
    Ok(())
}

fn items(
    tree: &Tree<'_>,
    list: &[Item],
    parent: Option<&Item>,
    faults: &mut Vec<Fault>,
) -> Result<(), Fault> {
    for item in list {
        let start = tree.start(item);
        let head = &tree.tokens[item.head.clone()];
        match &item.what {
            What::Junk => faults.push(junk(tree, item, parent)?),
            What::Unfinished => {
                let shown = tree.text_of(&item.head).trim_ascii();
                if shown
                    .bytes()
                    .any(|byte| !matches!(byte, b'}' | b';' | b' ' | b'\n'))
                {
                    faults.push(
                        Fault::new(start, "the file ends before this rule's block")
                            .help("add the block or remove the selector"),
                    );
                } else if shown.contains(';') {
                    faults.push(Fault::new(start, "a `;` stands between rules").help("remove it"));
                }
            }
            What::Rule if head.first().is_some_and(|t| t.kind == Kind::Semicolon) => {
                faults.push(
                    Fault::new(
                        start,
                        "a `;` in front of a rule makes browsers drop the rule",
                    )
                    .help("remove it"),
                );
            }
            What::Rule if slashes(head) => faults.push(slash_fault(start)),
            _ => {}
        }
        items(tree, &item.children, Some(item), faults)?;
    }
    Ok(())
}

fn slashes(tokens: &[Token]) -> bool {
    matches!(tokens, [first, second, ..]
        if first.kind == Kind::Delim(b'/') && second.kind == Kind::Delim(b'/'))
}

fn slash_fault(start: usize) -> Fault {
    Fault::new(
        start,
        "`//` begins no comment in CSS; browsers drop what follows it",
    )
    .help("write `/* … */`")
}

fn junk(tree: &Tree<'_>, item: &Item, parent: Option<&Item>) -> Result<Fault, Fault> {
    let tokens = &tree.tokens[item.head.clone()];
    let start = tree.start(item);
    let shown: String = tree
        .text_of(&item.head)
        .trim_ascii()
        .chars()
        .take(60)
        .collect();
    let has_colon = tokens.iter().any(|token| token.kind == Kind::Colon);
    if slashes(tokens) {
        return Ok(slash_fault(start));
    }
    let in_style_rule = parent.is_some_and(|parent| parent.what == What::Rule);
    match tokens.first().map(|token| token.kind) {
        Some(Kind::Ident) if !has_colon && in_style_rule => {
            let mut words = shown.split_whitespace();
            let fault = Fault::new(start, format!("`{shown}` is a declaration without a colon"));
            Err(match (words.next(), words.next()) {
                (Some(name), Some(_)) => fault.help(format!("write `{name}: …`")),
                _ => fault.help("add a colon and a value, or remove it"),
            })
        }
        Some(Kind::Delim(_)) if has_colon => Ok(Fault::new(
            start,
            format!("`{shown}` is a hack for old browsers; it is kept as it is"),
        )),
        _ => Ok(Fault::new(
            start,
            format!("`{shown}` is no declaration; browsers skip it"),
        )),
    }
}
