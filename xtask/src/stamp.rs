//! What something was made of, as a short text that differs when anything of it does.

use std::{
    fmt,
    hash::{DefaultHasher, Hasher},
    path::Path,
};

use crate::{error::Error, files};

/// Collects contents. It tells changes, not attacks.
#[derive(Debug, Clone)]
pub(crate) struct Stamp(DefaultHasher);

impl Stamp {
    /// One of nothing.
    pub(crate) fn new() -> Self {
        Self(DefaultHasher::new())
    }

    /// Adds a content, as one.
    pub(crate) fn add(&mut self, content: &[u8]) {
        self.0.write_usize(content.len());
        self.0.write(content);
    }

    /// Adds a file, or all files of a folder with their names.
    pub(crate) fn add_path(&mut self, path: &Path) -> Result<(), Error> {
        if !path.is_dir() {
            self.add(&files::read(path)?);
            return Ok(());
        }
        for path in files::sources(path)? {
            self.add(path.file_name().unwrap_or_default().as_encoded_bytes());
            self.add_path(&path)?;
        }
        Ok(())
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0.finish())
    }
}

#[cfg(test)]
mod cases {
    use super::*;

    #[test]
    fn contents_count_one_by_one() {
        let of = |contents: &[&str]| {
            let mut stamp = Stamp::new();
            for content in contents {
                stamp.add(content.as_bytes());
            }
            stamp.to_string()
        };
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["ab"]));
        assert_ne!(of(&["a", "b"]), of(&["b", "a"]));
        assert_eq!(of(&[]).len(), 16);
    }
}
