//! The Branin function, a benchmark of global optimisation: two parameters, not convex, three global minima. As an objective it takes
//! `x1` and `x2` and gives `y`.

use std::f64::consts::PI;

use rush_worker::prelude::*;

/// A point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Point {
    pub x1: f64,
    pub x2: f64,
}

/// The result at a point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the name says it")]
pub struct Outcome {
    pub y: f64,
}

/// What the component evaluates.
pub fn objective(Point { x1, x2 }: Point) -> Outcome {
    Outcome { y: branin(x1, x2) }
}

rush_worker::objective!(objective);

/// The domain on which the function is usually evaluated: the bounds of `x1`, then those of `x2`.
pub const DOMAIN: [(f64, f64); 2] = [(-5.0, 10.0), (0.0, 15.0)];

/// The value at each of the three global minima, to six decimals.
pub const MINIMUM: f64 = 0.397_887;

/// The Branin (or Branin-Hoo) function, with the usual constants.
///
/// ```
/// assert!((branin::branin(std::f64::consts::PI, 2.275) - branin::MINIMUM).abs() < 1e-6);
/// ```
pub fn branin(x1: f64, x2: f64) -> f64 {
    let valley = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
    valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x1.cos() + 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_global_minima() {
        for (x1, x2) in [(-PI, 12.275), (PI, 2.275), (9.42478, 2.475)] {
            assert!((branin(x1, x2) - MINIMUM).abs() < 1e-6, "at ({x1}, {x2})");
        }
    }

    #[test]
    fn nowhere_on_the_domain_is_it_less() {
        let [(x1_lower, x1_upper), (x2_lower, x2_upper)] = DOMAIN;
        let steps = 300;
        for i in 0..=steps {
            for j in 0..=steps {
                let x1 = x1_lower + (x1_upper - x1_lower) * f64::from(i) / f64::from(steps);
                let x2 = x2_lower + (x2_upper - x2_lower) * f64::from(j) / f64::from(steps);
                assert!(branin(x1, x2) > MINIMUM - 1e-6, "at ({x1}, {x2})");
            }
        }
    }

    #[test]
    fn a_corner_of_the_domain() {
        // (0 + 0 - 6)^2 + 10 (1 - 1 / (8 pi)) + 10
        assert!((branin(0.0, 0.0) - 55.602_112_642_270_26).abs() < 1e-12);
    }
}
