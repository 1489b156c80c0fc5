//! What the targets need.

use std::panic;

use crate::generate::Choices;

/// An engine's panic is caught and worked round, which is what its users get; a panic of our own is a finding.
pub fn init() {
    panic::set_hook(Box::new(|panic| {
        let foreign = panic
            .location()
            .is_some_and(|place| place.file().contains("registry"));
        if !foreign {
            eprintln!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
            std::process::abort();
        }
    }));
}

/// Puts a few strange characters into a text, or cuts it off, if the way is one that does.
pub fn spoil(text: &mut String, way: usize, choices: &mut Choices<'_>) {
    if way == 0 {
        return;
    }
    for _ in 0..choices.below(4) {
        let mut at = choices.below(text.len().clamp(1, 60_000));
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let piece = choices.pick(&[
            "",
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            ";",
            ":",
            ",",
            "\\",
            "\"",
            "'",
            "`",
            "/*",
            "*/",
            "//",
            "\n",
            "\0",
            "\u{feff}",
            "\r",
            "\x0c",
            "<!--",
            "-->",
            "</style>",
            "</script>",
            "@",
            "#",
            "!",
            "\\9",
            "\u{2028}",
            "é",
            "\u{1f600}",
            "@media ",
            "@layer ",
            "url(",
            "--",
            "/",
            "*",
            "+",
            "\t",
            "${",
            "=>",
            "0",
            "e",
            "\u{fffd}",
            "\u{7f}",
            "calc(",
            "&",
            "|",
            "~",
            "\\0 ",
            "function",
            "yield",
            "await ",
            "let ",
            "#!",
            "@import 'x';",
            "{{",
            "\u{b}",
            "%}",
            "{% endif %}",
            "<!--",
            "-->",
            "</p>",
            "\"",
        ]);
        match choices.below(3) {
            0 => text.insert_str(at, piece),
            1 => text.truncate(at),
            _ => {
                let end = text[at..]
                    .chars()
                    .next()
                    .map_or(at, |first| at + first.len_utf8());
                text.replace_range(at..end, piece);
            }
        }
    }
}

/// With `SHOW` set, what the bytes of a finding stand for.
pub fn show(files: &[&str], made: &[String]) {
    if std::env::var_os("SHOW").is_some() {
        let between = "\n----\n";
        eprintln!(
            "{}\n==== became\n{}",
            files.join(between),
            made.join(between)
        );
    }
}
