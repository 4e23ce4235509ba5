//! The private compiler for WASI, too: what `rush-host new --lang rust` writes is built for it.
//!
//! The standard library is built once more, from the sources of the same compiler, and put beside the other. Nothing that is there is
//! changed, so whoever builds guests meanwhile notices nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    command,
    error::Error,
    files, private_toolchain as private, say,
    wasm_toolchain::{self, WASI_TARGET},
};

/// The sources of the standard library, and the C library that it calls.
const PACKAGES: [&str; 2] = ["rust-web-src", "wasi-libc"];

/// What of the C library the linker looks for beside the standard library.
const C_LIBRARY: [&str; 3] = ["crt1-command.o", "crt1-reactor.o", "libc.a"];

/// Makes sure that the private compiler can build for WASI, and says where it is. The inner error is the reason why it cannot be had on
/// this machine.
pub(crate) fn ensure() -> Result<Result<PathBuf, String>, Error> {
    let rustc = match private::ensure()? {
        Ok(rustc) => rustc,
        Err(reason) => return Ok(Err(reason)),
    };
    let folder = private::folder()?;
    let prefix = folder.join("prefix");
    if is_complete(&prefix) {
        return Ok(Ok(rustc));
    }
    let _lock = private::lock(&folder)?;
    // Somebody else may have made it while we waited.
    if is_complete(&prefix) {
        return Ok(Ok(rustc));
    }
    // An earlier attempt that was interrupted left this behind.
    let partial = folder.join("partial-wasi");
    files::remove_folder(&partial)?;
    make(&partial, &prefix)?;
    files::remove_folder(&partial)?;
    if is_complete(&prefix) {
        return Ok(Ok(rustc));
    }
    Err(Error::new(format!("the private compiler does not find its standard library for {WASI_TARGET}")))
}

fn is_complete(prefix: &Path) -> bool {
    linker(prefix).exists() && wasm_toolchain::has_target(&private::rustc(prefix), WASI_TARGET, prefix)
}

/// What `wasm-component-ld`, which comes with the compiler, runs.
fn linker(prefix: &Path) -> PathBuf {
    prefix.join("usr/bin/wasm-ld")
}

fn make(folder: &Path, prefix: &Path) -> Result<(), Error> {
    say::step(&format!(
        "Setting up the compiler of guests for {WASI_TARGET}, which the active toolchain lacks"
    ));
    say::note("once only, usually 2 minutes; nothing is installed, your toolchain stays as it is");
    say::note(&format!("hint: `rustup target add {WASI_TARGET}` makes it unnecessary"));
    let packages = folder.join("packages");
    files::create_folder(&packages)?;
    private::download(&PACKAGES.map(str::to_owned), &packages)?;
    // A copy that shares its files, because the sources have to lie where the compiler looks for them.
    let copy = folder.join("prefix");
    link_all(prefix, &copy)?;
    for package in files::list(&packages)? {
        command::run_quietly(command::new("dpkg-deb").arg("--extract").arg(&package).arg(&copy))?;
    }
    if !copy.join("usr/lib/rustlib/src/rust/library").exists() {
        let message = "the distribution has the sources of another compiler by now";
        return Err(Error::new(message).with_hint(format!(
            "delete {}, and the next `cargo xtask` makes a compiler of today's packages",
            prefix.display()
        )));
    }
    add_c_library(&copy)?;

    say::step("Building the standard library for WASI (usually a minute and a half)");
    let libraries = private::build_std(folder, &copy, WASI_TARGET)?;
    files::rename(&c_library(&copy), &libraries.join("self-contained"))?;
    add_linker(prefix)?;
    private::move_to(&libraries, &private::libraries_of(prefix, WASI_TARGET))
}

fn c_library(prefix: &Path) -> PathBuf {
    private::libraries_of(prefix, WASI_TARGET).join("self-contained")
}

fn add_c_library(prefix: &Path) -> Result<(), Error> {
    let folder = c_library(prefix);
    files::create_folder(&folder)?;
    C_LIBRARY
        .iter()
        .try_for_each(|name| files::copy(&prefix.join("usr/lib/wasm32-wasi").join(name), &folder.join(name)))
}

/// The package has it with its version only.
#[cfg(unix)]
fn add_linker(prefix: &Path) -> Result<(), Error> {
    let linker = linker(prefix);
    if linker.exists() {
        return Ok(());
    }
    let versioned = files::list(&prefix.join("usr/bin"))?.into_iter().find(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("wasm-ld-"))
    });
    let name = versioned.as_deref().and_then(Path::file_name);
    let name = name.ok_or_else(|| Error::new("the linker's package has no `wasm-ld` any more"))?;
    std::os::unix::fs::symlink(name, &linker)
        .map_err(|error| Error::io(format_args!("create {}", linker.display()), &error))
}

#[cfg(not(unix))]
fn add_linker(_: &Path) -> Result<(), Error> {
    Err(Error::new("Debian's packages are for Linux"))
}

/// A copy of a folder whose files are the same files.
#[cfg(unix)]
fn link_all(from: &Path, to: &Path) -> Result<(), Error> {
    files::create_folder(to)?;
    for path in files::list(from)? {
        let copy = to.join(path.file_name().unwrap_or_default());
        let failed = |error| Error::io(format_args!("link {} to {}", path.display(), copy.display()), &error);
        let kind = path.symlink_metadata().map_err(failed)?.file_type();
        if kind.is_dir() {
            link_all(&path, &copy)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(&path).map_err(failed)?;
            std::os::unix::fs::symlink(target, &copy).map_err(failed)?;
        } else {
            fs::hard_link(&path, &copy).map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn link_all(_: &Path, _: &Path) -> Result<(), Error> {
    Err(Error::new("Debian's packages are for Linux"))
}
