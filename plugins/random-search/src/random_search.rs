//! The loop.

use rush_worker::prelude::*;

use crate::{Args, Point, Space};

/// Evaluates the objective at random points, until the budget is used up or the worker is told to end. A full Redis, and an exact
/// budget whose last places others have, are waited for.
pub fn random_search(worker: &mut Worker) -> Result<()> {
    let args: Args = worker.args()?;
    let space = Space::new(&args)?;
    info!(target: "random-search", "draws points between {:?} and {:?}", args.lower, args.upper);
    if args.fused { fused(worker, &args, &space) } else { plain(worker, &args, &space) }
}

fn plain(worker: &mut Worker, args: &Args, space: &Space) -> Result<()> {
    while goes_on(worker, args)? {
        let xs = space.draw(worker.rng());
        let Some(key) = worker.when_there_is_room(|worker| worker.push_running_one(&xs))? else { break };
        worker.evaluate_task(&key, &xs)?;
    }
    Ok(())
}

/// The same with one round trip for each task that succeeds: the result of one and the start of the next travel together.
fn fused(worker: &mut Worker, args: &Args, space: &Space) -> Result<()> {
    let mut running: Option<(Key, Point<'_>)> = None;
    while goes_on(worker, args)? {
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

fn goes_on(worker: &Worker, args: &Args) -> Result<bool> {
    Ok(!worker.terminated()
        && match args.budget {
            Some(budget) => worker.count()?.finished < budget,
            None => true,
        })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rush_worker::testing::TestNetwork;
    use serde_json::json;

    use super::*;

    fn network(fused: bool) -> TestNetwork {
        TestNetwork::new()
            .seed(42)
            .args(&json!({ "lower": [-5, 0.0], "upper": [10.0, 15], "fused": fused }))
            .objective(branin::objective)
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
             `budget`, `fused`"
        );
        assert_eq!(error(json!({ "lower": [0, 0] })), "`loop.args` in the run file: missing field `upper`");
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
