//! The loop.

use rush_worker::prelude::*;
use search_space::{Point, Space};

use crate::Args;

/// Evaluates the objective at random points, until the budget is used up or the worker is told to end. A full Redis, and an exact
/// budget whose last places others have, are waited for.
pub fn random_search(worker: &mut Worker) -> Result<()> {
    let args: Args = worker.args()?;
    let space = args.space()?;
    match (&args.lower, &args.upper) {
        (Some(lower), Some(upper)) => {
            info!(target: "random-search", "draws points between {lower:?} and {upper:?}");
        }
        _ => info!(target: "random-search", "draws points of {} parameters", space.parameters().len()),
    }
    match args.batch.get() {
        1 if args.fused => fused(worker, &args, &space),
        1 => plain(worker, &args, &space),
        batch => batches(worker, &args, &space, batch.into()),
    }
}

fn plain(worker: &mut Worker, args: &Args, space: &Space) -> Result<()> {
    while search_space::goes_on(worker, args.budget)? {
        let xs = space.draw(worker.rng());
        let Some(key) = worker.when_there_is_room(|worker| worker.push_running_one(&xs))? else { break };
        worker.evaluate_task(&key, &xs)?;
    }
    Ok(())
}

/// The same with one round trip for each task that succeeds: the result of one and the start of the next travel together.
fn fused(worker: &mut Worker, args: &Args, space: &Space) -> Result<()> {
    let mut running: Option<(Key, Point<'_>)> = None;
    while search_space::goes_on(worker, args.budget)? {
        let next = space.draw(worker.rng());
        let pushed = match running.take() {
            Some((key, xs)) => worker.evaluate_task_and_push_running(&key, &xs, &next)?,
            None => None,
        };
        let key = match pushed {
            Some(key) => key,
            // The first one; or the other task failed, or somebody settled it first; or the exact budget has no place left.
            None => match worker.when_there_is_room(|worker| worker.push_running_one(&next))? {
                Some(key) => key,
                None => break,
            },
        };
        running = Some((key, next));
    }
    if let Some((key, xs)) = running {
        worker.evaluate_task(&key, &xs)?;
    }
    Ok(())
}

/// The same with two round trips for a batch.
fn batches(worker: &mut Worker, args: &Args, space: &Space, batch: usize) -> Result<()> {
    while search_space::goes_on(worker, args.budget)? {
        let xss: Vec<_> = (0..batch).map(|_| space.draw(worker.rng())).collect();
        let keys = worker.push_running_what_fits(&xss)?;
        if keys.is_empty() {
            break;
        }
        worker.evaluate_together(keys.iter().zip(&xss))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rush_worker::testing::TestNetwork;
    use serde_json::json;

    use super::*;

    /// A row whose names need not differ.
    struct Ys(Vec<(&'static str, f64)>);

    impl Serialize for Ys {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().copied())
        }
    }

    #[derive(Deserialize)]
    struct Drawn {
        depth: i64,
        kernel: String,
        rate: f64,
        shift: f64,
    }

    fn network(fused: bool) -> TestNetwork {
        TestNetwork::new()
            .seed(42)
            .args(&json!({ "lower": [-5, 0.0], "upper": [10.0, 15], "fused": fused }))
            .objective(branin::objective)
    }

    fn network_of_batches(batch: u16) -> TestNetwork {
        network(false).args(&json!({ "lower": [-5, 0.0], "upper": [10.0, 15], "batch": batch }))
    }

    #[test]
    fn results_are_those_of_the_points() {
        for fused in [false, true] {
            let network = network(fused).stop_when_finished(50);
            random_search(&mut network.worker()).unwrap();
            assert_eq!(network.count().finished, if fused { 51 } else { 50 }, "fused: {fused}");
            assert_eq!(network.count().running, 0);
            for task in network.finished() {
                let xs: branin::Point = task.xs().unwrap();
                assert!((-5.0..=10.0).contains(&xs.x1) && (0.0..=15.0).contains(&xs.x2));
                assert_eq!(task.ys(), Ok(branin::objective(xs)));
            }
        }
    }

    #[test]
    fn both_ways_draw_the_same_points() {
        let points = |fused| {
            let network = network(fused).stop_when_finished(20);
            random_search(&mut network.worker()).unwrap();
            network.finished().into_iter().take(20).map(|task| task.xs).collect::<Vec<_>>()
        };
        assert_eq!(points(false), points(true));
    }

    #[test]
    fn batches_have_the_same_points_and_results() {
        let points = |network: TestNetwork| {
            let network = network.stop_when_finished(40);
            random_search(&mut network.worker()).unwrap();
            network.finished().into_iter().map(|task| (task.xs, task.ys)).collect::<Vec<_>>()
        };
        let single = points(network(false));
        assert_eq!(single, points(network_of_batches(10)));
        // A batch that has begun is finished.
        let longer = points(network_of_batches(16));
        assert_eq!((longer.len(), &longer[..40]), (48, &single[..]));
    }

    #[test]
    fn an_exact_budget_is_met_exactly_by_batches() {
        for batch in [2, 7, 10, 50] {
            let network = network_of_batches(batch).budget(30);
            random_search(&mut network.worker()).unwrap();
            assert_eq!((network.count().finished, network.count().running), (30, 0), "batch: {batch}");

            let network = network_of_batches(batch).budget(30);
            let dying = network.worker();
            dying.push_running_one(&()).unwrap();
            network.lose_while_others_wait(dying.id());
            random_search(&mut network.worker()).unwrap();
            let Counts { finished, failed, .. } = network.count();
            assert_eq!((finished, failed), (30, 1), "batch: {batch}");
        }
    }

    #[test]
    fn in_a_batch_each_point_fares_for_itself() {
        let mut evaluations = 0;
        let differs = move |xs: branin::Point| {
            evaluations += 1;
            match evaluations % 5 {
                0 => Err("each fifth fails"),
                // Names that stand twice cannot be stored.
                1 => Ok(Ys(vec![("y", xs.x1), ("y", xs.x2)])),
                _ => Ok(Ys(vec![("y", xs.x1)])),
            }
        };
        let network = network_of_batches(10).failing_objective(differs).budget(60);
        random_search(&mut network.worker()).unwrap();
        let Counts { running, finished, failed, .. } = network.count();
        assert_eq!([running, finished, failed], [0, 60, 39]);
        let conditions: std::collections::BTreeSet<String> =
            network.tasks().into_iter().filter_map(|task| Some(task.condition?.message)).collect();
        assert_eq!(conditions.len(), 2, "{conditions:?}");
    }

    #[test]
    fn parameters_are_of_all_kinds() {
        let space = json!({
            "depth": { "type": "integer", "lower": 1, "upper": 20 },
            "kernel": { "levels": ["rbf", "linear"] },
            "rate": { "lower": 1e-3, "upper": 10, "log": true },
            "shift": { "lower": 0, "upper": 1 },
        });
        let network = TestNetwork::new()
            .args(&json!({ "space": space }))
            .objective(|Drawn { rate, .. }| BTreeMap::from([("y", rate)]))
            .stop_when_finished(20);
        random_search(&mut network.worker()).unwrap();
        for task in network.finished() {
            let Drawn { depth, kernel, rate, shift } = task.xs().unwrap();
            assert!((1..=20).contains(&depth) && ["rbf", "linear"].contains(&kernel.as_str()));
            assert!((1e-3..=10.0).contains(&rate) && (0.0..=1.0).contains(&shift));
        }
    }

    #[test]
    fn an_exact_budget_is_met_exactly() {
        for fused in [false, true] {
            let network = network(fused).budget(10);
            random_search(&mut network.worker()).unwrap();
            assert_eq!((network.count().finished, network.count().running), (10, 0), "fused: {fused}");
        }
    }

    #[test]
    fn an_exact_budget_is_met_although_the_last_task_dies_with_its_worker() {
        for fused in [false, true] {
            let network = network(fused).budget(10);
            let dying = network.worker();
            dying.push_running_one(&()).unwrap();
            network.lose_while_others_wait(dying.id());
            random_search(&mut network.worker()).unwrap();
            let Counts { finished, failed, .. } = network.count();
            assert_eq!((finished, failed), (10, 1), "fused: {fused}");
        }
    }

    #[test]
    fn places_that_queued_tasks_keep_are_not_waited_for_for_ever() {
        // Nobody evaluates what is queued, so the last place of the budget stays taken.
        for network in [network(false), network(true), network_of_batches(4)] {
            let network = network.budget(10);
            network.worker().push(&[()]).unwrap();
            random_search(&mut network.worker()).unwrap();
            let Counts { queued, running, finished, .. } = network.count();
            assert_eq!([queued, running, finished], [1, 0, 9]);
        }
    }

    #[test]
    fn the_loops_own_budget_counts_what_others_finish() {
        let network = TestNetwork::new()
            .args(&json!({ "lower": [0, 0], "upper": [1, 1], "budget": 5 }))
            .objective(branin::objective);
        random_search(&mut network.worker()).unwrap();
        assert_eq!(network.count().finished, 5);
        random_search(&mut network.worker()).unwrap();
        assert_eq!(network.count().finished, 5);
    }

    #[test]
    fn parameters_are_as_many_as_bounds_and_have_the_names_of_the_arguments() {
        let network = TestNetwork::new()
            .args(&json!({ "lower": [0, 1, 2], "upper": [1, 2, 3], "names": ["a", "b", "c"] }))
            .objective(|xs: BTreeMap<String, f64>| BTreeMap::from([("sum", xs.values().sum::<f64>())]))
            .stop_when_finished(1);
        random_search(&mut network.worker()).unwrap();
        let names: Vec<_> = network.tasks()[0].xs.iter().map(|field| field.name.clone()).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn a_point_that_cannot_be_evaluated_costs_its_task_alone() {
        for fused in [false, true] {
            let mut evaluations = 0;
            let fails_each_third = move |xs: branin::Point| {
                evaluations += 1;
                if evaluations % 3 == 0 { Err("each third fails") } else { Ok(branin::objective(xs)) }
            };
            let network = network(fused).failing_objective(fails_each_third).budget(20);
            random_search(&mut network.worker()).unwrap();
            let Counts { running, finished, failed, .. } = network.count();
            assert_eq!([running, finished, failed], [0, 20, 9], "fused: {fused}");
        }
    }

    #[test]
    fn wrong_arguments_are_named() {
        let error =
            |args| random_search(&mut TestNetwork::new().args(&args).worker()).unwrap_err().to_string();
        assert_eq!(
            error(json!({ "lower": [0, "a"], "upper": [1, 1] })),
            "`loop.args.lower[1]` in the run file: invalid type: string \"a\", expected f64"
        );
        assert_eq!(
            error(json!({ "lower": [0, 0], "uper": [1, 1] })),
            "`loop.args.uper` in the run file: unknown field `uper`, expected one of `lower`, `upper`, `names`, \
             `space`, `budget`, `batch`, `fused`"
        );
        assert_eq!(error(json!({ "lower": [0, 0] })), "`loop.args` in the run file: missing field `upper`");
        assert_eq!(
            error(json!({ "lower": [0], "upper": [1], "batch": 0 })),
            "`loop.args.batch` in the run file: invalid value: integer `0`, expected a nonzero u16"
        );
        assert_eq!(
            error(json!({ "lower": [0], "upper": [1], "batch": 2, "fused": true })),
            "`loop.args.fused` saves round trips of single points: leave it out with a `batch`"
        );
    }

    #[test]
    fn a_lost_worker_ends_with_that_error() {
        let network = network(false);
        let mut worker = network.worker();
        network.lose(worker.id());
        assert!(matches!(random_search(&mut worker), Err(Error::LostOwnership(_))));
        assert_eq!(network.tasks(), []);
    }
}
