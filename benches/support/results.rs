//! What has been recorded: `results/NAME.json`, and README, which shows it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Failure, Report, Result, print_line, readme};

const BENCHES: &str = env!("CARGO_MANIFEST_DIR");

/// Keeps the figures of a bench, in place of those before.
pub(crate) fn record(report: &Report) -> Result<()> {
    // README must not show what nobody would run.
    if cfg!(debug_assertions) {
        return Err(Failure::Unoptimised);
    }
    record_in(Path::new(BENCHES), report)
}

fn record_in(benches: &Path, report: &Report) -> Result<()> {
    let folder = benches.join("results");
    fs::create_dir_all(&folder).map_err(Failure::system(format!("make {}", folder.display())))?;
    let path = folder.join(&report.bench).with_extension("json");
    write(&path, &(serde_json::to_string_pretty(report)? + "\n"))?;
    print_line(format!("Writing {}", path.display()));
    Readme::look_in(benches)?.renew()
}

/// README as it is, and as what was recorded makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readme {
    path: PathBuf,
    /// What stands there.
    pub is: String,
    /// What should.
    pub should: String,
}

impl Readme {
    /// That of the benches.
    pub fn look() -> Result<Self> {
        Self::look_in(Path::new(BENCHES))
    }

    fn look_in(benches: &Path) -> Result<Self> {
        let path = benches.join("README.md");
        let is = read(&path)?;
        let should = readme::renew(&is, &recorded_in(benches)?)?;
        Ok(Self { path, is, should })
    }

    /// Writes its tables anew, if they differ.
    pub fn renew(&self) -> Result<()> {
        if self.is == self.should {
            return Ok(());
        }
        print_line(format!("Writing {}", self.path.display()));
        write(&self.path, &self.should)
    }
}

/// All reports that were recorded, by name.
fn recorded_in(benches: &Path) -> Result<Vec<Report>> {
    let folder = benches.join("results");
    // Nothing has been recorded yet.
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    paths.sort();
    paths.iter().map(|path| report_at(path)).collect()
}

fn report_at(path: &Path) -> Result<Report> {
    let report = serde_json::from_str::<Report>(&read(path)?);
    report.map_err(|cause| Failure::Recorded { path: path.to_owned(), cause })
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(Failure::system(format!("read {}", path.display())))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(Failure::system(format!("write {}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn what_was_recorded_is_shown_and_what_was_not_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let block = |name: &str| {
            format!(
                "<!-- {name}: begin, written by cargo xtask bench {name} --record -->\n<!-- {name}: end -->\n"
            )
        };
        let path = folder.path().join("README.md");
        fs::write(&path, block("loop") + &block("queue")).unwrap();
        record_in(folder.path(), &report("loop")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("2.0 (1.0 … 3.0)") && text.contains("Not recorded yet."), "{text}");

        // The JSON alone gives the same.
        assert_eq!(Readme::look_in(folder.path()).unwrap().should, text);
    }

    #[test]
    fn a_report_that_nobody_understands_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("results")).unwrap();
        fs::write(folder.path().join("results/loop.json"), "{}").unwrap();
        let failure = recorded_in(folder.path()).unwrap_err().to_string();
        assert!(failure.contains("loop.json") && failure.contains("--record"), "{failure}");
    }
}
