//! Which part of a query string tells pages apart.

use std::borrow::Cow;

/// How a query string is brought into the form that enters the key.
///
/// The view is shown the same form: what is not part of the key must not be able to change the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueryRule {
    pub(crate) sorted: bool,
    pub(crate) select: Select,
}

/// The parameters that count. A pattern is a name, or the beginning of names followed by `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Select {
    /// Every one.
    #[default]
    All,
    /// Every one but these.
    Without(Vec<String>),
    /// These and no others.
    Only(Vec<String>),
}

impl QueryRule {
    /// The normal form of `query`; `None` where nothing of it counts.
    ///
    /// Without a rule it is the query byte for byte. Sorting is stable and by name only, because the order of equal
    /// names (`a=1&a=2`) can matter to a view.
    pub(crate) fn apply<'a>(&self, query: Option<&'a str>) -> Option<Cow<'a, str>> {
        let query = query?;
        if !self.sorted && self.select == Select::All {
            return Some(Cow::Borrowed(query));
        }
        let mut kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && self.select.keeps(name(pair)))
            .collect();
        if self.sorted {
            kept.sort_by_key(|pair| name(pair));
        }
        let normal = kept.join("&");
        match normal.is_empty() {
            true => None,
            false if normal == query => Some(Cow::Borrowed(query)),
            false => Some(Cow::Owned(normal)),
        }
    }
}

impl Select {
    fn keeps(&self, name: &str) -> bool {
        match self {
            Select::All => true,
            Select::Without(patterns) => !matches_any(patterns, name),
            Select::Only(patterns) => matches_any(patterns, name),
        }
    }
}

fn name(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

fn matches_any(patterns: &[String], name: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == pattern,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn normal_forms() {
        let exact = QueryRule::default();
        let sorted = QueryRule {
            sorted: true,
            ..QueryRule::default()
        };
        let tracked = QueryRule {
            sorted: false,
            select: Select::Without(list(&["utm_*", "gclid"])),
        };
        let only = QueryRule {
            sorted: true,
            select: Select::Only(list(&["page", "q"])),
        };
        for (rule, query, want) in [
            (&exact, None, None),
            (&exact, Some(""), Some("")),
            (&exact, Some("b=1&a=2&"), Some("b=1&a=2&")),
            (&sorted, Some("b=1&a=2"), Some("a=2&b=1")),
            (&sorted, Some("a=2&b&a=1"), Some("a=2&a=1&b")),
            (&sorted, Some("&&"), None),
            (&tracked, Some("utm_source=x&a=1&gclid=2"), Some("a=1")),
            (&tracked, Some("gclidx=2"), Some("gclidx=2")),
            (&tracked, Some("gclid=2"), None),
            (&only, Some("x=1&q=a&page=2&qq=1"), Some("page=2&q=a")),
        ] {
            assert_eq!(rule.apply(query).as_deref(), want, "{rule:?} on {query:?}");
        }
    }
}
