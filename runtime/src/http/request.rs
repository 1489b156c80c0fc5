use super::Name;

/// The parts of a request that the decision reads, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r, F> {
    /// The method as sent; it is case-sensitive (RFC 9110 §9.1).
    pub method: &'r str,
    /// The header fields.
    pub fields: &'r F,
}

/// Where an adapter's request keeps its header fields.
pub trait Fields {
    /// The values of all field lines of this name, in their order (RFC 9110 §5.2).
    fn lines(&self, name: Name) -> impl Iterator<Item = &[u8]>;

    /// The value of a field that must stand once: nothing if it is missing, or there more than once.
    fn single(&self, name: Name) -> Option<&[u8]> {
        let mut lines = self.lines(name);
        match (lines.next(), lines.next()) {
            (Some(line), None) => Some(line),
            _ => None,
        }
    }

    /// Whether there is a field of this name.
    fn has(&self, name: Name) -> bool {
        self.lines(name).next().is_some()
    }
}

/// Fields as they are written, for tests and small adapters. Names are compared without case (RFC 9110 §5.1).
impl<N: AsRef<str>, V: AsRef<[u8]>> Fields for [(N, V)] {
    fn lines(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        self.iter()
            .filter(move |(given, _)| given.as_ref().eq_ignore_ascii_case(name.as_str()))
            .map(|(_, value)| value.as_ref())
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Fields for Vec<(N, V)> {
    fn lines(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        self.as_slice().lines(name)
    }
}

impl<F: Fields + ?Sized> Fields for &F {
    fn lines(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        (**self).lines(name)
    }
}

/// The members of a list (RFC 9110 §5.6.1): split at commas, trimmed, empty ones left out.
///
/// Not for lists whose members hold quoted strings.
pub(super) fn members(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b',')
        .map(trim)
        .filter(|member| !member.is_empty())
}

/// Without the optional white space around it (RFC 9110 §5.6.3).
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_without_case() {
        let fields = vec![("range", "a"), ("If-Match", "b"), ("RANGE", "c")];
        let lines: Vec<_> = fields.lines(Name::Range).collect();
        assert_eq!(lines, [b"a", b"c"]);
        assert_eq!(fields.single(Name::Range), None);
        assert_eq!(fields.single(Name::IfMatch), Some(&b"b"[..]));
        assert!(fields.has(Name::Range) && !fields.has(Name::Vary));
    }

    #[test]
    fn lists_are_split_and_trimmed() {
        let got: Vec<_> = members(b" a ,, b c,\t, d").collect();
        assert_eq!(got, [&b"a"[..], b"b c", b"d"]);
        assert_eq!(members(b"").count(), 0);
    }
}
