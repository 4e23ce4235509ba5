//! Which values hold, and where each of them comes from.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;
use toml::Value;
use toml::de::{DeTable, DeValue};

use crate::defaults::Defaults;
use crate::error::RunFileErrors;
use crate::expand::expand;
use crate::isolation::Isolation;
use crate::launcher::Launcher;
use crate::limits::Limits;
use crate::load;
use crate::mask::mask_passwords;
use crate::options::Options;
use crate::parse::{Merged, merged};
use crate::redis::RedisLocation;
use crate::redis_source::{RedisOrigin, RedisSource};
use crate::run_file::RunFile;
use crate::schema::{self, Node};
use crate::shape::quoted;
use crate::sources::Layer;
use crate::spanned::Span;
use crate::tasks::OnLost;
use crate::tree::lookup;
use crate::workers::Restart;

/// A key that holds in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownValue {
    /// The key in full, as in `workers.count`.
    pub key: String,
    /// Its value as TOML, as it was written; but a URL of Redis is expanded, and a path starts from the working directory. No
    /// password is in it.
    pub value: String,
    /// Who says so.
    pub origin: Origin,
    /// Environment variables that stand in the value as `${VARIABLE}`.
    pub variables: Vec<String>,
}

/// Where a value comes from. Its `Display` is for people: `run file, line 4`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A flag of the command line that has no other use, `--redis`.
    Flag,
    /// A `--set`.
    Override,
    /// The run file.
    RunFile {
        /// The line of the key, counted from 1.
        line: usize,
    },
    /// The user's defaults file.
    Defaults {
        /// The file.
        path: PathBuf,
        /// The line of the key, counted from 1.
        line: usize,
    },
    /// The environment.
    Environment {
        /// The variable.
        variable: String,
    },
    /// Nobody said anything.
    BuiltIn,
    /// What was said is more than another key allows.
    Capped {
        /// The other key.
        by: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("command line"),
            Self::Override => f.write_str("--set"),
            Self::RunFile { line } => write!(f, "run file, line {line}"),
            Self::Defaults { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Environment { variable } => write!(f, "environment variable {variable}"),
            Self::BuiltIn => f.write_str("built in"),
            Self::Capped { by } => write!(f, "capped by {by}"),
        }
    }
}

/// Reads a run file, and lists every key that holds in it, in the order of the format, with its value and where that
/// comes from. `redis` is what [`choose`](crate::choose) said.
///
/// A key without a value, such as a limit that is not set, does not hold; neither does one that has no effect, such as
/// `max_attempts` without `on_lost = "requeue"`.
pub fn show(
    path: impl AsRef<Path>,
    options: &Options<'_>,
    redis: &RedisSource,
) -> Result<Vec<ShownValue>, RunFileErrors> {
    let path = path.as_ref();
    show_text(&load::read(path)?, path, options, redis)
}

/// Like [`show`], for a run file from a text, as [`RunFile::parse`] reads it.
///
/// ```
/// use rush_run_file::{Options, Origin, RedisSources, choose, show_text};
///
/// let text = "network = 'n'\n[workers]\ncount = 4\n[loop]\ncomponent = 'loop.wasm'\n";
/// let options = Options { overrides: &["stop.finished=100".to_owned()], ..Options::of_this_process() };
/// let redis = choose(RedisSources { environment: Some("redis://:s3cret@cache"), ..Default::default() })?;
///
/// let values = show_text(text, "runs/n.toml", &options, &redis)?;
/// let origin = |key: &str| values.iter().find(|shown| shown.key == key).map(|shown| shown.origin.to_string());
/// assert_eq!(origin("workers.count").as_deref(), Some("run file, line 3"));
/// assert_eq!(origin("stop.finished").as_deref(), Some("--set"));
/// assert_eq!(origin("heartbeat.period").as_deref(), Some("built in"));
/// assert_eq!(origin("stop.after"), None, "it does not hold");
///
/// let url = values.iter().find(|shown| shown.key == "redis.url").unwrap();
/// assert_eq!(url.value, r#""redis://:****@cache:6379/0""#);
/// assert_eq!(url.origin, Origin::Environment { variable: "REDIS_URL".to_owned() });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn show_text(
    text: &str,
    path: impl AsRef<Path>,
    options: &Options<'_>,
    redis: &RedisSource,
) -> Result<Vec<ShownValue>, RunFileErrors> {
    merged(text, path.as_ref(), options, |merged| {
        let mut listing = Listing { merged: &merged, options, redis, values: Vec::new() };
        listing.table(Some(&merged.table), Node::root(schema::run_file()), "");
        listing.values
    })
}

/// Tables that mean something only when they are written: the defaults of their keys hold nowhere else.
const ONLY_IF_WRITTEN: [&str; 6] =
    ["launcher.command", "launcher.ssh", "launcher.slurm", "launcher.kubernetes", "objective", "report"];

type Entry<'a, 't> = (&'a Spanned<Cow<'t, str>>, &'a Spanned<DeValue<'t>>);

