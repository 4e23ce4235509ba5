//! The heart of a process: one task beats for all its workers, hears wake-ups, watches the stop conditions, and buries the dead.

use std::time::Duration;

use redis::{PushInfo, PushKind, Value};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior},
};

use crate::{
    Burial, End, EndKind, Error, Invalid, Network, Result, StopConditions, StopReason, Verdict,
    cancels::CancelReader,
    link::{Link, Subscription},
    local::LocalWorker,
    queues::Lengths,
    reply, script,
    silent::{SLICE, Silent},
    wake_up::WakeUp,
    worker::millis,
};

/// How a heart beats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeartSettings {
    /// Time between two beats.
    pub period: Duration,
    /// How long a beat lives: a worker without one for so long is buried.
    pub expire: Duration,
    /// When the run is over.
    pub stop: StopConditions,
}

impl Default for HeartSettings {
    /// A beat each second, buried after ten without, no stop condition.
    fn default() -> Self {
        Self {
            period: Duration::from_secs(1),
            expire: Duration::from_secs(10),
            stop: StopConditions::default(),
        }
    }
}

/// A beating heart. It stops beating when it is dropped; [`Heart::stop`] also waits for it.
#[derive(Debug)]
pub struct Heart {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Heart {
    /// Starts beating for all workers of this process that are or will be registered through `network`.
    ///
    /// It runs on the current tokio runtime, which should be one that no guest can keep busy.
    pub async fn start(network: &Network, settings: HeartSettings) -> Result<Self> {
        let HeartSettings { period, expire, stop: conditions } = settings;
        if period.is_zero() || expire < period {
            return Err(Invalid::Heartbeat { period, expire }.into());
        }
        if conditions.exact && conditions.finished.is_none() {
            return Err(Invalid::Budget.into());
        }
        // Before anything can fail: whoever registers is bound by it.
        if let Some(budget) = conditions.budget() {
            network.set_budget(Some(budget));
        }
        let (sender, wakeups) = mpsc::unbounded_channel();
        let channel = network.inner.keys.wakeup.clone();
        let response_timeout = (expire / 3).clamp(SHORTEST_RESPONSE_TIMEOUT, LONGEST_RESPONSE_TIMEOUT);
        let subscription = Subscription { channel, sender, response_timeout };
        let link = Link::connect(&network.inner.settings, Some(subscription)).await?;
        if conditions.after.is_some() {
            network.begin_run_unless_begun(&link).await?;
        }
        network.inner.local.set_finish_line(conditions.finished);
        let (stop, stopped) = oneshot::channel();
        let silent = Silent::new(period, expire);
        let cancels = CancelReader::start(network.clone());
        let state = State { network: network.clone(), settings, link, silent, cancels };
        Ok(Self { stop: Some(stop), task: tokio::spawn(state.beat_until(stopped, wakeups)) })
    }

    /// Stops beating, and waits until it does; a beat on its way is given up.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        // An error here is a panic in the task, which its runtime has reported.
        let _ = self.task.await;
    }
}

/// However short a beat lives, a busy Redis is given so much time to answer, and never more than so much.
const SHORTEST_RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);
const LONGEST_RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);

struct State {
    network: Network,
    settings: HeartSettings,
    link: Link,
    silent: Silent,
    cancels: CancelReader,
}

/// What a heart does next.
enum Event {
    Tick,
    Push(PushInfo),
    /// This process was the one that crossed the finish line.
    Progress,
}

impl State {
    async fn beat_until(
        mut self,
        mut stopped: oneshot::Receiver<()>,
        mut wakeups: mpsc::UnboundedReceiver<PushInfo>,
    ) {
        let mut ticks = tokio::time::interval(self.settings.period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let network = self.network.clone();
        loop {
            let event = tokio::select! {
                _ = &mut stopped => return,
                _ = ticks.tick() => Event::Tick,
                Some(push) = wakeups.recv() => Event::Push(push),
                () = network.inner.local.progress.notified() => Event::Progress,
            };
            // A call gives up only after a long time; whatever it says, the next tick tries again.
            tokio::select! {
                _ = &mut stopped => return,
                done = self.follow(event) => match done {
                    Ok(()) => {}
                    // The link has said so, and says when that is over.
                    Err(error @ Error::Unavailable { .. }) => tracing::debug!(%error, "a beat failed"),
                    Err(error) => tracing::warn!(%error, "a beat failed"),
                },
            }
        }
    }

    async fn follow(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Tick => {
                self.beat_for_all().await?;
                self.look().await?;
                self.bury_the_silent().await?;
                self.network.claim_restarts(&self.link).await
            }
            Event::Push(push) => self.hear(push).await,
            Event::Progress => {
                self.announce_stop().await;
                Ok(())
            }
        }
    }

