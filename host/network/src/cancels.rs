//! Cancels of a worker's running tasks, and what it evaluates meanwhile.
//!
//! `cancel_running.lua` has settled the task already, and left a numbered note in the worker's hash. A beat brings the note, the
//! process reads what belongs to it, and only then the next beat takes it away: no lost message and no lost reply loses a cancel.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use redis::Pipeline;
use tokio::{sync::mpsc, task::JoinSet};

use crate::{Fields, Network, Result, TaskKey, Worker, local::LocalWorker, reply};

/// Cancels that wait for their evaluation, at most; the oldest go first. So it is with what was settled before its cancel is heard.
const KEPT: usize = 1000;
/// Bytes of the points of those, at most.
const KEPT_BYTES: usize = 16 << 20;
/// Points that are read at once: each may be as large as `max_value`.
const PAGE: usize = 16;

impl Worker {
    /// Whether a running task of this worker was cancelled, and no evaluation has ended for it yet. One relaxed load.
    pub fn has_cancels(&self) -> bool {
        self.inner.signals.cancels.any()
    }

    /// Tells an evaluation, which begins with this call, that the task it is for was cancelled: then it ends. `fits` says whether a
    /// task's `xs` are what is evaluated; nothing else is known of an evaluation.
    ///
    /// - A cancel ends the evaluation of what fits, whether it was heard before that began or while it goes on.
    /// - It also ends an evaluation that goes on when the worker has no running task left, although nothing fits: a loop may hand its
    ///   objective something else than `xs`. One that begins later is not meant: it is for a later task.
    /// - Each cancel ends one evaluation. It is forgotten when the worker says how the task has ended, which is refused: a task
    ///   whose evaluation is over ends no other one, also when its cancel is heard only afterwards.
    ///
    /// Of two running tasks of a worker with the same `xs` nobody knows which is evaluated.
    pub fn cancelled(&self, fits: impl Fn(&Fields) -> bool) -> impl Future<Output = TaskKey> {
        let cancels = &self.inner.signals.cancels;
        let evaluation = cancels.begin();
        async move {
            loop {
                // Listening begins before looking.
                let came = cancels.came.notified();
                tokio::pin!(came);
                came.as_mut().enable();
                if let Some(key) = cancels.take(evaluation, &fits) {
                    return key;
                }
                came.await;
            }
        }
    }
}

/// The cancels that a worker has heard of.
pub(crate) struct Cancels {
    any: AtomicBool,
    /// How many evaluations have begun; they are numbered by it.
    begun: AtomicU64,
    /// The number of the last note that was read.
    heard: AtomicU64,
    came: tokio::sync::Notify,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    cancels: VecDeque<Cancel>,
    bytes: usize,
    /// What the worker has settled itself, and was refused.
    refused: VecDeque<TaskKey>,
}

/// A running task was cancelled.
pub(crate) struct Cancel {
    key: TaskKey,
    /// None if its hash has vanished, or holds no point.
    xs: Option<Fields>,
    /// As large as they were in Redis.
    bytes: usize,
    /// The last evaluation that had begun before the worker had no running task left; 0 if it has one.
    last_for_it: u64,
}

impl Cancels {
    pub(crate) fn new() -> Self {
        Self {
            any: AtomicBool::new(false),
            begun: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            came: tokio::sync::Notify::new(),
            waiting: Mutex::default(),
        }
    }

    fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// The number of the last note that was read: up to there they may be forgotten.
    pub(crate) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, cancels: impl IntoIterator<Item = Cancel>, heard: u64) {
        let mut waiting = self.waiting();
        for cancel in cancels {
            if waiting.refused.contains(&cancel.key) {
                continue;
            }
            waiting.bytes += cancel.bytes;
            waiting.cancels.push_back(cancel);
            while waiting.cancels.len() > KEPT || (waiting.bytes > KEPT_BYTES && waiting.cancels.len() > 1) {
                waiting.remove(0);
            }
        }
        self.any.store(!waiting.cancels.is_empty(), Ordering::Relaxed);
        drop(waiting);
        self.heard.fetch_max(heard, Ordering::Relaxed);
        self.came.notify_waiters();
    }

    fn take(&self, evaluation: u64, fits: impl Fn(&Fields) -> bool) -> Option<TaskKey> {
        if !self.any() {
            return None;
        }
        let mut waiting = self.waiting();
        let cancels = &waiting.cancels;
        let fits = |cancel: &Cancel| cancel.xs.as_ref().is_some_and(&fits);
        let place = cancels
            .iter()
            .position(fits)
            .or_else(|| cancels.iter().position(|cancel| evaluation <= cancel.last_for_it))?;
        let taken = waiting.remove(place);
        self.any.store(!waiting.cancels.is_empty(), Ordering::Relaxed);
        taken
    }

    /// The worker has settled these tasks, which was refused: no evaluation of them goes on.
    pub(crate) fn settled(&self, refused: &[TaskKey]) {
        if refused.is_empty() {
            return;
        }
        let mut waiting = self.waiting();
        let over: HashSet<&TaskKey> = refused.iter().collect();
        let mut bytes = 0;
        waiting.cancels.retain(|cancel| {
            let stays = !over.contains(&cancel.key);
            bytes += if stays { cancel.bytes } else { 0 };
            stays
        });
        waiting.bytes = bytes;
        // Its cancel may not have been heard yet.
        waiting.refused.extend(refused.iter().cloned());
        let surplus = waiting.refused.len().saturating_sub(KEPT);
        waiting.refused.drain(..surplus);
        self.any.store(!waiting.cancels.is_empty(), Ordering::Relaxed);
    }
}

impl Waiting {
    fn remove(&mut self, place: usize) -> Option<TaskKey> {
        let cancel = self.cancels.remove(place)?;
        self.bytes -= cancel.bytes;
        Some(cancel.key)
    }
}

/// Reads what belongs to the notes of cancels, beside the beats: a point may be large, and a beat waits for nothing.
#[derive(Debug)]
pub(crate) struct CancelReader {
    notes: mpsc::UnboundedSender<(LocalWorker, String)>,
    /// Ends with it.
    _task: JoinSet<()>,
}

impl CancelReader {
    pub(crate) fn start(network: Network) -> Self {
        let (notes, mut come) = mpsc::unbounded_channel::<(LocalWorker, String)>();
        let mut task = JoinSet::new();
        task.spawn(async move {
            while let Some((worker, notes)) = come.recv().await {
                if let Err(error) = network.read_cancels(&worker, &notes).await {
                    // The next beat brings the notes again.
                    tracing::debug!(worker = %worker.id, %error, "cancels were not read");
                }
            }
        });
        Self { notes, _task: task }
    }

    /// Takes notes as they stand in Redis, in the order in which they come.
    pub(crate) fn read(&self, worker: &LocalWorker, notes: String) {
        // Nobody reads them any more only when the whole heart is gone.
        let _ = self.notes.send((worker.clone(), notes));
    }
}

impl Network {
    async fn read_cancels(&self, worker: &LocalWorker, notes: &str) -> Result<()> {
        let cancels = &worker.signals.cancels;
        let heard = cancels.heard();
        let new: Vec<(TaskKey, u64)> = parsed(notes).filter(|(_, number)| *number > heard).collect();
        let running = self.inner.keys.worker(&worker.id).running;
        for page in new.chunks(PAGE) {
            let begun = cancels.begun();
            let mut pipeline = Pipeline::with_capacity(1 + page.len());
            pipeline.cmd("SCARD").arg(&running);
            for (key, _) in page {
                pipeline.cmd("HGET").arg(key.as_str()).arg("xs");
            }
            let mut values = self.inner.bulk().await?.send_all(&pipeline).await?;
            let last_for_it = if reply::count(&values.remove(0))? == 0 { begun } else { 0 };
            let mut read = Vec::with_capacity(page.len());
            for ((key, _), value) in page.iter().zip(values) {
                let encoded = reply::bytes(value)?;
                let bytes = encoded.as_ref().map_or(0, Vec::len);
                let xs = encoded.map(|encoded| self.inner.codec.decode_fields(&encoded)).transpose();
                // It was cancelled all the same, and so were those after it.
                let xs = xs.unwrap_or_else(|error| {
                    tracing::warn!(worker = %worker.id, task = %key, %error, "the point of a cancelled task cannot be read");
                    None
                });
                read.push(Cancel { key: key.clone(), xs, bytes, last_for_it });
            }
            cancels.add(read, page.iter().map(|(_, number)| *number).max().unwrap_or(heard));
        }
        Ok(())
    }
}

