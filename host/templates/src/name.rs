//! The name of a project, which is also that of its network.

use std::fmt;

use thiserror::Error;

/// The name of a project: a name that a network can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// Why a text cannot name a project.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// It has letters that the name of a network cannot have.
    #[error("`{name}` cannot be the name of a network: it has {letter:?}")]
    Letter {
        /// The name.
        name: String,
        /// The first of these letters.
        letter: char,
        /// A name that would do.
        instead: Option<String>,
    },
    /// It is empty, too long, or means a folder.
    #[error("`{name}` cannot be the name of a network")]
    Network {
        /// The name.
        name: String,
    },
}

impl NameError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Letter { instead: Some(instead), .. } => {
                format!("letters from A to Z, digits, and `.`, `_`, `-` may stand in it: `{instead}`")
            }
            Self::Letter { instead: None, .. } => {
                "letters from A to Z, digits, and `.`, `_`, `-` may stand in it".to_owned()
            }
            Self::Network { .. } => "it has 1 to 100 letters, and is neither `.` nor `..`".to_owned(),
        }
    }
}

const LONGEST: usize = 100;

impl Name {
    /// A name, if it can be that of a network.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if let Some(letter) = text.chars().find(|letter| !is_allowed(*letter)) {
            return Err(NameError::Letter { name: text.to_owned(), letter, instead: instead_of(text) });
        }
        if text.is_empty() || text.len() > LONGEST || text == "." || text == ".." {
            return Err(NameError::Network { name: text.to_owned() });
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "._{}-".contains(letter)
}

/// The nearest name that would do, if enough of it is left.
fn instead_of(text: &str) -> Option<String> {
    let kept: String = text.chars().map(|letter| if is_allowed(letter) { letter } else { '-' }).collect();
    let words: Vec<_> = kept.split('-').filter(|word| !word.is_empty()).collect();
    let instead: String = words.join("-").chars().take(LONGEST).collect();
    instead.chars().any(|letter| letter.is_ascii_alphanumeric()).then_some(instead)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let error = Name::parse(text).unwrap_err();
        format!("{error}; {}", error.help())
    }

    #[test]
    fn every_name_of_a_network_names_a_project() {
        for name in ["demo", "1st", "fn", "a.b_c-D", "team-{branin}", &"x".repeat(100)] {
            assert_eq!(Name::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn other_names_are_told_with_one_that_would_do() {
        assert_eq!(
            told("My Run 2"),
            "`My Run 2` cannot be the name of a network: it has ' '; letters from A to Z, digits, and `.`, `_`, `-` may stand in it: `My-Run-2`"
        );
        assert!(told("größe").ends_with(": `gr-e`"), "{}", told("größe"));
        assert!(told("日本").ends_with("may stand in it"));
        for name in ["", ".", "..", &"x".repeat(101)] {
            assert!(told(name).contains("1 to 100 letters"), "{name}");
        }
    }
}
