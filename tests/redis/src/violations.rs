//! What must hold in Redis at any moment. The one model of the expected state, for all tests.

use std::collections::{BTreeMap, BTreeSet};

use crate::snapshot::{Content, Snapshot};

const WORKER_SETS: [&str; 8] = [
    "worker_ids",
    "running_worker_ids",
    "terminated_worker_ids",
    "killed_worker_ids",
    "lost_worker_ids",
    "heartbeat_keys",
    "own_queues",
    "restarts",
];
const KEYS_OF_A_WORKER: [&str; 6] =
    ["heartbeat", "terminate", "kill", "running_tasks", "queued_tasks", "events"];

impl Snapshot {
    /// Everything that is wrong; empty if all is well.
    pub fn violations(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        self.names_and_types(&mut wrong);
        self.each_task_in_one_state(&mut wrong);
        self.fields_fit_states(&mut wrong);
        self.owners_run(&mut wrong);
        self.workers_in_one_state(&mut wrong);
        self.only_the_lost_are_started_again(&mut wrong);
        self.launches_are_those_of_their_names(&mut wrong);
        self.nothing_outlives_a_worker(&mut wrong);
        self.counts_add_up(&mut wrong);
        wrong
    }

    fn names_and_types(&self, wrong: &mut Vec<String>) {
        let ids = self.set("worker_ids");
        for (name, content) in &self.keys {
            let kind = match content {
                Content::Text => "string",
                Content::List(_) => "list",
                Content::Set(_) => "set",
                Content::Hash(_) => "hash",
                Content::Other(kind) => kind,
            };
            let full = format!("{}:{name}", self.network);
            let expected = match name.as_str() {
                "all_tasks" | "queued_tasks" | "finished_tasks" | "discarded" => Some("list"),
                "running_tasks" | "failed_tasks" | "hashes" | "stored" => Some("set"),
                "run" | "answers" | "launches" => Some("hash"),
                name if WORKER_SETS.contains(&name) => Some("set"),
                name if ids.contains(name) => Some("hash"),
                name => match name.split_once(':') {
                    Some(("config" | "blob", _)) if self.set("stored").contains(&full) => Some("string"),
                    Some(("hash", _)) if self.set("hashes").contains(&full) => Some("hash"),
                    Some((id, "heartbeat" | "terminate")) if ids.contains(id) => Some("string"),
                    Some((id, "running_tasks")) if ids.contains(id) => Some("set"),
                    Some((id, "queued_tasks" | "kill" | "events")) if ids.contains(id) => Some("list"),
                    _ => None,
                },
            };
            match expected {
                None => wrong.push(format!("`{full}` ({kind}) is a key that nobody knows")),
                Some(expected) if expected != kind => {
                    wrong.push(format!("`{full}` is a {kind}, not a {expected}"));
                }
                Some(_) => {}
            }
        }
        wrong.extend(self.strange.iter().map(|key| format!("`{key}` belongs to no network")));
    }

    fn each_task_in_one_state(&self, wrong: &mut Vec<String>) {
        let all = self.list("all_tasks");
        let known: BTreeSet<&String> = all.iter().collect();
        if known.len() < all.len() {
            wrong.push(format!("all_tasks holds {} keys twice", all.len() - known.len()));
        }
        for (key, task) in self.tasks() {
            if task.states.len() != 1 {
                wrong.push(format!("task {key} is in the states {:?}", task.states));
            }
            if !known.contains(&key) {
                wrong.push(format!("task {key} ({:?}) is not in all_tasks", task.states));
            }
            if !self.hashes.contains_key(&key) {
                wrong.push(format!("task {key} ({:?}) has no hash", task.states));
            }
        }
        // A reset deletes the hashes of these bit by bit.
        let discarded: BTreeSet<&String> = self.list("discarded").iter().collect();
        let stray = self
            .hashes
            .keys()
            .filter(|key| !known.contains(key) && !discarded.contains(key) && !self.foreign.contains(*key));
        wrong
            .extend(stray.map(|key| {
                format!("hash {key} is in no network's all_tasks: {:?}", self.hashes[key].keys())
            }));
    }

    fn fields_fit_states(&self, wrong: &mut Vec<String>) {
        for (key, task) in self.tasks() {
            let Some(fields) = self.hashes.get(&key) else { continue };
            let (needs, never): (&[&str], &[&str]) = match task.states.as_slice() {
                ["queued"] => (&["xs"], &["ys", "ys_extra", "condition", "worker_id"]),
                ["running"] => (&["xs", "worker_id"], &["ys", "ys_extra", "condition"]),
                ["finished"] => (&["xs", "ys"], &["condition"]),
                ["failed"] => (&["xs", "condition"], &["ys", "ys_extra"]),
                _ => continue,
            };
            let state = task.states[0];
            let lacks = needs.iter().filter(|name| !fields.contains_key(**name));
            wrong.extend(lacks.map(|name| format!("{state} task {key} has no `{name}`")));
            let has = never.iter().filter(|name| fields.contains_key(**name));
            wrong.extend(has.map(|name| format!("{state} task {key} has `{name}`")));
        }
    }

