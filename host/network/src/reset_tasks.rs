//! Deleting all tasks, and leaving the workers.

use redis::Value;

use crate::{
    Network, Result, WorkerId, reply,
    script::{self, token},
};

impl Network {
    /// Deletes all tasks, in one step for whoever looks. Answers how many.
    ///
    /// Workers stay as they are, and so do their logs, hashes beside the tasks, and what is stored for workers. Whatever a worker
    /// was evaluating is refused when it finishes or fails it. Whoever fetches what is new begins anew.
    ///
    /// Safe to interrupt: doing it again goes on.
    pub async fn reset_tasks(&self) -> Result<u64> {
        let token = token();
        let count = loop {
            if let Some(count) = self.reset_tasks_slice(&token).await? {
                break count;
            }
        };
        self.inner.local.forget_finished();
        self.inner.finished.forget();
        self.inner.running.forget();
        Ok(count)
    }

    /// How many tasks there were, if that was the last slice.
    async fn reset_tasks_slice(&self, token: &str) -> Result<Option<u64>> {
        let all = &self.inner.keys;
        let link = self.inner.bulk().await?;
        let worker_ids = all.worker_ids();
        let ids = reply::texts(link.send(redis::cmd("SMEMBERS").arg(&worker_ids)).await?)?;
        let mut call = script::RESET_TASKS.call(9 + 3 * ids.len(), 512 + 256 * ids.len());
        call.arg(&all.all_tasks).arg(all.discarded()).arg(all.answers()).arg(worker_ids);
        call.arg(&all.queued_tasks).arg(&all.running_tasks).arg(&all.finished_tasks).arg(&all.failed_tasks);
        call.arg(all.own_queues());
        for id in &ids {
            let worker = all.worker(&WorkerId::stored(id.clone()));
            call.arg(worker.info).arg(worker.running).arg(worker.queue);
        }
        call.arg(token).arg(&all.wakeup).arg(&ids);
        match link.send(&call).await? {
            Value::Nil => Ok(None),
            count => reply::count(&count).map(Some),
        }
    }
}
