//! Calls of several workers of this process that go to Redis together: group commit, as databases call it.
//!
//! Most of what a transition costs Redis is around it: a command to read, a script to enter, lists and sets to look up. Calls that come
//! at the same moment share that. Nobody waits for company, but for workers that are about to ask anyway.
//!
//! Each call stands by itself: what becomes of one is no matter to the others. Like every script, that for many may be sent twice.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use redis::{Arg, Cmd, Value};
use tokio::sync::oneshot;

use crate::{
    Error, Network, Result,
    link::Link,
    network::Inner,
    reply,
    script::{self, Script},
};

/// So many calls go together at most: Redis serves nobody else meanwhile.
const CALLS: usize = 128;
/// A call with more bytes goes alone: it has little to gain, and others need not wait until it is there.
const LONGEST: usize = 4096;

/// What can go together.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Finishing tasks and creating the next ones as running.
    Steps,
    /// Taking the next task from the queue.
    Pops,
}

/// What one worker asks for.
pub(crate) struct Call {
    /// Two calls of one worker never go together: the second may be about what the first does.
    pub(crate) worker: usize,
    /// How many tasks a step finishes, and how many it creates.
    pub(crate) shape: [usize; 2],
    /// The number of a step that creates tasks within a budget; see `budget.rs`.
    pub(crate) request: u64,
    /// So many of the values are keys; they stand first.
    pub(crate) keys: usize,
    pub(crate) values: Cmd,
}

/// The calls that wait to go together.
#[derive(Default)]
pub(crate) struct Group(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    calls: Vec<(Call, Answer)>,
    /// Somebody comes to take them.
    sent_for: bool,
    /// Those who are on their way, and will come back. Who has to wait for Redis is none of them.
    messengers: usize,
    /// The shortest way so far, there and back.
    shortest: Option<Duration>,
}

impl Waiting {
    /// So many may be on their way at once. Near a Redis that is busy, more of them would only wait there, each with few calls; the
    /// farther it is, the more it takes to keep it busy.
    fn most_messengers(&self) -> usize {
        const NEAR: usize = 3;
        const EACH: Duration = Duration::from_micros(100);
        NEAR + self.shortest.map_or(0, |way| way.as_micros() / EACH.as_micros()).try_into().unwrap_or(CALLS)
    }

    /// True if nobody comes, or comes back, and somebody may be sent.
    fn send_for(&mut self) -> bool {
        if self.sent_for || self.messengers >= self.most_messengers() {
            return false;
        }
        self.sent_for = true;
        self.messengers += 1;
        true
    }
}

type Answer = oneshot::Sender<Result<Value>>;

impl Call {
    fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.values.args_iter().filter_map(|value| match value {
            Arg::Simple(bytes) => Some(bytes),
            _ => None,
        })
    }

    fn size(&self) -> usize {
        self.values().map(<[u8]>::len).sum()
    }
}

impl Kind {
    fn group(self, inner: &Inner) -> &Group {
        match self {
            Self::Steps => &inner.steps,
            Self::Pops => &inner.pops,
        }
    }

    /// One call of the script for all of these; those of one shape follow each other.
    fn together<'a>(self, inner: &Inner, calls: impl Iterator<Item = &'a Call> + Clone) -> Cmd {
        let keys = &inner.keys;
        let (script, common): (&Script, &[&String]) = match self {
            Self::Steps => (
                &script::STEPS,
                &[&keys.all_tasks, &keys.running_tasks, &keys.finished_tasks, &keys.failed_tasks],
            ),
            Self::Pops => (&script::POP, &[&keys.queued_tasks, &keys.running_tasks]),
        };
        let (mut number, mut of_keys, mut size) = (0, common.len(), 256);
        for call in calls.clone() {
            number += 1;
            of_keys += call.keys;
            size += call.size();
        }
        let mut cmd = script.call(of_keys, size);
        for key in common {
            cmd.arg(key.as_str());
        }
        for key in calls.clone().flat_map(|call| call.values().take(call.keys)) {
            cmd.arg(key);
        }
        let mut limited = false;
        match self {
            Self::Steps => {
                let mut shapes: Vec<(usize, [usize; 2])> = Vec::new();
                for call in calls.clone() {
                    match shapes.last_mut() {
                        Some((steps, shape)) if *shape == call.shape => *steps += 1,
                        _ => shapes.push((1, call.shape)),
                    }
                }
                let budget = inner.budget.tasks();
                limited = budget.is_some();
                cmd.arg(budget.map_or_else(String::new, |tasks| tasks.to_string()));
                cmd.arg(shapes.len());
                for (steps, [ends, creates]) in shapes {
                    cmd.arg(steps).arg(ends).arg(creates);
                }
            }
            Self::Pops => {
                cmd.arg(number);
            }
        }
        for call in calls {
            if limited {
                cmd.arg(call.request);
            }
            for value in call.values().skip(call.keys) {
                cmd.arg(value);
            }
        }
        cmd
    }
}

impl Group {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a call. True if somebody has to be sent for: else there is one who comes, or comes back.
    fn add(&self, call: Call, answer: Answer) -> bool {
        let mut waiting = self.waiting();
        waiting.calls.push((call, answer));
        waiting.send_for()
    }

    /// One who is on the way will not come back soon. True if somebody else has to be sent for.
    fn gone_for_long(&self) -> bool {
        let mut waiting = self.waiting();
        waiting.messengers -= 1;
        !waiting.calls.is_empty() && waiting.send_for()
    }

