//! `script`: what starts workers on any machine.

use std::path::PathBuf;

use rush_run_file::{Isolation, RedisUrl, RunFile};

use crate::{
    arguments::Script,
    components::Components,
    exit_code::ExitCode,
    failure::Failure,
    launching,
    print::{talk, text},
    session::{self, Begin},
};

pub(crate) async fn script(arguments: Script) -> Result<ExitCode, Failure> {
    let (run_file, source) = session::load(&arguments.common)?;
    rush_launch::Script::check(&source.location)?;
    let components = Components::read(&run_file)?;
    let session = session::connect(run_file, &source, Begin::Yes).await?;
    let count = workers(arguments.workers, &session.run_file)?;
    let program = match arguments.program {
        Some(program) => program,
        None => PathBuf::from(session::this_program()?.path()),
    };
    // Whatever can be wrong with it is told before anything is stored.
    session.script("", count, &program)?;
    if session.network.running_workers().await?.is_empty() {
        session.network.begin_run().await?;
    }
    let stored = launching::store(&session, &components).await?;
    let script = session.script(&stored.config, count, &program)?;
    let workers = text::counted(count.into(), "worker");
    let url = session.redis.redacted();
    let is_local = url.parse().is_ok_and(|url: RedisUrl| url.is_of_its_user());
    let where_to = if is_local {
        "this machine alone: elsewhere, this address of Redis means the machine there"
    } else {
        "any machine that reaches Redis"
    };
    if let Some(file) = arguments.output {
        script.write(&file).map_err(|error| {
            let text = format!("the script `{}` cannot be written: {error}", file.display());
            Failure::with_hint(ExitCode::Usage, text, "`-o` names a file in a folder that you may write to")
        })?;
        talk::line(format_args!(
            "`sh {}` starts {workers} each time, on {where_to}. The file holds its URL, {url}, so only you can read it: keep it \
             to yourself",
            file.display()
        ));
    } else {
        talk::data(&format!("{}\n", script.line()));
        talk::line(format_args!(
            "This line starts {workers} each time, on {where_to}. There, set REDIS_URL to {url}, or add --redis-file with a file \
             that holds it"
        ));
    }
    let run_file = session.run_file.path.display();
    talk::line(format_args!("`rush-host workers {run_file}` shows who has come"));
    Ok(ExitCode::Ok)
}

/// How many workers the script starts each time.
fn workers(asked: Option<u32>, run_file: &RunFile) -> Result<u32, Failure> {
    match (run_file.worker_loop.isolation, asked) {
        (Isolation::Instance, asked) => Ok(asked.unwrap_or(run_file.workers.count)),
        (Isolation::Process, None | Some(1)) => Ok(1),
        (Isolation::Process, Some(_)) => Err(Failure::with_hint(
            ExitCode::Usage,
            "a script starts one process, and each worker of this loop is to have one of its own",
            "`[loop] isolation = \"process\"`: run the script as often as there are to be workers",
        )),
    }
}
