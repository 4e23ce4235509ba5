//! `[redis]`: where the network lives.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::Duration;
use crate::error::Mistake;
use crate::expand::{ExpandError, expand};
use crate::finding::Finding;
use crate::path::{Name, WrittenPath};
use crate::redis_url::RedisUrl;
use crate::resolve::Resolver;
use crate::spanned::{At, Text, Written};

/// How long to try to connect, unless `connect_timeout` says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(5_000);
/// How long a call waits for a Redis that went away, unless `unavailable_after` says otherwise.
const UNAVAILABLE_AFTER: Duration = Duration::from_millis(60_000);

/// Where the network lives. Without this table: the user's defaults file, then the environment variable `REDIS_URL`,
/// then a private Redis that is started for the run.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "redis")]
pub(crate) struct RawRedis {
    /// URL of a Redis (7.0 or later) or Valkey: `redis://`, `rediss://` (with TLS), `valkey://`, `valkeys://` or
    /// `unix://`. `${VARIABLE}` is replaced by the environment variable, percent-encoded; `$${` stands for `${`. A
    /// URL that is one `${VARIABLE}` and nothing else is taken from there as it is.
    #[schemars(extend("examples" = ["redis://localhost:6379/0", "rediss://${REDIS_USER}:${REDIS_PASSWORD}@redis.example.org:6380/0"]))]
    pub(crate) url: Option<Text<RedisUrl>>,
    /// File that holds the password and nothing else, readable by its owner alone (mode 0600 or 0400). For use with
    /// `url`.
    pub(crate) password_file: Option<Text<WrittenPath>>,
    /// Start a private Redis for this run, whatever the user's defaults file and `REDIS_URL` say.
    #[schemars(extend("default" = false))]
    pub(crate) private: Option<At<bool>>,
    /// How long to try to connect before giving up.
    #[schemars(extend("default" = "5s"))]
    pub(crate) connect_timeout: Option<Text<Duration>>,
    /// How long a call waits for a Redis that went away before the worker loop is told that it is unavailable.
    #[schemars(extend("default" = "60s"))]
    pub(crate) unavailable_after: Option<Text<Duration>>,
    /// Ask Redis Sentinel for the server. Not supported yet.
    pub(crate) sentinel: Option<RawSentinel>,
    /// Certificates for TLS. Not supported yet.
    pub(crate) tls: Option<RawTls>,
}

/// Redis Sentinel, which knows which server is in charge.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "sentinel")]
pub(crate) struct RawSentinel {
    /// Name of the group of servers.
    #[schemars(required)]
    pub(crate) master: Option<Text<Name>>,
    /// Sentinels, each as `host:port`.
    #[schemars(required)]
    pub(crate) nodes: Option<Vec<Text<Name>>>,
}

/// Certificates for TLS, as PEM files.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "tls")]
pub(crate) struct RawTls {
    /// Certificates to trust instead of the public ones.
    pub(crate) ca: Option<Text<WrittenPath>>,
    /// Certificate to show to the server.
    pub(crate) cert: Option<Text<WrittenPath>>,
    /// Private key of `cert`.
    pub(crate) key: Option<Text<WrittenPath>>,
}

/// Resolved `[redis]`. It is never serialised: it holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redis {
    /// The server that this file names, if it names one; see [`choose`](crate::choose) for what holds otherwise.
    pub location: Option<RedisLocation>,
    /// How long to try to connect before giving up. Default 5 s.
    pub connect_timeout: Duration,
    /// How long a call waits for a Redis that went away before the guest gets `unavailable`. Default 60 s.
    pub unavailable_after: Duration,
    /// Redis Sentinel, which knows the server in charge.
    pub sentinel: Option<Sentinel>,
    /// Certificates for TLS.
    pub tls: Option<Tls>,
}

/// What a run file or a defaults file says about the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedisLocation {
    /// A server at a URL.
    Server {
        /// The URL, expanded.
        url: RedisUrl,
        /// File with its password; see [`read_password`](crate::read_password).
        password_file: Option<PathBuf>,
    },
    /// A private server, even where the defaults file or the environment names another.
    Private,
}

/// Resolved `[redis.sentinel]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentinel {
    /// Name of the group of servers.
    pub master: String,
    /// Sentinels, each as `host:port`.
    pub nodes: Vec<String>,
}

/// Resolved `[redis.tls]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// Certificates to trust instead of the public ones.
    pub ca: Option<PathBuf>,
    /// Certificate to show to the server, and its private key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl Written for RedisUrl {
    const NOUN: &'static str = "Redis URL";
    const EXPECTED: &'static str = r#"a URL such as "redis://localhost:6379/0""#;
}

