use super::super::rewrite::{Output, print, rewrite};
use super::super::scan::scan;
use super::super::syntax::{Syntax, Whitespace};
use super::*;
use crate::fixture::{Case, cases};

fn segments(source: &str, syntax: &Syntax) -> Vec<Segment> {
    let tokens = scan(source, syntax).unwrap();
    let mut segments = rewrite(source, &tokens, &Default::default(), &output(syntax));
    for segment in &mut segments {
        // No comments that keep the lines: they only make the cases hard to read.
        if let Segment::Tag(tag) = segment {
            tag.line = 0;
        }
    }
    segments
}

fn output(syntax: &Syntax) -> Output<'_> {
    Output {
        syntax,
        whitespace: Whitespace::Preserve,
        static_url: None,
    }
}

/// A line of `--- options` is one setting.
fn options(case: &Case) -> Options {
    let mut options = Options::default();
    for line in case.optional("options").unwrap_or_default().lines() {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("page", "") => options.is_page = true,
            ("utf8", "") => options.is_utf8 = true,
            ("css", sheet) => options.styles.add(sheet),
            ("unseen", "") => options.styles.unseen = true,
            ("keep-comments", glob) => options
                .keep_comments
                .push(globset::Glob::new(glob).unwrap().compile_matcher()),
            ("keep-element", name) => options.keep_elements.push(name.to_owned()),
            ("keep-scripts", "") => options.keeps_scripts = true,
            (other, _) => panic!("unknown option {other}"),
        }
    }
    options
}

fn look_at(path: &str, segments: &[Segment], exact: &mut Exact, options: &Options) {
    exact_uses(path, segments, &Apart::read(segments), exact, options);
}

#[test]
fn fixtures() {
    let mut failed = Vec::new();
    for case in cases("template/minify") {
        let options = options(&case);
        let syntax = match options.is_page {
            true => Syntax::none(),
            false => Syntax::default(),
        };
        let segments = segments(case.section("input"), &syntax);
        let result =
            std::panic::catch_unwind(|| match minify(&segments, &Exact::default(), &options) {
                Ok(minified) => {
                    case.expect("output", &print(&minified.segments, &output(&syntax)));
                }
                Err(unsure) => case.expect("unsure", &format!("{}\n", unsure.message)),
            });
        failed.extend(result.err());
    }
    assert!(failed.is_empty(), "{} cases failed", failed.len());
}

#[test]
fn a_block_that_is_written_elsewhere_keeps_its_ends() {
    let syntax = Syntax::default();
    let base = segments("a {% block x %} b {% endblock %} c", &syntax);
    let options = Options::default();
    let mut exact = Exact::default();
    let fold = |exact: &Exact| {
        let minified = minify(&base, exact, &options).unwrap();
        print(&minified.segments, &output(&syntax))
    };
    assert_eq!(fold(&exact), "a {% block x %}b{% endblock %} c");
    let child = segments("{% block x %}{{ super() }}d{% endblock %}", &syntax);
    look_at("child.html", &child, &mut exact, &options);
    assert_eq!(fold(&exact), "a {% block x %} b {% endblock %} c");
}

#[test]
fn what_an_exact_place_uses_is_exact() {
    let syntax = Syntax::default();
    let options = Options::default();
    let paths = ["page.html", "x/code.txt.html", "inner.html", "b.html"];
    let mut exact = Exact::new(Default::default(), paths.into_iter());
    let page = "<pre>{% include \"code.txt.html\" %}{% block code %}{% endblock %}{{ m::line(1) }}</pre>{% include \"b.html\" %}";
    look_at("page.html", &segments(page, &syntax), &mut exact, &options);
    look_at(
        "x/code.txt.html",
        &segments("{% include \"inner.html\" %}", &syntax),
        &mut exact,
        &options,
    );
    assert!(
        exact.covers("x/code.txt.html") && exact.covers("inner.html") && !exact.covers("b.html")
    );
    let child = "{% block code %}  a  {% endblock %}  {% block x %}  b  {% endblock %}{% macro line(n) %}  c  {% endmacro %}";
    let minified = minify(&segments(child, &syntax), &exact, &options).unwrap();
    assert_eq!(
        print(&minified.segments, &output(&syntax)),
        "{% block code %}  a  {% endblock %} {% block x %}b {% endblock %}{% macro line(n) %}  c  {% endmacro %}"
    );
}

#[test]
fn a_body_is_left_to_the_parser_where_whatever_follows_makes_one() {
    let syntax = Syntax::default();
    let options = Options::default();
    let base = "<!doctype html><title>t</title><body> {% block main %} <h1>a</h1>{% endblock %}";
    let tag_of_body = |others: &[(&str, &str)]| {
        let all: Vec<_> = [("base.html", base)]
            .iter()
            .chain(others)
            .copied()
            .collect();
        let mut exact = Exact::new(Default::default(), all.iter().map(|(path, _)| *path));
        // What an include begins with is known after the first look.
        for _ in 0..2 {
            for (path, text) in &all {
                look_at(path, &segments(text, &syntax), &mut exact, &options);
            }
        }
        let minified = minify(&segments(base, &syntax), &exact, &options).unwrap();
        print(&minified.segments, &output(&syntax)).contains("<body>")
    };
    let child = |main: &str| {
        format!("{{% extends \"base.html\" %}}{{% block main %}}{main}{{% endblock %}}")
    };
    let includes = child(" {% let x = 1 %} {% include \"nav.html\" %}");
    let nav = ("nav.html", "<nav></nav>");
    assert!(!tag_of_body(&[]));
    assert!(!tag_of_body(&[("a.html", &includes), nav]));
    assert!(tag_of_body(&[
        ("a.html", &includes),
        ("nav.html", "{{ x }}")
    ]));
    assert!(tag_of_body(&[("a.html", &includes)]));
    for other in [
        "",
        "a",
        "{{ x }}",
        "<script></script>",
        "{% if x %}<p>{% endif %}",
        "{{ super() }}",
    ] {
        assert!(
            tag_of_body(&[("a.html", &includes), nav, ("b.html", &child(other))]),
            "{other}"
        );
    }
}
