//! Real processes that are really killed. This program is all of them: called with a role as its first argument it is a
//! keeper, a user of a private Redis, a host process, or a manager; called by a test runner it runs the tests.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test program that speaks through its standard output"
)]

mod clients;
mod fixture;
mod local;
mod private_redis;
mod refusals;
mod roles;
mod stage;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    if let Some(role) = arguments.nth(1).and_then(|first| roles::Role::parse(first.to_str()?)) {
        return role.play(arguments);
    }
    let trials = [clients::TESTS, local::TESTS, private_redis::TESTS, refusals::TESTS].concat();
    let trials = trials.iter().map(|&(name, test)| {
        Trial::test(name, move || {
            test();
            Ok::<(), Failed>(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// A promise, and the function that keeps it or panics.
type Test = (&'static str, fn());

/// Makes the list of a file's tests, each named by its function.
#[macro_export]
macro_rules! tests {
    ($($name:ident),+ $(,)?) => {
        pub(crate) const TESTS: &[$crate::Test] = &[$((stringify!($name), $name)),+];
    };
}
