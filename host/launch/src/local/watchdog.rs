//! The child's side of supervision.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;

use rustix::fs::{FileType, fstat};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::{UnixStream, unix::pipe};

/// Watches the pipe that the manager holds: the standard input of a supervised host process.
#[derive(Debug)]
pub struct Watchdog {
    held: Held,
}

/// What the manager holds the other end of. `sshd` gives either.
#[derive(Debug)]
enum Held {
    Pipe(pipe::Receiver),
    Socket(UnixStream),
}

impl Watchdog {
    /// Watches standard input. Fails with [`io::ErrorKind::InvalidInput`] if that is neither a pipe nor a socket: then nobody
    /// supervises this process. To be called within a tokio runtime, whose shutdown it does not delay.
    pub fn on_stdin() -> io::Result<Self> {
        Self::on_pipe(io::stdin().as_fd().try_clone_to_owned()?)
    }

    /// Watches the reading end of another pipe.
    pub fn on_pipe(pipe: OwnedFd) -> io::Result<Self> {
        let held = if FileType::from_raw_mode(fstat(&pipe)?.st_mode) == FileType::Socket {
            let socket = StdUnixStream::from(pipe);
            socket.set_nonblocking(true)?;
            Held::Socket(UnixStream::from_std(socket)?)
        } else {
            Held::Pipe(pipe::Receiver::from_owned_fd(pipe)?)
        };
        Ok(Self { held })
    }

    /// Returns when the manager is gone. What is written to the pipe means nothing. May be dropped and called again.
    pub async fn closed(&mut self) {
        match &mut self.held {
            Held::Pipe(pipe) => drained(pipe).await,
            Held::Socket(socket) => drained(socket).await,
        }
    }
}

/// Reads to the end. An error as well means that nobody holds the other end.
async fn drained(mut held: impl AsyncRead + Unpin) {
    let mut ignored = [0; 64];
    while held.read(&mut ignored).await.is_ok_and(|length| length > 0) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    async fn returns_when_closed(watched: OwnedFd, mut held: impl io::Write) {
        let mut watchdog = Watchdog::on_pipe(watched).unwrap();
        held.write_all(b"still here").unwrap();
        let early = tokio::time::timeout(Duration::from_millis(50), watchdog.closed()).await;
        assert!(early.is_err());
        drop(held);
        tokio::time::timeout(Duration::from_secs(5), watchdog.closed()).await.unwrap();
    }

    #[tokio::test]
    async fn it_returns_when_the_last_writer_is_gone_and_not_before() {
        let (reader, writer) = io::pipe().unwrap();
        returns_when_closed(reader.into(), writer).await;
        let (ours, theirs) = StdUnixStream::pair().unwrap();
        returns_when_closed(ours.into(), theirs).await;
    }

    #[tokio::test]
    async fn what_is_not_a_pipe_is_refused() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(Watchdog::on_pipe(file.into()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
