use std::collections::BTreeSet;
use std::ops::Range;

use crushed_manifest::{AssetPath, Markup, Mode, PathError, percent_encode};

use super::graph::{Draft, TagKey};
use super::name::{Base, Modules};
use super::resolve::{Member, plain_suffix};
use crate::bundle::{Input, Unit};
use crate::config::Integrity;
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::digest::{self, hashed};
use crate::inline;
use crate::integrity;
use crate::js::Goal;
use crate::tags::{push_attributes, push_prefixed};

/// The tag of a module in a block: it stays a tag of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ModuleTag {
    /// One input.
    pub(crate) unit: Unit,
    /// Query and fragment of `src`, which a module can read.
    pub(crate) suffix: String,
    /// `<link rel=modulepreload>`
    pub(crate) preload: bool,
    /// Its `integrity`, and where that stands in the template.
    pub(crate) claim: Option<(String, Range<usize>)>,
}

impl ModuleTag {
    /// What makes the tag differ from others.
    pub(crate) fn shown(&self) -> String {
        let input = match self.unit.inputs.first() {
            Some(Input::Source { path, .. }) => format!("source {path:?}"),
            Some(Input::Fragment { text, .. }) => format!("fragment {text:?}"),
            None => String::new(),
        };
        let Self {
            unit,
            suffix,
            preload,
            ..
        } = self;
        format!(
            "module {input} {suffix:?} {preload} {} {:?}\n",
            unit.integrity, unit.attributes
        )
    }
}

/// What a tag became.
#[derive(Debug, Default)]
pub(crate) struct Tagged {
    pub(crate) markup: Markup,
    /// The assets that the markup names, in order.
    pub(crate) assets: Vec<AssetPath>,
    /// The asset that an inline module became.
    pub(crate) made: Option<(AssetPath, String)>,
    pub(crate) warning: Option<Diagnostic>,
}

impl Modules<'_> {
    /// The markup of a module's tag. `seen` holds the addresses that the block has named before.
    pub(crate) fn tag(
        &self,
        (key, tag): (TagKey<'_>, &ModuleTag),
        mode: Mode,
        config: Option<Integrity>,
        seen: &mut BTreeSet<String>,
    ) -> Result<Tagged, PathError> {
        let mut writer = Writer {
            modules: self,
            tag,
            config,
            seen,
            tagged: Tagged::default(),
        };
        match tag.unit.inputs.first() {
            Some(Input::Source { path, at, .. }) => {
                let member = Member {
                    path: path.clone(),
                    goal: Goal::Module,
                };
                let draft = self.graph.members.get(&member);
                let wanted = mode == Mode::Inline && !tag.preload;
                let alone =
                    |draft: &&Draft| !draft.knows_its_place && !self.imported.contains(&member);
                match draft
                    .filter(|_| wanted)
                    .filter(alone)
                    .and_then(|draft| self.inline(draft))
                {
                    Some((draft, text)) => writer.inline(draft, &text),
                    None => {
                        if wanted {
                            let message = "the module is linked: others import it, or it asks for its own address";
                            let warning = match at {
                                Some((text, range)) => {
                                    Diagnostic::at(ErrorKind::Js, text, range.clone(), message)
                                }
                                None => Diagnostic::file(ErrorKind::Js, path.as_str(), message),
                            };
                            let warning = warning.help("put its tag into a block of mode `file`");
                            writer.tagged.warning = Some(warning.warning());
                        }
                        writer.linked(&member, mode);
                    }
                }
            }
            Some(Input::Fragment { .. }) => {
                if let Some(draft) = self.graph.fragments.get(&key) {
                    writer.fragment(draft, mode)?;
                }
            }
            None => {}
        }
        Ok(writer.tagged)
    }

    /// The text for `<script type=module>`, unless something in it cannot stand there.
    fn inline<'d>(&self, draft: &'d Draft) -> Option<(&'d Draft, String)> {
        let address = |reference: &_| self.address(reference, Base::Page);
        match inline::script(&draft.marks.resolve(&draft.text, &address)) {
            inline::Script::Inline(text) => Some((draft, text)),
            inline::Script::MustLink => None,
        }
    }
}

struct Writer<'a> {
    modules: &'a Modules<'a>,
    tag: &'a ModuleTag,
    config: Option<Integrity>,
    seen: &'a mut BTreeSet<String>,
    tagged: Tagged,
}

