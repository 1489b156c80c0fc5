//! The tags of a page, by which it can be purged together with others.

use std::sync::Arc;

/// More tags than this on one page, or longer ones, and the page is not stored: it could not be purged in time.
const MOST: usize = 64;
const LONGEST: usize = 1024;

/// Tags of a page. A handler gives them by putting this into the extensions of its response or of its request:
///
/// ```
/// # use actix_web::HttpResponse;
/// use crushed::cache::Tags;
///
/// let mut response = HttpResponse::Ok().body("coupons of Bogus Inc.");
/// response.extensions_mut().insert(Tags::new(["merchant-7", "coupons"]));
/// ```
///
/// A tag is any text and is compared byte for byte. Nobody but the cache sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Arc<[Box<str>]>);

impl Tags {
    /// These tags; one that is given twice counts once.
    pub fn new<T: Into<Box<str>>>(tags: impl IntoIterator<Item = T>) -> Tags {
        let mut tags: Vec<Box<str>> = tags.into_iter().map(Into::into).collect();
        tags.sort_unstable();
        tags.dedup();
        Tags(tags.into())
    }

    /// The tags in byte order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|tag| &**tag)
    }

    /// Both together.
    pub(crate) fn union(&self, other: &Tags) -> Tags {
        match (self.0.is_empty(), other.0.is_empty()) {
            (_, true) => self.clone(),
            (true, false) => other.clone(),
            (false, false) => Tags::new(self.iter().chain(other.iter())),
        }
    }

    /// Whether there are so few and short ones that a page can be stored with them.
    pub(crate) fn fit(&self) -> bool {
        self.0.len() <= MOST && self.iter().all(|tag| tag.len() <= LONGEST)
    }

    /// Bytes that the tags take up in memory, roughly.
    pub(crate) fn weight(&self) -> usize {
        self.iter().map(|tag| tag.len() + 16).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tag_counts_once() {
        let tags = Tags::new(["b", "a", "b"]);
        assert_eq!(tags.iter().collect::<Vec<_>>(), ["a", "b"]);
        let more = tags.union(&Tags::new(["c", "a"]));
        assert_eq!(more.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(tags.union(&Tags::default()), tags);
        assert_eq!(Tags::default().union(&tags), tags);
    }

    #[test]
    fn there_are_not_too_many() {
        assert!(Tags::new((0..MOST).map(|n| n.to_string())).fit());
        assert!(!Tags::new((0..=MOST).map(|n| n.to_string())).fit());
        assert!(!Tags::new(["x".repeat(LONGEST + 1)]).fit());
    }
}
