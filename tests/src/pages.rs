//! Many small pages compiled at once: what each named before, and what it names after.

use std::fs;
use std::path::Path;

use crate::cli::text;
use crate::page::references;
use crate::tree::write;

/// The kind of the files of [`bundled`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Stylesheets.
    Css,
    /// Classic scripts.
    Js,
}

/// Compiles each list of files as one `compress` block, all in one project, and gives the files that ship instead.
///
/// # Errors
///
/// What the command line says if a file has a fault.
pub fn bundled(kind: Kind, pages: &[Vec<String>]) -> Result<Vec<Vec<String>>, String> {
    let folder = tempfile::tempdir().expect("a temporary directory can be made");
    let (root, out) = (folder.path().join("app"), folder.path().join("out"));
    let mut files: Vec<(String, String)> = vec![(
        "crushed.toml".to_owned(),
        "assets = [\"assets\"]\n".to_owned(),
    )];
    let ending = if kind == Kind::Css { "css" } else { "js" };
    let mut template = String::new();
    for (page, list) in pages.iter().enumerate() {
        template.push_str(&format!("<hr>{{% compress {ending} %}}\n"));
        for (index, contents) in list.iter().enumerate() {
            let name = format!("{page}/{index}.{ending}");
            template.push_str(&match kind {
                Kind::Css => format!("<link rel=\"stylesheet\" href=\"{name}\">\n"),
                Kind::Js => format!("<script src=\"{name}\"></script>\n"),
            });
            files.push((format!("assets/{name}"), contents.clone()));
        }
        template.push_str("{% endcompress %}\n");
    }
    files.push(("templates/page.html".to_owned(), template));
    let files: Vec<(&str, &String)> = files
        .iter()
        .map(|(name, contents)| (name.as_str(), contents))
        .collect();
    write(&root, &files);
    let run = crate::cli::crushed(
        &[
            "compile",
            "--root",
            text(&root),
            "--out",
            text(&out),
            "--static-url",
            "/static/",
        ],
        &[],
    );
    if run.code != 0 {
        return Err(run.stderr);
    }
    let made = fs::read_to_string(out.join("templates/page.html")).expect("there is a page");
    let made: Vec<Vec<String>> = made
        .split("<hr>")
        .skip(1)
        .map(|page| shipped(page, &out))
        .collect();
    assert_eq!(made.len(), pages.len(), "a page is missing");
    Ok(made)
}

fn shipped(page: &str, out: &Path) -> Vec<String> {
    references(page)
        .iter()
        .map(|reference| {
            let file = out.join(reference.trim_start_matches('/'));
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        })
        .collect()
}
