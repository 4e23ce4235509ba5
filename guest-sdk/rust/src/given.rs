//! What the run file gives to a component: arguments, data, a seed. The same for loops and for objectives.

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// The arguments, as a type of the component's. `table` is where they stand in the run file.
pub(crate) fn args<T: DeserializeOwned>(table: &str, text: &str) -> Result<T> {
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let at = match error.path().to_string().as_str() {
            "." => table.to_owned(),
            path if path.starts_with('[') => format!("{table}{path}"),
            path => format!("{table}.{path}"),
        };
        Error::Args { at, message: without_position(&error.into_inner()) }
    })
}

/// The arguments were TOML: a line and column of the JSON in between would mislead.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position).map(str::to_owned).unwrap_or(text)
}
