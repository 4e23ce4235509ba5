//! The formats, and what they are called.

use std::{fmt, path::Path};

/// A format of files of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON document: an array of objects.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC file.
    Arrow,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Json, Self::Jsonl, Self::Csv, Self::Parquet, Self::Arrow];

    /// The name, which is also the usual extension.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// The format of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format that a path's extension says, in capitals or not. `.ndjson` is another name of JSON lines, `.feather` and
    /// `.ipc` are others of Arrow.
    pub fn by_extension(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_lowercase();
        match extension.as_str() {
            "ndjson" => Some(Self::Jsonl),
            "feather" | "ipc" => Some(Self::Arrow),
            "pq" => Some(Self::Parquet),
            name => Self::by_name(name),
        }
    }

    /// Whether people cannot read it, and terminals should not.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_name_and_by_extensions() {
        for format in Format::ALL {
            assert_eq!(Format::by_name(format.name()), Some(format));
            assert_eq!(Format::by_extension(&Path::new("a.b").with_extension(format.name())), Some(format));
        }
        assert_eq!(Format::by_extension(Path::new("POINTS.CSV")), Some(Format::Csv));
        assert_eq!(Format::by_extension(Path::new("points.ndjson")), Some(Format::Jsonl));
        assert_eq!(Format::by_extension(Path::new("points")), None);
        assert_eq!(Format::by_extension(Path::new("points.xlsx")), None);
    }
}
