//! A program that runs.

use std::{
    io::Read,
    process::{Child, ExitStatus},
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::{
    deadline::{PATIENCE, eventually},
    process::Process,
    said::Said,
};

/// A program that was started in a scene. Whoever drops it before its end kills it.
#[derive(Debug)]
pub struct Running {
    command: String,
    pid: Pid,
    status: mpsc::Receiver<ExitStatus>,
    data: Stream,
    talk: Stream,
    ended: bool,
}

#[derive(Debug)]
struct Stream {
    text: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn new(command: String, mut child: Child) -> Self {
        let pid = Pid::from_child(&child);
        let data = Stream::of(child.stdout.take().expect("it is piped"));
        let talk = Stream::of(child.stderr.take().expect("it is piped"));
        let (sender, status) = mpsc::channel();
        std::thread::spawn(move || {
            // Nobody may wait for it any more.
            let _ = sender.send(child.wait().expect("a child can be waited for"));
        });
        Self { command, pid, status, data, talk, ended: false }
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Itself, as one of the processes of its scene.
    pub fn process(&self) -> Process {
        let command = self.command.split_whitespace().map(str::to_owned).collect();
        Process { pid: self.pid(), command }
    }

    /// The data that it has printed so far.
    pub fn data(&self) -> String {
        self.data.now()
    }

    /// What it has said so far on standard error.
    pub fn talk(&self) -> String {
        self.talk.now()
    }

    /// Sends a signal to it alone, as Ctrl-C does in spirit: its host processes have groups of their own.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("the program runs");
    }

    /// Waits until it has said something on standard error.
    #[track_caller]
    pub fn wait_until_it_says(&self, text: &str) {
        let heard = || self.talk().contains(text);
        // What it said is worth more than that it did not say this.
        let begun = std::time::Instant::now();
        while !heard() {
            assert!(
                begun.elapsed() < PATIENCE,
                "`{text}` is not said by `{}`:\n{}",
                self.command,
                self.talk()
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until it ends.
    #[track_caller]
    pub fn wait(mut self) -> Said {
        self.wait_at_most(2 * PATIENCE)
    }

    /// Waits until it ends, which must be soon.
    #[track_caller]
    pub fn wait_at_most(&mut self, patience: Duration) -> Said {
        let Ok(status) = self.status.recv_timeout(patience) else {
            panic!(
                "`{}` does not end within {patience:?}:\n{}\n{}",
                self.command,
                self.data.now(),
                self.talk()
            );
        };
        self.ended = true;
        // Host processes that live on hold neither pipe: each has its own log.
        Said { command: self.command.clone(), status, data: self.data.end(), talk: self.talk.end() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended && self.status.try_recv().is_err() {
            // It may have ended this very moment.
            let _ = kill_process_group(self.pid, Signal::KILL);
            let _ = self.status.recv_timeout(PATIENCE);
        }
    }
}

impl Stream {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            let mut block = [0; 8192];
            while let Ok(size @ 1..) = pipe.read(&mut block) {
                sink.lock().expect("no reader panics").extend_from_slice(&block[..size]);
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn now(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().expect("no reader panics")).into_owned()
    }

    fn end(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            eventually("the end of what a program says, which nobody else may hold open", || {
                reader.is_finished()
            });
        }
        self.now()
    }
}
