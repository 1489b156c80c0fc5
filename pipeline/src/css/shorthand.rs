//! A declaration as the longhands it sets, so that any split of them into declarations compares equal.

use super::value::{Part, unprefixed, write};

/// One longhand, its canonical value, and whether every engine takes that value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Longhand {
    pub name: String,
    pub value: String,
    pub plain: bool,
}

/// What a declaration sets. A prefixed property is the same longhand to an engine that knows the prefix, so
/// the prefix goes into the value and the order between the two is kept.
pub(super) fn expand(property: &str, parts: &[Part]) -> Vec<Longhand> {
    let name = unprefixed(property);
    let prefix = &property[..property.len() - name.len()];
    // Any value of a custom property is valid.
    let plain = property.starts_with("--") || parts.iter().all(|part| part.plain);
    let whole = write(parts);
    let make = |name: &str, value: &str| Longhand {
        name: name.to_owned(),
        value: if prefix.is_empty() {
            value.to_owned()
        } else {
            format!("{prefix}\u{2}{value}")
        },
        plain,
    };
    let opaque = |names: &[&str]| -> Vec<Longhand> {
        let value = format!("{name}\u{3}{whole}");
        names
            .iter()
            .map(|longhand| make(longhand, &value))
            .collect()
    };
    let fluid = parts
        .iter()
        .any(|part| matches!(&*part.text, "var(" | "env(" | "attr("));
    let list = components(parts);
    let wide = list.len() == 1
        && list[0].len() == 1
        && matches!(
            &*list[0][0],
            "inherit" | "initial" | "unset" | "revert" | "revert-layer"
        );
    let single = (list.len() == 1 && !fluid && !wide).then(|| list[0].as_slice());
    if let Some(names) = sides(name) {
        return match single {
            Some(values) if (1..=4).contains(&values.len()) && !values.iter().any(|v| v == "/") => {
                four(values)
                    .iter()
                    .zip(names)
                    .map(|(value, name)| make(name, value))
                    .collect()
            }
            _ if wide => names.iter().map(|name| make(name, &whole)).collect(),
            _ => opaque(&names),
        };
    }
    match (name, single) {
        ("border-radius", Some(values)) => {
            let mut halves = values.split(|value| value == "/");
            let (first, second) = (halves.next().unwrap_or_default(), halves.next());
            if (1..=4).contains(&first.len())
                && second.is_none_or(|second| (1..=4).contains(&second.len()))
            {
                let across = four(first);
                let down = second.map_or_else(|| across.clone(), four);
                return CORNERS
                    .iter()
                    .zip(across.iter().zip(&down))
                    .map(|(name, (a, b))| make(name, &pair(a, b)))
                    .collect();
            }
            opaque(&CORNERS)
        }
        ("border-radius", None) => opaque(&CORNERS),
        (
            "border-top-left-radius"
            | "border-top-right-radius"
            | "border-bottom-left-radius"
            | "border-bottom-right-radius",
            Some([one]),
        ) => vec![make(name, one)],
        (
            "border-top-left-radius"
            | "border-top-right-radius"
            | "border-bottom-left-radius"
            | "border-bottom-right-radius",
            Some([a, b]),
        ) => vec![make(name, &pair(a, b))],
        ("border", _) => {
            let mut all: Vec<Longhand> = ["top", "right", "bottom", "left"]
                .iter()
                .flat_map(|side| line(&format!("border-{side}"), single, &whole, &make))
                .collect();
            all.push(make("border-image", "none"));
            all
        }
        ("border-top" | "border-right" | "border-bottom" | "border-left" | "column-rule", _) => {
            line(name, single, &whole, &make)
        }
        ("outline", _) => line(name, single, &whole, &make),
        ("overflow", Some([one])) => vec![make("overflow-x", one), make("overflow-y", one)],
        ("overflow", Some([x, y])) => vec![make("overflow-x", x), make("overflow-y", y)],
        ("overflow", _) => opaque(&["overflow-x", "overflow-y"]),
        ("flex", Some(values)) if prefix.is_empty() => match flex(values) {
            Some([grow, shrink, basis]) => vec![
                make("flex-grow", &grow),
                make("flex-shrink", &shrink),
                make("flex-basis", &basis),
            ],
            None => opaque(&["flex-grow", "flex-shrink", "flex-basis"]),
        },
        ("background", Some(values)) => match background(values) {
            Some(values) => BACKGROUND
                .iter()
                .zip(values)
                .map(|(name, value)| make(name, &value))
                .collect(),
            None => opaque(&BACKGROUND),
        },
        (
            "background-position" | "transform-origin" | "perspective-origin" | "object-position",
            Some(values),
        ) => match position(values) {
            Some([x, y]) => vec![make(name, &format!("{x} {y}"))],
            None => vec![make(name, &whole)],
        },
        ("background-position", None) if !fluid && !wide => {
            let layers: Option<Vec<String>> = list
                .iter()
                .map(|layer| position(layer).map(|place| place.join(" ")))
                .collect();
            vec![make(
                name,
                &layers.map_or(whole.clone(), |layers| layers.join(",")),
            )]
        }
        ("aspect-ratio", Some([width, slash, one])) if slash == "/" && one == "1" => {
            vec![make(name, width)]
        }
        ("filter" | "backdrop-filter", Some(values)) => {
            // One is what these functions take for granted.
            let steps: Vec<String> = values
                .iter()
                .map(|v| v.replace("(\u{1}1\u{1})", "(\u{1})"))
                .collect();
            vec![make(name, &steps.join(" "))]
        }
        ("transform", _) if !fluid && !wide && list.len() == 1 => {
            let steps: Vec<String> = list[0].iter().map(|step| transform(step)).collect();
            vec![make(name, &steps.join(" "))]
        }
        ("box-shadow" | "text-shadow", _) if !fluid && !wide => {
            let layers: Vec<String> = list.iter().map(|layer| shadow(layer)).collect();
            vec![make(name, &layers.join(","))]
        }
        ("transition" | "animation", _) if !fluid && !wide => {
            let layers: Option<Vec<Vec<String>>> = list
                .iter()
                .map(|layer| {
                    if name == "animation" {
                        animation(layer)
                    } else {
                        transition(layer)
                    }
                })
                .collect();
            let names = family(name);
            match layers {
                Some(layers) => names
                    .iter()
                    .enumerate()
                    .map(|(at, longhand)| {
                        let column: Vec<&str> = layers
                            .iter()
                            .filter_map(|l| l.get(at))
                            .map(String::as_str)
                            .collect();
                        let value = if column.is_empty() {
                            "auto".to_owned()
                        } else {
                            column.join("\u{1},\u{1}")
                        };
                        make(longhand, &value)
                    })
                    .collect(),
                None => opaque(names),
            }
        }
        ("place-items" | "place-content" | "place-self" | "gap" | "grid-gap", Some([one])) => {
            family(name)
                .iter()
                .map(|longhand| make(longhand, one))
                .collect()
        }
        ("place-items" | "place-content" | "place-self" | "gap" | "grid-gap", Some([a, b])) => {
            let [first, second] = [family(name)[0], family(name)[1]];
            vec![make(first, a), make(second, b)]
        }
        ("flex-flow", Some(values)) if values.len() <= 2 => {
            let wraps = |value: &&String| value.contains("wrap");
            let find = |wanted: bool| {
                values
                    .iter()
                    .find(|v| wraps(v) == wanted)
                    .map(String::as_str)
            };
            vec![
                make("flex-direction", find(false).unwrap_or("row")),
                make("flex-wrap", find(true).unwrap_or("nowrap")),
            ]
        }
        ("font-family", _) if !fluid && !wide => {
            vec![make(name, &families(&list))]
        }
        ("font", _) if !fluid && !wide => {
            let value = format!("font\u{3}{}", font(&list));
            family(name)
                .iter()
                .map(|longhand| make(longhand, &value))
                .collect()
        }
        _ => match family(name) {
            [] => vec![make(name, &whole)],
            names => opaque(names),
        },
    }
}

