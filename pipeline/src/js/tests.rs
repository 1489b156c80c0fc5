use super::facts::ImportKind;
use super::{Ecma, Escaped, Goal, Licences, Options, escape, inspect, join, may_join};
use crate::fault::Fault;
use crate::fixture::cases;

fn minify(text: &str, goal: Goal, options: &Options) -> Result<String, Fault> {
    super::minify(text, goal, options).map(|minified| minified.text)
}

#[test]
fn minify_cases() {
    for (folder, goal) in [("js/script", Goal::Script), ("js/module", Goal::Module)] {
        for case in cases(folder) {
            let made = minify(case.section("input"), goal, &Options::default());
            case.expect("output", &made.unwrap());
        }
    }
}

#[test]
fn join_cases() {
    for case in cases("js/join") {
        let facts = |name| inspect(case.section(name), Goal::Script).unwrap();
        let answer = match may_join(&[facts("earlier")], &[facts("later")]) {
            Ok(()) => "yes".to_owned(),
            Err(why) => format!("no: {why}"),
        };
        case.expect("answer", &answer);
    }
}

#[test]
fn escape_cases() {
    for case in cases("js/escape") {
        let made = match escape(case.section("input")) {
            Escaped::Text(text) => text,
            Escaped::Impossible => "(must be linked)".to_owned(),
        };
        case.expect("output", &made);
    }
}

#[test]
fn the_separator_stands_behind_each_part() {
    assert_eq!(
        join(&["\"use strict\"", "/x/.test(y)"]),
        "\"use strict\"\n;\n/x/.test(y)\n;\n"
    );
}

#[test]
fn a_syntax_error_has_its_place() {
    for (text, offset) in [
        ("var a = ;", 8),
        ("\u{feff}var a = ;", 11),
        ("a; /* open", 3),
    ] {
        let fault = minify(text, Goal::Script, &Options::default()).unwrap_err();
        assert_eq!(fault.offset, offset, "{text:?}: {}", fault.message);
    }
}

#[test]
fn deep_nesting_is_an_error() {
    for text in ["(".repeat(100_000), format!("a={}1", "1+".repeat(100_000))] {
        assert!(minify(&text, Goal::Script, &Options::default()).is_err());
        assert!(inspect(&text, Goal::Script).is_err());
    }
}

#[test]
fn options_are_heeded() {
    let source = "/*! me */ window.f = function () { function Named() {} return new Named };";
    let kept = Options {
        keep_names: true,
        licences: Licences::Drop,
        ..Options::default()
    };
    let made = minify(source, Goal::Script, &kept).unwrap();
    assert!(made.contains("Named") && !made.contains("me */"), "{made}");
    let old = Options {
        ecma: Ecma::Es5,
        ..Options::default()
    };
    let made = minify("a={b:b,c:function(){return d}}", Goal::Script, &old).unwrap();
    assert_eq!(made, "a={b:b,c:function(){return d}}");
}

#[test]
fn imports_have_their_places() {
    let text = "import a from './a.js'; export * from \"./b.js\"; import('./c.js');
        new URL('d.png', import.meta.url); import(name);";
    let facts = inspect(text, Goal::Module).unwrap();
    let found: Vec<(&str, &str, ImportKind)> = facts
        .imports
        .iter()
        .map(|import| (&text[import.range.clone()], &*import.specifier, import.kind))
        .collect();
    assert_eq!(
        found,
        [
            ("'./a.js'", "./a.js", ImportKind::Static),
            ("\"./b.js\"", "./b.js", ImportKind::Static),
            ("'./c.js'", "./c.js", ImportKind::Dynamic),
            ("'d.png'", "d.png", ImportKind::Url),
        ]
    );
    assert!(facts.strict && facts.uses_import_meta);
}
