//! Kinds of faults.

use std::ops::Range;

use super::sites::Page;

const INLINE: &[&str] = &["a", "b", "i", "em", "span", "strong", "code"];

/// Every kind of fault with all the templates that it makes of a page.
pub(super) fn faults(page: &Page<'_>) -> Vec<(&'static str, Vec<String>)> {
    let s = page.source;
    let cut = |ranges: Vec<Range<usize>>| {
        ranges
            .into_iter()
            .map(|range| page.with(range, ""))
            .collect::<Vec<_>>()
    };
    let put = |places: Vec<usize>, text: &str| {
        places
            .into_iter()
            .map(|at| page.with(at..at, text))
            .collect::<Vec<_>>()
    };
    let values = page.values();
    let words = page.characters(|c| c.is_ascii_alphabetic());
    let with_tag = |range: &Range<usize>| s[range.clone()].contains("{{");
    let void = |tag: &Range<usize>| {
        ["<br", "<img", "<input", "<hr"]
            .iter()
            .any(|name| s[tag.clone()].starts_with(name))
    };
    let adjacent = |a: &[Range<usize>]| -> Vec<(Range<usize>, Range<usize>)> {
        a.windows(2)
            .filter(|pair| pair[0].end == pair[1].start && s[pair[0].clone()] != s[pair[1].clone()])
            .map(|pair| (pair[0].clone(), pair[1].clone()))
            .collect()
    };
    let mut around_tags: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for tag in &page.tags {
        around_tags.extend(
            page.markup
                .iter()
                .filter(|html| html.end == tag.start)
                .map(|html| (html.clone(), tag.clone())),
        );
        around_tags.extend(
            page.markup
                .iter()
                .filter(|html| html.start == tag.end)
                .map(|html| (tag.clone(), html.clone())),
        );
    }
    let ends: Vec<Range<usize>> = page.end_tags().cloned().collect();
    let attributes = page.attributes();
    let stretches: Vec<Range<usize>> = page
        .text
        .iter()
        .filter(|range| !s[(*range).clone()].trim().is_empty())
        .cloned()
        .collect();
    let marks = |mark: &str, with: &str| -> Vec<String> {
        page.tags
            .iter()
            .filter_map(|tag| {
                let text = &s[tag.clone()];
                text.contains(mark)
                    .then(|| page.with(tag.clone(), &text.replacen(mark, with, 1)))
            })
            .collect()
    };
    let inline_ends: Vec<usize> = ends
        .iter()
        .filter(|tag| INLINE.contains(&&s[tag.start + 2..tag.end - 1]))
        .filter(|tag| {
            s[tag.end..].starts_with(|c: char| c.is_ascii_alphabetic())
                || INLINE
                    .iter()
                    .any(|name| s[tag.end..].starts_with(&format!("<{name}>")))
        })
        .map(|tag| tag.end)
        .collect();
    let raw = |name: &str, from: &str, to: &str| -> Vec<String> {
        page.inside(name)
            .into_iter()
            .filter_map(|inner| {
                let at = s[inner.clone()].find(from)?;
                Some(page.with(inner.start + at..inner.start + at + from.len(), to))
            })
            .collect()
    };
    vec![
        (
            "the quote before a value is lost",
            cut(values
                .iter()
                .map(|value| value.start - 1..value.start)
                .collect()),
        ),
        (
            "the quote behind a value is lost",
            cut(values
                .iter()
                .map(|value| value.end..value.end + 1)
                .collect()),
        ),
        (
            "an expression loses the quotes around it",
            values
                .iter()
                .filter(|value| with_tag(value))
                .map(|value| page.with(value.start - 1..value.end + 1, &s[value.clone()]))
                .collect(),
        ),
        (
            "a quote becomes an apostrophe",
            values
                .iter()
                .map(|value| page.with(value.start - 1..value.start, "'"))
                .collect(),
        ),
        (
            "the end of a tag is lost",
            cut(page.markup.iter().map(|tag| tag.end - 1..tag.end).collect()),
        ),
        (
            "the start of a tag is lost",
            cut(page
                .markup
                .iter()
                .map(|tag| tag.start..tag.start + 1)
                .collect()),
        ),
        ("an end tag is lost", cut(ends.clone())),
        (
            "a start tag is lost",
            cut(page.start_tags().cloned().collect()),
        ),
        (
            "an end tag is doubled",
            ends.iter()
                .map(|tag| page.with(tag.end..tag.end, &s[tag.clone()]))
                .collect(),
        ),
        (
            "a start tag is doubled",
            page.start_tags()
                .map(|tag| page.with(tag.end..tag.end, &s[tag.clone()]))
                .collect(),
        ),
        (
            "two end tags change places",
            adjacent(&ends)
                .iter()
                .map(|(a, b)| page.swapped(a, b))
                .collect(),
        ),
        (
            "a start tag has another name",
            put(page.start_tags().map(|tag| tag.start + 1).collect(), "x-"),
        ),
        (
            "an end tag has another name",
            put(ends.iter().map(|tag| tag.start + 2).collect(), "x-"),
        ),
        ("an attribute is lost", cut(attributes.clone())),
        (
            "an attribute has another name",
            put(
                attributes.iter().map(|range| range.start + 1).collect(),
                "x",
            ),
        ),
        (
            "a value has a character more",
            put(values.iter().map(|value| value.start).collect(), "q"),
        ),
        (
            "the sign between name and value is lost",
            cut(values
                .iter()
                .map(|value| value.start - 2..value.start - 1)
                .collect()),
        ),
        (
            "two attributes exchange their values",
            values
                .windows(2)
                .filter(|pair| s[pair[0].clone()] != s[pair[1].clone()])
                .map(|pair| page.swapped(&pair[0], &pair[1]))
                .collect(),
        ),
        (
            "an attribute moves to the tag behind",
            attributes
                .iter()
                .filter_map(|range| {
                    let next = page.start_tags().find(|tag| tag.start > range.end)?;
                    let at = next.end - 1;
                    Some(
                        [
                            &s[..range.start],
                            &s[range.end..at],
                            &s[range.clone()],
                            &s[at..],
                        ]
                        .concat(),
                    )
                })
                .collect(),
        ),
        (
            "the space between two attributes is lost",
            cut(attributes
                .iter()
                .filter(|range| {
                    s[..range.start].ends_with(['"', '}'])
                        || s[..range.start].ends_with(|c: char| c.is_ascii_alphanumeric())
                })
                .map(|range| range.start..range.start + 1)
                .collect()),
        ),
        (
            "an attribute is joined to a template tag",
            cut(page
                .markup
                .iter()
                .flat_map(|tag| {
                    let inside = page.tags.iter().filter(|inner| tag.contains(&inner.start));
                    inside
                        .filter(|inner| {
                            s[inner.end..].starts_with(' ') && !s[inner.end..].starts_with(" >")
                        })
                        .map(|inner| inner.end..inner.end + 1)
                        .collect::<Vec<_>>()
                })
                .collect()),
        ),
        (
            "a space is lost",
            cut(page.characters(|c| c == ' ' || c == '\n')),
        ),
        (
            "a space comes between two parts of a line",
            put(inline_ends, " "),
        ),
        (
            "a character is lost",
            cut(words.iter().step_by(3).cloned().collect()),
        ),
        (
            "a character becomes a capital",
            words
                .iter()
                .step_by(3)
                .filter(|at| s.as_bytes()[at.start].is_ascii_lowercase())
                .map(|at| page.with(at.clone(), &s[at.clone()].to_ascii_uppercase()))
                .collect(),
        ),
        (
            "an escape is undone",
            page.find("&lt;")
                .into_iter()
                .map(|at| page.with(at, "<"))
                .collect(),
        ),
        (
            "an escape is escaped",
            page.find("&")
                .into_iter()
                .map(|at| page.with(at, "&amp;"))
                .collect(),
        ),
        (
            "a no-break space becomes a space",
            page.find("\u{a0}")
                .into_iter()
                .map(|at| page.with(at, " "))
                .collect(),
        ),
        (
            "a reference loses its end",
            cut(page
                .find(";")
                .into_iter()
                .filter(|end| {
                    let name = s[..end.start].rfind('&').map(|at| &s[at + 1..end.start]);
                    name.is_some_and(|name| name.chars().all(|c| c.is_alphanumeric() || c == '#'))
                })
                .collect()),
        ),
        (
            "a slash comes before the end of a tag",
            put(page.start_tags().map(|tag| tag.end - 1).collect(), "/"),
        ),
        (
            "an attribute comes before those of a tag",
            attributes
                .iter()
                .filter(|range| {
                    page.start_tags().any(|tag| {
                        tag.contains(&range.start)
                            && s[tag.start + 1..range.start]
                                .bytes()
                                .all(|byte| byte.is_ascii_alphanumeric())
                    })
                })
                .map(|range| {
                    let name = s[range.clone()].split('=').next().unwrap_or("");
                    page.with(range.start..range.start, &format!("{name}=q"))
                })
                .collect(),
        ),
        (
            "a character that is none comes into a value",
            put(values.iter().map(|value| value.start).collect(), "\0"),
        ),
        (
            "the end of a script comes into one",
            raw("script", ";", ";</script>"),
        ),
        (
            "a comment begins",
            put(page.markup.iter().map(|tag| tag.start).collect(), "<!--"),
        ),
        (
            "a comment does not end",
            page.find("-->")
                .into_iter()
                .map(|at| page.with(at, "->"))
                .collect(),
        ),
        (
            "a conditional comment is lost",
            page.find("<!--[if")
                .into_iter()
                .map(|at| {
                    let end = at.start + s[at.start..].find("-->").unwrap() + 3;
                    page.with(at.start..end, "")
                })
                .collect(),
        ),
        ("the doctype is lost", cut(page.find("<!doctype html>"))),
        (
            "the doctype is one for old browsers",
            page.find("<!doctype html>")
                .into_iter()
                .map(|at| page.with(at, "<!doctype html public \"-//W3C//DTD HTML 3.2//EN\">"))
                .collect(),
        ),
        ("a line break in pre is lost", raw("pre", "\n", " ")),
        ("spaces in pre are folded", raw("pre", "  ", " ")),
        ("spaces in textarea are folded", raw("textarea", "  ", " ")),
        ("a script changes", raw("script", ";", ",")),
        ("a stylesheet changes", raw("style", "{", " {")),
        (
            "a tag moves across a template tag",
            around_tags
                .iter()
                .map(|(a, b)| page.swapped(a, b))
                .collect(),
        ),
        ("a template tag is lost", cut(page.tags.clone())),
        (
            "a template tag is doubled",
            page.tags
                .iter()
                .map(|tag| page.with(tag.end..tag.end, &s[tag.clone()]))
                .collect(),
        ),
        (
            "two template tags change places",
            page.tags
                .windows(2)
                .filter(|pair| s[pair[0].clone()] != s[pair[1].clone()])
                .map(|pair| page.swapped(&pair[0], &pair[1]))
                .collect(),
        ),
        (
            "a white-space mark is lost",
            marks("-%}", "%}")
                .into_iter()
                .chain(marks("{%-", "{%"))
                .collect(),
        ),
        (
            "a white-space mark comes",
            marks(" %}", " -%}")
                .into_iter()
                .chain(marks("{{ ", "{{- "))
                .collect(),
        ),
        (
            "a brace is not escaped",
            page.source
                .match_indices("{{ \"{{\"|safe }}")
                .map(|(at, text)| page.with(at..at + text.len(), "{{"))
                .collect(),
        ),
        (
            "braces come into the text",
            put(
                stretches.iter().map(|range| range.start).collect(),
                "{{ q }}",
            ),
        ),
        (
            "a void element is lost",
            cut(page.start_tags().filter(|tag| void(tag)).cloned().collect()),
        ),
        (
            "a paragraph ends",
            put(ends.iter().map(|tag| tag.start).collect(), "</p>"),
        ),
        (
            "text moves out of its element",
            ends.iter()
                .filter(|tag| s[..tag.start].ends_with(|c: char| c.is_ascii_alphabetic()))
                .map(|tag| page.swapped(&(tag.start - 1..tag.start), tag))
                .collect(),
        ),
        ("a stretch of text is lost", cut(stretches.clone())),
        (
            "a stretch of text is doubled",
            stretches
                .iter()
                .map(|range| page.with(range.end..range.end, &s[range.clone()]))
                .collect(),
        ),
        (
            "the words of a class are joined",
            values
                .iter()
                .filter_map(|value| {
                    let at = s[value.clone()]
                        .find(' ')
                        .filter(|_| s[..value.start].ends_with("class=\""))?;
                    Some(page.with(value.start + at..value.start + at + 1, ""))
                })
                .collect(),
        ),
    ]
}
