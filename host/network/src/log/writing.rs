//! A worker stores what it logs.

use crate::{LogEvent, Result, Worker, script};

/// What is larger than this takes the connection for what is large.
const LARGE: usize = 64 << 10;

impl Worker {
    /// Stores log events, in their order, after those of earlier calls. They are kept when the worker ends, until a reset.
    ///
    /// [`Error::LostOwnership`](crate::Error::LostOwnership) if the worker is no longer registered: whoever logs stores
    /// everything before the [end](Self::end).
    pub async fn log(&self, events: &[LogEvent]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let events: Vec<String> = events.iter().map(LogEvent::to_json).collect();
        let bytes: usize = events.iter().map(String::len).sum();
        let network = &self.inner.network.inner;
        let link = if bytes > LARGE { network.bulk().await? } else { &network.commands };
        let mut request = self.inner.logs.lock().await;
        *request += 1;
        let mut call = script::LOG.call(2, 256 + bytes + 16 * events.len());
        call.arg(&self.inner.keys.info).arg(&self.inner.keys.events);
        call.arg(self.inner.incarnation).arg(*request);
        call.arg(network.keys.log()).arg(self.id().as_str()).arg(events);
        self.send_over(link, &call).await.map(drop)
    }
}
