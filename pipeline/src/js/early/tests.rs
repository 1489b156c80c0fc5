use super::super::Goal;
use super::super::parse::{isolated, parse};

fn error(text: &str, goal: Goal) -> Option<(usize, String)> {
    isolated(|| parse(text, goal).err())
        .expect("the parser does not panic")
        .map(|fault| (fault.offset, fault.message))
}

#[test]
fn a_name_declared_twice_is_an_error_where_a_browser_has_one() {
    for (text, offset) in [
        ("let b;\n let b;", 12),
        ("let b; var b;", 11),
        ("var b; let b;", 11),
        ("let b; { var b }", 13),
        ("{ var b } let b", 14),
        ("class b {} function b() {}", 20),
        ("const { b, c: [b] } = x", 15),
        ("function f(b) { let b }", 20),
        ("(b) => { const b = 1 }", 15),
        ("switch (x) { case 1: let b; case 2: let b }", 40),
        ("try {} catch (b) { let b }", 23),
        ("try {} catch ([b]) { var b }", 25),
        ("for (let b;;) { var b }", 20),
        ("{ function b() {} let b }", 22),
        ("{ async function b() {} function b() {} }", 33),
        ("x = { get a() { let b; let b } }", 27),
        ("class A { static { let b; let b } }", 30),
        ("class A { constructor(b) { let b } }", 31),
    ] {
        let message = "`b` is declared twice".to_owned();
        assert_eq!(error(text, Goal::Script), Some((offset, message)), "{text}");
    }
    for text in [
        "import b from \"x\"; let b",
        "function b() {} function b() {}",
        "{ function b() {} function b() {} }",
        "export const b = 1; var b",
    ] {
        assert!(error(text, Goal::Module).is_some(), "{text}");
    }
}

#[test]
fn what_may_be_repeated_is_no_error() {
    for text in [
        "var b; var b; function b() {} function b() {}",
        "let b; { let b; { let b } }",
        "let b; function f() { var b }",
        "function f(b, c) { var b; function c() {} }",
        "function f(b) { { let b } }",
        "{ function b() {} function b() {} }",
        "switch (x) { case 1: function b() {} case 2: function b() {} }",
        "try {} catch (b) { var b; { let b } }",
        "try {} catch (b) { for (var b;;) ; }",
        "for (let b of b) { let b }",
        "for (let b;;) ; for (let b;;) ;",
        "for (var b;;) ; for (var b;;) ;",
        "(function b() { let b })",
        "(class b { b(b) { { let b } } })",
        "let f = b => { var b }",
        "let b; label: { let b }",
        "x = { set a(b) { var b }, b: 1 }; let b",
    ] {
        assert_eq!(error(text, Goal::Script), None, "{text}");
    }
    for text in [
        "import b from \"x\"; { let b }",
        "export { b }; var b; var b",
        "export default function b() {} let c",
    ] {
        assert_eq!(error(text, Goal::Module), None, "{text}");
    }
}
