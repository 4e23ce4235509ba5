//! `tasks`: the tasks, as rows.

use rush_network::State;

use crate::{
    arguments::Tasks,
    exit_code::ExitCode,
    failure::Failure,
    print::{records, talk},
    session::{Begin, Session},
    task_records,
};

pub(crate) async fn tasks(arguments: Tasks) -> Result<ExitCode, Failure> {
    let session = Session::open(&arguments.common, Begin::No).await?;
    let mut states: Vec<State> = arguments.state.iter().map(|state| State::from(*state)).collect();
    states.sort_unstable();
    states.dedup();
    let states = if states.is_empty() { State::ALL.to_vec() } else { states };
    let tasks = session.network.tasks(&states).await?;
    let mut rows = task_records::records(&tasks);
    let known = task_records::columns(&rows);
    if !rows.is_empty() {
        for column in arguments.columns.iter().chain(&arguments.sort) {
            if !known.contains(column) {
                return Err(Failure::with_hint(
                    ExitCode::Usage,
                    format!("there is no column `{column}`"),
                    format!("the columns are {}", known.join(", ")),
                ));
            }
        }
    }
    if let Some(column) = &arguments.sort {
        task_records::sort(&mut rows, column, arguments.descending);
    }
    rows.truncate(arguments.limit.unwrap_or(usize::MAX));
    let columns = if arguments.columns.is_empty() { known } else { arguments.columns };
    talk::data(&records::render(&rows, &columns, arguments.format));
    Ok(ExitCode::Ok)
}
