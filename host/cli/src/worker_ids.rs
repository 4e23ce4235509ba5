//! The ids of workers, as somebody has typed them.

use rush_network::WorkerId;

use crate::{exit_code::ExitCode, failure::Failure};

/// One id.
pub(crate) fn one(name: &str) -> Result<WorkerId, Failure> {
    WorkerId::parse(name).map_err(|error| Failure::new(ExitCode::Usage, error.to_string()))
}

/// Several: who is named twice is still one.
pub(crate) fn each_once(names: &[String]) -> Result<Vec<WorkerId>, Failure> {
    let mut ids: Vec<WorkerId> = Vec::new();
    for name in names {
        let id = one(name)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}
