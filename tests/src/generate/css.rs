//! Stylesheets in which much hides, completes and contradicts much else.

use super::values::{Family, atom, families};
use super::{Choices, Piece};

/// Elements that the selectors of [`sheet`] match, for `body`.
pub const ZOO: &str = "<div class='a' id='x'><p class='b' lang='en' title='t u'>one <a href='#' class='a c'>two</a></p>\
    <p class='a b'>three</p><span class='c'>four</span></div><ul class='b'><li class='a'>five</li><li>six</li></ul>\
    <input class='c' type='text' placeholder='p' disabled><table class='a'><tbody><tr><td class='B'>seven</td></tr></tbody></table>";

/// Selectors that need no other around them.
const SELECTORS: &[&str] = &[
    ".a",
    ".b",
    "p",
    "#x",
    ".a.b",
    "div p",
    "div>p",
    ".c",
    "li",
    "*",
    "p+p",
    "p~span",
    ".a,.b",
    "p,li,.c",
    ".a:not(.b)",
    ":is(.a,.b)",
    ":where(.a) p",
    "li:first-child",
    "li:nth-child(2n+1)",
    "li:nth-child(odd)",
    ".a::before",
    "p:after",
    "a:hover,p",
    "[title]",
    "[title=\"t u\"]",
    "[lang|=en]",
    "[class~=c]",
    "[type=text i]",
    "input:disabled",
    "input::placeholder",
    "input::-webkit-input-placeholder",
    "input:-ms-input-placeholder,.a",
    "p:unknown,.b",
    ".a::-moz-x,.c",
    "p::first-line",
    "DIV",
    ".\\62",
    ".a\\:x",
    "#\\78 ",
    "p:has(a)",
    ":root",
    "html body .c",
    "td.B",
    "ul li",
    "div > .a",
    "div>*",
    "*|p",
    ":not(p):not(li)",
    ":nth-last-child(1)",
    "li:nth-child(n + 2)",
    "p:nth-child(1 of .a,.b)",
    "body :is(p)",
    "a:not([href^=\"http\"])",
    "::before",
    ":host,.a",
    ".a:is(:hover,.b)",
    "span:not(.x,.y)",
    "p:lang(en)",
    "[data-x],.a",
    ".a.a",
    ".B",
    ":is(.a,:unknown),.b",
    "li:not(:last-child)",
    "a:any-link",
    "::-webkit-scrollbar",
    "td",
];

const MEDIA: &[&str] = &[
    "screen",
    "print",
    "(min-width:400px)",
    "(max-width: 500px)",
    "screen and (min-width: 300px) and (max-width:900px)",
    "all",
    "not all",
    "(min-width:1px) , print",
    "(width >= 400px)",
    "(400px <= width <= 700px)",
    "only screen",
    "not screen",
    "(min-width:0\\0)",
    "(color)",
    "(min-aspect-ratio:1/1)",
    "(prefers-reduced-motion:no-preference)",
    "(unknown-thing)",
    "not (min-width:400px)",
    "(hover) or (width>1px)",
    "(min-resolution:1dppx)",
    "(-webkit-min-device-pixel-ratio:1)",
    "screen and (max-width:calc(100px + 400px))",
];

const SUPPORTS: &[&str] = &[
    "(display:grid)",
    "not (display:grid)",
    "(display:foo)",
    "(color:red) and (width:1px)",
    "selector(:has(a))",
    "(--a:0)",
    "not ((display:foo) or (color:bar))",
    "((display:grid))",
    "(display:grid) or (foo:bar)",
    "selector(:nope(a))",
    "(-webkit-appearance:none)",
];

/// A sheet of a few dozen rules at most.
pub fn sheet(choices: &mut Choices<'_>) -> Vec<Piece> {
    let count = 1 + choices.below(3);
    let families: Vec<&Family> = (0..count)
        .map(|_| &families()[choices.below(families().len())])
        .collect();
    let mut sheet = Vec::new();
    if choices.chance(15) {
        sheet.push(Piece::line(choices.pick(&[
            "@charset \"utf-8\";",
            "@layer one,two;",
            "@layer two;",
            "/*! licence */",
            "@namespace svg url(http://www.w3.org/2000/svg);",
        ])));
    }
    if choices.chance(40) {
        sheet.push(Piece::block(
            ":root",
            (0..3).map(|_| custom(choices)).collect(),
        ));
    }
    let mut maker = Maker { choices, families };
    let rules = 1 + maker.choices.below(7);
    for _ in 0..rules {
        let rule = maker.rule(0);
        sheet.push(rule);
    }
    sheet
}

struct Maker<'c, 'b> {
    choices: &'c mut Choices<'b>,
    families: Vec<&'static Family>,
}

impl Maker<'_, '_> {
    fn rule(&mut self, depth: usize) -> Piece {
        if depth < 3 && self.choices.chance(25) {
            return self.at_rule(depth);
        }
        let selector = self.choices.pick(SELECTORS);
        let block = self.declarations(depth);
        Piece::block(selector, block)
    }

    fn declarations(&mut self, depth: usize) -> Vec<Piece> {
        let mut list = Vec::new();
        for _ in 0..1 + self.choices.below(5) {
            if depth < 3 && self.choices.chance(4) {
                list.push(self.nested(depth));
            } else {
                let declaration = self.declaration();
                list.push(Piece::line(declaration + ";"));
            }
        }
        list
    }

