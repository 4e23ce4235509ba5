//! Names of networks, workers and launches, checked once and then carried by type.

use std::fmt;

use rand::seq::IndexedRandom as _;
use serde::{Deserialize, Serialize};

use crate::{Invalid, words};

/// The name of a network: `[A-Za-z0-9._{}-]{1,100}`, not `.` or `..`.
///
/// A `{hash tag}` in it puts all keys of the network in one slot of a Redis Cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NetworkId(String);

impl NetworkId {
    /// Checks a name.
    ///
    /// ```
    /// use rush_network::NetworkId;
    /// assert!(NetworkId::parse("branin-random-search").is_ok());
    /// assert!(NetworkId::parse("two words").is_err());
    /// ```
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._{}-".contains(&byte);
        let well_formed =
            (1..=100).contains(&text.len()) && text.bytes().all(legal) && text != "." && text != "..";
        let braces: String = text.chars().filter(|letter| "{}".contains(*letter)).collect();
        let tag_is_whole =
            braces.is_empty() || (braces == "{}" && !text.contains("{}") && text.find('{') < text.find('}'));
        if well_formed && tag_is_whole { Ok(Self(text)) } else { Err(Invalid::NetworkId { id: text }) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The `{hash tag}` with its braces, or nothing.
    pub(crate) fn hash_tag(&self) -> &str {
        match (self.0.find('{'), self.0.find('}')) {
            (Some(open), Some(close)) => &self.0[open..=close],
            _ => "",
        }
    }
}

impl fmt::Display for NetworkId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The name of a worker: `[A-Za-z0-9._-]{1,64}`, and none of the names that keys of the network end with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkerId(String);

impl WorkerId {
    /// Checks a name that a user chose.
    ///
    /// ```
    /// use rush_network::WorkerId;
    /// assert!(WorkerId::parse("worker-1").is_ok());
    /// // `<network>:queued_tasks` is a list, so no worker's hash may stand there.
    /// assert!(WorkerId::parse("queued_tasks").is_err());
    /// ```
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let well_formed = (1..=64).contains(&text.len()) && text.bytes().all(legal);
        if well_formed && !crate::keys::RESERVED.contains(&text.as_str()) {
            Ok(Self(text))
        } else {
            Err(Invalid::WorkerId { id: text })
        }
    }

    /// A new, friendly name: `adjective_animal_<8 hex>`, as in rush.
    pub fn random() -> Self {
        let mut rng = rand::rng();
        let adjective = words::ADJECTIVES.choose(&mut rng).copied().unwrap_or("quiet");
        let animal = words::ANIMALS.choose(&mut rng).copied().unwrap_or("otter");
        Self(format!("{adjective}_{animal}_{:08x}", rand::random::<u32>()))
    }

    /// A name that Redis holds.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for WorkerId {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl From<WorkerId> for String {
    fn from(id: WorkerId) -> Self {
        id.0
    }
}

/// The name of a launch: 12 hex digits, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LaunchId(String);

impl LaunchId {
    /// Checks a name.
    ///
    /// ```
    /// use rush_network::LaunchId;
    /// assert!(LaunchId::parse("0123456789ab").is_ok());
    /// assert!(LaunchId::parse("0123456789AB").is_err());
    /// ```
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let legal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 12 && text.bytes().all(legal) {
            Ok(Self(text))
        } else {
            Err(Invalid::LaunchId { id: text })
        }
    }

    /// A new one.
    pub fn random() -> Self {
        Self(format!("{:012x}", rand::random::<u64>() >> 16))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LaunchId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for LaunchId {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl From<LaunchId> for String {
    fn from(id: LaunchId) -> Self {
        id.0
    }
}
