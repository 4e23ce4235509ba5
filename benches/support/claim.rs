//! What we claim, and whether it holds.

use serde::{Deserialize, Serialize};

use crate::{Cell, Spread};

/// A figure that has a target. The median decides; whether the target was met throughout is told, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    what: String,
    measured: Spread,
    bound: Bound,
    target: f64,
    decimals: usize,
}

/// On which side of its target a figure should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Bound {
    AtMost,
    AtLeast,
}

impl Claim {
    /// A figure that should not be greater. What it is holds the name of the bench and the unit.
    ///
    /// ```
    /// use rush_benches::{Claim, Spread};
    /// let claim = Claim::at_most("signal: dead child, ms", Spread::of(&[1.7, 2.0, 5.3]), 5.0);
    /// assert!(claim.met() && !claim.always_met());
    /// ```
    pub fn at_most(what: impl Into<String>, measured: Spread, target: f64) -> Self {
        Self { what: what.into(), measured, bound: Bound::AtMost, target, decimals: 1 }
    }

    /// A figure that should not be less.
    pub fn at_least(what: impl Into<String>, measured: Spread, target: f64) -> Self {
        Self { what: what.into(), measured, bound: Bound::AtLeast, target, decimals: 1 }
    }

    /// The same with so many decimals; one without this.
    #[must_use]
    pub fn decimals(mut self, decimals: usize) -> Self {
        self.decimals = decimals;
        self
    }

    /// Whether the median meets the target.
    pub fn met(&self) -> bool {
        self.holds(self.measured.median)
    }

    /// Whether each figure of the series does.
    pub fn always_met(&self) -> bool {
        self.holds(self.measured.min) && self.holds(self.measured.max)
    }

    /// What was not measured meets nothing.
    fn holds(&self, figure: f64) -> bool {
        match self.bound {
            Bound::AtMost => figure <= self.target,
            Bound::AtLeast => figure >= self.target,
        }
    }

    /// The columns of a table of claims.
    pub const HEADER: [&str; 4] = ["claim", "measured", "target", "met"];

    /// A row of such a table.
    pub fn texts(&self) -> [String; 4] {
        let bound = match self.bound {
            Bound::AtMost => "≤",
            Bound::AtLeast => "≥",
        };
        let verdict = match (self.met(), self.always_met()) {
            (true, true) => "yes",
            (true, false) => "by the median",
            (false, _) => "MISSED",
        };
        let measured = Cell::from(self.measured).text(self.decimals);
        [self.what.clone(), measured, format!("{bound} {}", self.target), verdict.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(claim: &Claim) -> String {
        let [_, _, _, verdict] = claim.texts();
        verdict
    }

    #[test]
    fn the_median_decides_and_the_worst_figure_is_told() {
        let spread = Spread::of(&[1.0, 2.0, 3.0]);
        assert_eq!(verdict(&Claim::at_most("", spread, 3.0)), "yes");
        assert_eq!(verdict(&Claim::at_most("", spread, 2.0)), "by the median");
        assert_eq!(verdict(&Claim::at_most("", spread, 1.9)), "MISSED");
        assert_eq!(verdict(&Claim::at_least("", spread, 1.0)), "yes");
        assert_eq!(verdict(&Claim::at_least("", spread, 2.0)), "by the median");
        assert_eq!(verdict(&Claim::at_least("", spread, 2.1)), "MISSED");
    }

    #[test]
    fn what_was_not_measured_meets_nothing() {
        let nothing = Spread::of(&[]);
        assert!(!Claim::at_most("", nothing, 1.0).met() && !Claim::at_least("", nothing, 1.0).met());
    }

    #[test]
    fn a_target_reads_as_it_was_given() {
        let claim = Claim::at_least("loop: of the twin", Spread::of(&[0.97]), 0.95).decimals(2);
        assert_eq!(claim.texts(), ["loop: of the twin", "0.97", "≥ 0.95", "yes"]);
    }
}
