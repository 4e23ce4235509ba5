//! What a batch system says of those that have not come. Each time it is asked in a task of its own: without its controller Slurm takes
//! nine seconds to say so, and a run has more to do than to listen.

use std::time::Duration;

use rush_launch::{JobState, LaunchError, Launched};
use rush_network::{LaunchId, Network};
use tokio::{task::JoinSet, time::Instant};

/// Between two questions at least so much time passes: it has others to serve, too.
const SHORTEST: Duration = Duration::from_secs(2);
/// And at most so much.
const LONGEST: Duration = Duration::from_secs(30);

/// What is known of those that have not come.
#[derive(Debug)]
pub(crate) struct Answer {
    /// What the batch system says; nothing, if there is none.
    pub(crate) states: Result<Vec<JobState>, LaunchError>,
    /// Somebody else has taken back the permission to begin.
    pub(crate) withdrawn: bool,
}

/// The questions, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    asked: JoinSet<Answer>,
    first: Option<Instant>,
    latest: Option<Instant>,
    /// That it does not answer was told, and how.
    told: String,
}

impl Queue {
    /// Asks, unless it was asked a moment ago or has not answered yet.
    pub(crate) fn ask(&mut self, launched: &Launched, network: &Network) {
        let since = self.first.get_or_insert_with(Instant::now).elapsed();
        let is_soon = self.latest.is_some_and(|latest| latest.elapsed() < pause(since));
        if is_soon || !self.asked.is_empty() {
            return;
        }
        let states = launched.waiting(network);
        // The others are those of restarts.
        let launch = launched.records.first().map(|record| record.id.clone());
        let network = network.clone();
        self.asked.spawn(async move {
            let states = states.await;
            // Asked last: who withdraws them cancels their jobs after that, so that those have ended is no failure then.
            let withdrawn = is_withdrawn(&network, launch).await;
            Answer { states, withdrawn }
        });
    }

    /// The next answer; none without a question.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        let answer = self.asked.join_next().await?.ok();
        self.latest = Some(Instant::now());
        answer
    }

    /// Takes note that there was no answer; whether that is news.
    pub(crate) fn is_news(&mut self, error: &LaunchError) -> bool {
        // The connection says so itself.
        let is_redis = matches!(error, LaunchError::Network(rush_network::Error::Unavailable { .. }));
        let text = error.to_string();
        !is_redis && std::mem::replace(&mut self.told, text.clone()) != text
    }

    /// Takes note that there was an answer.
    pub(crate) fn answers(&mut self) {
        self.told.clear();
    }
}

/// Who has waited for hours does not mind another half a minute; that somebody has come is known from the network anyway.
fn pause(since: Duration) -> Duration {
    (since / 10).clamp(SHORTEST, LONGEST)
}

async fn is_withdrawn(network: &Network, launch: Option<LaunchId>) -> bool {
    match launch {
        // Who cannot be asked has not said so.
        Some(launch) => matches!(network.may_begin(&launch).await, Ok(false)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_long_asks_seldom() {
        let asked = |seconds| pause(Duration::from_secs(seconds)).as_secs();
        assert_eq!([0, 20, 100, 3_600].map(asked), [2, 2, 10, 30]);
    }
}
