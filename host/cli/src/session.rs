//! What most commands begin with: the run file, and the network that it names.

use rush_launch::HostProgram;
use rush_network::NetworkId;
use rush_run_file::{Defaults, Options, RedisSource, RedisSources, RunFile, ShownValue, choose};

pub(crate) use rush_launch::{Begin, Session};

use crate::{arguments::Common, environment, exit_code::ExitCode, failure::Failure, print::talk};

/// Reads the run file, with the user's defaults file under it.
pub(crate) fn load(common: &Common) -> Result<(RunFile, RedisSource), Failure> {
    let defaults = defaults()?;
    load_over(common, defaults.as_ref())
}

/// Lists every key of the run file that holds, with its value and where that comes from.
pub(crate) fn show(common: &Common) -> Result<Vec<ShownValue>, Failure> {
    let defaults = defaults()?;
    let (_, source) = load_over(common, defaults.as_ref())?;
    Ok(rush_run_file::show(&common.run_file, &options(common, defaults.as_ref()), &source)?)
}

fn defaults() -> Result<Option<Defaults>, Failure> {
    let lookup = |name: &str| std::env::var(name).ok();
    match Defaults::default_path(&lookup) {
        Some(path) => Ok(Defaults::load(&path, &lookup)?),
        None => Ok(None),
    }
}

fn options<'a>(common: &'a Common, defaults: Option<&'a Defaults>) -> Options<'a> {
    Options { overrides: &common.overrides, defaults, ..Options::of_this_process() }
}

fn load_over(common: &Common, defaults: Option<&Defaults>) -> Result<(RunFile, RedisSource), Failure> {
    let run_file = RunFile::load(&common.run_file, &options(common, defaults))?;
    let source = choose(RedisSources {
        flag: common.redis.as_deref(),
        run_file: run_file.redis.location.as_ref(),
        defaults: defaults.and_then(|defaults| defaults.redis.as_ref()),
        environment: environment::get(environment::REDIS_URL).as_deref(),
    })?;
    Ok((run_file, source))
}

/// Reads the run file, and connects to its network.
pub(crate) async fn open(common: &Common, begin: Begin) -> Result<Session, Failure> {
    let (run_file, source) = load(common)?;
    connect(run_file, &source, begin).await
}

/// Connects to the network of a run file, and says where that is.
pub(crate) async fn connect(
    run_file: RunFile,
    source: &RedisSource,
    begin: Begin,
) -> Result<Session, Failure> {
    talk::line(format_args!("Redis: {source}"));
    Ok(Session::open(run_file, source, begin, &this_program()?).await?)
}

/// This program, which host processes and keepers are made of.
pub(crate) fn this_program() -> Result<HostProgram, Failure> {
    HostProgram::this().map_err(|error| Failure::internal(format!("cannot find this program: {error}")))
}

/// The crates for run files and for networks check names each for itself; they must agree.
pub(crate) fn network_id(name: &str) -> Result<NetworkId, Failure> {
    NetworkId::parse(name).map_err(|error| Failure::new(ExitCode::Usage, error.to_string()))
}
