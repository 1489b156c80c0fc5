use crushed_manifest::AssetPath;

/// The `Content-Type` of an asset, with a charset for text.
///
/// From the table of `mime_guess`; the exceptions are types that it names differently from the current standards.
pub fn content_type(path: &AssetPath) -> String {
    let fixed = match path.extension().to_ascii_lowercase().as_str() {
        // RFC 9239.
        "js" | "mjs" => Some("text/javascript"),
        // W3C Web Application Manifest §6.
        "webmanifest" => Some("application/manifest+json"),
        "map" => Some("application/json"),
        _ => None,
    };
    let essence = fixed.map_or_else(
        || {
            mime_guess::from_path(path.as_str())
                .first_or_octet_stream()
                .essence_str()
                .to_owned()
        },
        str::to_owned,
    );
    let text = essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || matches!(
            essence.as_str(),
            "application/json" | "application/xml" | "application/javascript"
        );
    match text {
        true => format!("{essence}; charset=utf-8"),
        false => essence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_of_the_standards() {
        for (path, want) in [
            ("a.css", "text/css; charset=utf-8"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.mjs", "text/javascript; charset=utf-8"),
            ("a.woff", "font/woff"),
            ("a.woff2", "font/woff2"),
            ("a.ttf", "font/ttf"),
            ("a.svg", "image/svg+xml; charset=utf-8"),
            ("a.avif", "image/avif"),
            ("a.wasm", "application/wasm"),
            ("a.webmanifest", "application/manifest+json; charset=utf-8"),
            ("a.json", "application/json; charset=utf-8"),
            ("a.jpg", "image/jpeg"),
            ("a", "application/octet-stream"),
        ] {
            assert_eq!(
                content_type(&AssetPath::parse(path).unwrap()),
                want,
                "{path}"
            );
        }
    }
}
