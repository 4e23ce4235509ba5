//! Everything that a network has in Redis, read raw and at one moment.

use std::collections::{BTreeMap, BTreeSet};

/// A network's keys and all task hashes of its database.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The name of the network.
    pub network: String,
    /// Its keys, without the network's name in front.
    pub(crate) keys: BTreeMap<String, Content>,
    /// Every hash that is named like a task of some network: by a UUID, perhaps behind a `{hash tag}`.
    pub(crate) hashes: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    /// The tasks that other networks in this database list.
    pub(crate) foreign: BTreeSet<String>,
    /// Keys that belong to no network.
    pub(crate) strange: Vec<String>,
}

/// What stands under one key.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Text,
    List(Vec<String>),
    Set(BTreeSet<String>),
    Hash(BTreeMap<String, Vec<u8>>),
    Other(String),
}

/// A task as its lists and its hash have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The states in which it stands; exactly one, if all is well.
    pub states: Vec<&'static str>,
    /// `worker_id`, decoded.
    pub worker_id: Option<String>,
}

/// A worker as the sets and its hash have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// `running`, `terminated`, `killed` or `lost`, by the sets.
    pub state: &'static str,
    /// Which registration it is.
    pub incarnation: u64,
    /// How many tasks it has finished and failed, by its own count.
    pub counted: (usize, usize),
    /// Whether it has ended and may be started again.
    pub may_come_again: bool,
}

impl Snapshot {
    /// Reads a network in one step; nothing changes meanwhile, even when its workers are at work.
    pub fn read(connection: &mut redis::Connection, network: &str) -> Self {
        type Row = (String, String, Vec<Vec<u8>>);
        let rows: Vec<Row> = redis::cmd("EVAL")
            .arg(include_str!("snapshot.lua"))
            .arg(0)
            .query(connection)
            .expect("Redis can be read");
        let prefix = format!("{network}:");
        let mut snapshot = Self {
            network: network.to_owned(),
            keys: BTreeMap::new(),
            hashes: BTreeMap::new(),
            foreign: BTreeSet::new(),
            strange: Vec::new(),
        };
        for (key, kind, content) in rows {
            let content = Content::read(&kind, content);
            if let Some(name) = key.strip_prefix(&prefix) {
                snapshot.keys.insert(name.to_owned(), content);
            } else if is_task_key(&key) {
                let fields = if let Content::Hash(fields) = content { fields } else { BTreeMap::new() };
                snapshot.hashes.insert(key, fields);
            } else if key.contains(':') {
                let lists_tasks = key.ends_with(":all_tasks") || key.ends_with(":discarded");
                if let (true, Content::List(tasks)) = (lists_tasks, content) {
                    snapshot.foreign.extend(tasks);
                }
            } else {
                snapshot.strange.push(key);
            }
        }
        snapshot
    }

    /// Reads a network and panics with everything that is wrong with it.
    pub fn check(connection: &mut redis::Connection, network: &str) -> Self {
        let snapshot = Self::read(connection, network);
        let violations = snapshot.violations();
        assert!(
            violations.is_empty(),
            "network `{network}` is broken:\n{}\n{snapshot:#?}",
            violations.join("\n")
        );
        snapshot
    }

