//! The loop.

use rush_worker::prelude::*;

use crate::Args;

/// Takes tasks from the queue and evaluates the objective at their points. A full Redis is waited for.
pub fn work_queue(worker: &mut Worker) -> Result<()> {
    let args: Args = worker.args()?;
    while !worker.terminated() {
        let Some(first) = pop(worker, args.patience.0)? else {
            if args.until_empty && all_is_done(worker.count()?) {
                info!(target: "work-queue", "all tasks have been evaluated");
                break;
            }
            continue;
        };
        let mut tasks = vec![first];
        while tasks.len() < args.batch.get() as usize
            && let Some(task) = pop(worker, Duration::ZERO)?
        {
            tasks.push(task);
        }
        worker.evaluate_together(tasks.iter().map(|task| (&task.key, task)))?;
    }
    Ok(())
}

/// None, too, if the worker should end.
fn pop(worker: &Worker, timeout: Duration) -> Result<Option<Task>> {
    Ok(worker.when_there_is_room(|worker| worker.pop(timeout))?.flatten())
}

/// While others evaluate something there may be more to do: what a lost worker was running is queued again, if the run file says so.
fn all_is_done(Counts { queued, running, finished, failed }: Counts) -> bool {
    queued == 0 && running == 0 && finished + failed > 0
}

#[cfg(test)]
mod tests {
    use branin::Point;
    use rush_worker::testing::TestNetwork;
    use serde_json::json;

    use super::*;

    const POINTS: [Point; 3] =
        [Point { x1: 0.0, x2: 0.0 }, Point { x1: 2.5, x2: 7.5 }, Point { x1: -5.0, x2: 15.0 }];

    fn args(batch: u32) -> serde_json::Value {
        json!({ "until_empty": true, "batch": batch })
    }

    fn network(batch: u32) -> TestNetwork {
        TestNetwork::new().args(&args(batch)).objective(branin::objective)
    }

    #[test]
    fn what_is_queued_is_evaluated_in_order() {
        for batch in [1, 2, 100] {
            let network = network(batch);
            let keys = network.worker().push(&POINTS).unwrap();
            work_queue(&mut network.worker()).unwrap();
            let finished = network.finished();
            assert_eq!(finished.iter().map(|task| task.key.clone()).collect::<Vec<_>>(), keys);
            for (task, point) in finished.iter().zip(POINTS) {
                assert_eq!(task.ys(), Ok(branin::objective(point)));
            }
        }
    }

    #[test]
    fn a_task_that_fails_costs_nothing_but_itself() {
        for batch in [1, 2, 100] {
            let network = TestNetwork::new().args(&args(batch)).failing_objective(|xs: Point| {
                if xs.x1 > 0.0 { Err("no") } else { Ok(branin::objective(xs)) }
            });
            network.worker().push(&POINTS).unwrap();
            work_queue(&mut network.worker()).unwrap();
            let Counts { queued, running, finished, failed } = network.count();
            assert_eq!([queued, running, finished, failed], [0, 0, 2, 1]);
        }
    }

    #[test]
    fn the_end_of_the_run_is_the_end_of_the_loop() {
        // Without `until_empty`, an empty queue would be waited at for ever.
        let network = TestNetwork::new().objective(branin::objective).stop_when_finished(2);
        network.worker().push(&POINTS).unwrap();
        work_queue(&mut network.worker()).unwrap();
        assert_eq!((network.count().finished, network.count().queued), (2, 1));
        network.terminate();
        work_queue(&mut network.worker()).unwrap();
    }

    #[test]
    fn all_is_done_when_something_was_and_nothing_is_left() {
        let counts = |queued, running, finished, failed| Counts { queued, running, finished, failed };
        assert!(all_is_done(counts(0, 0, 3, 0)) && all_is_done(counts(0, 0, 0, 3)));
        assert!(!all_is_done(counts(1, 0, 3, 0)));
        assert!(!all_is_done(counts(0, 1, 3, 0)), "it may be queued again");
        assert!(!all_is_done(counts(0, 0, 0, 0)), "nothing has been queued yet");
    }

    #[test]
    fn wrong_arguments_are_named() {
        let error = |args| work_queue(&mut TestNetwork::new().args(&args).worker()).unwrap_err().to_string();
        assert_eq!(
            error(json!({ "patience": "soon" })),
            "`loop.args.patience` in the run file: invalid value: string \"soon\", expected a number with a unit: \
             \"500ms\", \"30s\", \"10m\", \"2h\" or \"1d\""
        );
        assert!(
            error(json!({ "until_empty": 1 }))
                .starts_with("`loop.args.until_empty` in the run file: invalid type")
        );
        assert!(
            error(json!({ "batch": 0 }))
                .starts_with("`loop.args.batch` in the run file: invalid value: integer `0`")
        );
    }

    #[test]
    fn a_lost_worker_ends_with_that_error() {
        let network = network(1);
        let mut worker = network.worker();
        network.lose(worker.id());
        assert!(matches!(work_queue(&mut worker), Err(Error::LostOwnership(_))));
    }
}
