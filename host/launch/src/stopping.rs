//! Ending workers, wherever they are.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;
use rush_network::{Burial, Network, Result, WorkerId};
use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LAST_PAUSE: Duration = Duration::from_millis(200);

/// How workers are ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// They are asked, and end after their task, however long that takes.
    Terminate,
    /// They end at once; their running tasks fail.
    Kill,
    /// They are asked; who has not ended after this time is killed.
    Within(Duration),
}

/// What has come of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stopped {
    /// So many were running, and have been asked.
    pub asked: u64,
    /// So many were running, and have been killed.
    pub killed: u64,
}

/// Ends workers. Returns when they have ended, or, with [`Stop::Terminate`], when they have been asked.
pub async fn stop(network: &Network, workers: &[WorkerId], how: Stop) -> Result<Stopped> {
    match how {
        Stop::Kill => Ok(Stopped { asked: 0, killed: kill(network, workers).await? }),
        Stop::Terminate => Ok(Stopped { asked: terminate(network, workers).await?, killed: 0 }),
        Stop::Within(grace) => {
            let asked = terminate(network, workers).await?;
            let left = until_ended(network, workers, grace).await?;
            Ok(Stopped { asked, killed: kill(network, &left).await? })
        }
    }
}

/// Asks workers to end after their task, and answers how many were running.
pub async fn terminate(network: &Network, workers: &[WorkerId]) -> Result<u64> {
    Ok(network.terminate(workers).await?.into_iter().filter(|asked| *asked).count() as u64)
}

/// Kills workers, and answers how many were running. All are told, also when one of them could not be: then that is the answer.
pub async fn kill(network: &Network, workers: &[WorkerId]) -> Result<u64> {
    let kills = all(workers.iter().map(|worker| network.kill(worker))).await?;
    Ok(kills.iter().filter(|burial| matches!(burial, Burial::Ended { .. })).count() as u64)
}

/// Does all of this, and only then answers with the first error, if there is one.
async fn all<T, E>(
    steps: impl Iterator<Item = impl Future<Output = std::result::Result<T, E>>>,
) -> std::result::Result<Vec<T>, E> {
    join_all(steps).await.into_iter().collect()
}

/// Waits until these workers have ended, and answers those that have not.
pub async fn until_ended(
    network: &Network,
    workers: &[WorkerId],
    patience: Duration,
) -> Result<Vec<WorkerId>> {
    let deadline = Instant::now() + patience;
    let mut pause = FIRST_PAUSE;
    loop {
        let running: HashSet<WorkerId> = network.running_workers().await?.into_iter().collect();
        let left: Vec<WorkerId> = workers.iter().filter(|worker| running.contains(worker)).cloned().collect();
        if left.is_empty() || Instant::now() >= deadline {
            return Ok(left);
        }
        tokio::time::sleep_until((Instant::now() + pause).min(deadline)).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn one_that_cannot_be_told_keeps_none_of_the_others_alive() {
        let told = RefCell::new(Vec::new());
        let steps = (0..4).map(async |worker| {
            // The others are still on their way when the first fails.
            if worker > 0 {
                tokio::task::yield_now().await;
            }
            told.borrow_mut().push(worker);
            if worker % 2 == 0 { Err(worker) } else { Ok(worker) }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(all(steps)), Err(0));
        assert_eq!(told.into_inner(), [0, 1, 2, 3]);
    }
}
