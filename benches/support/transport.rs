//! How a Redis is reached: the sockets below its URL, for clients that speak to it themselves.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// How clients reach a Redis.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, clap::ValueEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A Unix socket.
    #[default]
    Unix,
    /// A port of the loopback device.
    Tcp,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketAddress {
    /// On this Unix socket.
    Unix(PathBuf),
    /// On this port.
    Tcp(SocketAddr),
}

/// A connection of its own, without a library between.
#[derive(Debug)]
pub enum Stream {
    /// Over a Unix socket.
    Unix(UnixStream),
    /// Over TCP; what is written leaves at once.
    Tcp(TcpStream),
}

impl Transport {
    /// As it stands in a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unix => "unix",
            Self::Tcp => "tcp",
        }
    }
}

impl SocketAddress {
    /// Connects to it.
    pub fn connect(&self) -> io::Result<Stream> {
        match self {
            Self::Unix(path) => UnixStream::connect(path).map(Stream::Unix),
            Self::Tcp(address) => TcpStream::connect(address).and_then(Stream::tcp),
        }
    }

    /// How a client of Redis names it.
    pub fn url(&self) -> String {
        match self {
            Self::Unix(path) => format!("redis+unix://{}", path.display()),
            Self::Tcp(address) => format!("redis://{address}"),
        }
    }
}

/// From the URL of a server without a password.
impl FromStr for SocketAddress {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let tcp = |text: &str| text.parse().ok().map(Self::Tcp);
        let address = match (url.strip_prefix("redis+unix://"), url.strip_prefix("redis://")) {
            (Some(path), _) => Some(Self::Unix(path.into())),
            (_, Some(address)) => tcp(address),
            _ => None,
        };
        address.ok_or_else(|| format!("expected `redis+unix://PATH` or `redis://ADDRESS:PORT`, not `{url}`"))
    }
}

impl Stream {
    /// One that was accepted or made over TCP.
    pub(crate) fn tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self::Tcp(stream))
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.set_nonblocking(nonblocking),
            Self::Tcp(stream) => stream.set_nonblocking(nonblocking),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Unix(stream) => stream.as_fd(),
            Self::Tcp(stream) => stream.as_fd(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_as_its_url_is_written() {
        for url in ["redis+unix:///tmp/redis.sock", "redis://127.0.0.1:6379"] {
            assert_eq!(url.parse::<SocketAddress>().unwrap().url(), url);
        }
        for url in ["/tmp/redis.sock", "redis://localhost", "rediss://127.0.0.1:6379"] {
            assert!(url.parse::<SocketAddress>().is_err(), "{url}");
        }
    }
}
