use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::token::{Kind, Token, unescape};

/// The custom properties of a sheet: where they are declared and which ones are used.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct CustomProperties {
    /// Where each declaration begins, and its name.
    declared: Vec<(usize, String)>,
    /// The names that `var()` takes, each with the custom properties in whose values it does.
    pub used: BTreeMap<String, BTreeSet<Option<String>>>,
}

impl CustomProperties {
    pub(super) fn of(text: &str, tokens: &[Token]) -> Self {
        let mut found = Self::default();
        // Most names are used often: they are owned once.
        let mut used: BTreeMap<Cow<'_, str>, BTreeSet<Option<Cow<'_, str>>>> = BTreeMap::new();
        if !text.contains("--") && !text.contains('\\') {
            return found;
        }
        // The declaration being read, until its `;` or the end of its block.
        let mut inside: Option<(Cow<'_, str>, usize)> = None;
        let mut depth = 0_usize;
        let mut begins = true;
        for (index, token) in tokens.iter().enumerate() {
            if token.is_blank() {
                continue;
            }
            let next = || tokens[index + 1..].iter().find(|token| !token.is_blank());
            let name = || unescape(token.text(text));
            match token.kind {
                Kind::Ident
                    if begins
                        && depth > 0
                        && name().starts_with("--")
                        && next().is_some_and(|next| next.kind == Kind::Colon) =>
                {
                    inside = Some((name(), depth));
                    found.declared.push((token.start, name().into_owned()));
                }
                Kind::Function if name().eq_ignore_ascii_case("var(") => {
                    if let Some(name) = next().filter(|next| next.kind == Kind::Ident) {
                        let by = inside.as_ref().map(|(name, _)| name.clone());
                        used.entry(unescape(name.text(text)))
                            .or_default()
                            .insert(by);
                    }
                }
                _ => {}
            }
            if token.opens().is_some() {
                depth += 1;
            } else if token.closes() {
                depth = depth.saturating_sub(1);
            }
            let ends = token.kind == Kind::Semicolon || token.kind == Kind::CloseCurly;
            if ends && inside.as_ref().is_some_and(|(_, at)| depth <= *at) {
                inside = None;
            }
            begins = inside.is_none()
                && matches!(
                    token.kind,
                    Kind::OpenCurly | Kind::CloseCurly | Kind::Semicolon
                );
        }
        let owned = |by: BTreeSet<Option<Cow<'_, str>>>| {
            by.into_iter().map(|by| by.map(Cow::into_owned)).collect()
        };
        let used = used.into_iter();
        found.used = used
            .map(|(name, by)| (name.into_owned(), owned(by)))
            .collect();
        found
    }

    /// The name of the property whose value holds the byte at `offset`.
    pub(crate) fn around(&self, offset: usize) -> Option<&str> {
        let index = self.declared.partition_point(|(start, _)| *start < offset);
        Some(&self.declared.get(index.checked_sub(1)?)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    #[test]
    fn declarations_and_uses() {
        let text =
            ":root{--a:url(x);--b:{c:var(--a)};d:var( --b ,var(--e))}@media x{.f{--\\67:1}}--h:2";
        let found = CustomProperties::of(text, &tokens(text));
        let names: Vec<&str> = found
            .declared
            .iter()
            .map(|(_, name)| name.as_str())
            .collect();
        assert_eq!(names, ["--a", "--b", "--g"]);
        assert_eq!(found.around(text.find("url").unwrap()), Some("--a"));
        let by = |name: &str| found.used[name].iter().cloned().collect::<Vec<_>>();
        assert_eq!(by("--a"), [Some("--b".to_owned())]);
        assert_eq!(by("--b"), [None]);
        assert_eq!(by("--e"), [None]);
    }
}
