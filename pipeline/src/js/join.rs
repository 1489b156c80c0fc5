use std::fmt;

use super::Facts;

/// Why two files cannot run as one script.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Why {
    /// One is strict and the other is not.
    Strictness,
    /// The later one declares a name that the earlier one declares too.
    DeclaredTwice(String),
    /// The later one declares a name that the earlier one uses or asks for.
    UsedEarlier(String),
    /// The earlier one asks for names that its text does not tell, and the later one declares some.
    AsksForAnyName,
    /// One declares a name that may be taken; then none of it runs.
    MayFail(String),
    /// A file looks for its own `<script>`.
    CurrentScript,
    /// A file writes into the page where it stands.
    DocumentWrite,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strictness => f.write_str("one file is strict and the other is not"),
            Self::DeclaredTwice(name) => write!(f, "both files declare `{name}`"),
            Self::UsedEarlier(name) => {
                write!(
                    f,
                    "the earlier file uses `{name}`, which the later one declares"
                )
            }
            Self::AsksForAnyName => f.write_str(
                "the earlier file may ask for any name, and the later one declares some",
            ),
            Self::MayFail(name) => write!(f, "a file that declares `{name}` may fail as a whole"),
            Self::CurrentScript => f.write_str("`document.currentScript` is used"),
            Self::DocumentWrite => f.write_str("`document.write` is used"),
        }
    }
}

/// Whether `later` may follow `earlier` in one script without either noticing.
///
/// What joining never keeps is not looked at: an exception in one file stops those behind it, and promise
/// jobs run after all of them.
pub(crate) fn may_join(earlier: &[Facts], later: &[Facts]) -> Result<(), Why> {
    let mut all = earlier.iter().chain(later);
    if let Some(facts) = all
        .clone()
        .find(|f| f.uses_current_script || f.uses_document_write)
    {
        return Err(if facts.uses_current_script {
            Why::CurrentScript
        } else {
            Why::DocumentWrite
        });
    }
    if let Some(name) = all.clone().find_map(|facts| facts.may_fail.as_ref()) {
        return Err(Why::MayFail(name.clone()));
    }
    if let Some(first) = all.next()
        && all.any(|facts| facts.strict != first.strict)
    {
        return Err(Why::Strictness);
    }
    for facts in later {
        if facts.declares().next().is_some() && earlier.iter().any(|e| e.asks_for_any_name) {
            return Err(Why::AsksForAnyName);
        }
        for name in facts.declares() {
            for before in earlier {
                if before.lexical.contains(name) || before.variables.contains(name) {
                    return Err(Why::DeclaredTwice(name.clone()));
                }
                if before.free.contains(name) {
                    return Err(Why::UsedEarlier(name.clone()));
                }
            }
        }
    }
    Ok(())
}

/// Properties of the global object that no script can declare anew, other than with `var`.
const FIXED: [&str; 7] = [
    "Infinity",
    "NaN",
    "document",
    "location",
    "top",
    "undefined",
    "window",
];

/// A name for which the browser may refuse `file` as a whole when it comes behind the others: one that is fixed, or
/// declared twice where a `let`, `const` or `class` is among the two
/// (<https://tc39.es/ecma262/#sec-globaldeclarationinstantiation>).
pub(crate) fn may_fail(before: &[Facts], file: &Facts) -> Option<String> {
    let mut own = file.lexical.iter().chain(&file.functions);
    let fixed = own.find(|name| FIXED.contains(&name.as_str()));
    let twice = || {
        before.iter().find_map(|earlier| {
            let lexical = file
                .lexical
                .iter()
                .find(|name| earlier.variables.contains(*name) || earlier.defined.contains(*name));
            lexical.or_else(|| file.declares().find(|name| earlier.lexical.contains(*name)))
        })
    };
    fixed.or_else(twice).cloned()
}

/// Puts files behind each other as one script.
///
/// The separator stands *after* each part: in front of one it would end its directives. The newline before it
/// ends a line comment, the semicolon an unfinished statement.
pub(crate) fn join<S: AsRef<str>>(parts: &[S]) -> String {
    let mut out = String::with_capacity(parts.iter().map(|p| p.as_ref().len() + 3).sum());
    for part in parts {
        out.push_str(part.as_ref());
        out.push_str("\n;\n");
    }
    out
}
