//! Properties that hide and complete each other, and what their values are made of: the table `values.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Choices;

/// A group of properties with values. In a value, `%` and a letter stand for one of [`atom`].
pub(super) type Family = Vec<(&'static str, Vec<&'static str>)>;

struct Values {
    families: Vec<Family>,
    atoms: HashMap<char, Vec<&'static str>>,
}

static VALUES: LazyLock<Values> = LazyLock::new(|| {
    let mut values = Values {
        families: Vec::new(),
        atoms: HashMap::new(),
    };
    for paragraph in include_str!("values.txt").split("\n\n") {
        let mut family = Family::new();
        for line in paragraph.lines().filter(|line| !line.starts_with('#')) {
            let list = |list: &'static str| list.split(" | ").collect();
            if let Some((letter, atoms)) = line.strip_prefix('%').and_then(|l| l.split_once(" = "))
            {
                let letter = letter.chars().next().expect("a letter stands for atoms");
                values.atoms.insert(letter, list(atoms));
            } else {
                let (name, patterns) = line.split_once(": ").expect("a property has values");
                family.push((name, list(patterns)));
            }
        }
        if !family.is_empty() {
            values.families.push(family);
        }
    }
    values
});

/// The groups, in an order that seeds rely on.
pub(super) fn families() -> &'static [Family] {
    &VALUES.families
}

/// What stands for `%` and this letter.
pub(super) fn atom(choices: &mut Choices<'_>, letter: char) -> String {
    let from = VALUES.atoms.get(&letter).unwrap_or(&VALUES.atoms[&'i']);
    choices.pick(from).to_string()
}