const CORNERS: [&str; 4] = [
    "border-top-left-radius",
    "border-top-right-radius",
    "border-bottom-right-radius",
    "border-bottom-left-radius",
];

const BACKGROUND: [&str; 8] = [
    "background-color",
    "background-image",
    "background-position",
    "background-size",
    "background-repeat",
    "background-attachment",
    "background-origin",
    "background-clip",
];

/// The longhands of a shorthand that is compared as a whole.
fn family(name: &str) -> &'static [&'static str] {
    match name {
        "background" => &BACKGROUND,
        "background-position" => &["background-position"],
        "font" => &[
            "font-family",
            "font-size",
            "font-style",
            "font-weight",
            "font-stretch",
            "font-variant",
            "font-size-adjust",
            "font-kerning",
            "font-feature-settings",
            "font-variation-settings",
            "font-optical-sizing",
            "font-language-override",
            "font-variant-caps",
            "font-variant-ligatures",
            "font-variant-numeric",
            "font-variant-east-asian",
            "font-variant-alternates",
            "font-variant-position",
            "font-variant-emoji",
            "line-height",
        ],
        "font-variant" => &[
            "font-variant",
            "font-variant-caps",
            "font-variant-ligatures",
            "font-variant-numeric",
            "font-variant-east-asian",
            "font-variant-alternates",
            "font-variant-position",
            "font-variant-emoji",
        ],
        "list-style" => &["list-style-type", "list-style-position", "list-style-image"],
        "transition" => &[
            "transition-property",
            "transition-duration",
            "transition-timing-function",
            "transition-delay",
            "transition-behavior",
        ],
        "animation" => &[
            "animation-name",
            "animation-duration",
            "animation-timing-function",
            "animation-delay",
            "animation-iteration-count",
            "animation-direction",
            "animation-fill-mode",
            "animation-play-state",
            "animation-timeline",
            "animation-range-start",
            "animation-range-end",
            "animation-composition",
        ],
        "flex" => &["flex-grow", "flex-shrink", "flex-basis"],
        "flex-flow" => &["flex-direction", "flex-wrap"],
        "gap" | "grid-gap" => &["row-gap", "column-gap"],
        "grid-row-gap" => &["row-gap"],
        "grid-column-gap" => &["column-gap"],
        "columns" => &["column-width", "column-count"],
        "text-decoration" => &[
            "text-decoration-line",
            "text-decoration-style",
            "text-decoration-color",
            "text-decoration-thickness",
        ],
        "text-emphasis" => &["text-emphasis-style", "text-emphasis-color"],
        "place-content" => &["align-content", "justify-content"],
        "place-items" => &["align-items", "justify-items"],
        "place-self" => &["align-self", "justify-self"],
        "border-image" => &[
            "border-image",
            "border-image-source",
            "border-image-slice",
            "border-image-width",
            "border-image-outset",
            "border-image-repeat",
        ],
        "border-block" => &[
            "border-block-start-width",
            "border-block-start-style",
            "border-block-start-color",
            "border-block-end-width",
            "border-block-end-style",
            "border-block-end-color",
        ],
        "border-inline" => &[
            "border-inline-start-width",
            "border-inline-start-style",
            "border-inline-start-color",
            "border-inline-end-width",
            "border-inline-end-style",
            "border-inline-end-color",
        ],
        "border-inline-start" => &[
            "border-inline-start-width",
            "border-inline-start-style",
            "border-inline-start-color",
        ],
        "border-inline-end" => &[
            "border-inline-end-width",
            "border-inline-end-style",
            "border-inline-end-color",
        ],
        "border-block-start" => &[
            "border-block-start-width",
            "border-block-start-style",
            "border-block-start-color",
        ],
        "border-block-end" => &[
            "border-block-end-width",
            "border-block-end-style",
            "border-block-end-color",
        ],
        "margin-inline" => &["margin-inline-start", "margin-inline-end"],
        "margin-block" => &["margin-block-start", "margin-block-end"],
        "padding-inline" => &["padding-inline-start", "padding-inline-end"],
        "padding-block" => &["padding-block-start", "padding-block-end"],
        "inset-inline" => &["inset-inline-start", "inset-inline-end"],
        "inset-block" => &["inset-block-start", "inset-block-end"],
        "grid-area" => &[
            "grid-row-start",
            "grid-column-start",
            "grid-row-end",
            "grid-column-end",
        ],
        "grid-row" => &["grid-row-start", "grid-row-end"],
        "grid-column" => &["grid-column-start", "grid-column-end"],
        "grid-template" => &[
            "grid-template-rows",
            "grid-template-columns",
            "grid-template-areas",
        ],
        "grid" => &[
            "grid-template-rows",
            "grid-template-columns",
            "grid-template-areas",
            "grid-auto-rows",
            "grid-auto-columns",
            "grid-auto-flow",
        ],
        "mask" => &[
            "mask-image",
            "mask-position",
            "mask-size",
            "mask-repeat",
            "mask-origin",
            "mask-clip",
            "mask-composite",
            "mask-mode",
            "mask-border",
            "mask-border-source",
            "mask-border-slice",
            "mask-border-width",
            "mask-border-outset",
            "mask-border-repeat",
        ],
        "mask-border" | "mask-box-image" => &[
            "mask-border",
            "mask-border-source",
            "mask-border-slice",
            "mask-border-width",
            "mask-border-outset",
            "mask-border-repeat",
        ],
        "container" => &["container-name", "container-type"],
        "overscroll-behavior" => &["overscroll-behavior-x", "overscroll-behavior-y"],
        "scroll-margin-inline" => &["scroll-margin-inline-start", "scroll-margin-inline-end"],
        "scroll-padding-inline" => &["scroll-padding-inline-start", "scroll-padding-inline-end"],
        "caret" => &["caret-color", "caret-shape"],
        _ => &[],
    }
}

