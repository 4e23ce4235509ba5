//! Words that Kubernetes hands on to a container as they are.

/// A word for `command` and `args` of a container, where `$(NAME)` stands for a variable and `$$` for `$`.
pub(super) fn escaped(word: &str) -> String {
    word.replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a word, as `k8s.io/kubernetes/third_party/forked/golang/expansion` has it.
    fn expanded(word: &str) -> String {
        let (mut out, mut rest) = (String::new(), word);
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            rest = match after.chars().next() {
                None => {
                    out.push('$');
                    ""
                }
                Some('$') => {
                    out.push('$');
                    &after[1..]
                }
                Some('(') => {
                    let closed = after.split_once(')');
                    out.push_str(if closed.is_some() { "VALUE" } else { "$(" });
                    closed.map_or(&after[1..], |(_, after)| after)
                }
                Some(other) => {
                    out.push('$');
                    out.push(other);
                    &after[other.len_utf8()..]
                }
            };
        }
        out + rest
    }

    #[test]
    fn no_word_is_read_as_a_variable() {
        for word in [
            "plain",
            "$",
            "$$",
            "$$$",
            "$(RUSH_PLACE)",
            "a$(b",
            "$HOME",
            "$$(X)",
            "x$",
            "(a)$()",
            "größe$(ü)",
        ] {
            assert_eq!(expanded(&escaped(word)), word, "{word}");
        }
        assert_eq!(expanded("$(RUSH_PLACE)"), "VALUE");
    }
}