    async fn hear(&mut self, push: PushInfo) -> Result<()> {
        match push.kind {
            PushKind::Disconnection => {
                self.silent.interrupted();
                self.link.reconnect().await?;
                // What was published in between was not heard.
                self.beat_for_all().await?;
                self.look().await
            }
            PushKind::Message => {
                let Some(Value::BulkString(message)) = push.data.get(1) else { return Ok(()) };
                let local = &self.network.inner.local;
                match WakeUp::parse(&String::from_utf8_lossy(message)) {
                    WakeUp::Queue(tasks) => local.wake_poppers(tasks),
                    WakeUp::Worker(id) => {
                        if let Some(worker) = local.get(&id) {
                            worker.signals.changed.notify_waiters();
                            self.beat(&[worker]).await?;
                        }
                    }
                    WakeUp::Look => {
                        self.beat_for_all().await?;
                        self.look().await?;
                        self.network.claim_restarts(&self.link).await?;
                    }
                    WakeUp::Other => {}
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn beat_for_all(&mut self) -> Result<()> {
        let workers = self.network.inner.local.all();
        if workers.is_empty() {
            // Who beats for nobody hears from Redis in this way: only an answer makes a beat.
            self.link.reconnect().await?;
        } else {
            self.beat(&workers).await?;
        }
        self.silent.heard();
        Ok(())
    }

    /// One script for all workers, in slices; tells each what has become of it.
    async fn beat(&self, workers: &[LocalWorker]) -> Result<()> {
        for slice in workers.chunks(250) {
            let mut call = script::BEAT.call(4 * slice.len(), 256 * slice.len());
            let keys: Vec<_> =
                slice.iter().map(|worker| self.network.inner.keys.worker(&worker.id)).collect();
            call.arg(keys.iter().map(|worker| &worker.info).collect::<Vec<_>>());
            call.arg(keys.iter().map(|worker| &worker.heartbeat).collect::<Vec<_>>());
            for worker in &keys {
                call.arg(&worker.terminate).arg(&worker.kill);
            }
            call.arg(self.settings.period.as_secs_f64()).arg(millis(self.settings.expire));
            for worker in slice {
                call.arg(worker.incarnation);
            }
            for worker in slice {
                call.arg(worker.signals.cancels.heard());
            }
            let answers = reply::array(self.link.send(&call).await?)?;
            for (worker, answer) in slice.iter().zip(answers) {
                self.tell(worker, &answer).await?;
            }
        }
        Ok(())
    }

    async fn tell(&self, worker: &LocalWorker, answer: &Value) -> Result<()> {
        let answer = match answer {
            Value::Array(both) => {
                let [answer, notes] = both.as_slice() else { return Err(reply::unexpected(answer)) };
                self.cancels.read(worker, reply::text(notes.clone())?.unwrap_or_default());
                answer
            }
            answer => answer,
        };
        match answer {
            Value::Int(0) => {}
            Value::Int(1) => worker.signals.terminate(),
            // A manager of R rush cannot end the worker itself.
            Value::Int(2) => {
                let end = End::new(EndKind::Killed, "Worker was killed");
                self.network
                    .end_worker(&self.link, &worker.id, Some(worker.incarnation), &end, false)
                    .await?;
                worker.signals.decide(Verdict::Killed);
            }
            other => {
                let state = reply::text(other.clone())?.unwrap_or_default();
                worker.signals.decide(match state.as_str() {
                    "killed" => Verdict::Killed,
                    "lost" => Verdict::Lost,
                    _ => Verdict::Removed,
                });
            }
        }
        Ok(())
    }

    /// Looks whether the run is over, and whether tasks wait that nobody has announced.
    async fn look(&self) -> Result<()> {
        let network = &self.network;
        let local = &network.inner.local;
        let Lengths { counts, common, waited_for } = network.lengths(&self.link).await?;
        local.wake_poppers(usize::try_from(common).unwrap_or(usize::MAX));
        for worker in waited_for.iter().filter_map(|id| local.get(id)) {
            worker.signals.changed.notify_waiters();
        }
        if local.stop_reason().is_some_and(|reason| reason != StopReason::TimeUp)
            || self.settings.stop.is_empty()
        {
            return Ok(());
        }
        let elapsed = match self.settings.stop.after {
            Some(_) => self.elapsed().await?,
            None => Duration::ZERO,
        };
        if let Some(reason) = self.settings.stop.met(&counts, elapsed)
            && local.stop(reason)
        {
            self.announce_stop().await;
        }
        Ok(())
    }

    /// For as long as a period lasts, and beating in between: those that are left come with the next beat, and nobody falls
    /// silent himself over a thousand burials.
    async fn bury_the_silent(&mut self) -> Result<()> {
        let silent = self.silent.to_bury(&self.network, &self.link).await?;
        let begun = Instant::now();
        for slice in silent.chunks(SLICE) {
            self.silent
                .bury(&self.network, &self.link, slice, |worker, burial| {
                    if let Burial::Ended { failed, requeued, .. } = burial {
                        tracing::warn!(%worker, failed, requeued, "buried a worker whose heartbeat was missing");
                    }
                })
                .await?;
            if begun.elapsed() >= self.settings.period {
                break;
            }
            self.beat_for_all().await?;
        }
        Ok(())
    }

    /// How long the run has been going, by the clock of Redis.
    async fn elapsed(&self) -> Result<Duration> {
        let mut hget = redis::cmd("HGET");
        hget.arg(self.network.inner.keys.run()).arg("started");
        let started = reply::text(self.link.send(&hget).await?)?.and_then(|text| text.parse::<u64>().ok());
        let now = self.network.now(&self.link).await?;
        Ok(Duration::from_millis(started.map_or(0, |started| now.saturating_sub(started))))
    }

    /// Lets the other processes look now; those that do not hear it look with their next beat.
    async fn announce_stop(&self) {
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(&self.network.inner.keys.wakeup).arg("stop");
        if let Err(error) = self.link.send(&publish).await {
            tracing::debug!(%error, "the stop was not announced");
        }
        if let Some(reason) = self.network.inner.local.stop_reason() {
            tracing::debug!(network = %self.network.id(), "the run stops: {reason}");
        }
    }
}

impl Network {
    /// Asks all workers of this process, and those still to come, to end after their task.
    pub fn stop_local_workers(&self) {
        self.stop_local_workers_for(StopReason::Asked);
    }

    /// The same for another reason, which workers can ask for; see [`Worker::stop_reason`](crate::Worker::stop_reason). The first
    /// reason stands, but a run that is over is over also where the time was up before.
    pub fn stop_local_workers_for(&self, reason: StopReason) {
        self.inner.local.stop(reason);
    }

    /// Kills all workers of this process. They end even if Redis cannot be told.
    pub async fn kill_local_workers(&self) -> Result<()> {
        self.end_local_workers(&End::new(EndKind::Killed, "Worker was killed"), Verdict::Killed).await
    }

    /// Buries all workers of this process, because its machine is taken away: what becomes of their tasks, and who starts them again,
    /// is as for any that is lost. They end even if Redis cannot be told.
    pub async fn bury_local_workers(&self, message: &str) -> Result<()> {
        self.end_local_workers(&End::new(EndKind::Lost, message), Verdict::Lost).await
    }

    async fn end_local_workers(&self, end: &End, verdict: Verdict) -> Result<()> {
        // All at once: a Redis that is away lets each wait for long.
        let kills = self.inner.local.all().into_iter().map(async |worker| {
            let told =
                self.end_worker(&self.inner.commands, &worker.id, Some(worker.incarnation), end, false).await;
            worker.signals.decide(verdict);
            told.map(drop)
        });
        futures_util::future::join_all(kills).await.into_iter().collect()
    }

    /// Why this process asks its workers to end, if it does.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.inner.local.stop_reason()
    }

    /// Resolves when this process asks its workers to end: a stop condition is met, or somebody called
    /// [`stop_local_workers`](Self::stop_local_workers).
    pub async fn stopping(&self) -> StopReason {
        self.inner.local.stopping().await
    }
}
