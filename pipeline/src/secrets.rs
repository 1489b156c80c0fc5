//! What must never ship: keys and passwords that stand in a source or a template.
//!
//! Only what cannot be anything else is taken for one. Libraries that read keys hold the lines between which they stand,
//! and documentation holds keys that are cut short: neither is refused.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memchr::memmem;

use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};

/// A key or password in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Secret {
    pub(crate) what: String,
    /// Where it stands, in bytes.
    pub(crate) range: Range<usize>,
}

/// What the app's `.env` says must be secret: variables by their names, and what they hold.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Environment(Vec<(String, String)>);

/// A shorter value may stand in a page by chance.
const SHORTEST_VALUE: usize = 16;

impl Environment {
    /// Reads `NAME=value` lines, of which those count whose names say that nobody may know them.
    pub(crate) fn parse(text: &str) -> Self {
        let entry = |line: &str| {
            let (name, value) = line.split_once('=')?;
            let name = name.trim().trim_start_matches("export ").trim();
            let value = value.trim();
            let quoted = ['"', '\'']
                .into_iter()
                .find_map(|quote| value.strip_prefix(quote)?.split(quote).next());
            let value = quoted.unwrap_or_else(|| value.split(" #").next().unwrap_or(value).trim());
            let upper = name.to_ascii_uppercase();
            let is_secret = ["SECRET", "PASSWORD", "PASSWD", "PRIVATE"]
                .iter()
                .any(|word| upper.contains(word));
            (is_secret && value.len() >= SHORTEST_VALUE)
                .then(|| (name.to_owned(), value.to_owned()))
        };
        let lines = text.lines().map(str::trim);
        Self(
            lines
                .filter(|line| !line.starts_with('#'))
                .filter_map(entry)
                .collect(),
        )
    }

    fn value(&self, bytes: &[u8]) -> Option<Secret> {
        let found = |(name, value): &(String, String)| {
            let start = memmem::find(bytes, value.as_bytes())?;
            Some(Secret {
                what: format!("the value of `{name}` of .env"),
                range: start..start + value.len(),
            })
        };
        self.0
            .iter()
            .filter_map(found)
            .min_by_key(|secret| secret.range.start)
    }
}

/// The first key or password that stands in these bytes.
pub(crate) fn find(bytes: &[u8], environment: &Environment) -> Option<Secret> {
    let found = [
        private_key(bytes),
        access_key(bytes),
        environment.value(bytes),
    ];
    found
        .into_iter()
        .flatten()
        .min_by_key(|secret| secret.range.start)
}

/// Files that hold what a process must know and nobody else may.
pub(crate) fn is_environment(name: &str) -> bool {
    name == ".env"
        || name
            .strip_prefix(".env.")
            .is_some_and(|rest| !matches!(rest, "example" | "sample" | "template" | "dist"))
}

/// An error about a file in which a key stands. The excerpt does not show it: what a build says is often public.
pub(crate) fn refused(file: &Path, bytes: &[u8], secret: &Secret, name: &str) -> Diagnostic {
    let message = format!("{} stands here, and would be public", secret.what);
    let help = format!(
        "take it out and replace it where it is in use, or add \"{name}\" to `allow_secrets_in` of crushed.toml if it is none"
    );
    let text = String::from_utf8_lossy(bytes);
    let is_text = matches!(text, std::borrow::Cow::Borrowed(_));
    let error = match is_text {
        true => {
            let (start, end) = (secret.range.start, secret.range.end);
            let hidden = text[start..end].chars().map(|c| match c {
                '\n' | '\r' => c,
                _ => '*',
            });
            let shown = [&text[..start], &hidden.collect::<String>(), &text[end..]].concat();
            let shown: Arc<SourceText> = SourceText::new(file, shown);
            Diagnostic::at(ErrorKind::Secret, &shown, start..end, message)
        }
        false => Diagnostic::file(ErrorKind::Secret, file, message),
    };
    error.help(help)
}

/// The shortest private key, one of Ed25519, is one line of this length; all others begin with a line that is no shorter.
const KEY_LINE: usize = 60;

