//! The minified file that an author ships beside a source.

use crushed_manifest::{AssetPath, Kind};

use crate::css;
use crate::encode::smallest_first;
use crate::js::{self, Goal};

/// Which of the two is compiled.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) enum Choice {
    /// The source: the other is no smaller, or nothing to compare.
    Source,
    /// The minified file, behind these licence comments of the source.
    Shipped(String),
    /// The source, for this reason.
    Refused(String),
}

/// Where the minified file of a source would lie: `a.min.js` of `a.js`.
pub(crate) fn beside(path: &AssetPath, kind: Kind) -> Option<AssetPath> {
    let word = kind.word();
    let stem = path.as_str().strip_suffix(word)?.strip_suffix('.')?;
    if stem.ends_with(".min") {
        return None;
    }
    AssetPath::parse(&format!("{stem}.min.{word}")).ok()
}

/// Takes the minified file if it is what the source is, as far as that can be told, and smaller behind brotli.
pub(crate) fn choose(kind: Kind, source: &str, shipped: &str) -> Choice {
    let forms = match kind {
        Kind::Css => forms_of_sheet(source, shipped),
        Kind::Js => forms_of_script(source, shipped),
    };
    let (ours, theirs) = match forms {
        Ok(Some(forms)) => forms,
        Ok(None) => return Choice::Source,
        Err(why) => return Choice::Refused(why.to_owned()),
    };
    if ours.text == theirs.text {
        return Choice::Source;
    }
    match smallest_first(vec![ours.text, theirs.text.clone()]).first() {
        Some(smaller) if *smaller == theirs.text => {
            // An author's tool may have dropped what the source asks to keep.
            let missing = theirs.licences.is_empty() && !ours.licences.is_empty();
            Choice::Shipped(if missing {
                ours.licences
            } else {
                String::new()
            })
        }
        _ => Choice::Source,
    }
}

/// What this pipeline makes of a file, licence comments apart.
struct Form {
    text: String,
    licences: String,
}

type Forms = Result<Option<(Form, Form)>, &'static str>;

fn forms_of_sheet(source: &str, shipped: &str) -> Forms {
    if !css::same(source, shipped) {
        return Err("its rules are not those of the source");
    }
    let form = |text: &str| {
        let options = css::Options {
            licences: css::Licences::Drop,
            ..css::Options::default()
        };
        let made = css::minify(text, &options).ok()?;
        Some(Form {
            text: made.text,
            licences: css::licences(text),
        })
    };
    Ok(form(source).zip(form(shipped)))
}

fn forms_of_script(source: &str, shipped: &str) -> Forms {
    // A module, or a script with an error that is told elsewhere.
    let Ok(ours) = js::Outline::of(source, Goal::Script) else {
        return Ok(None);
    };
    let Ok(theirs) = js::Outline::of(shipped, Goal::Script) else {
        return Err("it is no script that can be read");
    };
    if !ours.same_interface(&theirs) {
        return Err("its top-level names or directives are not those of the source");
    }
    let globals = |text: &str| js::inspect(text, Goal::Script).map(|facts| facts.free);
    if !matches!((globals(source), globals(shipped)), (Ok(ours), Ok(theirs)) if theirs.is_subset(&ours))
    {
        return Err("it uses globals that the source does not");
    }
    let words = |text: &str| js::Words::of(text, Goal::Script);
    if !matches!((words(source), words(shipped)), (Some(ours), Some(theirs)) if theirs.are_among(&ours))
    {
        return Err("it names properties that the source does not");
    }
    let form = |text: &str, licences: &str| {
        let options = js::Options {
            licences: js::Licences::Drop,
            ..js::Options::default()
        };
        let made = js::minify(text, Goal::Script, &options).ok()?;
        Some(Form {
            text: made.text,
            licences: licences.to_owned(),
        })
    };
    Ok(form(source, ours.licences()).zip(form(shipped, theirs.licences())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::cases;

    #[test]
    fn shipped_cases() {
        for (folder, kind) in [("css/shipped", Kind::Css), ("js/shipped", Kind::Js)] {
            for case in cases(folder) {
                let choice = choose(kind, case.section("source"), case.section("shipped"));
                let answer = match choice {
                    Choice::Source => "the source".to_owned(),
                    Choice::Shipped(licences) => format!("the shipped file\n{licences}"),
                    Choice::Refused(why) => format!("refused: {why}"),
                };
                case.expect("answer", answer.trim_end());
            }
        }
    }

    #[test]
    fn the_name_has_min_before_its_ending() {
        let beside = |path: &str, kind| {
            beside(&AssetPath::parse(path).unwrap(), kind).map(|path| path.as_str().to_owned())
        };
        assert_eq!(beside("a/b.js", Kind::Js).as_deref(), Some("a/b.min.js"));
        assert_eq!(beside("a.b.css", Kind::Css).as_deref(), Some("a.b.min.css"));
        assert_eq!(beside("a/b.min.js", Kind::Js), None);
        assert_eq!(beside("a/b.mjs", Kind::Js), None);
        assert_eq!(beside("a/b.js", Kind::Css), None);
    }
}