    fn nested(&mut self, depth: usize) -> Piece {
        let head = self.choices.pick(&[
            "&:hover",
            "& .b",
            ".c &",
            "&.a",
            ">p",
            "+ .b",
            "p",
            "& &",
            "&:is(.a,#x)",
            "@media screen",
            "@media (min-width:400px)",
            "@supports (display:grid)",
            "@layer one",
            "&::before",
            ":not(&)",
            "@container (min-width:1px)",
            "@starting-style",
            ".a,#x",
        ]);
        let block = self.declarations(depth + 1);
        Piece::block(head, block)
    }

    fn rules(&mut self, depth: usize) -> Vec<Piece> {
        (0..1 + self.choices.below(3))
            .map(|_| self.rule(depth + 1))
            .collect()
    }

    fn at_rule(&mut self, depth: usize) -> Piece {
        match self.choices.below(13) {
            0..4 => {
                let query = self.choices.pick(MEDIA);
                Piece::block(format!("@media {query} "), self.rules(depth))
            }
            4 | 5 => {
                let condition = self.choices.pick(SUPPORTS);
                Piece::block(format!("@supports {condition} "), self.rules(depth))
            }
            6 | 7 => {
                let name = self.choices.pick(&["one", "two", "", "one.in", "three"]);
                if name.is_empty() || self.choices.chance(75) {
                    Piece::block(format!("@layer {name} "), self.rules(depth))
                } else {
                    Piece::line(format!("@layer {name};"))
                }
            }
            8 => {
                let query = self.choices.pick(&[
                    "(min-width:10px)",
                    "a (width>1px)",
                    "style(--a:1px)",
                    "(min-width:1px) and (height>0px)",
                ]);
                Piece::block(format!("@container {query} "), self.rules(depth))
            }
            9 => {
                let head = self
                    .choices
                    .pick(&["(.a)", "(div) to (a)", "(#x) to (:scope > .c)"]);
                Piece::block(format!("@scope {head} "), self.rules(depth))
            }
            10 | 11 => {
                let name = self.choices.pick(&["k", "k", "k2", "\"k\"", "K"]);
                let rule = self
                    .choices
                    .pick(&["@keyframes", "@keyframes", "@-webkit-keyframes"]);
                let frames = (0..1 + self.choices.below(3))
                    .map(|_| {
                        let frame = self.choices.pick(&[
                            "from", "to", "0%", "100%", "50%", "0%,50%", "from,to", "33.3%",
                            "0.50e2%",
                        ]);
                        let block = (0..1 + self.choices.below(2))
                            .map(|_| Piece::line(self.declaration() + ";"))
                            .collect();
                        Piece::block(frame, block)
                    })
                    .collect();
                Piece::block(format!("{rule} {name} "), frames)
            }
            _ => {
                let initial = self.choices.pick(&["1px", "0", "2em", "10px"]);
                let syntax =
                    self.choices
                        .pick(&["'<length>'", "\"*\"", "'<color>'", "'<length> | auto'"]);
                Piece::block(
                    "@property --a ",
                    vec![Piece::line(format!(
                        "syntax:{syntax};inherits:{};initial-value:{initial}",
                        self.choices.pick(&["true", "false"])
                    ))],
                )
            }
        }
    }

    fn declaration(&mut self) -> String {
        if self.choices.chance(6)
            && let Piece::Line(text) = custom(self.choices)
        {
            return text.trim_end_matches(';').to_owned();
        }
        let family = self.families[self.choices.below(self.families.len())];
        let (name, values) = &family[self.choices.below(family.len())];
        let value = if self.choices.chance(5) {
            let letter = ['i', 'w', 'l', 'c'][self.choices.below(4)];
            atom(self.choices, letter)
        } else {
            let pattern = self.choices.pick(values);
            filled(self.choices, pattern)
        };
        let hack = self.choices.below(400);
        let name = match hack {
            1 => format!("*{name}"),
            2 => format!("_{name}"),
            3 => name.to_ascii_uppercase(),
            4 => format!("-webkit-{name}"),
            5 => format!("-moz-{name}"),
            _ => (*name).to_owned(),
        };
        let important = if self.choices.chance(8) {
            self.choices.pick(&["!important", " ! IMPORTANT"])
        } else {
            ""
        };
        let space = self.choices.pick(&["", " ", "/**/", " /* c */ "]);
        format!("{name}:{space}{value}{important}")
    }
}

fn custom(choices: &mut Choices<'_>) -> Piece {
    let name = choices.pick(&["--a", "--b", "--c", "--p", "--bg", "--A"]);
    let value = match name {
        "--a" | "--A" => choices.pick(&[
            "1px",
            "2px",
            "0",
            "calc(1px + 2px)",
            "10%",
            "",
            " ",
            "var(--b)",
            "1PX",
            "0.50em",
        ]),
        "--b" => choices.pick(&[
            "1px solid red",
            "2px dashed",
            "{a:b}",
            "[x]",
            "1px/**/2px",
            "'x'",
            "a,b , c",
            "12/**/12",
            "(1 + 2)",
            "url(data:,q)",
        ]),
        "--c" => choices.pick(&[
            "red",
            "#FF0000",
            "rgb( 1 , 2 , 3 )",
            "Red",
            "hsl(0,0%,0%)",
            "transparent",
            "#12345678",
        ]),
        "--p" => choices.pick(&["relative", "static", "initial", "isolate"]),
        _ => choices.pick(&[
            "red",
            "url(data:,x) no-repeat",
            "linear-gradient(red,blue)",
            "none",
            "! ",
        ]),
    };
    Piece::line(format!("{name}:{value};"))
}

fn filled(choices: &mut Choices<'_>, pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        match chars.peek() {
            Some(letter) if char == '%' && letter.is_ascii_lowercase() => {
                out.push_str(&atom(choices, *letter));
                chars.next();
            }
            _ => out.push(char),
        }
    }
    out
}
