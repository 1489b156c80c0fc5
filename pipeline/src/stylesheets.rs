//! The stylesheets of a unit: joined where one text means the same, minified, addresses resolved.

use crushed_manifest::{AssetPath, Kind, Mode, percent_encode};

use crate::config::Join;
use crate::css::{self, Conditions, CustomProperties};
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::digest::{digest, hashed};
use crate::encode::{Effort, Weight};
use crate::fault::Fault;
use crate::inline;
use crate::load::{Loaded, Sheet};
use crate::properties::Properties;
use crate::reference::{Target, target};
use crate::transform::{Context, Made, PREFIX, Text, names_a_file};
use crate::urls::{self, Context as Place};

/// Transforms the stylesheets of one unit, whose asset will lie in the directory of `place`.
pub(crate) fn stylesheets(
    mode: Mode,
    inputs: &[Loaded],
    place: &AssetPath,
    context: &Context<'_>,
) -> Result<Made, Vec<Diagnostic>> {
    let mut writer = Stylesheets::new(mode, place, context);
    for input in inputs {
        writer.input(input);
    }
    let mut errors = writer.properties.ambiguous();
    let texts = writer.finish(inputs.first());
    errors.append(&mut writer.errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut made = writer.made;
    for text in texts {
        made.texts.push(match mode {
            Mode::Inline => Text::Inline(inline::style(&text)),
            Mode::File | Mode::Preload => Text::File(text),
        });
    }
    Ok(made)
}

/// Writes sheets behind each other, with a new stylesheet begun where one text could not mean the same.
struct Stylesheets<'a> {
    mode: Mode,
    place: &'a AssetPath,
    context: &'a Context<'a>,
    groups: Vec<Group>,
    properties: Properties,
    errors: Vec<Diagnostic>,
    made: Made,
}

/// The sheets of one text.
#[derive(Default)]
struct Group {
    /// `@import` of other hosts and of what cannot be put in its place, which must come first.
    head: String,
    rules: Vec<String>,
    /// A namespace holds for the whole text: nothing else may come in.
    closed: bool,
}

impl<'a> Stylesheets<'a> {
    fn new(mode: Mode, place: &'a AssetPath, context: &'a Context<'a>) -> Self {
        Self {
            mode,
            place,
            context,
            groups: vec![Group::default()],
            properties: Properties::default(),
            errors: Vec::new(),
            made: Made::default(),
        }
    }

    fn input(&mut self, input: &Loaded) {
        let namespace = css::has_namespace(&input.text);
        let own = self.context.config.join == Join::Never && self.current().is_begun();
        if own || namespace && self.current().has_rules() {
            self.groups.push(Group::default());
        }
        let rest = self.sheet(input);
        self.add(rest);
        self.current().closed |= namespace;
    }

    /// The texts of the groups, minified.
    fn finish(&mut self, first: Option<&Loaded>) -> Vec<String> {
        let groups = std::mem::take(&mut self.groups);
        groups
            .into_iter()
            .map(|group| self.minified(group, first))
            .collect()
    }

    fn minified(&mut self, group: Group, first: Option<&Loaded>) -> String {
        let config = self.context.config;
        let weight = match self.mode {
            Mode::Inline => Weight::Page,
            Mode::File | Mode::Preload => Weight::Asset,
        };
        let rules: Vec<&str> = group.rules.iter().map(String::as_str).collect();
        let minified = self
            .context
            .memo
            .stylesheet(&group.head, &rules, &config.css(weight));
        for warning in minified.warnings {
            // Its place is one of the joined text, which nobody has seen.
            let message = format!("in the bundle that begins here, {warning}");
            self.made.warnings.extend(
                first.map(|input| input.fault(Kind::Css, Fault::new(0, message)).warning()),
            );
        }
        let text = self.made.take_licences(minified.text, config.licences);
        match config.effort() {
            Effort::Release => css::lighter(text, PREFIX, weight),
            Effort::Fast => text,
        }
    }

