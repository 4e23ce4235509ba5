//! The folders that a component is granted, opened once, when it is prepared: whatever is put in their place afterwards (by a guest that may
//! write to what is above) is not what was granted.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

use crate::component_error::{ComponentError, Problem};
use crate::inspect::Plugin;
use crate::settings::{GrantError, GrantedDir, Grants};

/// How the folders on the way are opened: nothing need be readable there.
#[cfg(target_os = "linux")]
const ON_THE_WAY: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const ON_THE_WAY: OFlags = OFlags::RDONLY;
/// For each of them, and for the folder itself.
const A_FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Open folders, in the order of their grants.
#[derive(Debug, Default)]
pub(crate) struct Folders(Vec<Folder>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) dir: GrantedDir,
    descriptor: OwnedFd,
}

impl Folders {
    /// Those that a component is granted.
    pub(crate) fn of(plugin: &Plugin, grants: &Grants) -> Result<Self, ComponentError> {
        Self::open(grants).map_err(|error| plugin.error(Problem::Grant(error)))
    }

    /// Opens them. No link is followed: who allowed a place looked at it without links.
    pub(crate) fn open(grants: &Grants) -> Result<Self, GrantError> {
        let open = |dir: &GrantedDir| {
            let descriptor = open(&dir.host).map_err(|cause| dir.error(&cause))?;
            Ok(Folder { dir: dir.clone(), descriptor })
        };
        grants.dirs.iter().map(open).collect::<Result<_, _>>().map(Self)
    }

    /// Those that somebody else has opened; nothing unless there is one for each grant.
    pub(crate) fn opened(grants: &Grants, descriptors: Vec<OwnedFd>) -> Option<Self> {
        let of = |(dir, descriptor): (&GrantedDir, OwnedFd)| Folder { dir: dir.clone(), descriptor };
        (grants.dirs.len() == descriptors.len())
            .then(|| Self(grants.dirs.iter().zip(descriptors).map(of).collect()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Folder> {
        self.0.iter()
    }

    pub(crate) fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        self.0.iter().map(|folder| folder.descriptor.as_fd()).collect()
    }
}

impl Folder {
    /// A path that leads to this very folder as long as it is open, for libraries that take nothing but paths.
    #[cfg(target_os = "linux")]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it may lead to another one by now")]
    pub(crate) fn path(&self) -> io::Result<PathBuf> {
        use std::os::fd::AsRawFd as _;

        Ok(format!("/proc/self/fd/{}", self.descriptor.as_raw_fd()).into())
    }

    /// The path of the grant, if it still leads there.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn path(&self) -> io::Result<PathBuf> {
        let kept = rustix::fs::fstat(&self.descriptor)?;
        let found = rustix::fs::fstat(open(&self.dir.host)?)?;
        if (kept.st_dev, kept.st_ino) == (found.st_dev, found.st_ino) {
            Ok(self.dir.host.clone())
        } else {
            Err(io::Error::other("another one is in its place"))
        }
    }
}

impl GrantedDir {
    pub(crate) fn error(&self, cause: &impl ToString) -> GrantError {
        GrantError { host: self.host.clone(), guest: self.guest.clone(), cause: cause.to_string() }
    }
}

/// Opens a folder, one part of its path after the other, and no link among them.
fn open(path: &Path) -> io::Result<OwnedFd> {
    let path = std::path::absolute(path)?;
    let mut way = PathBuf::new();
    let mut folder: Option<OwnedFd> = None;
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        way.push(part);
        let name = match part {
            Component::Prefix(_) | Component::CurDir => continue,
            Component::RootDir => Path::new("/"),
            Component::ParentDir => Path::new(".."),
            Component::Normal(name) => Path::new(name),
        };
        let access = if parts.peek().is_some() { ON_THE_WAY } else { OFlags::RDONLY };
        let above = folder.as_ref().map_or(rustix::fs::CWD, OwnedFd::as_fd);
        let opened = openat(above, name, access | A_FOLDER, Mode::empty());
        folder = Some(opened.map_err(|error| match error {
            Errno::LOOP | Errno::NOTDIR => {
                io::Error::other(format!("`{}` is a link, or no folder", way.display()))
            }
            error => error.into(),
        })?);
    }
    folder.ok_or_else(|| io::ErrorKind::NotFound.into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn grants(host: &Path) -> Grants {
        let dir = GrantedDir { host: host.to_owned(), guest: "/data".to_owned(), write: false };
        Grants { dirs: vec![dir], ..Grants::default() }
    }

    #[test]
    fn what_is_put_in_its_place_is_not_what_was_granted() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (top, outside) = (root.join("top"), root.join("outside"));
        let folder = top.join("folder");
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(folder.join("granted"), "").unwrap();
        let folders = Folders::open(&grants(&folder)).unwrap();
        fs::rename(&folder, top.join("away")).unwrap();
        symlink(&outside, &folder).unwrap();
        let path = folders.iter().next().unwrap().path();
        assert_eq!(path.is_ok_and(|path| path.join("granted").exists()), cfg!(target_os = "linux"));
        let error = Folders::open(&grants(&folder)).unwrap_err().to_string();
        assert!(error.ends_with("top/folder` is a link, or no folder"), "{error}");
    }

    #[test]
    fn no_link_is_followed_on_the_way() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("real/folder")).unwrap();
        symlink("real", root.join("link")).unwrap();
        assert!(Folders::open(&grants(&root.join("real/folder"))).is_ok());
        let error = Folders::open(&grants(&root.join("link/folder"))).unwrap_err().to_string();
        assert!(error.ends_with("link` is a link, or no folder"), "{error}");
        let error = Folders::open(&grants(&root.join("nowhere"))).unwrap_err().to_string();
        assert!(error.ends_with("cannot be opened: No such file or directory (os error 2)"), "{error}");
    }

    #[test]
    fn there_is_one_for_each_grant() {
        let grants = grants(Path::new("/"));
        let descriptor = || open(Path::new("/")).unwrap();
        assert!(Folders::opened(&grants, vec![descriptor()]).is_some());
        assert!(Folders::opened(&grants, Vec::new()).is_none());
        assert!(Folders::opened(&Grants::default(), vec![descriptor()]).is_none());
    }
}
