//! The messages of one worker on their way to Redis.
//!
//! A guest never waits for them: they go into a buffer that is bounded, and a task stores them that exists only while there is
//! something to store. What does not fit, and what Redis does not take, is counted; an event says so.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use rush_network::{Error, LogEvent, LogLevel, Worker};
use tokio::{runtime::Handle, sync::Notify};

/// Bytes of messages that one worker may have on the way.
const MOST: usize = 1 << 20;
/// What a message needs besides its texts.
const OVERHEAD: usize = size_of::<LogEvent>() + 64;
/// The logger of what the host says in a worker's log.
pub(super) const HOST: &str = "rush-host";

/// Where messages are stored.
pub(super) trait Store: Send + Sync + 'static {
    /// Stores them in this order.
    fn store(&self, events: &[LogEvent]) -> impl Future<Output = Result<(), Error>> + Send;
}

impl Store for Worker {
    async fn store(&self, events: &[LogEvent]) -> Result<(), Error> {
        self.log(events).await
    }
}

/// The messages of one worker on their way to Redis.
pub(super) struct LogSink<S> {
    /// Whose messages.
    worker: String,
    store: S,
    /// So many messages are gathered; the next one stores all.
    buffer: usize,
    guests: Handle,
    gathered: Mutex<Gathered>,
    /// No task stores any more.
    idle: Notify,
}

#[derive(Default)]
struct Gathered {
    events: Vec<LogEvent>,
    /// Bytes of these events, and of those that are being stored.
    held: usize,
    storing: bool,
    /// Messages that are in no log, and that no event speaks of yet.
    left_out: u64,
    /// Why Redis did not take the last of them; otherwise there was no room for them here.
    refused: Option<String>,
    /// Nothing that this worker writes counts any more.
    gone: bool,
}

impl<S: Store> LogSink<S> {
    /// To be called within the runtime of the guests.
    pub(super) fn new(worker: String, store: S, buffer: u32) -> Arc<Self> {
        Arc::new(Self {
            worker,
            store,
            buffer: buffer as usize,
            guests: Handle::current(),
            gathered: Mutex::default(),
            idle: Notify::new(),
        })
    }

    /// Takes a message. Never waits.
    pub(super) fn push(self: &Arc<Self>, event: LogEvent) {
        let mut gathered = self.gathered();
        let size = size(&event);
        if gathered.gone {
            return;
        }
        if gathered.held + size > MOST {
            gathered.left_out += 1;
            return;
        }
        gathered.held += size;
        gathered.events.push(event);
        if self.is_full(&gathered) && !gathered.storing {
            gathered.storing = true;
            self.guests.spawn(Arc::clone(self).store_while_full());
        }
    }

    /// Stores what is left. The guest has ended; its worker has not.
    pub(super) async fn finish(&self) {
        loop {
            let mut idle = std::pin::pin!(self.idle.notified());
            idle.as_mut().enable();
            if self.claim() {
                break;
            }
            idle.await;
        }
        let Some(batch) = take(&mut self.gathered()) else { return };
        if let Err(error) = self.store(batch).await {
            let left_out = self.gathered().left_out;
            tracing::warn!(worker = self.worker, %error, "{left_out} messages could not be stored in the log of a worker");
        }
    }

    /// Whether nobody was storing, so that the caller is the one who does.
    fn claim(&self) -> bool {
        !std::mem::replace(&mut self.gathered().storing, true)
    }

    async fn store_while_full(self: Arc<Self>) {
        loop {
            let batch = {
                let mut gathered = self.gathered();
                if !self.is_full(&gathered) {
                    gathered.storing = false;
                    self.idle.notify_waiters();
                    return;
                }
                take(&mut gathered)
            };
            let Some(batch) = batch else { continue };
            if let Err(error) = self.store(batch).await {
                tracing::debug!(worker = self.worker, %error, "messages could not be stored in the log of a worker");
            }
        }
    }

    /// Stores messages; those that Redis does not take are counted.
    async fn store(&self, Batch { events, held, left_out }: Batch) -> Result<(), Error> {
        let stored = self.store.store(&events).await;
        let mut gathered = self.gathered();
        gathered.held -= held;
        match stored {
            Err(Error::LostOwnership { .. }) => *gathered = Gathered { gone: true, ..Gathered::default() },
            Err(error) => {
                gathered.left_out += left_out + (events.len() - usize::from(left_out > 0)) as u64;
                gathered.refused = Some(match &error {
                    Error::StorageFull { .. } => "Redis was full".to_owned(),
                    Error::Unavailable { .. } => "Redis did not answer".to_owned(),
                    error => error.to_string(),
                });
                return Err(error);
            }
            Ok(()) => {}
        }
        Ok(())
    }