fn sides(name: &str) -> Option<[&'static str; 4]> {
    Some(match name {
        "margin" => ["margin-top", "margin-right", "margin-bottom", "margin-left"],
        "padding" => [
            "padding-top",
            "padding-right",
            "padding-bottom",
            "padding-left",
        ],
        "inset" => ["top", "right", "bottom", "left"],
        "border-width" => [
            "border-top-width",
            "border-right-width",
            "border-bottom-width",
            "border-left-width",
        ],
        "border-style" => [
            "border-top-style",
            "border-right-style",
            "border-bottom-style",
            "border-left-style",
        ],
        "border-color" => [
            "border-top-color",
            "border-right-color",
            "border-bottom-color",
            "border-left-color",
        ],
        "scroll-margin" => [
            "scroll-margin-top",
            "scroll-margin-right",
            "scroll-margin-bottom",
            "scroll-margin-left",
        ],
        "scroll-padding" => [
            "scroll-padding-top",
            "scroll-padding-right",
            "scroll-padding-bottom",
            "scroll-padding-left",
        ],
        _ => return None,
    })
}

fn four(values: &[String]) -> [String; 4] {
    let at = |index: usize| values[index].clone();
    match values.len() {
        1 => [at(0), at(0), at(0), at(0)],
        2 => [at(0), at(1), at(0), at(1)],
        3 => [at(0), at(1), at(2), at(1)],
        _ => [at(0), at(1), at(2), at(3)],
    }
}

