use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crushed_manifest::content_type;

use crate::Digest;
use crate::assets::has_source_map;

/// A source as it is on disk right now.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) content_type: String,
    /// Strong, with its quotes.
    pub(crate) etag: String,
    pub(crate) bytes: Vec<u8>,
    /// The path of the source map beside it.
    pub(crate) source_map: Option<String>,
}

/// Reads a source from the first of the roots that has it.
///
/// What is outside of the roots, by `..` or through a symbolic link, is not there; neither are hidden files (`.env`, `.git`)
/// and what is no regular file.
pub(crate) fn read(roots: &[&str], path: &str) -> io::Result<Option<Source>> {
    if !is_plain(path) {
        return Ok(None);
    }
    for root in roots {
        if let Some(bytes) = read_below(Path::new(root), path)? {
            let digest = Digest::from_hash(blake3::hash(&bytes).as_bytes());
            let content_type = content_type_of(path, &bytes);
            let map = format!("{path}.map");
            let has_map = has_source_map(&content_type)
                && absent(find_below(Path::new(root), &map))?.is_some();
            return Ok(Some(Source {
                content_type,
                etag: format!("\"{digest}\""),
                bytes,
                source_map: has_map.then_some(map),
            }));
        }
    }
    Ok(None)
}

/// The type of a source. Which encoding a text is in that is not UTF-8, its own first bytes or the tag that names it say:
/// a header would count more than both.
fn content_type_of(path: &str, bytes: &[u8]) -> String {
    let with_charset = content_type(path);
    match with_charset.split_once(';') {
        Some((bare, _)) if std::str::from_utf8(bytes).is_err() => bare.to_owned(),
        _ => with_charset,
    }
}

/// Whether every segment is a name: checked on the text as well as on what the platform makes of it (drives, streams).
fn is_plain(path: &str) -> bool {
    let plain = |segment: &str| {
        !segment.is_empty()
            && (!segment.starts_with('.') || segment == ".well-known")
            && !segment.contains(['\\', ':', '\0'])
    };
    path.split('/').all(plain)
        && Path::new(path)
            .components()
            .all(|component| matches!(component, Component::Normal(_)))
}

fn read_below(root: &Path, path: &str) -> io::Result<Option<Vec<u8>>> {
    absent(find_below(root, path).and_then(|file| file.map(fs::read).transpose()))
}

/// The regular file that a path names below a root.
fn find_below(root: &Path, path: &str) -> io::Result<Option<PathBuf>> {
    let root = root.canonicalize()?;
    let file = root.join(path).canonicalize()?;
    // A device or a pipe could block for ever.
    let is_there = file.starts_with(&root) && fs::metadata(&file)?.is_file();
    Ok(is_there.then_some(file))
}

fn absent<T>(found: io::Result<Option<T>>) -> io::Result<Option<T>> {
    match found {
        Err(error) if is_absence(error.kind()) => Ok(None),
        other => other,
    }
}

/// Kinds that say that nothing of this name is there, a name that no file could have included.
fn is_absence(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::InvalidInput
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str) -> Self {
            let root =
                std::env::temp_dir().join(format!("crushed-disk-{name}-{}", std::process::id()));
            fs::create_dir_all(root.join("one/css")).unwrap();
            fs::create_dir_all(root.join("two/css")).unwrap();
            fs::write(root.join("one/css/a.css"), "one").unwrap();
            fs::write(root.join("two/css/a.css"), "two").unwrap();
            fs::write(root.join("two/css/b.css"), "b").unwrap();
            fs::write(root.join("one/.env"), "secret").unwrap();
            fs::write(root.join("secret"), "secret").unwrap();
            Self(root)
        }

        fn read(&self, path: &str) -> Option<String> {
            let (one, two) = (self.0.join("one"), self.0.join("two"));
            let roots = [one.to_str().unwrap(), "/nonexistent", two.to_str().unwrap()];
            let source = read(&roots, path).unwrap()?;
            Some(String::from_utf8(source.bytes).unwrap())
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_first_root_wins() {
        let tree = Tree::new("first");
        assert_eq!(tree.read("css/a.css").as_deref(), Some("one"));
        assert_eq!(tree.read("css/b.css").as_deref(), Some("b"));
        assert_eq!(tree.read("css/c.css"), None);
    }

    #[test]
    fn nothing_else_is_there() {
        let tree = Tree::new("else");
        let long = "a".repeat(4000);
        let absolute = tree.0.join("secret");
        for path in [
            "",
            "css",
            "css/",
            "/css/a.css",
            "../secret",
            "css/../../secret",
            "./css/a.css",
            "css//a.css",
            ".env",
            "css/a.css/x",
            "c:/secret",
            "css\\a.css",
            "a\0b",
            &long,
            absolute.to_str().unwrap(),
        ] {
            assert_eq!(tree.read(path), None, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_may_not_leave_its_root() {
        use std::os::unix::fs::symlink;
        let tree = Tree::new("link");
        symlink(tree.0.join("secret"), tree.0.join("one/out.txt")).unwrap();
        symlink(&tree.0, tree.0.join("one/up")).unwrap();
        symlink(tree.0.join("one/css/a.css"), tree.0.join("one/in.css")).unwrap();
        symlink("/dev/zero", tree.0.join("one/zero")).unwrap();
        assert_eq!(tree.read("out.txt"), None);
        assert_eq!(tree.read("up/secret"), None);
        assert_eq!(tree.read("zero"), None);
        assert_eq!(tree.read("in.css").as_deref(), Some("one"));
    }

    #[test]
    fn only_text_in_utf8_is_said_to_be() {
        for (bytes, want) in [
            (b"a { b: '\xc3\xa9' }" as &[u8], "text/css; charset=utf-8"),
            (b"a { b: '\xe9' }", "text/css"),
        ] {
            assert_eq!(content_type_of("css/a.css", bytes), want);
        }
        assert_eq!(content_type_of("a.png", b"\x89PNG"), "image/png");
    }

    #[test]
    fn a_map_is_one_beside_the_source() {
        let tree = Tree::new("map");
        let (one, two) = (tree.0.join("one"), tree.0.join("two"));
        let map = |path: &str| {
            let roots = [one.to_str().unwrap(), two.to_str().unwrap()];
            read(&roots, path).unwrap().unwrap().source_map
        };
        assert_eq!(map("css/a.css"), None);
        fs::write(two.join("css/a.css.map"), "{}").unwrap();
        assert_eq!(map("css/a.css"), None, "it lies in another root");
        fs::write(one.join("css/a.css.map"), "{}").unwrap();
        assert_eq!(map("css/a.css").as_deref(), Some("css/a.css.map"));
        assert_eq!(map("css/a.css.map"), None);
    }

    #[test]
    fn the_tag_follows_the_bytes() {
        let tree = Tree::new("tag");
        let root = tree.0.join("one");
        let tag = || {
            read(&[root.to_str().unwrap()], "css/a.css")
                .unwrap()
                .unwrap()
                .etag
        };
        let before = tag();
        assert_eq!(before, tag());
        fs::write(root.join("css/a.css"), "edited").unwrap();
        assert_ne!(before, tag());
    }
}
