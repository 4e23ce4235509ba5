//! A process that only reaches another machine, and what it says until the host process there has begun.

use std::{
    collections::HashMap,
    ffi::OsString,
    io::{self, Write as _},
    process::ExitStatus,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::unix::pipe,
    process::ChildStderr,
    sync::Notify,
};

use super::Talk;
use crate::log_file;

/// So much of the end of what is said is kept.
const KEPT: usize = 4 << 10;
/// So often a connection is tried that the other side has no room for.
pub(crate) const ATTEMPTS: u32 = 8;
/// A line that is longer is none.
const LONGEST_LINE: usize = 64 << 10;

/// How a host process of another machine is reached: the process of this machine is a client, whose standard error is both its own and
/// that of the host process.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The machine, as the launcher calls it.
    pub host: String,
    /// The line that ends what the client says for itself: from there on the host process may have begun.
    pub begins: &'static str,
    /// So many are set up to one host at once.
    pub to_one_host: usize,
    /// So many are set up at once.
    pub to_all_hosts: usize,
    /// What the end of a client means.
    pub judge: fn(&Heard, ExitStatus) -> Judgement,
    /// Variables that the client does not get from this process.
    pub withheld: Vec<OsString>,
}

/// What a client has said so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Whether the host process may have begun.
    pub begun: bool,
    /// The end of what was said before that, or after.
    pub said: String,
}

/// What the end of a client means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Just that.
    Ended,
    /// Nothing was begun there, and may be the next time.
    Again,
    /// The connection broke, for this reason; what was begun there goes on, or ends by itself.
    Broke(String),
}

/// What a client says, while it does.
#[derive(Debug, Default)]
pub(super) struct Ear {
    heard: Mutex<Heard>,
    over: std::sync::atomic::AtomicBool,
}

/// Where the words of a host process go, that come through its client.
#[derive(Debug)]
pub(super) enum Mouth {
    File(std::fs::File),
    Pipe(pipe::Sender),
}

impl Mouth {
    /// With the other end, if that is a pipe.
    pub(super) fn open(talk: &Talk) -> io::Result<(Self, Option<pipe::Receiver>)> {
        Ok(match talk {
            Talk::Inherit => (Self::File(rustix::io::dup(io::stderr())?.into()), None),
            Talk::Log(path) => (Self::File(log_file::append(path)?), None),
            Talk::Pipe => {
                let (sender, receiver) = pipe::pipe()?;
                (Self::Pipe(sender), Some(receiver))
            }
        })
    }

    /// Nobody may listen any more: then the words are lost, as those of any program.
    async fn say(&mut self, line: &[u8]) {
        let _ = match self {
            Self::File(file) => file.write_all(line),
            Self::Pipe(pipe) => pipe.write_all(line).await,
        };
    }
}

impl Ear {
    pub(super) fn heard(&self) -> Heard {
        self.lock().clone()
    }

    pub(super) fn has_begun(&self) -> bool {
        self.lock().begun
    }

    /// Whether nothing more can come.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(std::sync::atomic::Ordering::Acquire)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens to a client until its end; what the host process says is passed on. `changed` is told when that begins and ends.
    pub(super) async fn listen(
        self: Arc<Self>,
        stderr: ChildStderr,
        begins: &'static str,
        mouth: Arc<tokio::sync::Mutex<Mouth>>,
        changed: Arc<Notify>,
    ) {
        let mut lines = BufReader::new(stderr);
        let mut line = Vec::new();
        while next_line(&mut lines, &mut line).await {
            let text = String::from_utf8_lossy(&line).into_owned();
            // Something may have been said before it that did not end its line.
            if !self.has_begun() && text.trim_end().ends_with(begins) {
                *self.lock() = Heard { begun: true, said: String::new() };
                changed.notify_one();
            } else {
                keep(&mut self.lock().said, &text);
                if self.has_begun() {
                    mouth.lock().await.say(&line).await;
                }
            }
        }
        self.over.store(true, std::sync::atomic::Ordering::Release);
        changed.notify_one();
    }
}

