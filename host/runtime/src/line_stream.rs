//! A standard stream of a guest, cut into lines.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};
use wasmtime_wasi_io::bytes::Bytes;

use crate::exceeded::Exceeded;
use crate::output::{MAX_LINE, Output, Stream};
use crate::volume::Volume;

/// How much a guest may write at once.
const WRITE: usize = 64 << 10;
/// Room for the mark of a cut within [`MAX_LINE`].
const MARK: usize = 40;

/// Lines of one stream. All handles that the guest opens on it share one buffer, as file descriptors do; what is left without a line's end
/// comes out when the last of them is gone, at the guest's end.
#[derive(Clone)]
pub(crate) struct LineStream {
    lines: Arc<Mutex<Lines>>,
    volume: Volume,
}

impl LineStream {
    pub(crate) fn new(stream: Stream, output: Arc<dyn Output>, volume: Volume) -> Self {
        let lines = Lines { stream, output, line: Vec::new(), cut: 0 };
        Self { lines: Arc::new(Mutex::new(lines)), volume }
    }

    fn push(&self, bytes: &[u8]) -> Result<(), Exceeded> {
        self.volume.say(bytes.len())?;
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
        Ok(())
    }
}

struct Lines {
    stream: Stream,
    output: Arc<dyn Output>,
    /// The beginning of a line.
    line: Vec<u8>,
    /// Bytes of it that were thrown away.
    cut: usize,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        // What follows the last line's end is the beginning of the next line.
        let last = lines.next_back().unwrap_or_default();
        for line in lines {
            self.extend(line);
            self.end_line();
        }
        self.extend(last);
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = (MAX_LINE - MARK).saturating_sub(self.line.len());
        let (kept, cut) = bytes.split_at(room.min(bytes.len()));
        self.line.extend_from_slice(kept);
        self.cut += cut.len();
    }

    fn end_line(&mut self) {
        let bytes = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        let text = String::from_utf8_lossy(bytes);
        if self.cut == 0 && text.len() <= MAX_LINE {
            self.output.line(self.stream, &text);
        } else {
            // Bytes that are no text grow when they are replaced.
            let text = crate::output::cut(&text, MAX_LINE - MARK);
            self.output.line(self.stream, &format!("{text} … ({} more bytes)", self.cut));
        }
        self.line.clear();
        self.cut = 0;
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
    }
}

impl IsTerminal for LineStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LineStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for LineStream {
    async fn ready(&mut self) {}
}

impl OutputStream for LineStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes).map_err(|exceeded| StreamError::Trap(wasmtime::Error::new(exceeded)))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE)
    }
}

impl AsyncWrite for LineStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.push(bytes).map(|()| bytes.len()).map_err(io::Error::other))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::LogMessage;

    #[derive(Default)]
    struct Kept(Mutex<Vec<String>>);

    impl Output for Kept {
        fn line(&self, _: Stream, line: &str) {
            self.0.lock().unwrap().push(line.to_owned());
        }

        fn log(&self, _: LogMessage<'_>) {}
    }

    fn lines_of(writes: &[&[u8]]) -> Vec<String> {
        let kept = Arc::new(Kept::default());
        let output = Arc::clone(&kept) as Arc<dyn Output>;
        let stream = LineStream::new(Stream::Stdout, output, Volume::new(None));
        for write in writes {
            stream.push(write).unwrap();
        }
        drop(stream);
        std::mem::take(&mut *kept.0.lock().unwrap())
    }

    #[test]
    fn writes_become_lines() {
        assert_eq!(lines_of(&[b"one\ntw", b"o\r\n", b"\n", b"last"]), ["one", "two", "", "last"]);
        assert!(lines_of(&[b""]).is_empty());
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        let long = vec![b'x'; 3 * MAX_LINE];
        let lines = lines_of(&[&long, &long, b"\nnext\n"]);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].len() <= MAX_LINE);
        assert!(lines[0].ends_with(&format!("x … ({} more bytes)", 6 * MAX_LINE - (MAX_LINE - MARK))));
        assert_eq!(lines[1], "next");
    }

    #[test]
    fn what_is_no_text_is_replaced_within_the_limit() {
        assert_eq!(lines_of(&[b"a\xffb\n"]), ["a\u{fffd}b"]);
        let lines = lines_of(&[&[0xff; MAX_LINE]]);
        assert!(lines[0].len() <= MAX_LINE);
    }
}
