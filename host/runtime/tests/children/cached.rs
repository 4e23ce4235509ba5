//! Code that a child made, on disk: used again when it is this cache's own, made anew by a child when there is any doubt.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::bombs::plugin;
use crate::compiling::enough;
use crate::roles::Role;
use rush_runtime::{
    Build, Capacity, CodeCache, CompileChild, CompileMode, Compiler, ComponentError, Engine, Limits,
    PreparedLoop,
};

crate::tests!(
    code_of_a_child_is_kept_and_used_again,
    whatever_is_wrong_with_kept_code_a_child_makes_it_anew,
    each_build_has_code_of_its_own,
);

/// With a cache, and a child of this role.
fn load(folder: &Path, role: Role, build: Build) -> Result<PreparedLoop, ComponentError> {
    let plugin = plugin("");
    let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, build).unwrap();
    let program = std::env::current_exe().unwrap();
    let child = CompileChild { program, arguments: vec![role.name().into()], limits: enough() };
    let compiler =
        Compiler::with_cache(CodeCache::open(folder).unwrap()).with_mode(CompileMode::Child(child));
    PreparedLoop::new(&engine, &compiler, &plugin, &Limits::default().into())
}

/// All files of compiled code in a folder.
fn code(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut code: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "cwasm")).collect();
    code.sort();
    code
}

fn code_of_a_child_is_kept_and_used_again() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("code");
    load(&folder, Role::Compile, Build::default()).unwrap();
    // This child would compile nothing.
    load(&folder, Role::Die, Build::default()).unwrap();
}

fn whatever_is_wrong_with_kept_code_a_child_makes_it_anew() {
    let root = tempfile::tempdir().unwrap();
    let (folder, other) = (root.path().join("code"), root.path().join("other"));
    load(&folder, Role::Compile, Build::default()).unwrap();
    load(&other, Role::Compile, Build::default()).unwrap();
    load(&other, Role::Compile, Build::default().uninterruptible()).unwrap();
    let path = code(&folder).remove(0);
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let foreign = fs::read(&code(&other)[0]).unwrap();
    for bad in [&flipped[..], &whole[..whole.len() - 1], &foreign, b"", b"\x7fELF"] {
        fs::write(&path, bad).unwrap();
        load(&folder, Role::Die, Build::default()).err().expect("it is not loaded");
        let before = fs::metadata(&path).unwrap().ino();
        load(&folder, Role::Compile, Build::default()).unwrap();
        assert_ne!(before, fs::metadata(&path).unwrap().ino(), "replaced");
        load(&folder, Role::Die, Build::default()).unwrap();
    }
    // Renamed: this cache's own, but of another build.
    load(&folder, Role::Compile, Build::default().uninterruptible()).unwrap();
    let [one, another] = &code(&folder)[..] else { panic!("two") };
    fs::rename(one, another).unwrap();
    for build in [Build::default(), Build::default().uninterruptible()] {
        load(&folder, Role::Die, build).err().expect("it is not loaded");
    }
}

fn each_build_has_code_of_its_own() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("code");
    let default = Build::default();
    let builds = [default, default.uninterruptible(), Build { fuel: true, ..default }];
    for build in builds {
        load(&folder, Role::Compile, build).unwrap();
    }
    let names: Vec<_> =
        code(&folder).iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    for ending in ["-interruptible.cwasm", "-interruptible-fuel.cwasm"] {
        assert_eq!(names.iter().filter(|name| name.ends_with(ending)).count(), 1, "{names:?}");
    }
    for build in builds {
        load(&folder, Role::Die, build).unwrap();
    }
    // The stack is no part of the code.
    load(&folder, Role::Die, Build { stack: 1 << 20, ..default }).unwrap();
}
