//! `empty-queue`: fails all queued tasks.

use crate::{
    arguments::EmptyQueue,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
    session::{self, Begin},
};

pub(crate) async fn empty_queue(arguments: EmptyQueue) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    let removed = session.network.empty_queue().await?;
    talk::line(format_args!("Removed {} from the queue", text::counted(removed, "task")));
    Ok(ExitCode::Ok)
}
