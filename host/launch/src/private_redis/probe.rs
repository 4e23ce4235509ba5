//! Two words to a server on a socket: is somebody there, and please leave.
//!
//! Inline commands over a plain socket: this runs before there is a client, and in the keeper, which needs none.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A server that is alive answers within microseconds, unless a script keeps it busy.
const ANSWER: Duration = Duration::from_secs(2);

/// Who is behind a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// A server that takes commands.
    Answers,
    /// A server that reads its data, or does not answer just now.
    NotReady,
    /// No socket, or one on which nobody listens.
    Nobody,
}

/// Asks who is behind the socket.
pub(crate) fn probe(socket: &Path) -> Presence {
    let Ok(mut stream) = UnixStream::connect(socket) else { return Presence::Nobody };
    ask(&mut stream).map_or(Presence::NotReady, |reply| presence(&reply))
}

/// Asks the server to write everything out and end; it hangs up when it has.
pub(crate) fn request_shutdown(socket: &Path) -> io::Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    stream.write_all(b"SHUTDOWN\r\n")
}

fn ask(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    stream.write_all(b"PING\r\n")?;
    let mut reply = [0; 128];
    let length = stream.read(&mut reply)?;
    Ok(reply[..length].to_vec())
}

/// Any reply but "loading" comes from a server that takes commands: a full disk makes even PING an error (MISCONF).
fn presence(reply: &[u8]) -> Presence {
    if reply.is_empty() || reply.starts_with(b"-LOADING") { Presence::NotReady } else { Presence::Answers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_tell_a_server_that_is_ready_from_one_that_is_not() {
        assert_eq!(presence(b"+PONG\r\n"), Presence::Answers);
        assert_eq!(presence(b"-MISCONF Errors writing to the AOF file"), Presence::Answers);
        assert_eq!(presence(b"-LOADING Redis is loading the dataset in memory\r\n"), Presence::NotReady);
        assert_eq!(presence(b""), Presence::NotReady);
    }

    #[test]
    fn a_socket_without_a_listener_is_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("s");
        assert_eq!(probe(&socket), Presence::Nobody);
        drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
        assert!(socket.exists());
        assert_eq!(probe(&socket), Presence::Nobody);
    }
}
