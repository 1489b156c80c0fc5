//! Elements of HTML and what the parser does at their tags.

/// Every element whose name matters here, sorted.
const KNOWN: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "applet",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "basefont",
    "bdi",
    "bdo",
    "bgsound",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "image",
    "img",
    "input",
    "ins",
    "kbd",
    "keygen",
    "label",
    "legend",
    "li",
    "link",
    "listing",
    "main",
    "map",
    "mark",
    "marquee",
    "math",
    "menu",
    "meta",
    "meter",
    "nav",
    "nobr",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "param",
    "picture",
    "plaintext",
    "pre",
    "progress",
    "q",
    "rb",
    "rp",
    "rt",
    "rtc",
    "ruby",
    "s",
    "samp",
    "script",
    "search",
    "section",
    "select",
    "slot",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
    "xmp",
];

/// The name in lower case if it is one of HTML, else an empty text.
pub(super) fn known(name: &str) -> &'static str {
    let Some(first) = name.bytes().next().filter(|_| name.len() <= 16) else {
        return "";
    };
    let letter = usize::from(first.to_ascii_lowercase().wrapping_sub(b'a'));
    let Some([from, to]) = BY_LETTER.get(letter..letter + 2) else {
        return "";
    };
    let key = key(name.as_bytes());
    let at = KEYS[*from..*to].iter().position(|known| *known == key);
    at.map_or("", |at| KNOWN[from + at])
}

/// A name of at most 16 bytes as a number, in lower case: quicker to compare.
const fn key(name: &[u8]) -> u128 {
    let mut key = 0;
    let mut at = 0;
    while at < name.len() {
        key = key << 8 | name[at].to_ascii_lowercase() as u128;
        at += 1;
    }
    key
}

static KEYS: [u128; KNOWN.len()] = {
    let mut keys = [0; KNOWN.len()];
    let mut at = 0;
    while at < KNOWN.len() {
        keys[at] = key(KNOWN[at].as_bytes());
        at += 1;
    }
    keys
};

/// Where in the list the names of each letter begin, and its end: one is looked up for each tag.
const BY_LETTER: [usize; 27] = {
    let mut starts = [KNOWN.len(); 27];
    let mut at = KNOWN.len();
    let mut letter = 26;
    while letter > 0 {
        letter -= 1;
        while at > 0 && KNOWN[at - 1].as_bytes()[0] >= b'a' + letter as u8 {
            at -= 1;
        }
        starts[letter] = at;
    }
    starts
};

/// Whether a name that begins so may be one of an element whose text is read or shown in its own way.
pub(super) fn may_be_special(start: &str) -> bool {
    let start = start.to_ascii_lowercase();
    let mut special = KNOWN
        .iter()
        .filter(|name| is_raw_text(name) || matches!(**name, "pre" | "listing" | "svg" | "math"));
    special.any(|name| name.starts_with(&start))
}

/// Elements whose text holds no tags.
pub(super) fn is_raw_text(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "textarea"
            | "title"
            | "xmp"
            | "iframe"
            | "noembed"
            | "noframes"
            | "plaintext"
    )
}

/// Elements without an end.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "image"
            | "img"
            | "input"
            | "keygen"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Elements that a head may hold.
pub(super) fn is_metadata(name: &str) -> bool {
    matches!(
        name,
        "base"
            | "basefont"
            | "bgsound"
            | "link"
            | "meta"
            | "noframes"
            | "noscript"
            | "script"
            | "style"
            | "template"
            | "title"
    )
}

/// Elements whose end tag may be left out somewhere (HTML §13.1.2.4).
pub(super) fn ends_by_itself(name: &str) -> bool {
    matches!(
        name,
        "body"
            | "caption"
            | "colgroup"
            | "dd"
            | "dt"
            | "head"
            | "html"
            | "li"
            | "optgroup"
            | "option"
            | "p"
            | "rb"
            | "rp"
            | "rt"
            | "rtc"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
    )
}

/// Start tags that end an open paragraph (HTML §13.2.6.4.7). A table does so too, but not in quirks mode.
pub(super) fn ends_paragraph(name: &str) -> bool {
    ends_paragraph_everywhere(name)
        || matches!(
            name,
            "details"
                | "dialog"
                | "hgroup"
                | "listing"
                | "plaintext"
                | "search"
                | "summary"
                | "xmp"
        )
}

/// Start tags before which every parser ends a paragraph, old ones and quirks mode included.
pub(super) fn ends_paragraph_everywhere(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "center"
            | "dd"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "ul"
    )
}

/// Whether the start tag of `next` ends the element `open` when that is the innermost one.
pub(super) fn ends_before(open: &str, next: &str) -> bool {
    match open {
        "p" => ends_paragraph(next),
        "li" => next == "li",
        "dt" | "dd" => matches!(next, "dt" | "dd"),
        "option" => matches!(next, "option" | "optgroup" | "hr"),
        "optgroup" => matches!(next, "optgroup" | "hr"),
        "td" | "th" => matches!(
            next,
            "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "caption" | "colgroup" | "col"
        ),
        "tr" => matches!(
            next,
            "tr" | "tbody" | "thead" | "tfoot" | "caption" | "colgroup" | "col"
        ),
        "tbody" | "thead" | "tfoot" => {
            matches!(
                next,
                "tbody" | "thead" | "tfoot" | "caption" | "colgroup" | "col"
            )
        }
        "caption" => matches!(
            next,
            "tbody" | "thead" | "tfoot" | "tr" | "td" | "th" | "colgroup" | "col"
        ),
        "colgroup" => matches!(
            next,
            "tbody" | "thead" | "tfoot" | "tr" | "td" | "th" | "colgroup" | "caption"
        ),
        "rb" | "rt" | "rp" => matches!(next, "rb" | "rt" | "rp" | "rtc"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        assert!(KNOWN.is_sorted());
        assert_eq!(known("BlockQuote"), "blockquote");
        assert_eq!(known("my-element"), "");
        assert_eq!(known("blockquotes"), "");
    }
}
