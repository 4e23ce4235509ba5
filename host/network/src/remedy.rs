//! What an error of Redis means: whether trying again helps, and what it is called here.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// It would fail again.
    None,
    /// The same connection will do in a moment.
    Wait,
    /// A new connection is needed.
    Reconnect,
}

pub(crate) fn remedy(error: &RedisError) -> Remedy {
    match code(error).as_deref() {
        // `BUSY`: a script runs for longer than `busy-reply-threshold`. `NOREPLICAS`: too few of them for a safe write.
        Some("LOADING" | "TRYAGAIN" | "CLUSTERDOWN" | "BUSY" | "NOREPLICAS") => Remedy::Wait,
        // After a failover the name may lead to the new primary.
        Some("READONLY" | "MASTERDOWN") => Remedy::Reconnect,
        None if matches!(error.kind(), ErrorKind::Io | ErrorKind::Parse) => Remedy::Reconnect,
        None if error.is_connection_dropped() || error.is_timeout() => Remedy::Reconnect,
        _ => Remedy::None,
    }
}

pub(crate) fn is_noscript(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

pub(crate) fn translate(error: &RedisError, address: &str) -> Error {
    let cause = error.to_string();
    match code(error).as_deref() {
        Some("OOM" | "MISCONF") => Error::StorageFull { cause },
        Some("NOAUTH" | "WRONGPASS" | "NOPERM") => Error::Login { address: address.to_owned(), cause },
        None if error.kind() == ErrorKind::AuthenticationFailed => {
            Error::Login { address: address.to_owned(), cause }
        }
        _ => Error::Redis(cause),
    }
}

/// The code with which Redis answered. A transaction that was refused has the code of its first command that was.
fn code(error: &RedisError) -> Option<String> {
    let errors = error.clone().into_server_errors()?;
    let (_, first) = errors.first()?;
    // Only `EXEC` itself was refused: `EXECABORT Transaction discarded because of: OOM …`.
    let reason = first.details().filter(|_| first.code() == "EXECABORT").and_then(|details| {
        let (_, reason) = details.split_once("because of: ")?;
        reason.split(' ').next()
    });
    Some(reason.unwrap_or(first.code()).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, detail: &str) -> RedisError {
        redis::make_extension_error(code.into(), Some(detail.into()))
    }

    #[test]
    fn what_passes_is_waited_for() {
        assert_eq!(remedy(&error("BUSY", "Redis is busy running a script")), Remedy::Wait);
        assert_eq!(remedy(&error("LOADING", "Redis is loading the dataset in memory")), Remedy::Wait);
        assert_eq!(
            remedy(&error("READONLY", "You can't write against a read only replica.")),
            Remedy::Reconnect
        );
        assert_eq!(remedy(&error("WRONGTYPE", "Operation against a key")), Remedy::None);
        assert_eq!(remedy(&std::io::Error::from(std::io::ErrorKind::BrokenPipe).into()), Remedy::Reconnect);
    }

    #[test]
    fn a_full_redis_is_told_from_other_errors_also_in_a_transaction() {
        let full =
            "Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.";
        assert!(matches!(translate(&error("EXECABORT", full), "here"), Error::StorageFull { .. }));
        assert!(matches!(translate(&error("OOM", "command not allowed"), "here"), Error::StorageFull { .. }));
        assert!(matches!(
            translate(&error("NOAUTH", "Authentication required."), "here"),
            Error::Login { .. }
        ));
        assert!(matches!(translate(&error("ERR", "unknown command"), "here"), Error::Redis(_)));
    }
}
