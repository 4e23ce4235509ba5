//! What is larger than Redis takes: files in a folder that all machines see, each named by the SHA-256 of its content.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use tokio::{fs, io::AsyncWriteExt as _};

use crate::{Error, Result};

/// Writes it under a temporary name first, so that nobody ever reads half of it.
pub(crate) async fn write(folder: &Path, digest: &str, content: &[u8]) -> Result<()> {
    let file = folder.join(digest);
    let temporary = folder.join(format!(".{digest}.{:016x}", rand::random::<u64>()));
    let written = async {
        let mut open = fs::OpenOptions::new().write(true).create_new(true).open(&temporary).await?;
        open.write_all(content).await?;
        open.sync_all().await?;
        fs::rename(&temporary, &file).await
    };
    let written = written.await;
    if written.is_err() {
        // Perhaps it was never made; the first error is the one to tell.
        let _ = fs::remove_file(&temporary).await;
    }
    written.map_err(|error| failed(&file, "written", &error))
}

/// None if there is no such file.
pub(crate) async fn read(folder: &Path, digest: &str) -> Result<Option<Vec<u8>>> {
    // The name comes from Redis, and must not lead out of the folder.
    if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let file = folder.join(digest);
    match fs::read(&file).await {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&file, "read", &error)),
    }
}

fn failed(file: &Path, what: &'static str, error: &io::Error) -> Error {
    Error::LargeObject { path: file.display().to_string(), what, cause: error.to_string() }
}
