//! Templates made up from bytes: half from a grammar, half raw bytes.

use crate::generate::Choices;
use crate::guard;

/// The template that these bytes make.
pub fn template(data: &[u8]) -> String {
    let mut choices = Choices::new(data);
    let way = choices.below(4);
    if way == 3 {
        return String::from_utf8_lossy(choices.rest()).into_owned();
    }
    let mut page = String::new();
    if choices.chance(30) {
        page.push_str(choices.pick(&[
            "<!doctype html>",
            "<!DOCTYPE html>\n<html lang=\"en\">\n",
            "{% extends \"base.html\" %}\n",
            "<html>",
            "<?xml version=\"1.0\"?>",
        ]));
    }
    nodes(&mut choices, 0, &mut page);
    guard::spoil(&mut page, way, &mut choices);
    page
}

fn nodes(choices: &mut Choices<'_>, depth: usize, page: &mut String) {
    for _ in 0..choices.below(if depth == 0 { 12 } else { 5 }) {
        node(choices, depth, page);
    }
}

fn node(choices: &mut Choices<'_>, depth: usize, page: &mut String) {
    match choices.below(if depth < 6 { 12 } else { 5 }) {
        0 => text(choices, page),
        1 => expression(choices, page),
        2 => page.push_str(choices.pick(&[
            "<br>",
            "<img src=x alt=\"\">",
            "<hr/>",
            "<input type=\"hidden\">",
            "<wbr>",
        ])),
        3 => page.push_str(choices.pick(&[
            "<!-- c -->",
            "<!--[if IE]> <b>x</b> <![endif]-->",
            "<!--! keep -->",
            "{# c #}",
            "{#- {# n #} -#}",
            "<!-->",
            "<!-- {{ x }} -->",
            "<![CDATA[ x ]]>",
        ])),
        4 => content(choices, page),
        5..=8 => element(choices, depth, page),
        9 | 10 => block(choices, depth, page),
        _ => {
            page.push_str("{% raw %}");
            text(choices, page);
            page.push_str("{{ y }}{% endraw %}");
        }
    }
}

fn text(choices: &mut Choices<'_>, page: &mut String) {
    page.push_str(choices.pick(&[
        " ",
        "a",
        "\n  ",
        " b c ",
        "&amp;",
        "&lt;b",
        "&nbsp;",
        "\u{a0}",
        "<",
        "{",
        "\u{4e00}\n\u{4e01}",
        "\t\t",
        "&#123;% ",
        "\r\n",
        "\u{c}",
    ]));
}

fn expression(choices: &mut Choices<'_>, page: &mut String) {
    page.push_str(choices.pick(&[
        "{{ x }}",
        "{{- x -}}",
        "{{+ x|safe ~}}",
        "{{ \"}}\" }}",
        "{{ '}' }}",
        "{{ f({ 1 }) }}",
        "{{ vec![1] }}",
        "{{ super() }}",
        "{{ caller() }}",
        "{% include \"b.html\" %}",
        "{%- let y = x -%}",
        "{{ r#\"\"}}\"# }}",
    ]));
}

fn content(choices: &mut Choices<'_>, page: &mut String) {
    let (open, close) = *[
        ("<script>", "</script>"),
        ("<script type=\"text/javascript\">", "</script>"),
        ("<script type=\"application/json\">", "</script>"),
        ("<style>", "</style>"),
        ("<textarea>", "</textarea>"),
        ("<pre>", "</pre>"),
        ("<title>", "</title>"),
        ("<svg>", "</svg>"),
        ("<noscript>", "</noscript>"),
    ]
    .get(choices.below(9))
    .unwrap_or(&("", ""));
    page.push_str(open);
    for _ in 0..choices.below(4) {
        page.push_str(choices.pick(&[
            "a { color : red }",
            "var a = \"",
            "\";",
            "{{ x }}",
            " ",
            "\n",
            "if (a) { f( 1 ) }",
            "{\"a\" : ",
            "1 }",
            "{% if x %}b{% endif %}",
            "<b> t </b>",
            "<!-- c -->",
            "&lt;",
        ]));
    }
    page.push_str(close);
}