    /// The workers' own sets are `running_tasks`, told apart by `worker_id`, and their workers run.
    fn owners_run(&self, wrong: &mut Vec<String>) {
        let mut by_owner: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (key, task) in self.tasks() {
            if task.states.contains(&"running") {
                by_owner.entry(task.worker_id.unwrap_or_default()).or_default().insert(key);
            }
        }
        let own = |id: &String| self.set(&format!("{id}:running_tasks"));
        for (owner, tasks) in &by_owner {
            if !self.set("running_worker_ids").contains(owner) {
                wrong.push(format!("`{owner}`, which is not running, owns the running tasks {tasks:?}"));
            }
            if own(owner) != tasks {
                wrong.push(format!("`{owner}` owns {tasks:?}, but its own set holds {:?}", own(owner)));
            }
        }
        for id in self.set("worker_ids").iter().filter(|id| !by_owner.contains_key(*id)) {
            if !own(id).is_empty() {
                wrong.push(format!("the own set of `{id}` holds {:?}, which it does not own", own(id)));
            }
        }
    }

    fn workers_in_one_state(&self, wrong: &mut Vec<String>) {
        let [all, running, ended, killed, lost] = [
            "worker_ids",
            "running_worker_ids",
            "terminated_worker_ids",
            "killed_worker_ids",
            "lost_worker_ids",
        ]
        .map(|name| self.set(name));
        let mut none_of = |what: &str, ids: BTreeSet<String>| {
            if !ids.is_empty() {
                wrong.push(format!("{what}: {ids:?}"));
            }
        };
        none_of("both running and ended", running & ended);
        none_of("both killed and lost", killed & lost);
        none_of("killed but not ended", killed - ended);
        none_of("lost but not ended", lost - ended);
        none_of("in worker_ids but neither running nor ended", all - &(running | ended));
        none_of("running or ended but not in worker_ids", &(running | ended) - all);
        for (id, worker) in self.workers() {
            let hash = self.hash(&id);
            let text = |name: &str| hash.get(name).map(|value| String::from_utf8_lossy(value).into_owned());
            if text("state").as_deref() != Some(worker.state) {
                wrong.push(format!(
                    "`{id}` is {} by the sets, {:?} by its hash",
                    worker.state,
                    text("state")
                ));
            }
            if text("registered").is_some() != (worker.state == "running") {
                wrong.push(format!("`{id}` is {}, and registered is {:?}", worker.state, text("registered")));
            }
            if text("cancels").is_some() && worker.state != "running" {
                wrong.push(format!("`{id}` is {}, and has {:?} to hear of", worker.state, text("cancels")));
            }
            if text("end_kind").is_some() == (worker.state == "running") {
                wrong.push(format!("`{id}` is {}, and its end is {:?}", worker.state, text("end_kind")));
            }
        }
    }

    fn only_the_lost_are_started_again(&self, wrong: &mut Vec<String>) {
        for id in self.to_restart() {
            let hash = self.hash(id);
            let is = |name: &str, value: &[u8]| hash.get(name).is_some_and(|found| found == value);
            if !self.set("lost_worker_ids").contains(id) || !is("end_restart", b"1") || is("managed", b"1") {
                wrong.push(format!("`{id}` stands in restarts, and is nobody to start again: {hash:?}"));
            }
        }
        for (id, worker) in self.workers() {
            let kind = self.hash(&id).get("end_kind").map(|kind| String::from_utf8_lossy(kind).into_owned());
            if worker.may_come_again && !matches!(kind.as_deref(), Some("lost" | "time-up")) {
                wrong.push(format!("`{id}` may be started again, and its end is {kind:?}"));
            }
        }
    }

    /// A record under another name could not be withdrawn.
    fn launches_are_those_of_their_names(&self, wrong: &mut Vec<String>) {
        for (id, record) in self.hash("launches") {
            let record = String::from_utf8_lossy(record);
            if !record.contains(&format!("\"id\":\"{id}\"")) {
                wrong.push(format!("launch `{id}` has the record {record}"));
            }
        }
    }

    fn nothing_outlives_a_worker(&self, wrong: &mut Vec<String>) {
        let running = self.set("running_worker_ids");
        let expected: BTreeSet<String> =
            running.iter().map(|id| format!("{}:{id}:heartbeat", self.network)).collect();
        if *self.set("heartbeat_keys") != expected {
            wrong.push(format!("heartbeat_keys holds {:?}, not {expected:?}", self.set("heartbeat_keys")));
        }
        for name in self.keys.keys() {
            let Some((id, part)) = name.split_once(':') else { continue };
            if KEYS_OF_A_WORKER.contains(&part) && part != "events" && !running.contains(id) {
                wrong.push(format!("`{name}` is left, but `{id}` is not running"));
            }
        }
        let owners = self.set("own_queues");
        if !owners.is_subset(running) {
            wrong.push(format!("own_queues holds {:?}, which are not running", owners - running));
        }
        for (id, _) in self.queues().into_iter().filter(|(id, _)| !id.is_empty()) {
            if !owners.contains(id) {
                wrong.push(format!("`{id}` has a queue of its own, but is not in own_queues"));
            }
        }
    }

    /// What workers counted is what the tasks say.
    fn counts_add_up(&self, wrong: &mut Vec<String>) {
        let mut by_worker: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for task in self.tasks().into_values() {
            let Some(worker) = task.worker_id else { continue };
            let counts = by_worker.entry(worker).or_default();
            match task.states.as_slice() {
                ["finished"] => counts.0 += 1,
                ["failed"] => counts.1 += 1,
                _ => {}
            }
        }
        for (id, worker) in self.workers() {
            let found = by_worker.get(&id).copied().unwrap_or_default();
            if worker.counted != found {
                wrong.push(format!(
                    "`{id}` has counted {:?} finished and failed tasks, there are {found:?}",
                    worker.counted
                ));
            }
        }
    }
}
