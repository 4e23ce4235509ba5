//! The least that reading hashes takes: plain commands, and replies that nobody decodes.

use std::io::{Read as _, Write as _};

use redis::cmd;
use rush_benches::{Failure, Result, Server, Stream};

use crate::NETWORK;

/// Hashes of a page, as the network reads them.
const PAGE: usize = 1_000;
/// What the network reads of a finished task.
const FIELDS: [&str; 6] = ["xs", "ys", "xs_extra", "ys_extra", "worker_id", "attempts"];
/// Each page ends with a PING, so that its end is known without looking into it.
const END: &[u8] = b"+PONG\r\n";

/// Reads the hashes of all finished tasks: a page on each of two connections, so that Redis always has one to fill.
pub(crate) fn read(server: &Server) -> Result<()> {
    let keys: Vec<String> = cmd("LRANGE")
        .arg(format!("{NETWORK}:finished_tasks"))
        .arg(0)
        .arg(-1)
        .query(&mut server.connection())?;
    let Some(first) = keys.first() else { return Ok(()) };
    let (before, after) = around(first);
    let address = server.socket_address();
    let connect = || address.connect().map_err(Failure::system("connect to Redis"));
    let mut streams = [connect()?, connect()?];
    let mut buffer = vec![0; 1 << 18];
    let mut waits = [false; 2];
    for (number, keys) in keys.chunks(PAGE).enumerate() {
        let at = number % streams.len();
        if waits[at] {
            read_page(&mut streams[at], &mut buffer)?;
        }
        streams[at].write_all(&page(keys, &before, &after)).map_err(Failure::system("write to Redis"))?;
        waits[at] = true;
    }
    for (stream, _) in streams.iter_mut().zip(waits).filter(|(_, waits)| *waits) {
        read_page(stream, &mut buffer)?;
    }
    Ok(())
}

fn page(keys: &[String], before: &[u8], after: &[u8]) -> Vec<u8> {
    let mut page = Vec::with_capacity((before.len() + after.len() + 40) * keys.len());
    for key in keys {
        page.extend_from_slice(before);
        page.extend_from_slice(key.as_bytes());
        page.extend_from_slice(after);
    }
    page.extend(cmd("PING").get_packed_command());
    page
}

/// What stands before and after a key that is as long as this one.
fn around(key: &str) -> (Vec<u8>, Vec<u8>) {
    let packed = cmd("HMGET").arg(key).arg(&FIELDS).get_packed_command();
    let at = packed.windows(key.len()).position(|bytes| bytes == key.as_bytes()).unwrap_or(0);
    (packed[..at].to_vec(), packed[at + key.len()..].to_vec())
}

fn read_page(stream: &mut Stream, buffer: &mut [u8]) -> Result<()> {
    let mut end = Vec::with_capacity(2 * END.len());
    while !end.ends_with(END) {
        let read = stream.read(buffer).map_err(Failure::system("read from Redis"))?;
        if read == 0 {
            return Err(Failure::system("read from Redis")(std::io::ErrorKind::UnexpectedEof.into()));
        }
        end.extend_from_slice(&buffer[read.saturating_sub(END.len())..read]);
        end.drain(..end.len().saturating_sub(END.len()));
    }
    Ok(())
}