fn element(choices: &mut Choices<'_>, depth: usize, page: &mut String) {
    let name = choices.pick(&[
        "div",
        "p",
        "span",
        "a",
        "b",
        "ul",
        "li",
        "table",
        "tr",
        "td",
        "tbody",
        "select",
        "option",
        "head",
        "body",
        "html",
        "h1",
        "button",
        "dl",
        "dt",
        "dd",
        "pre",
        "svg",
        "g",
        "x-y",
        "form",
        "template",
        "label",
        "DIV",
        "noscript",
        "ruby",
        "rt",
        "math",
        "mi",
        "foreignObject",
    ]);
    page.push('<');
    page.push_str(name);
    for _ in 0..choices.below(4) {
        attribute(choices, depth, page);
    }
    page.push_str(choices.pick(&[">", " >", ">", "/>"]));
    nodes(choices, depth + 1, page);
    if !choices.chance(15) {
        page.push_str("</");
        page.push_str(name);
        page.push('>');
    }
}

fn attribute(choices: &mut Choices<'_>, depth: usize, page: &mut String) {
    page.push_str(choices.pick(&[" ", "\n  ", " ", ""]));
    match choices.below(8) {
        0 => {
            page.push_str("{% if x %}");
            if depth < 6 {
                attribute(choices, depth + 6, page);
            }
            page.push_str(choices.pick(&[
                "{% endif %}",
                " {% endif %}",
                "{% else %} b{% endif %}",
            ]));
        }
        1 => page.push_str("{{ x }}"),
        way => {
            page.push_str(choices.pick(&[
                "class", "href", "style", "onclick", "id", "hidden", "type", "value", "data-x",
                "srcset", "disabled", "TITLE", "rel", "media",
            ]));
            if way > 2 {
                value(choices, page);
            }
        }
    }
}

fn value(choices: &mut Choices<'_>, page: &mut String) {
    let quote = choices.pick(&["\"", "'", ""]);
    page.push_str(choices.pick(&["=", "=", " = "]));
    page.push_str(quote);
    for _ in 0..choices.below(4) {
        let piece = choices.pick(&[
            "a",
            "b-c",
            "{{ x }}",
            " d ",
            "&amp;",
            "color : red ;",
            "f( 1 )",
            "{% if x %}e {% else %}f{% endif %}",
            "/",
            "=",
            "`",
            "&quot;",
        ]);
        match quote.is_empty() {
            true => page.push_str(&piece.replace([' ', '\n'], "")),
            false => page.push_str(piece),
        }
    }
    page.push_str(quote);
}

fn block(choices: &mut Choices<'_>, depth: usize, page: &mut String) {
    let mark = choices.pick(&["", "", "-", "~", "+"]);
    let (open, middle, close) = *[
        ("if x", "else", "endif"),
        ("if let Some(y) = x", "else if z", "endif"),
        ("for y in x", "else", "endfor"),
        ("match x", "when Some(y)", "endmatch"),
        ("block b", "", "endblock"),
        ("macro m(a)", "", "endmacro"),
        ("call m(x)", "", "endcall"),
        ("filter upper", "", "endfilter"),
        ("let y", "", "endlet"),
    ]
    .get(choices.below(9))
    .unwrap_or(&("", "", ""));
    page.push_str(&format!("{{%{mark} {open} %}}"));
    nodes(choices, depth + 1, page);
    if !middle.is_empty() && (choices.chance(50) || open.starts_with("match")) {
        page.push_str(&format!("{{% {middle} {mark}%}}"));
        nodes(choices, depth + 1, page);
    }
    page.push_str(&format!("{{% {close} %}}"));
}
