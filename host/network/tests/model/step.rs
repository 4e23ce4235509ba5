//! What can happen to a network, at random.

use proptest::prelude::*;

use super::Policy;

pub(crate) const WORKERS: usize = 4;
const LAUNCHES: usize = 2;

/// What can happen. A task is named by a number, taken modulo how many there are: any task of any state.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Push {
        count: usize,
    },
    PushToWorker {
        target: usize,
        count: usize,
    },
    WorkerPushes {
        worker: usize,
        target: Option<usize>,
        count: usize,
    },
    PushRunning {
        worker: usize,
        count: usize,
    },
    PushFinished {
        count: usize,
    },
    PushFailed {
        worker: usize,
        count: usize,
    },
    Pop {
        worker: usize,
    },
    Finish {
        worker: usize,
        tasks: Vec<usize>,
    },
    Fail {
        worker: usize,
        tasks: Vec<usize>,
    },
    FinishAndPush {
        worker: usize,
        tasks: Vec<usize>,
        count: usize,
    },
    EmptyQueue,
    /// All, or those that are named.
    Cancel {
        tasks: Option<Vec<usize>>,
    },
    /// Those that are named, queued or running.
    CancelAny {
        tasks: Vec<usize>,
    },
    /// So many tasks more than there are, or any number.
    Budget {
        more: Option<u64>,
    },
    End {
        worker: usize,
        time_up: bool,
    },
    Kill {
        worker: usize,
    },
    Bury {
        worker: usize,
    },
    Terminate {
        worker: usize,
    },
    Restart {
        worker: usize,
        policy: Policy,
        launch: Option<usize>,
        /// Only after this incarnation.
        after: Option<u64>,
    },
    Forgo {
        worker: usize,
    },
    Launch {
        launch: usize,
    },
    Amend {
        launch: usize,
    },
    Withdraw {
        launch: usize,
    },
    ResetTasks,
    /// Whoever ran before the last restart does something.
    Ghost {
        worker: usize,
        tasks: Vec<usize>,
    },
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let worker = || 0..WORKERS;
    let launch = || 0..LAUNCHES;
    let count = || 0..4_usize;
    let tasks = || prop::collection::vec(any::<usize>(), 1..4);
    prop_oneof![
        4 => count().prop_map(|count| Step::Push { count }),
        2 => (worker(), count()).prop_map(|(target, count)| Step::PushToWorker { target, count }),
        2 => (worker(), prop::option::of(worker()), count())
            .prop_map(|(worker, target, count)| Step::WorkerPushes { worker, target, count }),
        4 => (worker(), count()).prop_map(|(worker, count)| Step::PushRunning { worker, count }),
        1 => count().prop_map(|count| Step::PushFinished { count }),
        1 => (worker(), count()).prop_map(|(worker, count)| Step::PushFailed { worker, count }),
        6 => worker().prop_map(|worker| Step::Pop { worker }),
        5 => (worker(), tasks()).prop_map(|(worker, tasks)| Step::Finish { worker, tasks }),
        4 => (worker(), tasks()).prop_map(|(worker, tasks)| Step::Fail { worker, tasks }),
        4 => (worker(), tasks(), count()).prop_map(|(worker, tasks, count)| Step::FinishAndPush { worker, tasks, count }),
        1 => Just(Step::EmptyQueue),
        1 => prop::option::of(tasks()).prop_map(|tasks| Step::Cancel { tasks }),
        3 => tasks().prop_map(|tasks| Step::CancelAny { tasks }),
        2 => prop::option::weighted(0.7, 0..6_u64).prop_map(|more| Step::Budget { more }),
        2 => (worker(), any::<bool>()).prop_map(|(worker, time_up)| Step::End { worker, time_up }),
        1 => worker().prop_map(|worker| Step::Kill { worker }),
        3 => worker().prop_map(|worker| Step::Bury { worker }),
        1 => worker().prop_map(|worker| Step::Terminate { worker }),
        4 => (worker(), policy(), prop::option::of(launch()), prop::option::weighted(0.3, 0..4_u64))
            .prop_map(|(worker, policy, launch, after)| Step::Restart { worker, policy, launch, after }),
        1 => worker().prop_map(|worker| Step::Forgo { worker }),
        2 => launch().prop_map(|launch| Step::Launch { launch }),
        1 => launch().prop_map(|launch| Step::Amend { launch }),
        1 => launch().prop_map(|launch| Step::Withdraw { launch }),
        1 => Just(Step::ResetTasks),
        2 => (worker(), tasks()).prop_map(|(worker, tasks)| Step::Ghost { worker, tasks }),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    (prop::option::of(0..4_u32), 0..3_u32, any::<bool>())
        .prop_map(|(max_attempts, max_restarts, managed)| Policy { max_attempts, max_restarts, managed })
}
