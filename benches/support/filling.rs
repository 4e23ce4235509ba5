//! Tasks that are there before a bench begins, written by pipelines past all scripts: a million of them in seconds.

use std::ops::Range;

use redis::{Connection, Pipeline, pipe};
use rush_network::{Codec as _, Fields, MessagePack, fields};

use crate::{Result, Server};

/// Tasks that one pipeline writes.
const CHUNK: u32 = 10_000;
/// Keys that one command adds to a list.
const KEYS: usize = 1_000;

/// The key of a task that is written here: of the form and length of one that the network makes.
pub fn task_key(index: u32) -> String {
    format!("00000000-0000-4000-8000-{index:012}")
}

/// Writes queued tasks, the oldest first.
pub fn fill_queued(server: &Server, network: &str, tasks: u32, xs: impl Fn(u32) -> Fields) -> Result<()> {
    let mut connection = server.connection();
    write(&mut connection, 0..tasks, network, ("LPUSH", "queued_tasks"), |pipeline, index, key| {
        pipeline.cmd("HSET").arg(key).arg("xs").arg(MessagePack.encode_fields(&xs(index))).ignore();
    })
}

/// Writes finished tasks as so many workers leave them behind, whose ids are in their hashes; without workers as whoever pushes them
/// as finished.
pub fn fill_finished(
    server: &Server,
    network: &str,
    tasks: Range<u32>,
    workers: u32,
    xs: impl Fn(u32) -> Fields,
) -> Result<()> {
    let ids: Vec<_> = (0..workers)
        .map(|worker| MessagePack.encode_text(&format!("00000000-0000-4000-9000-{worker:012}")))
        .collect();
    let mut connection = server.connection();
    write(&mut connection, tasks, network, ("RPUSH", "finished_tasks"), |pipeline, index, key| {
        let ys = fields! { "y" => f64::from(index) };
        let cmd = pipeline.cmd("HSET").arg(key).arg("xs").arg(MessagePack.encode_fields(&xs(index)));
        if let Some(id) = ids.get(index.checked_rem(workers).unwrap_or(0) as usize) {
            cmd.arg("worker_id").arg(id);
        }
        cmd.arg("ys").arg(MessagePack.encode_fields(&ys)).ignore();
    })
}

/// Writes hashes, and their keys into `all_tasks` and one more list.
fn write(
    connection: &mut Connection,
    tasks: Range<u32>,
    network: &str,
    (push, list): (&str, &str),
    hash: impl Fn(&mut Pipeline, u32, &str),
) -> Result<()> {
    let (all, list) = (format!("{network}:all_tasks"), format!("{network}:{list}"));
    for start in tasks.clone().step_by(CHUNK as usize) {
        let keys: Vec<String> = (start..tasks.end.min(start.saturating_add(CHUNK))).map(task_key).collect();
        let mut pipeline = pipe();
        for (index, key) in (start..).zip(&keys) {
            hash(&mut pipeline, index, key);
        }
        for keys in keys.chunks(KEYS) {
            pipeline.cmd("RPUSH").arg(&all).arg(keys).ignore();
            pipeline.cmd(push).arg(&list).arg(keys).ignore();
        }
        pipeline.exec(connection)?;
    }
    Ok(())
}
