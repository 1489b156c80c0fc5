//! What the fuzz targets of `fuzz/` call: the way of a bundle from its files to the text that ships, every promise
//! about it checked again. Compiled for them alone.

use crate::css;
use crate::encode::Effort;
use crate::js::{self, Goal};

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
        0 => Effort::Best,
        _ => Effort::Quick,
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
