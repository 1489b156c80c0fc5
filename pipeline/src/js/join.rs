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
    if let Some(first) = all.next()
        && all.any(|facts| facts.strict != first.strict)
    {
        return Err(Why::Strictness);
    }
    for facts in later {
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
