use std::ops::Range;

use crushed_manifest::{AssetPath, Kind, content_type, percent_encode};

use crate::cache::Memo;
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};
use crate::discover::{Missing, Sources};
use crate::fault::Fault;
use crate::js::{self, Facts, Goal, Import, ImportKind};
use crate::load::Loaded;
use crate::reference::{Target, target};
use crate::template::compress::{has_scheme, percent_decode};

/// A script that ships by itself. One source can be a classic script here and a module there: two assets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Member {
    pub(crate) path: AssetPath,
    pub(crate) goal: Goal,
}

/// What a specifier names, to be written as an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reference {
    pub(crate) to: To,
    /// Query and fragment: a module with another one is another instance of it.
    pub(crate) suffix: String,
    pub(crate) kind: ImportKind,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum To {
    Script(Member),
    /// Anything else: data, a stylesheet, an image.
    File(AssetPath),
}

/// What specifiers are looked up in.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) sources: &'a Sources,
    /// The prefix as scripts may write it.
    pub(crate) static_url: &'a str,
    pub(crate) memo: &'a Memo,
}

/// The references of one script.
#[derive(Debug, Default)]
pub(crate) struct References {
    /// By the place of their literals.
    pub(crate) found: Vec<(Range<usize>, Reference)>,
    /// Bare specifiers, which only an import map can resolve.
    pub(crate) bare: Vec<String>,
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Looks up what a script names. One without a path of its own stands in a page: like the tags of its block it names
/// sources by their path below an asset root, or below the prefix.
pub(crate) fn references(input: &Loaded, facts: &Facts, world: World<'_>) -> References {
    let mut references = References::default();
    for import in &facts.imports {
        if !is_address(import) {
            references.bare.push(import.specifier.clone());
            continue;
        }
        let at = |message: String, help: Option<String>| {
            let mut fault = Fault::new(import.range.start, message);
            fault.help = help;
            let mut error = input.fault(Kind::Js, fault);
            error.kind = ErrorKind::Reference;
            error
        };
        match target(
            &import.specifier,
            input.path.as_ref(),
            world.sources,
            world.static_url,
        ) {
            Target::Keep => {}
            Target::Source(path, suffix) => match to(import, &path, world.sources) {
                Ok(to) => references.found.push((
                    import.range.clone(),
                    Reference {
                        to,
                        suffix,
                        kind: import.kind,
                    },
                )),
                Err(Wrong::Here(message, help)) => references.errors.push(at(message, help)),
                Err(Wrong::There(error)) => references.errors.push(*error),
            },
            Target::Missing(..) if is_directory(import) => {}
            Target::Missing(message, help) => {
                let help = mend(import, input.path.as_ref(), world).or(help);
                if import.kind == ImportKind::Url {
                    let message = format!("{message}; the reference stays as it is");
                    references.warnings.push(at(message, help).warning());
                } else {
                    references.errors.push(at(message, help));
                }
            }
        }
    }
    for (range, _) in &facts.computed {
        let fault = Fault::new(
            range.start,
            "what is named here is known at run time only, and hashed names are not; it stays as it is",
        )
        .help("name each file by a literal, as in `{ de: () => import(\"./de.js\") }[language]()`");
        references
            .warnings
            .push(input.fault(Kind::Js, fault).warning());
    }
    references
}

/// The same for a script that a page runs: it has no `importScripts`, and what libraries do with one in a worker is not
/// asked of the copy in the page.
pub(crate) fn page_references(input: &Loaded, mut facts: Facts, world: World<'_>) -> References {
    facts
        .imports
        .retain(|import| import.kind != ImportKind::Scripts);
    facts
        .computed
        .retain(|(_, kind)| *kind != ImportKind::Scripts);
    references(input, &facts, world)
}

/// Whether a specifier is an address and not a bare one (HTML §8.1.6.4, "resolve a module specifier").
fn is_address(import: &Import) -> bool {
    match import.kind {
        ImportKind::Url | ImportKind::Scripts => true,
        ImportKind::Static | ImportKind::Dynamic | ImportKind::Resolve => {
            ["./", "../", "/"]
                .iter()
                .any(|start| import.specifier.starts_with(start))
                || has_scheme(&import.specifier)
        }
    }
}

/// `new URL("./", import.meta.url)`: a place to put names behind.
fn is_directory(import: &Import) -> bool {
    let end = import.specifier.rsplit('/').next().unwrap_or_default();
    import.kind == ImportKind::Url && matches!(end, "" | "." | "..")
}

enum Wrong {
    /// The reference: message and mend.
    Here(String, Option<String>),
    /// The file that it names.
    There(Box<Diagnostic>),
}

/// What a source is to the script that names it.
fn to(import: &Import, path: &AssetPath, sources: &Sources) -> Result<To, Wrong> {
    let essence = content_type(path.as_str());
    let essence = essence.split(';').next().unwrap_or_default();
    let script = essence == "text/javascript";
    let member = |goal| {
        let path = path.clone();
        Ok(To::Script(Member { path, goal }))
    };
    let wrong = |what: &str, help: &str| {
        Err(Wrong::Here(
            format!("\"{path}\" is not {what}"),
            Some(help.to_owned()),
        ))
    };
    match (import.kind, import.asserted.as_deref()) {
        (ImportKind::Scripts, _) if script => member(Goal::Script),
        (ImportKind::Url | ImportKind::Resolve, _) if script => {
            member(import.goal.unwrap_or_else(|| goal_of(path, sources)))
        }
        (ImportKind::Scripts | ImportKind::Url | ImportKind::Resolve, _) => {
            Ok(To::File(path.clone()))
        }
        (_, None) if script => member(Goal::Module),
        (_, None) => match (essence, path.extension()) {
            (_, "ts" | "tsx" | "mts" | "jsx") => wrong(
                "JavaScript",
                "browsers run nothing else: compile it first, and import the output",
            ),
            ("text/css", _) => wrong(
                "a script",
                "write `with { type: \"css\" }` behind it to import it as a stylesheet",
            ),
            ("application/json", _) => wrong(
                "a script",
                "write `with { type: \"json\" }` behind it to import it as data",
            ),
            _ => wrong(
                "a script",
                "browsers import scripts, JSON and CSS; take the address of other files, `new URL(\"…\", import.meta.url)`",
            ),
        },
        (_, Some("json")) if essence == "application/json" || essence.ends_with("+json") => {
            json(path, sources)?;
            Ok(To::File(path.clone()))
        }
        (_, Some("json")) => wrong(
            "JSON",
            "correct the type, or name a file that ends in .json",
        ),
        (_, Some("css")) if essence == "text/css" => Ok(To::File(path.clone())),
        (_, Some("css")) => wrong(
            "a stylesheet",
            "correct the type, or name a file that ends in .css",
        ),
        (_, Some(other)) => Err(Wrong::Here(
            format!("browsers import nothing of type \"{other}\""),
            Some("the types are \"json\" and \"css\"".to_owned()),
        )),
    }
}

/// What a browser would not parse fails the build, as a script does.
fn json(path: &AssetPath, sources: &Sources) -> Result<(), Wrong> {
    // That it is there was looked up before.
    let Ok((file, bytes)) = sources.read(path) else {
        return Ok(());
    };
    let there = |error| Wrong::There(Box::new(error));
    let text = crate::diagnostic::decode(&file, bytes).map_err(there)?;
    match json_fault(&text) {
        None => Ok(()),
        Some(fault) => {
            let shown = SourceText::new(file, text);
            Err(there(Diagnostic::fault(ErrorKind::Js, &shown, 0, fault)))
        }
    }
}

/// What is wrong with a text as JSON, and where.
pub(super) fn json_fault(text: &str) -> Option<Fault> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let error = serde_json::from_str::<serde::de::IgnoredAny>(body).err()?;
    let message = error.to_string();
    // A limit of this reader and not of browsers.
    if message.starts_with("recursion limit") {
        return None;
    }
    let lines = body.split_inclusive('\n').map(str::len);
    let line: usize = lines.take(error.line().saturating_sub(1)).sum();
    let offset = text.len() - body.len() + line + error.column().saturating_sub(1);
    let message = message
        .split(" at line ")
        .next()
        .unwrap_or_default()
        .to_owned();
    Some(Fault::new(offset, message).help("correct it: browsers read strict JSON only"))
}

