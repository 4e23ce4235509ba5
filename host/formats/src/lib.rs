//! Tasks in files: what `rush-host push` reads, and what `rush-host tasks` and `[output]` write.
//!
//! - [`Format`]: the formats, by name and by a path's extension.
//! - [`write`](fn@write): tasks as an arrow record batch (`rush_network::Table::record_batch`) into a file of any format.
//! - [`write_rows`]: the same for rows of JSON values, in the formats that are text.
//! - [`Source`]: a file of tasks. Its types are inferred from all of it ([`Source::open`]) before the first task is made
//!   ([`Source::tasks`]), so that a mistake in the last line is told before anything is pushed.
//!
//! What cannot be said in a format: JSON has neither NaN nor infinities, so they are the strings `NaN`, `Inf` and `-Inf`, and
//! bytes are lists of numbers there; CSV has lists and whatever is nested as JSON text, and an empty text cannot be told from a
//! missing value. Parquet and Arrow keep everything.
//!
//! ```
//! use rush_formats::{Format, Options, Source};
//! use rush_network::fields;
//!
//! let source = Source::open("points.csv", "x,kernel\n1.5,rbf\n2,\n".into(), Format::Csv, &Options::default())?;
//! assert_eq!(source.columns()[0].kind.to_string(), "number");
//! assert_eq!(source.columns()[1].missing, 1);
//! let first = source.tasks().next().expect("there are two tasks")?;
//! assert_eq!(first[0], fields! { "x" => 1.5, "kernel" => "rbf" });
//! # Ok::<(), rush_formats::ReadError>(())
//! ```

mod cells;
mod column;
mod format;
mod kind;
mod options;
mod read;
mod read_error;
mod source;
mod write;

pub use cells::{Cells, order, take};
pub use column::Column;
pub use format::Format;
pub use kind::Kind;
pub use options::Options;
pub use read_error::ReadError;
pub use source::{BATCH, Source};
pub use write::{WriteError, write, write_rows};
