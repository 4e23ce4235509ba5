//! Messages on the socket: a tag, the length of what follows, and that.
//!
//! The parent does not trust its child. A length is held against a limit before anything is read by it, memory is taken as bytes
//! arrive, and what makes no sense ends the child.

use super::bytes::{Malformed, Reader, Write as _};
use super::values::{read_condition, read_fields, write_condition, write_fields};
use crate::bindings::rush::worker::types as wit;
use crate::output::{Level, LogMessage, MAX_LINE, MAX_LOGGER, MAX_MESSAGE, Stream, cut};

/// A tag, and the length in eight bytes.
const HEADER: usize = 9;
/// Read at once; most messages are far smaller.
const CHUNK: usize = 8 << 10;
/// What a buffer may keep when it is empty.
pub(super) const KEEP: usize = 256 << 10;
/// Lengths and cases around the texts of a message.
const FRAMING: usize = 64;
/// What is said about the start of a child.
const MAX_WORDS: usize = 16 << 10;
/// What the host says itself in a condition: its message and the backtrace.
const MAX_EXPLANATION: usize = 256 << 10;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tag {
    /// To the child: what it is to be.
    Setup = 1,
    /// To the child: a point to evaluate.
    Evaluate,
    /// It has confined itself, and its code is loaded.
    Ready,
    /// It cannot become what it is to be.
    Refused,
    /// The guest wrote a line.
    Line,
    /// The guest logged.
    Log,
    /// The guest has trapped, and why, which is said again at the end. Before that an image of it is made, which may cost the child its life.
    Trapped,
    /// That image.
    CoreDump,
    /// The end of an evaluation: the values at the point,
    Ys,
    /// or why there are none.
    Condition,
}

impl Tag {
    fn parse(byte: u8) -> Result<Self, Malformed> {
        const ALL: [Tag; 10] = [
            Tag::Setup,
            Tag::Evaluate,
            Tag::Ready,
            Tag::Refused,
            Tag::Line,
            Tag::Log,
            Tag::Trapped,
            Tag::CoreDump,
            Tag::Ys,
            Tag::Condition,
        ];
        ALL.into_iter().find(|tag| *tag as u8 == byte).ok_or(Malformed("a message has an unknown tag"))
    }
}

/// What a child says.
#[derive(Debug)]
pub(super) enum FromChild<'a> {
    /// What holds it, in words, and whether that is all that should.
    Ready {
        in_force: &'a str,
        complete: bool,
    },
    Refused(&'a str),
    Line(Stream, &'a str),
    Log(LogMessage<'a>),
    Trapped(wit::Condition),
    CoreDump(&'a [u8]),
    Ys(wit::Fields),
    Condition(wit::Condition),
}

/// How large the messages of a child may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes of values.
    pub(super) values: usize,
    /// Bytes of a core dump; none: nobody wants any.
    pub(super) core_dump: Option<usize>,
}

impl Bounds {
    fn of(self, tag: Tag) -> Result<usize, Malformed> {
        Ok(match tag {
            Tag::Ready | Tag::Refused => MAX_WORDS,
            Tag::Line => MAX_LINE + FRAMING,
            Tag::Log => MAX_LOGGER + MAX_MESSAGE + FRAMING,
            Tag::CoreDump => self.core_dump.ok_or(Malformed("a core dump was not asked for"))?,
            Tag::Ys | Tag::Trapped | Tag::Condition => self.values.saturating_add(MAX_EXPLANATION),
            Tag::Setup | Tag::Evaluate => return Err(Malformed("a message has the wrong direction")),
        })
    }

    /// Reads the content of a message.
    pub(super) fn read<'a>(&self, tag: Tag, content: &'a [u8]) -> Result<FromChild<'a>, Malformed> {
        let mut reader = Reader::new(content, self.values.saturating_add(MAX_EXPLANATION));
        let said = match tag {
            Tag::Ready => FromChild::Ready { complete: flag(reader.byte()?)?, in_force: reader.str()? },
            Tag::Refused => FromChild::Refused(reader.str()?),
            Tag::Line => FromChild::Line(stream(reader.byte()?)?, reader.str()?),
            Tag::Log => {
                let level = level(reader.byte()?)?;
                let (logger, message) = (reader.str()?, reader.str()?);
                if logger.len() > MAX_LOGGER || message.len() > MAX_MESSAGE {
                    return Err(Malformed("a log message is too long"));
                }
                FromChild::Log(LogMessage { level, logger, message })
            }
            Tag::Trapped => FromChild::Trapped(read_condition(&mut reader)?),
            Tag::CoreDump => return Ok(FromChild::CoreDump(reader.rest())),
            Tag::Ys => FromChild::Ys(read_fields(&mut reader)?),
            Tag::Condition => FromChild::Condition(read_condition(&mut reader)?),
            Tag::Setup | Tag::Evaluate => return Err(Malformed("a message has the wrong direction")),
        };
        reader.end()?;
        Ok(said)
    }
}

