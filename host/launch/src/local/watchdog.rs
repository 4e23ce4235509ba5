//! The child's side of supervision.

use std::io;
use std::os::fd::AsFd as _;

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;

/// Watches the pipe that the manager holds: the standard input of a supervised host process.
#[derive(Debug)]
pub struct Watchdog {
    pipe: pipe::Receiver,
}

impl Watchdog {
    /// Watches standard input. Fails with [`io::ErrorKind::InvalidInput`] if that is not a pipe: then nobody supervises
    /// this process. To be called within a tokio runtime, whose shutdown it does not delay.
    pub fn on_stdin() -> io::Result<Self> {
        Self::on_pipe(io::stdin().as_fd().try_clone_to_owned()?)
    }

    /// Watches the reading end of another pipe.
    pub fn on_pipe(pipe: std::os::fd::OwnedFd) -> io::Result<Self> {
        Ok(Self { pipe: pipe::Receiver::from_owned_fd(pipe)? })
    }

    /// Returns when the manager is gone. What is written to the pipe means nothing. May be dropped and called again.
    pub async fn closed(&mut self) {
        let mut ignored = [0; 64];
        // An error as well means that nobody holds the other end.
        while self.pipe.read(&mut ignored).await.is_ok_and(|length| length > 0) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::time::Duration;

    #[tokio::test]
    async fn it_returns_when_the_last_writer_is_gone_and_not_before() {
        let (reader, mut writer) = io::pipe().unwrap();
        let mut watchdog = Watchdog::on_pipe(reader.into()).unwrap();
        writer.write_all(b"still here").unwrap();
        let early = tokio::time::timeout(Duration::from_millis(50), watchdog.closed()).await;
        assert!(early.is_err());
        drop(writer);
        tokio::time::timeout(Duration::from_secs(5), watchdog.closed()).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_not_a_pipe_is_refused() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(Watchdog::on_pipe(file.into()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
