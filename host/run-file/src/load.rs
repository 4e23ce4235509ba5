//! Reading the file.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::error::{Mistake, Problem, RunFileErrors};
use crate::options::Options;
use crate::run_file::RunFile;

/// Far more than anybody writes by hand; what is larger was named by mistake.
const MAX_BYTES: u64 = 4 << 20;

impl RunFile {
    /// Reads a run file.
    ///
    /// Fails with everything that is wrong, not with the first thing only.
    pub fn load(path: impl AsRef<Path>, options: &Options<'_>) -> Result<Self, RunFileErrors> {
        let path = path.as_ref();
        Self::parse(&read(path)?, path, options)
    }
}

/// The text of a file, or an error that says why not.
pub(crate) fn read(path: &Path) -> Result<String, RunFileErrors> {
    read_bytes(path)
        .and_then(|bytes| {
            String::from_utf8(bytes).map_err(|error| {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = String::from_utf8_lossy(valid).matches('\n').count() + 1;
                (format!("line {line} is not UTF-8"), "Save the file as UTF-8 text")
            })
        })
        .map_err(|(reason, help)| {
            let mistake = Mistake::Unreadable { path: path.to_owned(), reason };
            let help = (!help.is_empty()).then(|| help.to_owned());
            let problem = Problem { mistake, source_code: None, labels: Vec::new(), help };
            RunFileErrors::new(path.display().to_string(), vec![problem])
        })
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, (String, &'static str)> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => ("there is no such file".to_owned(), "Check the path"),
        ErrorKind::PermissionDenied => ("permission denied".to_owned(), "Make the file readable for you"),
        ErrorKind::IsADirectory => ("it is a folder".to_owned(), "Name a run file in it"),
        _ => (error.to_string(), ""),
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err((format!("it is larger than {} MiB", MAX_BYTES >> 20), "Name a run file"));
    }
    Ok(bytes)
}
