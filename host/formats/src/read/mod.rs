//! One file a format that is read; what they share.

mod columnar;
mod csv;
mod json_lines;
mod seen;

pub(crate) use columnar::Columnar;
pub(crate) use csv::Csv;
pub(crate) use json_lines::JsonLines;
pub(crate) use seen::{Seen, natural};
