//! A shell command as words: enough of the shell's language to see which programs a command runs, and with which words.

/// The simple commands in a text for `sh`, each as its words: first the program that it runs.
///
/// A quoted text is (part of) a word. What `command -v` asks for is not run.
pub(super) fn simple_commands(text: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    for words in split(text) {
        let mut words = words.into_iter().peekable();
        // What stands before the program: keywords, assignments, and programs that run others, with their options.
        let mut asks = false;
        while let Some(word) = words.peek() {
            if asks && word.starts_with('-') {
                break;
            }
            if !is_before_a_program(word) {
                break;
            }
            asks = word == "command";
            words.next();
        }
        let words: Vec<String> = words.collect();
        if words.first().is_some_and(|program| !program.starts_with('-')) {
            commands.push(words);
        }
    }
    commands
}

fn is_before_a_program(word: &str) -> bool {
    const WORDS: [&str; 18] = [
        "if", "then", "elif", "else", "while", "until", "do", "!", "{", "}", "exec", "command", "env",
        "sudo", "time", "nice", "nohup", "eval",
    ];
    let is_assignment = || {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    WORDS.contains(&word) || is_assignment()
}

/// Words between what ends a simple command. Comments and the files of redirections are left out.
fn split(text: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut is_file = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends_word = letter.is_whitespace() || "&|;()<>`".contains(letter);
        if ends_word
            && let Some(word) = word.take()
            && !std::mem::take(&mut is_file)
            && let Some(command) = commands.last_mut()
        {
            command.push(word);
        }
        match letter {
            '#' if word.is_none() => while letters.next_if(|letter| *letter != '\n').is_some() {},
            // `2>&1`, `>&2`
            '<' | '>' => {
                letters.next_if(|letter| ['>', '&'].contains(letter));
                is_file = true;
            }
            '\n' | '&' | '|' | ';' | '(' | ')' | '`' => {
                is_file = false;
                commands.push(Vec::new());
            }
            _ if ends_word => {}
            '\\' => match letters.next() {
                // A line that goes on.
                Some('\n') | None => {}
                Some(escaped) => word.get_or_insert_default().push(escaped),
            },
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                while let Some(quoted) = letters.next_if(|quoted| *quoted != letter) {
                    word.push(quoted);
                    if quoted == '\\' && letter == '"' {
                        word.extend(letters.next());
                    }
                }
                letters.next();
            }
            _ => word.get_or_insert_default().push(letter),
        }
    }
    if let (Some(word), false, Some(command)) = (word, is_file, commands.last_mut()) {
        command.push(word);
    }
    commands.retain(|command| !command.is_empty());
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        simple_commands(text).into_iter().map(|words| words.join(" ")).collect()
    }

    #[test]
    fn commands_are_what_runs() {
        assert_eq!(lines("cargo build --release"), ["cargo build --release"]);
        assert_eq!(
            lines("cd a && make -j4; wasm-tools x|sort &\nzig cc"),
            ["cd a", "make -j4", "wasm-tools x", "sort", "zig cc"]
        );
        assert_eq!(lines("zig cc \\\n  -o a.wasm a.c"), ["zig cc -o a.wasm a.c"]);
        assert_eq!(lines(" \n# cargo build\n true # and make\n"), ["true"]);
        assert_eq!(lines("x=$(rustc --print sysroot) y=`node a`"), ["rustc --print sysroot", "node a"]);
    }

    #[test]
    fn what_stands_before_a_program_is_left_out() {
        assert_eq!(lines("RUSTFLAGS='-C a' cargo build"), ["cargo build"]);
        assert_eq!(lines("if ! test -d x; then exec env A=1 make; fi"), ["test -d x", "make", "fi"]);
        assert_eq!(lines("{ just a; }"), ["just a"]);
    }

    #[test]
    fn what_is_only_asked_for_does_not_run() {
        let text =
            "command -v componentize-py >/dev/null || (python3 -m venv .venv && .venv/bin/pip install x)";
        assert_eq!(lines(text), ["python3 -m venv .venv", ".venv/bin/pip install x"]);
    }

    #[test]
    fn quotes_and_redirections_hide_words() {
        assert_eq!(lines("echo 'cargo; make' \"a \\\" | zig\""), ["echo cargo; make a \\\" | zig"]);
        assert_eq!(lines("node a.js > make 2>&1 < cargo"), ["node a.js 2"]);
        assert_eq!(lines("echo 'unfinished"), ["echo unfinished"]);
    }
}
