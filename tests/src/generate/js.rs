//! Classic scripts that end, do much with few names, and say in `log` what they see.

use super::{Choices, Piece};

/// Names that files share.
pub const GLOBALS: [&str; 6] = ["g0", "g1", "g2", "g3", "g4", "g5"];

/// Names inside functions and blocks; some hide a global one.
const LOCALS: [&str; 6] = ["a", "b", "c", "d", "g0", "arguments"];

const KEYS: [&str; 6] = ["p", "q", "length", "0", "toString", "constructor"];

/// The files of one page, in order.
pub fn files(choices: &mut Choices<'_>) -> Vec<Vec<Piece>> {
    let count = 1 + choices.below(3);
    (0..count).map(|_| file(choices)).collect()
}

fn file(choices: &mut Choices<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut scope = Scope::default();
    match choices.below(40) {
        1..=6 => {
            pieces.push(Piece::line("\"use strict\";"));
            scope.strict = true;
        }
        7 => pieces.push(Piece::line("/*! licence */")),
        8 => pieces.push(Piece::line("'use asm';")),
        9 => pieces.push(Piece::line("'no directive';")),
        _ => {}
    }
    let mut maker = Maker {
        choices,
        budget: 60,
    };
    for _ in 0..1 + maker.choices.below(8) {
        let piece = maker.top(&scope);
        pieces.push(piece);
    }
    pieces
}

/// What may stand at a place.
#[derive(Clone, Default)]
struct Scope {
    strict: bool,
    function: bool,
    generator: bool,
    looped: bool,
    labelled: bool,
    method: bool,
    depth: usize,
}

impl Scope {
    fn deeper(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    fn in_function(&self) -> Self {
        Self {
            strict: self.strict,
            function: true,
            depth: self.depth + 1,
            ..Self::default()
        }
    }
}

struct Maker<'c, 'b> {
    choices: &'c mut Choices<'b>,
    /// How many statements may still be made.
    budget: usize,
}

impl Maker<'_, '_> {
    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        self.choices.pick(from)
    }

