//! The parent's end of a child's socket.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::frame::Inbox;

/// Waits for bytes, and for nothing else: a socket that also told when it could be written to would wake the parent each time its child has
/// read something, which costs as much again as the whole exchange.
#[derive(Debug)]
pub(super) struct Socket(AsyncFd<UnixStream>);

impl Socket {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self(register(stream, Interest::READABLE)?))
    }

    /// Sends as much as the kernel buffers.
    pub(super) fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.get_ref().write(bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
                result => return result,
            }
        }
    }

    /// Sends all of it; waits only if it is more than the kernel buffers.
    pub(super) async fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let sent = self.try_send(bytes)?;
            bytes = &bytes[sent..];
            if sent == 0 {
                let writable = register(self.0.get_ref().try_clone()?, Interest::WRITABLE)?;
                drop(writable.writable().await?);
            }
        }
        Ok(())
    }

    /// Waits for more bytes. False: there will be none.
    pub(super) async fn receive(&self, inbox: &mut Inbox) -> io::Result<bool> {
        loop {
            let mut ready = self.0.readable().await?;
            let spare = inbox.spare();
            match ready.try_io(|stream| stream.get_ref().read(spare)) {
                Ok(Ok(count)) => {
                    if count < spare.len() {
                        // That was all; asking again would only say so.
                        ready.clear_ready();
                    }
                    inbox.arrived(count);
                    return Ok(count > 0);
                }
                Ok(Err(error)) if error.kind() == ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Err(error),
                Err(_would_block) => {}
            }
        }
    }
}

#[expect(
    deprecated,
    reason = "its successor is unsafe, for types whose descriptor changes while they live; that of a socket does not"
)]
fn register(stream: UnixStream, interest: Interest) -> io::Result<AsyncFd<UnixStream>> {
    AsyncFd::with_interest(stream, interest)
}