fn private_key(bytes: &[u8]) -> Option<Secret> {
    memmem::find_iter(bytes, "-----BEGIN ").find_map(|start| {
        let rest = &bytes[start..];
        let head = rest[11..].get(..40.min(rest.len() - 11))?;
        let end = memmem::find(head, b"-----")?;
        let kind = &head[..end];
        let kind = kind.strip_suffix(b" BLOCK").unwrap_or(kind);
        if !kind.ends_with(b"PRIVATE KEY") {
            return None;
        }
        let body = start + 11 + end + 5;
        let length = key_length(&bytes[body..])?;
        Some(Secret {
            what: "a private key".to_owned(),
            range: start..body + length,
        })
    })
}

/// How many bytes the first line of a key takes up with what stands before it, which in a script can be the end of a
/// string and the beginning of another.
fn key_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += between(&bytes[at..]);
        let line = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
            .count();
        if line >= KEY_LINE {
            return Some(at + line);
        }
        // `Proc-Type: 4,ENCRYPTED` and the like.
        let is_field = line > 0 && matches!(bytes.get(at + line), Some(b':' | b'-')) && at < 400;
        if !is_field {
            return None;
        }
        let ends = bytes[at..]
            .iter()
            .take(200)
            .position(|byte| matches!(byte, b'\n' | b'\\'))?;
        at += ends;
    }
}

fn between(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if matches!(bytes.get(at + 1), Some(b'n' | b'r' | b'\n')) => at += 2,
            b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b',' => at += 1,
            b'+' if bytes
                .get(at + 1)
                .is_some_and(|next| b" \"'`\n\r\t".contains(next)) =>
            {
                at += 1
            }
            _ => break,
        }
    }
    at
}

