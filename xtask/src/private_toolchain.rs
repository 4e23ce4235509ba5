//! A private Rust compiler for guests, from Debian's packages: neither root nor installing is needed.
//!
//! Debian builds its browsers with `rustc-web`, a recent Rust. Its packages are unpacked below the user's cache, and
//! the standard library for guests is built once from the sources of that very compiler; others do not fit it. Cargo
//! stays the user's own.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use crate::{
    command,
    error::Error,
    files,
    package_manager::{self, PackageManager, Rights},
    say,
    wasm_toolchain::{self, TARGET},
};

const PACKAGE: &str = "rustc-web";

/// Makes sure that the compiler is there, and says where. The inner error is the reason why it cannot be had on this
/// machine.
pub(crate) fn ensure() -> Result<Result<PathBuf, String>, Error> {
    let folder = folder()?;
    let prefix = folder.join("prefix");
    if is_complete(&prefix) {
        return Ok(Ok(rustc(&prefix)));
    }
    for program in ["apt-get", "apt-cache", "dpkg-deb"] {
        if command::find(program).is_none() {
            return Ok(Err(format!(
                "a private one is made of Debian's packages, but there is no `{program}`"
            )));
        }
    }
    files::create_folder(&folder)?;
    let _lock = lock(&folder)?;
    // Somebody else may have made it while we waited.
    if is_complete(&prefix) {
        return Ok(Ok(rustc(&prefix)));
    }
    if !is_known(PACKAGE) {
        let rights = package_manager::rights();
        match PackageManager::find("apt-get") {
            Some(apt) if rights != Rights::None => apt.refresh(rights)?,
            _ => return Ok(Err(missing_lists())),
        }
        if !is_known(PACKAGE) {
            return Ok(Err(format!("this distribution has no package `{PACKAGE}` to make a private one of")));
        }
    }
    // An earlier attempt that was interrupted left this behind.
    let partial = folder.join("partial");
    files::remove_folder(&partial)?;
    files::remove_folder(&prefix)?;
    make(&partial)?;
    files::rename(&partial.join("prefix"), &prefix)?;
    files::remove_folder(&partial)?;
    Ok(Ok(rustc(&prefix)))
}

/// Tells one private compiler from another of the same version.
pub(crate) fn identity(rustc: &Path) -> Result<String, Error> {
    // The wrapper is written anew with each.
    let made = rustc
        .metadata()
        .and_then(|wrapper| wrapper.modified())
        .map_err(|error| Error::io(format_args!("look at {}", rustc.display()), &error))?;
    let made = made.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{} of {}", rustc.display(), made.as_nanos()))
}

fn missing_lists() -> String {
    format!(
        "Debian's `{PACKAGE}`, of which a private one is made, is in no package list of this machine \
         (`sudo apt-get update` fetches them)"
    )
}

/// Where it is made and kept.
pub(crate) fn folder() -> Result<PathBuf, Error> {
    Ok(files::cache_folder()?.join("rust-wasm"))
}

pub(crate) fn rustc(prefix: &Path) -> PathBuf {
    prefix.join("rustc")
}

fn is_complete(prefix: &Path) -> bool {
    rustc(prefix).exists() && wasm_toolchain::has_target(&rustc(prefix), TARGET, prefix)
}

/// Held while the compiler is made; given back when the file is closed, also by a crash.
pub(crate) fn lock(folder: &Path) -> Result<File, Error> {
    files::lock(folder, "the compiler of guests")
}

/// Makes a whole prefix in `folder/prefix`. It does not know its own path, so it can be moved once it is complete.
fn make(folder: &Path) -> Result<(), Error> {
    say::step(&format!("Setting up a compiler of guests, because the active toolchain lacks {TARGET}"));
    say::note("once only, usually 2 to 4 minutes; nothing is installed, your toolchain stays as it is");
    say::note(&format!("hint: `cargo xtask setup --rustup` runs `rustup target add {TARGET}` instead"));
    let (packages, prefix) = (folder.join("packages"), folder.join("prefix"));
    files::create_folder(&packages)?;
    files::create_folder(&prefix)?;

    let Packages { names, lld } = packages_of_this_release()?;
    say::step("Downloading it from the distribution's mirror (about 140 MB)");
    download(&names, &packages)?;
    say::step("Unpacking it");
    for package in files::list(&packages)? {
        command::run_quietly(command::new("dpkg-deb").arg("--extract").arg(&package).arg(&prefix))?;
    }
    files::remove_folder(&packages)?;
    write_linker_and_wrapper(&prefix, &lld)?;

    say::step("Building the standard library of guests (usually about a minute)");
    let libraries = build_std(folder, &prefix, TARGET)?;
    move_to(&libraries, &libraries_of(&prefix, TARGET))?;
    // Needed for that only: hundreds of megabytes.
    files::remove_folder(&prefix.join("usr/src"))?;
    files::remove_folder(&prefix.join("usr/share"))?;
    if is_complete(&prefix) {
        return Ok(());
    }
    Err(Error::new(format!("the private compiler does not find its standard library for {TARGET}"))
        .with_hint(format!("type `rustup target add {TARGET}` instead")))
}

/// The packages to unpack, and the version of the linker among them.
struct Packages {
    names: Vec<String>,
    lld: String,
}

