use std::ops::Range;

use crate::fault::Fault;

/// A piece of HTML as it stands in a `compress` block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Node {
    /// Text, a comment, a doctype or an end tag without a start: nothing that a bundle takes.
    Other(Range<usize>),
    /// A comment.
    Comment(Range<usize>),
    /// A start tag, and for `script` and `style` the element to its end.
    Element(Element),
}

impl Node {
    /// What it covers.
    pub(crate) fn range(&self) -> Range<usize> {
        match self {
            Self::Other(range) | Self::Comment(range) => range.clone(),
            Self::Element(element) => element.range.clone(),
        }
    }
}

/// A start tag, and for raw-text elements what it holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Element {
    /// Lower case.
    pub(crate) name: String,
    pub(crate) attributes: Vec<Attribute>,
    /// The whole element, to the end of its end tag if it is a raw-text one.
    pub(crate) range: Range<usize>,
    /// The text of a raw-text element.
    pub(crate) text: Option<Range<usize>>,
}

/// An attribute of a start tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attribute {
    /// Lower case.
    pub(crate) name: String,
    /// The value as written, quotes excluded; `None` for a bare name.
    pub(crate) value: Option<Range<usize>>,
    /// Name and value.
    pub(crate) range: Range<usize>,
}

impl Element {
    /// The first attribute of a name: a browser ignores later ones.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }
}

/// Splits HTML into nodes that cover it.
pub(crate) fn nodes(html: &str) -> Result<Vec<Node>, Fault> {
    let mut nodes = Vec::new();
    let mut at = 0;
    while at < html.len() {
        let rest = &html[at..];
        if rest.starts_with("<!--") {
            let end = comment_end(html, at)
                .ok_or_else(|| Fault::new(at, "comment is never closed").help("add `-->`"))?;
            nodes.push(Node::Comment(at..end));
            at = end;
        } else if starts_tag(rest) {
            let mut element = start_tag(html, at)?;
            if matches!(element.name.as_str(), "script" | "style") {
                let start = element.range.end;
                let (text_end, end) =
                    raw_text_end(html, start, &element.name).ok_or_else(|| {
                        Fault::new(at, format!("`<{}>` is never closed", element.name))
                            .help(format!("add `</{}>`", element.name))
                    })?;
                element.text = Some(start..text_end);
                element.range.end = end;
            }
            at = element.range.end;
            nodes.push(Node::Element(element));
        } else {
            let skip = rest.chars().next().map_or(1, char::len_utf8);
            let end = rest[skip..]
                .find('<')
                .map_or(html.len(), |next| at + skip + next);
            nodes.push(Node::Other(at..end));
            at = end;
        }
    }
    Ok(nodes)
}

/// The end of a comment that starts at `at` (HTML §13.2.5.43: `<!-->` and `<!--->` are whole comments).
pub(crate) fn comment_end(html: &str, at: usize) -> Option<usize> {
    let body = &html[at + 4..];
    for short in [">", "->"] {
        if body.starts_with(short) {
            return Some(at + 4 + short.len());
        }
    }
    let end = [("-->", 3), ("--!>", 4)]
        .into_iter()
        .filter_map(|(close, length)| Some((body.find(close)?, length)))
        .min()?;
    Some(at + 4 + end.0 + end.1)
}

fn starts_tag(rest: &str) -> bool {
    let mut bytes = rest.bytes();
    bytes.next() == Some(b'<') && bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
}

/// Where the text of a raw-text element ends, and where its end tag ends.
pub(crate) fn raw_text_end(html: &str, start: usize, name: &str) -> Option<(usize, usize)> {
    if name == "script" && html[start..].contains("<!--") {
        return script_end(html, start);
    }
    let bytes = html.as_bytes();
    let mut at = start;
    while let Some(found) = html[at..].find("</") {
        let open = at + found;
        let after = open + 2 + name.len();
        let named = bytes
            .get(open + 2..after)
            .is_some_and(|text| text.eq_ignore_ascii_case(name.as_bytes()));
        let ends = bytes
            .get(after)
            .is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
        if named && ends {
            let close = html[after..].find('>')?;
            return Some((open, after + close + 1));
        }
        at = open + 2;
    }
    None
}

/// The same for a script that holds a `<!--`: a `<script` behind it hides the next end tag (HTML §13.2.5.17 to
/// §13.2.5.31).
fn script_end(html: &str, start: usize) -> Option<(usize, usize)> {
    let bytes = html.as_bytes();
    let named = |at: usize| {
        let name = bytes.get(at..at + 6)?;
        let after = bytes.get(at + 6)?;
        let ends = after.is_ascii_whitespace() || matches!(after, b'>' | b'/');
        (ends && name.eq_ignore_ascii_case(b"script")).then_some(at + 6)
    };
    let (mut comment, mut hidden) = (false, false);
    let mut at = start;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"-->") {
            (comment, hidden) = (false, false);
        } else if rest.starts_with(b"<!--") && !comment {
            comment = true;
            // `<!-->` begins and ends one.
            at += 2;
            continue;
        } else if rest.starts_with(b"</") {
            match named(at + 2) {
                Some(_) if hidden => hidden = false,
                Some(after) => {
                    let close = html[after..].find('>')?;
                    return Some((at, after + close + 1));
                }
                None => {}
            }
        } else if comment && rest.starts_with(b"<") && named(at + 1).is_some() {
            hidden = true;
        }
        at += 1;
    }
    None
}

