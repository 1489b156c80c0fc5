/// `rel` is a set of words, in any case.
pub(crate) fn is_stylesheet(rel: &str) -> bool {
    rel.split_ascii_whitespace()
        .any(|word| word.eq_ignore_ascii_case("stylesheet"))
}

/// Whether a `<style>` of this type is a stylesheet (HTML §4.2.6): the type is compared whole.
pub(crate) fn is_css(kind: Option<&str>) -> bool {
    kind.is_none_or(|kind| kind.is_empty() || kind.eq_ignore_ascii_case("text/css"))
}

/// Whether a browser fetches a `<link rel=stylesheet>` of this type: parameters do not matter.
pub(crate) fn is_sheet_type(kind: Option<&str>) -> bool {
    let essence = |kind: &str| kind.split(';').next().unwrap_or_default().trim().to_owned();
    is_css(kind.map(essence).as_deref())
}

/// Whether a script of this type holds data: nothing that a Content-Security-Policy asks about.
pub(crate) fn is_data(kind: Option<&str>) -> bool {
    let special = |kind: &str| {
        ["module", "importmap", "speculationrules"]
            .iter()
            .any(|name| kind.trim().eq_ignore_ascii_case(name))
    };
    !is_script(kind) && !kind.is_some_and(special)
}

/// Whether the type is a JavaScript MIME type (HTML §4.12.1, MIME Sniffing §4.6), so that the script is a classic one.
pub(crate) fn is_script(kind: Option<&str>) -> bool {
    let Some(kind) = kind else { return true };
    let kind = kind.trim().to_ascii_lowercase();
    kind.is_empty()
        || matches!(kind.as_str(), "text/jscript" | "text/livescript")
        || kind
            .strip_prefix("text/")
            .or_else(|| kind.strip_prefix("application/"))
            .is_some_and(|name| {
                let name = name.strip_prefix("x-").unwrap_or(name);
                matches!(name, "javascript" | "ecmascript")
                    || name
                        .strip_prefix("javascript1.")
                        .is_some_and(|minor| ["0", "1", "2", "3", "4", "5"].contains(&minor))
            })
}