/// The next line, or a piece of one that is too long. `false` at the end.
async fn next_line(lines: &mut BufReader<ChildStderr>, line: &mut Vec<u8>) -> bool {
    line.clear();
    while line.len() < LONGEST_LINE && line.last() != Some(&b'\n') {
        let Ok(found) = lines.fill_buf().await else { break };
        let size = found.iter().position(|byte| *byte == b'\n').map_or(found.len(), |at| at + 1);
        if size == 0 {
            break;
        }
        line.extend_from_slice(&found[..size]);
        lines.consume(size);
    }
    !line.is_empty()
}

fn keep(said: &mut String, line: &str) {
    said.push_str(line);
    if said.len() > KEPT {
        let from = (said.len() - KEPT..=said.len()).find(|at| said.is_char_boundary(*at)).unwrap_or_default();
        said.drain(..from);
    }
}

/// How long to wait before another attempt, the first being number 0: longer each time, and not all at the same time.
pub(crate) fn pause(attempt: u32) -> Duration {
    const FIRST: Duration = Duration::from_millis(250);
    const LAST: Duration = Duration::from_secs(4);
    let whole = FIRST.saturating_mul(1 << attempt.min(8)).min(LAST);
    whole.mul_f64(rand::random_range(0.5..1.5))
}

/// Which of those that wait may be set up now, in their order. `waiting` are their hosts, `setting_up` those of the others.
pub(super) fn may_begin<'a>(
    waiting: impl Iterator<Item = (usize, &'a Connection)>,
    setting_up: impl Iterator<Item = &'a Connection>,
) -> Vec<usize> {
    let mut busy: HashMap<&str, usize> = HashMap::new();
    let mut all = 0;
    for connection in setting_up {
        *busy.entry(&connection.host).or_default() += 1;
        all += 1;
    }
    let mut begin = Vec::new();
    for (index, connection) in waiting {
        let one = busy.entry(&connection.host).or_default();
        if *one < connection.to_one_host && all < connection.to_all_hosts {
            *one += 1;
            all += 1;
            begin.push(index);
        }
    }
    begin
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(host: &str) -> Connection {
        Connection {
            host: host.to_owned(),
            begins: "",
            to_one_host: 2,
            to_all_hosts: 5,
            judge: |_, _| Judgement::Ended,
            withheld: Vec::new(),
        }
    }

    fn begin(waiting: &[&str], setting_up: &[&str]) -> Vec<usize> {
        let waiting: Vec<Connection> = waiting.iter().map(|host| to(host)).collect();
        let setting_up: Vec<Connection> = setting_up.iter().map(|host| to(host)).collect();
        may_begin(waiting.iter().enumerate(), setting_up.iter())
    }

    #[test]
    fn no_host_and_no_network_gets_too_many_at_once() {
        assert_eq!(begin(&["a", "a", "a", "b"], &[]), [0, 1, 3]);
        assert_eq!(begin(&["a", "a", "b"], &["a"]), [0, 2]);
        assert_eq!(begin(&["a", "b", "c", "d", "e", "f"], &[]), [0, 1, 2, 3, 4]);
        assert!(begin(&["a", "b"], &["a", "a", "b", "b", "c"]).is_empty());
    }

    #[test]
    fn pauses_grow_and_differ_but_have_a_limit() {
        assert!(pause(0) < Duration::from_millis(400));
        for attempt in 5..100 {
            let pause = pause(attempt);
            assert!((Duration::from_secs(2)..=Duration::from_secs(6)).contains(&pause), "{pause:?}");
        }
        assert_ne!((pause(9), pause(9)), (pause(9), pause(9)));
    }

    #[test]
    fn the_end_of_what_is_said_is_kept_whatever_its_characters() {
        let mut said = String::new();
        for _ in 0..2000 {
            keep(&mut said, "größer\n");
        }
        assert!(said.len() <= KEPT && said.ends_with("größer\n"), "{said}");
    }
}
