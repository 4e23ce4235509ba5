//! A proxy before a Redis that breaks connections on purpose.

use std::{
    io::{Read as _, Write as _},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tempfile::TempDir;

/// What happens to a request that a rule matches; always once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is cut, and Redis has never seen the request.
    LoseRequest,
    /// Redis has carried out the request, its reply is swallowed, and the connection is cut.
    LoseReply,
    /// The connection is cut in the middle of the reply.
    CutReply,
}

type Matches = Box<dyn Fn(&[u8]) -> bool + Send>;

/// Forwards between clients on its own Unix socket and a Redis on another one.
///
/// A rule is applied to the first chunk of bytes from a client that it matches: tests that use one send their requests one after
/// the other.
#[derive(Debug)]
pub struct Proxy {
    folder: TempDir,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    rule: Mutex<Option<(Fault, Matches)>>,
    delay_micros: AtomicU64,
    closed: AtomicBool,
    /// Both ends of each connection, so that all can be cut at once.
    connections: Mutex<Vec<UnixStream>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shared").field("pending", &lock(&self.rule).is_some()).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Starts a proxy before the Redis on this socket.
    pub fn start(redis: impl Into<PathBuf>) -> Self {
        let redis = redis.into();
        let folder =
            tempfile::Builder::new().prefix("rush-proxy-").tempdir().expect("a temporary folder can be made");
        let shared = Arc::<Shared>::default();
        let proxy = Self { folder, shared: Arc::clone(&shared) };
        let listener = UnixListener::bind(proxy.socket()).expect("the folder is new");
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                if shared.closed.load(Ordering::Relaxed) {
                    return;
                }
                // No Redis behind it: the client sees a connection that closes at once.
                if let Ok(server) = UnixStream::connect(&redis) {
                    forward(&shared, &client, &server);
                }
            }
        });
        proxy
    }

    /// Where clients find it.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("proxy.sock")
    }

    /// Lets the next request that `matches` meet this fault. A request that Redis answers with `NOSCRIPT` does not count.
    pub fn once(&self, fault: Fault, matches: impl Fn(&[u8]) -> bool + Send + 'static) {
        *lock(&self.shared.rule) = Some((fault, Box::new(matches)));
    }

    /// Whether the fault has not happened yet.
    pub fn pending(&self) -> bool {
        lock(&self.shared.rule).is_some()
    }

    /// From now on each reply takes so much longer.
    pub fn delay(&self, delay: Duration) {
        self.shared
            .delay_micros
            .store(u64::try_from(delay.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Cuts all connections.
    pub fn cut(&self) {
        for connection in lock(&self.shared.connections).drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        self.cut();
        // Wakes the listener, which then sees that it is closed.
        let _ = UnixStream::connect(self.socket());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A fault on its way: the request was delivered, its reply is awaited.
type Armed = Arc<Mutex<Option<(Fault, Matches)>>>;

fn forward(shared: &Arc<Shared>, client: &UnixStream, server: &UnixStream) {
    let again = |stream: &UnixStream| stream.try_clone().expect("descriptors are left");
    lock(&shared.connections).extend([again(client), again(server)]);
    let armed = Armed::default();
    std::thread::spawn({
        let (shared, armed, client, server) =
            (Arc::clone(shared), Arc::clone(&armed), again(client), again(server));
        move || {
            let _ = requests(&shared, &armed, &client, &server);
            close(&client, &server);
        }
    });
    std::thread::spawn({
        let (shared, client, server) = (Arc::clone(shared), again(client), again(server));
        move || {
            let _ = replies(&shared, &armed, &client, &server);
            close(&client, &server);
        }
    });
}

fn close(client: &UnixStream, server: &UnixStream) {
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

fn requests(
    shared: &Shared,
    armed: &Armed,
    mut client: &UnixStream,
    mut server: &UnixStream,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let chunk = match client.read(&mut buffer)? {
            0 => return Ok(()),
            len => &buffer[..len],
        };
        {
            let mut rule = lock(&shared.rule);
            if rule.as_ref().is_some_and(|(_, matches)| matches(chunk)) {
                if rule.as_ref().is_some_and(|(fault, _)| *fault == Fault::LoseRequest) {
                    *rule = None;
                    return Ok(());
                }
                // Taken out for now, so that no other connection applies it; `NOSCRIPT` puts it back.
                *lock(armed) = rule.take();
            }
        }
        server.write_all(chunk)?;
    }
}

fn replies(
    shared: &Shared,
    armed: &Armed,
    mut client: &UnixStream,
    mut server: &UnixStream,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let chunk = match server.read(&mut buffer)? {
            0 => return Ok(()),
            len => &buffer[..len],
        };
        match lock(armed).take() {
            Some(rule) if chunk.starts_with(b"-NOSCRIPT") => *lock(&shared.rule) = Some(rule),
            Some((Fault::CutReply, _)) => return client.write_all(&chunk[..chunk.len() / 2]),
            Some(_) => return Ok(()),
            None => {}
        }
        std::thread::sleep(Duration::from_micros(shared.delay_micros.load(Ordering::Relaxed)));
        client.write_all(chunk)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestRedis;

    fn incr(proxy: &Proxy) -> redis::RedisResult<u32> {
        let mut connection = redis::Client::open(proxy.url())?.get_connection()?;
        redis::cmd("INCR").arg("counter").query(&mut connection)
    }

    #[test]
    fn each_fault_happens_once() {
        let redis = TestRedis::start();
        let proxy = Proxy::start(redis.socket());
        let is_incr = |request: &[u8]| request.windows(4).any(|window| window == b"INCR");
        assert_eq!(incr(&proxy).unwrap(), 1);
        proxy.once(Fault::LoseRequest, is_incr);
        assert!(incr(&proxy).is_err());
        assert_eq!(incr(&proxy).unwrap(), 2, "Redis has not seen the lost request");
        proxy.once(Fault::LoseReply, is_incr);
        assert!(incr(&proxy).is_err());
        assert_eq!(incr(&proxy).unwrap(), 4, "Redis has carried out the request");
        proxy.once(Fault::CutReply, is_incr);
        assert!(incr(&proxy).is_err());
        assert_eq!(incr(&proxy).unwrap(), 6);
        assert!(!proxy.pending());
    }
}
