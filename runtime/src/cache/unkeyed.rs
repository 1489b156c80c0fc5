//! Request fields that a cached view does not get to see, because they could change the page without being part of
//! its key.

/// Whether the field `name` (lower case) tells of another host, scheme, path or method than the request itself does, or
/// asks for a part of the page only. A trusted proxy's word on scheme and host is part of the key and stays.
///
/// Names with an underscore are a known way to smuggle the others past a proxy (`X_Forwarded_Host`).
pub(crate) fn is_unkeyed(name: &str, forwarded: Forwarded) -> bool {
    match name {
        "forwarded" | "x-forwarded-host" | "x-forwarded-proto" => forwarded == Forwarded::Untrusted,
        "x-forwarded-port"
        | "x-forwarded-prefix"
        | "x-forwarded-scheme"
        | "x-forwarded-server"
        | "x-forwarded-ssl"
        | "x-forwarded-uri"
        | "x-host"
        | "x-http-host-override"
        | "x-original-host"
        | "x-original-url"
        | "x-rewrite-url"
        | "x-script-name"
        | "x-url-scheme"
        | "front-end-https"
        | "x-http-method"
        | "x-http-method-override"
        | "x-method-override" => true,
        // Ranges and conditions are answered from the whole page (RFC 9111 §4.3.1).
        "range" | "if-range" | "if-none-match" | "if-modified-since" => true,
        _ => name.contains('_'),
    }
}

/// Whether the peer's word on host and scheme counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forwarded {
    /// It does, and is part of the key.
    Keyed,
    /// It does not, and the view does not see it.
    Untrusted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_view_sees() {
        for (name, keyed, untrusted) in [
            ("x-forwarded-host", false, true),
            ("forwarded", false, true),
            ("x_forwarded_host", true, true),
            ("x-original-url", true, true),
            ("range", true, true),
            ("accept-language", false, false),
            ("x-forwarded-for", false, false),
            ("host", false, false),
        ] {
            assert_eq!(is_unkeyed(name, Forwarded::Keyed), keyed, "{name}");
            assert_eq!(is_unkeyed(name, Forwarded::Untrusted), untrusted, "{name}");
        }
    }
}
