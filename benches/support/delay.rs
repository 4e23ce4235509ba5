//! A Redis that is far away: a proxy before it that hands every byte on a while later.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixListener,
    },
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tempfile::TempDir;

use crate::{Failure, Result, Server, SocketAddress, Stream};

/// A proxy that hands every byte on after half of the round trip has passed, in both directions and in order. However much is on
/// its way, none of it waits for the rest: it is the time that is limited, not the rate.
///
/// One thread of the bench's own process carries everything, so that it is in the figures of neither the host nor Redis.
#[derive(Debug)]
pub struct Delay {
    address: SocketAddress,
    closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// Holds the socket, if it is one.
    _folder: TempDir,
}

/// A thread that sleeps until a moment wakes up so much later, at worst. The last of the way it stays awake, and gives way to others.
const EARLY: Duration = Duration::from_micros(150);
/// What arrives wakes a thread that sleeps 20 to 120 µs later, too. So it stays awake as long after something has been handed on: the
/// answer comes soon, and its delay begins when it is there.
const LINGER: Duration = Duration::from_micros(150);
const CHUNK: usize = 1 << 16;

impl Delay {
    /// Starts one before this server, reached as the server is.
    pub fn before(server: &Server, round_trip: Duration) -> Result<Self> {
        let redis = server.socket_address();
        let start = || Self::start(redis, round_trip / 2);
        start().map_err(Failure::system("start a proxy before Redis"))
    }

    fn start(redis: SocketAddress, half: Duration) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("rush-delay-").tempdir()?;
        let (listener, address) = match redis {
            SocketAddress::Unix(_) => {
                let path = folder.path().join("delay.sock");
                (Listener::Unix(UnixListener::bind(&path)?), SocketAddress::Unix(path))
            }
            SocketAddress::Tcp(_) => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                let address = listener.local_addr()?;
                (Listener::Tcp(listener), SocketAddress::Tcp(address))
            }
        };
        listener.set_nonblocking()?;
        let closed = Arc::<AtomicBool>::default();
        let way = Way { listener, redis, half, closed: Arc::clone(&closed), links: Vec::new() };
        let thread = std::thread::Builder::new().name("delay".into()).spawn(|| way.carry())?;
        Ok(Self { address, closed, thread: Some(thread), _folder: folder })
    }

    /// Where clients find it.
    pub fn url(&self) -> String {
        self.address.url()
    }

    /// The same for clients that speak to it themselves.
    pub fn socket_address(&self) -> SocketAddress {
        self.address.clone()
    }
}

impl Drop for Delay {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the thread, which then sees that it is closed.
        let _ = self.address.connect();
        // A panic of the thread has been told on standard error.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Listener {
    fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            Self::Unix(listener) => listener.set_nonblocking(true),
            Self::Tcp(listener) => listener.set_nonblocking(true),
        }
    }

    fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Unix(listener) => listener.accept().map(|(stream, _)| Stream::Unix(stream)),
            Self::Tcp(listener) => listener.accept().and_then(|(stream, _)| Stream::tcp(stream)),
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Unix(listener) => listener.as_fd(),
            Self::Tcp(listener) => listener.as_fd(),
        }
    }
}

/// All that is between clients and the Redis.
struct Way {
    listener: Listener,
    redis: SocketAddress,
    half: Duration,
    closed: Arc<AtomicBool>,
    links: Vec<Link>,
}

impl Way {
    fn carry(mut self) {
        let mut buffer = vec![0; CHUNK];
        let mut awake_until = Instant::now();
        while !self.closed.load(Ordering::Relaxed) {
            let now = Instant::now();
            let mut moved = false;
            self.links.retain_mut(|link| match link.deliver(now) {
                Ok(delivered) => {
                    moved |= delivered;
                    true
                }
                // Both its ends are closed with it.
                Err(_) => false,
            });
            if moved {
                awake_until = now + LINGER;
            }
            let Ok(ready) = self.wait(now, awake_until) else { return };
            let arrived = Instant::now();
            for (link, ready) in self.links.iter_mut().zip(ready.links) {
                link.receive(ready, arrived + self.half, &mut buffer);
            }
            if ready.listener {
                self.accept();
            }
        }
    }

