//! The loop.

use rush_worker::{Field, Value, prelude::*, to_fields};
use search_space::{Goal, Point, Space};

use crate::{Args, Loss, Results, Rounds};

/// Evaluates configurations round by round, and stops those that are worse than the median, until the budget is used up or the worker
/// is told to end. A configuration ends, too, with an evaluation that fails, is cancelled or gives no result: its next round would begin
/// where that one did. A full Redis, and an exact budget whose last places others have, are waited for.
pub fn median_stopping(worker: &mut Worker) -> Result<()> {
    let args: Args = worker.args()?;
    let space = args.space()?;
    let goal = args.goal(&space)?;
    let mut seen = Seen::new(&args.rounds, &goal);
    let mut next = None;
    while search_space::goes_on(worker, args.budget)? {
        let (configuration, round) = next.take().unwrap_or_else(|| draw(worker, &space, &args.rounds));
        let xs = row(&configuration, &args.rounds, round)?;
        let Some(key) = worker.when_there_is_room(|worker| worker.push_running_one(&xs))? else { break };
        let saved = worker.evaluate_task(&key, &xs)?;
        let Some(loss) = seen.look(worker, &key)? else {
            // A result that is missing now and then ends its configuration. One that nobody has ever had is misspelt.
            if saved && seen.results.is_empty() && !worker.terminated() {
                return Err(Error::message(format!(
                    "the objective gives no number `{}`, by which `loop.args` says configurations are compared",
                    goal.name()
                )));
            }
            continue;
        };
        if seen.results.is_worse_than_median(round, loss) {
            debug!(target: "median-stopping", "stopped after round {round}");
        } else {
            next = args.rounds.after(round).map(|round| (configuration, round));
        }
    }
    Ok(())
}

fn draw<'a>(worker: &mut Worker, space: &'a Space, rounds: &Rounds) -> (Point<'a>, i64) {
    (space.draw(worker.rng()), rounds.from)
}

/// What the objective gets: the configuration, then the number of rounds.
fn row(configuration: &Point<'_>, rounds: &Rounds, round: i64) -> Result<Row> {
    let mut fields = to_fields(configuration)?;
    fields.push(Field { name: rounds.name.clone(), value: Value::Integer(round) });
    Ok(Row::from_fields(fields))
}

/// The results of all workers.
///
/// Finished tasks never change, so each is fetched once, and what matters of it is kept. Fetching all of them after each evaluation would
/// copy and sort ever longer columns to learn of a few new rows: for a run of n tasks n² / 2 rows instead of n.
struct Seen<'a> {
    rounds: &'a Rounds,
    goal: &'a Goal,
    results: Results,
}

impl<'a> Seen<'a> {
    fn new(rounds: &'a Rounds, goal: &'a Goal) -> Self {
        Self { rounds, goal, results: Results::default() }
    }

    /// Looks at what was finished meanwhile: the loss of the task of this key, if it is among it. Tasks without a round or without a
    /// result belong to somebody else.
    fn look(&mut self, worker: &Worker, key: &Key) -> Result<Option<Loss>> {
        let table = worker.fetch_new(Parts::XS | Parts::YS, Duration::ZERO)?;
        let rounds = search_space::column(&table, "xs", &self.rounds.name)?;
        let results = search_space::column(&table, "ys", self.goal.name())?;
        let (Some(rounds), Some(results)) = (rounds, results) else { return Ok(None) };
        let mut own = None;
        for ((other, round), result) in table.keys().iter().zip(&rounds).zip(&results) {
            if let (Some(round), Some(loss)) = (whole(round), self.goal.loss(result).map(Loss::new)) {
                self.results.add(round, loss);
                own = own.or((other == key).then_some(loss));
            }
        }
        Ok(own)
    }
}