/// What the run says about a key beyond what is written.
enum Holds {
    /// What is written, or else what the schema says is built in.
    AsWritten,
    /// What is written, or else this.
    OrElse(Value),
    /// This, whatever is written.
    Exactly(Value),
    /// Nothing, whatever is written.
    Nothing,
}

struct Listing<'a, 't> {
    merged: &'a Merged<'a, 't>,
    options: &'a Options<'a>,
    redis: &'a RedisSource,
    values: Vec<ShownValue>,
}

impl Listing<'_, '_> {
    fn table(&mut self, table: Option<&DeTable<'_>>, schema: Node<'_>, path: &str) {
        for (name, inner_schema) in schema.properties() {
            let key = join(path, name);
            let written = table.and_then(|table| table.get_key_value(name));
            let has_own_keys = has_properties(inner_schema);
            let has_keys = inner_schema.kind() == Some("object") && (has_own_keys || inner_schema.is_open());
            let inner = written.and_then(|(_, value)| value.get_ref().as_table());
            match inner {
                _ if key == "redis" => self.redis(inner, inner_schema),
                Some(inner) if has_keys && !has_own_keys => self.open_table(inner, &key),
                None if ONLY_IF_WRITTEN.contains(&key.as_str()) => {}
                inner if has_keys => self.table(inner, inner_schema, &key),
                _ => self.value(&key, written, schema.default_of(name)),
            }
        }
    }

    /// A table whose keys are the user's own.
    fn open_table(&mut self, table: &DeTable<'_>, path: &str) {
        for (name, value) in table {
            let key = join(path, name.get_ref());
            match value.get_ref() {
                DeValue::Table(inner) if !inner.is_empty() => self.open_table(inner, &key),
                _ => self.push(&key, self.said(&key, value), self.origin(&name.span())),
            }
        }
    }

    fn value(&mut self, key: &str, written: Option<Entry<'_, '_>>, built_in: Option<&serde_json::Value>) {
        let said = written.map(|(name, value)| (self.said(key, value), self.origin(&name.span())));
        let built_in = || built_in.and_then(|default| Value::try_from(default).ok());
        let holds = match (holds(&self.merged.run_file, key), said) {
            (Holds::AsWritten | Holds::OrElse(_), Some(said)) => Some(said),
            (Holds::AsWritten, None) => built_in().map(|value| (value, Origin::BuiltIn)),
            (Holds::Exactly(value), Some((said, origin))) if said == value => Some((value, origin)),
            (Holds::Exactly(value), Some(_))
                if key == "workers.processes"
                    && self.merged.run_file.worker_loop.isolation == Isolation::Instance =>
            {
                Some((value, Origin::Capped { by: "workers.count".to_owned() }))
            }
            (Holds::Exactly(value) | Holds::OrElse(value), _) => Some((value, Origin::BuiltIn)),
            (Holds::Nothing, _) => None,
        };
        if let Some((value, origin)) = holds {
            self.push(key, value, origin);
        }
    }

    /// Where the network lives; then how to speak to it.
    fn redis(&mut self, table: Option<&DeTable<'_>>, schema: Node<'_>) {
        let located = match self.redis.origin {
            RedisOrigin::RunFile => Some(&self.merged.table),
            RedisOrigin::Defaults => Some(&self.merged.defaults),
            _ => None,
        };
        let find = |key: &str| located.and_then(|table| lookup(table, &format!("redis.{key}")));
        match &self.redis.location {
            RedisLocation::Private => {
                let origin = find("private").map_or(Origin::BuiltIn, |(span, _)| self.origin(&span));
                self.push("redis.private", Value::Boolean(true), origin);
            }
            RedisLocation::Server { url, .. } => {
                let written = find("url");
                let origin = match (&written, self.redis.origin) {
                    (Some((span, _)), _) => self.origin(span),
                    (None, RedisOrigin::Environment) => {
                        Origin::Environment { variable: "REDIS_URL".to_owned() }
                    }
                    (None, _) => Origin::Flag,
                };
                let variables =
                    written.and_then(|(_, value)| Some(self.variables(value.get_ref().as_str()?)));
                self.push("redis.url", Value::String(url.redacted().to_owned()), origin);
                if let Some(shown) = self.values.last_mut() {
                    shown.variables = variables.unwrap_or_default();
                }
                if let Some((span, value)) = find("password_file") {
                    self.push(
                        "redis.password_file",
                        self.said("redis.password_file", value),
                        self.origin(&span),
                    );
                }
            }
        }
        for (name, _) in schema.properties().filter(|(name, _)| !Defaults::LOCATION_KEYS.contains(name)) {
            let written = table.and_then(|table| table.get_key_value(name));
            self.value(&join("redis", name), written, schema.default_of(name));
        }
    }