    /// All tasks of the network, by key.
    pub fn tasks(&self) -> BTreeMap<String, Task> {
        let mut tasks: BTreeMap<String, Task> = BTreeMap::new();
        let mut note = |key: &String, state: Option<&'static str>| {
            let task = tasks.entry(key.clone()).or_insert_with(|| Task {
                states: Vec::new(),
                worker_id: self.field(key, "worker_id").map(decode_text),
            });
            task.states.extend(state);
        };
        for key in self.list("all_tasks") {
            note(key, None);
        }
        for (_, queue) in self.queues() {
            for key in queue {
                note(key, Some("queued"));
            }
        }
        for key in self.set("running_tasks") {
            note(key, Some("running"));
        }
        for key in self.list("finished_tasks") {
            note(key, Some("finished"));
        }
        for key in self.set("failed_tasks") {
            note(key, Some("failed"));
        }
        tasks
    }

    /// All workers of the network, by id.
    pub fn workers(&self) -> BTreeMap<String, Worker> {
        let state = |id: &String| {
            let stands_in = |set: &str| self.set(set).contains(id);
            match () {
                () if stands_in("running_worker_ids") => "running",
                () if stands_in("killed_worker_ids") => "killed",
                () if stands_in("lost_worker_ids") => "lost",
                () => "terminated",
            }
        };
        let number = |id: &String, name: &str| -> u64 {
            self.hash(id).get(name).and_then(|value| String::from_utf8_lossy(value).parse().ok()).unwrap_or(0)
        };
        let count = |id: &String, name: &str| usize::try_from(number(id, name)).unwrap_or(usize::MAX);
        let worker = |id: &String| Worker {
            state: state(id),
            incarnation: number(id, "incarnation"),
            counted: (count(id, "finished"), count(id, "failed")),
            may_come_again: state(id) != "running" && number(id, "end_restart") == 1,
        };
        self.set("worker_ids").iter().map(|id| (id.clone(), worker(id))).collect()
    }

    /// How many tasks are queued, running, finished, failed.
    pub fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        for task in self.tasks().values() {
            for state in &task.states {
                let names = ["queued", "running", "finished", "failed"];
                counts[names.iter().position(|name| name == state).expect("these are all states")] += 1;
            }
        }
        counts
    }

    /// Lost workers that are to be started again, by whoever claims them.
    pub fn to_restart(&self) -> &BTreeSet<String> {
        self.set("restarts")
    }

    /// The ids of the launches whose processes may begin.
    pub fn launches(&self) -> BTreeSet<String> {
        self.hash("launches").keys().cloned().collect()
    }

    /// Whether nothing at all is left of the network, tasks included.
    pub fn is_gone(&self) -> bool {
        self.keys.is_empty() && self.hashes.keys().all(|key| self.foreign.contains(key))
    }

    /// The common queue under the name `""`, and each worker's own.
    pub(crate) fn queues(&self) -> Vec<(&str, &[String])> {
        let own = self.keys.keys().filter_map(|name| name.strip_suffix(":queued_tasks"));
        let own = own.map(|id| (id, self.list(&format!("{id}:queued_tasks"))));
        std::iter::once(("", self.list("queued_tasks"))).chain(own).collect()
    }

    pub(crate) fn list(&self, name: &str) -> &[String] {
        if let Some(Content::List(list)) = self.keys.get(name) { list } else { &[] }
    }

    pub(crate) fn set(&self, name: &str) -> &BTreeSet<String> {
        static EMPTY: BTreeSet<String> = BTreeSet::new();
        if let Some(Content::Set(set)) = self.keys.get(name) { set } else { &EMPTY }
    }

    pub(crate) fn hash(&self, name: &str) -> &BTreeMap<String, Vec<u8>> {
        static EMPTY: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        if let Some(Content::Hash(hash)) = self.keys.get(name) { hash } else { &EMPTY }
    }

    pub(crate) fn field(&self, key: &str, name: &str) -> Option<&[u8]> {
        self.hashes.get(key)?.get(name).map(Vec::as_slice)
    }
}

impl Content {
    fn read(kind: &str, values: Vec<Vec<u8>>) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        match kind {
            "string" => Self::Text,
            "list" => Self::List(values.into_iter().map(text).collect()),
            "set" => Self::Set(values.into_iter().map(text).collect()),
            "hash" => {
                let mut values = values.into_iter();
                let pairs = std::iter::from_fn(|| Some((text(values.next()?), values.next()?)));
                Self::Hash(pairs.collect())
            }
            other => Self::Other(other.to_owned()),
        }
    }
}

/// A UUID, perhaps behind a `{hash tag}`.
pub(crate) fn is_task_key(key: &str) -> bool {
    let uuid = key.rsplit_once('}').map_or(key, |(_, uuid)| uuid);
    let dash = |index: usize| matches!(index, 8 | 13 | 18 | 23);
    uuid.len() == 36
        && uuid
            .bytes()
            .enumerate()
            .all(|(index, byte)| if dash(index) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// A text as `MessagePack` has it: one or two bytes of length in front, since names of workers are short.
fn decode_text(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xa0..=0xbf, text @ ..] | [0xd9, _, text @ ..] => text,
        other => other,
    };
    String::from_utf8_lossy(text).into_owned()
}
