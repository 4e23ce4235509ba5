//! "Did you mean …": the word nearest to the one that was written.

/// The candidate that was probably meant, if any is near enough to be named.
pub(crate) fn closest<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let written = normal(written);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&written, &normal(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= tolerated(&written, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The same word but for case and for `-` in the place of `_`.
pub(crate) fn is_same_word(written: &str, candidate: &str) -> bool {
    normal(written) == normal(candidate)
}

fn normal(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

/// One slip in a short word, one in three letters of a longer one, and any rest of a word that was written in part.
fn tolerated(written: &str, candidate: &str) -> usize {
    let in_part = written.len() >= 4 && normal(candidate).split('_').any(|part| part == written);
    if in_part { usize::MAX } else { (written.chars().count().max(candidate.chars().count()) / 3).max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let keys = ["count", "processes", "start_timeout", "max_restarts"];
        for (written, expected) in [
            ("cuont", Some("count")),
            ("Count", Some("count")),
            ("process", Some("processes")),
            ("start-timeout", Some("start_timeout")),
            ("timeout", Some("start_timeout")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(closest(written, keys), expected, "{written}");
        }
    }
}
