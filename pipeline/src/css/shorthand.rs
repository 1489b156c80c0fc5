//! A declaration as the longhands it sets, so that any split of them into declarations compares equal.

use rustc_hash::FxHashSet;

use super::family::{BACKGROUND, CORNERS, family, sides};
use super::layer::{
    STYLES, background, families, flex, font, grid_lines, is_colour, is_length, list_style,
    position, shadow, size, transform, zero_basis,
};
use super::motion::{column_of, columns, is_column};
use super::value::{Part, unprefixed, write};

/// One longhand, its canonical value, and whether every engine takes that value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Longhand {
    pub name: String,
    pub value: String,
    pub plain: bool,
}

/// The longhands of a property.
pub(super) fn longhands(property: &str) -> FxHashSet<String> {
    let unknown = Part {
        text: String::new(),
        space: false,
        plain: false,
    };
    let name = property.to_ascii_lowercase();
    let declared = expand(&name, &[unknown]);
    declared.into_iter().map(|longhand| longhand.name).collect()
}

/// The value that `border` gives to the properties of `border-image`; no declaration can write it.
pub(super) const RESET: &str = "\u{3}reset";

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
            all.extend(family("border-image").iter().map(|name| make(name, RESET)));
            all
        }
        ("border-top" | "border-right" | "border-bottom" | "border-left" | "column-rule", _) => {
            line(name, single, &whole, &make)
        }
        ("outline", _) => line(name, single, &whole, &make),
        ("overflow", Some([one])) => vec![make("overflow-x", one), make("overflow-y", one)],
        ("overflow", Some([x, y])) => vec![make("overflow-x", x), make("overflow-y", y)],
        ("overflow", _) => opaque(&["overflow-x", "overflow-y"]),
        // What the prefixed form leaves out is not the same in every engine.
        ("flex", Some(values)) if prefix.is_empty() || (values.len() == 3 && values[2] != "0") => {
            match flex(values) {
                Some([grow, shrink, basis]) => vec![
                    make("flex-grow", &grow),
                    make("flex-shrink", &shrink),
                    make("flex-basis", &basis),
                ],
                None => opaque(&["flex-grow", "flex-shrink", "flex-basis"]),
            }
        }
        ("background", Some(values)) => match background(values) {
            Some(values) => of_family(name, &values, &make),
            None => opaque(&BACKGROUND),
        },
        ("background-position" | "mask-position", _) if !fluid && !wide => {
            let layers: Option<Vec<[String; 2]>> =
                list.iter().map(|layer| position(layer)).collect();
            match layers {
                Some(layers) => {
                    let along = |axis: usize| {
                        let places: Vec<&str> = layers.iter().map(|l| l[axis].as_str()).collect();
                        places.join(",")
                    };
                    of_family(name, &[along(0), along(1)], &make)
                }
                None => opaque(family(name)),
            }
        }
        ("transform-origin" | "perspective-origin" | "object-position", Some(values)) => {
            match position(values) {
                Some([x, y]) => vec![make(name, &format!("{x} {y}"))],
                None => vec![make(name, &whole)],
            }
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
            let names = family(name);
            match columns(name, &list) {
                Some(columns) => names
                    .iter()
                    .zip(columns)
                    .map(|(longhand, value)| make(longhand, &value))
                    .collect(),
                None => opaque(names),
            }
        }
        _ if is_column(name) && !fluid && !wide && list.iter().all(|layer| layer.len() == 1) => {
            let column: Vec<&str> = list.iter().map(|layer| layer[0].as_str()).collect();
            vec![make(name, &column_of(name, &column))]
        }
        ("background-size", _) if prefix.is_empty() && !fluid && !wide => {
            let layers: Vec<String> = list.iter().map(|layer| size(layer)).collect();
            vec![make(name, &layers.join(","))]
        }
        ("flex-basis", Some([one])) => vec![make(name, &zero_basis(one))],
        ("grid-auto-flow", Some([row, dense])) if row == "row" && dense == "dense" => {
            vec![make(name, dense)]
        }
        ("list-style", Some(values)) => match list_style(values) {
            Some(values) => of_family(name, &values, &make),
            None => opaque(family(name)),
        },
        ("grid-area" | "grid-row" | "grid-column", Some(values)) => {
            match grid_lines(values, family(name).len()) {
                Some(lines) => of_family(name, &lines, &make),
                None => opaque(family(name)),
            }
        }
        ("container", Some([one])) => of_family(name, &[one.clone(), "normal".to_owned()], &make),
        ("container", Some([one, slash, kind])) if slash == "/" => {
            of_family(name, &[one.clone(), kind.clone()], &make)
        }
        (_, Some([one])) if is_pair(name) => family(name)
            .iter()
            .map(|longhand| make(longhand, one))
            .collect(),
        (_, Some(values @ [_, _])) if is_pair(name) => of_family(name, values, &make),
        (
            "border-inline-start" | "border-inline-end" | "border-block-start" | "border-block-end",
            _,
        ) => line(name, single, &whole, &make),
        ("border-inline" | "border-block", _) => ["start", "end"]
            .iter()
            .flat_map(|side| line(&format!("{name}-{side}"), single, &whole, &make))
            .collect(),
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

/// Shorthands of two longhands that take one value for both.
fn is_pair(name: &str) -> bool {
    matches!(
        name,
        "place-items"
            | "place-content"
            | "place-self"
            | "gap"
            | "grid-gap"
            | "margin-inline"
            | "margin-block"
            | "padding-inline"
            | "padding-block"
            | "inset-inline"
            | "inset-block"
            | "scroll-margin-inline"
            | "scroll-padding-inline"
            | "overscroll-behavior"
    )
}

/// A value for each longhand of a shorthand.
fn of_family(
    name: &str,
    values: &[String],
    make: &dyn Fn(&str, &str) -> Longhand,
) -> Vec<Longhand> {
    family(name)
        .iter()
        .zip(values)
        .map(|(longhand, value)| make(longhand, value))
        .collect()
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
    let flush = |current: &mut String, lists: &mut Vec<Vec<String>>| {
        if !current.is_empty()
            && let Some(list) = lists.last_mut()
        {
            list.push(std::mem::take(current));
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
