//! What a worker writes, as plain commands.

use crate::wire::{
    KEY, Trip,
    Word::{Bytes, Name, Task},
};

/// As the codec of the network writes them: two parameters, and one result.
const XS: &[u8] = b"\x82\xa2x1\xcb\x40\x0c\xa5\xe3\x53\xf7\xce\xd9\xa2x2\xcb\x40\x1e\x7d\x56\x6c\xf4\x1f\x21";
const YS: &[u8] = b"\x81\xa1y\xcb\x40\x43\x95\x81\x06\x24\xdd\x2f";

/// Bytes of the answers to a pop: its key, four numbers, and an array of its point, of nothing and of how often it was popped.
pub(crate) const POP_ANSWERS: usize =
    "$36\r\n\r\n".len() + KEY + 4 * ":1\r\n".len() + "*3\r\n$25\r\n\r\n$-1\r\n$1\r\n1\r\n".len() + XS.len();

/// Whose names stand in the commands; as long as those that the network draws.
pub(crate) struct Worker<'a> {
    pub(crate) network: &'a str,
    pub(crate) id: String,
}

impl Worker<'_> {
    /// A text of up to 31 bytes, as the codec of the network writes it.
    fn encoded_id(&self) -> Vec<u8> {
        let mut encoded_id = vec![0xa0 | u8::try_from(self.id.len()).unwrap_or_default()];
        encoded_id.extend_from_slice(self.id.as_bytes());
        encoded_id
    }

    pub(crate) fn push_running(&self, trip: &mut Trip, task: usize) {
        let Self { network, id } = self;
        trip.command(&[
            Bytes(b"HSET"),
            Task(task),
            Bytes(b"xs"),
            Bytes(XS),
            Bytes(b"worker_id"),
            Bytes(&self.encoded_id()),
        ]);
        trip.command(&[Bytes(b"SADD"), Name(&format!("{network}:running_tasks")), Task(task)]);
        trip.command(&[Bytes(b"SADD"), Name(&format!("{network}:{id}:running_tasks")), Task(task)]);
        trip.command(&[Bytes(b"RPUSH"), Name(&format!("{network}:all_tasks")), Task(task)]);
    }

    pub(crate) fn pop(&self, trip: &mut Trip, task: usize) {
        let Self { network, id } = self;
        trip.command(&[Bytes(b"RPOP"), Name(&format!("{network}:queued_tasks"))]);
        trip.command(&[Bytes(b"SADD"), Name(&format!("{network}:running_tasks")), Task(task)]);
        trip.command(&[Bytes(b"SADD"), Name(&format!("{network}:{id}:running_tasks")), Task(task)]);
        trip.command(&[Bytes(b"HSET"), Task(task), Bytes(b"worker_id"), Bytes(&self.encoded_id())]);
        trip.command(&[Bytes(b"HINCRBY"), Task(task), Bytes(b"attempts"), Bytes(b"1")]);
        trip.command(&[Bytes(b"HMGET"), Task(task), Bytes(b"xs"), Bytes(b"xs_extra"), Bytes(b"attempts")]);
    }

    pub(crate) fn finish(&self, trip: &mut Trip, task: usize) {
        let Self { network, id } = self;
        trip.command(&[Bytes(b"HSET"), Task(task), Bytes(b"ys"), Bytes(YS)]);
        trip.command(&[Bytes(b"SREM"), Name(&format!("{network}:running_tasks")), Task(task)]);
        trip.command(&[Bytes(b"SREM"), Name(&format!("{network}:{id}:running_tasks")), Task(task)]);
        trip.command(&[Bytes(b"RPUSH"), Name(&format!("{network}:finished_tasks")), Task(task)]);
        trip.command(&[Bytes(b"HINCRBY"), Name(&format!("{network}:{id}")), Bytes(b"finished"), Bytes(b"1")]);
    }
}
