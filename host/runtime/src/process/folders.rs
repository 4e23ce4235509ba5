//! How a child gets the folders that its guest is granted: open, as they are in its parent. It never needs their paths.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

use crate::folders::Folders;

/// With one byte, which says how many come with it. The kernel takes 253.
const AT_ONCE: usize = 200;
const SPACE: usize = rustix::cmsg_space!(ScmRights(AT_ONCE));

/// Sends them before anything else; a byte of zero ends them. They wait in the socket if nobody has received them yet.
pub(super) fn send(folders: &Folders, socket: &UnixStream) -> io::Result<()> {
    for some in folders.descriptors().chunks(AT_ONCE) {
        send_some(some, socket)?;
    }
    send_some(&[], socket)
}

fn send_some(descriptors: &[BorrowedFd<'_>], socket: &UnixStream) -> io::Result<()> {
    let count = [u8::try_from(descriptors.len()).map_err(io::Error::other)?];
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(descriptors));
    }
    rustix::io::retry_on_intr(|| sendmsg(socket, &[IoSlice::new(&count)], &mut control, SendFlags::empty()))?;
    Ok(())
}

/// Receives them. Nothing: the parent is gone.
pub(super) fn receive(socket: &UnixStream) -> io::Result<Option<Vec<OwnedFd>>> {
    let mut all = Vec::new();
    loop {
        let mut count = [0];
        let mut space = [MaybeUninit::uninit(); SPACE];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = rustix::io::retry_on_intr(|| {
            recvmsg(socket, &mut [IoSliceMut::new(&mut count)], &mut control, RecvFlags::CMSG_CLOEXEC)
        })?;
        let before = all.len();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                all.extend(descriptors);
            }
        }
        if received.bytes == 0 {
            return Ok(None);
        }
        if all.len() - before != usize::from(count[0]) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a folder got lost on the way"));
        }
        if count == [0] {
            return Ok(Some(all));
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::fs::fstat;

    use super::*;
    use crate::settings::{GrantedDir, Grants};

    #[test]
    fn many_arrive_in_their_order() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let dir = |number: usize| {
            let host = root.join((number % 3).to_string());
            std::fs::create_dir_all(&host).unwrap();
            GrantedDir { host, guest: number.to_string(), write: false }
        };
        for count in [0, 1, AT_ONCE, AT_ONCE + 1] {
            let grants = Grants { dirs: (0..count).map(dir).collect(), ..Grants::default() };
            let folders = Folders::open(&grants).unwrap();
            let (ours, theirs) = UnixStream::pair().unwrap();
            send(&folders, &ours).unwrap();
            let received = receive(&theirs).unwrap().unwrap();
            let place = |fd: BorrowedFd<'_>| fstat(fd).unwrap().st_ino;
            let sent: Vec<_> = folders.descriptors().into_iter().map(place).collect();
            let found: Vec<_> = received.iter().map(|fd| place(std::os::fd::AsFd::as_fd(fd))).collect();
            assert_eq!(sent, found);
        }
    }

    #[test]
    fn nothing_comes_from_a_parent_that_is_gone() {
        let (_, theirs) = UnixStream::pair().unwrap();
        assert!(receive(&theirs).unwrap().is_none());
    }
}
