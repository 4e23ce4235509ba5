//! `[loop.grants]` and `[objective.grants]`: what a component may see of the world. Nothing, unless granted.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use crate::error::Mistake;
use crate::finding::Finding;
use crate::path::WrittenPath;
use crate::resolve::Resolver;
use crate::spanned::{At, Span, Text, Written};
use crate::value_error::ValueError;

/// What a component may see of the world. Nothing, unless granted. A worker that was not started by this run file grants only
/// what its own `--allow` allows.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "grants")]
pub(crate) struct RawGrants {
    /// Environment variables that it sees, with the values that stand here. Default: none.
    #[schemars(with = "Option<BTreeMap<String, String>>", extend("examples" = [{ "OMP_NUM_THREADS": "1" }]))]
    pub(crate) env: Option<BTreeMap<Spanned<String>, At<String>>>,
    /// Folders that it sees. Default: none.
    pub(crate) dirs: Option<Vec<RawDir>>,
    /// Whether it reads the real clock, instead of one of its own, which begins in the year 2000 and moves by a microsecond with each
    /// reading.
    #[schemars(extend("default" = false))]
    pub(crate) clock: Option<At<bool>>,
    /// Whether it draws real randomness, instead of numbers from the seed.
    #[schemars(extend("default" = false))]
    pub(crate) random: Option<At<bool>>,
}

/// A folder that a component sees, with all that is in it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "dir")]
pub(crate) struct RawDir {
    /// The folder, on each machine that carries workers.
    #[schemars(required)]
    pub(crate) host: Option<Text<WrittenPath>>,
    /// Where the component sees it: an absolute path, each only once.
    #[schemars(required)]
    pub(crate) guest: Option<Text<GuestPath>>,
    /// Whether it may also write there.
    #[schemars(extend("default" = false))]
    pub(crate) write: Option<At<bool>>,
}

/// A path in the world of a component.
pub(crate) struct GuestPath(String);

impl FromStr for GuestPath {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if !text.starts_with('/') {
            return Err(ValueError::new("not absolute").help(format!("For example guest = \"/{text}\"")));
        }
        if text.chars().any(char::is_control) {
            return Err(ValueError::new("control characters are not allowed"));
        }
        if text.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(ValueError::new("`.` and `..` lead nowhere here").help("Write the path without them"));
        }
        // Two ways to write one path are one path.
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
        Ok(Self(format!("/{}", parts.join("/"))))
    }
}

impl Written for GuestPath {
    const NOUN: &'static str = "path of a guest";
    const EXPECTED: &'static str = r#"an absolute path such as "/data""#;
}

/// Resolved grants of a component.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Environment variables that it sees.
    pub env: BTreeMap<String, String>,
    /// Folders that it sees. No two have the same path for the guest.
    pub dirs: Vec<Dir>,
    /// Whether it reads the real clock.
    pub clock: bool,
    /// Whether it draws real randomness instead of numbers from the seed.
    pub random: bool,
}

/// A folder that a component sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dir {
    /// The folder on this machine.
    pub host: PathBuf,
    /// Where the component sees it: an absolute path without `.` and `..`.
    pub guest: String,
    /// Whether it may write there.
    pub write: bool,
}

impl Grants {
    /// Whether nothing is granted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl RawGrants {
    /// `table` is what the grants stand in, `loop` or `objective`.
    pub(crate) fn resolve(&self, table: &str, r: &mut Resolver<'_>) -> Grants {
        let granted = |grant: &Option<At<bool>>| grant.as_ref().is_some_and(|grant| grant.value);
        Grants {
            env: self.env(table, r),
            dirs: self.dirs(r),
            clock: granted(&self.clock),
            random: granted(&self.random),
        }
    }

    fn env(&self, table: &str, r: &mut Resolver<'_>) -> BTreeMap<String, String> {
        let mut env = BTreeMap::new();
        for (name, value) in self.env.iter().flatten() {
            if let Err(error) = check_variable(name.get_ref()) {
                r.invalid_name(&format!("{table}.grants.env"), name, "name of a variable", &error);
            }
            if value.value.contains('\0') {
                let error = ValueError::new("a variable cannot hold a NUL character")
                    .help("Leave it out; a file in `data` may hold any bytes");
                r.invalid(value.span.clone(), "value of a variable", &error);
            }
            env.insert(name.get_ref().clone(), value.value.clone());
        }
        env
    }

    fn dirs(&self, r: &mut Resolver<'_>) -> Vec<Dir> {
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut dirs = Vec::new();
        for raw in self.dirs.iter().flatten() {
            let (Some(dir), Some(written)) = (raw.resolve(r), &raw.guest) else { continue };
            if let Some(first) = seen.get(&dir.guest) {
                let conflict = format!("Two folders are to be seen as `{}`", dir.guest);
                r.report(
                    Finding::new(Mistake::Conflict(conflict))
                        .label(first.clone(), "here")
                        .label(written.span.clone(), "and here")
                        .help("Give each a `guest` of its own"),
                );
            }
            seen.entry(dir.guest.clone()).or_insert_with(|| written.span.clone());
            dirs.push(dir);
        }
        dirs
    }
}

impl RawDir {
    fn resolve(&self, r: &mut Resolver<'_>) -> Option<Dir> {
        let host = r.path(self.host.as_ref());
        let guest = r.parse(self.guest.as_ref());
        let write = self.write.as_ref().is_some_and(|write| write.value);
        Some(Dir { host: host?, guest: guest?.0, write })
    }
}

fn check_variable(name: &str) -> Result<(), ValueError> {
    let reason = if name.is_empty() {
        "empty"
    } else if name.contains('=') {
        "`=` ends the name of a variable"
    } else if name.contains('\0') {
        "a variable cannot hold a NUL character"
    } else {
        return Ok(());
    };
    Err(ValueError::new(reason).help("For example env = { OMP_NUM_THREADS = \"1\" }"))
}
