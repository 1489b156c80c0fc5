/// The value of `Content-Type` for a file name, by its extension, with a charset for text.
///
/// ```
/// assert_eq!(crushed_manifest::content_type("css/app.css"), "text/css; charset=utf-8");
/// ```
pub fn content_type(name: &str) -> String {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let extension = extension.to_ascii_lowercase();
    let essence = match extension.as_str() {
        // Newer than the library's table, or answered otherwise by it: RFC 9239, RFC 8081, IANA.
        "js" | "mjs" | "cjs" => "text/javascript",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "webmanifest" => "application/manifest+json",
        "map" => "application/json",
        "wasm" => "application/wasm",
        "avif" => "image/avif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        _ => mime_guess::from_ext(&extension)
            .first_raw()
            .unwrap_or("application/octet-stream"),
    };
    if has_charset(essence) {
        format!("{essence}; charset=utf-8")
    } else {
        essence.to_owned()
    }
}

/// Text that has no encoding of its own. JSON has (RFC 8259 §8.1).
fn has_charset(essence: &str) -> bool {
    essence.starts_with("text/") || matches!(essence, "image/svg+xml" | "application/xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_extension() {
        for (name, want) in [
            ("css/app.css", "text/css; charset=utf-8"),
            ("js/app.js", "text/javascript; charset=utf-8"),
            ("js/APP.MJS", "text/javascript; charset=utf-8"),
            ("js/app.js.map", "application/json"),
            ("fonts/a.woff2", "font/woff2"),
            ("a.wasm", "application/wasm"),
            ("site.webmanifest", "application/manifest+json"),
            ("img/a.avif", "image/avif"),
            ("img/a.svg", "image/svg+xml; charset=utf-8"),
            ("img/a.jpg", "image/jpeg"),
            ("data.json", "application/json"),
            ("robots.txt", "text/plain; charset=utf-8"),
            ("page.html", "text/html; charset=utf-8"),
            ("LICENSE", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), want, "{name}");
        }
    }
}
