//! Faults, put one by one into minified templates that are right: the proof must see each of them.

use std::collections::{BTreeMap, BTreeSet};

use super::dom::{Data, Dom, Id, NONE, ROOT, parse_in_pieces};
use super::faults::faults;
use super::sites::Page;
use super::tests::{given, run};
use super::*;
use crate::fixture::cases;

/// The place of a fault, as the fixtures name it: what is unchanged before it, and what followed there.
fn place(right: &str, wrong: &str) -> String {
    let same = right
        .bytes()
        .zip(wrong.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let same = (0..=same)
        .rev()
        .find(|at| right.is_char_boundary(*at))
        .unwrap();
    let start = (0..=same.saturating_sub(12))
        .rev()
        .find(|at| right.is_char_boundary(*at))
        .unwrap();
    let end = (same + 12..right.len())
        .find(|at| right.is_char_boundary(*at))
        .unwrap_or(right.len());
    format!("{}‸{}", &right[start..same], &right[same..end]).replace('\n', "⏎")
}

/// Whether a browser's parser itself makes the same of both: all nodes in the same order, with every space and comment. Such
/// a change is no fault: `</td>` and `<tbody>` may be left out, an end tag without a start tag is passed over.
fn same_tree(right: &str, wrong: &str) -> bool {
    let (syntax, fragments) = (Syntax::default(), BTreeSet::new());
    let context = Context {
        syntax: &syntax,
        whitespace: Whitespace::Preserve,
        styles: &Styles::default(),
        equal: &Equal::default(),
        fragments: &fragments,
        is_whole: false,
        recall: None,
    };
    let template = Template {
        path: "",
        original: right,
        minified: Some(wrong),
    };
    let (unit, other) = unit(&template, &context);
    if other.is_some() {
        return false;
    }
    let (tags, bodies) = (unit.original.tags.len(), unit.flow.bodies.len());
    let mut coverage = Coverage::new(&unit.flow.choices, tags, bodies);
    let blocks: Vec<usize> = unit.flow.blocks.values().copied().collect();
    let world = World::new(vec![unit]);
    let roots = [Root::Page]
        .into_iter()
        .chain(blocks.into_iter().map(Root::Part));
    roots
        .flat_map(|root| (0..8).map(move |number| (root, number)))
        .all(|(root, number)| {
            let pages = Expander::run(&world, 0, root, Plan::new(number), &mut coverage);
            outline(&parse_in_pieces(&pages.original, true, &[]), ROOT)
                == outline(&parse_in_pieces(&pages.made, true, &[]), ROOT)
        })
}

pub(super) fn outline(dom: &Dom, id: Id) -> String {
    let node = dom.node(id);
    let mut text = match &node.data {
        Data::Root | Data::Doctype => format!("{:?}", dom.quirks),
        Data::Text(text) | Data::Comment(text) => text.to_string(),
        Data::Element {
            name, attributes, ..
        } => {
            let attributes = attributes.iter();
            let attributes = attributes.map(|given| (&given.name, given.value.to_string()));
            format!("<{name:?} {:?}", attributes.collect::<Vec<_>>())
        }
    };
    if let Data::Element { content, .. } = node.data
        && content != NONE
    {
        text.push_str(&format!("[{}]", outline(dom, content)));
    }
    let mut child = node.first;
    while child != NONE {
        text.push_str(&format!("({})", outline(dom, child)));
        child = dom.node(child).next;
    }
    text
}

#[test]
fn every_fault_is_seen() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missed = Vec::new();
    for case in cases("template/prove/mutations") {
        let found = run(&case, &given(&case));
        assert!(
            found.iter().all(Option::is_none),
            "{}: {found:?}",
            case.file().display()
        );
        let right = case.section("minified");
        let harmless: Vec<&str> = case.optional("harmless").unwrap_or("").lines().collect();
        let mut unused: Vec<&str> = harmless
            .iter()
            .copied()
            .filter(|line| line.contains('‸'))
            .collect();
        for (kind, wrongs) in faults(&Page::read(right)) {
            for wrong in wrongs {
                let mut given = given(&case);
                given[0].minified = Some(&wrong);
                if run(&case, &given)[0].is_some() {
                    *seen.entry(kind).or_default() += 1;
                    continue;
                }
                if same_tree(right, &wrong) {
                    continue;
                }
                let line = format!("{kind}: {}", place(right, &wrong));
                match harmless.iter().any(|given| *given == line) {
                    true => unused.retain(|given| *given != line),
                    false => missed.push(format!(
                        "{}: {line}",
                        case.file().file_name().unwrap().to_string_lossy()
                    )),
                }
            }
        }
        missed.extend(
            unused
                .iter()
                .map(|line| format!("{}: seen although harmless: {line}", case.file().display())),
        );
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(
        seen.len() >= 50,
        "{} kinds of faults, {} faults: {seen:#?}",
        seen.len(),
        seen.values().sum::<usize>()
    );
}
