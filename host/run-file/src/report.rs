//! `[report]`: what is shown at the end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Mistake;
use crate::finding::Finding;
use crate::path::Name;
use crate::resolve::Resolver;
use crate::spanned::{At, Text};

const ROWS: u32 = 5;

/// What is shown at the end of the run. Without this table, counts alone.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "report")]
pub(crate) struct RawReport {
    /// Show the finished tasks with the least value in this column first.
    pub(crate) minimize: Option<Text<Name>>,
    /// Show the finished tasks with the greatest value in this column first.
    pub(crate) maximize: Option<Text<Name>>,
    /// How many tasks to show.
    #[schemars(range(min = 1, max = 1_000_000), extend("default" = 5))]
    pub(crate) rows: Option<At<u32>>,
}

/// Resolved `[report]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which tasks come first. Without it: those that finished last.
    pub order: Option<Order>,
    /// How many tasks to show, at least 1. Default 5.
    pub rows: u32,
}

/// Which tasks come first in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Those with the least value in this column.
    Minimize(String),
    /// Those with the greatest value in this column.
    Maximize(String),
}

impl RawReport {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> Report {
        if let (Some(minimize), Some(maximize)) = (&self.minimize, &self.maximize) {
            r.report(
                Finding::new(Mistake::Conflict(
                    "`report.minimize` and `report.maximize` exclude each other".to_owned(),
                ))
                .label(minimize.span.clone(), "least first")
                .label(maximize.span.clone(), "greatest first")
                .help("Keep one of the two"),
            );
        }
        let minimize = r.name(self.minimize.as_ref()).map(Order::Minimize);
        let maximize = r.name(self.maximize.as_ref()).map(Order::Maximize);
        Report { order: minimize.or(maximize), rows: self.rows.as_ref().map_or(ROWS, |rows| rows.value) }
    }
}
