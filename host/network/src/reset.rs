//! Taking a network apart.

use redis::Value;

use crate::{Network, Result, WorkerId, reply, script};

impl Network {
    /// Deletes every key of the network. Workers that live hear of it and end, and nothing that they write counts any more.
    ///
    /// Safe to interrupt: doing it again goes on.
    pub async fn reset(&self) -> Result<()> {
        // The reply of the last call can be lost: then the next finds an empty network, which is the same.
        while !self.reset_slice().await? {}
        self.inner.local.forget_finished();
        self.inner.finished.forget();
        self.inner.running.forget();
        Ok(())
    }

    /// Whether that was the last slice.
    async fn reset_slice(&self) -> Result<bool> {
        let all = &self.inner.keys;
        let link = self.inner.bulk().await?;
        let worker_ids = all.worker_ids();
        let mut smembers = redis::cmd("SMEMBERS");
        let ids = reply::texts(link.send(smembers.arg(&worker_ids)).await?)?;
        let workers: Vec<_> = ids.iter().map(|id| all.worker(&WorkerId::stored(id.clone()))).collect();
        let mut keys: Vec<String> = workers.iter().map(|worker| worker.info.clone()).collect();
        keys.extend(workers.iter().flat_map(|worker| worker.all().map(str::to_owned)));
        keys.extend([
            all.queued_tasks.clone(),
            all.running_tasks.clone(),
            all.finished_tasks.clone(),
            all.failed_tasks.clone(),
            all.running_worker_ids(),
            all.terminated_worker_ids(),
            all.killed_worker_ids(),
            all.lost_worker_ids(),
            all.heartbeat_keys(),
            all.own_queues(),
            all.restarts(),
            all.launches(),
            all.run(),
            all.answers(),
            all.start_args(),
            all.terminate(),
        ]);
        let mut call = script::RESET.call(5 + keys.len(), 256 + 96 * keys.len());
        call.arg(&all.all_tasks).arg(&worker_ids).arg(all.hashes()).arg(all.stored()).arg(all.discarded());
        call.arg(keys).arg(&all.wakeup).arg(&ids);
        Ok(link.send(&call).await? == Value::Int(1))
    }
}
