//! Commands that leave in one piece, and the socket.

use std::io::{Read as _, Write as _};

use rush_benches::{SocketAddress, Stream, task_key};

/// A word of a command.
pub(crate) enum Word<'a> {
    Bytes(&'a [u8]),
    Name(&'a str),
    /// The key of the task with this number.
    Task(usize),
}

/// The commands of all workers that leave in one piece. Only the keys of tasks change from one time to the next.
#[derive(Default)]
pub(crate) struct Trip {
    bytes: Vec<u8>,
    /// Where a key goes, and which.
    slots: Vec<(usize, usize)>,
    /// Lines of all answers.
    lines: usize,
    /// Bytes of all answers, where lines do not say it: points are bytes of any kind.
    pub(crate) length: Option<usize>,
}

impl Trip {
    /// Adds a command whose answer is a number: one line.
    pub(crate) fn command(&mut self, words: &[Word<'_>]) {
        self.bytes.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
        for word in words {
            let bytes = match word {
                Word::Bytes(bytes) => bytes,
                Word::Name(name) => name.as_bytes(),
                Word::Task(_) => &[0; KEY],
            };
            self.bytes.extend_from_slice(format!("${}\r\n", bytes.len()).as_bytes());
            if let Word::Task(task) = word {
                self.slots.push((self.bytes.len(), *task));
            }
            self.bytes.extend_from_slice(bytes);
            self.bytes.extend_from_slice(b"\r\n");
        }
        self.lines += 1;
    }
}

/// A UUID as text.
pub(crate) const KEY: usize = 36;

/// The keys of the tasks that are written now.
pub(crate) struct Keys(pub(crate) Vec<[u8; KEY]>, u64);

impl Keys {
    pub(crate) fn new(tasks: usize) -> Self {
        // Two processes of one turn write different tasks.
        Self(vec![*b"00000000-0000-4000-8000-000000000000"; tasks], u64::from(std::process::id()) << 40)
    }

    pub(crate) fn renew(&mut self) {
        self.renew_from(0);
    }

    pub(crate) fn renew_from(&mut self, first: usize) {
        for key in &mut self.0[first..] {
            self.1 += 1;
            // Spread over all digits as random ones are: multiplied by an odd number, different ones stay different.
            let mut rest = self.1.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            for place in (0..8).chain(KEY - 8..KEY) {
                key[place] = b"0123456789abcdef"[(rest >> 60) as usize];
                rest <<= 4;
            }
        }
    }
}

impl Keys {
    /// Takes the next ones of the queue, from this one on, and tells which come after them.
    pub(crate) fn follow(&mut self, first: usize) -> usize {
        for (number, key) in (first..).zip(&mut self.0) {
            key.copy_from_slice(task_key(u32::try_from(number).unwrap_or(u32::MAX)).as_bytes());
        }
        first + self.0.len()
    }
}

/// A connection, and what was read from it last.
pub(crate) struct Wire {
    stream: Stream,
    answers: Vec<u8>,
}

impl Wire {
    pub(crate) fn connect(address: &SocketAddress) -> std::io::Result<Self> {
        Ok(Self { stream: address.connect()?, answers: vec![0; 1 << 16] })
    }

    /// How many entries a list has.
    pub(crate) fn length_of(&mut self, list: &str) -> std::io::Result<usize> {
        let mut trip = Trip::default();
        trip.command(&[Word::Bytes(b"LLEN"), Word::Name(list)]);
        self.send(&mut trip, &Keys::new(0))?;
        let digits = self.answers[1..].iter().take_while(|byte| byte.is_ascii_digit());
        Ok(digits.fold(0, |length, digit| 10 * length + usize::from(digit - b'0')))
    }

    /// Sends a trip with these keys, and waits for all its answers.
    #[expect(clippy::naive_bytecount, reason = "a few bytes a task")]
    pub(crate) fn send(&mut self, trip: &mut Trip, keys: &Keys) -> std::io::Result<()> {
        for &(at, task) in &trip.slots {
            trip.bytes[at..at + KEY].copy_from_slice(&keys.0[task]);
        }
        self.stream.write_all(&trip.bytes)?;
        let (mut lines, mut length) = (0, 0);
        while trip.length.map_or(lines < trip.lines, |whole| length < whole) {
            let read = self.stream.read(&mut self.answers)?;
            let answers = &self.answers[..read];
            if read == 0 || (lines == 0 && answers[0] == b'-') {
                return Err(std::io::Error::other(String::from_utf8_lossy(answers).into_owned()));
            }
            lines += answers.iter().filter(|byte| **byte == b'\n').count();
            length += read;
        }
        Ok(())
    }
}
