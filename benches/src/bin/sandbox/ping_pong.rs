//! The reference of evaluations by process: two processes that hand each other as many bytes, and do nothing else.

use std::{
    io::{self, Read as _, Write as _},
    os::unix::net::UnixStream,
    process::{Child, Command, Stdio},
    time::Instant,
};

use rush_benches::{Failure, Result};

/// Bytes of the request and of the reply of an evaluation of two parameters and one result, with their frames.
pub(crate) const SIZES: [usize; 2] = [64, 32];

/// A process that answers.
pub(crate) struct PingPong {
    child: Child,
    socket: UnixStream,
}

impl PingPong {
    pub(crate) fn start() -> Result<Self> {
        let (ours, theirs) = UnixStream::pair().map_err(Failure::system("make a socketpair"))?;
        let this = std::env::current_exe().map_err(Failure::system("find this program"))?;
        let mut command = Command::new(this);
        command.arg("--answer").args(SIZES.map(|size| size.to_string()));
        let child = command.stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs))).spawn();
        Ok(Self { child: child.map_err(Failure::system("start this program"))?, socket: ours })
    }

    /// Microseconds of a turn, over so many.
    pub(crate) fn turns(&mut self, times: u32) -> Result<f64> {
        let (request, mut reply) = (vec![0; SIZES[0]], vec![0; SIZES[1]]);
        let begun = Instant::now();
        for _ in 0..times {
            self.socket.write_all(&request).map_err(Failure::system("write to a socket"))?;
            self.socket.read_exact(&mut reply).map_err(Failure::system("read from a socket"))?;
        }
        Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(times))
    }
}

impl Drop for PingPong {
    fn drop(&mut self) {
        // It ends by itself when the socket closes; an error is a process that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The life of the other process: its standard input is the socket.
pub(crate) fn answer(sizes: &[usize]) -> Result<()> {
    use std::os::fd::AsFd as _;
    let socket = io::stdin().as_fd().try_clone_to_owned().map_err(Failure::system("find the socket"))?;
    let mut socket = UnixStream::from(socket);
    let (mut request, reply) = (vec![0; sizes[0]], vec![0; sizes[1]]);
    while socket.read_exact(&mut request).is_ok() {
        socket.write_all(&reply).map_err(Failure::system("write to a socket"))?;
    }
    Ok(())
}
