use std::borrow::Cow;

use swc_core::ecma::ast::{
    BinaryOp, CallExpr, Callee, Expr, ExprOrSpread, Ident, Lit, MemberProp, ObjectPat,
    ObjectPatProp, Pat, PropName, Str,
};

use super::facts::Reader;

/// What a file asks of the global object and the document, under whatever name it holds them.
impl Reader {
    pub(super) fn is_free(&self, ident: &Ident, names: &[&str]) -> bool {
        ident.ctxt == self.unresolved && names.contains(&&*ident.sym)
    }

    /// `window`, `self`, `globalThis`, `top-level this`.
    pub(super) fn is_global_object(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Ident(ident) => {
                let known = ["window", "self", "globalThis", "top", "parent", "frames"];
                self.is_free(ident, &known) || self.aliases.contains(&ident.to_id())
            }
            // `typeof window < "u" ? window : this`
            Expr::Cond(choice) => {
                self.is_global_object(&choice.cons) || self.is_global_object(&choice.alt)
            }
            Expr::Bin(either) if either.op == BinaryOp::LogicalOr => {
                self.is_global_object(&either.left) || self.is_global_object(&either.right)
            }
            Expr::This(_) => self.sloppy_top && self.depth == 0,
            Expr::Paren(paren) => self.is_global_object(&paren.expr),
            _ => false,
        }
    }

    /// `document`, `window.document`.
    pub(super) fn is_document(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Ident(ident) => {
                self.is_free(ident, &["document"]) || self.documents.contains(&ident.to_id())
            }
            Expr::Member(member) => {
                property(&member.prop).as_deref() == Some("document")
                    && self.is_global_object(&member.obj)
            }
            Expr::Paren(paren) => self.is_document(&paren.expr),
            _ => false,
        }
    }

    /// A function of the global object, by its name alone or as a property.
    pub(super) fn is_global(&self, callee: &Expr, names: &[&str]) -> bool {
        match callee {
            Expr::Ident(ident) => self.is_free(ident, names),
            Expr::Member(member) => {
                self.is_global_object(&member.obj)
                    && property(&member.prop).is_some_and(|name| names.contains(&&*name))
            }
            _ => false,
        }
    }

    /// `{ name } = window`
    pub(super) fn taken_out(&mut self, pattern: &ObjectPat) {
        for property in &pattern.props {
            match property {
                ObjectPatProp::Assign(name) => {
                    self.facts.free.insert(name.key.id.sym.to_string());
                }
                ObjectPatProp::KeyValue(pair) => match &pair.key {
                    PropName::Ident(name) => {
                        self.facts.free.insert(name.sym.to_string());
                    }
                    PropName::Str(name) => {
                        let name = name.value.to_string_lossy().into_owned();
                        self.facts.free.insert(name);
                    }
                    PropName::Computed(_) => self.asks(),
                    PropName::Num(_) | PropName::BigInt(_) => {}
                },
                ObjectPatProp::Rest(_) => self.asks(),
            }
        }
    }

    /// Takes note that `name` holds what `value` is.
    pub(super) fn alias(&mut self, name: &Ident, value: &Expr) {
        if self.is_global_object(value) {
            self.aliases.insert(name.to_id());
        } else if self.is_document(value) {
            self.documents.insert(name.to_id());
        }
    }

    /// Asks for a name that only the run tells. What stands in a function that is called later finds all files run.
    pub(super) fn asks(&mut self) {
        self.facts.asks_for_any_name |= self.later == 0;
    }

    /// Code in a text: its words are what it can ask for.
    pub(super) fn code(&mut self, text: &Expr) {
        match literal(text) {
            Some(text) => self.words(&text.value.to_string_lossy()),
            None => self.asks(),
        }
    }

    pub(super) fn words(&mut self, text: &str) {
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
        let words = words.filter(|word| !word.is_empty());
        self.facts.free.extend(words.map(str::to_owned));
    }

    /// A call that can ask for names: `eval`, `Function`, timers given a text, and what is asked of the global object
    /// by way of a function (`Object.hasOwn(window, "x")`, `window.hasOwnProperty("x")`).
    pub(super) fn call(&mut self, callee: &Expr, arguments: &[ExprOrSpread]) {
        let (name, object) = match unwrapped(callee) {
            Expr::Ident(ident) if ident.ctxt == self.unresolved => {
                (Cow::Borrowed(&*ident.sym), None)
            }
            Expr::Member(member) => match property(&member.prop) {
                Some(name) => (name, Some(&*member.obj)),
                None => return,
            },
            // `(0, eval)(text)`
            Expr::Seq(sequence) => match sequence.exprs.last().map(|last| &**last) {
                Some(Expr::Ident(ident)) => (Cow::Borrowed(&*ident.sym), None),
                _ => return,
            },
            _ => return,
        };
        let global = object.is_none_or(|object| self.is_global_object(object));
        match &*name {
            "eval" | "execScript" if global => {
                if let Some(first) = arguments.first() {
                    self.code(&first.expr);
                }
            }
            "Function" if global => {
                for argument in arguments {
                    self.code(&argument.expr);
                }
            }
            "setTimeout" | "setInterval" if global => {
                if let Some(text) = arguments.first().and_then(|first| literal(&first.expr)) {
                    self.words(&text.value.to_string_lossy());
                }
            }
            _ => {
                let of_global = object.is_some_and(|object| self.is_global_object(object));
                let about_global = arguments
                    .iter()
                    .any(|argument| self.is_global_object(&argument.expr));
                let named = arguments
                    .iter()
                    .filter_map(|argument| literal(&argument.expr));
                if of_global || about_global {
                    let names: Vec<String> = named
                        .map(|text| text.value.to_string_lossy().into_owned())
                        .collect();
                    if name == "defineProperty" {
                        self.facts.defined.extend(names.iter().cloned());
                    }
                    self.facts.free.extend(names);
                }
                let lists = [
                    "keys",
                    "values",
                    "entries",
                    "getOwnPropertyNames",
                    "ownKeys",
                ];
                if about_global && lists.contains(&&*name) {
                    self.asks();
                }
            }
        }
    }

    /// The parameters of a function that is called on the spot, with what they get.
    pub(super) fn alias_parameters(&mut self, call: &CallExpr) {
        let Callee::Expr(callee) = &call.callee else {
            return;
        };
        let (callee, skipped) = match unwrapped(callee) {
            Expr::Member(member) if property(&member.prop).as_deref() == Some("call") => {
                (unwrapped(&member.obj), 1)
            }
            other => (other, 0),
        };
        let parameters: Vec<&Pat> = match callee {
            Expr::Fn(function) => function.function.params.iter().map(|p| &p.pat).collect(),
            Expr::Arrow(arrow) => arrow.params.iter().collect(),
            _ => return,
        };
        for (parameter, argument) in parameters.into_iter().zip(call.args.iter().skip(skipped)) {
            if let Pat::Ident(name) = parameter {
                self.alias(&name.id, &argument.expr);
            }
        }
    }
}

