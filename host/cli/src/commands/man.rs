//! `man`: manual pages, as `man` reads them.

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::{arguments::Arguments, exit_code::ExitCode, failure::Failure, print::talk};

pub(crate) fn man(command: Option<&str>) -> Result<ExitCode, Failure> {
    let mut program = Arguments::command();
    // The pages of commands are called `rush-host-run`, which only a program that is built knows.
    program.build();
    let chosen = match command {
        None => program,
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
            Failure::with_hint(
                ExitCode::Usage,
                format!("there is no command `{name}`"),
                "`rush-host --help` lists them",
            )
        })?,
    };
    let mut page = Vec::new();
    Man::new(chosen).render(&mut page).map_err(Failure::internal)?;
    talk::data(&String::from_utf8_lossy(&page));
    Ok(ExitCode::Ok)
}
