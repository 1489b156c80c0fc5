//! The components of one value, sorted by what they are for.

pub(super) fn is_length(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
        || value.starts_with("calc(")
}

pub(super) fn is_colour(value: &str) -> bool {
    value.starts_with('#') || value == "currentcolor" || value == "invert"
}

pub(super) const STYLES: &[&str] = &[
    "none", "hidden", "dotted", "dashed", "solid", "double", "groove", "ridge", "inset", "outset",
    "auto",
];

pub(super) fn flex(values: &[String]) -> Option<[String; 3]> {
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
pub(super) fn zero_basis(basis: &str) -> String {
    if basis == "0" {
        "0px".to_owned()
    } else {
        basis.to_owned()
    }
}

/// One layer, by the longhands of [`BACKGROUND`].
pub(super) fn background(values: &[String]) -> Option<[String; 9]> {
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
        x,
        y,
        size,
        repeat,
        attachment.unwrap_or_else(|| "scroll".to_owned()),
        origin.to_owned(),
        clip.to_owned(),
    ])
}

/// One or two values of a position as lengths and percentages.
pub(super) fn position(values: &[String]) -> Option<[String; 2]> {
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
pub(super) fn edges(values: &[String]) -> Option<[String; 2]> {
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
pub(super) fn shadow(values: &[String]) -> String {
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

pub(super) fn families(list: &[Vec<String>]) -> String {
    let names: Vec<String> = list.iter().map(|family| family_name(family)).collect();
    names.join(",")
}

/// A family's name is the same quoted or as names, unless it is a keyword without quotes.
pub(super) fn family_name(words: &[String]) -> String {
    match words {
        [one] => match one.strip_prefix('"') {
            Some(name) if !is_generic(name) => name.to_owned(),
            _ => one.clone(),
        },
        _ => words.join(" "),
    }
}

pub(super) fn is_generic(name: &str) -> bool {
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

pub(super) fn font(list: &[Vec<String>]) -> String {
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

/// `list-style`, by its [family](super::family::family). `None` for what is not sure.
pub(super) fn list_style(values: &[String]) -> Option<[String; 3]> {
    let (mut kind, mut place, mut image) = (None, None, None);
    for value in values {
        let slot = match &**value {
            "none" => return None,
            "inside" | "outside" => &mut place,
            _ if value.contains('(') && !value.starts_with("url(") => return None,
            _ if value.starts_with("url(") => &mut image,
            _ => &mut kind,
        };
        if slot.replace(value.clone()).is_some() {
            return None;
        }
    }
    Some([
        kind.unwrap_or_else(|| "disc".to_owned()),
        place.unwrap_or_else(|| "outside".to_owned()),
        image.unwrap_or_else(|| "none".to_owned()),
    ])
}

/// `grid-area`, `grid-row` or `grid-column`: as many lines as asked for, those left out filled in. A name left
/// out is the name across from it.
pub(super) fn grid_lines(values: &[String], count: usize) -> Option<Vec<String>> {
    let mut lines: Vec<String> = values
        .split(|value| value == "/")
        .map(|line| line.join(" "))
        .collect();
    if lines.len() > count || lines.iter().any(String::is_empty) {
        return None;
    }
    for at in lines.len()..count {
        let across = &lines[match (at, count) {
            (3, _) => 1,
            _ => 0,
        }];
        let named = across.starts_with(|c: char| c.is_alphabetic()) && !across.contains(' ');
        let line = if named {
            across.clone()
        } else {
            "auto".to_owned()
        };
        lines.push(line);
    }
    Some(lines)
}

/// A size of a background without the second word that says nothing.
pub(super) fn size(values: &[String]) -> String {
    match values {
        [one, auto] if auto == "auto" => one.clone(),
        _ => values.join(" "),
    }
}

/// A transform function in the shortest form that makes the same matrix.
pub(super) fn transform(step: &str) -> String {
    let Some((function, rest)) = step.split_once('(') else {
        return step.to_owned();
    };
    let Some(inside) = rest.strip_suffix(')') else {
        return step.to_owned();
    };
    let arguments: Vec<&str> = inside
        .split(',')
        .map(|argument| argument.trim_matches(['\u{1}', ' ']))
        .map(|argument| match argument {
            // Of whatever it is.
            "0%" if function.starts_with("translate") => "0",
            _ => argument,
        })
        .collect();

    match (function, arguments[..].as_ref()) {
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
        _ => step.to_owned(),
    }
}

/// Angles count whole turns: a multiple of none of them is left out.
pub(super) fn angle_of(angle: &str) -> String {
    match angle {
        "0" => "0deg".to_owned(),
        _ => match angle
            .strip_suffix("turn")
            .and_then(|turns| turns.parse::<f64>().ok())
        {
            Some(turns) => super::number::number(&format!("{}deg", turns * 360.0)).0,
            None => angle.to_owned(),
        },
    }
}