    /// Waits until something arrives, or until shortly before something is due.
    fn wait(&self, now: Instant, awake_until: Instant) -> io::Result<Ready> {
        let sleep = match self.links.iter().filter_map(Link::due).min() {
            _ if now < awake_until => Some(Duration::ZERO),
            Some(due) => Some(due.saturating_duration_since(now).saturating_sub(EARLY)),
            None => None,
        };
        if sleep == Some(Duration::ZERO) {
            std::thread::yield_now();
        }
        let mut sockets = Vec::with_capacity(1 + 2 * self.links.len());
        sockets.push(PollFd::new(&self.listener, PollFlags::IN));
        for link in &self.links {
            sockets.push(PollFd::new(&link.client, PollFlags::IN));
            sockets.push(PollFd::new(&link.server, PollFlags::IN));
        }
        let sleep = sleep.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
        match poll(&mut sockets, sleep.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready: Vec<bool> = sockets.iter().map(|socket| !socket.revents().is_empty()).collect();
        let links = ready[1..].chunks_exact(2).map(|link| [link[0], link[1]]).collect();
        Ok(Ready { listener: ready[0], links })
    }

    fn accept(&mut self) {
        while let Ok(client) = self.listener.accept() {
            // No Redis behind it: the client sees a connection that closes at once.
            let Ok(server) = self.redis.connect() else { continue };
            if client.set_nonblocking(true).and_then(|()| server.set_nonblocking(true)).is_ok() {
                self.links.push(Link { client, server, there: Air::default(), back: Air::default() });
            }
        }
    }
}

/// Which sockets have something.
struct Ready {
    listener: bool,
    links: Vec<[bool; 2]>,
}

/// One client's connection.
struct Link {
    client: Stream,
    server: Stream,
    there: Air,
    back: Air,
}

impl Link {
    fn receive(&mut self, [from_client, from_server]: [bool; 2], due: Instant, buffer: &mut [u8]) {
        if from_client {
            self.there.receive(&mut self.client, due, buffer);
        }
        if from_server {
            self.back.receive(&mut self.server, due, buffer);
        }
    }

    /// Hands on what is due; answers whether anything was. An error is the end of the connection.
    fn deliver(&mut self, now: Instant) -> io::Result<bool> {
        Ok(self.there.deliver(&mut self.server, now)? | self.back.deliver(&mut self.client, now)?)
    }

    fn due(&self) -> Option<Instant> {
        [&self.there, &self.back]
            .into_iter()
            .filter_map(|air| air.chunks.front())
            .map(|chunk| chunk.due)
            .min()
    }
}

/// What is on its way in one direction.
#[derive(Default)]
struct Air {
    chunks: VecDeque<Chunk>,
    /// Nothing more comes.
    ended: bool,
}

/// What arrived at one moment; without a byte it is the end.
struct Chunk {
    due: Instant,
    bytes: Vec<u8>,
}

impl Air {
    fn receive(&mut self, from: &mut Stream, due: Instant, buffer: &mut [u8]) {
        // One that has ended is ready for ever.
        while !self.ended {
            let read = match from.read(buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => 0,
            };
            self.chunks.push_back(Chunk { due, bytes: buffer[..read].to_vec() });
            self.ended = read == 0;
            // One more look would say the same, and cost as much.
            if read < buffer.len() {
                return;
            }
        }
    }

    fn deliver(&mut self, to: &mut Stream, now: Instant) -> io::Result<bool> {
        let mut delivered = false;
        while let Some(chunk) = self.chunks.front_mut().filter(|chunk| chunk.due <= now) {
            if chunk.bytes.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            match to.write(&chunk.bytes) {
                Ok(written) if written < chunk.bytes.len() => drop(chunk.bytes.drain(..written)),
                Ok(_) => drop(self.chunks.pop_front()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            delivered = true;
        }
        Ok(delivered)
    }
}

#[cfg(test)]
mod tests {
    use redis::{Client, cmd, pipe};

    use super::*;
    use crate::Transport;

    const ROUND_TRIP: Duration = Duration::from_millis(40);

    #[test]
    fn a_trip_takes_the_round_trip_and_a_thousand_at_once_take_not_much_more() {
        for transport in [Transport::Unix, Transport::Tcp] {
            let server = Server::start_on(transport).unwrap();
            let delay = Delay::before(&server, ROUND_TRIP).unwrap();
            let mut connection = Client::open(delay.url()).unwrap().get_connection().unwrap();
            let begun = Instant::now();
            cmd("PING").exec(&mut connection).unwrap();
            assert!(begun.elapsed() >= ROUND_TRIP, "{:?}", begun.elapsed());
            let mut pings = pipe();
            for number in 0..1_000 {
                pings.cmd("ECHO").arg(number);
            }
            let begun = Instant::now();
            let answers: Vec<u32> = pings.query(&mut connection).unwrap();
            assert!((ROUND_TRIP..100 * ROUND_TRIP).contains(&begun.elapsed()), "{:?}", begun.elapsed());
            assert_eq!(answers, (0..1_000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_is_too_large_for_a_socket_arrives_whole() {
        let server = Server::start().unwrap();
        let delay = Delay::before(&server, ROUND_TRIP).unwrap();
        let mut connection = Client::open(delay.url()).unwrap().get_connection().unwrap();
        let large: Vec<u8> = (0..=255).cycle().take(8 << 20).collect();
        let echoed: Vec<u8> = cmd("ECHO").arg(&large).query(&mut connection).unwrap();
        assert!(large == echoed);
    }

    #[test]
    fn a_connection_ends_with_its_client_and_with_its_proxy() {
        let mut server = Server::start().unwrap();
        let delay = Delay::before(&server, ROUND_TRIP).unwrap();
        let first = Client::open(delay.url()).unwrap().get_connection().unwrap();
        let mut second = Client::open(delay.url()).unwrap().get_connection().unwrap();
        let connected = server.load().unwrap().connections;
        drop(first);
        while server.load().unwrap().connections >= connected {}
        drop(delay);
        assert!(cmd("PING").exec(&mut second).is_err());
    }
}
