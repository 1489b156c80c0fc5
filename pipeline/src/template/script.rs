//! The tokens of a script that cannot be parsed, since tags stand in it, as far as lines and comments ask for them
//! (ECMA-262 §12).

/// What stands in the place of an expression.
pub(super) const VALUE: char = '\u{e000}';

/// What stands between two tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    None,
    Space,
    Break,
}

/// Reads a script token by token, with white space and comments left out.
pub(super) struct Reader<'t> {
    rest: &'t str,
    /// What stands before is a value: a `/` divides.
    value: bool,
    /// For each open bracket whether it holds the head of an `if`, `while`, `for` or `with`.
    heads: Vec<bool>,
    /// The word before, if the last token is one.
    word: &'t str,
}

impl<'t> Reader<'t> {
    pub(super) fn new(script: &'t str) -> Self {
        Self {
            rest: script,
            value: false,
            heads: Vec::new(),
            word: "",
        }
    }

    /// The next token, and what stands in front of it.
    pub(super) fn next(&mut self) -> Option<(Gap, &'t str)> {
        let mut gap = self.gap();
        let mut token = self.token();
        while token.is_empty() && !self.rest.is_empty() {
            gap = gap.max(self.gap());
            token = self.token();
        }
        (!token.is_empty()).then_some((gap, token))
    }

    /// How many bytes there are still to read.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Goes over white space and comments.
    fn gap(&mut self) -> Gap {
        let mut gap = Gap::None;
        loop {
            let blank = self.rest.len() - self.rest.trim_start().len();
            let comment = match &self.rest[blank..] {
                rest if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                rest if rest.starts_with("/*") => {
                    rest[2..].find("*/").map_or(rest.len(), |end| end + 4)
                }
                _ => 0,
            };
            if blank + comment == 0 {
                return gap;
            }
            let gone = self.take(blank + comment);
            gap = gap.max(match gone.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
                true => Gap::Break,
                false => Gap::Space,
            });
        }
    }

    fn token(&mut self) -> &'t str {
        let Some(first) = self.rest.chars().next() else {
            return "";
        };
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '\\' | '#' | VALUE);
        let word = std::mem::take(&mut self.word);
        match first {
            '"' | '\'' => {
                self.value = true;
                self.take(quoted(self.rest, first))
            }
            '`' => {
                self.value = true;
                self.take(literal(self.rest))
            }
            '/' if !self.value => {
                self.value = true;
                self.take(regex(self.rest))
            }
            '(' => {
                self.heads
                    .push(matches!(word, "if" | "while" | "for" | "with"));
                self.value = false;
                self.take(1)
            }
            ')' => {
                self.value = !self.heads.pop().unwrap_or(false);
                self.take(1)
            }
            ']' | '}' => {
                self.value = true;
                self.take(1)
            }
            c if is_word(c) => {
                let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
                self.word = self.take(end);
                self.value = !matches!(
                    self.word,
                    "await"
                        | "case"
                        | "delete"
                        | "do"
                        | "else"
                        | "in"
                        | "instanceof"
                        | "new"
                        | "of"
                        | "return"
                        | "throw"
                        | "typeof"
                        | "void"
                        | "yield"
                );
                self.word
            }
            c => {
                self.value = false;
                self.take(c.len_utf8())
            }
        }
    }
}

/// The length of a string with its quotes, or of what stands in its line.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return at,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a regular expression without its flags, or of the slash alone where none ends in the line.
fn regex(text: &str) -> usize {
    let (mut escaped, mut class) = (false, false);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return 1,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '/' if !class => return at + 1,
            _ => {}
        }
    }
    1
}

/// The length of a template literal, with what stands in its `${…}`; all of the text where it does not end.
fn literal(text: &str) -> usize {
    let mut rest = &text[1..];
    while let Some(at) = rest.find(['`', '\\', '$']) {
        let end = text.len() - rest.len() + at;
        let behind = &text[end + 1..];
        rest = match (text.as_bytes()[end], behind.chars().next()) {
            (b'`', _) => return end + 1,
            (b'\\', Some(escaped)) => &behind[escaped.len_utf8()..],
            (b'$', Some('{')) => {
                let mut reader = Reader::new(&behind[1..]);
                let mut depth = 1_usize;
                while depth > 0 {
                    match reader.next() {
                        None => return text.len(),
                        Some((_, "{")) => depth += 1,
                        Some((_, "}")) => depth -= 1,
                        Some(_) => {}
                    }
                }
                reader.rest
            }
            _ => behind,
        };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(script: &str) -> Vec<&str> {
        let mut reader = Reader::new(script);
        std::iter::from_fn(|| reader.next().map(|(_, token)| token)).collect()
    }

    #[test]
    fn tokens_of_scripts() {
        for (script, want) in [
            ("a=`b\n  c`+d", "a|=|`b\n  c`|+|d"),
            ("`a${b+`}`+{c:'}'}}d\\`e`f", "`a${b+`}`+{c:'}'}}d\\`e`|f"),
            ("`$a{`b", "`$a{`|b"),
            ("`a", "`a"),
            ("`a${`b", "`a${`b"),
            ("if(a)/`/.b", "if|(|a|)|/`/|.|b"),
            ("a /*`*/ b//`\nc", "a|b|c"),
            ("a/b/c", "a|/|b|/|c"),
            ("return/[/]/", "return|/[/]/"),
        ] {
            assert_eq!(tokens(script).join("|"), want, "{script}");
        }
    }
}