/// Writes one message behind what is in `out`.
pub(super) fn write(out: &mut Vec<u8>, tag: Tag, content: impl FnOnce(&mut Vec<u8>)) {
    let header = out.len();
    out.push(tag as u8);
    out.extend([0; HEADER - 1]);
    content(out);
    let length = (out.len() - header - HEADER) as u64;
    out[header + 1..header + HEADER].copy_from_slice(&length.to_le_bytes());
}

/// A point, and whether an image is wanted if the guest traps.
pub(super) fn write_evaluate(out: &mut Vec<u8>, xs: &[wit::Field], core_dump: bool) {
    write(out, Tag::Evaluate, |out| {
        out.push(u8::from(core_dump));
        write_fields(out, xs);
    });
}

pub(super) fn read_evaluate(content: &[u8]) -> Result<(wit::Fields, bool), Malformed> {
    let mut reader = Reader::new(content, usize::MAX);
    let core_dump = flag(reader.byte()?)?;
    let xs = read_fields(&mut reader)?;
    reader.end()?;
    Ok((xs, core_dump))
}

pub(super) fn write_trapped(out: &mut Vec<u8>, condition: &wit::Condition) {
    write(out, Tag::Trapped, |out| write_condition(out, condition));
}

/// What stands before an image, which is then written as it is: there is no memory for another copy of it.
pub(super) fn core_dump_header(length: usize) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[0] = Tag::CoreDump as u8;
    header[1..].copy_from_slice(&(length as u64).to_le_bytes());
    header
}

pub(super) fn write_result(out: &mut Vec<u8>, result: &Result<wit::Fields, wit::Condition>) {
    match result {
        Ok(ys) => write(out, Tag::Ys, |out| write_fields(out, ys)),
        Err(condition) => write(out, Tag::Condition, |out| write_condition(out, condition)),
    }
}

pub(super) fn write_ready(out: &mut Vec<u8>, in_force: &str, complete: bool) {
    write(out, Tag::Ready, |out| {
        out.push(u8::from(complete));
        out.text(cut(in_force, MAX_WORDS - FRAMING));
    });
}

pub(super) fn write_refused(out: &mut Vec<u8>, words: &str) {
    write(out, Tag::Refused, |out| out.text(cut(words, MAX_WORDS - FRAMING)));
}

pub(super) fn write_line(out: &mut Vec<u8>, stream: Stream, line: &str) {
    write(out, Tag::Line, |out| {
        out.push(stream as u8);
        out.text(line);
    });
}

pub(super) fn write_log(out: &mut Vec<u8>, message: &LogMessage<'_>) {
    write(out, Tag::Log, |out| {
        out.push(message.level as u8);
        out.text(message.logger);
        out.text(message.message);
    });
}

fn flag(byte: u8) -> Result<bool, Malformed> {
    match byte {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Malformed("a boolean is neither true nor false")),
    }
}

fn stream(byte: u8) -> Result<Stream, Malformed> {
    let all = [Stream::Stdout, Stream::Stderr];
    all.into_iter().find(|stream| *stream as u8 == byte).ok_or(Malformed("a line is of no stream"))
}

