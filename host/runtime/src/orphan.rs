//! Children that end with their parents, however those end: no signal of the kernel's is relied on, which knows threads instead of processes.

use std::io;
use std::os::fd::AsFd;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// The thread that watches does nothing else.
const STACK: usize = 64 << 10;

/// Ends this process as soon as the other end of its socket or pipe is closed, whatever it is doing. Bytes that arrive wake nobody; `also` says
/// what does beside the end of both directions.
pub(crate) fn exit_when_closed(watched: impl AsFd + Send + 'static, also: PollFlags) -> io::Result<()> {
    let wait = move || {
        let mut watched = [PollFd::new(&watched, also)];
        while poll(&mut watched, None).is_err_and(|error| error == Errno::INTR) {}
        std::process::exit(0);
    };
    thread::Builder::new().name("orphan".to_owned()).stack_size(STACK).spawn(wait).map(drop)
}