/// How a script runs of which nothing but its text says so: as a module if it can run as nothing else.
pub(crate) fn goal_of(path: &AssetPath, sources: &Sources) -> Goal {
    if path.extension() == "mjs" {
        return Goal::Module;
    }
    let Ok((_, bytes)) = sources.read(path) else {
        return Goal::Script;
    };
    let text = String::from_utf8_lossy(&bytes);
    // A cheap look first: nothing else tells a module from a script.
    let maybe = ["import", "export", "await"]
        .iter()
        .any(|word| text.contains(word));
    if maybe
        && js::inspect(&text, Goal::Script).is_err()
        && js::inspect(&text, Goal::Module).is_ok()
    {
        Goal::Module
    } else {
        Goal::Script
    }
}

/// The mend for a specifier that names nothing.
fn mend(import: &Import, base: Option<&AssetPath>, world: World<'_>) -> Option<String> {
    let written = import.specifier.as_str();
    let end = written.find(['?', '#']).unwrap_or(written.len());
    let (written, suffix) = written.split_at(end);
    let below = written.strip_prefix(world.static_url);
    let decoded = percent_decode(below.unwrap_or(written));
    let path = match (base, below) {
        (Some(base), None) => base.join(&decoded).ok()?,
        _ => AssetPath::parse(&decoded).ok()?,
    };
    let exists = |path: &str| AssetPath::parse(path).is_ok_and(|path| world.sources.exists(&path));
    for ending in [".js", ".mjs", "/index.js", "/index.mjs"] {
        if exists(&format!("{path}{ending}")) {
            let written = written.trim_end_matches('/');
            return Some(format!(
                "browsers add no ending: write \"{written}{ending}{suffix}\""
            ));
        }
    }
    let stem = path.as_str().strip_suffix(path.extension())?;
    for other in ["ts", "tsx", "mts", "jsx"] {
        if exists(&format!("{stem}{other}")) {
            return Some(format!(
                "there is \"{stem}{other}\", which browsers do not run: compile it to JavaScript first"
            ));
        }
    }
    let near = match world.sources.find(&path) {
        Err(Missing::NotFound(near)) => AssetPath::parse(&near?).ok()?,
        _ => return None,
    };
    let near = match (base, below) {
        (Some(base), None) => relative(base, &near),
        (None, None) => format!("./{near}"),
        (_, Some(_)) => format!("{}{near}", world.static_url),
    };
    Some(format!("did you mean \"{near}\"?"))
}

