//! Folders that components may write to, and where a path leads that goes through them.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf, absolute},
};

use rush_run_file::Grants;

/// As many links as Linux follows.
const MOST_LINKS: u32 = 40;

/// Folders that components may write to, and so put links there. Whoever follows those lets components choose what they are granted
/// the next time.
#[derive(Clone, Debug, Default)]
pub struct Writable(Vec<PathBuf>);

impl Writable {
    /// Those that are granted.
    pub fn by<'a>(grants: impl IntoIterator<Item = &'a Grants>) -> Self {
        let dirs = grants.into_iter().flat_map(|grants| &grants.dirs);
        Self::of(dirs.filter(|dir| dir.write).map(|dir| dir.host.as_path()))
    }

    /// These folders. What is not there is not written to.
    pub(crate) fn of<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Self {
        Self(folders.into_iter().filter_map(|folder| folder.canonicalize().ok()).collect())
    }

    /// The same path without links. One in a folder that may be written to is an error.
    pub fn real(&self, path: &Path) -> io::Result<PathBuf> {
        let mut rest = parts(&absolute(path)?);
        let mut real = PathBuf::new();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == ".." {
                real.pop();
                continue;
            }
            let next = real.join(&part);
            if !next.symlink_metadata()?.is_symlink() {
                real = next;
                continue;
            }
            if self.0.iter().any(|folder| real.starts_with(folder)) {
                let link = next.display();
                return Err(io::Error::other(format!(
                    "`{link}` is a link that a component may have put there"
                )));
            }
            links += 1;
            if links > MOST_LINKS {
                return Err(io::Error::other("links lead in a circle"));
            }
            rest.extend(parts(&next.read_link()?));
        }
        Ok(real)
    }
}

/// The last one first.
fn parts(path: &Path) -> Vec<OsString> {
    path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn a_path_leads_where_the_system_says() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        symlink("a/../a", root.join("relative")).unwrap();
        symlink(root.join("relative/b"), root.join("absolute")).unwrap();
        symlink("circle", root.join("circle")).unwrap();
        for path in
            ["a/b", "a/./b/..", "relative/b", "absolute", "absolute/../b/../..", "relative/../absolute"]
        {
            let path = root.join(path);
            assert_eq!(Writable::default().real(&path).unwrap(), path.canonicalize().unwrap(), "{path:?}");
        }
        for path in ["nowhere", "a/nowhere", "circle"] {
            assert!(Writable::default().real(&root.join(path)).is_err(), "{path}");
        }
        assert_eq!(Writable::default().real(Path::new("/")).unwrap(), Path::new("/"));
    }

    #[test]
    fn links_where_components_write_lead_nowhere() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("top/deep/folder")).unwrap();
        fs::create_dir(root.join("outside")).unwrap();
        symlink("../../outside", root.join("top/deep/link")).unwrap();
        symlink("top", root.join("way")).unwrap();
        symlink("top/deep/link", root.join("way_to_link")).unwrap();
        let writable = Writable::of([root.join("way").as_path(), Path::new("/nowhere")]);
        assert_eq!(writable.real(&root.join("way/deep/folder")).unwrap(), root.join("top/deep/folder"));
        for path in ["top/deep/link", "way/deep/link", "way_to_link", "top/deep/link/."] {
            let error = writable.real(&root.join(path)).unwrap_err().to_string();
            assert!(
                error.ends_with("top/deep/link` is a link that a component may have put there"),
                "{error}"
            );
        }
    }
}
