/// The candidate nearest to `given`, if it is near enough to be meant: the "did you mean" of messages.
///
/// Optimal string alignment distance; a file of the right name in another directory also counts as near.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (given.chars().count() / 3).clamp(1, 4);
    let given_name = given.rsplit('/').next().unwrap_or(given);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let name = candidate.rsplit('/').next().unwrap_or(candidate);
            let whole = distance(given, candidate);
            let cost = match name == given_name {
                true => whole.min(limit),
                false => whole,
            };
            (cost <= limit && whole > 0).then_some((cost, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
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
}