/// A specifier that leads from one file to another; it begins with `./` or `../`, or it would be a bare one.
pub(super) fn relative(from: &AssetPath, to: &AssetPath) -> String {
    let relative = from.relative_to(to);
    match relative.starts_with("./") || relative.starts_with("../") {
        true => relative,
        false => format!("./{relative}"),
    }
}

/// A query and fragment for a string of JavaScript in any quotes, and for an attribute of HTML.
pub(crate) fn plain_suffix(suffix: &str) -> String {
    let mut plain = String::with_capacity(suffix.len());
    for byte in suffix.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@:+,=!*?#&%;()[]".contains(&byte) {
            plain.push(char::from(byte));
        } else {
            plain.push_str(&format!("%{byte:02X}"));
        }
    }
    plain
}

/// The addresses in an inline module that name sources, to be written behind the prefix: by the place of their literals.
/// A script that does not parse has none.
pub(crate) fn page_addresses(
    text: &str,
    exists: &dyn Fn(&AssetPath) -> bool,
    static_url: &str,
) -> Vec<(Range<usize>, String)> {
    let Ok(facts) = js::inspect(text, Goal::Module) else {
        return Vec::new();
    };
    let imports = facts
        .imports
        .into_iter()
        .filter(|import| import.kind != ImportKind::Scripts);
    imports
        .filter(is_address)
        .filter_map(|import| {
            Some((
                import.range,
                page_address(&import.specifier, exists, static_url)?,
            ))
        })
        .collect()
}

/// What an address of a page names, as it is written behind the prefix.
pub(super) fn page_address(
    written: &str,
    exists: &dyn Fn(&AssetPath) -> bool,
    static_url: &str,
) -> Option<String> {
    let below = written.strip_prefix(static_url);
    if below.is_none() && (written.starts_with(['/', '#', '?']) || has_scheme(written)) {
        return None;
    }
    let written = below.unwrap_or(written);
    let (path, suffix) = written.split_at(written.find(['?', '#']).unwrap_or(written.len()));
    let path = AssetPath::parse(&percent_decode(path)).ok()?;
    exists(&path).then(|| percent_encode(path.as_str()) + &plain_suffix(suffix))
}
