//! Writes down what `new` needs of `guest-sdk`: the contract, the SDKs, their templates, and the versions of tools.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// What is embedded, if it is there.
const WANTED: &[&str] = &[
    "wit",
    "rust/Cargo.toml",
    "rust/src",
    "rust/template",
    "python/requirements.txt",
    "python/rush_worker",
    "python/template",
    "js/package.json",
    "js/rush-worker",
    "js/template",
    "js/template-ts",
    "c/requirements.txt",
    "c/tools.txt",
    "c/rush_worker",
    "c/template",
];

/// What tools leave behind where they are used.
const LEFT_BEHIND: &[&str] = &["__pycache__", "node_modules", "target", ".venv", ".DS_Store"];

fn main() -> Result<(), Box<dyn Error>> {
    let manifest: PathBuf = env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets it")?.into();
    let sdk = manifest.join("../../guest-sdk").canonicalize()?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", sdk.display());

    let mut files = Vec::new();
    for wanted in WANTED {
        let path = sdk.join(wanted);
        if path.exists() {
            collect(&path, &mut files)?;
        }
    }
    files.sort();

    let mut text = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&sdk)?.to_str().ok_or("names in guest-sdk are text")?;
        writeln!(text, "    ({name:?}, include_str!({:?})),", file.to_str().ok_or("paths are text")?)?;
    }
    text.push_str("]\n");
    let out: PathBuf = env::var_os("OUT_DIR").ok_or("cargo sets it")?.into();
    fs::write(out.join("embedded.rs"), text)?;
    Ok(())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if LEFT_BEHIND.contains(&&*name) || path.extension().is_some_and(|extension| extension == "pyc") {
        return Ok(());
    }
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else {
        files.push(path.to_owned());
    }
    Ok(())
}