    fn global(&mut self) -> &'static str {
        self.pick(&GLOBALS)
    }

    /// A name that may be read.
    fn name(&mut self, scope: &Scope) -> &'static str {
        if scope.function && self.choices.chance(65) {
            let name = self.pick(&LOCALS);
            if name == "arguments" {
                "arguments[0]"
            } else {
                name
            }
        } else {
            self.global()
        }
    }

    /// A name that may be declared.
    fn fresh(&mut self, scope: &Scope) -> &'static str {
        if scope.function {
            self.pick(&LOCALS[..5])
        } else {
            self.global()
        }
    }

    /// A statement at the top, caught where it may throw.
    fn top(&mut self, scope: &Scope) -> Piece {
        if self.choices.chance(35) {
            return self.declaration(scope);
        }
        let statement = self.statement(scope);
        if self.choices.chance(90) {
            Piece::Block(
                "try{".to_owned(),
                vec![statement],
                "}catch(e){log('E',e)}".to_owned(),
            )
        } else {
            statement
        }
    }

    fn statements(&mut self, scope: &Scope) -> Vec<Piece> {
        let count = 1 + self.choices.below(4);
        let mut statements: Vec<Piece> = (0..count)
            .map(|_| self.statement(&scope.deeper()))
            .collect();
        // When a block's function is seen outside of it is no meaning that minifiers keep.
        statements.sort_by_key(|statement| !statement.is_function());
        statements
    }

    fn declaration(&mut self, scope: &Scope) -> Piece {
        let name = self.fresh(scope);
        match self.choices.below(12) {
            0..=3 => Piece::line(format!("var {name}={};", self.expression(scope))),
            4 => Piece::line(format!("var {name};")),
            5 => Piece::line(format!("let {name}={};", self.expression(scope))),
            6 => Piece::line(format!("const {name}={};", self.expression(scope))),
            7 => Piece::line(format!(
                "var {}={};",
                self.pattern(scope),
                self.expression(scope)
            )),
            8 if self.budget > 0 => self.class(name, scope),
            _ => self.function(&format!("function {name}"), scope, false),
        }
    }

    fn pattern(&mut self, scope: &Scope) -> String {
        let (a, b) = (self.fresh(scope), self.fresh(scope));
        let default = self.expression(&scope.deeper());
        match self.choices.below(6) {
            0 => format!("[{a},{b}={default}]"),
            1 => format!("{{p:{a}={default},...{b}}}"),
            2 => format!("[{a},...{b}]"),
            3 => format!("{{[{default}]:{a},q:[{b}]=[]}}"),
            4 => format!("{{{a}={default}}}"),
            _ => format!("[,{a}]"),
        }
    }

    fn function(&mut self, head: &str, scope: &Scope, generator: bool) -> Piece {
        let parameters = match self.choices.below(7) {
            0 => String::new(),
            1 => "a".to_owned(),
            2 => "a,b".to_owned(),
            3 => format!("a,b={}", self.expression(&scope.deeper())),
            4 => "...a".to_owned(),
            5 => "{p:a,q:b=1}={}".to_owned(),
            _ => "[a,b]=[1]".to_owned(),
        };
        let mut inside = Scope {
            generator,
            ..scope.in_function()
        };
        let mut body = Vec::new();
        if matches!(&*parameters, "" | "a" | "a,b") && self.choices.chance(8) {
            body.push(Piece::line("'use strict';"));
            inside.strict = true;
        }
        if self.budget > 0 {
            body.extend(self.statements(&inside));
        }
        if self.choices.chance(60) {
            body.push(Piece::line(format!("return {};", self.expression(&inside))));
        }
        let star = if generator { "*" } else { "" };
        Piece::block(
            format!(
                "{}({parameters})",
                head.replacen("function", &format!("function{star}"), 1)
            ),
            body,
        )
    }

    fn class(&mut self, name: &str, scope: &Scope) -> Piece {
        let inside = Scope {
            strict: true,
            method: true,
            ..scope.in_function()
        };
        let extends = match self.choices.below(5) {
            0 => " extends Array".to_owned(),
            // That nothing else is a base is no meaning that minifiers keep.
            1 => format!(
                " extends [{},class{{m(){{}}}}][1]",
                self.expression(&scope.deeper())
            ),
            2 => " extends class{constructor(){log('base')}m(){return 1}}".to_owned(),
            _ => String::new(),
        };
        let mut members = Vec::new();
        for _ in 0..1 + self.choices.below(4) {
            let value = self.expression(&Scope {
                function: false,
                ..inside.clone()
            });
            let key = self.pick(&[
                "m",
                "p",
                "#x",
                "[log('k'),'q']",
                "'s t'",
                "0",
                "constructor",
            ]);
            members.push(match (key, self.choices.below(8)) {
                ("constructor", _) if extends.is_empty() => self.method("constructor(a)", &inside),
                ("constructor", _) => Piece::line("m2(){return super.m&&super.m()}"),
                ("#x", _) => Piece::line(format!(
                    "#x={value};x(){{return this.#x}}static h(o){{return #x in o}}"
                )),
                (_, 0) => Piece::line(format!("{key}={value};")),
                (_, 1) => Piece::line(format!("static {key}={value};")),
                (_, 2) => self.method(&format!("get {key}()"), &inside),
                (_, 3) => self.method(&format!("static {key}(a,b)"), &inside),
                (_, 4) => Piece::block(
                    "static",
                    self.statements(&Scope {
                        function: false,
                        ..inside.clone()
                    }),
                ),
                (_, 5) => self.method(
                    &format!("*{key}(a)"),
                    &Scope {
                        generator: true,
                        ..inside.clone()
                    },
                ),
                _ => self.method(&format!("{key}(a,b)"), &inside),
            });
        }
        // A private name may stand once.
        let mut private = false;
        members.retain(|member| !matches!(member, Piece::Line(text) if text.starts_with('#') && std::mem::replace(&mut private, true)));
        let mut constructor = false;
        members.retain(|member| {
            !matches!(member, Piece::Block(open, ..) if open.starts_with("constructor") && std::mem::replace(&mut constructor, true))
        });
        Piece::block(format!("class {name}{extends}"), members)
    }

    fn method(&mut self, head: &str, scope: &Scope) -> Piece {
        let mut body = if self.budget > 0 {
            self.statements(scope)
        } else {
            Vec::new()
        };
        body.push(Piece::line(format!(
            "return {};",
            if head.starts_with("constructor") {
                "this".to_owned()
            } else {
                self.expression(scope)
            }
        )));
        Piece::block(head, body)
    }

    fn statement(&mut self, scope: &Scope) -> Piece {
        if self.budget == 0 || scope.depth > 5 {
            return Piece::line(format!("log({});", self.expression(&scope.deeper())));
        }
        self.budget -= 1;
        match self.choices.below(34) {
            0..=4 => Piece::line(format!(
                "log({},{});",
                self.expression(scope),
                self.expression(scope)
            )),
            5..=8 => Piece::line(format!("{};", self.assignment(scope))),
            9 | 10 => {
                let (test, then) = (self.expression(scope), self.statements(scope));
                Piece::block(format!("if({test})"), then)
            }
            11 | 12 => {
                let (test, then, other) = (
                    self.expression(scope),
                    self.statements(scope),
                    self.statements(scope),
                );
                Piece::Block(
                    format!("if({test}){{"),
                    [then, vec![Piece::line("}else{")], other].concat(),
                    "}".to_owned(),
                )
            }
            13 | 14 => self.looped(scope),
            15 => self.switch(scope),
            16 | 17 => self.attempt(scope),
            18 => Piece::block("", self.statements(scope)),
            19..=21 => self.declaration(scope),
            22 => {
                let inside = Scope {
                    labelled: true,
                    ..scope.clone()
                };
                Piece::block("out:", self.statements(&inside))
            }
            23 if scope.labelled => {
                Piece::line(format!("if({})break out;", self.expression(scope)))
            }
            24 if scope.looped => Piece::line(format!(
                "if({}){};",
                self.expression(scope),
                self.pick(&["break", "continue"])
            )),
            25 if scope.function => Piece::line(format!(
                "if({})return {};",
                self.expression(scope),
                self.expression(scope)
            )),
            26 => Piece::line(format!(
                "if({})throw {};",
                self.expression(scope),
                self.expression(scope)
            )),
            27 if scope.generator => Piece::line(
                format!(
                    "{}yield {};",
                    self.pick(&["", "log(1),a=", "var c="]),
                    self.expression(scope)
                )
                .replace("log(1),a=yield", "a=yield"),
            ),
            28 => self.called(scope),
            29 => {
                let body = self.function("function ", scope, true);
                Piece::Block("log([...(".to_owned(), vec![body], ")(1,2)]);".to_owned())
            }
            30 if !scope.strict => {
                let object = self.object(scope);
                Piece::block(
                    format!("with({object})"),
                    self.statements(&Scope {
                        labelled: false,
                        looped: false,
                        ..scope.clone()
                    }),
                )
            }
            31 => {
                let code = self.pick(&[
                    "g0",
                    "typeof a",
                    "var g1=1;g1",
                    "b=2",
                    "var c=3",
                    "this",
                    "function d(){return 4};d()",
                    "a,b",
                    "1;",
                ]);
                let call = self.pick(&["eval", "(0,eval)"]);
                Piece::line(format!("log({call}({code:?}));"))
            }
            32 => Piece::line(format!("delete {}.p;", self.name(scope))),
            _ => Piece::line(
                format!("{};", self.expression(scope))
                    .trim_start_matches(['{', ' '])
                    .to_owned(),
            )
            .guarded(),
        }
    }

    fn looped(&mut self, scope: &Scope) -> Piece {
        let inside = Scope {
            looped: true,
            ..scope.clone()
        };
        let count = 1 + self.choices.below(4);
        let keyword = if self.choices.chance(50) {
            "let"
        } else {
            "var"
        };
        let at = format!("i{}", scope.depth);
        let body = self.statements(&inside);
        let head = match self.choices.below(7) {
            0 => format!("for(var {at}=0;{at}<{count};{at}++)"),
            1 => format!("for(let {at}=0,{at}f=[];{at}<{count};{at}f.push(()=>{at}),++{at})"),
            2 => format!("for({keyword} k in {})", self.object(scope)),
            3 => format!("for({keyword} k of [1,{},'x'])", self.expression(scope)),
            4 => format!(
                "for({keyword} [k,a] of [[1,2],{}])",
                self.pick(&["'xy'", "[3]", "[[4],5]"])
            ),
            5 => {
                let name = format!("w{}", scope.depth);
                return Piece::Block(
                    format!("var {name}={count};do{{"),
                    body,
                    format!("}}while({name}-->0);"),
                );
            }
            _ => {
                let name = format!("w{}", scope.depth);
                return Piece::Block(
                    format!("var {name}=0;while({name}++<{count}){{"),
                    body,
                    "}".to_owned(),
                );
            }
        };
        Piece::block(head, body)
    }

    fn switch(&mut self, scope: &Scope) -> Piece {
        let value = self.expression(scope);
        let inside = Scope {
            looped: false,
            ..scope.deeper()
        };
        let mut cases = Vec::new();
        let default = self.choices.below(4);
        for index in 0..1 + self.choices.below(4) {
            let label = if index == default {
                "default:".to_owned()
            } else {
                format!("case {}:", self.expression(&inside))
            };
            cases.push(Piece::line(label));
            if self.choices.chance(75) {
                cases.push(self.statement(&inside).lexical_to_var());
            }
            if self.choices.chance(60) {
                cases.push(Piece::line("break;"));
            }
        }
        Piece::block(format!("switch({value})"), cases)
    }

    fn attempt(&mut self, scope: &Scope) -> Piece {
        let (body, caught) = (self.statements(scope), self.statements(scope));
        let catch = self.pick(&["catch(e){log('E',e);", "catch(a){log('E',a);"]);
        match self.choices.below(4) {
            0 => {
                let last = self.statements(scope);
                Piece::Block(
                    "try{".to_owned(),
                    [body, vec![Piece::line("}finally{")], last].concat(),
                    "}".to_owned(),
                )
            }
            1 => {
                let last = self.statements(scope);
                Piece::Block(
                    "try{".to_owned(),
                    [
                        body,
                        vec![Piece::line(format!("}}{catch}"))],
                        caught,
                        vec![Piece::line("}finally{")],
                        last,
                    ]
                    .concat(),
                    "}".to_owned(),
                )
            }
            _ => Piece::Block(
                "try{".to_owned(),
                [body, vec![Piece::line(format!("}}{catch}"))], caught].concat(),
                "}".to_owned(),
            ),
        }
    }

    /// A function called where it stands.
    fn called(&mut self, scope: &Scope) -> Piece {
        let arguments = format!("{},{}", self.expression(scope), self.expression(scope));
        let inside = scope.in_function();
        match self.choices.below(3) {
            0 => {
                let mut body = self.statements(&Scope {
                    strict: scope.strict,
                    ..inside
                });
                body.push(Piece::line(format!(
                    "return {};",
                    self.expression(&scope.in_function())
                )));
                Piece::Block(
                    "log(((a,b)=>{".to_owned(),
                    body.into_iter().map(Piece::without_arguments).collect(),
                    format!("}})({arguments}));"),
                )
            }
            1 => {
                let body = self.function("function ", scope, false);
                Piece::Block(
                    "log((".to_owned(),
                    vec![body],
                    format!(").call({arguments}));"),
                )
            }
            _ => {
                let body = self.function("function ", scope, false);
                Piece::Block("!".to_owned(), vec![body], format!("({arguments});"))
            }
        }
    }

    fn assignment(&mut self, scope: &Scope) -> String {
        if self.choices.chance(12) {
            let (value, name) = (self.expression(scope), self.name(scope));
            return format!("({{p:{name}={value}}}={})", self.object(scope));
        }
        self.simple_assignment(scope)
    }

    /// One that may stand in an expression: old versions of V8 refuse some valid patterns between the arguments of a call.
    fn simple_assignment(&mut self, scope: &Scope) -> String {
        let value = self.expression(scope);
        let name = self.name(scope);
        let key = self.pick(&KEYS);
        match self.choices.below(8) {
            0..=2 => format!("{name}={value}"),
            3 => {
                let operator = self.pick(&[
                    "+=", "-=", "*=", "||=", "&&=", "??=", "|=", ">>>=", "**=", "<<=",
                ]);
                format!("{name}{operator}{value}")
            }
            4 => format!("{name}[{key:?}]={value}"),
            5 => format!("{name}{}", self.pick(&["++", "--"])),
            6 => {
                let other = self.name(scope);
                format!("[{name},{other}]=[{value},{name}]")
            }
            _ => format!("globalThis.{}={value}", self.global()),
        }
    }

    fn object(&mut self, scope: &Scope) -> String {
        let value = self.expression(&scope.deeper());
        let name = self.name(scope);
        match self.choices.below(7) {
            0 => "{}".to_owned(),
            1 => format!("{{p:{value},q:1}}"),
            2 => format!("{{get p(){{log('get');return {name}}},set p(v){{log('set',v)}}}}"),
            3 => format!("{{[{value}]:1,...{name}}}"),
            4 => format!("{{valueOf(){{log('value');return 7}},a:{value}}}"),
            5 => format!("{{toString(){{log('text');return 'q'}},p:{value},p:2}}"),
            _ => format!("{{__proto__:{{p:{value}}},'q':2,3:4}}"),
        }
    }

    fn expression(&mut self, scope: &Scope) -> String {
        if scope.depth > 5 {
            return self.atom(scope);
        }
        let inside = scope.deeper();
        macro_rules! e {
            () => {
                self.expression(&inside)
            };
        }
        match self.choices.below(36) {
            0..=6 => self.atom(scope),
            7..=11 => self.name(scope).to_owned(),
            12..=14 => {
                let operator =
                    self.pick(&["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>"]);
                format!("({}{operator} {})", e!(), e!())
            }
            15 | 16 => {
                let operator = self.pick(&["==", "===", "!=", "!==", "<", ">", "<=", ">="]);
                format!("({}{operator}{})", e!(), e!())
            }
            17 | 18 => {
                let operator = self.pick(&["&&", "||", "??"]);
                format!("({}{operator}{})", e!(), e!())
            }
            19 | 20 => format!("({}?{}:{})", e!(), e!(), e!()),
            21 => {
                let operator = self.pick(&["!", "-", "+", "~", "typeof ", "void ", "!!"]);
                format!("({operator}{})", e!())
            }
            22 => format!("({})", self.simple_assignment(&inside)),
            23 => format!("({})", self.object(&inside)),
            24 => format!("[{},{}]", e!(), e!()),
            25 => format!("({},{})", e!(), e!()),
            26 => {
                let (name, key) = (
                    self.name(scope),
                    self.pick(&["p", "q", "p.q", "length", "p()", "q?.(1)", "toString()"]),
                );
                let dot = self.pick(&[".", "?."]);
                format!("{name}{dot}{key}")
            }
            27 => {
                let name = self.name(scope);
                format!("{name}({},{})", e!(), e!())
            }
            28 => {
                let name = self.name(scope);
                format!(
                    "new {}({})",
                    if name.contains('[') { "Object" } else { name },
                    e!()
                )
            }
            29 => format!(
                "((a,b)=>{})({})",
                wrapped(&self.expression(&Scope {
                    function: true,
                    ..inside.clone()
                })),
                e!()
            ),
            30 => format!(
                "(function(a){{return {}}})({})",
                self.expression(&inside.in_function()),
                e!()
            ),
            31 => format!("`x${{{}}}y${{{}}}`", e!(), e!()),
            32 => {
                let (a, b) = (e!(), e!());
                let call = self.pick(&[
                    "[1,2,3].map",
                    "'abc'.replace(/b/g,x=>x+1).concat",
                    "[3,1].sort().concat",
                    "Math.max",
                    "String",
                    "Number",
                    "parseInt",
                    "[].concat",
                    "'a-b'.split",
                    "JSON.stringify",
                    "isNaN",
                    "Object.keys",
                ]);
                format!(
                    "{call}({})",
                    if call.ends_with("map") {
                        format!("x=>[x,{a}]")
                    } else {
                        format!("{a},{b}")
                    }
                )
            }
            33 => format!("({} in {})", e!(), self.object(&inside)),
            34 => format!(
                "((s,...v)=>s.raw.join('|')+v)`{}${{{}}}`",
                self.pick(&["\\n", "a", "</script>", "\\u{41}"]),
                e!()
            ),
            _ => {
                let name = self.name(scope);
                format!("typeof {name}")
            }
        }
    }

    fn atom(&mut self, scope: &Scope) -> String {
        let literal = [
            "1",
            "0",
            "-1",
            "''",
            "'x'",
            "\"5\"",
            "null",
            "undefined",
            "true",
            "false",
            "NaN",
            "Infinity",
            "-0",
            "0.1",
            "1e21",
            "0x10",
            "2**31",
            "String(10n)",
            "/a/g",
            "/[/]x/.test('x')",
            "[]",
            "({})",
            "'\\u2028'",
            "'</script>'",
            "'<!--'",
            "\"it's\"",
            "'\\ud800'",
            "'\u{1f600}'.length",
            "0.1+0.2",
            "9007199254740993",
            "'\\0'+1",
            "1/0",
            "'a\\nb'",
            "`t`",
            "[,1]",
            "[1,,2].length",
            "(()=>{})",
            "function(){}.x",
            "this===undefined",
            "new Date(0).getTime()",
            "'ß'.toUpperCase()",
            "(25).toString(36)",
            "1..toFixed(2)",
            "'abc'[1]",
            "'abc'.charCodeAt(1)",
            "[1,2].join()",
            "Math.PI.toFixed(3)",
            "'b'+'a'+'c'",
            "\"\\x41\"",
            "1_000",
            "!0",
            "void 0",
            "+'3'",
            "[]+{}",
            "typeof null",
            "5%3",
            "-5%3",
            "7>>>1",
            "-7>>>1",
            "'5'*'2'",
            "null+1",
            "[]==false",
            "'a'<'b'",
            "~~3.7",
            "1<2<3",
            "3>2>1",
            "parseInt('08')",
            "'x'.repeat(3)",
            "[...",
        ];
        let text = self.pick(&literal);
        match text {
            "[..." => "[...'ab']".to_owned(),
            "function(){}.x" => "(function(){}).x".to_owned(),
            "this===undefined" if scope.method => "1".to_owned(),
            _ if text.contains(|c: char| "+-*/%<>=~!".contains(c))
                && !text.starts_with(['\'', '/']) =>
            {
                format!("({text})")
            }
            _ => text.to_owned(),
        }
    }
}

