//! How large an answer to a guest may be.

use std::fmt;

use crate::bytes_text::BytesText;

/// Counts an answer while it is made. What cannot fit into the guest's memory is not made to the end: so the host holds no more for
/// one call than a few times what the guest may hold altogether, however many rows it asks for, and however large they are.
#[derive(Debug)]
pub(crate) struct Answer {
    function: &'static str,
    /// At least so many bytes of the guest's memory.
    bytes: u64,
    limit: u64,
}

/// An answer that cannot fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge {
    function: &'static str,
    limit: u64,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the answer of `{}` is larger than all the memory that the loop may have ({}); ask for less at once",
            self.function,
            BytesText(self.limit)
        )
    }
}

impl std::error::Error for TooLarge {}

/// A file of `[loop.data]` that cannot fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileTooLarge {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) limit: u64,
}

impl fmt::Display for FileTooLarge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`{}` of [loop.data] has {}, and the loop may have {} of memory in all; raise `[loop.limits] memory`",
            self.name,
            BytesText(self.size),
            BytesText(self.limit)
        )
    }
}

impl std::error::Error for FileTooLarge {}

impl Answer {
    pub(crate) fn of(function: &'static str, limit: u64) -> Self {
        Self { function, bytes: 0, limit }
    }

    pub(crate) fn add(&mut self, bytes: usize) -> Result<(), TooLarge> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes > self.limit { Err(self.too_large()) } else { Ok(()) }
    }

    /// Bytes that still fit.
    pub(crate) fn room(&self) -> usize {
        usize::try_from(self.limit.saturating_sub(self.bytes)).unwrap_or(usize::MAX)
    }

    pub(crate) fn too_large(&self) -> TooLarge {
        TooLarge { function: self.function, limit: self.limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_answer_count_together() {
        let mut answer = Answer::of("table.rows", 3 << 20);
        assert_eq!(answer.add(2 << 20), Ok(()));
        assert_eq!(answer.add(1 << 20), Ok(()));
        assert_eq!(
            answer.add(1).unwrap_err().to_string(),
            "the answer of `table.rows` is larger than all the memory that the loop may have (3 MiB); ask for less at once"
        );
    }
}
