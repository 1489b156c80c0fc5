//! The scripts of a unit: read and minified one by one, then joined where one text means the same, references resolved.

use std::ops::Range;

use crushed_manifest::{AssetPath, Kind, Mode};

use crate::config::{Config, Join};
use crate::diagnostic::Diagnostic;
use crate::inline;
use crate::joined;
use crate::js::{self, Goal};
use crate::load::Loaded;
use crate::modules::{Base, Marks, Reference, World, page_references};
use crate::transform::{Context, Made, Text};

/// The scripts of one unit, minified, with marks for what they name.
#[derive(Debug)]
pub(crate) struct Scripts {
    facts: Vec<js::Facts>,
    texts: Vec<String>,
    marks: Marks,
    made: Made,
    /// What is wrong with the scripts themselves.
    errors: Vec<Diagnostic>,
    /// What is wrong with what they name.
    pub(crate) misnamed: Vec<Diagnostic>,
}

impl Scripts {
    /// Reads and minifies the inputs of one unit.
    pub(crate) fn of(inputs: &[Loaded], world: World<'_>, config: &Config) -> Self {
        let mut scripts = Self {
            facts: Vec::new(),
            texts: Vec::new(),
            marks: Marks::for_texts(inputs.iter().map(|input| input.text.as_str())),
            made: Made::default(),
            errors: Vec::new(),
            misnamed: Vec::new(),
        };
        for input in inputs {
            scripts.input(input, world, config);
        }
        scripts
    }

    fn input(&mut self, input: &Loaded, world: World<'_>, config: &Config) {
        let Self {
            marks,
            made,
            misnamed,
            ..
        } = self;
        let marked = |facts: &js::Facts| {
            // What a script loads as a module is named relative to the bundle from now on.
            let named = page_references(input, facts.clone(), world);
            made.warnings.extend(named.warnings);
            misnamed.extend(named.errors);
            (!named.found.is_empty()).then(|| marks.put(&input.text, &named.found))
        };
        match world
            .memo
            .script(&input.text, Goal::Script, &config.js(), marked)
        {
            Ok((mut facts, minified)) => {
                let warnings = minified.warnings.into_iter();
                let warnings = warnings.map(|fault| input.fault(Kind::Js, fault).warning());
                self.made.warnings.extend(warnings);
                let text = self.made.take_licences(minified.text, config.licences);
                facts.may_fail = js::may_fail(&self.facts, &facts);
                self.facts.push(facts);
                self.texts.push(text);
            }
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
                self.errors.push(input.fault(Kind::Js, fault));
            }
        }
    }

    /// What the scripts name.
    pub(crate) fn references(&self) -> &[Reference] {
        self.marks.references()
    }

    /// The texts of the unit, whose asset will lie in the directory of `place`.
    pub(crate) fn joined(
        &self,
        mode: Mode,
        inputs: &[Loaded],
        place: &AssetPath,
        context: &Context<'_>,
    ) -> Result<Made, Vec<Diagnostic>> {
        if !self.errors.is_empty() {
            return Err(self.errors.clone());
        }
        let groups: Vec<&[String]> = groups(&self.facts, context.config.join)
            .into_iter()
            .map(|group| &self.texts[group])
            .collect();
        if context.config.join == Join::Always {
            joined::check(inputs, &groups)?;
        }
        let mut made = self.made.clone();
        for texts in groups {
            let text = match texts {
                [one] => one.clone(),
                many => js::join(many),
            };
            let address = |to: &Reference, base| context.modules.address(to, base);
            let resolved = |base| self.marks.resolve(&text, &|to| address(to, base));
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
}

/// Neighbours that may be one script.
fn groups(files: &[js::Facts], join: Join) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let may_join = |earlier: &Range<usize>| match join {
            Join::Never => false,
            Join::Safe => js::may_join(&files[earlier.clone()], std::slice::from_ref(file)).is_ok(),
            Join::Always => true,
        };
        match groups.last_mut() {
            Some(group) if may_join(group) => group.end = index + 1,
            _ => groups.push(index..index + 1),
        }
    }
    groups
}
