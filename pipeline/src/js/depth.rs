//! How deep a script nests, told before anything recursive reads it: a stack that overflows ends the process.
//!
//! A scan over the text, not a parser: strings, templates, comments and regular expressions are gone over as a whole, so
//! that a megabyte of base64 or a table of brackets in quotes counts for nothing.

use crate::fault::Fault;

/// Brackets deeper than this are refused: no hand or tool writes them, and the tree walks are recursive.
const DEEPEST: usize = 1_500;

/// Operators in one unbroken chain (`a+a+a+…`, `if(a)if(a)…`) make a tree as deep as the chain is long.
const LONGEST_CHAIN: usize = 12_000;

/// How much deeper than its source a text of our own may be: `if`s become operators.
const OWN: usize = 8;

/// Refuses a text that nests too deeply to be walked.
pub(super) fn bounded(text: &str) -> Result<(), Fault> {
    Scanner::new(text, 1).scan()
}

/// The same for what the minifier printed.
pub(super) fn bounded_own(text: &str) -> Result<(), Fault> {
    Scanner::new(text, OWN).scan()
}

/// What stands in front, as far as it decides what a `/` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Something that has a value: a `/` divides.
    Value,
    /// Anything else: a `/` begins a regular expression.
    Operator,
    /// `if`, `while`, `for`, `with`: behind its brackets stands a statement.
    Head,
    /// What ends behind it is a block: `)`, `=>`, `else`, `;` …
    Statement,
}

