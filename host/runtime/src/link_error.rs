//! Says in our words why a component whose imports all have known names still does not fit.

use crate::component_error::{ComponentError, Problem};
use crate::inspect::Plugin;

/// The error of a component that cannot be linked.
pub(crate) fn of(plugin: &Plugin, error: &wasmtime::Error) -> ComponentError {
    plugin.error(Problem::Link { detail: words(error) })
}

/// Which interface, which function, and how it differs.
///
/// wasmtime tells it as a chain: the interface, the function in it, the type in that.
fn words(error: &wasmtime::Error) -> String {
    let chain: Vec<_> = error.chain().map(ToString::to_string).collect();
    let Some((cause, contexts)) = chain.split_last() else { return "its types differ".to_owned() };
    let place: Vec<_> = contexts.iter().filter_map(|context| quoted(context)).collect();
    match place.as_slice() {
        [] => cause.clone(),
        place => format!("`{}`: {cause}", place.join("`, `")),
    }
}

/// The first name between backticks.
fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('`')?;
    rest.split_once('`').map(|(name, _)| name)
}
