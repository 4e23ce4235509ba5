//! Compiled code on disk.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::compiler::MachineCode;
use super::key::{self, Key};
use super::seal::{self, Sealed};
use super::{private, prune};
use crate::engine::{Build, Engine};

/// A folder with compiled code, private to its owner. Any number of processes may use it at once.
#[derive(Debug)]
pub struct CodeCache {
    folder: PathBuf,
    key: Key,
}

/// Why a folder cannot be a cache.
#[derive(Debug, thiserror::Error)]
#[error("the cache of compiled code {} cannot be used: {cause}", folder.display())]
pub struct CacheError {
    /// The folder.
    pub folder: PathBuf,
    /// Why not.
    pub cause: io::Error,
}

impl CodeCache {
    /// Opens a cache; makes it if there is none.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, CacheError> {
        let folder = folder.into();
        match private::folder(&folder).and_then(|()| key::read_or_make(&folder)) {
            Ok(key) => Ok(Self { folder, key }),
            Err(cause) => Err(CacheError { folder, cause }),
        }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name of the file for this component and engine: what decides about the code is in it.
    pub(super) fn name(sha256: &str, engine: &Engine) -> String {
        let mut hasher = DefaultHasher::new();
        engine.wasmtime().precompile_compatibility_hash().hash(&mut hasher);
        let Build { interruptible, fuel, .. } = engine.build();
        let interruptible = if interruptible { "-interruptible" } else { "" };
        let fuel = if fuel { "-fuel" } else { "" };
        format!("{sha256}-{:016x}{interruptible}{fuel}.cwasm", hasher.finish())
    }

    /// The file of this name, if it is there and this cache wrote it.
    pub(super) fn find(&self, name: &str) -> Option<Sealed> {
        match seal::check(&self.key, &self.folder, name) {
            Ok(Some(sealed)) => {
                prune::used(&self.folder.join(name));
                Some(sealed)
            }
            Ok(None) => {
                if self.folder.join(name).exists() {
                    tracing::warn!(
                        "cached code {name} is damaged or was not written by this cache: it is not used but compiled anew"
                    );
                }
                None
            }
            Err(error) => {
                tracing::warn!("cached code {name} cannot be used ({error}): it is compiled anew");
                None
            }
        }
    }

    /// Keeps code. It appears under its name whole or not at all.
    pub(super) fn store(&self, name: &str, code: &MachineCode) -> io::Result<Option<Sealed>> {
        let unfinished = prune::unfinished(&self.folder);
        let written = private::create(&unfinished).and_then(|mut file| {
            file.write_all(code.bytes())?;
            // Not synced to the disk: after a crash the seal tells whether all of it arrived.
            file.write_all(&seal::of(&self.key, name, code.bytes()))
        });
        let named = written.and_then(|()| fs::rename(&unfinished, self.folder.join(name)));
        if let Err(error) = named {
            // Best effort; what stays is pruned later.
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        prune::prune(&self.folder, SystemTime::now())?;
        seal::check(&self.key, &self.folder, name)
    }
}