struct Level {
    /// Operators so far in the statement or element that is open here.
    chain: usize,
    /// What its end is to what follows.
    after: Before,
    /// A `${`: behind its end the template goes on.
    template: bool,
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    open: Vec<Level>,
    /// The chain at the innermost level, and those of all levels together.
    chain: usize,
    total: usize,
    before: Before,
    /// A statement may have ended: unless an `else` follows, the chain has.
    ended: bool,
    newline: bool,
    factor: usize,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str, factor: usize) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            open: Vec::new(),
            chain: 0,
            total: 0,
            before: Before::Statement,
            ended: false,
            newline: false,
            factor,
        }
    }

    fn scan(mut self) -> Result<(), Fault> {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            let start = self.at;
            self.at += 1;
            self.token(byte, start);
            if self.open.len() > DEEPEST * self.factor {
                return Err(Fault::new(start, "nested too deeply")
                    .help("leave this file out of the bundle"));
            }
            if self.total > LONGEST_CHAIN * self.factor {
                let message = format!("more than {LONGEST_CHAIN} operators in one statement");
                return Err(Fault::new(start, message)
                    .help("build the value in a loop, or leave this file out of the bundle"));
            }
        }
        Ok(())
    }

    fn token(&mut self, byte: u8, start: usize) {
        match byte {
            b'\n' | b'\r' => self.newline = true,
            b' ' | b'\t' => {
                // A fifth of most sources is indentation.
                while self.next_is(b' ') {
                    self.at += 1;
                }
            }
            b'/' if self.next_is(b'/') => self.skip_to("\n"),
            b'/' if self.next_is(b'*') => {
                self.at += 1;
                self.skip_to("*/");
                self.at += 2;
            }
            b'/' if self.before != Before::Value && self.regex() => self.value(),
            b'"' | b'\'' => {
                self.string(byte);
                self.value();
            }
            b'`' => {
                if self.before == Before::Value {
                    self.count();
                }
                self.template();
            }
            b'(' | b'[' | b'{' => self.opens(byte),
            b')' | b']' | b'}' => self.closes(),
            b';' => {
                self.ended = true;
                self.before = Before::Statement;
            }
            b',' => {
                self.reset();
                self.before = Before::Operator;
            }
            b'+' | b'-' if self.next_is(byte) => {
                self.at += 1;
                self.count();
            }
            b'=' if self.next_is(b'>') => {
                self.at += 1;
                self.count();
                self.before = Before::Statement;
            }
            _ if is_word(byte) => self.word(start),
            _ => {
                self.count();
                self.before = Before::Operator;
            }
        }
    }

    fn next_is(&self, byte: u8) -> bool {
        self.bytes.get(self.at) == Some(&byte)
    }

    fn reset(&mut self) {
        self.total -= self.chain;
        self.chain = 0;
        self.ended = false;
    }

    /// One more operator.
    fn count(&mut self) {
        if self.ended {
            self.reset();
        }
        self.chain += 1;
        self.total += 1;
        self.newline = false;
    }

    fn value(&mut self) {
        if self.ended {
            self.reset();
        }
        self.before = Before::Value;
        self.newline = false;
    }

    fn skip_to(&mut self, end: &str) {
        let found = self.text.get(self.at..).and_then(|rest| rest.find(end));
        self.at = found.map_or(self.bytes.len(), |length| self.at + length);
    }

    fn string(&mut self, quote: u8) {
        while let Some(byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' => break,
                _ if *byte == quote => break,
                _ => {}
            }
        }
    }

    /// Goes over a regular expression, if one can begin here.
    fn regex(&mut self) -> bool {
        let mut class = false;
        let mut at = self.at;
        while let Some(byte) = self.bytes.get(at) {
            at += 1;
            match byte {
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'\n' => return false,
                b'/' if !class => {
                    self.at = at;
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// From behind a backtick or a `}` to the end of the template or into its next `${`.
    fn template(&mut self) {
        while let Some(byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => return self.value(),
                b'$' if self.next_is(b'{') => {
                    self.at += 1;
                    return self.push(Before::Value, true);
                }
                _ => {}
            }
        }
    }

    fn push(&mut self, after: Before, template: bool) {
        if self.ended {
            self.reset();
        }
        self.open.push(Level {
            chain: self.chain,
            after,
            template,
        });
        self.chain = 0;
        self.before = Before::Operator;
        self.newline = false;
    }

    fn opens(&mut self, byte: u8) {
        let after = match (byte, self.before) {
            (b'(', Before::Head) => Before::Statement,
            (b'{', Before::Value | Before::Head | Before::Statement) => Before::Statement,
            _ => Before::Value,
        };
        // A call, an index: the chain goes on behind it.
        if byte != b'{' && self.before == Before::Value {
            self.count();
        }
        self.push(after, false);
        if byte == b'{' && after == Before::Statement {
            self.before = Before::Statement;
        }
    }

    fn closes(&mut self) {
        let Some(level) = self.open.pop() else { return };
        self.total -= self.chain;
        self.chain = level.chain;
        self.ended = false;
        self.before = level.after;
        self.newline = false;
        if level.template {
            self.template();
        } else if level.after == Before::Statement {
            // Behind the brackets of an `if` stands what belongs to it.
            self.ended = self.bytes[self.at - 1] == b'}';
        }
    }

    fn word(&mut self, start: usize) {
        while self.bytes.get(self.at).is_some_and(|byte| is_word(*byte)) {
            self.at += 1;
        }
        let word = Word::of(&self.bytes[start..self.at]);
        // The end of a line ends a statement here.
        let new_statement = self.newline && self.before == Before::Value && word != Word::Infix;
        match word {
            Word::Else | Word::While => self.ended = false,
            Word::Case | Word::Default => self.reset(),
            _ if new_statement || self.ended => self.reset(),
            _ => {}
        }
        self.newline = false;
        match word {
            Word::Name | Word::Default => self.before = Before::Value,
            _ if self.bytes[..start].ends_with(b".") => self.before = Before::Value,
            Word::Head | Word::While => {
                self.count();
                self.before = Before::Head;
            }
            Word::Else | Word::Block => {
                self.count();
                self.before = Before::Statement;
            }
            Word::Case | Word::Infix | Word::Prefix => {
                self.count();
                self.before = Before::Operator;
            }
        }
    }
}

/// What a word is, as far as it decides how deep the tree gets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Name,
    Head,
    While,
    Else,
    Block,
    Case,
    Default,
    /// An operator between two values.
    Infix,
    /// One in front of a value.
    Prefix,
}

impl Word {
    /// Most words of a script are asked about: they are compared as numbers.
    fn of(word: &[u8]) -> Self {
        const fn key(word: &[u8]) -> u64 {
            let mut key = 0;
            let mut at = 0;
            while at < word.len() {
                key = key << 8 | word[at] as u64;
                at += 1;
            }
            key
        }
        macro_rules! keys {
            ($($name:ident = $word:literal),* $(,)?) => {
                $(const $name: u64 = key($word);)*
            };
        }
        keys! {
            IF = b"if", FOR = b"for", WITH = b"with", WHILE = b"while", ELSE = b"else", DO = b"do", TRY = b"try",
            FINALLY = b"finally", CASE = b"case", DEFAULT = b"default", IN = b"in", OF = b"of", TYPEOF = b"typeof",
            VOID = b"void", DELETE = b"delete", NEW = b"new", AWAIT = b"await", YIELD = b"yield", RETURN = b"return",
            THROW = b"throw", EXTENDS = b"extends",
        }
        if word.len() > 7 {
            return match word {
                b"instanceof" => Self::Infix,
                _ => Self::Name,
            };
        }
        match key(word) {
            IF | FOR | WITH => Self::Head,
            WHILE => Self::While,
            ELSE => Self::Else,
            DO | TRY | FINALLY => Self::Block,
            CASE => Self::Case,
            DEFAULT => Self::Default,
            IN | OF => Self::Infix,
            TYPEOF | VOID | DELETE | NEW | AWAIT | YIELD | RETURN | THROW | EXTENDS => Self::Prefix,
            _ => Self::Name,
        }
    }
}

fn is_word(byte: u8) -> bool {
    WORD[usize::from(byte)]
}

/// Every byte of every script is looked up here.
const WORD: [bool; 256] = {
    let mut word = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        word[byte] = b.is_ascii_alphanumeric()
            || matches!(b, b'_' | b'$' | b'\\' | b'#' | b'@')
            || b >= 0x80;
        byte += 1;
    }
    word
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nests_is_refused() {
        let many = 100_000;
        for text in [
            "(".repeat(many),
            "a=[".repeat(many),
            "f(function(){".repeat(many),
            "`${".repeat(many),
            format!("a={}1", "1+".repeat(many)),
            "if(a)".repeat(many),
            "if(a)b();else ".repeat(many),
            "if(a){b()}else ".repeat(many),
            "for(;;)".repeat(many),
            "a:".repeat(many),
            format!("a={}b", "typeof ".repeat(many)),
            format!("a{}", ".b".repeat(many)),
            format!("a{}", "[0]".repeat(many)),
            format!("a{}", "(1,2)".repeat(many)),
            format!("a={}1", "b=>".repeat(many)),
            format!("a={}1", "b?c:".repeat(many)),
        ] {
            let shown: String = text.chars().take(20).collect();
            assert!(bounded(&text).is_err(), "{shown}");
        }
    }

    #[test]
    fn what_is_only_long_is_read() {
        let many = 100_000;
        for text in [
            "f('(',1);".repeat(many),
            "f(`[${a}`,/[/(]{/);".repeat(many),
            "if(a)/\"(/.test(b);".repeat(many),
            "a=b/c/d;".repeat(many),
            "f(a)\n".repeat(many),
            "x[1]=y-1\n".repeat(many),
            "if(a){b()}".repeat(many),
            "if(a)b();".repeat(many),
            "case 1:".repeat(many),
            "function f(){return a+b}".repeat(many),
            "// ( ' `\n/* ( \" */".repeat(many),
            format!("a='{}'", "+/=".repeat(many)),
            format!("a=[{}]", "-1,".repeat(many)),
            format!("a={{{}}}", "b:-1,".repeat(many)),
            format!("var a=1{}", ",b=c+1".repeat(many)),
            format!("`{}`", "${a+b}".repeat(many)),
        ] {
            let shown: String = text.chars().take(20).collect();
            assert_eq!(bounded(&text), Ok(()), "{shown}");
        }
    }
}
