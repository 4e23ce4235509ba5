//! The one line that a keeper tells whoever started it.

/// How the start went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeeperReport {
    /// The server takes commands.
    Ready,
    /// Another keeper lives already, or is just leaving: look again.
    Rival,
    /// Another server holds the data.
    InUse(String),
    /// The server ended before it was ready; its log says why.
    ServerEnded(String),
    /// Something else.
    Failed(String),
}

impl KeeperReport {
    pub(crate) fn to_line(&self) -> String {
        let (word, detail) = match self {
            Self::Ready => ("ready", ""),
            Self::Rival => ("rival", ""),
            Self::InUse(holder) => ("in-use", holder.as_str()),
            Self::ServerEnded(status) => ("server-ended", status.as_str()),
            Self::Failed(detail) => ("failed", detail.as_str()),
        };
        format!("{word} {}\n", detail.replace('\n', " "))
    }

    /// `None` for anything but a whole line: a keeper that died says less.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (word, detail) = line.strip_suffix('\n')?.split_once(' ')?;
        match word {
            "ready" => Some(Self::Ready),
            "rival" => Some(Self::Rival),
            "in-use" => Some(Self::InUse(detail.to_owned())),
            "server-ended" => Some(Self::ServerEnded(detail.to_owned())),
            "failed" => Some(Self::Failed(detail.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_survive_the_pipe_and_torn_ones_are_none() {
        let reports = [
            KeeperReport::Ready,
            KeeperReport::Rival,
            KeeperReport::InUse("on node1".into()),
            KeeperReport::ServerEnded("exit status: 1".into()),
            KeeperReport::Failed("Cannot lock /x: denied".into()),
        ];
        for report in reports {
            let line = report.to_line();
            assert_eq!(KeeperReport::parse(&line), Some(report));
            assert_eq!(KeeperReport::parse(line.trim_end_matches('\n')), None);
        }
        assert_eq!(KeeperReport::parse(""), None);
    }
}
