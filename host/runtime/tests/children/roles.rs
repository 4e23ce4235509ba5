//! What this program does when it is somebody's child.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use rush_runtime::compile_in_child;

/// What a child does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Compiles, as `rush-host compile` does.
    Compile,
    /// Dies of a signal, with a word.
    Die,
    /// Says nothing, and stays.
    Hang,
    /// Answers with more code than any component makes.
    Flood,
    /// Answers with a reason: how many variables there are in its environment, and whether its process group is its own.
    TellSurroundings,
    /// Says which process compiles a component for it that takes long to compile.
    Parent,
}

const ROLES: [(&str, Role); 6] = [
    ("compile", Role::Compile),
    ("die", Role::Die),
    ("hang", Role::Hang),
    ("flood", Role::Flood),
    ("tell-surroundings", Role::TellSurroundings),
    ("parent", Role::Parent),
];

impl Role {
    /// The role that the first argument names.
    pub(crate) fn of_this_process() -> Option<Self> {
        let name = std::env::args().nth(1)?;
        ROLES.iter().find(|(known, _)| *known == name).map(|(_, role)| *role)
    }

    pub(crate) fn name(self) -> &'static str {
        ROLES.iter().find(|(_, known)| *known == self).unwrap().0
    }

    pub(crate) fn play(self) -> ExitCode {
        match self {
            Self::Compile => {
                if let Err(error) = compile_in_child() {
                    eprintln!("{error}");
                    return ExitCode::FAILURE;
                }
            }
            Self::Die => {
                eprintln!("a mistake");
                std::process::abort();
            }
            Self::Hang => {
                // Its parent gives it everything, and then waits for an answer.
                io::stdin().read_to_end(&mut Vec::new()).unwrap();
                loop {
                    std::thread::park();
                }
            }
            Self::Flood => answer(0, &vec![7; 100 << 20]),
            Self::TellSurroundings => {
                let leads = rustix::process::getpgrp() == rustix::process::getpid();
                let told = format!("{} variables, leads its group: {leads}", std::env::vars_os().count());
                answer(1, told.as_bytes());
            }
            Self::Parent => crate::orphans::parent(),
        }
        ExitCode::SUCCESS
    }
}

/// What the parent expects: a byte, a length, and so many bytes.
fn answer(tag: u8, bytes: &[u8]) {
    let mut stdout = io::stdout().lock();
    stdout.write_all(&[tag]).unwrap();
    stdout.write_all(&(bytes.len() as u64).to_le_bytes()).unwrap();
    // Whoever does not want that much closes the pipe.
    let _ = stdout.write_all(bytes);
}
