//! Cases are files below `tests/modules/`: sections that name a file of a project are its contents, the others say what
//! comes of it. Digests are shown as `HASH`.
//!
//! | section | what |
//! |---|---|
//! | `page.html` | that template, compiled |
//! | `off page.html` | the same with compression off |
//! | `assets` | every asset, its name before it |
//! | `messages` | warnings, or the errors if there is one |

use std::fs;

use crushed_manifest::AssetPath;

use crate::fixture::{Case, cases};
use crate::{Options, run};

#[test]
fn projects() {
    for case in cases("modules") {
        let folder = tempfile::tempdir().unwrap();
        for name in case.names().filter(|name| is_input(name)) {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, case.section(name)).unwrap();
        }
        let page = AssetPath::parse("page.html").unwrap();
        let made = |compression| {
            let options = Options {
                compression,
                static_url: Some("/static/".to_owned()),
                ..Options::new(folder.path())
            };
            run(&options)
        };
        let mut messages = Vec::new();
        match made(true) {
            Ok(release) => {
                let text = |bytes: &[u8]| anonymous(&String::from_utf8_lossy(bytes));
                if case.names().any(|name| name == "page.html") {
                    case.expect("page.html", &text(&release.templates[&page]));
                }
                if case.names().any(|name| name == "assets") {
                    let all = release.manifest.assets.keys().map(|path| {
                        let bytes = &release.files[path.as_str()];
                        format!("== {}\n{}\n", text(path.as_str().as_bytes()), text(bytes))
                    });
                    case.expect("assets", &all.collect::<String>());
                }
                messages.extend(release.warnings.iter().map(|warning| warning.one_line()));
            }
            Err(failure) => messages.extend(failure.0.iter().map(|error| error.one_line())),
        }
        let root = format!("{}/", folder.path().display());
        case.expect_or_none("messages", &messages.join("\n").replace(&root, ""));
        if case.names().any(|name| name == "off page.html") {
            let release = made(false).unwrap();
            let text = String::from_utf8_lossy(&release.templates[&page]).into_owned();
            case.expect("off page.html", &text);
        }
    }
}

fn is_input(name: &str) -> bool {
    ["templates/", "assets/", "src/"]
        .iter()
        .any(|folder| name.starts_with(folder))
        || name == "crushed.toml"
}

impl Case {
    /// A case without the section expects nothing.
    fn expect_or_none(&self, name: &str, actual: &str) {
        match actual.is_empty() && !self.names().any(|given| given == name) {
            true => {}
            false => self.expect(name, actual),
        }
    }
}

/// The text with every digest shown as `HASH`.
fn anonymous(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(dot) = rest.find('.') {
        let (before, after) = rest.split_at(dot + 1);
        shown.push_str(before);
        let hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let digest = after.bytes().take_while(|byte| hex(byte)).count() == 16;
        if digest {
            shown.push_str("HASH");
        }
        rest = &after[if digest { 16 } else { 0 }..];
    }
    shown + rest
}
