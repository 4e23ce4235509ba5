//! How long it takes a process that knows nothing yet to read all finished tasks.

use std::time::Instant;

use rush_benches::{Native, Result};
use rush_network::{FinishedTask, Parts, State, fields};

use crate::{
    peer::{Peer, python, r_script},
    script::Script,
};

const NETWORK: &str = "peers";

/// Milliseconds; none for those that keep no results to be read together.
pub(crate) fn reading(native: &mut Native, peer: Peer, tasks: u32) -> Result<Option<f64>> {
    native.server.clear()?;
    let url = native.server.url();
    let script = match peer {
        Peer::RushHost => return rush_host(native, tasks).map(Some),
        Peer::RRush => r_script("read", &url, tasks),
        Peer::Optuna => {
            let script = |command, number| -> Result<_> {
                Script::start("Optuna", &mut python("optuna_peer.py", command, &url, number)?)
            };
            script("create", 0)?.whole()?;
            script("work", tasks)?.whole()?;
            python("optuna_peer.py", "read", &url, tasks)?
        }
        Peer::RqSimple | Peer::RqFork => return Ok(None),
    };
    milliseconds(peer, script).map(Some)
}

/// In this process, through a client with connections that are there.
fn rush_host(native: &Native, tasks: u32) -> Result<f64> {
    let finished = |index: u32| FinishedTask {
        xs: fields! { "x1" => f64::from(index) + 0.5, "x2" => 7.5 },
        ys: fields! { "y" => f64::from(index) + 0.25 },
        ..FinishedTask::default()
    };
    let finished: Vec<_> = (0..tasks).map(finished).collect();
    let (writer, reader) = (native.connect(NETWORK)?, native.connect(NETWORK)?);
    native.runtime.block_on(writer.push_finished(&finished))?;
    native.runtime.block_on(reader.tasks(&[State::Running]))?;
    let begun = Instant::now();
    let table = native.runtime.block_on(reader.fetch(&[State::Finished], Parts::ALL))?;
    let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
    assert_eq!(table.len(), finished.len(), "all of them are read");
    Ok(milliseconds)
}

/// As the script tells it.
fn milliseconds(peer: Peer, mut command: std::process::Command) -> Result<f64> {
    let mut script = Script::start(&peer.to_string(), &mut command)?;
    script.hear("ready")?;
    script.go()?;
    let words = script.hear("done")?;
    script.end()?;
    Ok(words.first().and_then(|word| word.parse().ok()).unwrap_or(f64::NAN))
}
