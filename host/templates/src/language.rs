//! The languages, and where each has its files.

use std::fmt;

/// A language that has an SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Language {
    Rust,
    Python,
    JavaScript,
    TypeScript,
    C,
}

/// What a project is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A worker loop that evaluates everything itself.
    WorkerLoop,
    /// An objective, and a worker loop that evaluates it.
    Objective,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rust, Self::Python, Self::JavaScript, Self::TypeScript, Self::C];

    /// Its folder below `guest-sdk`.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::JavaScript | Self::TypeScript => "js",
            Self::C => "c",
        }
    }

    /// The folder of its templates.
    pub(crate) fn templates(self) -> &'static str {
        match self {
            Self::TypeScript => "template-ts",
            _ => "template",
        }
    }

    /// What of its SDK a project gets: from these below its folder to there in the project.
    pub(crate) fn sdk(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Rust => &[("Cargo.toml", "rush_worker/Cargo.toml"), ("src", "rush_worker/src")],
            Self::JavaScript | Self::TypeScript => &[("rush-worker", "rush-worker")],
            Self::Python | Self::C => &[("rush_worker", "rush_worker")],
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::TypeScript => "TypeScript",
            Self::C => "C",
        })
    }
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::WorkerLoop, Self::Objective];

    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::WorkerLoop => "loop",
            Self::Objective => "objective",
        }
    }
}
