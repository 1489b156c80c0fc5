use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crushed_manifest::{Coding, Manifest, Piece};
use rayon::prelude::*;
use walkdir::WalkDir;

use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::digest::digest;
use crate::release::Release;

/// The file that holds the manifest; written last, so that a tree with it is a whole one.
pub(crate) const MANIFEST: &str = "manifest.json";

impl Release {
    /// Writes `static/`, `templates/` and `manifest.json` below `out`.
    ///
    /// Files that are already there with the same bytes are not touched, files of an earlier release are removed. Over an
    /// earlier release each file is written under a temporary name and renamed. The manifest comes last: a tree without one
    /// is nobody's yet, and files are written to it as they are: in a directory of thousands each name is searched for.
    pub fn write(&self, out: &Path) -> Result<(), Diagnostic> {
        self.write_with(out, &[])
    }

    /// The same, and `extra` files by their names beside the manifest.
    pub(crate) fn write_with(
        &self,
        out: &Path,
        extra: &[(&str, String)],
    ) -> Result<(), Diagnostic> {
        refuse_foreign(out)?;
        let write_one = match out.join(MANIFEST).exists() {
            true => write,
            false => write_new,
        };
        let trees = ["static", "templates"].map(|name| out.join(name));
        let [assets, templates] = &trees;
        let stale: Vec<&PathBuf> = trees.iter().filter(|tree| tree.is_dir()).collect();
        let assets = self.files.par_iter().map(|(path, bytes)| {
            let path = assets.join(path);
            write_one(&path, bytes).map(|()| path.into_os_string())
        });
        let templates = self.templates.par_iter().map(|(path, bytes)| {
            let path = templates.join(path.as_str());
            write_one(&path, bytes).map(|()| path.into_os_string())
        });
        let (kept, manifest) = rayon::join(
            || {
                assets
                    .chain(templates)
                    .collect::<Result<HashSet<OsString>, _>>()
            },
            || manifest_json(&self.manifest),
        );
        let kept = kept?;
        for (name, text) in extra {
            write(&out.join(name), text.as_bytes())?;
        }
        write(&out.join(MANIFEST), manifest.as_bytes())?;
        stale
            .into_iter()
            .try_for_each(|tree| remove_stale(tree, &kept))
    }
}

/// The manifest as it is written: sorted and indented, the same bytes for the same release.
pub(crate) fn manifest_json(manifest: &Manifest) -> String {
    // Strings and numbers in maps with text keys always have a JSON form.
    let mut json = serde_json::to_string_pretty(manifest).unwrap_or_default();
    json.push('\n');
    json
}

fn failed(path: &Path, doing: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::file(ErrorKind::Io, path, format!("cannot be {doing}: {error}"))
}

/// A directory that holds other things is not ours to tidy up.
fn refuse_foreign(out: &Path) -> Result<(), Diagnostic> {
    if out.join(MANIFEST).is_file() {
        return Ok(());
    }
    let ours = [
        "static",
        "templates",
        "askama.toml",
        "assets.rs",
        "problems.json",
    ];
    match fs::read_dir(out) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(out, "read", &error)),
        Ok(mut entries) => {
            let foreign = entries.find_map(|entry| {
                let name = entry.ok()?.file_name().to_string_lossy().into_owned();
                (!ours.contains(&name.as_str()) && !name.starts_with("partial.")).then_some(name)
            });
            match foreign {
                None => Ok(()),
                Some(name) => Err(Diagnostic::file(
                    ErrorKind::Io,
                    out,
                    format!("holds \"{name}\" and no {MANIFEST}: it is not an earlier output"),
                )
                .help("name a directory that does not exist or is empty")),
            }
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(|error| failed(directory, "created", &error))?;
    // The name itself may be as long as names can be.
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let name = digest(name);
    let partial = directory.join(format!("partial.{}.{name}", std::process::id()));
    let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    if let Err(error) = written {
        // The error that matters is the first one.
        let _ = fs::remove_file(&partial);
        return Err(failed(path, "written", &error));
    }
    Ok(())
}

