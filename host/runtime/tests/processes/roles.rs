//! What this program does when it is not the test runner.

use std::io::Write as _;
use std::process::ExitCode;

use rush_runtime::{Limits, serve_evaluations};

use crate::fixture::{Objective, Remembered, in_runtime, x};

pub(crate) enum Role {
    /// An evaluator child.
    Evaluator,
    /// The same, but not in the way that it should.
    Refuses,
    /// The same, after somebody has taken it over.
    Hijacked,
    /// Says something back whatever it is told.
    Echo,
    /// A parent whose guest computes without end; says the pid of its child.
    Parent,
}

impl Role {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "role:evaluator" => Some(Self::Evaluator),
            "role:refuses" => Some(Self::Refuses),
            "role:hijacked" => Some(Self::Hijacked),
            "role:echo" => Some(Self::Echo),
            "role:parent" => Some(Self::Parent),
            _ => None,
        }
    }

    pub(crate) fn play(self) -> ExitCode {
        match self {
            Self::Evaluator => match serve_evaluations() {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            },
            Self::Refuses => ExitCode::from(3),
            Self::Hijacked => crate::hijacked::serve(),
            Self::Echo => crate::measure::echo(),
            Self::Parent => in_runtime(parent()),
        }
    }
}

async fn parent() -> ExitCode {
    let objective = Objective::new("endless_loop", Limits::default());
    let mut evaluator = objective.evaluator(&Remembered::new());
    evaluator.warm().await.unwrap();
    println!("{}", crate::fixture::children()[0]);
    std::io::stdout().flush().unwrap();
    let _ = evaluator.evaluate(x(-1.0)).await;
    ExitCode::FAILURE
}
