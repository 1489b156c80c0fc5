use super::{KEYS, Maker, Scope};

impl Maker<'_, '_> {
    pub(super) fn assignment(&mut self, scope: &Scope) -> String {
        if self.choices.chance(12) {
            let (value, name) = (self.expression(scope), self.name(scope));
            return format!("({{p:{name}={value}}}={})", self.object(scope));
        }
        self.simple_assignment(scope)
    }

    /// One that may stand in an expression: old versions of V8 refuse some valid patterns between the arguments of a call.
    pub(super) fn simple_assignment(&mut self, scope: &Scope) -> String {
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

    pub(super) fn object(&mut self, scope: &Scope) -> String {
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

    pub(super) fn expression(&mut self, scope: &Scope) -> String {
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

    pub(super) fn atom(&mut self, scope: &Scope) -> String {
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