/// Other languages, and files, may have other kinds of numbers.
#[expect(clippy::cast_possible_truncation, reason = "it is whole, and near enough to zero")]
fn whole(value: &Value) -> Option<i64> {
    match *value {
        Value::Integer(integer) => Some(integer),
        Value::Number(number) if number.fract() == 0.0 && number.abs() < 2_f64.powi(53) => {
            Some(number as i64)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use rush_worker::testing::TestNetwork;
    use serde_json::{Value as Json, json};

    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    struct Trained {
        rate: f64,
        nrounds: i64,
    }

    impl Trained {
        /// Whether both are of one configuration.
        fn is_of(self, other: Self) -> bool {
            self.rate.to_bits() == other.rate.to_bits()
        }
    }

    fn args(rest: &Json) -> Json {
        let mut args = json!({
            "space": { "rate": { "lower": 0.0, "upper": 1.0 } },
            "rounds": { "name": "nrounds", "from": 1, "to": 3 },
        });
        args.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        args
    }

    fn network() -> TestNetwork {
        TestNetwork::new().seed(42).args(&args(&json!({ "minimize": "loss" })))
    }

    /// One result after the other, whatever the point.
    fn in_turn(
        name: &'static str,
        results: Vec<f64>,
    ) -> impl FnMut(Trained) -> BTreeMap<&'static str, f64> + 'static {
        let mut results = results.into_iter();
        move |_| BTreeMap::from([(name, results.next().unwrap())])
    }

    fn rounds(network: &TestNetwork) -> Vec<i64> {
        network.finished().iter().map(|task| task.xs::<Trained>().unwrap().nrounds).collect()
    }

    #[test]
    fn the_median_rule_by_hand() {
        let results = [
            (1, 5.0), // the first is its own median
            (2, 5.0),
            (3, 5.0), // the last round: the configuration is complete
            (1, 7.0), // worse than 6, the median of 5 and 7
            (1, 6.0), // the median of 5, 6 and 7
            (2, 9.0), // worse than 7, the median of 5 and 9
            (1, 6.0), // the median of 5, 6, 6 and 7
            (2, 5.0), // the median of 5, 5 and 9
            (3, 5.5), // worse than 5.25, which in the last round changes nothing
            (1, 5.0),
            (2, f64::NAN), // worse than anything
            (1, 6.5),      // worse than 6, the median of 5, 5, 6, 6, 6.5 and 7
            (1, 4.0),
        ];
        let network = network()
            .objective(in_turn("loss", results.map(|(_, result)| result).to_vec()))
            .stop_when_finished(results.len() as u64);
        median_stopping(&mut network.worker()).unwrap();
        assert_eq!(rounds(&network), results.map(|(round, _)| round));
    }

    #[test]
    fn what_is_maximized_is_the_other_way_round() {
        let network = TestNetwork::new()
            .args(&args(&json!({ "maximize": "accuracy" })))
            .objective(in_turn("accuracy", vec![0.5, 0.5, 0.5, 0.4, 0.6, 0.4, 0.5, 0.6]))
            .stop_when_finished(8);
        median_stopping(&mut network.worker()).unwrap();
        assert_eq!(rounds(&network), [1, 2, 3, 1, 1, 2, 1, 2]);
    }

    #[test]
    fn a_configuration_keeps_its_parameters_from_round_to_round() {
        let network = network().objective(|_: Trained| BTreeMap::from([("loss", 1.0)])).stop_when_finished(7);
        median_stopping(&mut network.worker()).unwrap();
        let tasks: Vec<Trained> = network.finished().iter().map(|task| task.xs().unwrap()).collect();
        assert_eq!(rounds(&network), [1, 2, 3, 1, 2, 3, 1]);
        assert!(tasks.chunks(3).all(|tasks| tasks.iter().all(|task| task.is_of(tasks[0]))));
        assert!(!tasks[0].is_of(tasks[3]));
    }

    #[test]
    fn results_of_all_workers_count_and_those_before_the_first_task_too() {
        let network = network().objective(in_turn("loss", vec![2.0, 2.0, 2.0])).stop_when_finished(5);
        let done = |nrounds| Trained { rate: 0.5, nrounds };
        let loss = |loss: f64| BTreeMap::from([("loss", loss)]);
        // As another language might have written them; and something that has nothing to do with it.
        let number = |rounds: f64| BTreeMap::from([("nrounds", rounds)]);
        network.worker().push_finished(&[done(2)], &[loss(1.0)]).unwrap();
        network.worker().push_finished(&[number(2.0), number(1.5)], &[loss(1.0), loss(0.0)]).unwrap();
        median_stopping(&mut network.worker()).unwrap();
        // The second round is worse than 1, the median of 1, 1 and 2.
        let own: Vec<_> =
            network.finished().iter().skip(3).map(|task| task.xs::<Trained>().unwrap().nrounds).collect();
        assert_eq!(own, [1, 2]);
    }

    #[test]
    fn it_stops_as_often_as_a_loop_that_fetches_everything() {
        let result = |Trained { rate, nrounds }: Trained| {
            (rate * 50.0).sin() + rate / f64::from(i32::try_from(nrounds).unwrap())
        };
        let network = network()
            .objective(move |trained| BTreeMap::from([("loss", result(trained))]))
            .stop_when_finished(500);
        median_stopping(&mut network.worker()).unwrap();
        let tasks: Vec<Trained> = network.finished().iter().map(|task| task.xs().unwrap()).collect();
        let mut at_round: HashMap<i64, Vec<f64>> = HashMap::new();
        for pair in tasks.windows(2) {
            let (loss, losses) = (result(pair[0]), at_round.entry(pair[0].nrounds).or_default());
            losses.push(loss);
            losses.sort_by(f64::total_cmp);
            let half = losses.len() / 2;
            let median = if losses.len() % 2 == 1 {
                losses[half]
            } else {
                f64::midpoint(losses[half - 1], losses[half])
            };
            let goes_on = loss <= median && pair[0].nrounds < 3;
            assert_eq!(pair[1].nrounds, if goes_on { pair[0].nrounds + 1 } else { 1 });
            assert_eq!(pair[1].is_of(pair[0]), goes_on);
        }
    }

    #[test]
    fn an_exact_budget_is_met_exactly_although_tasks_fail() {
        let mut evaluations = 0;
        let fails_each_third = move |_: Trained| {
            evaluations += 1;
            if evaluations % 3 == 0 { Err("each third fails") } else { Ok(BTreeMap::from([("loss", 1.0)])) }
        };
        let network = network().failing_objective(fails_each_third).budget(20);
        median_stopping(&mut network.worker()).unwrap();
        let Counts { running, finished, failed, .. } = network.count();
        assert_eq!([running, finished, failed], [0, 20, 9]);
        // What failed is not tried again, and nothing goes on behind it.
        let all: Vec<i64> =
            network.tasks().iter().map(|task| task.xs::<Trained>().unwrap().nrounds).collect();
        assert_eq!(all[..6], [1, 2, 3, 1, 2, 3]);
        assert_eq!(network.tasks()[2].state, State::Failed);
        let trained = |index: usize| network.tasks()[index].xs::<Trained>().unwrap();
        assert!(!trained(3).is_of(trained(2)));
    }

    #[test]
    fn an_exact_budget_is_met_although_the_last_task_dies_with_its_worker() {
        let network = network().objective(|_: Trained| BTreeMap::from([("loss", 1.0)])).budget(10);
        let dying = network.worker();
        dying.push_running_one(&()).unwrap();
        network.lose_while_others_wait(dying.id());
        median_stopping(&mut network.worker()).unwrap();
        assert_eq!((network.count().finished, network.count().failed), (10, 1));
    }

    #[test]
    fn the_loops_own_budget_counts_what_others_finish() {
        let network = TestNetwork::new()
            .args(&args(&json!({ "minimize": "loss", "budget": 5 })))
            .objective(|_: Trained| BTreeMap::from([("loss", 1.0)]));
        median_stopping(&mut network.worker()).unwrap();
        median_stopping(&mut network.worker()).unwrap();
        assert_eq!(network.count().finished, 5);
    }

    #[test]
    fn a_result_that_the_objective_does_not_give_is_named() {
        let network = network().objective(|_: Trained| BTreeMap::from([("rmse", 1.0)]));
        let error = median_stopping(&mut network.worker()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the objective gives no number `loss`, by which `loop.args` says configurations are compared"
        );
    }

    #[test]
    fn a_result_that_is_missing_ends_its_configuration() {
        let mut results = [Some(1.0), None, Some(1.0), Some(1.0)].into_iter();
        let objective = move |_: Trained| BTreeMap::from([("loss", results.next().unwrap())]);
        let network = network().objective(objective).stop_when_finished(4);
        median_stopping(&mut network.worker()).unwrap();
        assert_eq!(rounds(&network), [1, 2, 1, 2]);
    }

    #[test]
    fn wrong_arguments_are_named() {
        let error = |rest: Json| {
            median_stopping(&mut TestNetwork::new().args(&args(&rest)).worker()).unwrap_err().to_string()
        };
        assert_eq!(
            error(json!({})),
            "`loop.args` in the run file: say what is to be optimised: `minimize = \"y\"` or `maximize = \"y\"`"
        );
        assert_eq!(
            error(json!({ "minimize": "y", "maximize": "y" })),
            "`loop.args` in the run file: give `minimize` or `maximize`, not both"
        );
        assert_eq!(
            error(json!({ "minimize": "nrounds" })),
            "`nrounds` is the number of rounds: name a result of the objective to be optimised"
        );
        assert_eq!(
            error(json!({ "minimize": "y", "rounds": { "name": "rate", "from": 1, "to": 2 } })),
            "`rate` is a parameter of the space, and the number of rounds: `loop.args.rounds.name` must be another"
        );
        assert_eq!(
            error(json!({ "minimize": "y", "rounds": { "name": "n", "from": 3, "to": 2 } })),
            "`loop.args.rounds` are reversed: from 3 to 2"
        );
        assert!(
            error(json!({ "rounds": { "name": "n", "from": 1, "to": 2, "by": 0 } }))
                .starts_with("`loop.args.rounds.by` in the run file: invalid value: integer `0`")
        );
    }

    #[test]
    fn a_lost_worker_ends_with_that_error() {
        let network = network().objective(in_turn("loss", vec![]));
        let mut worker = network.worker();
        network.lose(worker.id());
        assert!(matches!(median_stopping(&mut worker), Err(Error::LostOwnership(_))));
        assert_eq!(network.tasks(), []);
    }
}
