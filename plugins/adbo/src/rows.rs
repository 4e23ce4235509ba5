//! Points as a model sees them.

/// Rows of numbers, all of the same width, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    width: usize,
    values: Vec<f64>,
}

impl Rows {
    /// No rows of this width.
    pub fn new(width: usize) -> Self {
        Self { width, values: Vec::new() }
    }

    /// Appends a row.
    ///
    /// # Panics
    ///
    /// If it has another width.
    pub fn push(&mut self, row: impl IntoIterator<Item = f64>) {
        let before = self.values.len();
        self.values.extend(row);
        assert_eq!(self.values.len(), before + self.width, "a row of another width");
    }

    /// How many numbers each row has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Row by row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.width.max(1))
    }

    /// One column.
    pub(crate) fn column(&self, index: usize) -> Vec<f64> {
        self.iter().map(|row| row[index]).collect()
    }
}