fn pair(a: &str, b: &str) -> String {
    if a == b {
        a.to_owned()
    } else {
        format!("{a} {b}")
    }
}

/// Comma-separated lists of space-separated components.
fn components(parts: &[Part]) -> Vec<Vec<String>> {
    let mut lists = vec![Vec::new()];
    let mut current = String::new();
    let mut depth = 0usize;
    let mut flush = |current: &mut String, lists: &mut Vec<Vec<String>>| {
        if !current.is_empty() {
            if let Some(list) = lists.last_mut() {
                list.push(std::mem::take(current));
            }
        }
    };
    for part in parts {
        let separator = depth == 0 && matches!(&*part.text, "," | "/");
        if depth == 0 && (part.space || separator || current.ends_with('/')) {
            flush(&mut current, &mut lists);
        }
        if depth == 0 && part.text == "," {
            lists.push(Vec::new());
            continue;
        }
        if separator {
            current.push('/');
            flush(&mut current, &mut lists);
            continue;
        }
        if !current.is_empty() {
            current.push(if part.space { ' ' } else { '\u{1}' });
        }
        current.push_str(&part.text);
        if part.text.ends_with('(') {
            depth += 1;
        } else if part.text == ")" {
            depth = depth.saturating_sub(1);
        }
    }
    flush(&mut current, &mut lists);
    lists
}

