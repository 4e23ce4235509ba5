//! What the API of Kubernetes answers, and whether it would answer the same again. Pure.

use kube::core::Status;

/// What has come of a request that was not granted.
#[derive(Debug)]
pub(super) enum Answer {
    /// The API server said so.
    Said(Box<Status>),
    /// There was no answer: no connection, or one that broke. The request may have been granted all the same.
    Nothing(String),
    /// Who we are could not be found out.
    Login(String),
    /// It was not understood.
    Other(String),
}

/// Reads what went wrong.
pub(super) fn read(error: kube::Error) -> Answer {
    match error {
        kube::Error::Api(status) => Answer::Said(status),
        kube::Error::HyperError(error) => Answer::Nothing(chain(&error)),
        kube::Error::Service(error) => Answer::Nothing(chain(error.as_ref())),
        kube::Error::Auth(error) => Answer::Login(chain(&error)),
        error => Answer::Other(chain(&error)),
    }
}

impl Answer {
    /// Whether it may be another one in a moment.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Said(status) => matches!(status.code, 408 | 429 | 500..=599),
            // Who is not the right one now will not be in a moment.
            Self::Nothing(cause) => !cause.contains("certificate"),
            Self::Login(_) | Self::Other(_) => false,
        }
    }

    /// In words.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Said(status) if !status.message.is_empty() => status.message.trim().to_owned(),
            Self::Said(status) => format!("{} {}", status.code, status.reason),
            Self::Nothing(text) | Self::Login(text) | Self::Other(text) => text.clone(),
        }
    }
}

/// The deepest cause says what is the matter: "connection refused", not "client error".
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: u16) -> Answer {
        read(kube::Error::Api(Status::failure("no", "Because").with_code(code).boxed()))
    }

    #[test]
    fn what_the_cluster_has_decided_is_not_asked_again() {
        for code in [400, 401, 403, 404, 409, 422] {
            assert!(!said(code).is_passing(), "{code}");
        }
        for code in [408, 429, 500, 502, 503, 504] {
            assert!(said(code).is_passing(), "{code}");
        }
    }

    #[test]
    fn a_connection_that_breaks_says_why() {
        let refused = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused");
        let answer = read(kube::Error::Service(Box::new(std::io::Error::other(refused))));
        assert!(answer.is_passing());
        assert_eq!(answer.cause(), "connection refused");
    }
}