/// The notes of `cancel_running.lua`: `<task>=<number> ...`, the number counted up.
fn parsed(notes: &str) -> impl Iterator<Item = (TaskKey, u64)> {
    notes.split(' ').filter_map(|note| {
        let (key, number) = note.rsplit_once('=')?;
        Some((TaskKey::stored(key.to_owned()), number.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::fields;

    fn key(number: usize) -> TaskKey {
        TaskKey::stored(format!("task-{number}"))
    }

    /// Of the task whose `x` is its number; `last_for_it` as when the worker has no running task left.
    fn cancel(number: usize, last_for_it: u64) -> Cancel {
        let xs = fields! { "x" => i64::try_from(number).unwrap() };
        Cancel { key: key(number), xs: Some(xs), bytes: 10, last_for_it }
    }

    fn is(number: usize) -> impl Fn(&Fields) -> bool {
        let xs = fields! { "x" => i64::try_from(number).unwrap() };
        move |found| *found == xs
    }

    #[test]
    fn what_fits_is_ended_before_it_begins_and_while_it_goes_on_once() {
        let cancels = Cancels::new();
        let evaluation = cancels.begin();
        cancels.add([cancel(1, 0), cancel(2, 0)], 2);
        assert_eq!(cancels.take(evaluation, is(2)), Some(key(2)));
        assert_eq!(cancels.take(evaluation, is(2)), None, "it was consumed");
        assert_eq!(cancels.take(cancels.begin(), is(3)), None);
        assert_eq!(cancels.take(cancels.begin(), is(1)), Some(key(1)), "its evaluation began later");
        assert!(!cancels.any());
    }

    #[test]
    fn what_goes_on_when_no_task_is_left_is_ended_whatever_it_is_but_nothing_later() {
        let cancels = Cancels::new();
        let (over, going_on) = (cancels.begin(), cancels.begin());
        cancels.add([cancel(1, cancels.begun())], 1);
        let later = cancels.begin();
        assert!(over < going_on);
        assert_eq!(cancels.take(later, is(9)), None, "it is for a later task");
        assert_eq!(cancels.take(going_on, is(9)), Some(key(1)));
    }

    #[test]
    fn of_several_that_which_fits_is_consumed() {
        let cancels = Cancels::new();
        let evaluation = cancels.begin();
        cancels.add([cancel(1, cancels.begun()), cancel(2, cancels.begun())], 2);
        assert_eq!(cancels.take(evaluation, is(2)), Some(key(2)));
    }

    #[test]
    fn what_the_worker_has_settled_ends_no_other_evaluation_whenever_it_is_heard() {
        let cancels = Cancels::new();
        cancels.add([cancel(1, 0)], 1);
        cancels.settled(&[key(1), key(2)]);
        assert!(!cancels.any());
        let evaluation = cancels.begin();
        cancels.add([cancel(2, cancels.begun())], 2);
        assert!(!cancels.any());
        assert_eq!(cancels.take(evaluation, is(2)), None);
        assert_eq!(cancels.heard(), 2);
    }

    #[test]
    fn who_never_evaluates_holds_on_to_little() {
        let cancels = Cancels::new();
        cancels.add((0..KEPT + 5).map(|number| cancel(number, 0)), 1);
        assert_eq!(cancels.waiting().cancels.len(), KEPT);
        assert_eq!(cancels.take(cancels.begin(), is(4)), None);
        cancels.add([Cancel { bytes: KEPT_BYTES + 1, ..cancel(KEPT + 5, 0) }], 2);
        assert_eq!(cancels.waiting().cancels.len(), 1);
        cancels.add([cancel(KEPT + 6, 0)], 3);
        assert_eq!(cancels.waiting().cancels.len(), 1);
        assert_eq!(cancels.waiting().bytes, 10);
        let many: Vec<TaskKey> = (0..3 * KEPT).map(key).collect();
        cancels.settled(&many);
        assert_eq!(cancels.waiting().refused.len(), KEPT);
        assert_eq!(cancels.waiting().bytes, 0);
    }

    #[tokio::test]
    async fn who_waits_is_woken() {
        let cancels = Cancels::new();
        let came = cancels.came.notified();
        tokio::pin!(came);
        came.as_mut().enable();
        cancels.add([cancel(1, 0)], 1);
        assert!(came.now_or_never().is_some());
    }

    #[test]
    fn notes_are_what_the_script_writes() {
        let notes: Vec<_> = parsed("task-1=1 {tag}task-2=12 broken also=none").collect();
        assert_eq!(notes, [(key(1), 1), (TaskKey::stored("{tag}task-2".into()), 12)]);
    }
}