/// By name only: versions move with security updates.
fn packages_of_this_release() -> Result<Packages, Error> {
    let std = dependency("libstd-rust-web-dev", "libstd-rust-web-")?;
    let llvm = dependency(&std, "libllvm")?;
    let lld = llvm.trim_start_matches("libllvm").to_owned();
    let mut names: Vec<String> =
        [PACKAGE, "libstd-rust-web-dev", "rust-web-src", "rust-web-llvm"].map(str::to_owned).into();
    names.extend([std, llvm, format!("lld-{lld}")]);
    Ok(Packages { names, lld })
}

/// The name of the dependency of `package` that is `prefix` and a version.
fn dependency(package: &str, prefix: &str) -> Result<String, Error> {
    let text = command::output(command::new("apt-cache").args(["depends", package]))?;
    find_dependency(&text, prefix)
        .ok_or_else(|| Error::new(format!("the package `{package}` does not depend on `{prefix}…` any more")))
}

fn find_dependency(text: &str, prefix: &str) -> Option<String> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| {
            name.strip_prefix(prefix).is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
        })
        .map(str::to_owned)
}

fn is_known(package: &str) -> bool {
    command::succeeds(command::new("apt-cache").args(["show", package]))
}

pub(crate) fn download(names: &[String], folder: &Path) -> Result<(), Error> {
    let download =
        || command::run_quietly(command::new("apt-get").arg("download").args(names).current_dir(folder));
    let Err(error) = download() else { return Ok(()) };
    // Old lists name files that the mirror no longer has.
    let rights = package_manager::rights();
    match PackageManager::find("apt-get") {
        Some(apt) if rights != Rights::None => {
            apt.refresh(rights)?;
            download()
        }
        _ => {
            Err(error
                .with_hint("if the mirror does not have these versions any more, type: sudo apt-get update"))
        }
    }
}

/// The compiler looks for its own libraries, and for the linker under the name that the target gives it.
const WRAPPER: &str = r#"#!/bin/sh
# The compiler of guests. It finds what belongs to it beside itself, wherever that is.
here=${0%/*}
for libraries in "$here"/usr/lib/*-linux-gnu*; do
    LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
PATH=$here/usr/bin:$PATH exec "$here/usr/bin/rustc" "$@"
"#;

#[cfg(unix)]
fn write_linker_and_wrapper(prefix: &Path, lld: &str) -> Result<(), Error> {
    use std::os::unix::fs::{PermissionsExt, symlink};
    // The packages have this link themselves, as long as they are of one version.
    let linker = prefix.join("usr/bin/rust-lld");
    if !linker.exists() {
        symlink(format!("lld-{lld}"), &linker)
            .map_err(|error| Error::io(format_args!("create {}", linker.display()), &error))?;
    }
    let wrapper = rustc(prefix);
    files::write_if_changed(&wrapper, WRAPPER.as_bytes())?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))
        .map_err(|error| Error::io(format_args!("make {} executable", wrapper.display()), &error))
}

#[cfg(not(unix))]
fn write_linker_and_wrapper(_: &Path, _: &str) -> Result<(), Error> {
    Err(Error::new("Debian's packages are for Linux"))
}

/// An empty crate for which cargo has to build the standard library; that one then moves into the prefix.
const EMPTY_CRATE: &str = r#"[package]
name = "empty"
version = "0.0.0"
edition = "2021"

[profile.release]
debug = false

[workspace]
"#;

/// Builds the standard library for a target with the compiler of that prefix, and says which folder has it.
pub(crate) fn build_std(folder: &Path, prefix: &Path, target: &str) -> Result<PathBuf, Error> {
    let (crate_folder, output) = (folder.join("std"), folder.join("std/target"));
    files::write_if_changed(&crate_folder.join("Cargo.toml"), EMPTY_CRATE.as_bytes())?;
    files::write_if_changed(&crate_folder.join("src/lib.rs"), b"")?;
    let mut cargo = command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(&crate_folder)
        .args(["build", "--quiet", "--release", "--target", target, "-Zbuild-std=std,panic_abort,proc_macro"])
        .env_remove("RUSTFLAGS")
        // Without bitcode, a guest with link-time optimisation cannot be built.
        .env("CARGO_ENCODED_RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", &output)
        .env("RUSTC", rustc(prefix))
        // `-Z` on a stable compiler.
        .env("RUSTC_BOOTSTRAP", "1");
    command::run_quietly(&mut cargo)?;

    let libraries = folder.join(target);
    files::create_folder(&libraries)?;
    for library in files::list(&output.join(target).join("release/deps"))? {
        let Some(name) = library.file_name().and_then(|name| name.to_str()) else { continue };
        if library.extension().is_some_and(|kind| kind == "rlib") && !name.starts_with("libempty") {
            files::copy(&library, &libraries.join(name))?;
        }
    }
    Ok(libraries)
}

/// Where the compiler of that prefix looks for the standard library for a target.
pub(crate) fn libraries_of(prefix: &Path, target: &str) -> PathBuf {
    prefix.join("usr/lib/rustlib").join(target).join("lib")
}

/// Puts a folder in its place in one step.
pub(crate) fn move_to(folder: &Path, place: &Path) -> Result<(), Error> {
    if let Some(parent) = place.parent() {
        files::create_folder(parent)?;
    }
    files::rename(folder, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_found_by_its_name() {
        let text = "libstd-rust-web-dev\n  Depends: libc6\n  Depends: libstd-rust-web-dev-common\n  \
                    Depends: libstd-rust-web-1.96\n  Suggests: libstd-rust-web-1.95\n";
        assert_eq!(find_dependency(text, "libstd-rust-web-").as_deref(), Some("libstd-rust-web-1.96"));
        assert_eq!(find_dependency(text, "libllvm"), None);
    }
}
