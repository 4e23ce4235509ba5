//! `[output]`: the file that holds the results in the end.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::WrittenPath;
use crate::resolve::Resolver;
use crate::spanned::Text;
use crate::suggest::closest;
use crate::value_error::ValueError;

/// A file with all tasks, written at the end of the run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "output")]
pub(crate) struct RawOutput {
    /// Where to write. The extension says the format: `.csv`, `.jsonl`, `.parquet` or `.arrow`.
    #[schemars(required, extend("examples" = ["results/branin.csv"]))]
    pub(crate) path: Option<Text<WrittenPath>>,
}

/// Resolved `[output]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Where to write.
    pub path: PathBuf,
    /// What to write, from the path's extension.
    pub format: OutputFormat,
}

/// Format of a file of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputFormat {
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC.
    Arrow,
}

const FORMATS: [(&str, OutputFormat); 4] = [
    ("csv", OutputFormat::Csv),
    ("jsonl", OutputFormat::Jsonl),
    ("parquet", OutputFormat::Parquet),
    ("arrow", OutputFormat::Arrow),
];

const HELP: &str = "End the path with .csv, .jsonl, .parquet or .arrow";

impl RawOutput {
    /// None if there is no valid path: that is reported.
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> Option<Output> {
        let path = r.path(self.path.as_ref())?;
        match format(&path) {
            Ok(format) => Some(Output { path, format }),
            Err(error) => {
                r.invalid(self.path.as_ref()?.span.clone(), "output file", &error);
                None
            }
        }
    }
}

fn format(path: &Path) -> Result<OutputFormat, ValueError> {
    let Some(extension) = path.extension().and_then(|extension| extension.to_str()) else {
        return Err(ValueError::new("no extension says the format").help(HELP));
    };
    let known = FORMATS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(extension));
    known.map(|(_, format)| format).ok_or_else(|| {
        let error = ValueError::new(format!("unknown format `.{extension}`"));
        match closest(extension, FORMATS.into_iter().map(|(name, _)| name)) {
            Some(name) => error.help(format!("Did you mean `.{name}`?")),
            None => error.help(HELP),
        }
    })
}
