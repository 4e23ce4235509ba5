//! Waiting for what workers log next.

use std::time::Duration;

use redis::{PushInfo, PushKind};
use tokio::sync::mpsc;

use crate::{
    Network, Result,
    link::{Link, Subscription},
};

/// R rush's workers publish nothing, and a message can be missed: so whoever follows looks now and then.
const LOOK: Duration = Duration::from_secs(1);
/// It only listens; what it asks while it reconnects is answered soon.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Hears when a worker logs; see [`Network::follow_log`].
pub struct LogFollower {
    link: Link,
    messages: mpsc::UnboundedReceiver<PushInfo>,
    /// The connection broke, and there is no other one yet.
    cut: bool,
}

impl Network {
    /// Listens for what workers log, over a connection of its own.
    ///
    /// ```no_run
    /// # async fn example(network: rush_network::Network) -> rush_network::Result<()> {
    /// let mut follower = network.follow_log().await?;
    /// let mut position = rush_network::LogPosition::default();
    /// loop {
    ///     let log = network.read_log(None, &position).await?;
    ///     for (worker, event) in log.events {
    ///         println!("{worker} {}", event.message);
    ///     }
    ///     position = log.position;
    ///     follower.changed().await?;
    /// }
    /// # }
    /// ```
    pub async fn follow_log(&self) -> Result<LogFollower> {
        let (sender, messages) = mpsc::unbounded_channel();
        let channel = self.inner.keys.log();
        let subscription = Subscription { channel, sender, response_timeout: RESPONSE_TIMEOUT };
        let link = Link::connect(&self.inner.settings, Some(subscription)).await?;
        Ok(LogFollower { link, messages, cut: false })
    }
}

impl LogFollower {
    /// Resolves when somebody has logged since the last call, and after a second in any case: then it is time to
    /// [read](Network::read_log).
    ///
    /// Waits for a Redis that is away as every call does.
    pub async fn changed(&mut self) -> Result<()> {
        let look = tokio::time::sleep(LOOK);
        tokio::pin!(look);
        while !self.cut {
            tokio::select! {
                Some(push) = self.messages.recv() => if self.take(&push) { break },
                () = &mut look => return Ok(()),
            }
        }
        // One reading is enough for all that has come meanwhile.
        while let Ok(push) = self.messages.try_recv() {
            self.take(&push);
        }
        if self.cut {
            // What was published in between was not heard.
            self.link.reconnect().await?;
            self.cut = false;
        }
        Ok(())
    }

    /// Whether somebody has logged.
    fn take(&mut self, push: &PushInfo) -> bool {
        self.cut |= push.kind == PushKind::Disconnection;
        push.kind == PushKind::Message
    }
}

impl std::fmt::Debug for LogFollower {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LogFollower").finish_non_exhaustive()
    }
}
