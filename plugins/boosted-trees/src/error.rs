//! What can be wrong with the arguments, the table or a point.

/// What can be wrong with the arguments, the table or a point. Each case says what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The run file names no table.
    #[error("[objective.data] has no `table`: name a CSV file with a header, `table = \"data/mtcars.csv\"`")]
    NoTable,
    /// The table is not CSV, or its rows are of different lengths.
    #[error("[objective.data] table cannot be read: {0}")]
    Csv(#[from] csv::Error),
    /// Two columns have one name.
    #[error("[objective.data] table has two columns `{0}`")]
    ColumnTwice(String),
    /// An argument names a column that does not exist.
    #[error("`objective.args.{argument}` names a column `{name}`; the table has {there}")]
    NoColumn {
        /// Which one.
        argument: &'static str,
        /// The column.
        name: String,
        /// The columns there are.
        there: String,
    },
    /// A cell is needed as a number, and is none.
    #[error(
        "column `{column}` has `{cell}` in row {row}, where a number is needed: `objective.args.features` can leave out \
         columns, `train` and `test` can leave out rows"
    )]
    NoNumber {
        /// The column.
        column: String,
        /// What stands there.
        cell: String,
        /// The number of its row, the first after the header being 1.
        row: usize,
    },
    /// No column is left to learn from.
    #[error(
        "no column of numbers is left besides `{target}`: `objective.args.features` names none, or there is none"
    )]
    NoFeatures {
        /// The column of targets.
        target: String,
    },
    /// The column of targets is to be learned from.
    #[error("`objective.args.features` has `{0}`, which is the target")]
    TargetIsFeature(String),
    /// A row does not exist.
    #[error("`objective.args.{argument}` has row {row}; the table has rows 1 to {rows}")]
    NoRow {
        /// Which argument.
        argument: &'static str,
        /// The row.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// A row is there twice.
    #[error("row {0} stands twice in `objective.args.train` and `objective.args.test`")]
    RowTwice(usize),
    /// More rows are to be drawn than there are.
    #[error("`objective.args.train` is {train}, but only {rows} rows are not in `objective.args.test`")]
    TooFewRows {
        /// So many are asked for.
        train: usize,
        /// So many are there.
        rows: usize,
    },
    /// Nothing to train with, or nothing to test with.
    #[error("no rows are left for `objective.args.{0}`")]
    NoRows(&'static str),
    /// A parameter is out of its range.
    #[error("`{name}` is {value}: it must be {range}")]
    OutOfRange {
        /// Which one.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
}
