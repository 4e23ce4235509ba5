//! Why a file cannot be read: where, what, and what to do.

/// A file that holds no tasks, or none that can be understood. Lines are counted from 1, columns by their names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing in it.
    #[error("there is nothing in {file}")]
    Empty {
        /// The file.
        file: String,
    },
    /// This format cannot be read.
    #[error("in {file}: one JSON document, which is not read")]
    Document {
        /// The file.
        file: String,
    },
    /// A text that is not UTF-8.
    #[error("in {file}, line {line}: not UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// A header without commas, but with something that looks like another separator.
    #[error("in {file}, line 1: the header is the one column `{header}`")]
    Separator {
        /// The file.
        file: String,
        /// The header.
        header: String,
    },
    /// A name that stands twice in a header or in an object.
    #[error("in {file}, line {line}: the column `{name}` stands twice")]
    Repeated {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The column.
        name: String,
    },
    /// A row of another length than the header.
    #[error("in {file}, line {line}: {found} values, but the header names {expected} columns")]
    Ragged {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// How many values.
        found: u64,
        /// How many columns.
        expected: u64,
    },
    /// A line that is not JSON.
    #[error("in {file}, line {line}, character {column}: {cause}")]
    Json {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// Where in the line.
        column: usize,
        /// What the parser said.
        cause: String,
    },
    /// A line that is JSON, but not an object.
    #[error("in {file}, line {line}: {found}, where an object should be")]
    NotAnObject {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// What is there.
        found: &'static str,
    },
    /// Something that the library for Parquet or Arrow does not understand.
    #[error("in {file}: this cannot be read as {format}: {cause}")]
    Binary {
        /// The file.
        file: String,
        /// What it should be.
        format: &'static str,
        /// What the library said.
        cause: String,
    },
    /// A column whose values have no counterpart.
    #[error("in {file}: the column `{name}` is of type {data_type}, which no task can hold")]
    Type {
        /// The file.
        file: String,
        /// The column.
        name: String,
        /// Its type.
        data_type: String,
    },
    /// A column that was asked for and is not there.
    #[error("there is no column `{name}` in {file}")]
    NoColumn {
        /// The file.
        file: String,
        /// What was asked for.
        name: String,
        /// What is there.
        known: Vec<String>,
    },
}

impl ReadError {
    /// What to do.
    pub fn hint(&self) -> String {
        match self {
            Self::Empty { .. } => {
                "name a file with a header and a row for each task, or with a JSON object for each".into()
            }
            Self::Document { .. } => "write one object a line: `jq -c '.[]' tasks.json > tasks.jsonl`".into(),
            Self::NotUtf8 { .. } => "save the file as UTF-8".into(),
            Self::Separator { .. } => "separate the values with commas".into(),
            Self::Repeated { .. } => "give each column a name of its own".into(),
            Self::Ragged { .. } => {
                "give every row a value for each column, an empty one where it is missing; a value with a comma or a line break stands in double quotes".into()
            }
            Self::Json { .. } => "every line must be one whole JSON object".into(),
            Self::NotAnObject { .. } => r#"every line must be one JSON object, such as {"x1": 1.5, "x2": 2}"#.into(),
            Self::Binary { format, .. } => format!("is it a whole {format} file? `--format` names another format"),
            Self::Type { .. } => "leave the column out with `--columns`".into(),
            Self::NoColumn { known, .. } => format!("the columns are {}", known.join(", ")),
        }
    }
}
