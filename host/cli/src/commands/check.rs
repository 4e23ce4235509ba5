//! `check`: validates a run file and everything that it names, without starting anything.

use rush_launch::private_redis::{PrivateRedisError, data_folder};
use rush_run_file::RedisLocation;

use crate::{
    arguments::Check,
    component_file::ComponentFile,
    exit_code::ExitCode,
    failure::Failure,
    launching::{check_output, host_processes},
    print::{talk, text},
    session::{self, Begin, Session},
    writable,
};

pub(crate) async fn check(arguments: Check) -> Result<ExitCode, Failure> {
    let (run_file, source) = session::load(&arguments.common)?;
    let component = ComponentFile::read(&run_file)?;
    check_output(&run_file)?;
    let mut out = format!("Run file {}: valid\n", run_file.path.display());
    out += &format!(
        "  network {}, {} in {}\n",
        run_file.network,
        text::counted(run_file.workers.count.into(), "worker"),
        host_processes(run_file.workers.processes)
    );
    out += &format!(
        "Worker loop {}: {} bytes, sha256 {}\n",
        component.name,
        component.bytes.len(),
        component.sha256
    );
    for (what, interfaces) in
        [("imports", component.plugin.imports()), ("exports", component.plugin.exports())]
    {
        for interface in interfaces {
            let items = if interface.items.is_empty() {
                String::new()
            } else {
                format!(": {}", interface.items.join(", "))
            };
            out += &format!("  {what} {}{items}\n", interface.name);
        }
    }
    match &source.location {
        RedisLocation::Server { .. } => {
            let session = Session::connect(run_file, &source, Begin::No).await?;
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
