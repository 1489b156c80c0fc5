use std::collections::{BTreeMap, BTreeSet};

use crushed_manifest::{AssetPath, Kind, Mode, percent_encode};

use crate::config::{Config, Join, Licences};
use crate::css::{self, Conditions};
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::discover::Sources;
use crate::encode::smallest;
use crate::fault::Fault;
use crate::inline;
use crate::joined;
use crate::js::{self, Goal};
use crate::load::{Loaded, Sheet};
use crate::modules::{Base, Marks, Modules, World, page_references};
use crate::reference::{Target, target};
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
fn names_a_file(reference: &Reference) -> bool {
    !matches!(reference.context, Place::Import | Place::Namespace)
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
    match kind {
        Kind::Css => stylesheets(mode, inputs, place, context),
        Kind::Js => scripts(mode, inputs, place, context),
    }
}

fn stylesheets(
    mode: Mode,
    inputs: &[Loaded],
    place: &AssetPath,
    context: &Context<'_>,
) -> Result<Made, Vec<Diagnostic>> {
    let mut writer = Stylesheets {
        mode,
        place,
        context,
        groups: vec![Group::default()],
        errors: Vec::new(),
        warnings: Vec::new(),
    };
    for input in inputs {
        writer.input(input);
    }
    let mut made = Made {
        warnings: writer.warnings,
        ..Made::default()
    };
    if !writer.errors.is_empty() {
        return Err(writer.errors);
    }
    for group in writer.groups {
        let rules: Vec<&str> = group.rules.iter().map(String::as_str).collect();
        let joined = group.head + &css::join(&rules);
        let minified = css::minify(&joined, &context.config.css())
            // Each input was read alone before: what fails now is not the user's fault, and the joined text is right.
            .unwrap_or_else(|fault| css::Minified {
                text: joined,
                warnings: vec![fault],
            });
        for warning in minified.warnings {
            // Its place is one of the joined text, which nobody has seen.
            let message = format!("in the bundle that begins here, {warning}");
            let first = inputs.first();
            made.warnings.extend(
                first.map(|input| input.fault(Kind::Css, Fault::new(0, message)).warning()),
            );
        }
        let text = made.take_licences(minified.text, context.config.licences);
        let text = match css::ascii(&text, PREFIX) {
            Some(escaped) => smallest(vec![text, escaped]).unwrap_or_default(),
            None => text,
        };
        made.texts.push(match mode {
            Mode::Inline => Text::Inline(inline::style(&text)),
            Mode::File | Mode::Preload => Text::File(text),
        });
    }
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

/// Writes sheets behind each other, with a new stylesheet begun where one text could not mean the same.
struct Stylesheets<'a> {
    mode: Mode,
    place: &'a AssetPath,
    context: &'a Context<'a>,
    groups: Vec<Group>,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

/// The sheets of one text.
#[derive(Default)]
struct Group {
    /// `@import` of other hosts, which must come first.
    head: String,
    rules: Vec<String>,
    /// A namespace holds for the whole text: nothing else may come in.
    closed: bool,
}

impl Stylesheets<'_> {
    fn input(&mut self, input: &Loaded) {
        let namespace = css::has_namespace(&input.text);
        let own = self.context.config.join == Join::Never && self.current().is_begun();
        if own || namespace && self.current().has_rules() {
            self.groups.push(Group::default());
        }
        let conditions = Vec::new();
        let rest = self.sheet(input, &conditions);
        self.add(rest);
        self.current().closed |= namespace;
    }

    fn current(&mut self) -> &mut Group {
        if self.groups.last().is_none_or(|group| group.closed) {
            self.groups.push(Group::default());
        }
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }

    fn add(&mut self, rules: String) {
        if !rules.trim().is_empty() {
            self.current().rules.push(rules);
        }
    }

    /// The rules of a sheet, imports in their place. What stands before an import of another host goes into the groups on
    /// the way.
    fn sheet(&mut self, input: &Loaded, conditions: &[&Conditions]) -> String {
        match css::check(&input.text) {
            Ok(recovered) => self.warnings.extend(summary(input, recovered)),
            Err(fault) => self.errors.push(input.fault(Kind::Css, fault)),
        }
        let text = self.addresses(input);
        let mut rules = String::new();
        let mut at = 0;
        // Addresses are rewritten in the whole text, so that imports are found again in the new one.
        for (found, import) in css::imports(&text).into_iter().zip(&input.imports) {
            rules.push_str(&text[at..found.range.start]);
            at = found.range.end;
            match &import.sheet {
                Sheet::Ignored(why) => {
                    let fault = Fault::new(import.range.start, why.clone())
                        .help("remove it, or move it to the top of the file");
                    self.warnings.push(input.fault(Kind::Css, fault).warning());
                }
                Sheet::Source(sheet) => {
                    let mut inside = conditions.to_vec();
                    if !import.conditions.is_empty() {
                        inside.push(&import.conditions);
                    }
                    let inner = self.sheet(sheet, &inside);
                    let inner = css::join(&[&inner]);
                    rules.push_str(&import.conditions.wrap(&inner));
                }
                Sheet::External if conditions.is_empty() => {
                    self.add(std::mem::take(&mut rules));
                    let may_move = self.context.config.join == Join::Always;
                    if self.current().has_rules() && !may_move {
                        self.groups.push(Group::default());
                    }
                    let rule = &text[found.range.clone()];
                    self.current().head += rule.trim_end_matches(';');
                    self.current().head += ";\n";
                }
                Sheet::External => {
                    let fault = Fault::new(
                        import.range.start,
                        "an `@import` of another host inside a conditional `@import` cannot be joined",
                    )
                    .help("import it at the top of a stylesheet of the bundle");
                    self.errors.push(input.fault(Kind::Css, fault));
                }
            }
        }
        rules.push_str(&text[at..]);
        rules
    }

    /// The text with every address of a source replaced by its hashed name.
    fn addresses(&mut self, input: &Loaded) -> String {
        let Context {
            sources,
            static_url,
            names,
            ..
        } = self.context;
        urls::rewrite(&input.text, &mut |reference| {
            if !names_a_file(reference) {
                return None;
            }
            match target(&reference.value, input.path.as_ref(), sources, static_url) {
                Target::Keep => None,
                Target::Source(path, suffix) => {
                    let name = names.get(&path)?;
                    Some(match self.mode {
                        Mode::Inline => {
                            format!("{PREFIX}{}{suffix}", percent_encode(name.as_str()))
                        }
                        Mode::File | Mode::Preload => {
                            format!("{}{suffix}", percent_encode(&self.place.relative_to(name)))
                        }
                    })
                }
                Target::Missing(message, help) => {
                    let message = format!("{message}; the reference stays as it is");
                    let mut fault = Fault::new(reference.range.start, message);
                    fault.help = help;
                    let mut warning = input.fault(Kind::Css, fault).warning();
                    warning.kind = ErrorKind::Reference;
                    self.warnings.push(warning);
                    None
                }
            }
        })
    }
}

impl Group {
    fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }

    fn is_begun(&self) -> bool {
        self.has_rules() || !self.head.is_empty()
    }
}

/// What a browser recovers from, as one warning: vendored sheets can hold hundreds of such places.
fn summary(input: &Loaded, mut recovered: Vec<Fault>) -> Option<Diagnostic> {
    let count = recovered.len();
    if count == 0 {
        return None;
    }
    let mut first = recovered.swap_remove(0);
    if count > 1 {
        first.message = format!(
            "{}, and {} more like it in this file",
            first.message,
            count - 1
        );
    }
    Some(input.fault(Kind::Css, first).warning())
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
    for input in inputs {
        let parsed = js::inspect(&input.text, Goal::Script).and_then(|facts| {
            // What a script loads as a module is named relative to the bundle from now on.
            let named = page_references(input, facts.clone(), context.world());
            let marked = marks.put(&input.text, &named.found);
            made.warnings.extend(named.warnings);
            js::minify(&marked, Goal::Script, &config.js()).map(|minified| (facts, minified))
        });
        let (facts, minified) = match parsed {
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
