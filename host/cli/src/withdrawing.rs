//! Taking back what was launched and has not begun: which launches that concerns is decided here.

use rush_network::{LaunchId, LaunchRecord, WorkerId, WorkerInfo};

use crate::{
    failure::Failure,
    pending,
    print::{talk, text},
    session::Session,
    worker_ids,
};

/// What is taken back.
#[derive(Debug, Default, PartialEq, Eq)]
struct Choice<'a> {
    launches: Vec<&'a LaunchRecord>,
    /// Their workers that have not come.
    workers: Vec<&'a WorkerId>,
    /// Named ones that cannot be taken back without others, each with its launch.
    bound: Vec<(&'a WorkerId, &'a LaunchRecord)>,
}

/// `named` are the workers that are meant; without any, all are. A launch is withdrawn as a whole.
fn choose<'a>(records: &'a [LaunchRecord], known: &[WorkerInfo], named: &[WorkerId]) -> Choice<'a> {
    let mut choice = Choice::default();
    for (record, absent) in pending::absent(records, known) {
        let (meant, others): (Vec<&WorkerId>, Vec<&WorkerId>) =
            absent.into_iter().partition(|worker| named.is_empty() || named.contains(worker));
        if named.is_empty() || !meant.is_empty() && others.is_empty() {
            choice.launches.push(record);
            choice.workers.extend(meant);
        } else {
            choice.bound.extend(meant.into_iter().map(|worker| (worker, record)));
        }
    }
    // Who was launched twice waits once.
    choice.workers.sort_unstable();
    choice.workers.dedup();
    choice
}

/// What nobody may begin any more.
#[derive(Debug, Default)]
pub(crate) struct Withdrawn {
    /// Those workers that need not be looked for any more.
    pub(crate) workers: Vec<WorkerId>,
    launches: Vec<LaunchRecord>,
}

/// Withdraws everything that was launched and has not begun. Answers those workers that need not be looked for any more.
pub(crate) async fn withdraw_all(session: &Session) -> Result<Vec<WorkerId>, Failure> {
    let withdrawn = withdraw(session, &[]).await?;
    withdrawn.cancel(session).await;
    Ok(withdrawn.workers)
}

/// Withdraws what was launched and has not begun: all of it, or what these workers wait for. Whoever begins does nothing from then on;
/// batch systems are told by [`cancel`](Withdrawn::cancel).
pub(crate) async fn withdraw(session: &Session, named: &[String]) -> Result<Withdrawn, Failure> {
    let named = worker_ids::each_once(named)?;
    let records = session.network.launches().await?;
    if records.is_empty() {
        return Ok(Withdrawn::default());
    }
    let all = records.iter().flat_map(|record| &record.processes).flat_map(|process| &process.workers);
    let ids: Vec<WorkerId> = all.map(|worker| worker.id.clone()).collect();
    let known = session.network.workers_of(&ids).await?;
    let Choice { launches, workers, bound } = choose(&records, &known, &named);
    for (worker, launch) in &bound {
        let job = pending::job(launch, "");
        let whose = if job.is_empty() { "its launch".to_owned() } else { job };
        talk::warning(format_args!(
            "worker `{worker}` waits together with others of {whose}, so it is skipped: `rush-host stop {}` withdraws all",
            session.run_file.path.display()
        ));
    }
    let ids: Vec<LaunchId> = launches.iter().map(|launch| launch.id.clone()).collect();
    session.network.withdraw_launches(&ids).await?;
    if !workers.is_empty() {
        let count = text::counted(workers.len() as u64, "worker");
        talk::line(format_args!("Withdrew {count} that had not begun"));
    }
    let bound = bound.into_iter().map(|(worker, _)| worker);
    Ok(Withdrawn {
        workers: workers.into_iter().chain(bound).cloned().collect(),
        launches: launches.into_iter().cloned().collect(),
    })
}

impl Withdrawn {
    /// Has batch systems take back what waits there, which may take its time.
    pub(crate) async fn cancel(&self, session: &Session) {
        for what in rush_launch::cancel_jobs(&session.run_file, &self.launches).await {
            talk::warning(format_args!(
                "{} could not be cancelled; when it begins, it ends at once",
                text::harmless(&what)
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pending::tests::record;

    fn id(name: &str) -> WorkerId {
        WorkerId::parse(name).unwrap()
    }

    /// Two launches, of which `a` runs: who is withdrawn if these are named, how many launches are, and who cannot be.
    fn chosen(named: &[&str]) -> (Vec<String>, usize, Vec<String>) {
        let records = [
            record("slurm", Some("1"), &[("", &["a", "b"]), ("", &["c"])]),
            record("slurm", Some("2"), &[("", &["d"])]),
        ];
        let known = [WorkerInfo::new(id("a"))];
        let named: Vec<WorkerId> = named.iter().map(|name| id(name)).collect();
        let Choice { launches, workers, bound } = choose(&records, &known, &named);
        let workers = workers.into_iter().map(ToString::to_string).collect();
        (workers, launches.len(), bound.into_iter().map(|(worker, _)| worker.to_string()).collect())
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_names_everything_is_withdrawn() {
        assert_eq!(chosen(&[]), (names(&["b", "c", "d"]), 2, names(&[])));
    }

    #[test]
    fn a_launch_is_withdrawn_as_a_whole_or_not_at_all() {
        assert_eq!(chosen(&["b"]), (names(&[]), 0, names(&["b"])));
        assert_eq!(chosen(&["c", "b"]), (names(&["b", "c"]), 1, names(&[])));
        assert_eq!(chosen(&["d", "c"]), (names(&["d"]), 1, names(&["c"])));
    }

    #[test]
    fn who_runs_is_not_concerned() {
        assert_eq!(chosen(&["a"]), (names(&[]), 0, names(&[])));
    }
}
