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
pub(super) fn background(values: &[String]) -> Option<[String; 8]> {
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

pub(super) fn is_time(value: &str) -> bool {
    value.ends_with("ms")
        && value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'))
}

pub(super) fn is_easing(value: &str) -> bool {
    matches!(
        value,
        "ease" | "ease-in" | "ease-out" | "ease-in-out" | "linear" | "step-start" | "step-end"
    ) || ["cubic-bezier(", "steps(", "linear("]
        .iter()
        .any(|start| value.starts_with(start))
}

/// A layer of `transition`, by its [family]'s first four longhands.
pub(super) fn transition(values: &[String]) -> Option<Vec<String>> {
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
pub(super) fn animation(values: &[String]) -> Option<Vec<String>> {
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
