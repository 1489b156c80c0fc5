use super::{Maker, Piece, Scope};

impl Maker<'_, '_> {
    /// A statement at the top, caught where it may throw.
    pub(super) fn top(&mut self, scope: &Scope) -> Piece {
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

    pub(super) fn statements(&mut self, scope: &Scope) -> Vec<Piece> {
        let count = 1 + self.choices.below(4);
        let mut statements: Vec<Piece> = (0..count)
            .map(|_| self.statement(&scope.deeper()))
            .collect();
        // When a block's function is seen outside of it is no meaning that minifiers keep.
        statements.sort_by_key(|statement| !statement.is_function());
        statements
    }

    pub(super) fn declaration(&mut self, scope: &Scope) -> Piece {
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

    pub(super) fn pattern(&mut self, scope: &Scope) -> String {
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

    pub(super) fn function(&mut self, head: &str, scope: &Scope, generator: bool) -> Piece {
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

    pub(super) fn class(&mut self, name: &str, scope: &Scope) -> Piece {
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

    pub(super) fn method(&mut self, head: &str, scope: &Scope) -> Piece {
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

    pub(super) fn statement(&mut self, scope: &Scope) -> Piece {
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

    pub(super) fn looped(&mut self, scope: &Scope) -> Piece {
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

    pub(super) fn switch(&mut self, scope: &Scope) -> Piece {
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

    pub(super) fn attempt(&mut self, scope: &Scope) -> Piece {
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
    pub(super) fn called(&mut self, scope: &Scope) -> Piece {
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
}