impl RawRedis {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> Redis {
        Redis {
            location: self.location(r),
            connect_timeout: r.parse_or(self.connect_timeout.as_ref(), CONNECT_TIMEOUT),
            unavailable_after: r.parse_or(self.unavailable_after.as_ref(), UNAVAILABLE_AFTER),
            sentinel: self.sentinel.as_ref().and_then(|sentinel| sentinel.resolve(r)),
            tls: self.tls.as_ref().map(|tls| tls.resolve(r)),
        }
    }

    fn location(&self, r: &mut Resolver<'_>) -> Option<RedisLocation> {
        let password_file = r.path(self.password_file.as_ref());
        let private = self.private.as_ref().filter(|private| private.value);
        if let (Some(url), Some(private)) = (&self.url, private) {
            r.report(
                Finding::new(Mistake::Conflict(
                    "`redis.url` and `redis.private` exclude each other".to_owned(),
                ))
                .label(private.span.clone(), "start a private Redis")
                .label(url.span.clone(), "use this one")
                .help("Keep one of the two"),
            );
        }
        if let (Some(file), None) = (&self.password_file, &self.url)
            && !r.is_faulty("redis.url")
        {
            r.report(
                Finding::new(Mistake::Conflict("`redis.password_file` needs `redis.url`".to_owned()))
                    .label(file.span.clone(), "the password of which server?")
                    .help("Add the URL of the server: url = \"redis://redis.example.org:6379/0\""),
            );
        }
        if private.is_some() {
            return Some(RedisLocation::Private);
        }
        let url = expanded_url(self.url.as_ref()?, r)?;
        if let (Some(written), Some(file), true) = (&self.url, &self.password_file, url.has_password()) {
            r.report(
                Finding::new(Mistake::Conflict("The password of Redis is given twice".to_owned()))
                    .label(file.span.clone(), "once in this file")
                    .label(written.span.clone(), "once in the URL")
                    .help("Keep one of the two"),
            );
        }
        Some(RedisLocation::Server { url, password_file })
    }
}

fn expanded_url(written: &Text<RedisUrl>, r: &mut Resolver<'_>) -> Option<RedisUrl> {
    // In the file the value may stand with escapes; then all of it is underlined, else the `${…}` alone.
    let shown = r.sources.text(&written.span).to_owned();
    let part = |text: &str| match shown.find(text) {
        Some(found) if !text.is_empty() => {
            written.span.start + found..written.span.start + found + text.len()
        }
        _ => written.span.clone(),
    };
    match expand(&written.written, r.environment) {
        Ok(text) => match text.parse() {
            Ok(url) => Some(url),
            Err(error) => {
                r.invalid(written.span.clone(), RedisUrl::NOUN, &error);
                None
            }
        },
        Err(ExpandError::NotSet { name, at }) => {
            let span = part(&written.written[at]);
            let help = format!("Set it where `rush-host` is started, for example: export {name}=...");
            r.report(Finding::new(Mistake::VariableNotSet { name }).label(span, "not set").help(help));
            None
        }
        Err(ExpandError::Malformed { at }) => {
            let span = part(&written.written[at]);
            let mistake = Mistake::Invalid { key: r.key(&written.span), noun: RedisUrl::NOUN.to_owned() };
            r.report(
                Finding::new(mistake)
                    .label(span, "not a variable")
                    .help("A variable is written ${NAME}, with letters, digits and _; write $${ where ${ itself is meant"),
            );
            None
        }
    }
}

impl RawSentinel {
    fn resolve(&self, r: &mut Resolver<'_>) -> Option<Sentinel> {
        let nodes = r.names(self.nodes.as_ref());
        Some(Sentinel { master: r.name(self.master.as_ref())?, nodes })
    }
}

impl RawTls {
    fn resolve(&self, r: &mut Resolver<'_>) -> Tls {
        let (alone, other) = match (&self.cert, &self.key) {
            (Some(cert), None) => (Some(cert), "key"),
            (None, Some(key)) => (Some(key), "cert"),
            _ => (None, ""),
        };
        if let Some(alone) = alone {
            r.report(
                Finding::new(Mistake::Conflict(format!(
                    "`{}` needs `redis.tls.{other}`",
                    r.key(&alone.span)
                )))
                .label(alone.span.clone(), format!("`{other}` is missing"))
                .help("A certificate and its private key go together"),
            );
        }
        Tls {
            ca: r.path(self.ca.as_ref()),
            identity: r.path(self.cert.as_ref()).zip(r.path(self.key.as_ref())),
        }
    }
}
