//! Up to where a user has read the log of a run file, kept in the user's state folder.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use rush_network::{LogPosition, digest};

use crate::{print::talk, whole_file};

/// Where the position of one run file and one network is kept.
pub(crate) struct LastLook(Option<PathBuf>);

impl LastLook {
    /// The last look at the log of a network, with this run file, in the Redis of this address.
    pub(crate) fn of(run_file: &Path, network: &str, address: &str) -> Self {
        use etcetera::BaseStrategy as _;
        // The same file under another name, or seen from another folder, is the same.
        let run_file = fs::canonicalize(run_file).unwrap_or_else(|_| run_file.to_owned());
        let name = digest(format!("{}\n{network}\n{address}", run_file.display()).as_bytes());
        let folder = etcetera::choose_base_strategy().ok().and_then(|base| base.state_dir());
        if folder.is_none() {
            talk::warning(format_args!("there is no folder for what you have seen, so everything is new"));
        }
        Self(folder.map(|folder| folder.join("rush-host/log").join(&name[..32]).with_extension("json")))
    }

    /// Up to where the log was read; the beginning, if nobody knows.
    pub(crate) fn position(&self) -> LogPosition {
        let Some(path) = &self.0 else { return LogPosition::default() };
        let read = fs::read(path).and_then(|text| Ok(serde_json::from_slice(&text)?));
        read.unwrap_or_else(|error: io::Error| {
            if error.kind() != io::ErrorKind::NotFound {
                talk::warning(format_args!(
                    "`{}` cannot be read, so everything is new: {error}",
                    path.display()
                ));
            }
            LogPosition::default()
        })
    }

    /// Keeps a position for the next look.
    pub(crate) fn keep(&self, position: &LogPosition) {
        let Some(path) = &self.0 else { return };
        let kept = serde_json::to_vec(position)
            .map_err(io::Error::from)
            .and_then(|text| whole_file::write(path, |file| file.write_all(&text)));
        if let Err(error) = kept {
            talk::warning(format_args!(
                "`{}` cannot be written, so the next look will show the same: {error}",
                path.display()
            ));
        }
    }
}
