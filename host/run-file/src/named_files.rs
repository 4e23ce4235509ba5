//! `[loop.data]` and `[objective.data]`: files that a component gets, each by a name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_spanned::Spanned;

use crate::path::{Name, WrittenPath};
use crate::resolve::Resolver;
use crate::spanned::Text;
use crate::value_error::ValueError;

/// The files as they are written.
pub(crate) type RawFiles = BTreeMap<Spanned<String>, Text<WrittenPath>>;

/// Files by their names, none of which is empty. `table` is what they stand in, `loop` or `objective`.
pub(crate) fn resolve(
    table: &str,
    files: Option<&RawFiles>,
    r: &mut Resolver<'_>,
) -> BTreeMap<String, PathBuf> {
    files.into_iter().flatten().filter_map(|(name, path)| file(table, name, path, r)).collect()
}

fn file(
    table: &str,
    name: &Spanned<String>,
    path: &Text<WrittenPath>,
    r: &mut Resolver<'_>,
) -> Option<(String, PathBuf)> {
    if let Err(error) = name.get_ref().parse::<Name>() {
        let error =
            ValueError::new(error.reason()).help(format!("The {table} asks for the file by this name"));
        r.invalid_name(&format!("{table}.data"), name, "name of data", &error);
    }
    if path.written.ends_with('/') {
        let error =
            ValueError::new("this is a folder").help(format!("Name each file in it that the {table} reads"));
        r.invalid(path.span.clone(), "file", &error);
    }
    Some((name.get_ref().clone(), r.path(Some(path))?))
}
