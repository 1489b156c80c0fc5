use super::super::show::{Element, is_viewport_name, without_spaces};
use super::super::styles::{Styles, declarations};
use super::canon::{Start, push_text_of};
use super::equal::{Equal, Side};

/// Attributes that are on or off, and say so by being there (HTML, "boolean attribute" and "obsolete features"); and `hidden`,
/// which has a third state, but for which its own name is as good as none.
#[rustfmt::skip]
const BOOLEAN: &[&str] = &[
    "allowfullscreen", "async", "autofocus", "autoplay", "checked", "compact", "controls", "default", "defer", "disabled",
    "formnovalidate", "hidden", "inert", "ismap", "itemscope", "loop", "multiple", "muted", "nomodule", "noresize",
    "noshade", "novalidate", "nowrap", "open", "playsinline", "readonly", "required", "reversed", "selected",
];

/// Attributes that say what holds without them: element, attribute, value.
const DEFAULTS: &[(&str, &str, &[&str])] = &[
    (
        "script",
        "type",
        &["text/javascript", "application/javascript"],
    ),
    ("script", "language", &["javascript"]),
    ("style", "type", &["text/css"]),
    ("style", "media", &["all"]),
    ("link", "media", &["all"]),
    ("form", "method", &["get"]),
];

/// Writes what an attribute means; nothing for one that means nothing.
///
/// Allowed to differ: white space round the words of `class`, and `class` or `style` that are empty; white space and the last
/// semicolon of `style`; white space beside the commas of a viewport; whether a boolean attribute repeats its name; an attribute of `DEFAULTS`, unless a stylesheet
/// selects by it; what the stages for stylesheets and scripts made of `style` and event handlers.
pub(super) fn write(
    start: &Start<'_>,
    name: &str,
    value: &str,
    styles: &Styles,
    (equal, side): (&Equal, Side),
    out: &mut String,
) {
    let plain = |out: &mut String, value: &str| {
        out.push(' ');
        out.push_str(name);
        out.push('=');
        out.push_str(value);
        out.push('\u{3}');
    };
    if start.is_foreign() {
        return plain(out, value);
    }
    if name == "class" {
        let mut words = value.split_ascii_whitespace().peekable();
        if words.peek().is_none() {
            return;
        }
        out.push_str(" class=");
        for word in words {
            out.push_str(word);
            out.push(' ');
        }
        out.push('\u{3}');
        return;
    }
    if name == "style" || name.starts_with("on") {
        if name == "style" && equal.is_nothing(value) {
            return;
        }
        out.push(' ');
        out.push_str(name);
        out.push('=');
        match equal.find(value, side) {
            Some(found) => push_text_of(&found, out),
            None if name == "style" => {
                for (name, value) in declarations(value) {
                    out.push_str(name);
                    out.push(':');
                    out.push_str(value);
                    out.push(';');
                }
            }
            None => out.push_str(value),
        }
        out.push('\u{3}');
        return;
    }
    let is_viewport = || start.value("name").is_some_and(is_viewport_name);
    if name == "content" && start.name() == "meta" && is_viewport() {
        return match styles.attributes.contains(name) {
            true => plain(out, value),
            false => plain(out, &without_spaces(value)),
        };
    }
    if BOOLEAN.contains(&name)
        && value.eq_ignore_ascii_case(name)
        && !styles.attributes.contains(name)
    {
        return plain(out, "");
    }
    if is_default(start, name, value, styles) {
        return;
    }
    plain(out, value);
}

fn is_default(start: &Start<'_>, name: &str, value: &str, styles: &Styles) -> bool {
    if styles.attributes.contains(name) {
        return false;
    }
    let stylesheet = start.name() == "link"
        && name == "type"
        && start
            .value("rel")
            .is_some_and(|rel| rel.eq_ignore_ascii_case("stylesheet"));
    if stylesheet {
        return value.eq_ignore_ascii_case("text/css");
    }
    DEFAULTS.iter().any(|(element, attribute, values)| {
        *element == start.name()
            && *attribute == name
            && values.iter().any(|given| value.eq_ignore_ascii_case(given))
    })
}
