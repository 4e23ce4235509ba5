//! An objective that hands its host more than it should where `x` is negative: -1 logs a message of 20 MiB, -2 returns a text of 20 MiB,
//! -3 one of 5 MiB. Else `y = x`.

use rush_worker::prelude::*;
use test_guests::Xs;

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Number { y: f64 },
    Text { y: String },
}

fn hands_over_much(Xs { x }: Xs) -> Outcome {
    let text = |mebibytes: usize| "x".repeat(mebibytes << 20);
    if x >= 0.0 {
        return Outcome::Number { y: x };
    }
    if x > -2.0 {
        info!(target: "much", "{}", text(20));
        return Outcome::Number { y: x };
    }
    Outcome::Text { y: text(if x > -3.0 { 20 } else { 5 }) }
}

rush_worker::objective!(hands_over_much);
