//! Transitions and animations: lists whose columns are longhands.

use super::family::family;

/// The columns of `transition` or `animation`, one for each longhand of the [family].
pub(super) fn columns(name: &str, list: &[Vec<String>]) -> Option<Vec<String>> {
    let layers: Vec<Vec<String>> = list
        .iter()
        .map(|layer| match name {
            "animation" => animation(layer),
            _ => transition(layer),
        })
        .collect::<Option<_>>()?;
    let columns = family(name).iter().enumerate().map(|(at, longhand)| {
        let column: Vec<&str> = layers
            .iter()
            .filter_map(|layer| layer.get(at))
            .map(String::as_str)
            .collect();
        match column.is_empty() {
            // It cannot be said here and is set to its initial value.
            true => "auto".to_owned(),
            false => column_of(longhand, &column),
        }
    });
    Some(columns.collect())
}

/// One column. All but the names are repeated until there are as many as names, so that a list that repeats
/// itself is the same as its first part.
pub(super) fn column_of(longhand: &str, column: &[&str]) -> String {
    let names = matches!(longhand, "transition-property" | "animation-name");
    let period = (1..column.len())
        .filter(|_| !names)
        .find(|period| {
            column.len().is_multiple_of(*period)
                && column.iter().zip(&column[*period..]).all(|(a, b)| a == b)
        })
        .unwrap_or(column.len());
    column[..period].join("\u{1},\u{1}")
}

/// The longhands that [`column_of`] is for.
pub(super) fn is_column(longhand: &str) -> bool {
    matches!(
        longhand,
        "transition-property"
            | "transition-duration"
            | "transition-timing-function"
            | "transition-delay"
            | "animation-name"
            | "animation-duration"
            | "animation-timing-function"
            | "animation-delay"
            | "animation-iteration-count"
            | "animation-direction"
            | "animation-fill-mode"
            | "animation-play-state"
    )
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
