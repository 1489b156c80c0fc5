use std::collections::{BTreeMap, BTreeSet};

use crushed_manifest::{AssetPath, Mode};

use crate::cache::Memo;
use crate::config::{Config, Licences};
use crate::diagnostic::Diagnostic;
use crate::discover::Sources;
use crate::load::{Loaded, Sheet};
use crate::modules::Modules;
use crate::reference::{Target, target};
use crate::scripts::Scripts;
use crate::stylesheets::stylesheets;
use crate::urls::{Context as Place, Reference};

/// Stands for the prefix in inline CSS until the template is written: a private character that no stylesheet uses.
pub(crate) const PREFIX: char = '\u{10F8FD}';

/// What a unit became.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    /// One text for each tag. More than one where joining the inputs would change what they do.
    pub(crate) texts: Vec<Text>,
    pub(crate) warnings: Vec<Diagnostic>,
    /// The licence comments that were taken out.
    pub(crate) licences: Vec<String>,
    /// Stylesheets that the texts import: their places without digest, and what they hold.
    pub(crate) imported: Vec<(AssetPath, String)>,
}

/// The text of one tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Text {
    /// Goes into a file of its own.
    File(String),
    /// Goes into the page, already escaped for its element.
    Inline(String),
}

/// The hashed name of every source that a stylesheet references.
pub(crate) type Names = BTreeMap<AssetPath, AssetPath>;

/// What transforming needs to know besides the inputs.
pub(crate) struct Context<'a> {
    pub(crate) sources: &'a Sources,
    /// The prefix as stylesheets may write it.
    pub(crate) static_url: &'a str,
    pub(crate) names: &'a Names,
    /// The modules that a script can load, under their hashed names.
    pub(crate) modules: &'a Modules<'a>,
    pub(crate) config: &'a Config,
    pub(crate) memo: &'a Memo,
}

/// What `@import` names is text and no asset, what `@namespace` names is nothing to fetch.
pub(crate) fn names_a_file(reference: &Reference) -> bool {
    !matches!(
        reference.context,
        Place::Import | Place::Namespace | Place::OfPage
    )
}

/// The sources that a unit's inputs reference, so that they can be named before it is transformed.
pub(crate) fn references(
    inputs: &[Loaded],
    sources: &Sources,
    static_url: &str,
) -> BTreeSet<AssetPath> {
    let mut found = BTreeSet::new();
    for input in inputs {
        for reference in input.references() {
            if names_a_file(reference)
                && let Target::Source(path, _) =
                    target(&reference.value, input.path.as_ref(), sources, static_url)
            {
                found.insert(path);
            }
        }
        for import in &input.imports {
            if let Sheet::Source(sheet) = &import.sheet {
                found.extend(references(std::slice::from_ref(sheet), sources, static_url));
            }
        }
    }
    found
}

/// Transforms the inputs of one unit, whose asset will lie in the directory of `place`.
pub(crate) fn transform(
    mode: Mode,
    inputs: &[Loaded],
    scripts: Option<&Scripts>,
    place: &AssetPath,
    context: &Context<'_>,
) -> Result<Made, Vec<Diagnostic>> {
    let mut made = match scripts {
        Some(scripts) => scripts.joined(mode, inputs, place, context),
        None => stylesheets(mode, inputs, place, context),
    }?;
    made.warnings.extend(inputs.iter().flat_map(Loaded::said));
    Ok(made)
}

impl Made {
    /// The text without the licence comments at its top, if they are to go into a file of their own.
    pub(crate) fn take_licences(&mut self, text: String, licences: Licences) -> String {
        if licences != Licences::File {
            return text;
        }
        let mut rest = text.as_str();
        loop {
            let end = match rest.get(..2) {
                Some("/*") => rest.find("*/\n").map(|end| end + 2),
                Some("//") => rest.find('\n'),
                _ => None,
            };
            let Some(end) = end else { break };
            self.licences.push(rest[..end].to_owned());
            rest = &rest[end + 1..];
        }
        rest.to_owned()
    }
}
