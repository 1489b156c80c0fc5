//! What a page or a stylesheet asks for.

/// The values of the attributes `src` and `href` of a page, in order, comments left out as a browser does.
pub fn references(html: &str) -> Vec<String> {
    let html = without_comments(html);
    let mut found = Vec::new();
    for (at, _) in html.match_indices(['s', 'h']) {
        let rest = &html[at..];
        let name = ["src=", "href="]
            .into_iter()
            .find(|name| rest.starts_with(name));
        let Some(name) = name.filter(|_| html[..at].ends_with(char::is_whitespace)) else {
            continue;
        };
        let value = &rest[name.len()..];
        let end = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].find(quote).map(|end| 1..end + 1),
            _ => value.find([' ', '>', '\n']).map(|end| 0..end),
        };
        found.extend(end.map(|range| value[range].to_owned()));
    }
    found
}

/// The values of `url()` of a stylesheet, in order, without fragments and queries; `data:` is left out.
pub fn css_urls(css: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, opening) in css.match_indices("url(") {
        let rest = &css[at + opening.len()..];
        let Some(end) = rest.find(')') else { continue };
        let value = rest[..end].trim().trim_matches(['"', '\'']);
        if !value.starts_with("data:") {
            let end = value.find(['?', '#']).unwrap_or(value.len());
            found.push(value[..end].to_owned());
        }
    }
    found
}

/// The texts of a page's elements of one name (`style`, `script`) that hold any.
pub fn element_texts<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let (opening, closing) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find(&opening) {
        let element = &rest[start..];
        let Some(text) = element.find('>').map(|end| end + 1) else {
            break;
        };
        let Some(end) = element[text..].find(&closing) else {
            break;
        };
        if end > 0 {
            found.push(&element[text..text + end]);
        }
        rest = &element[text + end..];
    }
    found
}

fn without_comments(html: &str) -> String {
    let mut kept = String::new();
    let mut rest = html;
    while let Some(start) = rest.find("<!--") {
        kept.push_str(&rest[..start]);
        rest = rest[start..]
            .find("-->")
            .map_or("", |end| &rest[start + end + 3..]);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_browser_would_ask_for() {
        let html = r#"<link href="a.css"><!--[if IE]><script src="no.js"></script><![endif]-->
            <img src=b.jpg alt=""><a data-src="no" href='c'>"#;
        assert_eq!(references(html), ["a.css", "b.jpg", "c"]);
        let css =
            r#"a{src:url(x.eot?#iefix) format("x"),url("y.woff")}b{c:url(data:image/png;base64,)}"#;
        assert_eq!(css_urls(css), ["x.eot", "y.woff"]);
        assert_eq!(
            element_texts("<script src=a></script><script>b</script>", "script"),
            ["b"]
        );
    }
}