    /// The variables that are used in a URL, each once.
    fn variables(&self, written: &str) -> Vec<String> {
        let used = RefCell::new(Vec::new());
        let look_up = |name: &str| {
            let mut used = used.borrow_mut();
            if !used.iter().any(|known| known == name) {
                used.push(name.to_owned());
            }
            (self.options.environment)(name)
        };
        // It was expanded before without an error.
        let _expanded = expand(written, &look_up);
        used.into_inner()
    }

    /// What is written; a path leads from here to where it leads from the file in which it stands.
    fn said(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Value {
        match typed(value) {
            Value::String(path) if is_path(key) && !path.contains("://") => {
                self.path_from_here(&path, &value.span())
            }
            Value::Array(mut dirs) if key.ends_with(".grants.dirs") => {
                let written = value.get_ref().as_array().into_iter().flat_map(|dirs| dirs.iter());
                for (dir, written) in dirs.iter_mut().zip(written) {
                    if let Some(Value::String(host)) = dir.get_mut("host")
                        && let Some(written) = written.get_ref().get("host")
                    {
                        let path = self.path_from_here(host, &written.span());
                        dir["host"] = path;
                    }
                }
                Value::Array(dirs)
            }
            other => other,
        }
    }

    /// Where a path that is written at `span` leads from here.
    fn path_from_here(&self, path: &str, span: &Span) -> Value {
        Value::String(self.merged.sources.folder(span).join(path).display().to_string())
    }

    fn origin(&self, key: &Span) -> Origin {
        let sources = self.merged.sources;
        let line = sources.line_number(key);
        match (sources.layer(key), self.options.defaults) {
            (Layer::Override(_), _) => Origin::Override,
            (Layer::Defaults, Some(defaults)) => Origin::Defaults { path: defaults.path.clone(), line },
            _ => Origin::RunFile { line },
        }
    }

    fn push(&mut self, key: &str, value: Value, origin: Origin) {
        let (key, value) = (key.to_owned(), to_toml(value));
        self.values.push(ShownValue { key, value, origin, variables: Vec::new() });
    }
}

fn join(path: &str, name: &str) -> String {
    let name = quoted(name);
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn has_properties(schema: Node<'_>) -> bool {
    schema.properties().next().is_some()
}

/// Whether its value is a path on this machine.
fn is_path(key: &str) -> bool {
    const PATHS: &[&str] = &[
        "redis.password_file",
        "loop.component",
        "objective.component",
        "log.message_log",
        "log.output_log",
        "log.core_dumps",
        "launcher.slurm.log",
        "launcher.ssh.config",
        "data.large_objects",
        "output.path",
    ];
    PATHS.contains(&key) || ["loop.data.", "objective.data."].iter().any(|table| key.starts_with(table))
}

/// What depends on more than the key itself.
fn holds(run_file: &RunFile, key: &str) -> Holds {
    let only_if = |condition: bool| if condition { Holds::AsWritten } else { Holds::Nothing };
    let or_else = |text: &dyn fmt::Display| Holds::OrElse(Value::String(text.to_string()));
    match key {
        "workers.count" => Holds::OrElse(Value::Integer(run_file.workers.count.into())),
        "workers.processes" => Holds::Exactly(Value::Integer(run_file.workers.processes.into())),
        "workers.max_restarts" => only_if(run_file.workers.restart != Restart::Never),
        "tasks.max_attempts" => only_if(run_file.tasks.on_lost != OnLost::Fail),
        "launcher.local" if run_file.launcher == Launcher::Local => {
            Holds::Exactly(Value::Table(toml::Table::new()))
        }
        "launcher.local" => Holds::Nothing,
        "launcher.ssh.program" => only_if(!matches!(&run_file.launcher, Launcher::Ssh(ssh) if ssh.copy)),
        _ => {
            let limits = run_file.objective.as_ref().map(|objective| &objective.limits);
            let limit = match key.split_once(".limits.") {
                Some(("loop", name)) => (Some(&run_file.worker_loop.limits), name),
                Some(("objective", name)) => (limits, name),
                _ => return Holds::AsWritten,
            };
            match limit {
                (Some(limits), "memory") => or_else(&limits.memory),
                (Some(limits), "value") => or_else(&limits.value),
                (Some(Limits { log: Some(log), .. }), "log") => or_else(log),
                _ => Holds::AsWritten,
            }
        }
    }
}

fn typed(value: &Spanned<DeValue<'_>>) -> Value {
    let deserializer = toml::de::ValueDeserializer::from(value.clone());
    Value::deserialize(deserializer).expect("what was parsed as TOML is a value of TOML")
}

/// In one line, whatever is in it, and without the passwords of URLs.
fn to_toml(value: Value) -> String {
    match value {
        // JSON escapes what TOML escapes, in the same way.
        Value::String(text) => serde_json::Value::String(mask_passwords(&text)).to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.into_iter().map(to_toml).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) if table.is_empty() => "{}".to_owned(),
        Value::Table(table) => {
            let entries: Vec<String> = table
                .into_iter()
                .map(|(key, value)| format!("{} = {}", quoted(&key), to_toml(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        number_truth_or_time => number_truth_or_time.to_string(),
    }
}
