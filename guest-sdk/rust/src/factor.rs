//! A text column.

use crate::bindings::rush::worker::tasks::Factor;

/// ```
/// # use rush_worker::Factor;
/// let kernels = Factor { levels: vec!["rbf".into(), "linear".into()], codes: vec![0, -1, 1, 0] };
/// assert_eq!(kernels.get(2), Some("linear"));
/// assert_eq!(kernels.iter().flatten().collect::<Vec<_>>(), ["rbf", "linear", "rbf"]);
/// ```
impl Factor {
    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The text in a row; none where it is missing.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.level(*self.codes.get(row)?)
    }

    /// The text of each row; none where it is missing.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        self.codes.iter().map(|&code| self.level(code))
    }

    fn level(&self, code: i32) -> Option<&str> {
        // -1, which means missing, is no index.
        self.levels.get(usize::try_from(code).ok()?).map(String::as_str)
    }
}
