//! Projects.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The language
    #[arg(long, value_enum)]
    pub(crate) lang: Language,
    /// An objective, and a worker loop that evaluates it; without it, a worker loop that evaluates everything itself
    #[arg(long)]
    pub(crate) objective: bool,
    /// The folder of the project, which is made; its last part names the project and its network
    #[arg(value_name = "NAME")]
    pub(crate) path: PathBuf,
}

/// The languages, as they are typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Language {
    Rust,
    #[value(alias = "py")]
    Python,
    #[value(name = "javascript", alias = "js")]
    JavaScript,
    #[value(name = "typescript", alias = "ts")]
    TypeScript,
    C,
}

impl From<Language> for rush_templates::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::Rust => Self::Rust,
            Language::Python => Self::Python,
            Language::JavaScript => Self::JavaScript,
            Language::TypeScript => Self::TypeScript,
            Language::C => Self::C,
        }
    }
}
