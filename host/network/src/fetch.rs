//! Fetching tasks as a table.
//!
//! One script tells which tasks are in which state at one moment. Of the finished ones only what this process has not read yet
//! is read; the others as they were then, but for running ones that this process has read and that cannot have changed.

use std::ops::ControlFlow;

use redis::Value;
use tokio::sync::MutexGuard;

use crate::{
    Network, Parts, Result, State, Table, Worker,
    finished_cache::Cached,
    hash_pages::Page,
    reply, script,
    table::{Chunk, Piece},
    task_hash::Wanted,
};

/// So many hashes come in the same round trip, unless they are large. Of more, pages outside a script are quicker, and let
/// others in between.
const FEW: usize = 64;
/// Keys of finished tasks that are read at once, at most.
const KEYS: usize = 50_000;

/// Which tasks are in which state.
struct Moment {
    finished: usize,
    restarted: bool,
    new: Tasks,
    others: Vec<(Wanted, Tasks)>,
    /// How many of the running tasks have a hash, if that was counted.
    existing: usize,
}

/// Tasks, and their hashes if they are few: of finished tasks perhaps only those of the first, when they are large.
#[derive(Default)]
struct Tasks {
    keys: Vec<String>,
    hashes: Vec<Value>,
}

impl Network {
    /// The tasks in the given states as a table, each exactly once, in the order of the states, within one in the order of its
    /// list. Parts that are not wanted are not read.
    ///
    /// Finished tasks come from a cache that all workers of this process share, which reads only what is new; so do those of many
    /// running tasks that cannot have changed. A task whose hash has vanished is left out with a warning.
    pub async fn fetch(&self, states: &[State], parts: Parts) -> Result<Table> {
        Ok(self
            .fetch_within(states, parts, usize::MAX)
            .await?
            .unwrap_or_else(|| Table::new(Vec::new(), parts)))
    }

    /// The same, unless queued, running and failed tasks take more bytes than this, wherever they come from. Little more than that
    /// has been read then.
    pub async fn fetch_within(&self, states: &[State], parts: Parts, bytes: usize) -> Result<Option<Table>> {
        let mut wanted: Vec<State> = Vec::with_capacity(4);
        for state in states {
            if !wanted.contains(state) {
                wanted.push(*state);
            }
        }
        let others: Vec<State> = wanted.iter().copied().filter(|state| *state != State::Finished).collect();
        if others.is_empty() {
            return match wanted.as_slice() {
                [] => Ok(Some(Table::new(Vec::new(), parts))),
                _ => Ok(Some(self.all_finished().await?.table(parts))),
            };
        }
        let (mut finished, moment) = if others.len() == wanted.len() {
            (Vec::new(), self.moment(None, &others, parts).await?)
        } else {
            self.finished_at_a_moment(&others, parts).await?
        };
        let mut by_state: Vec<(State, Vec<Piece>)> = Vec::with_capacity(4);
        let (mut vanished, mut room) = (0, bytes);
        for (of_state, tasks) in moment.others {
            let existing = moment.existing;
            let Some((pieces, gone)) = self.read_others(&of_state, tasks, existing, &mut room).await? else {
                return Ok(None);
            };
            vanished += gone;
            by_state.push((of_state.state, pieces));
        }
        self.warn_of_vanished(vanished);
        let mut pieces = Vec::new();
        for state in wanted {
            if state == State::Finished {
                pieces.append(&mut finished);
            }
            for (_, of_state) in by_state.iter_mut().filter(|(other, _)| *other == state) {
                pieces.append(of_state);
            }
        }
        Ok(Some(Table::new(pieces, parts)))
    }