pub(super) fn literal(expression: &Expr) -> Option<&Str> {
    match expression {
        Expr::Lit(Lit::Str(text)) => Some(text),
        Expr::Paren(paren) => literal(&paren.expr),
        _ => None,
    }
}

pub(super) fn property(property: &MemberProp) -> Option<Cow<'_, str>> {
    match property {
        MemberProp::Ident(name) => Some(Cow::Borrowed(&name.sym)),
        MemberProp::Computed(computed) => {
            literal(&computed.expr).map(|text| text.value.to_string_lossy())
        }
        MemberProp::PrivateName(_) => None,
    }
}

/// `window[0]`, a frame.
pub(super) fn is_number(property: &MemberProp) -> bool {
    matches!(property, MemberProp::Computed(computed) if matches!(&*computed.expr, Expr::Lit(Lit::Num(_))))
}

pub(super) fn unwrapped(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(paren) => unwrapped(&paren.expr),
        other => other,
    }
}

/// The function that a call calls where it stands: `(function(){…})()`, `(() => …)()`, `(function(){…}).call(this)`.
pub(super) fn called_at_once(callee: &Expr) -> bool {
    match unwrapped(callee) {
        Expr::Fn(_) | Expr::Arrow(_) => true,
        Expr::Member(member) => {
            matches!(property(&member.prop).as_deref(), Some("call" | "apply"))
                && matches!(unwrapped(&member.obj), Expr::Fn(_) | Expr::Arrow(_))
        }
        _ => false,
    }
}
