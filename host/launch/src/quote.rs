//! Command lines that a POSIX shell reads as the arguments they were made from.

use std::{borrow::Cow, ffi::OsString};

/// An argument that no command line can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unquotable {
    /// It contains a zero byte.
    #[error("The argument {argument:?} contains a zero byte, which no program can be given")]
    ZeroByte {
        /// The argument.
        argument: String,
    },
    /// It is a path that is not text.
    #[error("The argument {argument:?} is not UTF-8 text, so it cannot stand in a command line")]
    NotText {
        /// The argument.
        argument: OsString,
    },
}

/// Joins arguments to one line that `sh` splits into exactly these.
///
/// ```
/// let line = rush_launch::quote::command_line(&["rush-host", "worker", "--id", "it's $HOME"])?;
/// assert_eq!(line, r"rush-host worker --id 'it'\''s $HOME'");
/// # Ok::<(), rush_launch::quote::Unquotable>(())
/// ```
pub fn command_line<S: AsRef<str>>(arguments: &[S]) -> Result<String, Unquotable> {
    let mut words = Vec::with_capacity(arguments.len());
    for (position, argument) in arguments.iter().enumerate() {
        let argument = argument.as_ref();
        // The first word may be a keyword (`if`, `time`) or an alias, unless it is a path or quoted.
        let bare = position > 0 || argument.contains('/') || argument.contains('-');
        words.push(if bare { word(argument)? } else { Cow::Owned(quoted(argument)?) });
    }
    Ok(words.join(" "))
}

/// The same for arguments of a program, which need not be text.
pub fn command_line_of(arguments: &[OsString]) -> Result<String, Unquotable> {
    let text = |argument: &OsString| match argument.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Unquotable::NotText { argument: argument.clone() }),
    };
    command_line(&arguments.iter().map(text).collect::<Result<Vec<_>, _>>()?)
}

/// One argument, quoted unless every shell takes each of its characters as it is.
pub fn word(argument: &str) -> Result<Cow<'_, str>, Unquotable> {
    // Named are those that mean nothing to any shell anywhere: not `{`, `~`, `=`, `!`, `^`, and nothing beyond ASCII,
    // whose reading depends on the other machine's locale.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+,".contains(&byte);
    if !argument.is_empty() && argument.bytes().all(plain) {
        Ok(Cow::Borrowed(argument))
    } else {
        quoted(argument).map(Cow::Owned)
    }
}

fn quoted(argument: &str) -> Result<String, Unquotable> {
    if argument.contains('\0') {
        return Err(Unquotable::ZeroByte { argument: argument.to_owned() });
    }
    Ok(format!("'{}'", argument.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// What a shell makes of the line, with `printf` as the program.
    fn through(shell: &str, arguments: &[&str]) -> Vec<String> {
        let line = command_line(&[&["/usr/bin/printf", r"%s\0"], arguments].concat()).unwrap();
        let output = Command::new(shell).arg("-c").arg(&line).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    const HOSTILE: [&str; 27] = [
        "plain",
        "two words",
        " lead and trail ",
        "it's",
        "''",
        r#"say "hi""#,
        "$HOME",
        "${PATH}",
        "$(id)",
        "`id`",
        r"back\slash\",
        "new\nline\n",
        "tab\tcr\r",
        "*",
        "?[a-z]",
        "~",
        "~root",
        "{a,b}",
        "a=b",
        "#comment",
        "!history",
        "; rm -rf x",
        "a & b | c > d < e",
        "größer — 日本語 🦀",
        "-n",
        "--",
        "\u{1b}[31m%d%%",
    ];

    #[test]
    fn a_real_shell_hands_on_exactly_what_was_given() {
        for argument in HOSTILE {
            assert_eq!(through("sh", &[argument]), [argument]);
        }
        assert_eq!(through("sh", &HOSTILE), HOSTILE);
        assert_eq!(through("sh", &["a", "", "b"]), ["a", "", "b"]);
    }

    #[test]
    fn bash_agrees_where_there_is_one() {
        if Command::new("bash").arg("-c").arg(":").status().is_ok_and(|status| status.success()) {
            assert_eq!(through("bash", &HOSTILE), HOSTILE);
        }
    }

    #[test]
    fn every_ascii_character_survives_alone_and_between_others() {
        let each: Vec<String> = (1..128_u8)
            .flat_map(|byte| {
                let character = char::from(byte);
                [character.to_string(), format!("a{character}b")]
            })
            .collect();
        let each: Vec<&str> = each.iter().map(String::as_str).collect();
        assert_eq!(through("sh", &each), each);
    }

    #[test]
    fn the_first_word_is_a_program_even_if_it_looks_like_a_keyword() {
        for keyword in ["if", "{", "!", "time", "A=b", "for"] {
            let line = command_line(&[keyword]).unwrap();
            let mut shell = Command::new("/bin/sh");
            let output = shell.arg("-c").arg(&line).env("PATH", "/nowhere").output().unwrap();
            assert_eq!(output.status.code(), Some(127), "{line} is not looked for as a program");
        }
    }

    #[test]
    fn a_zero_byte_is_an_error_that_names_the_argument() {
        assert_eq!(word("a\0b"), Err(Unquotable::ZeroByte { argument: "a\0b".into() }));
        assert!(command_line(&["x", "\0"]).is_err());
    }
}