/// Parses a start tag as a browser's tokenizer does (HTML §13.2.5.32 to §13.2.5.40).
pub(super) fn start_tag(html: &str, at: usize) -> Result<Element, Fault> {
    let bytes = html.as_bytes();
    let space = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_whitespace);
    let unclosed = || Fault::new(at, "tag is never closed").help("add `>`");
    let mut end = at + 1;
    while bytes
        .get(end)
        .is_some_and(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>'))
    {
        end += 1;
    }
    let name = html[at + 1..end].to_ascii_lowercase();
    let mut attributes = Vec::new();
    loop {
        while space(end) || bytes.get(end) == Some(&b'/') {
            end += 1;
        }
        match bytes.get(end) {
            None => return Err(unclosed()),
            Some(b'>') => break,
            Some(_) => {}
        }
        let start = end;
        end += 1;
        while bytes
            .get(end)
            .is_some_and(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>' | b'='))
        {
            end += 1;
        }
        let attribute = html[start..end].to_ascii_lowercase();
        let mut value_start = end;
        while space(value_start) {
            value_start += 1;
        }
        let mut value = None;
        if bytes.get(value_start) == Some(&b'=') {
            value_start += 1;
            while space(value_start) {
                value_start += 1;
            }
            match bytes.get(value_start) {
                Some(quote @ (b'"' | b'\'')) => {
                    let from = value_start + 1;
                    let length = html[from..].find(char::from(*quote)).ok_or_else(|| {
                        Fault::new(value_start, "attribute value is never closed")
                            .help(format!("add `{}`", char::from(*quote)))
                    })?;
                    value = Some(from..from + length);
                    end = from + length + 1;
                }
                _ => {
                    end = value_start;
                    while bytes
                        .get(end)
                        .is_some_and(|byte| !byte.is_ascii_whitespace() && *byte != b'>')
                    {
                        end += 1;
                    }
                    value = Some(value_start..end);
                }
            }
        }
        attributes.push(Attribute {
            name: attribute,
            value,
            range: start..end,
        });
    }
    Ok(Element {
        name,
        attributes,
        range: at..end + 1,
        text: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_cover_the_text_and_attributes_are_those_a_browser_sees() {
        let html = "a <!-- <b> --><link REL=x href = 'a b' disabled data-x=\"\"/>\n<script src=a.js>if(a</b/)</SCRIPT >z";
        let nodes = nodes(html).unwrap();
        let ranges: Vec<_> = nodes.iter().map(Node::range).collect();
        assert_eq!(ranges.first().unwrap().start, 0);
        assert_eq!(ranges.last().unwrap().end, html.len());
        assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
        let Node::Element(link) = &nodes[2] else {
            panic!("{nodes:?}")
        };
        let shown: Vec<_> = link
            .attributes
            .iter()
            .map(|attribute| {
                (
                    attribute.name.as_str(),
                    attribute.value.clone().map(|value| &html[value]),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("rel", Some("x")),
                ("href", Some("a b")),
                ("disabled", None),
                ("data-x", Some(""))
            ]
        );
        let Node::Element(script) = &nodes[4] else {
            panic!("{nodes:?}")
        };
        assert_eq!(&html[script.text.clone().unwrap()], "if(a</b/)");
    }

    #[test]
    fn a_script_ends_where_a_browser_ends_it() {
        for (html, text) in [
            ("<!-- </script> -->", "<!-- "),
            (
                "<!-- <script> </script> --></script>x",
                "<!-- <script> </script> -->",
            ),
            ("<!--><script></script>x</script>", "<!--><script>"),
            ("<!-- <scripts> </script>", "<!-- <scripts> "),
            ("<script></script>", "<script>"),
        ] {
            let (end, _) = raw_text_end(html, 0, "script").unwrap();
            assert_eq!(&html[..end], text);
        }
    }

    #[test]
    fn what_is_never_closed_is_told() {
        for (html, message) in [
            ("<link href='a", "attribute value is never closed"),
            ("<link href=a", "tag is never closed"),
            ("x<style>a{}", "`<style>` is never closed"),
            ("<!-- a", "comment is never closed"),
        ] {
            assert_eq!(nodes(html).unwrap_err().message, message);
        }
    }
}