fn level(byte: u8) -> Result<Level, Malformed> {
    let all = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error];
    all.into_iter().find(|level| *level as u8 == byte).ok_or(Malformed("a log message is of no level"))
}

/// Bytes that arrived, until they are whole messages. Kept from one evaluation to the next.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    begin: usize,
    end: usize,
    /// The whole length of a message that has begun.
    awaited: usize,
}

impl Inbox {
    /// Where to read the next bytes to; never empty.
    pub(super) fn spare(&mut self) -> &mut [u8] {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
            if self.bytes.len() > KEEP {
                self.bytes = Vec::new();
            }
        }
        if self.bytes.len() - self.end < CHUNK / 2 {
            self.bytes.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
            // By what has arrived; what was announced is only the most that is of use.
            let length = (2 * self.end).min(self.awaited).max(self.end + CHUNK);
            self.bytes.reserve_exact(length.saturating_sub(self.bytes.len()));
            self.bytes.resize(length, 0);
        }
        &mut self.bytes[self.end..]
    }

    /// So many bytes were read there.
    pub(super) fn arrived(&mut self, count: usize) {
        self.end += count;
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.begin == self.end
    }

    /// The next message of a child, if it is whole.
    pub(super) fn next(&mut self, bounds: Bounds) -> Result<Option<FromChild<'_>>, Malformed> {
        match self.next_raw(|tag| bounds.of(tag))? {
            Some((tag, content)) => bounds.read(tag, content).map(Some),
            None => Ok(None),
        }
    }

    /// The next message of the parent, which is believed.
    pub(super) fn next_of_parent(&mut self) -> Result<Option<(Tag, &[u8])>, Malformed> {
        self.next_raw(|_| Ok(usize::MAX))
    }

    /// Whether a message of the parent is whole.
    pub(super) fn has_whole(&mut self) -> bool {
        let begin = self.begin;
        let whole = matches!(self.next_of_parent(), Ok(Some(_)) | Err(_));
        self.begin = begin;
        whole
    }

    fn next_raw(
        &mut self,
        bound: impl FnOnce(Tag) -> Result<usize, Malformed>,
    ) -> Result<Option<(Tag, &[u8])>, Malformed> {
        let mut reader = Reader::new(&self.bytes[self.begin..self.end], 0);
        let Ok(tag) = reader.byte() else { return Ok(None) };
        let tag = Tag::parse(tag)?;
        let bound = bound(tag)?;
        let Ok(length) = reader.array() else { return Ok(None) };
        let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > bound {
            return Err(Malformed("a message is larger than it may be"));
        }
        let begin = self.begin + HEADER;
        if self.end - begin < length {
            self.awaited = length.saturating_add(HEADER);
            return Ok(None);
        }
        self.begin = begin + length;
        Ok(Some((tag, &self.bytes[begin..begin + length])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { values: 1 << 10, core_dump: None };

    /// Everything that is made of these bytes, in words, or the error that ends it.
    fn all(mut bytes: &[u8], chunk: usize) -> Result<Vec<String>, Malformed> {
        let (mut inbox, mut said) = (Inbox::default(), Vec::new());
        loop {
            while let Some(message) = inbox.next(BOUNDS)? {
                said.push(format!("{message:?}"));
            }
            if bytes.is_empty() {
                return Ok(said);
            }
            let spare = inbox.spare();
            let count = bytes.len().min(chunk).min(spare.len());
            spare[..count].copy_from_slice(&bytes[..count]);
            inbox.arrived(count);
            bytes = &bytes[count..];
        }
    }

    fn ys(value: f64) -> wit::Fields {
        vec![wit::Field { name: "y".to_owned(), value: wit::Value::Number(value) }]
    }

    fn talk() -> Vec<u8> {
        let mut out = Vec::new();
        write_ready(&mut out, "rlimits", true);
        write_line(&mut out, Stream::Stderr, "line");
        let message = LogMessage { level: Level::Warn, logger: "a/b", message: "ä" };
        write_log(&mut out, &message);
        write_result(&mut out, &Ok(ys(1.5)));
        let condition = wit::Condition { kind: "trap".into(), message: "no".into(), details: ys(2.5) };
        write_result(&mut out, &Err(condition));
        out
    }

    #[test]
    fn messages_arrive_whole_however_they_are_cut() {
        let whole = all(&talk(), usize::MAX).unwrap();
        assert_eq!(whole.len(), 5);
        assert_eq!(whole[0], "Ready { in_force: \"rlimits\", complete: true }");
        assert!(whole[3].contains("1.5") && whole[4].contains("2.5"), "{whole:?}");
        for chunk in [1, 2, 7, 10] {
            assert_eq!(all(&talk(), chunk).unwrap(), whole);
        }
    }

    #[test]
    fn a_large_message_arrives_and_its_buffer_is_given_back() {
        let line = "x".repeat(MAX_LINE);
        let (mut out, mut inbox) = (Vec::new(), Inbox::default());
        for _ in 0..100 {
            write_line(&mut out, Stream::Stdout, &line);
        }
        assert_eq!(all(&out, usize::MAX).unwrap().len(), 100);
        let big = Bounds { values: 1 << 20, core_dump: None };
        let mut message = Vec::new();
        let text = wit::Field { name: "t".into(), value: wit::Value::Text("x".repeat(900 << 10)) };
        write_result(&mut message, &Ok(vec![text]));
        let mut rest = &message[..];
        while !rest.is_empty() {
            let spare = inbox.spare();
            let count = rest.len().min(spare.len());
            spare[..count].copy_from_slice(&rest[..count]);
            inbox.arrived(count);
            rest = &rest[count..];
        }
        assert!(matches!(inbox.next(big), Ok(Some(FromChild::Ys(_)))));
        assert_eq!(inbox.spare().len(), CHUNK);
        assert!(inbox.is_empty());
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_is_read_by_it() {
        for (tag, most) in [(Tag::Line, MAX_LINE + FRAMING), (Tag::Ys, (1 << 10) + MAX_EXPLANATION)] {
            let header = |length: usize| [&[tag as u8][..], &(length as u64).to_le_bytes()].concat();
            assert_eq!(all(&header(most), 64), Ok(vec![]), "it waits for the rest");
            assert!(all(&header(most + 1), 64).is_err());
            assert!(all(&header(usize::MAX), 64).is_err());
        }
    }

    #[test]
    fn what_a_child_may_not_say_is_refused() {
        let message = |tag: u8| [&[tag][..], &[0; 8]].concat();
        for tag in [0, 11, 255, Tag::Setup as u8, Tag::Evaluate as u8, Tag::CoreDump as u8] {
            assert!(all(&message(tag), 64).is_err(), "{tag}");
        }
        let asked_for = Bounds { core_dump: Some(10), ..BOUNDS };
        assert!(asked_for.of(Tag::CoreDump).is_ok());
    }

    #[test]
    fn contents_that_make_no_sense_are_refused() {
        let contents: [(Tag, &[u8]); 8] = [
            (Tag::Line, b""),
            (Tag::Line, b"\x02\x01a"),
            (Tag::Line, b"\x00\x02\xff\xff"),
            (Tag::Line, b"\x00\x01ab"),
            (Tag::Log, b"\x05\x01a\x01b"),
            (Tag::Log, b"\x01\x01a"),
            (Tag::Ys, b"\x01\x01y\x0a"),
            (Tag::Condition, b"\x00\x00"),
        ];
        for (tag, content) in contents {
            let mut out = Vec::new();
            write(&mut out, tag, |out| out.extend_from_slice(content));
            assert!(all(&out, 64).is_err(), "{tag:?} {content:?}");
        }
    }

    #[test]
    fn every_flipped_bit_is_an_error_or_other_words_and_nothing_worse() {
        let talk = talk();
        for bit in 0..talk.len() * 8 {
            let mut damaged = talk.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let _ = all(&damaged, 16);
        }
    }
}
