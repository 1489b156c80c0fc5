use crushed_manifest::{AssetPath, PathError};

use crate::discover::{Missing, Sources};
use crate::template::compress::{has_scheme, percent_decode};

/// What an address in a stylesheet points to.
#[derive(Debug)]
pub(crate) enum Target {
    /// Nothing of ours: another host, `data:`, a fragment.
    Keep,
    /// A source, and the query and fragment behind it.
    Source(AssetPath, String),
    /// A source that does not exist: why, and the mend.
    Missing(String, Option<String>),
}

/// Looks up an address that stands in the sheet at `base`, or in a fragment of a template, where it is relative to the
/// asset roots.
pub(crate) fn target(
    address: &str,
    base: Option<&AssetPath>,
    sources: &Sources,
    static_url: &str,
) -> Target {
    let value = address.trim();
    let below = value
        .strip_prefix(static_url)
        .filter(|_| static_url.len() > 1);
    if below.is_none()
        && (value.is_empty() || value.starts_with(['#', '/', '?']) || has_scheme(value))
    {
        return Target::Keep;
    }
    let value = below.unwrap_or(value);
    let end = value.find(['?', '#']).unwrap_or(value.len());
    let (written, suffix) = value.split_at(end);
    let decoded = percent_decode(written);
    let path = match (base, below) {
        (Some(sheet), None) => sheet.join(&decoded),
        _ => AssetPath::parse(&decoded),
    };
    match path {
        // A directory, `url(./)`: no source, and not one that was forgotten.
        Err(PathError::Empty) => Target::Keep,
        Err(error) => {
            let (message, help) = Missing::Path(error).explain(written);
            Target::Missing(message, help)
        }
        Ok(path) => match sources.find(&path) {
            Ok(_) => Target::Source(path, suffix.to_owned()),
            Err(missing) => {
                let (message, help) = missing.explain(path.as_str());
                Target::Missing(message, help)
            }
        },
    }
}
