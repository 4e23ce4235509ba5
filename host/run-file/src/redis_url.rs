//! The URL of a Redis: a secret as soon as it is read.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::suggest::closest;
use crate::value_error::ValueError;

/// A checked URL of a Redis or Valkey server. Neither `Debug` nor `Display` shows its password.
///
/// ```
/// use rush_run_file::RedisUrl;
///
/// let url: RedisUrl = "redis://ada:s3cret@redis.example.org/2".parse()?;
/// assert_eq!(url.redacted(), "redis://ada:****@redis.example.org:6379/2");
/// assert!(!format!("{url:?}").contains("s3cret"));
/// assert!(url.expose().contains("s3cret"), "only on purpose");
/// # Ok::<(), rush_run_file::ValueError>(())
/// ```
#[derive(Clone)]
pub struct RedisUrl {
    secret: SecretString,
    redacted: String,
    has_password: bool,
}

/// TLS or not, and both names of the server.
const TCP_SCHEMES: [&str; 4] = ["redis", "rediss", "valkey", "valkeys"];
const SOCKET_SCHEMES: [&str; 3] = ["unix", "redis+unix", "valkey+unix"];

const DEFAULT_PORT: u16 = 6379;

/// Everything but RFC 3986's unreserved characters, so that a value can stand in any part of a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const EXAMPLE: &str = "For example `redis://localhost:6379/0` or `rediss://user:password@host:6380/0`";

const ENCODE: &str =
    "In a password, characters such as : / ? # @ must be percent-encoded; `${VARIABLE}` does that by itself";

impl RedisUrl {
    /// The whole URL with its password, for opening a connection and nothing else.
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }

    /// The URL without its password, for people: scheme, user, host, port and database, or the socket's path.
    pub fn redacted(&self) -> &str {
        &self.redacted
    }

    /// Whether the URL holds a password.
    pub const fn has_password(&self) -> bool {
        self.has_password
    }

    /// The same URL with this password, which replaces one that it may hold.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "what was parsed once is parsed again")]
    pub fn with_password(&self, password: &SecretString) -> Self {
        let mut url = Url::parse(self.expose()).expect("this URL was parsed when it was read");
        let encoded = percent_encode(password.expose_secret());
        if is_socket(&url) {
            let mut pairs: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(key, _)| key != "pass")
                .map(|(k, v)| (k.into_owned(), v.into_owned()))
                .collect();
            pairs.push(("pass".to_owned(), password.expose_secret().to_owned()));
            url.query_pairs_mut().clear().extend_pairs(pairs);
        } else {
            url.set_password(Some(&encoded)).expect("a URL with a host can hold a password");
        }
        Self {
            secret: SecretString::from(String::from(url)),
            redacted: self.redacted_with_password(),
            has_password: true,
        }
    }

    /// Whether this address leads to whichever machine uses it: a socket, or for example `localhost`.
    ///
    /// ```
    /// use rush_run_file::RedisUrl;
    /// let is_of_its_user = |url: &str| url.parse().is_ok_and(|url: RedisUrl| url.is_of_its_user());
    /// assert!(["redis://localhost", "redis://127.0.0.1:7000/1", "rediss://[::1]", "unix:///run/r"].map(is_of_its_user) == [true; 4]);
    /// assert!(!is_of_its_user("redis://localhost.example.org"));
    /// ```
    pub fn is_of_its_user(&self) -> bool {
        Url::parse(self.expose()).is_ok_and(|url| {
            let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
            let address = host.parse::<std::net::IpAddr>();
            is_socket(&url)
                || host.eq_ignore_ascii_case("localhost")
                || address.is_ok_and(|address| address.is_loopback() || address.is_unspecified())
        })
    }

    fn redacted_with_password(&self) -> String {
        let url = Url::parse(self.expose()).expect("this URL was parsed when it was read");
        redact(&url, true)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({})", self.redacted)
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted)
    }
}

/// Two URLs are the same when they lead to the same place with the same password.
impl PartialEq for RedisUrl {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for RedisUrl {}

impl FromStr for RedisUrl {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let url = parse(text)?;
        let has_password = url.password().is_some() || url.query_pairs().any(|(key, _)| key == "pass");
        Ok(Self {
            redacted: redact(&url, has_password),
            secret: SecretString::from(text.to_owned()),
            has_password,
        })
    }
}

