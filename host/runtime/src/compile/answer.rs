//! What the compiler's process says to the one that started it: one byte that tells what follows, its length, and that. What is
//! whole is whole, however the process ends afterwards. Before the answer it says what does not hold it, if anything is missing.

use std::io::{self, Read, Write};

/// What came of compiling.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Code.
    Code(Vec<u8>),
    /// The compiler refused the component, and why.
    Refused(String),
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// It ended before it was whole.
    Ended,
    /// It is larger than the limit.
    TooLarge,
}

const CODE: u8 = 0;
const REFUSED: u8 = 1;
const HELD_IN_PART: u8 = 2;

/// Letters of a reason that are kept.
const MAX_REASON: usize = 1000;

impl Answer {
    pub(super) fn write(&self, mut to: impl Write) -> io::Result<()> {
        let (tag, bytes) = match self {
            Self::Code(code) => (CODE, code.as_slice()),
            Self::Refused(reason) => (REFUSED, reason.as_bytes()),
        };
        write(&mut to, tag, bytes)
    }

    /// Reads an answer of at most `limit` bytes. Memory is taken as the bytes come, not as they are announced. What holds the process only in part
    /// is told to `held_in_part`, at most once.
    pub(super) fn read(
        mut from: impl Read,
        limit: u64,
        held_in_part: impl FnOnce(&str),
    ) -> Result<Self, NoAnswer> {
        let (mut tag, mut bytes) = read(&mut from, limit)?;
        if tag == HELD_IN_PART {
            held_in_part(&words(&bytes));
            (tag, bytes) = read(&mut from, limit)?;
        }
        match tag {
            CODE => Ok(Self::Code(bytes)),
            REFUSED => Ok(Self::Refused(words(&bytes))),
            _ => Err(NoAnswer::Ended),
        }
    }
}

/// Says what holds this process, where that is not all that should.
pub(super) fn write_held_in_part(mut to: impl Write, in_force: &str) -> io::Result<()> {
    write(&mut to, HELD_IN_PART, in_force.as_bytes())
}

fn write(to: &mut impl Write, tag: u8, bytes: &[u8]) -> io::Result<()> {
    to.write_all(&[tag])?;
    to.write_all(&(bytes.len() as u64).to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

fn read(from: &mut impl Read, limit: u64) -> Result<(u8, Vec<u8>), NoAnswer> {
    let mut head = [0; 9];
    from.read_exact(&mut head).map_err(|_| NoAnswer::Ended)?;
    let [tag, length @ ..] = head;
    let length = u64::from_le_bytes(length);
    if length > limit {
        return Err(NoAnswer::TooLarge);
    }
    let mut bytes = Vec::new();
    let read = from.take(length).read_to_end(&mut bytes).map_err(|_| NoAnswer::Ended)?;
    if read as u64 == length { Ok((tag, bytes)) } else { Err(NoAnswer::Ended) }
}

/// What a process said that may be another's by now: fit for a terminal, and no longer than a paragraph.
pub(super) fn words(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim().chars().map(|letter| if letter == '\n' { ' ' } else { letter });
    text.filter(|letter| !letter.is_control()).take(MAX_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(answer: &Answer) -> Vec<u8> {
        let mut bytes = Vec::new();
        answer.write(&mut bytes).unwrap();
        bytes
    }

    fn read(bytes: &[u8], limit: u64) -> Result<Answer, NoAnswer> {
        Answer::read(bytes, limit, |_| panic!("all holds it"))
    }

    #[test]
    fn what_does_not_hold_it_comes_before_the_answer_and_once() {
        let mut told = String::new();
        let mut bytes = Vec::new();
        write_held_in_part(&mut bytes, "rlimits; no seccomp").unwrap();
        let twice = [bytes.clone(), bytes.clone()].concat();
        Answer::Code(vec![1]).write(&mut bytes).unwrap();
        let answer = Answer::read(&bytes[..], 99, |words| words.clone_into(&mut told)).unwrap();
        assert_eq!((answer, told.as_str()), (Answer::Code(vec![1]), "rlimits; no seccomp"));
        assert!(matches!(Answer::read(&twice[..], 99, |_| ()), Err(NoAnswer::Ended)));
    }

    #[test]
    fn an_answer_arrives_as_it_was_sent() {
        for answer in [Answer::Code(vec![1, 2, 3]), Answer::Refused("no".to_owned())] {
            assert_eq!(read(&written(&answer), 3).unwrap(), answer);
        }
    }

    #[test]
    fn what_is_cut_off_or_too_large_is_none() {
        let whole = written(&Answer::Code(vec![7; 5]));
        for length in 0..whole.len() {
            assert!(matches!(read(&whole[..length], 5), Err(NoAnswer::Ended)), "{length}");
        }
        assert!(matches!(read(&whole, 4), Err(NoAnswer::TooLarge)));
        let announced = [CODE, 255, 255, 255, 255, 255, 255, 255, 127];
        assert!(matches!(read(&announced, u64::MAX), Err(NoAnswer::Ended)));
    }

    #[test]
    fn reasons_cannot_steer_a_terminal() {
        let told = read(&written(&Answer::Refused("a\x1b[2J\nb".to_owned())), 99).unwrap();
        assert_eq!(told, Answer::Refused("a[2J b".to_owned()));
    }
}
