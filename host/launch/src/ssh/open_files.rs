//! Room for many connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Lets this process open as many files as it may: each client takes some, and the usual limit of 1,024 is one that processes may raise
/// themselves.
pub(super) fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    // None is no limit.
    let may_be_more = |current| limit.maximum.is_none_or(|maximum| current < maximum);
    if limit.current.is_some_and(may_be_more) {
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%error, "no more files can be opened than before");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_files_as_it_may() {
        raise_limit();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
        raise_limit();
        assert_eq!(getrlimit(Resource::Nofile).current, limit.maximum);
    }
}
