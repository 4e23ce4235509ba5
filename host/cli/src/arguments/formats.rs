//! Words for formats and states.

use clap::ValueEnum;

use crate::pending::PENDING;

/// How data are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
}

/// How tasks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TasksFormat {
    /// For people.
    Table,
    /// One JSON document.
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

impl TasksFormat {
    /// As a format of files; none is for people.
    pub(crate) fn of_files(self) -> Option<rush_formats::Format> {
        match self {
            Self::Table => None,
            Self::Json => Some(rush_formats::Format::Json),
            Self::Jsonl => Some(rush_formats::Format::Jsonl),
            Self::Csv => Some(rush_formats::Format::Csv),
            Self::Parquet => Some(rush_formats::Format::Parquet),
            Self::Arrow => Some(rush_formats::Format::Arrow),
        }
    }
}

/// How the result of an evaluation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvalFormat {
    /// One JSON object.
    Json,
    /// For people.
    Table,
}

/// What can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC file.
    Arrow,
}

impl From<FileFormat> for rush_formats::Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Csv => Self::Csv,
            FileFormat::Jsonl => Self::Jsonl,
            FileFormat::Parquet => Self::Parquet,
            FileFormat::Arrow => Self::Arrow,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskState {
    Queued,
    Running,
    Finished,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorkerState {
    Pending,
    Running,
    Terminated,
    Killed,
    Lost,
}

impl WorkerState {
    /// As it stands in tables.
    pub(crate) fn as_str(self) -> &'static str {
        use rush_network::WorkerState::{Killed, Lost, Running, Terminated};
        match self {
            Self::Pending => PENDING,
            Self::Running => Running.as_str(),
            Self::Terminated => Terminated.as_str(),
            Self::Killed => Killed.as_str(),
            Self::Lost => Lost.as_str(),
        }
    }
}

impl From<TaskState> for rush_network::State {
    fn from(state: TaskState) -> Self {
        match state {
            TaskState::Queued => Self::Queued,
            TaskState::Running => Self::Running,
            TaskState::Finished => Self::Finished,
            TaskState::Failed => Self::Failed,
        }
    }
}