fn is_length(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
        || value.starts_with("calc(")
}

fn is_colour(value: &str) -> bool {
    value.starts_with('#') || value == "currentcolor" || value == "invert"
}

const STYLES: &[&str] = &[
    "none", "hidden", "dotted", "dashed", "solid", "double", "groove", "ridge", "inset", "outset",
    "auto",
];

/// `border-top`, `outline` and their like: a width, a style and a colour in any order.
fn line(
    name: &str,
    values: Option<&[String]>,
    whole: &str,
    make: &dyn Fn(&str, &str) -> Longhand,
) -> Vec<Longhand> {
    let known = values
        .filter(|values| (1..=3).contains(&values.len()))
        .and_then(|values| {
            let (mut width, mut style, mut colour) = (None, None, None);
            for value in values {
                let slot = if is_colour(value) {
                    &mut colour
                } else if STYLES.contains(&&**value) {
                    &mut style
                } else if is_length(value) || matches!(&**value, "thin" | "medium" | "thick") {
                    &mut width
                } else {
                    return None;
                };
                if slot.replace(value.clone()).is_some() {
                    return None;
                }
            }
            Some([
                width.unwrap_or_else(|| "medium".to_owned()),
                style.unwrap_or_else(|| "none".to_owned()),
                colour.unwrap_or_else(|| "currentcolor".to_owned()),
            ])
        });
    ["width", "style", "color"]
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let value = match &known {
                Some(values) => values[index].clone(),
                None if matches!(whole, "inherit" | "initial" | "unset") => whole.to_owned(),
                None => format!("{name}\u{3}{whole}"),
            };
            make(&format!("{name}-{part}"), &value)
        })
        .collect()
}

fn flex(values: &[String]) -> Option<[String; 3]> {
    let own = |texts: [&str; 3]| Some(texts.map(str::to_owned));
    let number = |value: &String| value.parse::<f64>().is_ok();
    match values {
        [one] if one == "none" => own(["0", "0", "auto"]),
        [one] if one == "auto" => own(["1", "1", "auto"]),
        [one] if number(one) => own([one, "1", "0%"]),
        [one] => own(["1", "1", one]),
        [a, b] if number(a) && number(b) => own([a, b, "0%"]),
        [a, basis] if number(a) => own([a, "1", basis]),
        [a, b, basis] if number(a) && number(b) => own([a, b, &zero_basis(basis)]),
        _ => None,
    }
}

/// `flex: 1 1 0` has a length of zero for its basis.
fn zero_basis(basis: &str) -> String {
    if basis == "0" {
        "0px".to_owned()
    } else {
        basis.to_owned()
    }
}

