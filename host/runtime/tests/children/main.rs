//! Real child processes. This program is all of them: called with a role as its first argument it is a compiler, or one that
//! misbehaves; called by a test runner it runs the tests.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test program, and one that dies loudly")]

mod bombs;
mod cached;
mod compiling;
mod orphans;
mod roles;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    if let Some(role) = roles::Role::of_this_process() {
        return role.play();
    }
    let trials = [compiling::TESTS, cached::TESTS, orphans::TESTS].concat();
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
