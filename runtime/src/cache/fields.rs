//! Reading header fields without knowing the framework's header map.

use http::{HeaderName, HeaderValue};

/// Header fields that can be asked for by name, in order of appearance.
pub(crate) trait Fields {
    /// Every line of the field `name` (lower case), untrimmed.
    fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]>;

    /// The name (lower case) of every field, some of them perhaps more than once.
    fn names(&self) -> impl Iterator<Item = &str>;

    /// Whether the field is there at all.
    fn has(&self, name: &str) -> bool {
        self.lines(name).next().is_some()
    }

    /// The comma-separated members of all lines of a field, trimmed, without empty ones (RFC 9110 §5.6.1).
    ///
    /// Only for fields whose members hold no quoted commas.
    fn members<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.lines(name)
            .flat_map(|line| line.split(|&byte| byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|member| !member.is_empty())
    }
}

/// Header lines as an entry keeps them.
pub(crate) type Lines = Vec<(HeaderName, HeaderValue)>;

impl Fields for [(HeaderName, HeaderValue)] {
    fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter()
            .filter(move |(field, _)| field.as_str() == name)
            .map(|(_, value)| value.as_bytes())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name.as_str())
    }
}

impl Fields for Lines {
    fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.as_slice().lines(name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.as_slice().names()
    }
}

/// Header fields from literals, for tests.
#[cfg(test)]
pub(crate) fn lines(fields: &[(&str, &str)]) -> Lines {
    fields
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_join_lines_and_skip_empty_ones() {
        let fields = lines(&[("vary", " Accept ,,X-A"), ("x", "1"), ("vary", "\t*")]);
        let members: Vec<_> = fields.members("vary").collect();
        assert_eq!(members, [&b"Accept"[..], b"X-A", b"*"]);
        assert!(fields.has("x"));
        assert!(!fields.has("y"));
    }
}