/// One layer, by the longhands of [`BACKGROUND`].
fn background(values: &[String]) -> Option<[String; 8]> {
    let mut halves = values.split(|value| value == "/");
    let (head, tail) = (halves.next()?, halves.next());
    let mut colour = None;
    let mut image = None;
    let mut repeat: Vec<&str> = Vec::new();
    let mut attachment = None;
    let mut place: Vec<String> = Vec::new();
    let mut size: Vec<&str> = Vec::new();
    let mut boxes: Vec<&str> = Vec::new();
    let tail = tail.unwrap_or_default();
    for (index, value) in head.iter().chain(tail).enumerate() {
        let behind = index >= head.len();
        match &**value {
            "repeat" | "repeat-x" | "repeat-y" | "no-repeat" | "space" | "round" => {
                repeat.push(value);
            }
            "scroll" | "fixed" | "local" => attachment = Some(value.clone()),
            "border-box" | "padding-box" | "content-box" => boxes.push(value),
            "none" if image.is_none() => image = Some(value.clone()),
            _ if value.starts_with('#') || value == "currentcolor" => {
                if colour.replace(value.clone()).is_some() {
                    return None;
                }
            }
            _ if value.contains("url(") || value.contains("gradient(") => {
                if image.replace(value.clone()).is_some() {
                    return None;
                }
            }
            "cover" | "contain" if behind => size.push(value),
            "auto" if behind => size.push(value),
            _ if is_length(value) && behind && size.len() < 2 => size.push(value),
            "left" | "right" | "top" | "bottom" | "center" if !behind => place.push(value.clone()),
            _ if is_length(value) && !behind => place.push(value.clone()),
            _ => return None,
        }
    }
    let [x, y] = if place.is_empty() {
        ["0".to_owned(), "0".to_owned()]
    } else {
        position(&place)?
    };
    let repeat = match repeat[..] {
        [] => "repeat".to_owned(),
        [one] => one.to_owned(),
        [a, b] if a == b => a.to_owned(),
        ["repeat", "no-repeat"] => "repeat-x".to_owned(),
        ["no-repeat", "repeat"] => "repeat-y".to_owned(),
        _ => repeat.join(" "),
    };
    let size = match size[..] {
        [] | ["auto"] | ["auto", "auto"] => "auto".to_owned(),
        [one, "auto"] => one.to_owned(),
        _ => size.join(" "),
    };
    let (origin, clip) = match boxes[..] {
        [] => ("padding-box", "border-box"),
        [one] => (one, one),
        [origin, clip] => (origin, clip),
        _ => return None,
    };
    Some([
        colour.unwrap_or_else(|| "#00000000".to_owned()),
        image.unwrap_or_else(|| "none".to_owned()),
        format!("{x} {y}"),
        size,
        repeat,
        attachment.unwrap_or_else(|| "scroll".to_owned()),
        origin.to_owned(),
        clip.to_owned(),
    ])
}

/// One or two values of a position as lengths and percentages.
fn position(values: &[String]) -> Option<[String; 2]> {
    let across = |value: &str| match value {
        "left" => Some("0".to_owned()),
        "right" => Some("100%".to_owned()),
        "center" => Some("50%".to_owned()),
        "0%" => Some("0".to_owned()),
        _ if is_length(value) => Some(value.to_owned()),
        _ => None,
    };
    let down = |value: &str| match value {
        "top" => Some("0".to_owned()),
        "bottom" => Some("100%".to_owned()),
        "center" => Some("50%".to_owned()),
        "0%" => Some("0".to_owned()),
        _ if is_length(value) => Some(value.to_owned()),
        _ => None,
    };
    match values {
        [one] => match across(one) {
            Some(x) => Some([x, "50%".to_owned()]),
            None => Some(["50%".to_owned(), down(one)?]),
        },
        [a, b] => match (across(a), down(b)) {
            (Some(x), Some(y)) => Some([x, y]),
            _ => Some([across(b)?, down(a)?]),
        },
        _ => edges(values),
    }
}

/// Three or four values: edges with distances from them.
fn edges(values: &[String]) -> Option<[String; 2]> {
    let (mut x, mut y) = (None, None);
    let mut rest = values.iter().peekable();
    while let Some(edge) = rest.next() {
        let distance = rest.next_if(|next| is_length(next));
        let (slot, start) = match &**edge {
            "left" | "right" => (&mut x, "left"),
            "top" | "bottom" => (&mut y, "top"),
            "center" if distance.is_none() => continue,
            _ => return None,
        };
        let made = match distance {
            Some(distance) if edge == start => distance.clone(),
            Some(distance) => format!("{edge} {distance}"),
            None if edge == start => "0".to_owned(),
            None => "100%".to_owned(),
        };
        if slot.replace(made).is_some() {
            return None;
        }
    }
    let centre = || "50%".to_owned();
    Some([x.unwrap_or_else(centre), y.unwrap_or_else(centre)])
}

