//! The error after each round, compared with XGBoost's exact tree method: `golden.json` was made with its own package, by `golden.py`.

use std::collections::BTreeMap;

use boosted_trees::{Args, Booster, Data, Point, Table};
use serde::Deserialize;
use serde_json::{Value, json};

/// Relative. Predictions are the same to the bit; only the mean of their squared errors is taken in another order. One prediction that
/// was rounded another way would show in the eighth digit, a split that was decided another way in the second.
const TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct Golden {
    rounds: (u32, u32),
    splits: BTreeMap<String, Vec<usize>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    split: String,
    parameters: BTreeMap<String, Value>,
    rmse: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden.json")).expect("it is what golden.py writes")
}

/// Arguments and point of a case: what is no parameter of a point is an argument.
fn case(train: &[usize], parameters: &BTreeMap<String, Value>, nrounds: u32) -> (Args, Point) {
    let (mut args, mut point) = (json!({ "target": "mpg", "train": train }), json!({ "nrounds": nrounds }));
    for (name, value) in parameters {
        let of_point = ["max_depth", "lambda", "alpha"].contains(&name.as_str());
        (if of_point { &mut point } else { &mut args })[name] = value.clone();
    }
    let fits = "golden.py has names that are known here";
    (serde_json::from_value(args).expect(fits), serde_json::from_value(point).expect(fits))
}

#[test]
fn every_round_has_the_error_that_xgboost_has() {
    let table = Table::read(include_bytes!("../../../runs/data/mtcars.csv")).unwrap();
    let Golden { rounds: (from, to), splits, cases } = golden();
    assert!(cases.len() >= 24);
    let (mut greatest, mut wrong) = (0.0_f64, Vec::new());
    for Case { split, parameters, rmse } in cases {
        assert_eq!(rmse.len(), (to - from + 1) as usize);
        let (args, point) = case(&splits[&split], &parameters, to);
        let data = Data::new(&args, &table).unwrap();
        let mut booster = Booster::new(&data, args.parameters(&point).unwrap());
        for (rounds, expected) in (from..).zip(rmse) {
            let found = booster.rmse(&data, rounds as usize);
            let difference = (found / expected - 1.0).abs();
            greatest = greatest.max(difference);
            if difference.is_nan() || difference > TOLERANCE {
                wrong.push(format!("{split} {parameters:?} round {rounds}: {found}, expected {expected}"));
            }
        }
    }
    println!("greatest relative difference: {greatest:.1e}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