/// No message of this function may repeat a part of the text in which a password can stand.
fn parse(text: &str) -> Result<Url, ValueError> {
    if text.trim() != text || text.is_empty() {
        let reason = if text.trim().is_empty() { "empty" } else { "spaces around the URL" };
        return Err(ValueError::new(reason).help(EXAMPLE));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(ValueError::new("it does not begin with a scheme and `://`").help(EXAMPLE));
    };
    let known = || TCP_SCHEMES.into_iter().chain(SOCKET_SCHEMES);
    if !known().any(|name| name == scheme) {
        // What stands before `://` may be anything, if the text is no URL at all.
        let reason = if scheme.len() < 20 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+') {
            format!("`{scheme}` is not a scheme of Redis")
        } else {
            "unknown scheme".to_owned()
        };
        let help = match closest(scheme, known()) {
            Some(name) => format!("Did you mean `{name}://`?"),
            None => EXAMPLE.to_owned(),
        };
        return Err(ValueError::new(reason).help(help));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !SOCKET_SCHEMES.contains(&scheme) && rest.contains('@') && !authority.contains('@') {
        return Err(ValueError::new("`/`, `?` or `#` stands before the `@`").help(ENCODE));
    }
    let url = Url::parse(text).map_err(|error| {
        let error = match error {
            url::ParseError::EmptyHost => "the host is missing".to_owned(),
            url::ParseError::InvalidPort => {
                return ValueError::new("the port is not a number up to 65535").help(ENCODE);
            }
            error => error.to_string(),
        };
        ValueError::new(error).help(EXAMPLE)
    })?;
    if is_socket(&url) {
        if !rest.starts_with('/') {
            return Err(ValueError::new("a socket's path must be absolute: three slashes")
                .help("For example `unix:///run/redis.sock`"));
        }
        return Ok(url);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(ValueError::new("the host is missing").help(EXAMPLE));
    }
    if url.host_str().is_some_and(|host| host.contains('%')) {
        return Err(ValueError::new("the host holds percent-encoded characters")
            .help("The value of a ${VARIABLE} is percent-encoded: it can be a host, but not `host:port`"));
    }
    let database = url.path().trim_start_matches('/');
    if !database.is_empty() && database.parse::<u32>().is_err() {
        return Err(ValueError::new("what follows the host must be the number of a database")
            .help("For example `redis://localhost:6379/0`"));
    }
    Ok(url)
}

fn is_socket(url: &Url) -> bool {
    SOCKET_SCHEMES.contains(&url.scheme())
}

/// Rebuilt from the parts that may be shown, instead of cutting out the one that may not.
fn redact(url: &Url, has_password: bool) -> String {
    if is_socket(url) {
        let database = url.query_pairs().find(|(key, _)| key == "db");
        let database = database.map(|(_, db)| format!("?db={db}")).unwrap_or_default();
        return format!("{}://{}{database}", url.scheme(), url.path());
    }
    let user = percent_decode_str(url.username()).decode_utf8_lossy();
    let login = match (user.is_empty(), has_password) {
        (true, false) => String::new(),
        (false, false) => format!("{user}@"),
        (_, true) => format!("{user}:****@"),
    };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().unwrap_or(DEFAULT_PORT);
    let database = match url.path().trim_start_matches('/') {
        "" => "0",
        database => database,
    };
    format!("{}://{login}{host}:{port}/{database}", url.scheme())
}

/// Encodes everything that could end or divide a part of a URL.
pub(crate) fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "p:a/s@s#w?%rd";

    #[test]
    fn a_password_from_a_file_survives_the_url_and_stays_hidden() {
        let password = SecretString::from(PASSWORD);
        for plain in ["redis://ada@host/1", "redis://host", "unix:///run/redis.sock?db=2"] {
            let url = plain.parse::<RedisUrl>().unwrap().with_password(&password);
            let parsed = Url::parse(url.expose()).unwrap();
            let read_back = parsed.password().map_or_else(
                || parsed.query_pairs().find(|(key, _)| key == "pass").unwrap().1.into_owned(),
                |password| percent_decode_str(password).decode_utf8().unwrap().into_owned(),
            );
            assert_eq!(read_back, PASSWORD, "{plain}");
            assert!(url.has_password());
            assert!(!format!("{url:?} {url}").contains("p:a"), "{plain}");
        }
    }

    #[test]
    fn redacted_says_where_it_leads() {
        for (url, shown) in [
            ("redis://localhost", "redis://localhost:6379/0"),
            ("rediss://:geheim@h:6380/3", "rediss://:****@h:6380/3"),
            ("valkey://ada@[::1]:7000", "valkey://ada@[::1]:7000/0"),
            ("redis+unix:///run/r.sock?db=4&pass=geheim&user=ada", "redis+unix:///run/r.sock?db=4"),
        ] {
            assert_eq!(url.parse::<RedisUrl>().unwrap().redacted(), shown);
        }
    }

    #[test]
    fn no_message_repeats_what_may_be_a_password() {
        for text in [
            "geheim",
            "http://ada:geheim@host",
            "redis://ada:geheim@host/x",
            "redis://ada:geheim:1@host:port",
            "redis://:geheim@",
            "redis:///geheim",
            "unix://geheim",
        ] {
            let error = text.parse::<RedisUrl>().unwrap_err();
            assert!(!format!("{error:?}").contains("geheim"), "{text}: {error:?}");
        }
    }
}
