//! Real processes that really confine themselves. This program is all of them: called with a role as its first argument it takes
//! its rights away and then tries something; called by a test runner it runs the tests.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test program that speaks through its standard output"
)]

mod deeds;
mod promises;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut arguments = std::env::args();
    if arguments.nth(1).as_deref() == Some(deeds::ROLE) {
        return deeds::play(arguments);
    }
    let trials = promises::TESTS.iter().map(|&(name, test)| {
        Trial::test(name, move || {
            test();
            Ok::<(), Failed>(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
