//! What a process holds that has fetched everything.

use std::{
    env, fs,
    process::{Command, Stdio},
};

use rush_benches::{Failure, Native, Result, print_json};
use rush_network::{Network, NetworkId, Parts, Settings, State};
use serde::{Deserialize, Serialize};
use tokio::runtime::Builder;

use crate::NETWORK;

/// Below so many tasks what a process holds is not that of its tasks.
const MANY: u32 = 100_000;

/// Bytes for each task.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    /// By the cache's own count.
    pub(crate) counted: f64,
    /// What the process has more in memory afterwards; none if that says nothing of so few.
    pub(crate) process: Option<f64>,
    /// And at most meanwhile.
    pub(crate) at_most: Option<f64>,
}

/// Bytes, as a process of its own tells them.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    counted: usize,
    before: u64,
    after: u64,
    at_most: u64,
}

/// Starts this program once more, to fetch everything.
pub(crate) fn measure(native: &Native, tasks: u32) -> Result<Held> {
    let program = env::current_exe().map_err(Failure::system("find this program"))?;
    let output = Command::new(program)
        .arg("--hold")
        .env("REDIS_URL", native.server.url())
        .stderr(Stdio::inherit())
        .output()
        .map_err(Failure::system("start this program again"))?;
    if !output.status.success() {
        return Err(Failure::Ended { name: "fetch --hold".into(), status: output.status });
    }
    let Told { counted, before, after, at_most } = serde_json::from_slice(&output.stdout)?;
    #[expect(clippy::cast_precision_loss, reason = "no process has that many bytes")]
    let each = |bytes: u64| bytes as f64 / f64::from(tasks.max(1));
    let of_many = |bytes: u64| (tasks >= MANY).then(|| each(bytes.saturating_sub(before)));
    Ok(Held { counted: each(counted as u64), process: of_many(after), at_most: of_many(at_most) })
}

/// What that process does.
pub(crate) fn hold() -> Result<()> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::system("start a runtime"))?;
    let url = env::var("REDIS_URL").unwrap_or_default();
    let told = runtime.block_on(async {
        let id = NetworkId::parse(NETWORK).map_err(rush_network::Error::from)?;
        let network = Network::connect(id, &Settings::new(url)).await?;
        // Connections that are made when first needed are not what is measured.
        network.tasks(&[State::Running]).await?;
        let before = status("VmRSS")?;
        let table = network.fetch(&[State::Finished], Parts::ALL).await?;
        let counted = table.chunks().map(|(_, bytes)| bytes).sum();
        Ok::<_, Failure>(Told { counted, before, after: status("VmRSS")?, at_most: status("VmHWM")? })
    })?;
    print_json(&told)
}

/// A line of this process's status, in bytes.
fn status(name: &str) -> Result<u64> {
    let file = "/proc/self/status";
    let text = fs::read_to_string(file).map_err(Failure::system(format!("read {file}")))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Ok(kib.unwrap_or_default() << 10)
}