/// A shadow's order is free but for its lengths, and a last length of zero is the default.
fn shadow(values: &[String]) -> String {
    let mut lengths: Vec<&str> = values
        .iter()
        .map(String::as_str)
        .filter(|v| is_length(v))
        .collect();
    while lengths.len() > 2 && lengths.last() == Some(&"0") {
        lengths.pop();
    }
    let mut others: Vec<&str> = values
        .iter()
        .map(String::as_str)
        .filter(|v| !is_length(v))
        .collect();
    others.sort_unstable();
    format!("{} {}", lengths.join(" "), others.join(" "))
}

fn is_time(value: &str) -> bool {
    value.ends_with("ms")
        && value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'))
}

fn is_easing(value: &str) -> bool {
    matches!(
        value,
        "ease" | "ease-in" | "ease-out" | "ease-in-out" | "linear" | "step-start" | "step-end"
    ) || ["cubic-bezier(", "steps(", "linear("]
        .iter()
        .any(|start| value.starts_with(start))
}

/// A layer of `transition`, by its [family]'s first four longhands.
fn transition(values: &[String]) -> Option<Vec<String>> {
    let (mut times, mut easing, mut property) = (Vec::new(), None, None);
    for value in values {
        if is_time(value) {
            times.push(value.clone());
        } else if is_easing(value) && easing.is_none() {
            easing = Some(value.clone());
        } else if property.replace(value.clone()).is_some() {
            return None;
        }
    }
    if times.len() > 2 {
        return None;
    }
    let mut times = times.into_iter();
    let mut time = || times.next().unwrap_or_else(|| "0ms".to_owned());
    Some(vec![
        property.unwrap_or_else(|| "all".to_owned()),
        time(),
        easing.unwrap_or_else(|| "ease".to_owned()),
        time(),
    ])
}

/// A layer of `animation`, by its [family]'s first eight longhands.
fn animation(values: &[String]) -> Option<Vec<String>> {
    let mut times = Vec::new();
    let mut slots: [Option<&str>; 6] = [None; 6];
    for value in values {
        let slot = match &**value {
            _ if is_time(value) => {
                times.push(value.as_str());
                continue;
            }
            _ if is_easing(value) && slots[1].is_none() => 1,
            "infinite" => 2,
            _ if value.parse::<f64>().is_ok() => 2,
            "normal" | "reverse" | "alternate" | "alternate-reverse" => 3,
            "none" | "forwards" | "backwards" | "both" if slots[4].is_none() => 4,
            "running" | "paused" => 5,
            _ => 0,
        };
        if slots[slot].replace(value).is_some() {
            return None;
        }
    }
    if times.len() > 2 {
        return None;
    }
    let own = |slot: usize, default: &str| slots[slot].unwrap_or(default).to_owned();
    let time = |at: usize| (*times.get(at).unwrap_or(&"0ms")).to_owned();
    Some(vec![
        own(0, "none"),
        time(0),
        own(1, "ease"),
        time(1),
        own(2, "1"),
        own(3, "normal"),
        own(4, "none"),
        own(5, "running"),
    ])
}

fn families(list: &[Vec<String>]) -> String {
    let names: Vec<String> = list.iter().map(|family| family_name(family)).collect();
    names.join(",")
}

/// A family's name is the same quoted or as names, unless it is a keyword without quotes.
fn family_name(words: &[String]) -> String {
    match words {
        [one] => match one.strip_prefix('"') {
            Some(name) if !is_generic(name) => name.to_owned(),
            _ => one.clone(),
        },
        _ => words.join(" "),
    }
}

