//! Evaluator children that really run, and are really killed. This program is all of them: called with a role as its first argument it
//! is an evaluator child, or a parent of one that is to be killed; called by a test runner it runs the tests.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test program that speaks through its standard output"
)]

mod ends;
mod fixture;
mod hijacked;
mod measure;
mod roles;
mod surroundings;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut arguments = std::env::args();
    if let Some(role) = arguments.nth(1).and_then(|first| roles::Role::parse(&first)) {
        return role.play();
    }
    let code = tempfile::tempdir().unwrap();
    fixture::CODE.set(code.path().join("code")).unwrap();
    let trial = |(name, test): Test| {
        Trial::test(name, move || {
            test();
            Ok::<(), Failed>(())
        })
    };
    let promises = [ends::TESTS, hijacked::TESTS, surroundings::TESTS].concat().into_iter().map(trial);
    let measurements = measure::TESTS.iter().copied().map(trial).map(|trial| trial.with_ignored_flag(true));
    let trials = promises.chain(measurements);
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// A promise, and the function that keeps it or panics.
type Test = (&'static str, fn());

/// Makes the list of a file's tests, each named by its function, an async one that gets a runtime.
#[macro_export]
macro_rules! tests {
    ($($name:ident),+ $(,)?) => {
        pub(crate) const TESTS: &[$crate::Test] =
            &[$((stringify!($name), || $crate::fixture::in_runtime($name()))),+];
    };
}
