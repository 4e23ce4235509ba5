//! Taking a network apart.

use redis::Value;

use crate::{Network, Result, WorkerId, read::Read, reply, script};

impl Network {
    /// Deletes every key of the network. Workers that live hear of it and end, and nothing that they write counts any more.
    ///
    /// Safe to interrupt: doing it again goes on.
    pub async fn reset(&self) -> Result<()> {
        // The reply of the last call can be lost: then the next finds an empty network, which is the same.
        while !self.reset_slice().await? {}
        self.inner.local.forget_finished();
        self.inner.finished.forget();
        Ok(())
    }

    /// Whether that was the last slice.
    async fn reset_slice(&self) -> Result<bool> {
        let all = &self.inner.keys;
        let link = self.inner.bulk().await?;
        let sets = [all.worker_ids(), all.hashes(), all.stored()];
        let mut values = self.read(link, &sets.each_ref().map(|set| (set, Read::Set))).await?.into_iter();
        let mut next = || reply::texts(values.next().unwrap_or_default());
        let (workers, hashes, stored) = (next()?, next()?, next()?);
        let seen = [workers.len(), hashes.len(), stored.len()];

        let workers: Vec<_> = workers.into_iter().map(|id| all.worker(&WorkerId::stored(id))).collect();
        let mut keys: Vec<String> = workers.iter().map(|worker| worker.info.clone()).collect();
        keys.extend(workers.iter().flat_map(|worker| worker.all().map(str::to_owned)));
        keys.extend(hashes);
        keys.extend(stored);
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
            all.run(),
            all.start_args(),
            all.terminate(),
        ]);
        let mut call = script::RESET.call(4 + keys.len(), 96 * keys.len());
        call.arg(&all.all_tasks).arg(&sets).arg(keys);
        call.arg(workers.len()).arg(&seen).arg(&all.wakeup);
        Ok(link.send(&call).await? == Value::Int(1))
    }
}
