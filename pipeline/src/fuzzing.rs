//! What the fuzz targets of `fuzz/` call: the way of a bundle or a template from its files to the text that ships, every
//! promise about it checked again. Compiled for them alone.

use crate::css;
use crate::encode::Effort;
use crate::js::{self, Goal};
use crate::probe::{self, Read};

/// Joins and minifies stylesheets. `None` if one is refused.
///
/// # Panics
///
/// If the result does not mean what the sheets mean.
pub fn css_bundle(sheets: &[&str]) -> Option<String> {
    for sheet in sheets {
        css::check(sheet).ok()?;
    }
    let joined = css::join(sheets);
    let apart: Vec<String> = sheets
        .iter()
        .flat_map(|sheet| css::outline(sheet))
        .collect();
    let whole = css::outline(&joined);
    for (one, other) in apart.iter().zip(&whole) {
        // The last of a sheet may have been open.
        assert!(
            one == other || one.contains("(open)") || one.contains('\\'),
            "{one} became {other} in\n{joined}"
        );
    }
    assert_eq!(
        apart.len(),
        whole.len(),
        "joining changes the number of rules:\n{joined}"
    );
    let options = css::Options {
        effort: effort(&joined),
        ..css::Options::default()
    };
    let minified = css::minify(&joined, &options)
        .expect("what can be checked can be minified")
        .text;
    assert!(
        css::same(&joined, &minified),
        "minifying changes the meaning of\n{joined}\n==== to\n{minified}"
    );
    let again = css::minify(&minified, &options)
        .expect("what was minified can be minified")
        .text;
    assert!(
        css::same(&minified, &again),
        "minifying again changes the meaning of\n{minified}\n==== to\n{again}"
    );
    Some(minified)
}

/// Weighing forms takes most of the time, and each is proven in the same way: one text in sixteen is enough.
fn effort(text: &str) -> Effort {
    match text.len() % 16 {
        0 => Effort::Release,
        _ => Effort::Fast,
    }
}

/// Joins what may be joined of classic scripts, each minified. `None` if one is refused.
///
/// # Panics
///
/// If the result does not parse or does not declare what the scripts declare.
pub fn js_bundle(files: &[&str]) -> Option<Vec<String>> {
    let mut bundles: Vec<(Vec<js::Facts>, Vec<String>)> = Vec::new();
    for file in files {
        let facts = js::inspect(file, Goal::Script).ok()?;
        let options = js::Options {
            effort: effort(file),
            ..js::Options::default()
        };
        let minified = js::minify(file, Goal::Script, &options)
            .expect("what can be inspected can be minified")
            .text;
        match bundles.last_mut() {
            Some((earlier, texts))
                if js::may_join(earlier, std::slice::from_ref(&facts)).is_ok() =>
            {
                earlier.push(facts);
                texts.push(minified);
            }
            _ => bundles.push((vec![facts], vec![minified])),
        }
    }
    let mut made = Vec::new();
    for (all, texts) in bundles {
        let joined = js::join(&texts);
        let facts = js::inspect(&joined, Goal::Script)
            .unwrap_or_else(|fault| panic!("does not parse: {fault}\n{joined}"));
        let names = |lexical: bool| {
            let mut names: Vec<String> = all
                .iter()
                .flat_map(|facts| {
                    if lexical {
                        &facts.lexical
                    } else {
                        &facts.variables
                    }
                })
                .cloned()
                .collect();
            names.sort();
            names.dedup();
            names
        };
        assert!(
            facts.lexical.iter().eq(&names(true)),
            "other names:\n{joined}"
        );
        assert!(
            facts.variables.iter().eq(&names(false)),
            "other names:\n{joined}"
        );
        assert!(
            all.iter().all(|one| one.strict == facts.strict),
            "other strictness:\n{joined}"
        );
        made.push(joined);
    }
    Some(made)
}

/// Cuts a template into its tokens. `None` if it is refused.
///
/// # Panics
///
/// If they do not cover it.
pub fn template_scan(source: &str) -> Option<usize> {
    let ranges = probe::ranges(source)?;
    let mut at = 0;
    for range in &ranges {
        assert!(
            range.start == at && range.end > at && source.is_char_boundary(range.end),
            "{ranges:?} do not cover\n{source}"
        );
        at = range.end;
    }
    assert_eq!(at, source.len(), "{ranges:?} do not cover\n{source}");
    Some(ranges.len())
}

/// Writes a template down anew. `None` if it is refused.
///
/// # Panics
///
/// If the result does not have its tags, each once and in order.
pub fn template_rewrite(source: &str) -> Option<String> {
    let text = Read::new(source)?.text();
    has_tags_of(source, &text);
    let again = Read::new(&text).expect("what was written can be read");
    has_tags_of(&text, &again.text());
    Some(text)
}

/// Minifies a template and proves it. `None` if it is refused, or ships as it was.
///
/// # Panics
///
/// If what ships does not have its tags, each once and in order, or cannot be gone through again.
pub fn template_minify(source: &str) -> Option<String> {
    let read = Read::new(source)?;
    let made = read.minify()?;
    has_tags_of(source, made.text());
    if let Some(difference) = read.prove(&made) {
        let strict = std::env::var_os("STRICT").is_some();
        assert!(
            !strict,
            "{difference} in\n{source}\n==== became\n{}",
            made.text()
        );
        return None;
    }
    let again = Read::new(made.text()).expect("what was minified can be read");
    if let Some(twice) = again.minify() {
        again.prove(&twice);
    }
    Some(made.text().to_owned())
}

/// Fails unless a text has the tags of another; besides them it may write what would be taken for a tag.
fn has_tags_of(source: &str, made: &str) {
    let wanted = probe::tags(source).expect("was read");
    let tags = probe::tags(made)
        .unwrap_or_else(|| panic!("what was made cannot be read:\n{source}\n==== became\n{made}"));
    let mut wanted = wanted.into_iter().peekable();
    for tag in tags {
        let (is_expr, content) = tag;
        if wanted.peek() == Some(&tag) {
            wanted.next();
        } else {
            let quoted = content
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix("\"|safe"));
            let is_text = quoted.is_some_and(|text| text.chars().all(|c| "{%#".contains(c)));
            assert!(
                is_expr && is_text,
                "has {content:?} besides:\n{source}\n==== became\n{made}"
            );
        }
    }
    assert_eq!(
        wanted.next(),
        None,
        "lost a tag:\n{source}\n==== became\n{made}"
    );
}