/// Writes a file where there is no release.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let written = fs::write(path, bytes).or_else(|error| match path.parent() {
        // Most files lie where another one does.
        Some(directory) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(directory)?;
            fs::write(path, bytes)
        }
        _ => Err(error),
    });
    written.map_err(|error| failed(path, "written", &error))
}

fn remove_stale(directory: &Path, kept: &HashSet<OsString>) -> Result<(), Diagnostic> {
    for entry in WalkDir::new(directory)
        .contents_first(true)
        .into_iter()
        .flatten()
    {
        let path = entry.path();
        if entry.file_type().is_dir() {
            // Fails where something is left in it, which is what is wanted.
            let _ = fs::remove_dir(path);
        } else if !kept.contains(path.as_os_str()) {
            fs::remove_file(path).map_err(|error| failed(path, "removed", &error))?;
        }
    }
    Ok(())
}

/// The expression that `assets!()` includes: the route table over the emitted tree, in the form that `crushed::Table` reads, or
/// the roots on disk.
pub(crate) fn assets_rs(manifest: &Manifest, roots: &[String]) -> String {
    let release = manifest.release;
    let mut code = String::new();
    // Writing to a string does not fail.
    if !manifest.compression {
        let _ = write!(code, "::crushed::Assets::sources(\"{release}\", &[");
        for root in roots {
            let root = format!("/{root}");
            let _ = write!(code, "concat!(env!(\"CARGO_MANIFEST_DIR\"), {root:?}), ");
        }
        code.push_str("])");
        code.push_str(&with_inline(manifest));
        return code;
    }
    let types: BTreeSet<&str> = manifest
        .assets
        .values()
        .map(|asset| asset.content_type.as_str())
        .collect();
    let types: Vec<&str> = types.into_iter().collect();
    let mut text = String::new();
    let mut bytes = String::new();
    for (path, asset) in &manifest.assets {
        let index = types.binary_search(&asset.content_type.as_str());
        let _ = write!(text, "{path}\n{}", index.unwrap_or_default());
        for variant in &asset.variants {
            let letter = match variant.coding {
                Coding::Identity => 'i',
                Coding::Br => 'b',
                Coding::Zstd => 'z',
                Coding::Gzip => 'g',
            };
            let _ = write!(text, "{letter}\"{}\"", variant.digest);
            let file = format!("/crushed/static/{path}{}", variant.coding.suffix());
            let _ = writeln!(
                bytes,
                "            include_bytes!(concat!(env!(\"OUT_DIR\"), {file:?})),"
            );
        }
        text.push('\n');
    }
    let _ = write!(
        code,
        "::crushed::Assets::made(\"{release}\", {{\n    \
         fn routes() -> &'static [::crushed::Route<'static>] {{\n        \
         static TABLE: ::crushed::Table = ::crushed::Table::new({text:?}, &{types:?}, &[\n{bytes}        ]);\n        \
         TABLE.routes()\n    }}\n    routes\n}})"
    );
    code.push_str(&with_inline(manifest));
    code
}

/// What stands in pages itself, for their policies.
fn with_inline(manifest: &Manifest) -> String {
    let texts: BTreeSet<String> = manifest
        .bundles
        .values()
        .flat_map(|bundle| &bundle.inline)
        .map(|inline| match inline.text.0.as_slice() {
            [] => format!("Hash({:?})", inline.sha256),
            pieces => {
                let pieces = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) | Piece::Template(text) => format!("Text({text:?})"),
                    Piece::Prefix => "Prefix".to_owned(),
                    Piece::SameOrigin(text) => format!("SameOrigin({text:?})"),
                    Piece::OtherOrigin(text) => format!("OtherOrigin({text:?})"),
                });
                let pieces = pieces.map(|piece| format!("::crushed::HtmlPiece::{piece}, "));
                format!("Text(&[{}])", pieces.collect::<String>())
            }
        })
        .collect();
    let mut code = "\n.with_inline(&[\n".to_owned();
    for text in texts {
        // Writing to a string does not fail.
        let _ = writeln!(code, "    ::crushed::InlineText::{text},");
    }
    code.push_str("])\n");
    code
}
