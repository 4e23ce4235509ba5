//! Workers that count as running and have no heartbeat: nobody is left to bury them, or nobody has done so yet.

use std::time::Duration;

use rush_network::{WorkerId, WorkerState};
use tokio::time::Instant;

use crate::{
    failure::Failure,
    print::{talk, text},
    session::Session,
};

/// Those of these workers that count as running and have no heartbeat.
pub(crate) async fn silent(session: &Session, running: &[WorkerId]) -> Result<Vec<WorkerId>, Failure> {
    let mut workers = session.network.workers_of(running).await?;
    workers.retain(|worker| worker.state == WorkerState::Running && !worker.heartbeat);
    Ok(workers.into_iter().map(|worker| worker.id).collect())
}

/// Says that so many of the running workers have no heartbeat, and what to do about it; nothing if there are none.
pub(crate) fn tell(session: &Session, silent: usize, running: usize) {
    if silent > 0 {
        let have = if silent == 1 { "has" } else { "have" };
        let run_file = session.run_file.path.display();
        talk::line(format_args!(
            "{silent} of {} {have} no heartbeat: `rush-host detect-lost {run_file}` buries those that are lost",
            text::counted(running as u64, "running worker")
        ));
    }
}

/// For how long no running worker has had a heartbeat.
#[derive(Default)]
pub(crate) struct Silence {
    since: Option<Instant>,
    looked: Option<Instant>,
    told: bool,
}

impl Silence {
    /// Whether none of the running workers has had a heartbeat for a whole `expire`. Looks once a period.
    pub(crate) async fn is_final(
        &mut self,
        session: &Session,
        running: &[WorkerId],
    ) -> Result<bool, Failure> {
        let heartbeat = &session.run_file.heartbeat;
        let now = Instant::now();
        if running.is_empty() || self.looked.is_some_and(|looked| now < looked + heartbeat.period.as_std()) {
            return Ok(false);
        }
        let silent = silent(session, running).await?.len();
        if silent > 0 && !self.told {
            self.told = true;
            tell(session, silent, running.len());
        }
        Ok(self.judge(silent == running.len(), Instant::now(), heartbeat.expire.as_std()))
    }

    fn judge(&mut self, all_are_silent: bool, now: Instant, expire: Duration) -> bool {
        // A machine that slept has not watched, and time to live ran on while it did.
        let slept = self.looked.replace(now).is_some_and(|before| now - before > expire);
        if !all_are_silent {
            self.since = None;
            return false;
        }
        if slept {
            self.since = None;
        }
        now - *self.since.get_or_insert(now) >= expire
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_final_when_it_was_watched_for_as_long_as_a_heartbeat_lives() {
        let begun = Instant::now();
        let mut silence = Silence::default();
        let mut look = |all_are_silent, after: u64| {
            silence.judge(all_are_silent, begun + Duration::from_secs(after), Duration::from_secs(10))
        };
        assert!(!look(true, 0) && !look(true, 9));
        assert!(!look(false, 10), "somebody was heard");
        assert!(!look(true, 11) && !look(true, 20) && look(true, 21));
        assert!(!look(true, 60), "nobody has watched in between");
        assert!(!look(true, 69) && look(true, 70));
    }
}
