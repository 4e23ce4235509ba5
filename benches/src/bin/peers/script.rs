//! A script of `peers/`: a process that says when it is ready, waits to be told to go, and says when it is done.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use rush_benches::{Failure, Result, print_line};

/// How long a script may take for anything.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running one; killed if it is dropped before it has ended.
#[derive(Debug)]
pub(crate) struct Script {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Script {
    /// Starts one; what it says to standard error goes to ours.
    pub(crate) fn start(name: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Failure::system(format!("start {name}")))?;
        let (say, lines) = channel();
        let input = child.stdin.take();
        if let Some(output) = child.stdout.take() {
            // On a thread, so that one that says nothing can be waited for with patience.
            thread::spawn(move || {
                let lines = BufReader::new(output).lines().map_while(std::result::Result::ok);
                lines.for_each(|line| drop(say.send(line)));
            });
        }
        Ok(Self { name: name.to_owned(), child, input, lines })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it says this word, and gives what else it says on that line.
    pub(crate) fn hear(&mut self, word: &'static str) -> Result<Vec<String>> {
        let begun = Instant::now();
        loop {
            let line = match self.lines.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => return Err(self.late(word)),
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.wait()?;
                    return Err(Failure::Ended { name: self.name.clone(), status });
                }
            };
            let mut words = line.split_whitespace();
            if words.next() == Some(word) {
                return Ok(words.map(str::to_owned).collect());
            }
            print_line(format!("{}: {line}", self.name));
        }
    }

    /// Tells it to go.
    pub(crate) fn go(&mut self) -> Result<()> {
        let told = self.input.as_mut().map_or(Ok(()), |input| input.write_all(b"go\n"));
        told.map_err(Failure::system(format!("tell {} to go", self.name)))
    }

    /// Waits until it is ready, and lets it do what it does.
    pub(crate) fn whole(mut self) -> Result<()> {
        self.hear("ready")?;
        self.go()?;
        self.hear("done")?;
        self.end()
    }

    /// Closes its standard input, and waits until it has ended.
    pub(crate) fn end(mut self) -> Result<()> {
        drop(self.input.take());
        let status = self.wait()?;
        if status.success() { Ok(()) } else { Err(Failure::Ended { name: self.name.clone(), status }) }
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        let begun = Instant::now();
        loop {
            match self.child.try_wait().map_err(Failure::system("wait for a process"))? {
                Some(status) => return Ok(status),
                None if begun.elapsed() > PATIENCE => return Err(self.late("end")),
                None => thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    fn late(&self, what: &'static str) -> Failure {
        Failure::Late { name: self.name.clone(), what, patience: PATIENCE }
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // An error is a process that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
