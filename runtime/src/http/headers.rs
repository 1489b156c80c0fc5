use std::fmt;

/// The header fields that are read or written here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Name {
    /// RFC 9110 §12.5.3
    AcceptEncoding,
    /// RFC 9110 §14.3
    AcceptRanges,
    /// Fetch §3.3.3
    AccessControlAllowMethods,
    /// Fetch §3.3.3
    AccessControlAllowOrigin,
    /// Fetch §3.3.2
    AccessControlRequestMethod,
    /// RFC 9110 §10.2.1
    Allow,
    /// RFC 9111 §5.2
    CacheControl,
    /// RFC 9110 §8.4
    ContentEncoding,
    /// RFC 9110 §14.4
    ContentRange,
    /// RFC 9110 §8.3
    ContentType,
    /// Fetch §3.7
    CrossOriginResourcePolicy,
    /// RFC 9110 §8.8.3
    Etag,
    /// RFC 9110 §13.1.1
    IfMatch,
    /// RFC 9110 §13.1.3
    IfModifiedSince,
    /// RFC 9110 §13.1.2
    IfNoneMatch,
    /// RFC 9110 §13.1.5
    IfRange,
    /// RFC 9110 §13.1.4
    IfUnmodifiedSince,
    /// RFC 9110 §8.8.2
    LastModified,
    /// RFC 9110 §14.2
    Range,
    /// ECMA-426
    SourceMap,
    /// RFC 9110 §12.5.5
    Vary,
    /// Fetch §3.6
    XContentTypeOptions,
}

impl Name {
    /// The name in lower case, as HTTP/2 wants it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AcceptEncoding => "accept-encoding",
            Self::AcceptRanges => "accept-ranges",
            Self::AccessControlAllowMethods => "access-control-allow-methods",
            Self::AccessControlAllowOrigin => "access-control-allow-origin",
            Self::AccessControlRequestMethod => "access-control-request-method",
            Self::Allow => "allow",
            Self::CacheControl => "cache-control",
            Self::ContentEncoding => "content-encoding",
            Self::ContentRange => "content-range",
            Self::ContentType => "content-type",
            Self::CrossOriginResourcePolicy => "cross-origin-resource-policy",
            Self::Etag => "etag",
            Self::IfMatch => "if-match",
            Self::IfModifiedSince => "if-modified-since",
            Self::IfNoneMatch => "if-none-match",
            Self::IfRange => "if-range",
            Self::IfUnmodifiedSince => "if-unmodified-since",
            Self::LastModified => "last-modified",
            Self::Range => "range",
            Self::SourceMap => "sourcemap",
            Self::Vary => "vary",
            Self::XContentTypeOptions => "x-content-type-options",
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The value of a response's field. The kinds differ in what an adapter has to copy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value<'r> {
    /// Text of this crate.
    Fixed(&'static str),
    /// Text of the resource.
    Borrowed(&'r str),
    /// Text made for this reply.
    Made(String),
}

impl Value<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Borrowed(text) => text,
            Self::Made(text) => text,
        }
    }
}

/// As many as one reply can have, and one to spare.
const CAPACITY: usize = 13;

/// The header fields of a reply, each name once. Held in place, since a reply should not need the heap for them.
#[derive(Clone, Debug)]
pub struct Headers<'r> {
    fields: [Option<(Name, Value<'r>)>; CAPACITY],
}

impl<'r> Headers<'r> {
    pub(super) const fn new() -> Self {
        Self {
            fields: [const { None }; CAPACITY],
        }
    }

    pub(super) fn insert(&mut self, name: Name, value: Value<'r>) {
        let free = self.fields.iter_mut().find(|field| field.is_none());
        debug_assert!(free.is_some(), "no room for {name}");
        if let Some(field) = free {
            *field = Some((name, value));
        }
    }

    /// The fields in the order in which they are to be sent.
    pub fn iter(&self) -> impl Iterator<Item = (Name, &Value<'r>)> {
        self.fields
            .iter()
            .flatten()
            .map(|(name, value)| (*name, value))
    }

    /// The value of a field.
    pub fn get(&self, name: Name) -> Option<&str> {
        self.iter()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value.as_str())
    }
}

impl<'r> IntoIterator for Headers<'r> {
    type Item = (Name, Value<'r>);
    type IntoIter = std::iter::Flatten<std::array::IntoIter<Option<Self::Item>, CAPACITY>>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sink;
    use super::*;

    #[test]
    fn fields_come_back_in_their_order() {
        let mut headers = Headers::new();
        headers.fixed(Name::Vary, "a");
        headers.insert(Name::Etag, Value::Made("b".to_owned()));
        headers.insert(Name::ContentType, Value::Borrowed("c"));
        let texts: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.as_str()))
            .collect();
        assert_eq!(texts, ["vary: a", "etag: b", "content-type: c"]);
        assert_eq!(headers.get(Name::Etag), Some("b"));
        assert_eq!(headers.get(Name::Allow), None);
        assert_eq!(headers.into_iter().count(), 3);
    }
}
