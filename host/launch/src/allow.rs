//! What a worker process may grant to components, whatever its configuration asks for: that comes from Redis, and carries no power.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    fmt::{self, Write as _},
    os::unix::ffi::OsStrExt as _,
    path::{Component, Path, PathBuf, absolute},
};

use rush_run_file::{Grants, RunFile};

use crate::writable::Writable;

/// One thing that may be granted: a value of `--allow`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Environment variables, with values that the configuration gives them.
    Env,
    /// The real clock.
    Clock,
    /// Real randomness.
    Random,
    /// Reading what is in this folder.
    Read(PathBuf),
    /// Reading and writing what is in this folder.
    Write(PathBuf),
}

/// What a worker process may grant. Nothing, unless it is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    permissions: BTreeSet<Permission>,
}

/// What a component asks for, and a worker may not grant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {component} asks for {}, which this worker may not grant", list(missing))]
pub struct NotAllowed {
    /// Which component: `worker loop` or `objective`.
    pub component: &'static str,
    /// What is missing.
    pub missing: Vec<Permission>,
}

/// A value of `--allow` that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", match expected { Expected::Word => "env, clock, random, read=FOLDER or write=FOLDER", Expected::Absolute => "an absolute path, such as read=/data" })]
pub struct UnknownPermission {
    expected: Expected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Word,
    Absolute,
}

impl Permission {
    /// Reads a value of `--allow`.
    pub fn parse(word: &OsStr) -> Result<Self, UnknownPermission> {
        let folder = |path: &[u8]| {
            let path = PathBuf::from(OsStr::from_bytes(path));
            if path.is_absolute() {
                Ok(path)
            } else {
                Err(UnknownPermission { expected: Expected::Absolute })
            }
        };
        match word.as_bytes() {
            b"env" => Ok(Self::Env),
            b"clock" => Ok(Self::Clock),
            b"random" => Ok(Self::Random),
            word => match (word.strip_prefix(b"read="), word.strip_prefix(b"write=")) {
                (Some(path), _) => folder(path).map(Self::Read),
                (_, Some(path)) => folder(path).map(Self::Write),
                _ => Err(UnknownPermission { expected: Expected::Word }),
            },
        }
    }

    /// The value of `--allow`.
    pub fn word(&self) -> OsString {
        let folder = |kind: &str, path: &Path| {
            let mut word = OsString::from(kind);
            word.push(path);
            word
        };
        match self {
            Self::Env => "env".into(),
            Self::Clock => "clock".into(),
            Self::Random => "random".into(),
            Self::Read(path) => folder("read=", path),
            Self::Write(path) => folder("write=", path),
        }
    }

    /// All that a component asks for.
    fn asked_by(grants: &Grants) -> BTreeSet<Self> {
        let mut asked = BTreeSet::new();
        asked.extend((!grants.env.is_empty()).then_some(Self::Env));
        asked.extend(grants.clock.then_some(Self::Clock));
        asked.extend(grants.random.then_some(Self::Random));
        for dir in &grants.dirs {
            let host = dir.host.clone();
            asked.insert(if dir.write { Self::Write(host) } else { Self::Read(host) });
        }
        asked
    }

    /// Whether who has this has the other, too.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Read(folder) | Self::Write(folder), Self::Read(below))
            | (Self::Write(folder), Self::Write(below)) => is_below(below, folder),
            _ => self == other,
        }
    }
}

/// Whether a path leads into a folder, as it is written: one with `..` may lead anywhere.
fn is_below(path: &Path, folder: &Path) -> bool {
    let is_plain = |path: &Path| {
        path.is_absolute() && path.components().all(|part| !matches!(part, Component::ParentDir))
    };
    is_plain(path) && is_plain(folder) && path.starts_with(folder)
}

impl Allow {
    /// What the components of a run file are granted: whoever starts workers from it wants just that.
    pub fn of(run_file: &RunFile) -> Self {
        let components =
            [Some(&run_file.worker_loop.grants), run_file.objective.as_ref().map(|it| &it.grants)];
        let grants = components.into_iter().flatten();
        grants.flat_map(|grants| Permission::asked_by(&whole(grants))).collect()
    }

    /// The values of `--allow`.
    pub fn permissions(&self) -> impl Iterator<Item = &Permission> {
        self.permissions.iter()
    }

    /// Refuses grants that are not allowed. Paths are compared as they are written; let both lead to real folders first, without
    /// links.
    pub fn permits(&self, component: &'static str, grants: &Grants) -> Result<(), NotAllowed> {
        let asked = Permission::asked_by(grants).into_iter();
        let missing: Vec<Permission> =
            asked.filter(|asked| !self.permissions.iter().any(|has| has.covers(asked))).collect();
        if missing.is_empty() { Ok(()) } else { Err(NotAllowed { component, missing }) }
    }

    /// The same with paths that lead to real folders, without links: what is compared then is what is opened. What is not
    /// there allows nothing, nor does a link that a component may have put there.
    #[must_use]
    pub fn without_links(&self) -> Self {
        let written = self.permissions.iter().filter_map(|permission| match permission {
            Permission::Write(path) => Some(path.as_path()),
            _ => None,
        });
        let writable = Writable::of(written);
        let real = |permission: &Permission| match permission {
            Permission::Read(path) => Some(Permission::Read(writable.real(path).ok()?)),
            Permission::Write(path) => Some(Permission::Write(writable.real(path).ok()?)),
            other => Some(other.clone()),
        };
        self.permissions.iter().filter_map(real).collect()
    }
}

impl FromIterator<Permission> for Allow {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self { permissions: permissions.into_iter().collect() }
    }
}

