/// The candidate nearest to `given`, if it is near enough to be meant: the "did you mean" of messages.
///
/// Optimal string alignment distance; a file of the right name in another directory also counts as near.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (given.chars().count() / 3).clamp(1, 4);
    let given_name = given.rsplit('/').next().unwrap_or(given);
    let asked = Word::of(given);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != given)
        .filter_map(|candidate| {
            let name = candidate.rsplit('/').next().unwrap_or(candidate);
            let moved = (name == given_name).then_some(limit);
            let cost = asked.distance(&Word::of(candidate), limit).or(moved)?;
            Some((cost, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// A word, and what tells quickly that it is far from another: there may be thousands of candidates.
struct Word<'a> {
    text: &'a str,
    length: usize,
    /// A bit for each character that stands in it; some share one.
    letters: u64,
}

impl<'a> Word<'a> {
    fn of(text: &'a str) -> Self {
        let (mut length, mut letters) = (0, 0);
        for char in text.chars() {
            length += 1;
            letters |= 1 << (u32::from(char) % u64::BITS);
        }
        Self {
            text,
            length,
            letters,
        }
    }

    /// How far they are from each other, if not farther than that.
    fn distance(&self, other: &Self, limit: usize) -> Option<usize> {
        // A letter that the other one does not have at all costs a step.
        let missing = |from: u64, of: u64| (from & !of).count_ones() as usize;
        let far = self.length.abs_diff(other.length) > limit
            || missing(self.letters, other.letters) > limit
            || missing(other.letters, self.letters) > limit;
        if far {
            return None;
        }
        Some(distance(self.text, other.text)).filter(|distance| *distance <= limit)
    }
}

fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = [
        vec![0; b.len() + 1],
        (0..=b.len()).collect(),
        vec![0; b.len() + 1],
    ];
    for i in 1..=a.len() {
        let [before, above, row] = &mut rows;
        row[0] = i;
        for j in 1..=b.len() {
            let replace = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_typos_swaps_and_moved_files_but_nothing_far() {
        let files = ["css/app.css", "css/bootstrap.css", "js/app.js"];
        assert_eq!(nearest("css/ap.css", files), Some("css/app.css"));
        assert_eq!(
            nearest("css/bootsrtap.css", files),
            Some("css/bootstrap.css")
        );
        assert_eq!(nearest("styles/app.css", files), Some("css/app.css"));
        assert_eq!(nearest("img/zebra.png", files), None);
        assert_eq!(nearest("ccs", ["css", "js"]), Some("css"));
        assert_eq!(nearest("pony", ["css", "js"]), None);
    }

    #[test]
    fn what_is_passed_over_quickly_is_far() {
        let words = [
            "",
            "a",
            "ab",
            "ba",
            "abc",
            "cab",
            "xyz",
            "a-b-c",
            "äöü",
            "css/app.css",
            "ppa.css",
        ];
        for (one, other) in words
            .iter()
            .flat_map(|one| words.map(|other| (*one, other)))
        {
            for limit in 0..6 {
                let whole = distance(one, other);
                let wanted = (whole <= limit).then_some(whole);
                let found = Word::of(one).distance(&Word::of(other), limit);
                assert_eq!(found, wanted, "{one} {other} {limit}");
            }
        }
    }
}
