//! Which Redis: flags > run file > user's defaults file > `REDIS_URL` > private.

use std::fmt;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::redis::RedisLocation;
use crate::redis_url::RedisUrl;
use crate::value_error::ValueError;

/// The Redis of a run, and who named it. Its `Display` is for people and holds no password:
/// `redis://localhost:6379/0, from the run file`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisSource {
    /// Where it is.
    pub location: RedisLocation,
    /// Who named it.
    pub origin: RedisOrigin,
}

/// Who named the Redis of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RedisOrigin {
    /// A flag on the command line.
    Flag,
    /// The run file.
    RunFile,
    /// The user's defaults file.
    Defaults,
    /// The environment variable `REDIS_URL`.
    Environment,
    /// Nobody: a private one is the default.
    Nobody,
}

/// What each source says.
#[derive(Debug, Clone, Copy, Default)]
pub struct RedisSources<'a> {
    /// URL from a flag.
    pub flag: Option<&'a str>,
    /// From the run file, [`Redis::location`](crate::Redis::location).
    pub run_file: Option<&'a RedisLocation>,
    /// From the user's defaults file, [`Defaults::redis`](crate::Defaults::redis).
    pub defaults: Option<&'a RedisLocation>,
    /// The value of `REDIS_URL`. An empty one counts as none.
    pub environment: Option<&'a str>,
}

/// The source that would be used holds no valid URL. The URL itself is not shown: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[error("The URL of Redis {origin} is not valid: {error}")]
#[diagnostic(help("{}", error.hint().unwrap_or("For example redis://localhost:6379/0")))]
pub struct RedisSourceError {
    /// Who named it.
    pub origin: RedisOrigin,
    /// What is wrong with it.
    pub error: ValueError,
}

/// Chooses the first source that says anything: flag, run file, user's defaults, `REDIS_URL`; else a private Redis.
///
/// A source that is not reached is not looked at: a broken `REDIS_URL` harms nobody who does not use it.
///
/// ```
/// use rush_run_file::{RedisSources, choose};
///
/// let source = choose(RedisSources { environment: Some("redis://:s3cret@cache/1"), ..Default::default() })?;
/// assert_eq!(source.to_string(), "redis://:****@cache:6379/1, from REDIS_URL");
///
/// let source = choose(RedisSources::default())?;
/// assert_eq!(source.to_string(), "a private Redis, since none is named");
/// # Ok::<(), rush_run_file::RedisSourceError>(())
/// ```
pub fn choose(sources: RedisSources<'_>) -> Result<RedisSource, RedisSourceError> {
    if let Some(flag) = sources.flag {
        return server(flag, RedisOrigin::Flag);
    }
    let named = [(sources.run_file, RedisOrigin::RunFile), (sources.defaults, RedisOrigin::Defaults)];
    if let Some((location, origin)) =
        named.into_iter().find_map(|(location, origin)| Some((location?, origin)))
    {
        return Ok(RedisSource { location: location.clone(), origin });
    }
    match sources.environment {
        Some(url) if !url.trim().is_empty() => server(url, RedisOrigin::Environment),
        _ => Ok(RedisSource { location: RedisLocation::Private, origin: RedisOrigin::Nobody }),
    }
}

fn server(url: &str, origin: RedisOrigin) -> Result<RedisSource, RedisSourceError> {
    let url: RedisUrl = url.parse().map_err(|error| RedisSourceError { origin, error })?;
    Ok(RedisSource { location: RedisLocation::Server { url, password_file: None::<PathBuf> }, origin })
}

impl fmt::Display for RedisOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "from the command line",
            Self::RunFile => "from the run file",
            Self::Defaults => "from the defaults file",
            Self::Environment => "from REDIS_URL",
            Self::Nobody => "since none is named",
        })
    }
}

impl fmt::Display for RedisSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            RedisLocation::Server { url, .. } => write!(f, "{url}, {}", self.origin),
            RedisLocation::Private => write!(f, "a private Redis, {}", self.origin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> RedisLocation {
        RedisLocation::Server { url: url.parse().unwrap(), password_file: None }
    }

    #[test]
    fn the_first_that_says_anything_wins() {
        let (run_file, defaults) = (at("redis://run-file"), at("redis://defaults"));
        let all = RedisSources {
            flag: Some("redis://flag"),
            run_file: Some(&run_file),
            defaults: Some(&defaults),
            environment: Some("redis://environment"),
        };
        let expected = [
            (all, "redis://flag:6379/0, from the command line"),
            (RedisSources { flag: None, ..all }, "redis://run-file:6379/0, from the run file"),
            (
                RedisSources { flag: None, run_file: None, ..all },
                "redis://defaults:6379/0, from the defaults file",
            ),
            (
                RedisSources { environment: all.environment, ..Default::default() },
                "redis://environment:6379/0, from REDIS_URL",
            ),
            (
                RedisSources { environment: Some(""), ..Default::default() },
                "a private Redis, since none is named",
            ),
        ];
        for (sources, shown) in expected {
            assert_eq!(choose(sources).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn a_run_file_can_insist_on_a_private_redis() {
        let sources = RedisSources {
            run_file: Some(&RedisLocation::Private),
            environment: Some("redis://environment"),
            ..Default::default()
        };
        assert_eq!(choose(sources).unwrap().to_string(), "a private Redis, from the run file");
    }

    #[test]
    fn only_the_source_that_is_used_has_to_be_valid() {
        let run_file = at("redis://run-file");
        let broken = Some("nonsense");
        assert!(
            choose(RedisSources { run_file: Some(&run_file), environment: broken, ..Default::default() })
                .is_ok()
        );
        let error = choose(RedisSources { environment: broken, ..Default::default() }).unwrap_err();
        assert_eq!(
            error.to_string(),
            "The URL of Redis from REDIS_URL is not valid: it does not begin with a scheme and `://`"
        );
    }
}