    /// Makes a sheet an asset of its own, for what is lost when its rules stand among others. Gives its address.
    fn asset(&mut self, sheet: &Loaded) -> String {
        let name = sheet.path.as_ref().map_or("import", AssetPath::stem);
        // Beside the sheet that imports it.
        let place = self.place.join(&format!("{name}.css"));
        let place = place.unwrap_or_else(|_| self.place.clone());
        let mut writer = Stylesheets::new(Mode::File, &place, self.context);
        writer.input(sheet);
        let texts = writer.finish(Some(sheet));
        let Stylesheets {
            properties,
            errors,
            made,
            ..
        } = writer;
        self.properties.extend(properties);
        self.errors.extend(errors);
        self.made.warnings.extend(made.warnings);
        self.made.licences.extend(made.licences);
        self.made.imported.extend(made.imported);
        let text = match <[String; 1]>::try_from(texts) {
            Ok([text]) => text,
            Err(texts) => {
                // One sheet that stands for several, so that they share what they are imported into.
                let rules = texts.into_iter().map(|text| {
                    let name = self.named(&place, text);
                    Conditions::default().import(&percent_encode(&place.relative_to(&name)))
                });
                rules.collect()
            }
        };
        let name = self.named(&place, text);
        match self.mode {
            Mode::Inline => format!("{PREFIX}{}", percent_encode(name.as_str())),
            Mode::File | Mode::Preload => percent_encode(&self.place.relative_to(&name)),
        }
    }

    fn named(&mut self, place: &AssetPath, text: String) -> AssetPath {
        let name = hashed(place, digest(text.as_bytes())).unwrap_or_else(|_| place.clone());
        self.made.imported.push((place.clone(), text));
        name
    }

    /// Writes an import in front of the rules to come, and what was before it as a text of its own.
    fn import(&mut self, before: String, rule: &str) {
        self.add(before);
        let may_move = self.context.config.join == Join::Always;
        if self.current().has_rules() && !may_move {
            self.groups.push(Group::default());
        }
        self.current().head += rule;
    }

    fn current(&mut self) -> &mut Group {
        if self.groups.last().is_none_or(|group| group.closed) {
            self.groups.push(Group::default());
        }
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }

    fn add(&mut self, rules: String) {
        if !rules.trim_ascii().is_empty() {
            self.current().rules.push(rules);
        }
    }

    /// The rules of a sheet, imports in their place. What stands before an import that stays one goes into the groups on
    /// the way.
    fn sheet(&mut self, input: &Loaded) -> String {
        let (recovered, properties) = self.context.memo.checked_sheet(&input.text);
        match recovered {
            Ok(recovered) => self.made.warnings.extend(summary(input, recovered)),
            Err(fault) => self.errors.push(input.fault(Kind::Css, fault)),
        }
        let text = self.addresses(input, &properties);
        if input.imports.is_empty() {
            return text;
        }
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
                    self.made
                        .warnings
                        .push(input.fault(Kind::Css, fault).warning());
                }
                Sheet::Source(sheet) if stands_alone(sheet, &import.conditions) => {
                    let address = self.asset(sheet);
                    self.import(
                        std::mem::take(&mut rules),
                        &import.conditions.import(&address),
                    );
                }
                Sheet::Source(sheet) => {
                    let inner = self.sheet(sheet);
                    let inner = css::join(&[&inner]);
                    match import.conditions.is_empty() {
                        true => rules.push_str(&inner),
                        false => rules.push_str(&import.conditions.wrap(&css::enclosed(&inner))),
                    }
                }
                Sheet::External => {
                    let rule = text[found.range.clone()].trim_end_matches(';');
                    self.import(std::mem::take(&mut rules), &format!("{rule};\n"));
                }
            }
        }
        rules.push_str(&text[at..]);
        rules
    }

    /// The text with every address of a source replaced by its hashed name.
    fn addresses(&mut self, input: &Loaded, properties: &CustomProperties) -> String {
        let Context {
            sources,
            static_url,
            names,
            ..
        } = self.context;
        self.properties.uses(input, properties);
        urls::rewrite(&input.text, input.references(), &mut |reference| {
            if !names_a_file(reference) {
                return None;
            }
            if reference.context == Place::CustomProperty
                && let Some(name) = properties.around(reference.range.start)
            {
                self.properties
                    .declares(input, name, reference, self.context);
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
                    self.made.warnings.push(warning);
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

/// Whether the rules of an imported sheet cannot stand among those of another: a namespace holds for all rules of a
/// sheet, and an `@import` that stays one cannot stand in a condition's block.
fn stands_alone(sheet: &Loaded, conditions: &Conditions) -> bool {
    css::has_namespace(&sheet.text)
        || (!conditions.is_empty()
            && sheet.imports.iter().any(|import| match &import.sheet {
                Sheet::External => true,
                Sheet::Source(inner) => stands_alone(inner, conditions),
                Sheet::Ignored(_) => false,
            }))
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
