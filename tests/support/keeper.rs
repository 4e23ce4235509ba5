//! Namespaces of their own, and the process that keeps them.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdin, Command, Stdio},
};

/// A shell in new namespaces, as long as its standard input is open: so they also end when the test program crashes. Gone when it is
/// dropped.
#[derive(Debug)]
pub(crate) struct Keeper {
    process: Child,
    lifeline: Option<ChildStdin>,
}

impl Keeper {
    /// `unshare` with these options runs this script, with these arguments: it says `ready`, then waits for the end of its standard
    /// input. Or why that cannot be done.
    pub(crate) fn start(
        options: &[&str],
        script: &str,
        arguments: &[impl AsRef<OsStr>],
    ) -> Result<Self, String> {
        let mut process = Command::new("unshare")
            .args(options)
            .args(["sh", "-c", script])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("unshare was found before");
        let lifeline = process.stdin.take();
        let mut line = String::new();
        let said = BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut line);
        if said.is_err() || line != "ready\n" {
            drop(lifeline);
            let output = process.wait_with_output().expect("a child can be waited for");
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        Ok(Self { process, lifeline })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // The namespaces end with the last process in them, and everything in them with those.
        drop(self.lifeline.take());
        let _ = self.process.wait();
    }
}
