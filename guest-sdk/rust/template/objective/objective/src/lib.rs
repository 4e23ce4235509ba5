//! An objective: the Branin function, a benchmark of global optimisation. Its least value is 0.397887.

use std::f64::consts::PI;

use rush_worker::prelude::*;

/// What is evaluated: `x1` and `x2` of a task.
#[derive(Deserialize)]
struct Point {
    x1: f64,
    x2: f64,
}

/// What comes of it: `y` of the task.
#[derive(Serialize)]
struct Outcome {
    y: f64,
}

fn branin(Point { x1, x2 }: Point) -> Outcome {
    let valley = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
    Outcome {
        y: valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x1.cos() + 10.0,
    }
}

rush_worker::objective!(branin);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_global_minima() {
        for (x1, x2) in [(-PI, 12.275), (PI, 2.275), (9.42478, 2.475)] {
            assert!(
                (branin(Point { x1, x2 }).y - 0.397_887).abs() < 1e-6,
                "at ({x1}, {x2})"
            );
        }
    }
}
