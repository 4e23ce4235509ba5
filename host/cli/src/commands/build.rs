//! `build`: runs the build commands of a run file.

use rush_launch::Role;

use crate::{
    arguments::{Build, Buildable},
    building,
    exit_code::ExitCode,
    failure::Failure,
    interruptible::{Undone, interruptible},
    session,
};

pub(crate) async fn build(arguments: Build) -> Result<ExitCode, Failure> {
    let (run_file, _) = session::load(&arguments.common)?;
    let undone = Undone::new("the build was given up");
    interruptible(&undone, async {
        building::build(&run_file, &roles(arguments.only)).await?;
        Ok(ExitCode::Ok)
    })
    .await
}

fn roles(only: Option<Buildable>) -> Vec<Role> {
    match only {
        None => Role::ALL.to_vec(),
        Some(Buildable::Loop) => vec![Role::WorkerLoop],
        Some(Buildable::Objective) => vec![Role::Objective],
    }
}
