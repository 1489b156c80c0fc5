use super::normal::Normal;
use super::token::{Kind, tokens, unescape};
use super::tree::Tree;
use super::{Licences, Options, check, enclosed, join, join_and_minify, minify};
use crate::encode::Effort;
use crate::fixture::cases;

fn minified(text: &str) -> String {
    minify(text, &Options::default()).unwrap().text
}

#[test]
fn minify_cases() {
    for case in cases("css/minify") {
        case.expect("output", &minified(case.section("input")));
    }
}

#[test]
fn minifying_twice_changes_nothing() {
    for case in cases("css/minify") {
        let once = minified(case.section("input"));
        case.expect("output", &minified(&once));
    }
}

#[test]
fn white_space_behind_an_address_in_any_script() {
    for name in [
        "\u{fc}aa.png",
        "\u{fffd}a.png",
        "\u{e9}.png",
        "a.png\u{1f600}",
    ] {
        let made = minified(&format!("a{{b:url( {name} )}}"));
        assert!(made.contains(name), "{made}");
        let hidden = minified(&format!("a{{b:url( {name} ) x\\9}}"));
        assert!(hidden.contains(name), "{hidden}");
    }
}

#[test]
fn a_mark_behind_the_charset_stays_a_character() {
    let sheet = "@charset \"utf-8\";\u{feff}.a{b:c}";
    let joined = join(&[sheet]);
    assert_eq!(joined, "\n\u{feff}.a{b:c}\n");
    assert_eq!(minified(&joined), "\n\u{feff}.a{b:c}");
    let quick = Options {
        effort: Effort::Fast,
        ..Options::default()
    };
    let made = join_and_minify("", &[sheet], &quick).text;
    assert_eq!(made, "\n\u{feff}.a{b:c}");
    assert_eq!(minified(&made), made);
}

fn same(first: &str, second: &str) -> bool {
    let (first, second) = (Tree::parse(first).unwrap(), Tree::parse(second).unwrap());
    let (first, second) = (Normal::of(&first), Normal::of(&second));
    let equal = first.equals(&second);
    assert_eq!(equal, second.equals(&first));
    equal
}

#[test]
fn what_means_the_same_is_equal() {
    for case in cases("css/equal") {
        let (first, second) = (case.section("first"), case.section("second"));
        assert!(same(first, second), "{first}{second}");
    }
}

#[test]
fn what_means_something_else_differs() {
    for case in cases("css/differ") {
        let (first, second) = (case.section("first"), case.section("second"));
        assert!(!same(first, second), "{first}{second}");
    }
}

#[test]
fn join_cases() {
    for case in cases("css/join") {
        let joined = join(&[case.section("first"), case.section("second")]);
        case.expect("output", &joined);
    }
}

#[test]
fn check_cases() {
    for case in cases("css/check") {
        let faults = match check(case.section("input")) {
            Ok(list) => list
                .iter()
                .map(|fault| format!("warning {}: {}\n", fault.offset, fault.message))
                .collect(),
            Err(fault) => format!("error {}: {}\n", fault.offset, fault.message),
        };
        case.expect("faults", &faults);
    }
}

/// A file on disk ends with a newline, so the ends that matter stand here.
#[test]
fn joined_sheets_are_complete() {
    for (open, closed) in [
        (".a{color:red", ".a{color:red}\n"),
        (".a{b:url(x", ".a{b:url(x)}\n"),
        (".a{b:\"x", ".a{b:\"x\"}\n"),
        (".a{b:\"x\\", ".a{b:\"x\"}\n"),
        (".a{} /* x", ".a{} /* x*/\n"),
        (".a{} /* x *", ".a{} /* x */\n"),
        ("@media x{.a{b:calc(1px", "@media x{.a{b:calc(1px)}}\n"),
        ("@layer a", "@layer a;\n"),
        ("\u{feff}@charset \"x\";.a{}", ".a{}\n"),
        (".a", ""),
    ] {
        assert_eq!(join(&[open]), closed, "{open:?}");
    }
}

