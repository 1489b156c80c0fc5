//! The stages whose results are kept, each with what they depend on.

use std::io;

use crushed_manifest::{Coding, Kind};

use super::Memo;
use crate::css::{self, CustomProperties};
use crate::encode::{Effort, encode};
use crate::fault::Fault;
use crate::js::{self, Facts, Goal};
use crate::shipped::{self, Choice};

impl Memo {
    /// What a browser would recover from in a stylesheet, and its custom properties.
    pub(crate) fn checked_sheet(
        &self,
        text: &str,
    ) -> (Result<Vec<Fault>, Fault>, CustomProperties) {
        let mut refused = CustomProperties::default();
        let checked = self.value("check css", &[text.as_bytes()], || {
            let (faults, properties) = css::check_and_properties(text);
            match faults {
                Ok(faults) => Ok((faults, properties)),
                Err(fault) => {
                    refused = properties;
                    Err(fault)
                }
            }
        });
        match checked {
            Ok((faults, properties)) => (Ok(faults), properties),
            Err(fault) => (Err(fault), refused),
        }
    }

    /// Whether a source or the minified file beside it is compiled.
    pub(crate) fn shipped(&self, kind: Kind, source: &str, minified: &str) -> Choice {
        let parts = [kind.word(), source, minified].map(str::as_bytes);
        self.sure("choose shipped", &parts, || {
            shipped::choose(kind, source, minified)
        })
    }

    /// Joined and minified stylesheets.
    pub(crate) fn stylesheet(
        &self,
        head: &str,
        sheets: &[&str],
        options: &css::Options,
    ) -> css::Minified {
        let options_text = format!("{options:?}");
        let mut parts = vec![options_text.as_bytes(), head.as_bytes()];
        parts.extend(sheets.iter().map(|sheet| sheet.as_bytes()));
        self.sure("minify css", &parts, || {
            css::join_and_minify(head, sheets, options)
        })
    }

    /// What others need to know of a script, and the script minified, as [`js::inspect_and_minify`] gives them.
    pub(crate) fn script(
        &self,
        text: &str,
        goal: Goal,
        options: &js::Options,
        marked: impl FnOnce(&Facts) -> Option<String> + Send,
    ) -> Result<(Facts, js::Minified), Fault> {
        let (goal_text, options_text) = (format!("{goal:?}"), format!("{options:?}"));
        let read = [goal_text.as_bytes(), text.as_bytes()];
        if let Some(facts) = self.get::<Facts>("read js", &read) {
            let marked = marked(&facts);
            let text = marked.as_deref().unwrap_or(text);
            let parts = [
                goal_text.as_bytes(),
                options_text.as_bytes(),
                text.as_bytes(),
            ];
            let minified = self.value("minify js", &parts, || js::minify(text, goal, options))?;
            return Ok((facts, minified));
        }
        let mut other = None;
        let (facts, minified) = js::inspect_and_minify(text, goal, options, |facts| {
            other = marked(facts);
            other.clone()
        })?;
        self.put("read js", &read, &facts);
        let text = other.as_deref().unwrap_or(text);
        let parts = [
            goal_text.as_bytes(),
            options_text.as_bytes(),
            text.as_bytes(),
        ];
        self.put("minify js", &parts, &minified);
        Ok((facts, minified))
    }

    /// Bytes in each of some codings; `None` for one that is not smaller.
    pub(crate) fn encoded(
        &self,
        bytes: &[u8],
        codings: &[Coding],
        effort: Effort,
    ) -> io::Result<Vec<Option<Vec<u8>>>> {
        let how = format!("{codings:?} {effort:?}");
        // Each with its length before it. Nothing is a form that no encoder gives.
        let all = self.bytes("encode", &[how.as_bytes(), bytes], || {
            let mut all = Vec::new();
            for coding in codings {
                let encoded = encode(bytes, *coding, effort)?.unwrap_or_default();
                all.extend((encoded.len() as u64).to_le_bytes());
                all.extend(encoded);
            }
            Ok::<_, io::Error>(all)
        })?;
        let mut rest = all.as_slice();
        let mut next = || {
            let (length, behind) = rest.split_first_chunk()?;
            let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
            let (encoded, behind) = behind.split_at_checked(length)?;
            rest = behind;
            Some((length > 0).then(|| encoded.to_vec()))
        };
        let each: Option<Vec<_>> = codings.iter().map(|_| next()).collect();
        each.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}
