//! Reading several of the network's lists and sets at one moment.

use redis::Value;

use crate::{Network, Result, link::Link, reply, script};

/// How a key is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Read {
    SetSize,
    ListLength,
    Set,
    List,
}

impl Read {
    fn command(self) -> &'static str {
        match self {
            Self::SetSize => "SCARD",
            Self::ListLength => "LLEN",
            Self::Set => "SMEMBERS",
            Self::List => "LRANGE",
        }
    }
}

impl Network {
    /// The answers, in the order of the keys.
    pub(crate) async fn read<K: AsRef<str>>(&self, link: &Link, keys: &[(K, Read)]) -> Result<Vec<Value>> {
        let mut call = script::READ.call(keys.len(), 96 * keys.len());
        for (key, _) in keys {
            call.arg(key.as_ref());
        }
        for (_, read) in keys {
            call.arg(read.command());
        }
        let values = reply::array(link.send(&call).await?)?;
        if values.len() == keys.len() { Ok(values) } else { Err(reply::unexpected(&Value::Array(values))) }
    }
}
