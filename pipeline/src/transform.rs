use std::collections::{BTreeMap, BTreeSet};

use crushed_manifest::{AssetPath, Kind, Mode};

use crate::config::{Config, Join, Licences};
use crate::diagnostic::Diagnostic;
use crate::discover::Sources;
use crate::inline;
use crate::joined;
use crate::js::{self, Goal};
use crate::load::{Loaded, Sheet};
use crate::modules::{Base, Marks, Modules, World, page_references};
use crate::reference::{Target, target};
use crate::stylesheets::stylesheets;
use crate::urls::{self, Context as Place, Reference};

/// Stands for the prefix in inline CSS until the template is written: a private character that no stylesheet uses.
pub(crate) const PREFIX: char = '\u{10F8FD}';

/// What a unit became.
#[derive(Debug, Default)]
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

/// What transforming needs to know besides the inputs.
pub(crate) struct Context<'a> {
    pub(crate) sources: &'a Sources,
    /// The prefix as stylesheets may write it.
    pub(crate) static_url: &'a str,
    /// The hashed name of every source that a stylesheet references.
    pub(crate) names: &'a BTreeMap<AssetPath, AssetPath>,
    /// The modules that a script can load, under their hashed names.
    pub(crate) modules: &'a Modules<'a>,
    pub(crate) config: &'a Config,
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
        for reference in urls::references(&input.text) {
            if names_a_file(&reference)
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
    kind: Kind,
    mode: Mode,
    inputs: &[Loaded],
    place: &AssetPath,
    context: &Context<'_>,
) -> Result<Made, Vec<Diagnostic>> {
    let mut made = match kind {
        Kind::Css => stylesheets(mode, inputs, place, context),
        Kind::Js => scripts(mode, inputs, place, context),
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

fn scripts(
    mode: Mode,
    inputs: &[Loaded],
    place: &AssetPath,
    context: &Context<'_>,
) -> Result<Made, Vec<Diagnostic>> {
    let config = context.config;
    let mut made = Made::default();
    let mut marks = Marks::for_texts(inputs.iter().map(|input| input.text.as_str()));
    let mut errors = Vec::new();
    let mut groups: Vec<(Vec<js::Facts>, Vec<String>)> = Vec::new();
    let may_join = |earlier: &[js::Facts], later: &js::Facts| match config.join {
        Join::Never => false,
        Join::Safe => js::may_join(earlier, std::slice::from_ref(later)).is_ok(),
        Join::Always => true,
    };
    let mut before: Vec<js::Facts> = Vec::new();
    for input in inputs {
        let parsed = js::inspect(&input.text, Goal::Script).and_then(|facts| {
            // What a script loads as a module is named relative to the bundle from now on.
            let named = page_references(input, facts.clone(), context.world());
            let marked = marks.put(&input.text, &named.found);
            made.warnings.extend(named.warnings);
            js::minify(&marked, Goal::Script, &config.js()).map(|minified| (facts, minified))
        });
        let (mut facts, minified) = match parsed {
            Ok(parsed) => parsed,
            Err(mut fault) => {
                fault.help.get_or_insert_with(|| {
                    let mend = match js::inspect(&input.text, Goal::Module) {
                        Ok(_) => "it is a module: write `type=\"module\"` into its tag",
                        Err(_) => {
                            "correct it: a browser runs nothing of a script that does not parse"
                        }
                    };
                    mend.to_owned()
                });
                errors.push(input.fault(Kind::Js, fault));
                continue;
            }
        };
        made.warnings.extend(
            minified
                .warnings
                .into_iter()
                .map(|fault| input.fault(Kind::Js, fault).warning()),
        );
        let text = made.take_licences(minified.text, config.licences);
        facts.may_fail = js::may_fail(&before, &facts);
        before.push(facts.clone());
        match groups.last_mut() {
            Some((earlier, texts)) if may_join(earlier, &facts) => {
                earlier.push(facts);
                texts.push(text);
            }
            _ => groups.push((vec![facts], vec![text])),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if config.join == Join::Always {
        let made: Vec<&[String]> = groups.iter().map(|(_, texts)| texts.as_slice()).collect();
        joined::check(inputs, &made)?;
    }
    for (_, texts) in groups {
        let text = match texts.as_slice() {
            [one] => one.clone(),
            many => js::join(many),
        };
        let resolved = |base| marks.resolve(&text, &|to| context.modules.address(to, base));
        made.texts.push(match mode {
            Mode::File | Mode::Preload => Text::File(resolved(Base::Asset(place))),
            Mode::Inline => match inline::script(&resolved(Base::Page)) {
                inline::Script::Inline(text) => Text::Inline(text),
                inline::Script::MustLink => Text::File(resolved(Base::Asset(place))),
            },
        });
    }
    Ok(made)
}

impl Context<'_> {
    pub(crate) fn world(&self) -> World<'_> {
        World {
            sources: self.sources,
            static_url: self.static_url,
        }
    }
}
