use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::*;
use crate::fixture::{Case, cases};

/// A template of a case by its name, with what was made of it.
pub(super) struct Given<'a> {
    pub(super) path: &'a str,
    pub(super) original: &'a str,
    pub(super) minified: Option<&'a str>,
}

/// The templates of a case: `page.html` is the one that is proven, `template NAME` and `made NAME` are others.
pub(super) fn given(case: &Case) -> Vec<Given<'_>> {
    let others = case.named("template").map(|(path, original)| Given {
        path,
        original,
        minified: case
            .named("made")
            .find(|(name, _)| *name == path)
            .map(|(_, text)| text),
    });
    let page = Given {
        path: "page.html",
        original: case.section("original"),
        minified: Some(case.section("minified")),
    };
    [page].into_iter().chain(others).collect()
}

/// What is found in each template of a case.
pub(super) fn run(case: &Case, given: &[Given<'_>]) -> Vec<Option<Difference>> {
    let mut styles = Styles::default();
    if let Some(css) = case.optional("styles") {
        styles.add(css);
    }
    styles.unseen = case.optional("unseen").is_some();
    let mut equal = Equal::default();
    if let (Some(before), Some(after)) = (case.optional("before"), case.optional("after")) {
        let cut = |text: &'_ str| -> Vec<String> {
            text.strip_suffix('\n')
                .unwrap_or(text)
                .split('§')
                .map(str::to_owned)
                .collect()
        };
        let (before, after) = (cut(before), cut(after));
        equal.add(
            &before.iter().map(String::as_str).collect::<Vec<_>>(),
            &after.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
    let fragments: BTreeSet<String> = case
        .optional("fragment")
        .map(|name| name.trim().to_owned())
        .into_iter()
        .collect();
    let templates: Vec<Template<'_>> = given
        .iter()
        .map(|given| Template {
            path: given.path,
            original: given.original,
            minified: given.minified,
        })
        .collect();
    let syntax = Syntax::default();
    let context = Context {
        syntax: &syntax,
        whitespace: match case.optional("whitespace").map(str::trim) {
            Some("suppress") => Whitespace::Suppress,
            Some("minimize") => Whitespace::Minimize,
            _ => Whitespace::Preserve,
        },
        styles: &styles,
        equal: &equal,
        fragments: &fragments,
        is_whole: false,
        recall: None,
    };
    prove(&templates, &context)
}

#[test]
fn what_a_browser_shows_alike_is_equal() {
    for case in cases("template/prove/equal") {
        let given = given(&case);
        for (template, found) in given.iter().zip(run(&case, &given)) {
            assert_eq!(found, None, "{}: {}", case.file().display(), template.path);
        }
    }
}

#[test]
fn what_differs_is_told_at_its_place() {
    for case in cases("template/prove/differs") {
        let given = given(&case);
        let mut told = String::new();
        for (template, found) in given.iter().zip(run(&case, &given)) {
            if let Some(difference) = found {
                let before = &template.original[..difference.at];
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
                told.push_str(&format!(
                    "{}:{line}:{column}: {}\n",
                    template.path, difference.message
                ));
            }
        }
        case.expect("difference", &told);
    }
}

/// With nothing known of other templates.
fn plain<'a>(styles: &'a Styles, equal: &'a Equal) -> Context<'a> {
    static SYNTAX: LazyLock<Syntax> = LazyLock::new(Syntax::default);
    static FRAGMENTS: BTreeSet<String> = BTreeSet::new();
    Context {
        syntax: &SYNTAX,
        whitespace: Whitespace::Preserve,
        styles,
        equal,
        fragments: &FRAGMENTS,
        is_whole: false,
        recall: None,
    }
}

/// What calls itself from a loop, twice each time, would write two to the power of its depth; each time leaves elements open.
#[test]
fn what_calls_itself_is_written_a_few_times_only() {
    let (styles, equal) = (Styles::default(), Equal::default());
    let context = plain(&styles, &equal);
    let thread = "{% macro thread(all) %}{% for one in all %}<i><b>{% call thread(one) %}{{ caller() }}\
                  {% endcall %}{% endfor %}{% endmacro %}{% call thread(all) %}{% endcall %}";
    let template = Template {
        path: "page.html",
        original: thread,
        minified: None,
    };
    let [(page, _)] = &pages(&[template], &context)[..] else {
        panic!("one template has one page");
    };
    let written = page.matches("<i>").count();
    assert!((8..200).contains(&written), "{written} times");
}

/// A way whose body is left out since the page is too long is still to be gone in another one.
#[test]
fn what_is_left_out_has_not_been_gone() {
    let (styles, equal) = (Styles::default(), Equal::default());
    let context = plain(&styles, &equal);
    let doubled = |at: usize| {
        format!(
            "{{% macro m{at}() %}}{{{{ m{0}() }}}}{{{{ m{0}() }}}}{{% endmacro %}}",
            at + 1
        )
    };
    let macros: String = (0..13).map(doubled).collect();
    let original = format!(
        "{macros}{{% macro m13() %}}.{{% endmacro %}}{{{{ m0() }}}}\
         {{% if a %}}a{{% endif %}}{{% for b in all %}}b{{% endfor %}}{{% match c %}}{{% when D %}}d{{% when _ %}}e{{% endmatch %}}"
    );
    let template = Template {
        path: "page.html",
        original: &original,
        minified: None,
    };
    let world = World::new(vec![unit(&template, &context).0]);
    let mut coverage = coverage(&world.units[0]);
    let pages = Expander::run(&world, 0, Root::Page, Plan::new(0), &mut coverage);
    assert!(pages.is_cut_off);
    assert_eq!(coverage.missing(), coverage.ways(), "{}", pages.original);
    assert_eq!(pages.ways.len(), 3);
}
