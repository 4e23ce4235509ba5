//! Whether a Redis server will do.

use std::time::Duration;

use crate::{Error, Result, link::Link, reply};

/// The scripts use what came with Redis 7.0.
const OLDEST: u32 = 7;

pub(crate) async fn check(link: &Link) -> Result<()> {
    let mut info = redis::cmd("INFO");
    info.arg("server").arg("memory");
    let text = reply::text(link.send(&info).await?)?.unwrap_or_default();
    judge(&text, link.address())
}

/// For how long Redis has been up, at least. Times to live run on while it is down, so a heartbeat that is missing right
/// after a start says nothing.
pub(crate) async fn uptime(link: &Link) -> Result<Duration> {
    let text = reply::text(link.send(redis::cmd("INFO").arg("server")).await?)?.unwrap_or_default();
    let seconds = line(&text, "uptime_in_seconds").and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    // The difference of two times in whole seconds: 1 may stand for a millisecond.
    Ok(Duration::from_secs(seconds.saturating_sub(1)))
}

fn judge(info: &str, address: &str) -> Result<()> {
    let address = address.to_owned();
    // Valkey reports the Redis version that it is compatible with, too.
    let version = line(info, "redis_version").unwrap_or("unknown");
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        return Err(Error::TooOld { address, found: version.to_owned() });
    }
    match line(info, "maxmemory_policy") {
        None | Some("noeviction") => Ok(()),
        Some(policy) => Err(Error::Eviction { address, found: policy.to_owned() }),
    }
}

fn line<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(version: &str, policy: &str) -> String {
        let info =
            format!("# Server\r\nredis_version:{version}\r\n# Memory\r\nmaxmemory_policy:{policy}\r\n");
        judge(&info, "localhost:6379").map_or_else(|error| error.to_string(), |()| "ok".into())
    }

    #[test]
    fn seven_and_newer_without_eviction_will_do() {
        assert_eq!(verdict("7.0.15", "noeviction"), "ok");
        assert_eq!(verdict("8.2.1", "noeviction"), "ok");
        assert_eq!(
            verdict("6.2.14", "noeviction"),
            "Redis at localhost:6379 has version 6.2.14; rush-host needs Redis 7.0 or newer, or Valkey"
        );
        assert_eq!(
            verdict("7.2.0", "allkeys-lru"),
            "Redis at localhost:6379 has the eviction policy `allkeys-lru`: when it is full it would delete tasks; set \
             `maxmemory-policy noeviction`"
        );
    }
}