    /// One who is on the way will never come back, nor can another be sent for: this runtime ends. Who waits for nobody else hears that.
    fn gone_for_ever(&self) {
        let mut waiting = self.waiting();
        waiting.sent_for = false;
        waiting.messengers -= 1;
        let stranded = if waiting.messengers == 0 { mem::take(&mut waiting.calls) } else { Vec::new() };
        drop(waiting);
        drop(stranded);
    }

    /// Takes those that may go together now. None: whoever asks is not needed any more.
    fn take(&self) -> Option<Vec<(Call, Answer)>> {
        let mut waiting = self.waiting();
        waiting.sent_for = false;
        // Nobody would hear what became of these.
        waiting.calls.retain(|(_, answer)| !answer.is_closed());
        let mut workers = Vec::with_capacity(waiting.calls.len().min(CALLS));
        for (call, _) in waiting.calls.iter().take(CALLS) {
            if workers.contains(&call.worker) {
                break;
            }
            workers.push(call.worker);
        }
        if workers.is_empty() {
            waiting.messengers -= 1;
            return None;
        }
        let rest = waiting.calls.split_off(workers.len());
        Some(mem::replace(&mut waiting.calls, rest))
    }
}

/// Whoever brings calls to Redis, as long as there are any.
struct Messenger {
    network: Network,
    kind: Kind,
    /// It is one of those that are counted.
    counted: bool,
}

impl Drop for Messenger {
    fn drop(&mut self) {
        if self.counted {
            self.kind.group(&self.network.inner).gone_for_ever();
        }
    }
}

impl Messenger {
    fn send(network: &Network, kind: Kind) {
        tokio::spawn(Self { network: network.clone(), kind, counted: true }.run());
    }

    async fn run(mut self) {
        loop {
            // Workers that are about to ask, too, come before.
            tokio::task::yield_now().await;
            let Some(calls) = self.kind.group(&self.network.inner).take() else { break };
            let begun = Instant::now();
            self.bring(calls).await;
            if !self.counted {
                return;
            }
            let way = begun.elapsed();
            let mut waiting = self.kind.group(&self.network.inner).waiting();
            waiting.shortest = Some(waiting.shortest.map_or(way, |shortest| shortest.min(way)));
        }
        self.counted = false;
    }

    async fn bring(&mut self, calls: Vec<(Call, Answer)>) {
        let Self { network, kind, counted } = self;
        let (network, kind) = (&*network, *kind);
        // It may wait for Redis as long as a call may: who comes meanwhile has as long, beginning now.
        let refused = || {
            *counted = false;
            if kind.group(&network.inner).gone_for_long() {
                Self::send(network, kind);
            }
        };
        network.ask_together(kind, calls, refused).await;
    }
}

impl Network {
    /// Asks for one worker, together with others if there are any. What the script tells of one call is the answer, or one number, if
    /// it tells the same of all.
    pub(crate) async fn ask(&self, kind: Kind, call: Call) -> Result<Value> {
        if call.size() > LONGEST || self.inner.local.has_one() {
            return self.ask_alone(&self.inner.commands, kind, &call).await;
        }
        let (answer, answered) = oneshot::channel();
        if kind.group(&self.inner).add(call, answer) {
            Messenger::send(self, kind);
        }
        answered.await.unwrap_or_else(|_| {
            // Nobody is left who could ask; the script may have been called or not.
            let address = self.address().to_owned();
            Err(Error::Unavailable { address, cause: "this process is ending".to_owned() })
        })
    }

    /// Asks for one worker.
    pub(crate) async fn ask_alone(&self, link: &Link, kind: Kind, call: &Call) -> Result<Value> {
        let answer = link.send(&kind.together(&self.inner, std::iter::once(call))).await?;
        match answer {
            Value::Array(mut answers) if answers.len() == 1 => Ok(answers.swap_remove(0)),
            Value::Int(_) => Ok(answer),
            other => Err(reply::unexpected(&other)),
        }
    }

    async fn ask_together(&self, kind: Kind, mut calls: Vec<(Call, Answer)>, refused: impl FnOnce()) {
        calls.sort_by_key(|(call, _)| call.shape);
        let cmd = kind.together(&self.inner, calls.iter().map(|(call, _)| call));
        let answer = self.inner.commands.send_telling(&cmd, refused).await;
        let number = calls.len();
        let mut each = calls.into_iter();
        // Who does not wait for the answer any more was killed, or has given up.
        match answer {
            Ok(Value::Array(answers)) if answers.len() == number => {
                each.zip(answers).for_each(|((_, call), answer)| drop(call.send(Ok(answer))));
            }
            Ok(Value::Int(same)) => each.for_each(|(_, call)| drop(call.send(Ok(Value::Int(same))))),
            Ok(other) => each.for_each(|(_, call)| drop(call.send(Err(reply::unexpected(&other))))),
            Err(Error::Unavailable { address, cause }) => each.for_each(|(_, call)| {
                let (address, cause) = (address.clone(), cause.clone());
                drop(call.send(Err(Error::Unavailable { address, cause })));
            }),
            Err(error) if number == 1 => {
                each.next().map(|(_, call)| call.send(Err(error)));
            }
            // One of them is at fault: the others must not suffer, nor wait for each other.
            Err(_) => {
                join_all(each.map(async |(call, answer)| {
                    drop(answer.send(self.ask_alone(&self.inner.commands, kind, &call).await));
                }))
                .await;
            }
        }
    }
}