    /// A buffer for more messages than there is room for is stored early.
    fn is_full(&self, gathered: &Gathered) -> bool {
        gathered.events.len() > self.buffer || gathered.held > MOST / 2 && !gathered.events.is_empty()
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages that are being stored.
struct Batch {
    events: Vec<LogEvent>,
    held: usize,
    /// So many the last of the events speaks of.
    left_out: u64,
}

/// Everything that was gathered, with a last event about what was left out; none if there is nothing to say.
fn take(gathered: &mut Gathered) -> Option<Batch> {
    let mut events = std::mem::take(&mut gathered.events);
    let held = events.iter().map(size).sum();
    let left_out = std::mem::take(&mut gathered.left_out);
    if left_out > 0 {
        let messages = if left_out == 1 { "1 message was" } else { &format!("{left_out} messages were") };
        let refused = gathered.refused.take();
        let cause = refused.as_deref().unwrap_or("they came faster than Redis takes them");
        events.push(LogEvent {
            time: SystemTime::now(),
            level: LogLevel::Warn,
            logger: HOST.to_owned(),
            caller: String::new(),
            message: format!("{messages} left out here: {cause}"),
        });
    }
    (!events.is_empty()).then_some(Batch { events, held, left_out })
}

fn size(event: &LogEvent) -> usize {
    OVERHEAD + event.logger.len() + event.caller.len() + event.message.len()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    /// A Redis that takes one call for each permit.
    struct Slow {
        permits: Semaphore,
        full: AtomicBool,
        gone: AtomicBool,
        stored: Mutex<Vec<Vec<String>>>,
    }

    impl Store for Arc<Slow> {
        async fn store(&self, events: &[LogEvent]) -> Result<(), Error> {
            self.permits.acquire().await.unwrap().forget();
            if self.full.load(Ordering::Relaxed) {
                return Err(Error::Redis("it is full".into()));
            }
            if self.gone.load(Ordering::Relaxed) {
                return Err(Error::LostOwnership { worker_id: "calm_otter".into(), reason: "killed" });
            }
            let messages = events.iter().map(|event| event.message.clone()).collect();
            self.stored.lock().unwrap().push(messages);
            Ok(())
        }
    }

    fn sink(buffer: u32, permits: usize) -> (Arc<Slow>, Arc<LogSink<Arc<Slow>>>) {
        let slow = Arc::new(Slow {
            permits: Semaphore::new(permits),
            full: AtomicBool::default(),
            gone: AtomicBool::default(),
            stored: Mutex::default(),
        });
        (Arc::clone(&slow), LogSink::new("calm_otter".into(), slow, buffer))
    }

    fn say(sink: &Arc<LogSink<Arc<Slow>>>, message: impl Into<String>) {
        sink.push(LogEvent {
            time: SystemTime::now(),
            level: LogLevel::Info,
            logger: "mlr3/rush".into(),
            caller: String::new(),
            message: message.into(),
        });
    }

    /// Lets the task that stores come as far as it can.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    fn stored(slow: &Slow) -> Vec<Vec<String>> {
        slow.stored.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn without_a_buffer_each_message_is_stored_at_once() {
        let (slow, sink) = sink(0, 100);
        for message in ["one", "two"] {
            say(&sink, message);
            settle().await;
        }
        assert_eq!(stored(&slow), [["one"], ["two"]]);
    }

    #[tokio::test]
    async fn a_buffer_of_two_is_stored_with_the_third_message() {
        let (slow, sink) = sink(2, 100);
        for message in ["one", "two"] {
            say(&sink, message);
            settle().await;
        }
        assert!(stored(&slow).is_empty());
        say(&sink, "three");
        settle().await;
        assert_eq!(stored(&slow), [["one", "two", "three"]]);
        say(&sink, "four");
        sink.finish().await;
        assert_eq!(stored(&slow)[1..], [["four"]]);
    }

    #[tokio::test]
    async fn a_large_buffer_is_stored_before_there_is_no_room_left() {
        let (slow, sink) = sink(100_000, 100);
        for _ in 0..40 {
            say(&sink, "x".repeat(64 << 10));
            settle().await;
        }
        sink.finish().await;
        assert_eq!(stored(&slow).iter().flatten().count(), 40);
    }

    #[tokio::test]
    async fn a_slow_redis_holds_nobody_up_and_what_it_misses_is_said() {
        let (slow, sink) = sink(0, 0);
        for number in 0..100_000 {
            say(&sink, number.to_string());
        }
        slow.permits.add_permits(100);
        sink.finish().await;
        let all: Vec<String> = stored(&slow).into_iter().flatten().collect();
        let (said, kept) = all.split_last().unwrap();
        assert!(kept.iter().enumerate().all(|(number, message)| *message == number.to_string()));
        let left_out = 100_000 - kept.len();
        assert!(left_out > 0 && kept.len() > 1000, "{}", kept.len());
        assert_eq!(
            *said,
            format!("{left_out} messages were left out here: they came faster than Redis takes them")
        );
    }

    #[tokio::test]
    async fn what_a_full_redis_refuses_is_counted_and_said_later() {
        let (slow, sink) = sink(0, 100);
        slow.full.store(true, Ordering::Relaxed);
        for message in ["one", "two"] {
            say(&sink, message);
            settle().await;
        }
        slow.full.store(false, Ordering::Relaxed);
        say(&sink, "three");
        sink.finish().await;
        let said = stored(&slow).into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(said[0], "three");
        assert!(said[1].starts_with("2 messages were left out here: ") && said[1].ends_with("it is full"));
        assert_eq!(said.len(), 2);
    }

    #[tokio::test]
    async fn a_worker_that_is_gone_stores_nothing_more() {
        let (slow, sink) = sink(0, 1);
        slow.gone.store(true, Ordering::Relaxed);
        say(&sink, "one");
        settle().await;
        say(&sink, "two");
        sink.finish().await;
        assert!(stored(&slow).is_empty());
    }

    #[tokio::test]
    async fn without_messages_nothing_is_sent() {
        let (slow, sink) = sink(0, 0);
        sink.finish().await;
        assert!(stored(&slow).is_empty());
    }
}
