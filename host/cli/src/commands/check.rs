//! `check`: validates a run file and everything that it names, without starting anything.

use rush_launch::{
    Launcher, Role,
    private_redis::{PrivateRedisError, data_folder},
};
use rush_run_file::{Isolation, RedisLocation, RedisSource, RunFile, ShownValue};
use serde_json::json;

use crate::{
    announcing,
    arguments::{Check, Format},
    building,
    components::Components,
    description,
    exit_code::ExitCode,
    failure::Failure,
    folders,
    in_force::InForce,
    interruptible::{Undone, interruptible},
    launching::{check_output, host_processes},
    print::{
        fitting::Fitting,
        records::{self, Record},
        talk, text,
    },
    session::{self, Begin},
    writable,
};

pub(crate) async fn check(arguments: Check) -> Result<ExitCode, Failure> {
    if arguments.show {
        return show(&arguments);
    }
    let (run_file, source) = session::load(&arguments.common)?;
    if arguments.first.build {
        return interruptible(&Undone::new("nothing was checked"), async {
            building::build(&run_file, &Role::ALL).await?;
            Box::pin(check_all(run_file, source)).await
        })
        .await;
    }
    Box::pin(check_all(run_file, source)).await
}

async fn check_all(run_file: RunFile, source: RedisSource) -> Result<ExitCode, Failure> {
    let components = Components::read(&run_file)?;
    check_output(&run_file)?;
    folders::check(&run_file)?;
    Launcher::check(&run_file, &source.location)?;
    warn_of_local_address(&run_file, &source.location);
    let mut out = format!("Run file {}: valid\n", run_file.path.display());
    out += &format!(
        "  network {}, {} in {}{}\n",
        run_file.network,
        text::counted(run_file.workers.count.into(), "worker"),
        host_processes(run_file.processes_for(run_file.workers.count)),
        announcing::through(&Launcher::named(&run_file))
    );
    if run_file.worker_loop.isolation == Isolation::Process {
        out += "  each worker is a process of its own: [loop] isolation = \"process\"\n";
    }
    // Everything that may still be opened or started here is there: a part of this is that this process confines itself.
    let in_force = InForce::here(&run_file, &components).await?;
    out += &description::worker_loop(&run_file, &components, &in_force)?;
    out += &description::objective(&run_file, &components, &in_force)?;
    match &source.location {
        RedisLocation::Server { .. } => {
            let session = session::connect(run_file, &source, Begin::No).await?;
            out += &format!("Redis: {} answers\n", session.network.address());
        }
        RedisLocation::Private => {
            rush_launch::private_redis::find_server()?;
            let data = data_folder(&run_file.folder, run_file.network.as_str());
            writable::folder(&data)
                .map_err(|source| PrivateRedisError::DataFolder { path: data.clone(), source })?;
            let state = if data.exists() { "its data are" } else { "begins with the first run" };
            out += &format!("Redis: {source}; {state} in {}\n", data.display());
        }
    }
    talk::data(&out);
    Ok(ExitCode::Ok)
}

/// Workers elsewhere would look for Redis where they are.
fn warn_of_local_address(run_file: &RunFile, redis: &RedisLocation) {
    if let RedisLocation::Server { url, .. } = redis
        && run_file.launcher != rush_run_file::Launcher::Local
        && url.is_of_its_user()
    {
        talk::warning(format_args!(
            "{url} means the machine that uses it: workers that [launcher] starts on others will not find this Redis"
        ));
    }
}

/// Every key that holds, its value, and where that comes from.
fn show(arguments: &Check) -> Result<ExitCode, Failure> {
    let values = session::show(&arguments.common)?;
    let row = |shown: &ShownValue| {
        let from = shown.origin.to_string();
        let row =
            json!({ "key": shown.key, "value": shown.value, "from": from, "variables": shown.variables });
        row.as_object().cloned().unwrap_or_default()
    };
    let mut rows: Vec<Record> = values.iter().map(row).collect();
    let mut columns = ["key", "value", "from", "variables"].map(str::to_owned).to_vec();
    if arguments.format == Format::Table {
        // What a value is made of stands in it.
        columns.pop();
        if let Some(width) = talk::data_width() {
            columns = Fitting { dispensable: &[], cut: "value", usual: |_, _| false }
                .fit(&mut rows, &columns, width)
                .columns;
        }
    }
    talk::rows(&records::render(&rows, &columns, arguments.format), arguments.format);
    Ok(ExitCode::Ok)
}
