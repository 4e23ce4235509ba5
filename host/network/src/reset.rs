//! Taking a network apart.

use redis::Value;

use crate::{Network, Result, WorkerId, reply, script};

impl Network {
    /// Deletes every key of the network. Workers that live hear of it and end, and nothing that they write counts any more.
    ///
    /// Safe to interrupt: doing it again goes on.
    pub async fn reset(&self) -> Result<()> {
        let mut first = true;
        // The reply of the last call can be lost: then the next finds an empty network, which is the same.
        loop {
            let all = &self.inner.keys;
            let mut pipeline = redis::pipe();
            pipeline.smembers(all.worker_ids()).smembers(all.hashes()).smembers(all.stored());
            let mut values = self.inner.commands.send_atomically(&mut pipeline).await?.into_iter();
            let mut next = || reply::texts(values.next().unwrap_or_default());
            let (workers, hashes, stored) = (next()?, next()?, next()?);

            let workers: Vec<_> = workers.into_iter().map(|id| all.worker(&WorkerId::stored(id))).collect();
            let mut keys: Vec<String> = workers.iter().map(|worker| worker.info.clone()).collect();
            keys.extend(workers.iter().flat_map(|worker| worker.all().map(str::to_owned)));
            keys.extend(hashes);
            keys.extend(stored);
            keys.extend([
                all.queued_tasks.clone(), all.running_tasks.clone(), all.finished_tasks.clone(), all.failed_tasks.clone(),
                all.running_worker_ids(), all.terminated_worker_ids(), all.killed_worker_ids(), all.lost_worker_ids(),
                all.heartbeat_keys(), all.own_queues(), all.hashes(), all.stored(), all.run(), all.start_args(),
                all.terminate(),
            ]);
            let mut call = script::RESET.call(2 + keys.len(), 96 * keys.len());
            call.arg(&all.all_tasks).arg(all.worker_ids()).arg(keys);
            call.arg(u8::from(first)).arg(workers.len()).arg(workers.len()).arg(all.wakeup());
            first = false;
            if self.inner.bulk().await?.send(&call).await? == Value::Int(1) {
                return Ok(());
            }
        }
    }
}
