//! Finding the bracket that is never closed.

/// Position of the outermost bracket of a value that is still open at the end, with its kind and what would close it.
pub(crate) fn open_bracket(text: &str) -> Option<(usize, char, char)> {
    let mut open: Vec<(usize, char, char)> = Vec::new();
    let mut position = 0;
    for line in text.split_inclusive('\n') {
        // A line that begins with a bracket outside of every value is the header of a table.
        let is_header = open.is_empty() && line.trim_start().starts_with('[');
        let mut characters = line.char_indices();
        while let Some((column, c)) = characters.next() {
            match c {
                '#' => break,
                '"' | '\'' => skip_string(&mut characters, c),
                '[' if !is_header => open.push((position + column, '[', ']')),
                '{' if !is_header => open.push((position + column, '{', '}')),
                ']' | '}' if open.last().is_some_and(|(_, _, close)| *close == c) => {
                    open.pop();
                }
                _ => {}
            }
        }
        position += line.len();
    }
    open.first().copied()
}

fn skip_string(characters: &mut std::str::CharIndices<'_>, quote: char) {
    while let Some((_, c)) = characters.next() {
        match c {
            '\\' if quote == '"' => {
                characters.next();
            }
            c if c == quote => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_open_bracket_is_found() {
        assert_eq!(open_bracket("[t]\na = [1, [2]\nb = [3]\n[u]\n"), Some((8, '[', ']')));
        assert_eq!(open_bracket("a = { b = 'x}' # }\n"), Some((4, '{', '}')));
        assert_eq!(open_bracket("[[t]]\na = [1, \"]\\\"[\", {}]\n"), None);
    }
}
