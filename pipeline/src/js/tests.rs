use super::{Ecma, Escaped, Goal, Licences, Options, escape, inspect, join, may_fail, may_join};
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

/// What the browser refuses as a whole must take no other file along.
#[test]
fn a_file_may_fail_for_its_names() {
    for (before, file, name) in [
        ("", "let top = 1", Some("top")),
        ("", "function location() {}", Some("location")),
        ("", "var top; { function location() {} }", None),
        ("let a = 1", "let a = 2", Some("a")),
        ("let a = 1", "var a = 2", Some("a")),
        ("var a = 1", "class a {}", Some("a")),
        ("var a = 1", "var a = 2; function b() {}", None),
        ("a = 1", "let a = 2", None),
        ("Object.defineProperty(window, 'a', {})", "let a", Some("a")),
    ] {
        let facts = |text| inspect(text, Goal::Script).unwrap();
        let found = may_fail(&[facts(before)], &facts(file));
        assert_eq!(found.as_deref(), name, "{before} / {file}");
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
    let source = "window.f = function () { var held = function () {}; return held.name };";
    let made = minify(source, Goal::Script, &kept).unwrap();
    assert!(made.contains("var held=function(){}"), "{made}");
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
        new URL('d.png', import.meta.url); import(name); import(`./e.js`); import('./f.json', {with: {type: 'json'}});
        new Worker(new URL('w.js', import.meta.url)); new Worker(import.meta.resolve('./m.js'), {type: 'module'});
        import(`https://cdn.example/${name}.js`); import {g} from './g.css' with {type: 'css'};";
    let facts = inspect(text, Goal::Module).unwrap();
    let found: Vec<String> = facts
        .imports
        .iter()
        .map(|import| {
            let written = &text[import.range.clone()];
            let extra = format!(
                "{:?} {:?}",
                import.asserted.as_deref().unwrap_or(""),
                import.goal
            );
            format!("{written} {} {:?} {extra}", import.specifier, import.kind)
        })
        .collect();
    assert_eq!(
        found,
        [
            "'./a.js' ./a.js Static \"\" Some(Module)",
            "\"./b.js\" ./b.js Static \"\" Some(Module)",
            "'./c.js' ./c.js Dynamic \"\" None",
            "'d.png' d.png Url \"\" None",
            "`./e.js` ./e.js Dynamic \"\" None",
            "'./f.json' ./f.json Dynamic \"json\" None",
            "'w.js' w.js Url \"\" Some(Script)",
            "'./m.js' ./m.js Resolve \"\" Some(Module)",
            "'./g.css' ./g.css Static \"css\" Some(Module)",
        ]
    );
    let computed: Vec<&str> = facts
        .computed
        .iter()
        .map(|(range, _)| &text[range.clone()])
        .collect();
    assert_eq!(computed, ["name"]);
    assert!(facts.strict && !facts.uses_import_meta);
    assert!(
        inspect("f(import.meta)", Goal::Module)
            .unwrap()
            .uses_import_meta
    );
}
