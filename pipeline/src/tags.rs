//! The tags that the texts of a bundle get.

use crushed_manifest::{AssetPath, Kind, Markup, Mode, percent_encode};

use crate::bundle::{Input, Unit};
use crate::config::Integrity;
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::integrity;
use crate::transform::PREFIX;

/// Attributes of a tag in the order of the template, each name once, values as they stand between double quotes.
pub(crate) type Attributes = Vec<(String, Option<Markup>)>;

/// Whether two tags carry the same attributes. Their order says nothing.
pub(crate) fn equal(one: &Attributes, other: &Attributes) -> bool {
    one.len() == other.len() && one.iter().all(|attribute| other.contains(attribute))
}

/// The attribute that a text in the page could not have: one that is about fetching a file, or about when it runs.
fn needs_a_file(unit: &Unit) -> Option<&str> {
    let names: &[&str] = match unit.kind {
        // A `<style>` with a title of another set would not be an alternative one; it has no `disabled` either.
        Kind::Css => &["rel", "disabled", "onload", "onerror"],
        Kind::Js => &["defer", "onload", "onerror"],
    };
    let mut carried = unit.attributes.iter().map(|(name, _)| name.as_str());
    carried.find(|name| names.contains(name))
}

/// How a unit reaches the page: a text that could not do the same inside of it is linked.
pub(crate) fn mode(unit: &Unit, mode: Mode) -> Mode {
    match (mode, needs_a_file(unit)) {
        (Mode::Inline, Some(_)) => Mode::File,
        _ => mode,
    }
}

/// The warning about a unit that was to be inline and is linked.
pub(crate) fn linked_all_the_same(unit: &Unit, mode: Mode) -> Option<Diagnostic> {
    let name = needs_a_file(unit).filter(|_| mode == Mode::Inline)?;
    let message = format!("`{name}` has no meaning on a text in the page: this tag is linked");
    let diagnostic = unit.inputs.iter().find_map(|input| match input {
        Input::Source {
            at: Some((text, range)),
            ..
        } => Some(Diagnostic::at(
            ErrorKind::Template,
            text,
            range.clone(),
            message.clone(),
        )),
        Input::Fragment {
            template, origin, ..
        } => {
            let start = origin.first().map_or(0, |(_, at)| *at);
            Some(Diagnostic::at(
                ErrorKind::Template,
                template,
                start..start,
                message.clone(),
            ))
        }
        Input::Source { .. } => None,
    })?;
    let help = format!("remove `{name}`, or take the tag into a block that is not inline");
    Some(diagnostic.help(help).warning())
}

/// Whether the page will fetch the file of this unit, so that a preload of it is of use.
pub(crate) fn is_fetched(unit: &Unit) -> bool {
    let idle = |name: &str| matches!(name, "nomodule" | "disabled");
    !unit.attributes.iter().any(|(name, _)| idle(name))
}

/// The tag that names the unit's file, whose `integrity` this is.
pub(crate) fn file(
    unit: &Unit,
    mode: Mode,
    path: &AssetPath,
    integrity: &str,
    config: Option<Integrity>,
) -> Markup {
    let mut markup = Markup::default();
    let has = |wanted: &str| unit.attributes.iter().any(|(name, _)| name == wanted);
    markup.push_text(match (mode, unit.kind) {
        (Mode::Preload, Kind::Css) => "<link rel=preload as=style href=\"",
        (Mode::Preload, Kind::Js) => "<link rel=preload as=script href=\"",
        // `rel="alternate stylesheet"` comes with the attributes.
        (_, Kind::Css) if has("rel") => "<link href=\"",
        (_, Kind::Css) => "<link rel=stylesheet href=\"",
        (_, Kind::Js) => "<script src=\"",
    });
    markup.push_prefix();
    markup.push_text(&percent_encode(path.as_str()));
    markup.push_text("\"");
    // A preload is for a request of the same kind: what is about the request goes along, the rest is of the other tag.
    let carried = |name: &str| {
        mode != Mode::Preload
            || matches!(
                name,
                "crossorigin" | "fetchpriority" | "media" | "nonce" | "referrerpolicy"
            )
    };
    push_attributes(&unit.attributes, &mut markup, carried);
    integrity::push(
        &mut markup,
        integrity,
        config,
        unit.integrity,
        has("crossorigin"),
    );
    markup.push_text(match (mode, unit.kind) {
        (Mode::File | Mode::Inline, Kind::Js) => "></script>",
        _ => ">",
    });
    markup
}

/// The element that holds the unit's text, already escaped for it.
pub(crate) fn inline(unit: &Unit, text: &str) -> Markup {
    let mut markup = Markup::default();
    let name = match unit.kind {
        Kind::Css => "style",
        Kind::Js => "script",
    };
    markup.push_text(&format!("<{name}"));
    // Nothing is fetched.
    let carried = |name: &str| {
        !matches!(
            name,
            "async" | "crossorigin" | "fetchpriority" | "referrerpolicy"
        )
    };
    push_attributes(&unit.attributes, &mut markup, carried);
    markup.push_text(">");
    push_prefixed(text, &mut markup);
    markup.push_text(&format!("</{name}>"));
    markup
}

/// Text with the prefix in its places.
pub(crate) fn push_prefixed(text: &str, markup: &mut Markup) {
    for (index, stretch) in text.split(PREFIX).enumerate() {
        if index > 0 {
            markup.push_prefix();
        }
        markup.push_text(stretch);
    }
}

/// The attributes of a tag that are wanted.
pub(crate) fn push_attributes(
    attributes: &Attributes,
    markup: &mut Markup,
    wanted: impl Fn(&str) -> bool,
) {
    for (name, value) in attributes {
        if !wanted(name) {
            continue;
        }
        markup.push_text(&format!(" {name}"));
        if let Some(value) = value {
            markup.push_text("=\"");
            markup.append(value);
            markup.push_text("\"");
        }
    }
}