    /// The cache with everything in it that was finished when this was called.
    pub(crate) async fn all_finished(&self) -> Result<MutexGuard<'_, Cached>> {
        let cache = &self.inner.finished;
        let (mut cached, up_to_date) = cache.lock().await;
        if up_to_date {
            return Ok(cached);
        }
        loop {
            cache.begin(&mut cached);
            let moment = self.moment(Some(&cached), &[], Parts::ALL).await?;
            if self.catch_up(&mut cached, moment.finished, moment.restarted, moment.new).await? {
                return Ok(cached);
            }
        }
    }

    async fn finished_at_a_moment(&self, others: &[State], parts: Parts) -> Result<(Vec<Piece>, Moment)> {
        let cache = &self.inner.finished;
        let (mut cached, _) = cache.lock().await;
        loop {
            cache.begin(&mut cached);
            let mut moment = self.moment(Some(&cached), others, parts).await?;
            let new = std::mem::take(&mut moment.new);
            if self.catch_up(&mut cached, moment.finished, moment.restarted, new).await? {
                return Ok((cached.pieces(moment.finished), moment));
            }
        }
    }

    /// Reads what is new among the first `finished` entries; false if the network was reset meanwhile.
    async fn catch_up(
        &self,
        cached: &mut Cached,
        finished: usize,
        restarted: bool,
        new: Tasks,
    ) -> Result<bool> {
        if restarted {
            cached.restart();
        }
        let before = (cached.known(), cached.vanished());
        let wanted = Wanted::new(State::Finished, Parts::ALL);
        // The others are too large to come with them.
        let read = &new.keys[..new.hashes.len().min(new.keys.len())];
        if !read.is_empty() {
            let page = self.page(&wanted, read, new.hashes)?;
            cached.add(read, page);
        }
        while cached.known() < finished {
            // From the last one known, so that a reset in between shows.
            let last = cached.last_known().map(|last| last.key.clone());
            let from = cached.known() - usize::from(last.is_some());
            let to = finished.min(cached.known() + KEYS);
            let mut lrange = redis::cmd("LRANGE");
            lrange.arg(&self.inner.keys.finished_tasks).arg(from).arg(to - 1);
            let mut keys = reply::texts(self.inner.bulk().await?.send(&lrange).await?)?;
            if keys.len() != to - from || last.is_some_and(|last| keys[0] != last) {
                return Ok(false);
            }
            keys.drain(..cached.known() - from);
            // Rare and large: every call would carry the room for it.
            let add = |keys: &[String], page| {
                cached.add(keys, page);
                ControlFlow::Continue(())
            };
            Box::pin(self.read_pages(&wanted, &keys, add)).await?;
        }
        cached.complete();
        self.warn_of_vanished(cached.vanished() - before.1);
        if cached.known() > before.0 {
            self.inner.local.some_finished.notify_waiters();
        }
        Ok(true)
    }

    /// None if they take more than `room`; else they take it up.
    async fn read_others(
        &self,
        wanted: &Wanted,
        tasks: Tasks,
        existing: usize,
        room: &mut usize,
    ) -> Result<Option<(Vec<Piece>, usize)>> {
        if wanted.state == State::Running && tasks.hashes.len() < tasks.keys.len() {
            // Rare and large: every call would carry the room for it.
            return Box::pin(self.read_running(wanted, &tasks.keys, existing, room)).await;
        }
        let (mut pieces, mut vanished, mut left) = (Vec::new(), 0, Some(*room));
        let mut take = |page: Page| {
            let bytes: usize = page.chunks.iter().map(Chunk::bytes).sum();
            left = left.and_then(|left| left.checked_sub(bytes));
            pieces.extend(page.chunks.into_iter().map(Piece::whole));
            vanished += page.vanished.len();
            if left.is_some() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        if tasks.hashes.len() == tasks.keys.len() {
            let _: ControlFlow<()> = take(self.page(wanted, &tasks.keys, tasks.hashes)?);
        } else {
            Box::pin(self.read_pages(wanted, &tasks.keys, |_, page| take(page))).await?;
        }
        let Some(left) = left else { return Ok(None) };
        *room = left;
        Ok(Some((pieces, vanished)))
    }

    /// Asks for what is new for this cache, and for all tasks of other states. Own queues are read in the same moment, and
    /// everything is read again if they were not known.
    async fn moment(&self, cached: Option<&Cached>, others: &[State], parts: Parts) -> Result<Moment> {
        let keys = &self.inner.keys;
        let finished = Wanted::new(State::Finished, Parts::ALL).joined();
        let link = if others.is_empty() { &self.inner.commands } else { self.inner.bulk().await? };
        let mut owners: Vec<String> = Vec::new();
        loop {
            let mut lists: Vec<(State, String, &str)> = Vec::new();
            for state in others {
                match state {
                    State::Running => {
                        let known = self.inner.running.knows(&Wanted::new(*state, parts));
                        let how = if known { "EXISTS" } else { "SMEMBERS" };
                        lists.push((*state, keys.running_tasks.clone(), how));
                    }
                    State::Failed => lists.push((*state, keys.failed_tasks.clone(), "SMEMBERS")),
                    State::Finished => lists.push((*state, keys.finished_tasks.clone(), "LRANGE")),
                    State::Queued => {
                        let queues = self.queues_of(&owners).into_iter();
                        lists.extend(queues.map(|queue| (*state, queue, "LRANGE")));
                    }
                }
            }
            let mut call = script::FETCH.call(2 + lists.len(), 512 + 256 * lists.len());
            call.arg(&keys.finished_tasks).arg(keys.own_queues());
            for (_, key, _) in &lists {
                call.arg(key);
            }
            match cached {
                None => call.arg("").arg("").arg(""),
                Some(cached) => match cached.last() {
                    None => call.arg(cached.known()).arg("").arg(""),
                    Some(last) => call.arg(cached.known()).arg(last.index).arg(&last.key),
                },
            };
            call.arg(FEW).arg(&finished);
            for (state, _, how) in &lists {
                call.arg(how).arg(Wanted::new(*state, parts).joined());
            }
            let answer = reply::array(link.send(&call).await?)?;
            let [length, restarted, new, hashes, now, found, read, existing]: [Value; 8] =
                answer.try_into().map_err(|values| reply::unexpected(&Value::Array(values)))?;
            let mut now = reply::texts(now)?;
            now.sort_unstable();
            if now != owners && others.contains(&State::Queued) {
                owners = now;
                continue;
            }
            let finished = usize::try_from(reply::count(&length)?).unwrap_or(usize::MAX);
            let existing = usize::try_from(reply::count(&existing)?).unwrap_or(usize::MAX);
            let mut merged: Vec<(Wanted, Tasks)> = Vec::with_capacity(others.len());
            let lists = lists.iter().zip(reply::array(found)?.into_iter().zip(reply::array(read)?));
            for ((state, _, _), (found, read)) in lists {
                let mut tasks = Tasks { keys: reply::texts(found)?, hashes: reply::array(read)? };
                if *state == State::Queued {
                    // The oldest is at the right end.
                    tasks.keys.reverse();
                    tasks.hashes.reverse();
                }
                match merged.last_mut() {
                    Some((wanted, earlier)) if wanted.state == *state => {
                        earlier.keys.append(&mut tasks.keys);
                        earlier.hashes.append(&mut tasks.hashes);
                    }
                    _ => merged.push((Wanted::new(*state, parts), tasks)),
                }
            }
            let new = Tasks { keys: reply::texts(new)?, hashes: reply::array(hashes)? };
            return Ok(Moment {
                finished,
                restarted: restarted == Value::Int(1),
                new,
                others: merged,
                existing,
            });
        }
    }
}

impl Worker {
    /// The tasks in the given states as a table; see [`Network::fetch`].
    pub async fn fetch(&self, states: &[State], parts: Parts) -> Result<Table> {
        self.inner.network.fetch(states, parts).await
    }

    /// The same, unless what is not in the cache takes more bytes than this; see [`Network::fetch_within`].
    pub async fn fetch_within(&self, states: &[State], parts: Parts, bytes: usize) -> Result<Option<Table>> {
        self.inner.network.fetch_within(states, parts, bytes).await
    }
}