/// What only the top level forgives goes before a sheet is put into a block.
#[test]
fn a_sheet_in_a_block_stays_what_it_was() {
    for (given, wanted) in [
        ("} .a{top:0} .b{top:0}", " .b{top:0}"),
        ("; .a{top:0}\n.b{top:0}", "\n.b{top:0}"),
        ("<!-- .a{top:0} -->", " .a{top:0} "),
        ("@media x} y{.a{top:0}} .b{top:0}", " .b{top:0}"),
        (".a:is(};b){top:0}", ".a:is(};b){top:0}"),
        ("/* } */ .a{b:\";\"}", "/* } */ .a{b:\";\"}"),
    ] {
        assert_eq!(enclosed(given), wanted, "{given:?}");
    }
}

#[test]
fn tokens_cover_the_text() {
    for text in [
        "a{b:c}",
        "\0\\\n'\\",
        "url( a\\ b ) url('x') URL(x\"y)",
        "<!-- --> @media #fff -1.5e-3px +.5% u+26",
        "é\\é\\31 x",
    ] {
        let list = tokens(text);
        assert_eq!(list.first().map(|token| token.start), Some(0));
        assert!(list.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(list.last().map(|token| token.end), Some(text.len()));
    }
    let kinds: Vec<Kind> = tokens("url(a b)").iter().map(|token| token.kind).collect();
    assert_eq!(kinds, [Kind::BadUrl]);
}

#[test]
fn escapes_mean_characters() {
    assert_eq!(unescape("\\31 2\\000033x\\{"), "123x{");
    assert_eq!(unescape("a\\\nb\\0 c"), "ab\u{fffd}c");
}

#[test]
fn deep_nesting_is_an_error() {
    assert!(Tree::parse(&"(".repeat(100_000)).is_err());
    assert!(check(&"a{".repeat(100_000)).is_err());
    assert!(minify(&"[".repeat(1_000), &Options::default()).is_err());
    assert!(minify(&"@media x{".repeat(200), &Options::default()).is_ok());
}

/// A sheet that says too much is only compacted; a rule of many `:is()` takes no longer than one.
#[test]
fn sheets_that_multiply_are_bounded() {
    let many = |part: &dyn Fn(usize) -> String| (0..8_000).map(part).collect::<String>();
    let selectors = many(&|at| format!(".a{at}, "));
    let declarations = many(&|at| format!("color: x{at}; "));
    let product = format!("{selectors} b {{ {declarations} }}");
    let everything = many(&|at| format!(".a{at} {{ all: unset; --b{at}: 1 }}"));
    for text in [product, everything] {
        let minified = minify(&text, &Options::default()).unwrap();
        assert!(minified.text.len() < text.len());
        assert_eq!(minified.warnings.len(), 1, "{:?}", minified.warnings);
    }
    let wrapped = format!(".a{} {{ color: red }}", ":is(.b)".repeat(8_000));
    let bare = format!(".a{} {{ color: red }}", ".b".repeat(8_000));
    assert!(same(&wrapped, &bare));
}

#[test]
fn licences_can_be_dropped() {
    let options = Options {
        licences: Licences::Drop,
        ..Options::default()
    };
    let text = minify("/*! me */ a { top: 0 }", &options).unwrap().text;
    assert_eq!(text, "a{top:0}");
}

#[test]
fn a_long_sheet_in_pieces_means_the_same() {
    let sheet: String = (0..2_000)
        .map(|n| format!(".a{n} > b {{ width: {n}px }}\n.c{n} {{ width: calc(100% / 3) }}\n"))
        .collect();
    let quick = Options {
        effort: Effort::Fast,
        ..Options::default()
    };
    let made = minify(&sheet, &quick).unwrap();
    assert!(same(&sheet, &made.text));
    assert!(made.text.len() < sheet.len() * 9 / 10);
    assert_eq!(made.warnings, []);
}