impl Writer<'_> {
    /// A module that is an inline one in the template.
    fn fragment(&mut self, draft: &Draft, mode: Mode) -> Result<(), PathError> {
        let name = format!("js/{}.js", self.tag.unit.name);
        let place = AssetPath::parse(&name)?;
        let base = Base::Asset(&place);
        let text = draft.marks.resolve(&draft.text, &|reference| {
            self.modules.address(reference, base)
        });
        let path = hashed(&place, digest::digest(text.as_bytes()))?;
        let address = percent_encode(path.as_str());
        // A module of one address runs once, two equal inline ones run twice.
        let again = mode == Mode::File && self.seen.contains(&address);
        let stays = mode == Mode::Inline || draft.knows_its_place || again;
        if stays && let Some((_, text)) = self.modules.inline(draft) {
            self.inline(draft, &text);
            return Ok(());
        }
        self.seen.insert(address.clone());
        match mode {
            Mode::Preload => {
                self.link(&address, &text);
                self.preloads(draft);
            }
            Mode::File | Mode::Inline => {
                self.preloads(draft);
                self.script(&address, &text);
            }
        }
        self.tagged.assets.push(path.clone());
        self.tagged.made = Some((path, text));
        Ok(())
    }

    /// A tag that names the asset, and what it loads.
    fn linked(&mut self, member: &Member, mode: Mode) {
        let modules = self.modules;
        let (Some(shipped), Some(draft)) =
            (modules.named.get(member), modules.graph.members.get(member))
        else {
            return;
        };
        let address = percent_encode(shipped.path.as_str()) + &plain_suffix(&self.tag.suffix);
        self.seen.insert(address.clone());
        if self.tag.preload || mode == Mode::Preload {
            self.link(&address, &shipped.text);
            self.tagged.assets.push(shipped.path.clone());
        }
        if !self.tag.preload {
            self.preloads(draft);
        }
        if !self.tag.preload && mode != Mode::Preload {
            self.script(&address, &shipped.text);
            self.tagged.assets.push(shipped.path.clone());
        }
    }

    fn inline(&mut self, draft: &Draft, text: &str) {
        self.preloads(draft);
        self.tagged.markup.push_text("<script type=module");
        push_attributes(&self.tag.unit.attributes, &mut self.tagged.markup, |_| true);
        self.tagged.markup.push_text(">");
        push_prefixed(text, &mut self.tagged.markup);
        self.tagged.markup.push_text("</script>");
    }

    fn script(&mut self, address: &str, text: &str) {
        self.address("<script type=module src=\"", address);
        push_attributes(&self.tag.unit.attributes, &mut self.tagged.markup, |_| true);
        self.integrity(text);
        self.tagged.markup.push_text("></script>");
    }

    /// The start of a tag, up to its address.
    fn address(&mut self, open: &str, address: &str) {
        let markup = &mut self.tagged.markup;
        markup.push_text(open);
        markup.push_prefix();
        markup.push_text(&address.replace('&', "&amp;"));
        markup.push_text("\"");
    }

    fn integrity(&mut self, text: &str) {
        let asked = self.tag.unit.integrity;
        let value = digest::integrity(text.as_bytes());
        // A module is always fetched as CORS asks for: no attribute is missing.
        integrity::push(&mut self.tagged.markup, &value, self.config, asked, true);
    }

    /// `<link rel=modulepreload>` that is fetched as the script will be: its other attributes are the script's own affair.
    fn link(&mut self, address: &str, text: &str) {
        let fetching = |name: &str| matches!(name, "crossorigin" | "nonce" | "referrerpolicy");
        let own = self.tag.preload;
        self.address("<link rel=modulepreload href=\"", address);
        push_attributes(&self.tag.unit.attributes, &mut self.tagged.markup, |name| {
            own || fetching(name)
        });
        self.integrity(text);
        self.tagged.markup.push_text(">");
    }

    /// Links to what is loaded with a script, in the order of its loading, each once in a block.
    fn preloads(&mut self, draft: &Draft) {
        let modules = self.modules;
        // The last is the next.
        let mut next: Vec<(&Member, &str)> = draft.statics().collect();
        next.reverse();
        while let Some((member, suffix)) = next.pop() {
            let (Some(shipped), Some(draft)) =
                (modules.named.get(member), modules.graph.members.get(member))
            else {
                continue;
            };
            let address = percent_encode(shipped.path.as_str()) + &plain_suffix(suffix);
            if !self.seen.insert(address.clone()) {
                continue;
            }
            self.link(&address, &shipped.text);
            self.tagged.assets.push(shipped.path.clone());
            let mut more: Vec<(&Member, &str)> = draft.statics().collect();
            more.reverse();
            next.extend(more);
        }
    }
}
