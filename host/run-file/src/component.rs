//! `component`: which WebAssembly component runs.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::resolve::Resolver;
use crate::spanned::{Text, Written};
use crate::value_error::ValueError;

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentSource {
    /// A file.
    Path(PathBuf),
    /// An artifact in a registry, `oci://…`.
    Oci(String),
}

impl ComponentSource {
    /// The file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Oci(_) => None,
        }
    }
}

/// A component as written, before its path is resolved.
pub(crate) enum WrittenComponent {
    Path(String),
    Oci(String),
}

impl FromStr for WrittenComponent {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text.starts_with("oci://") {
            return Ok(Self::Oci(text.to_owned()));
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(ValueError::new(format!("`{scheme}://` is not a path"))
                .help("Download it, and name the file"));
        }
        if text.ends_with('/') {
            return Err(ValueError::new("this is a folder").help("Name the .wasm file in it"));
        }
        text.parse::<crate::path::WrittenPath>().map(|path| Self::Path(path.0))
    }
}

impl Written for WrittenComponent {
    const NOUN: &'static str = "component";
    const EXPECTED: &'static str = r#"a path such as "my-component.wasm""#;
}

impl Resolver<'_> {
    pub(crate) fn component(&mut self, text: Option<&Text<WrittenComponent>>) -> Option<ComponentSource> {
        Some(match self.parse(text)? {
            WrittenComponent::Path(path) => {
                ComponentSource::Path(self.sources.folder(&text?.span).join(path))
            }
            WrittenComponent::Oci(reference) => ComponentSource::Oci(reference),
        })
    }
}
