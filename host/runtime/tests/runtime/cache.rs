//! Compiled code on disk: used when it is this cache's own, compiled anew when there is any doubt.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;

use crate::support::{Fixture, Remembered, wat_module};
use rush_network::EndKind;
use rush_runtime::{Build, Capacity, CodeCache, Compiler, Engine, Limits, Plugin, PreparedLoop};

fn plugin() -> Plugin {
    wat_module(
        r#"(memory (export "memory") 1)
           (func $fail unreachable)
           (func (export "run") (result i32) (call $fail) i32.const 0)"#,
    )
}

fn load(folder: &Path) -> PreparedLoop {
    let plugin = plugin();
    let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, Build::default()).unwrap();
    let compiler = Compiler::with_cache(CodeCache::open(folder).unwrap());
    PreparedLoop::new(&engine, &compiler, &plugin, &Limits::default().into()).unwrap()
}

/// The one file of compiled code in a folder.
fn code(folder: &Path) -> PathBuf {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let code: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "cwasm")).collect();
    let [path] = code.as_slice() else { panic!("{code:?}") };
    path.clone()
}

/// A file that is held open: as long as it is, no other can have its number.
struct Held {
    file: File,
    path: PathBuf,
}

impl Held {
    fn open(path: PathBuf) -> Self {
        Self { file: File::open(&path).unwrap(), path }
    }

    /// Whether another file has its path by now.
    fn is_replaced(&self) -> bool {
        let (held, found) = (self.file.metadata().unwrap(), fs::metadata(&self.path).unwrap());
        (held.dev(), held.ino()) != (found.dev(), found.ino())
    }
}

#[tokio::test]
async fn code_is_kept_and_used_again() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("cache/code");
    load(&folder);
    let kept = Held::open(code(&folder));
    assert_eq!(fs::metadata(&kept.path).unwrap().mode() & 0o777, 0o600);
    let prepared = load(&folder);
    assert!(!kept.is_replaced(), "not written again");
    // Names of functions survive the cache.
    let end = Fixture::start().await.run(&prepared, Remembered::new()).await;
    assert_eq!(end.kind, EndKind::Trap);
    assert!(end.message.contains("at fail"), "{}", end.message);
}

#[test]
fn damaged_code_is_compiled_anew() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("code");
    load(&folder);
    let path = code(&folder);
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let no_seal = &whole[..whole.len() - 32];
    for damaged in [&flipped[..], no_seal, &[], b"\x7fELF"] {
        fs::write(&path, damaged).unwrap();
        let before = Held::open(path.clone());
        load(&folder);
        assert!(before.is_replaced(), "replaced, not overwritten");
        let after = fs::read(code(&folder)).unwrap();
        assert_eq!(after.len(), whole.len());
        assert_ne!(after, damaged);
    }
}

#[test]
fn code_of_another_cache_is_compiled_anew() {
    let root = tempfile::tempdir().unwrap();
    let (ours, theirs) = (root.path().join("ours"), root.path().join("theirs"));
    load(&ours);
    load(&theirs);
    let before = Held::open(code(&ours));
    // It keeps the file, so that only its content is foreign.
    fs::write(&before.path, fs::read(code(&theirs)).unwrap()).unwrap();
    load(&ours);
    assert!(before.is_replaced());
}

#[test]
fn code_that_others_can_change_is_compiled_anew() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("code");
    load(&folder);
    let before = Held::open(code(&folder));
    fs::set_permissions(&before.path, Permissions::from_mode(0o666)).unwrap();
    load(&folder);
    assert!(before.is_replaced());
}

#[test]
fn a_folder_that_others_can_read_is_refused_and_said() {
    let root = tempfile::tempdir().unwrap();
    fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
    let error = CodeCache::open(root.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the cache of compiled code {} cannot be used: others may use it (mode 755); run `chmod 700` on it",
            root.path().display()
        )
    );
    // Without it, components are compiled at each start.
    let plugin = plugin();
    let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, Build::default()).unwrap();
    PreparedLoop::new(&engine, &Compiler::with_cache_in(root.path()), &plugin, &Limits::default().into())
        .unwrap();
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn many_may_fill_it_at_once() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("code");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| load(&folder));
        }
    });
    let kept = Held::open(code(&folder));
    load(&folder);
    assert!(!kept.is_replaced());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "the code and the key, nothing unfinished");
}