/// The same grants with absolute folders: a host process may start anywhere.
pub(crate) fn whole(grants: &Grants) -> Grants {
    let mut grants = grants.clone();
    for dir in &mut grants.dirs {
        // Without a working directory there is nothing better than the path as it was written.
        if let Ok(absolute) = absolute(&dir.host) {
            dir.host = absolute;
        }
    }
    grants
}

impl NotAllowed {
    /// What to do about it.
    pub fn help(&self) -> String {
        let mut flags = String::new();
        for permission in &self.missing {
            // Writing to memory does not fail.
            let _ = write!(flags, " --allow {}", permission.word().display());
        }
        format!(
            "if you trust the run file, start it with{flags}; what is stored in Redis grants nothing by itself, so `rush-host \
             script` prints these flags"
        )
    }
}

fn list(missing: &[Permission]) -> String {
    let words: Vec<String> = missing.iter().map(ToString::to_string).collect();
    words.join(", ")
}

/// For people: `reading /data`.
impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env => formatter.write_str("environment variables"),
            Self::Clock => formatter.write_str("the clock"),
            Self::Random => formatter.write_str("randomness"),
            Self::Read(path) => write!(formatter, "reading {}", path.display()),
            Self::Write(path) => write!(formatter, "writing to {}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rush_run_file::{Dir, Options};

    use super::*;

    fn allow(words: &[&str]) -> Allow {
        words.iter().map(|word| Permission::parse(OsStr::new(word)).unwrap()).collect()
    }

    fn folder(host: &str, write: bool) -> Grants {
        let dir = Dir { host: host.into(), guest: "/data".to_owned(), write };
        Grants { dirs: vec![dir], ..Grants::default() }
    }

    fn permits(words: &[&str], grants: &Grants) -> bool {
        allow(words).permits("objective", grants).is_ok()
    }

    #[test]
    fn nothing_is_granted_unless_it_is_allowed() {
        assert!(permits(&[], &Grants::default()));
        let all = Grants {
            env: [("A".to_owned(), String::new())].into(),
            clock: true,
            random: true,
            ..folder("/data", true)
        };
        let error = allow(&["clock"]).permits("objective", &all).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the objective asks for environment variables, randomness, writing to /data, which this worker may not grant"
        );
        assert!(error.help().contains("--allow env --allow random --allow write=/data;"), "{}", error.help());
        assert!(permits(&["env", "clock", "random", "write=/data"], &all));
    }

    #[test]
    fn who_may_read_or_write_a_folder_may_read_what_is_below() {
        for words in [["read=/data"], ["write=/data"], ["read=/"]] {
            assert!(permits(&words, &folder("/data", false)), "{words:?}");
            assert!(permits(&words, &folder("/data/a/b", false)), "{words:?}");
        }
        assert!(permits(&["write=/data"], &folder("/data/a", true)));
        assert!(!permits(&["read=/data"], &folder("/data/a", true)));
        assert!(!permits(&["read=/data"], &folder("/", false)));
        assert!(
            !permits(&["read=/data"], &folder("/database", false)),
            "a name that begins alike is another one"
        );
    }

    #[test]
    fn what_may_lead_anywhere_is_not_below() {
        assert!(!permits(&["read=/data"], &folder("/data/../etc", false)));
        assert!(!permits(&["read=/data/.."], &folder("/data/..", false)));
        assert!(!permits(&["read=/data"], &folder("data", false)));
    }

    #[test]
    fn links_are_followed_before_they_are_compared() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (data, link) = (root.join("data"), root.join("link"));
        std::fs::create_dir(&data).unwrap();
        std::os::unix::fs::symlink(&data, &link).unwrap();
        let allow: Allow = [Permission::Read(link.join("../link")), Permission::Write(root.join("nowhere"))]
            .into_iter()
            .collect();
        assert_eq!(allow.without_links(), [Permission::Read(data)].into_iter().collect());
    }

    #[test]
    fn what_a_component_may_have_put_in_the_place_of_a_folder_is_not_allowed() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (top, outside) = (root.join("top"), root.join("outside"));
        std::fs::create_dir(&top).unwrap();
        std::fs::create_dir(&outside).unwrap();
        std::os::unix::fs::symlink("../outside", top.join("folder")).unwrap();
        let allow: Allow =
            [Permission::Write(top.clone()), Permission::Read(top.join("folder"))].into_iter().collect();
        assert_eq!(allow.without_links(), [Permission::Write(top)].into_iter().collect());
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for word in ["env", "clock", "random", "read=/a b", "write=/"] {
            assert_eq!(Permission::parse(OsStr::new(word)).unwrap().word(), word);
        }
        let odd = OsStr::from_bytes(b"read=/\xff");
        assert_eq!(Permission::parse(odd).unwrap().word(), odd);
        for (word, error) in
            [("read=data", "an absolute path"), ("read", "env, clock"), ("net", "env, clock")]
        {
            let found = Permission::parse(OsStr::new(word)).unwrap_err().to_string();
            assert!(found.starts_with(error), "{word}: {found}");
        }
    }

    #[test]
    fn who_starts_a_run_file_allows_what_it_grants() {
        let text = "network = 'test'\n[loop]\ncomponent = 'loop.wasm'\n[loop.grants]\nclock = true\n\
                    [objective]\ncomponent = 'o.wasm'\n[objective.grants]\nenv = { A = '1' }\n\
                    dirs = [{ host = 'data', guest = '/data' }, { host = '/scratch', guest = '/s', write = true }]\n";
        let run_file = RunFile::parse(text, "run.toml", &Options::of_this_process()).unwrap();
        let here = absolute("data").unwrap();
        let found: Vec<OsString> = Allow::of(&run_file).permissions().map(Permission::word).collect();
        assert_eq!(
            found,
            ["env".into(), "clock".into(), Permission::Read(here).word(), "write=/scratch".into()]
        );
    }
}