fn wrapped(expression: &str) -> String {
    format!("({})", expression.replace("arguments[0]", "a"))
}

impl Piece {
    /// An expression as a statement must not look like another.
    fn guarded(self) -> Self {
        match self {
            Self::Line(text)
                if text.starts_with("function")
                    || text.starts_with("class")
                    || text.starts_with("let") =>
            {
                Self::Line(format!("0,{text}"))
            }
            other => other,
        }
    }

    fn is_function(&self) -> bool {
        matches!(self, Self::Block(open, ..) if open.starts_with("function"))
    }

    /// A case has no block of its own: two `let` of one name would not parse.
    fn lexical_to_var(self) -> Self {
        match &self {
            Self::Line(text) if ["let ", "const "].iter().any(|word| text.starts_with(word)) => {
                Self::block("", vec![self])
            }
            Self::Block(open, ..)
                if ["class", "function"]
                    .iter()
                    .any(|word| open.starts_with(word)) =>
            {
                Self::block("", vec![self])
            }
            _ => self,
        }
    }

    fn without_arguments(self) -> Self {
        match self {
            Self::Line(text) => Self::Line(text.replace("arguments[0]", "a")),
            Self::Block(open, inner, close) => Self::Block(
                open.replace("arguments[0]", "a"),
                inner.into_iter().map(Self::without_arguments).collect(),
                close,
            ),
        }
    }
}
