use swc_core::ecma::ast::{
    BinaryOp, Expr, Lit, ObjectLit, Prop, PropName, PropOrSpread, Tpl, TplElement,
};

use super::Goal;

/// The literal that an expression is, and what it says: a string, or a template without expressions.
pub(super) fn text_of(expression: &Expr) -> Option<(&Expr, String)> {
    match expression {
        Expr::Lit(Lit::Str(text)) => Some((expression, text.value.to_string_lossy().into_owned())),
        Expr::Tpl(Tpl { quasis, .. }) => match quasis.as_slice() {
            [
                TplElement {
                    cooked: Some(text), ..
                },
            ] => Some((expression, text.to_string_lossy().into_owned())),
            _ => None,
        },
        Expr::Paren(paren) => text_of(&paren.expr),
        _ => None,
    }
}

/// Whether an expression begins with text that leads away from the sources: another host, or a path of the server.
pub(super) fn is_elsewhere(expression: &Expr) -> bool {
    let start = match expression {
        Expr::Paren(paren) => return is_elsewhere(&paren.expr),
        Expr::Bin(sum) if sum.op == BinaryOp::Add => return is_elsewhere(&sum.left),
        Expr::Lit(Lit::Str(text)) => text.value.to_string_lossy(),
        Expr::Tpl(template) => match template
            .quasis
            .first()
            .and_then(|first| first.cooked.as_ref())
        {
            Some(text) => text.to_string_lossy(),
            None => return false,
        },
        _ => return false,
    };
    start.starts_with('/') || crate::template::compress::has_scheme(&start)
}

/// The type in `{ type: "json" }`.
pub(super) fn asserted(with: &ObjectLit) -> Option<String> {
    property(with, "type")
        .and_then(text_of)
        .map(|(_, text)| text)
}

/// The type in the second argument of an `import()`, `{ with: { type: "json" } }`.
pub(super) fn asserted_in(options: &Expr) -> Option<String> {
    let Expr::Object(options) = options else {
        return None;
    };
    match property(options, "with") {
        Some(Expr::Object(with)) => asserted(with),
        _ => None,
    }
}

/// How a worker with these options runs; `None` if only the run time knows.
pub(super) fn worker_goal(options: Option<&Expr>) -> Option<Goal> {
    match options {
        None | Some(Expr::Lit(Lit::Str(_))) => Some(Goal::Script),
        Some(Expr::Object(options)) => {
            let spread = |property: &PropOrSpread| matches!(property, PropOrSpread::Spread(_));
            match property(options, "type") {
                None if options.props.iter().any(spread) => None,
                None => Some(Goal::Script),
                Some(value) => match text_of(value)?.1.as_str() {
                    "module" => Some(Goal::Module),
                    _ => Some(Goal::Script),
                },
            }
        }
        Some(_) => None,
    }
}

fn property<'o>(object: &'o ObjectLit, name: &str) -> Option<&'o Expr> {
    object
        .props
        .iter()
        .rev()
        .find_map(|property| match property {
            PropOrSpread::Prop(property) => match &**property {
                Prop::KeyValue(pair) => {
                    let matches = match &pair.key {
                        PropName::Ident(key) => &*key.sym == name,
                        PropName::Str(key) => key.value.to_string_lossy() == name,
                        _ => false,
                    };
                    matches.then_some(&*pair.value)
                }
                _ => None,
            },
            PropOrSpread::Spread(_) => None,
        })
}
