//! Input that no hand writes: each file is minified by a process of its own that may not have more than 4 GiB of
//! addresses, the stacks of threads among them, and must end with a result or a message.

use std::fs;
use std::process::Command;

use crushed_tests::built::binary;
use crushed_tests::cli::compile;
use crushed_tests::tree::write;
use tempfile::tempdir;

/// What must come out.
#[derive(Clone, Copy)]
enum Outcome {
    /// A text with these words.
    Made(&'static str),
    /// An error with these words and a place.
    Refused(&'static str),
}
use Outcome::{Made, Refused};

const MB: usize = 1_000_000;

/// `before`, so many times `piece`, `after`.
fn row(before: &str, piece: &str, times: usize, after: &str) -> String {
    [before, &piece.repeat(times), after].concat()
}

fn nested(
    before: &str,
    open: &str,
    middle: &str,
    close: &str,
    after: &str,
    depth: usize,
) -> String {
    [
        before,
        &open.repeat(depth),
        middle,
        &close.repeat(depth),
        after,
    ]
    .concat()
}

/// `piece` for each number, which stands for `#` in it.
fn numbered(before: &str, piece: &str, times: usize, after: &str) -> String {
    let pieces: String = (0..times)
        .map(|number| piece.replace('#', &number.to_string()))
        .collect();
    [before, &pieces, after].concat()
}

fn assert_outcomes(ending: &str, cases: &[(&str, String, Outcome)]) {
    let folder = tempdir().expect("a temporary directory can be made");
    let mut failed = Vec::new();
    for (name, contents, outcome) in cases {
        let file = folder.path().join(format!("a.{ending}"));
        fs::write(&file, contents).expect("the file can be written");
        // The processor time only ends what would never end; machines differ by more than one thinks.
        let output = Command::new("prlimit")
            .args(["--as=4294967296", "--cpu=600", "--core=0"])
            .arg(binary("crushed"))
            .arg("minify")
            .arg(&file)
            .output()
            .expect("prlimit is installed");
        let (made, said) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        let fine = match outcome {
            Made(words) => output.status.code() == Some(0) && made.contains(words),
            Refused(words) => {
                output.status.code() == Some(1)
                    && said.contains(words)
                    && said.contains(&format!("a.{ending}:"))
            }
        };
        if !fine {
            let shown: String = said.chars().take(300).collect();
            failed.push(format!(
                "{name}: {}, {} bytes, {shown}",
                output.status,
                made.len()
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn sheets_of_one_long_line() {
    assert_outcomes(
        "css",
        &[
            (
                "rules",
                row(
                    "",
                    ".a{color:red;width:1px}.b:hover{margin:0 auto}",
                    10 * MB / 46,
                    "c{d:e}",
                ),
                Made("c{d:e}"),
            ),
            (
                "a string",
                row("a{content:\"", "x", 10 * MB, "\"}"),
                Made("xxx"),
            ),
            (
                "a string that is not closed",
                row("a{content:\"", "x", 10 * MB, ""),
                Made("xxx"),
            ),
            (
                "a comment",
                row("/*", "x", 10 * MB, "*/a{color:red}"),
                Made("a{color:red}"),
            ),
            ("a number", row("a{width:", "1", 10 * MB, "px}"), Made("a{")),
            ("a name", row("a{color:", "x", 10 * MB, "}"), Made("xxx")),
            ("escapes", row("a{color:", "\\61 ", 2 * MB, "}"), Made("a{")),
            (
                "spaces",
                row("a", " ", 10 * MB, "b{color:red}"),
                Made("a b{color:red}"),
            ),
            (
                "semicolons",
                row("a{", ";", 10 * MB, "b:c}"),
                Made("a{b:c}"),
            ),
            ("closing braces", row("", "}", MB, ""), Made("")),
            (
                "prose behind slashes",
                row("a{b:c}//", " url(a b)", 100_000, "\nd{e:f}"),
                Made("a{b:c}"),
            ),
        ],
    );
}

#[test]
fn sheets_of_many_like_things() {
    let many = 100_000;
    assert_outcomes(
        "css",
        &[
            (
                "rules",
                numbered("", ".a#{color:red;width:#px}", many, ""),
                Made(".a99999"),
            ),
            (
                "rules of one selector",
                numbered("", ".a{width:#px;color:foo#}", many, ""),
                Made("foo99999"),
            ),
            (
                "selectors",
                numbered("b", ",.a#", many, "{color:red}"),
                Made(".a99999"),
            ),
            (
                "custom properties",
                numbered("a{", "--a#:#;", many, "}"),
                Made("--a99999:99999"),
            ),
            (
                "declarations of one property",
                numbered("a{", "color:foo#;", many, "}"),
                Made("foo99999"),
            ),
            (
                "things to warn of",
                numbered("", "a:foo(b){$c#:d} ", many, ""),
                Made("$c99999"),
            ),
            (
                "strange selectors",
                numbered(".b", ",:foo#", 20_000, "{color:red}"),
                Made(":foo19999"),
            ),
            (
                "functions in a selector",
                row("a", ":is(b)", many, "{color:red}"),
                Made("color:red"),
            ),
            (
                "layers of a value",
                numbered("a{transition:b 1s", ",a# 1s", many, "}"),
                Made("a99999"),
            ),
            (
                "queries",
                numbered("@media print", ",(min-width:#px)", 20_000, "{a{color:red}}"),
                Made("19999px"),
            ),
        ],
    );
}

#[test]
fn sheets_that_nest() {
    let deep = 100_000;
    assert_outcomes(
        "css",
        &[
            (
                "round brackets",
                row("a{b:", "(", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "braces",
                row("", "{", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "square brackets",
                row("", "[", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "rules",
                row("", "a{b{c{", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "queries",
                row("", "@media print{", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "sums",
                row("a{width:", "calc(", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "selectors",
                row("a", ":not(", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "rules just so",
                nested("", "a{", "color:red", "}", "", 250),
                Made("color:red"),
            ),
            (
                "queries just so",
                nested("", "@media print{", "a{color:red}", "}", "", 250),
                Made("color:red"),
            ),
            (
                "sums just so",
                nested("a{width:", "calc(1px + ", "1vw", ")", "}", 250),
                Made("1vw"),
            ),
            (
                "selectors just so",
                nested("a", ":not(", "b", ")", "{color:red}", 250),
                Made("color:red"),
            ),
            (
                "supports just so",
                nested("@supports ", "(", "color:red", ")", "{a{color:red}}", 250),
                Made("color:red"),
            ),
        ],
    );
}

#[test]
fn scripts_of_one_long_line() {
    let statement = "x=function(a){return a+1}(y);if(x)z(\"(\",/[/]\"/);";
    assert_outcomes(
        "js",
        &[
            (
                "statements",
                row("", statement, 10 * MB / statement.len(), "end()"),
                Made("end()"),
            ),
            ("a string", row("a=\"", "x", 10 * MB, "\""), Made("xxx")),
            (
                "a string that is not closed",
                row("a=\"", "x", 10 * MB, ""),
                Refused("unterminated string"),
            ),
            ("a comment", row("/*", "x", 10 * MB, "*/a()"), Made("a()")),
            ("a number", row("a=", "1", 10 * MB, ""), Made("a=")),
            ("a name", row("a=", "x", 10 * MB, ""), Made("xxx")),
            ("a template", row("a=`", "x", 10 * MB, "`"), Made("xxx")),
            (
                "a regular expression",
                row("a=/", "x", 10 * MB, "/"),
                Made("xxx"),
            ),
            (
                "base64",
                row("a=\"", "ab+/cd9=", MB, "\""),
                Made("ab+/cd9="),
            ),
            ("an array", row("a=[", "1,", MB, "2]"), Made("2]")),
        ],
    );
}

#[test]
fn scripts_of_many_like_things() {
    assert_outcomes(
        "js",
        &[
            (
                "statements",
                numbered("", "a(#);", 100_000, ""),
                Made("a(99999)"),
            ),
            (
                "functions",
                numbered("", "function f#(a){return a+#}", 20_000, ""),
                Made("f19999"),
            ),
            (
                "returns",
                numbered("function f(x){", "if(x==#)return g(#);", 20_000, "}"),
                Made("19999"),
            ),
            (
                "variables",
                numbered("function f(){var a=g();", "a=h(a,#);", 10_000, "return a}"),
                Made("9999"),
            ),
            (
                "cases",
                // The engine compares each with each.
                numbered("switch(x){", "case #:f(#);break;", 10_000, "}"),
                Made("9999"),
            ),
            (
                "branches",
                numbered("", "if(x==#)f(#);else ", 3_000, "g()"),
                Made("2999"),
            ),
            (
                "brackets in strings",
                numbered("", "f(\"(\",#);", 20_000, ""),
                Made("19999"),
            ),
            (
                "licences",
                row("", "/*! x */\n", 100_000, "a()"),
                Made("a()"),
            ),
            ("operands", row("a=b", "+b", 10_000, ""), Made("a=b+b")),
            ("texts", row("a=\"b\"", "+\"b\"", 10_000, ""), Made("bbb")),
        ],
    );
}

#[test]
fn scripts_that_nest() {
    let deep = 100_000;
    assert_outcomes(
        "js",
        &[
            (
                "round brackets",
                row("a=", "(", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "blocks",
                row("", "{", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "arrays",
                row("a=", "[", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "functions",
                row("", "(function(){", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "templates",
                row("a=", "`${", deep, ""),
                Refused("nested too deeply"),
            ),
            (
                "operands",
                row("a=b", "+b", deep, ""),
                Refused("operators in one statement"),
            ),
            (
                "texts",
                row("a=\"b\"", "+\"b\"", deep / 2, ""),
                Refused("operators in one statement"),
            ),
            (
                "branches",
                row("", "if(a)b();else ", deep, "c()"),
                Refused("operators in one statement"),
            ),
            (
                "conditions",
                row("", "if(a)", deep, "b()"),
                Refused("operators in one statement"),
            ),
            (
                "labels",
                numbered("", "a#:", deep, "b()"),
                Refused("operators in one statement"),
            ),
            (
                "indices",
                row("a=b", "[0]", deep, ""),
                Refused("operators in one statement"),
            ),
            (
                "round brackets just so",
                nested("a=", "(", "1", ")", "", 1_400),
                Made("a=1"),
            ),
            (
                "arrays just so",
                nested("a=", "[", "1", "]", "", 1_400),
                Made("[1]"),
            ),
            (
                "objects just so",
                nested("a=", "{b:", "1", "}", "", 1_400),
                Made("b:1"),
            ),
            (
                "functions just so",
                nested("", "function f(){", "g()", "}", "", 1_400),
                Made("function f()"),
            ),
            (
                "arrows just so",
                nested("a=", "()=>{", "g()", "}", "", 700),
                Made("a="),
            ),
            (
                "templates just so",
                nested("a=b+", "`${", "c", "}`", "", 1_400),
                Made("a=b+"),
            ),
            (
                "classes just so",
                nested("a=", "class{b(){return ", "1", "}}", "", 700),
                Made("class"),
            ),
            (
                "patterns just so",
                nested("var ", "[", "a", "]", "=b", 1_400),
                Made("[a]"),
            ),
        ],
    );
}

#[test]
fn imports_that_multiply_or_never_end() {
    let import = |name: String| format!("@import \"{name}\";\n");
    let page = "{% compress css %}<link rel=\"stylesheet\" href=\"a0.css\">{% endcompress %}\n";
    let project = |sheets: Vec<(String, String)>| {
        let folder = tempdir().expect("a temporary directory can be made");
        let mut files = vec![
            (
                "crushed.toml".to_owned(),
                "assets = [\"assets\"]\n".to_owned(),
            ),
            ("templates/page.html".to_owned(), page.to_owned()),
        ];
        files.extend(
            sheets
                .into_iter()
                .map(|(name, text)| (format!("assets/{name}"), text)),
        );
        let files: Vec<(&str, &String)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text))
            .collect();
        write(folder.path(), &files);
        let run = compile(folder.path(), &folder.path().join("out"), &[]);
        assert!(
            run.code == 0 || !folder.path().join("out").exists(),
            "something is written"
        );
        run
    };
    // Each sheet imports the next twice: the last is imported 2^30 times.
    let double = (0..30)
        .map(|at| {
            let next = format!("a{}.css", at + 1);
            (
                format!("a{at}.css"),
                format!("{}@import url({next}) print;", import(next.clone())),
            )
        })
        .chain([("a30.css".to_owned(), "d{e:f}".to_owned())])
        .collect();
    let run = project(double);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("sheets are imported"), "{}", run.stderr);
    let chain = (0..10_000)
        .map(|at| (format!("a{at}.css"), import(format!("a{}.css", at + 1))))
        .collect();
    let run = project(chain);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("import each other"), "{}", run.stderr);
    // A circle ends where it began.
    let circle = (0..40)
        .map(|at| {
            (
                format!("a{at}.css"),
                import(format!("a{}.css", (at + 1) % 40)) + &format!(".a{at}{{b:c}}"),
            )
        })
        .collect();
    let run = project(circle);
    assert_eq!(run.code, 0, "{}", run.stderr);
}
