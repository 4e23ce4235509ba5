//! What a shell, a URL, and a log would stumble over; and a password made of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Scene;

/// What a shell, a URL, and a log would stumble over.
pub const HOSTILE: &str = "a b'\"$HOME `id` $(id) \\ ünï;&|<>#%*";

impl Scene {
    /// Gives the scene's Redis, which must have a port, a hostile password, which stands in the variable `SECRET` and nowhere else from now on.
    /// Answers it, and the URL for a run file.
    pub fn hostile_password(&mut self) -> (String, String) {
        self.set("REDIS_URL", "");
        let mut connection = self.redis().connection();
        let secret = format!("geh{HOSTILE}eim");
        let mut config = redis::cmd("CONFIG");
        config.arg("SET").arg("requirepass").arg(&secret);
        config.exec(&mut connection).expect("Redis takes any password");
        self.set("SECRET", &secret);
        let url = self.redis().url().replace("redis://", "redis://:${SECRET}@");
        (secret, url)
    }
}

/// Asserts that the password of [`Scene::hostile_password`] is not to be seen there, written in whatever way.
#[track_caller]
pub fn hides_the_password(what: &str, text: &str) {
    let shown = text.contains("geha") || text.contains("*eim") || text.contains("%2Aeim");
    assert!(!shown, "{what} shows the password:\n{text}");
}

/// All files below a folder, links among them, which are not followed.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it is a folder of the scene");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let (folders, mut files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir() && !path.is_symlink());
    files.extend(folders.iter().flat_map(|folder| files_below(folder)));
    files
}