fn is_generic(name: &str) -> bool {
    matches!(
        &*name.to_ascii_lowercase(),
        "serif"
            | "sans-serif"
            | "monospace"
            | "cursive"
            | "fantasy"
            | "system-ui"
            | "ui-serif"
            | "ui-sans-serif"
            | "ui-monospace"
            | "ui-rounded"
            | "math"
            | "emoji"
            | "fangsong"
            | "inherit"
            | "initial"
            | "unset"
            | "revert"
            | "revert-layer"
            | "default"
            | "-apple-system"
            | "blinkmacsystemfont"
            | "caption"
            | "icon"
            | "menu"
    )
}

fn font(list: &[Vec<String>]) -> String {
    let mut out = Vec::new();
    for (index, family) in list.iter().enumerate() {
        if index == 0 {
            // Style, weight, size and line height stand in front of the first family.
            let size = family.iter().rposition(|v| {
                is_length(v) || v.ends_with("large") || v.ends_with("small") || v == "/"
            });
            let split = size.map_or(0, |at| at + 1).min(family.len());
            let mut head: Vec<&str> = family[..split].iter().map(String::as_str).collect();
            head.retain(|value| !matches!(*value, "normal" | "400"));
            out.push(format!(
                "{} {}",
                head.join(" "),
                family_name(&family[split..])
            ));
        } else {
            out.push(family_name(family));
        }
    }
    out.join(",")
}

/// A transform function in the shortest form that makes the same matrix.
fn transform(step: &str) -> String {
    let Some((function, rest)) = step.split_once('(') else {
        return step.to_owned();
    };
    let Some(inside) = rest.strip_suffix(')') else {
        return step.to_owned();
    };
    let arguments: Vec<&str> = inside
        .split(',')
        .map(|argument| argument.trim_matches(['\u{1}', ' ']))
        .collect();
    let made = match (function, arguments[..].as_ref()) {
        ("translate3d", [x, y, "0"]) => format!("translate {x} {y}"),
        ("translate", [x, y]) => format!("translate {x} {y}"),
        ("translate" | "translatex", [x]) => format!("translate {x} 0"),
        ("translatey", [y]) => format!("translate 0 {y}"),
        ("translatez", [z]) => format!("translate3d 0 0 {z}"),
        ("translate3d", [x, y, z]) => format!("translate3d {x} {y} {z}"),
        ("scale3d", [x, y, "1"]) => format!("scale {x} {y}"),
        ("scale", [x, y]) => format!("scale {x} {y}"),
        ("scale", [x]) => format!("scale {x} {x}"),
        ("scalex", [x]) => format!("scale {x} 1"),
        ("scaley", [y]) => format!("scale 1 {y}"),
        ("scalez", [z]) => format!("scale3d 1 1 {z}"),
        ("scale3d", [x, y, z]) => format!("scale3d {x} {y} {z}"),
        ("rotatez" | "rotate", [angle]) => format!("rotate {}", angle_of(angle)),
        ("rotate3d", ["0", "0", "1", angle]) => format!("rotate {}", angle_of(angle)),
        ("rotate3d", ["1", "0", "0", angle]) => format!("rotatex {}", angle_of(angle)),
        ("rotate3d", ["0", "1", "0", angle]) => format!("rotatey {}", angle_of(angle)),
        ("rotatex" | "rotatey", [angle]) => format!("{function} {}", angle_of(angle)),
        ("skew", [x, "0" | "0deg"]) => format!("skewx {}", angle_of(x)),
        ("skew" | "skewx", [x]) => format!("skewx {}", angle_of(x)),
        ("skewy", [y]) => format!("skewy {}", angle_of(y)),
        ("skew", ["0" | "0deg", y]) => format!("skewy {}", angle_of(y)),
        _ => return step.to_owned(),
    };
    made
}

/// Angles count whole turns: a multiple of none of them is left out.
fn angle_of(angle: &str) -> String {
    match angle {
        "0" => "0deg".to_owned(),
        _ => match angle
            .strip_suffix("turn")
            .and_then(|turns| turns.parse::<f64>().ok())
        {
            Some(turns) => super::value::number(&format!("{}deg", turns * 360.0)).0,
            None => angle.to_owned(),
        },
    }
}
