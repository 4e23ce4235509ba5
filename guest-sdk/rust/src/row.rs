//! What is stored of a point or of a result: its elements, and anything beside them.

use serde::Serialize;

use crate::{Fields, Result, Task, to_fields};

/// A row with something beside it: `xs` with `xs_extra`, or `ys` with `ys_extra`.
///
/// Calls that take rows take anything that implements [`Serialize`]; this type is for what has extras.
///
/// ```
/// # use rush_worker::{Result, prelude::*, testing::TestNetwork};
/// # fn main() -> Result<()> {
/// # let worker = TestNetwork::new().worker();
/// #[derive(Serialize)]
/// struct Point { x1: f64 }
/// #[derive(Serialize)]
/// struct Origin { proposed_by: &'static str }
///
/// let row = Row::new(&Point { x1: 0.5 })?.with_extra(&Origin { proposed_by: "initial design" })?;
/// worker.push(&[row])?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    pub(crate) elements: Fields,
    pub(crate) extra: Fields,
}

impl Row {
    /// A row without extras.
    pub fn new<T: Serialize + ?Sized>(elements: &T) -> Result<Self> {
        Ok(Self { elements: to_fields(elements)?, extra: Fields::new() })
    }

    /// A row of fields as they are.
    pub fn from_fields(elements: Fields) -> Self {
        Self { elements, extra: Fields::new() }
    }

    /// Puts fields beside the elements as they are; what was there is replaced.
    #[must_use]
    pub fn with_extra_fields(self, extra: Fields) -> Self {
        Self { extra, ..self }
    }

    /// Puts something beside the elements; what was there is replaced.
    pub fn with_extra<T: Serialize + ?Sized>(mut self, extra: &T) -> Result<Self> {
        self.extra = to_fields(extra)?;
        Ok(self)
    }
}

/// What can be stored as a row: anything that implements [`Serialize`], a [`Row`] itself, and the point of a [`Task`].
pub trait ToRow {
    /// The row.
    fn to_row(&self) -> Result<Row>;
}

impl<T: Serialize> ToRow for T {
    fn to_row(&self) -> Result<Row> {
        Row::new(self)
    }
}

/// The point of a task, with what lies beside it.
impl ToRow for Task {
    fn to_row(&self) -> Result<Row> {
        Ok(Row { elements: self.xs.clone(), extra: self.xs_extra.clone() })
    }
}

impl ToRow for Row {
    fn to_row(&self) -> Result<Row> {
        Ok(self.clone())
    }
}
