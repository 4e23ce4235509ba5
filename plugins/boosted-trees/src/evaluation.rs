//! What the component evaluates.

use rush_worker::prelude::*;

use crate::{Args, Booster, Data, Error, Table};

/// A point: the parameters that are tuned, under XGBoost's names. What is left out has XGBoost's default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The number of trees.
    pub nrounds: u32,
    /// So many splits at most between the root of a tree and a leaf.
    #[serde(default = "default_max_depth")]
    pub max_depth: u32,
    /// λ, the weight of the squares of the leaves.
    #[serde(default = "default_lambda")]
    pub lambda: f64,
    /// α, the weight of the absolute values of the leaves.
    #[serde(default)]
    pub alpha: f64,
}

fn default_max_depth() -> u32 {
    6
}

fn default_lambda() -> f64 {
    1.0
}

/// The result at a point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The root of the mean squared error on the rows to test with.
    pub rmse: f64,
}

/// What an instance keeps: the data, and the model it trained last.
#[derive(Debug)]
pub struct BoostedTrees {
    args: Args,
    data: Data,
    last: Option<Booster>,
}

/// Reads arguments and table, once an instance.
pub fn prepare(context: &mut Context) -> Result<BoostedTrees, Condition> {
    let args: Args = context.args().map_err(told)?;
    let table =
        context.data("table").ok_or(Error::NoTable).and_then(|file| Table::read(&file)).map_err(told)?;
    let data = Data::new(&args, &table).map_err(told)?;
    Ok(BoostedTrees { args, data, last: None })
}

/// Trains a model, or trains the last one further, and tests it.
pub fn evaluate(trees: &mut BoostedTrees, point: Point) -> Result<Outcome, Error> {
    let BoostedTrees { args, data, last } = trees;
    let parameters = args.parameters(&point)?;
    let kept = last.take().filter(|booster| *booster.parameters() == parameters);
    let booster = last.insert(kept.unwrap_or_else(|| Booster::new(data, parameters)));
    Ok(Outcome { rmse: booster.rmse(data, point.nrounds as usize) })
}

fn told(error: impl std::fmt::Display) -> Condition {
    Condition::new(error.to_string())
}

#[cfg(test)]
mod tests {
    use rush_worker::testing::TestNetwork;
    use serde_json::{Value, json};

    use super::*;

    const MTCARS: &[u8] = include_bytes!("../../../runs/data/mtcars.csv");

    fn trees() -> BoostedTrees {
        let args = json!({ "target": "mpg", "train": 20, "split_seed": 1 });
        prepare(&mut TestNetwork::new().args(&args).data("table", MTCARS).context()).unwrap()
    }

    fn point(point: Value) -> Point {
        serde_json::from_value(point).unwrap()
    }

    fn bits(trees: &mut BoostedTrees, nrounds: u32, max_depth: u32, alpha: f64) -> u64 {
        evaluate(trees, Point { nrounds, max_depth, lambda: 0.5, alpha }).unwrap().rmse.to_bits()
    }

    #[test]
    fn more_rounds_of_the_same_model_are_those_of_one_trained_anew() {
        for (max_depth, alpha) in [(1, 0.0), (3, 0.5), (20, 1.0)] {
            let mut kept = trees();
            for nrounds in 5..=20 {
                let anew = bits(&mut trees(), nrounds, max_depth, alpha);
                assert_eq!(bits(&mut kept, nrounds, max_depth, alpha), anew, "round {nrounds}");
                assert_eq!(kept.last.as_ref().map(Booster::rounds), Some(nrounds as usize));
            }
        }
    }

    #[test]
    fn the_order_of_points_changes_nothing() {
        let mut kept = trees();
        for (nrounds, max_depth, alpha) in
            [(20, 3, 0.0), (5, 3, 0.0), (6, 3, 0.0), (6, 3, 0.5), (6, 4, 0.5), (7, 3, 0.0), (1, 1, 0.0)]
        {
            let anew = bits(&mut trees(), nrounds, max_depth, alpha);
            assert_eq!(bits(&mut kept, nrounds, max_depth, alpha), anew);
        }
    }

    #[test]
    fn what_a_point_leaves_out_is_the_default_of_xgboost() {
        let given = json!({ "nrounds": 3, "max_depth": 6, "lambda": 1.0, "alpha": 0.0 });
        assert_eq!(point(json!({ "nrounds": 3 })), point(given));
        let args: Args = serde_json::from_value(json!({ "target": "mpg", "train": 20, "eta": 0.1 })).unwrap();
        assert_eq!((args.learning_rate, args.min_child_weight, args.gamma), (0.1, 1.0, 0.0));
    }

    #[test]
    fn integers_may_be_written_as_whole_numbers() {
        use rush_worker::{Field, from_fields};
        let field =
            |name: &str, value: f64| Field { name: name.into(), value: rush_worker::Value::Number(value) };
        let read: Point = from_fields(vec![field("nrounds", 5.0), field("max_depth", 3.0)]).unwrap();
        assert_eq!((read.nrounds, read.max_depth), (5, 3));
        assert!(from_fields::<Point>(vec![field("nrounds", 5.5)]).is_err());
    }

    #[test]
    fn what_is_wrong_with_a_point_is_told() {
        let error = |of: Value| evaluate(&mut trees(), point(of)).unwrap_err().to_string();
        assert_eq!(error(json!({ "nrounds": 0 })), "`nrounds` is 0: it must be a whole number of at least 1");
        assert_eq!(
            error(json!({ "nrounds": 1, "max_depth": 0 })),
            "`max_depth` is 0: it must be a whole number of at least 1"
        );
        assert_eq!(
            error(json!({ "nrounds": 1, "alpha": -0.5 })),
            "`alpha` is -0.5: it must be a finite number of at least 0"
        );
        assert!(error(json!({ "nrounds": 1, "lambda": 1e300 })).starts_with("`lambda` is 1000"));
        let unknown = serde_json::from_value::<Point>(json!({ "nrounds": 1, "lamda": 1.0 })).unwrap_err();
        assert!(unknown.to_string().starts_with("unknown field `lamda`"), "{unknown}");
    }

    #[test]
    fn what_is_wrong_with_the_run_file_is_told() {
        let error = |network: TestNetwork| prepare(&mut network.context()).unwrap_err().message;
        let args = json!({ "target": "mpg", "train": 20 });
        assert_eq!(
            error(TestNetwork::new().args(&args)),
            "[objective.data] has no `table`: name a CSV file with a header, `table = \"data/mtcars.csv\"`"
        );
        let with = |args: Value| error(TestNetwork::new().args(&args).data("table", MTCARS));
        assert_eq!(
            with(json!({ "target": "mpg" })),
            "`objective.args` in the run file: missing field `train`"
        );
        assert_eq!(
            with(json!({ "target": "mpg", "train": "all" })),
            "`objective.args.train` in the run file: invalid type: string \"all\", expected how many rows are drawn, \
             or a list of row numbers"
        );
        assert!(
            with(json!({ "target": "y", "train": 20 }))
                .starts_with("`objective.args.target` names a column `y`")
        );
    }
}
