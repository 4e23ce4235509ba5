//! What a guest says: lines on its standard streams, and messages of `rush:worker/log`.

/// Where the words of one worker go. Called from within the guest's call, so it must not block: put into a buffer, and write elsewhere.
///
/// Texts come as the guest wrote them but for their length: terminal escapes are neutralised by whoever shows them.
pub trait Output: Send + Sync + 'static {
    /// One line of a standard stream, without its end, of at most [`MAX_LINE`] bytes.
    fn line(&self, stream: Stream, line: &str);

    /// One message of `log.log`.
    fn log(&self, message: LogMessage<'_>);

    /// Whether an image of a guest that has trapped would be kept. Asked before each is made, which takes time, and several times the guest's memory.
    /// Only for [engines that make them](crate::Build::core_dumps).
    fn wants_core_dump(&self) -> bool {
        false
    }

    /// An image of a guest that has trapped, in the format of WebAssembly core dumps; about as large as its memory. Answers where it is kept, if it
    /// is. Not called from within the guest's call, so it may block.
    fn core_dump(&self, dump: &[u8]) -> Option<String> {
        let _ = dump;
        None
    }
}

/// Where words go that nobody wants to hear.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unheard;

impl Output for Unheard {
    fn line(&self, _: Stream, _: &str) {}

    fn log(&self, _: LogMessage<'_>) {}
}

/// A standard stream of a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A message of `log.log`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogMessage<'a> {
    /// How important it is.
    pub level: Level,
    /// Who says it; at most [`MAX_LOGGER`] bytes.
    pub logger: &'a str,
    /// What; at most [`MAX_MESSAGE`] bytes, possibly of several lines.
    pub message: &'a str,
}

/// How important a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Every step.
    Trace,
    /// For whoever looks for a mistake.
    Debug,
    /// What is going on.
    Info,
    /// Something looks wrong.
    Warn,
    /// Something is wrong.
    Error,
}

impl Level {
    /// The name of the level.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// The longest line of a standard stream, in bytes; what is longer is cut, and the cut is marked.
pub const MAX_LINE: usize = 8 << 10;
/// The longest message of `log.log`, in bytes; what is longer is cut, and the cut is marked.
pub const MAX_MESSAGE: usize = 64 << 10;
/// The longest name of a logger, in bytes; what is longer is cut.
pub const MAX_LOGGER: usize = 256;

/// The beginning of a text, at most `max` bytes, not cut within a letter.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// The beginning of a text, at most `max` bytes, with a mark if something is missing.
pub(crate) fn cut_marked(text: &str, max: usize) -> std::borrow::Cow<'_, str> {
    if text.len() <= max {
        return text.into();
    }
    // The mark is within `max`: 20 digits and the words around them.
    let head = cut(text, max.saturating_sub(40));
    format!("{head} … ({} more bytes)", text.len() - head.len()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_marked_and_never_within_a_letter() {
        assert_eq!(cut_marked("short", 10), "short");
        let text = "ä".repeat(100);
        let shorter = cut_marked(&text, 61);
        assert!(shorter.len() <= 61, "{}", shorter.len());
        assert_eq!(shorter, format!("{} … (180 more bytes)", "ä".repeat(10)));
    }
}