/// `AKIA` and `ASIA` with sixteen digits of base 32, by themselves. Those of documentation end in a word.
fn access_key(bytes: &[u8]) -> Option<Secret> {
    const LENGTH: usize = 20;
    // So many different digits: `AKIAXXXXXXXXXXXXXXXX` stands for a key.
    const FEW: usize = 6;
    let is_digit = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'2'..=b'7');
    // Within a word, or within base 64.
    let joins = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+/_-".contains(byte))
    };
    let is_key = |start: usize| {
        let Some(key) = bytes.get(start..start + LENGTH) else {
            return false;
        };
        let digits = &key[4..];
        digits.iter().all(is_digit)
            && digits.iter().collect::<BTreeSet<_>>().len() >= FEW
            && !digits.ends_with(b"EXAMPLE")
            && !joins(start.checked_sub(1).and_then(|before| bytes.get(before)))
            && !joins(bytes.get(start + LENGTH))
    };
    let first = ["AKIA", "ASIA"]
        .into_iter()
        .filter_map(|word| memmem::find_iter(bytes, word).find(|start| is_key(*start)))
        .min()?;
    Some(Secret {
        what: "an access key of AWS".to_owned(),
        range: first..first + LENGTH,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of Ed25519, made for this.
    const LINE: &str = "MC4CAQAwBQYDK2VwBCIEIKyTq0u8mJt5bYc2nVd1rXwS7eHf3gLzPpQo9aUiRkEs";

    fn found(text: &str) -> Option<&str> {
        Some(&text[find(text.as_bytes(), &Environment::default())?.range])
    }

    #[test]
    fn private_keys_are_found_in_any_dress() {
        let long = LINE.repeat(4);
        for text in [
            format!("-----BEGIN PRIVATE KEY-----\n{LINE}\n-----END PRIVATE KEY-----\n"),
            format!("var k = '-----BEGIN RSA PRIVATE KEY-----\\n{LINE}\\n'"),
            format!("k=\"-----BEGIN EC PRIVATE KEY-----\\n\" +\n  \"{LINE}\""),
            format!("k=[\"-----BEGIN PRIVATE KEY-----\",\r\n\"{LINE}\"].join('')"),
            format!("a{{--k:\"-----BEGIN OPENSSH PRIVATE KEY-----{long}\"}}"),
            format!("-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n{LINE}\n"),
            format!(
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{LINE}\n"
            ),
        ] {
            assert!(
                found(&text).is_some_and(|key| key.starts_with("-----BEGIN ")),
                "{text}"
            );
        }
    }

    #[test]
    fn what_reads_or_explains_keys_holds_none() {
        for text in [
            "if (pem.startsWith('-----BEGIN PRIVATE KEY-----')) return pem.slice(27)",
            "var head = \"-----BEGIN RSA PRIVATE KEY-----\\n\"+wordwrap(this.base64())+\"\\n-----END RSA PRIVATE KEY-----\"",
            "/-----BEGIN (RSA )?PRIVATE KEY-----([^-]+)-----END/",
            "<pre>-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC...\n-----END PRIVATE KEY-----</pre>",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN ",
            "-----BEGIN PRIVATE KEY",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
        let public = format!("-----BEGIN PUBLIC KEY-----\n{LINE}\n-----END PUBLIC KEY-----");
        let certificate = format!("-----BEGIN CERTIFICATE-----\n{LINE}\n");
        assert_eq!((found(&public), found(&certificate)), (None, None));
    }

    #[test]
    fn access_keys_stand_by_themselves_and_look_made() {
        for (text, key) in [
            ("id: 'AKIAQ4RT7WZJ5NPLM2XY'", Some("AKIAQ4RT7WZJ5NPLM2XY")),
            ("x=ASIAQ4RT7WZJ5NPLM2XY", Some("ASIAQ4RT7WZJ5NPLM2XY")),
            ("x: ASIAQ4RT7WZJ5NPLM2XY", Some("ASIAQ4RT7WZJ5NPLM2XY")),
            ("AKIAIOSFODNN7EXAMPLE", None),
            ("AKIAXXXXXXXXXXXXXXXX", None),
            ("data:;base64,abAKIAQ4RT7WZJ5NPLM2XYcd", None),
            ("AKIAQ4RT7WZJ5NPLM2X", None),
            ("AKIAq4rt7wzj5nplm2xy", None),
        ] {
            assert_eq!(found(text), key, "{text}");
        }
    }

    #[test]
    fn the_message_does_not_show_the_key() {
        let text = format!("a\n  k = '-----BEGIN PRIVATE KEY-----\\n{LINE}\\n'\n");
        let secret = find(text.as_bytes(), &Environment::default()).unwrap();
        let shown = refused(Path::new("js/k.js"), text.as_bytes(), &secret, "js/k.js").to_string();
        assert!(shown.contains("js/k.js:2:8"), "{shown}");
        assert!(shown.contains("allow_secrets_in"), "{shown}");
        assert!(!shown.contains(&LINE[..20]), "{shown}");
        let bytes = [b"\xff", text.as_bytes()].concat();
        let secret = find(&bytes, &Environment::default()).unwrap();
        let shown = refused(Path::new("k.bin"), &bytes, &secret, "k.bin").to_string();
        assert!(shown.contains("k.bin") && !shown.contains(LINE), "{shown}");
    }

    #[test]
    fn values_of_the_environment_are_found_by_what_they_are_called() {
        let environment = Environment::parse(
            "# SECRET_A=0123456789abcdefg\nexport SECRET_B=\"b123456789abcdefg\" # b\nDB_PASSWORD = d123456789abcdefg # d\n\
             PUBLIC_KEY=p123456789abcdefg\nSECRET_SHORT=s12345\nNOTHING\n",
        );
        let found = |text: &str| find(text.as_bytes(), &environment).map(|secret| secret.what);
        let of = |name: &str| Some(format!("the value of `{name}` of .env"));
        assert_eq!(found("k='b123456789abcdefg'"), of("SECRET_B"));
        assert_eq!(found("k='d123456789abcdefg'"), of("DB_PASSWORD"));
        for text in [
            "0123456789abcdefg",
            "p123456789abcdefg",
            "s12345",
            "",
            "# d",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn files_of_the_environment_go_by_their_names() {
        for name in [".env", ".env.local", ".env.production"] {
            assert!(is_environment(name), "{name}");
        }
        for name in ["env.js", ".env.example", "a.env.js", ".environment", "env"] {
            assert!(!is_environment(name), "{name}");
        }
    }
}
