//! Numbers, texts and lists in bytes, for both ends of the socket. Lengths are written in as few bytes as they need; nothing is padded.

/// What the other end sent makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) &'static str);

pub(super) const ENDS_EARLY: Malformed = Malformed("a message ends too early");
const NO_TEXT: Malformed = Malformed("a text is not UTF-8");
const NO_LENGTH: Malformed = Malformed("a length is none");
const TOO_LARGE: Malformed = Malformed("a message holds more than it may");

/// What can be written is written, whatever its size: the reader has the limits.
pub(super) trait Write {
    fn length(&mut self, length: usize);
    fn counted(&mut self, bytes: &[u8]);
    fn text(&mut self, text: &str) {
        self.counted(text.as_bytes());
    }
}

impl Write for Vec<u8> {
    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    fn length(&mut self, mut length: usize) {
        while length >= 0x80 {
            self.push(length.to_le_bytes()[0] | 0x80);
            length >>= 7;
        }
        self.push(length.to_le_bytes()[0]);
    }

    fn counted(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.extend_from_slice(bytes);
    }
}

/// Reads from the front of a message. Lengths are believed as far as there are bytes, and as there is room for what is made of them.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    room: usize,
}

impl<'a> Reader<'a> {
    /// What is read may take `room` bytes of memory.
    pub(super) fn new(bytes: &'a [u8], room: usize) -> Self {
        Self { bytes, room }
    }

    /// Nothing may follow.
    pub(super) fn end(self) -> Result<(), Malformed> {
        if self.bytes.is_empty() { Ok(()) } else { Err(Malformed("a message goes on after its end")) }
    }

    /// Everything that follows.
    pub(super) fn rest(self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.bytes.split_first().ok_or(ENDS_EARLY)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (front, rest) = self.bytes.split_first_chunk().ok_or(ENDS_EARLY)?;
        self.bytes = rest;
        Ok(*front)
    }

    pub(super) fn length(&mut self) -> Result<usize, Malformed> {
        let mut length: usize = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = usize::from(byte & 0x7f);
            let shifted = bits << shift;
            if shifted >> shift != bits {
                return Err(NO_LENGTH);
            }
            length |= shifted;
            if byte & 0x80 == 0 {
                return Ok(length);
            }
        }
        Err(NO_LENGTH)
    }

    /// Bytes with their length before them; they are borrowed, so they take no room.
    pub(super) fn counted(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.length()?;
        let (front, rest) = self.bytes.split_at_checked(length).ok_or(ENDS_EARLY)?;
        self.bytes = rest;
        Ok(front)
    }

    pub(super) fn str(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.counted()?).map_err(|_| NO_TEXT)
    }

    pub(super) fn text(&mut self) -> Result<String, Malformed> {
        let text = self.str()?;
        self.takes(text.len())?;
        Ok(text.to_owned())
    }

    /// A list of elements that take at least `least` bytes each here, and a `T` in memory.
    pub(super) fn list<T>(
        &mut self,
        least: usize,
        mut element: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let length = self.length()?;
        if length > self.bytes.len() / least {
            return Err(ENDS_EARLY);
        }
        self.takes(length.saturating_mul(size_of::<T>()))?;
        (0..length).map(|_| element(self)).collect()
    }

    /// Asked before memory is taken.
    pub(super) fn takes(&mut self, bytes: usize) -> Result<(), Malformed> {
        self.room = self.room.checked_sub(bytes).ok_or(TOO_LARGE)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_as_few_bytes_as_they_need() {
        for (length, bytes) in [(0, 1), (127, 1), (128, 2), (1 << 14, 3), (usize::MAX, 10)] {
            let mut out = Vec::new();
            out.length(length);
            assert_eq!(out.len(), bytes);
            let mut reader = Reader::new(&out, 0);
            assert_eq!(reader.length(), Ok(length));
            assert_eq!(reader.end(), Ok(()));
        }
    }

    #[test]
    fn a_length_that_is_none_is_refused() {
        for bytes in [&[0xff; 9][..], &[]] {
            assert_eq!(Reader::new(bytes, 0).length(), Err(ENDS_EARLY));
        }
        for bytes in [&[0xff; 11][..], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]] {
            assert_eq!(Reader::new(bytes, 0).length(), Err(NO_LENGTH));
        }
    }

    #[test]
    fn a_list_is_not_believed_to_be_longer_than_the_message() {
        let mut out = Vec::new();
        out.length(1 << 40);
        out.extend([0; 64]);
        let list = Reader::new(&out, usize::MAX).list(1, Reader::byte);
        assert_eq!(list, Err(ENDS_EARLY));
    }

    #[test]
    fn what_is_read_takes_no_more_room_than_there_is() {
        let mut out = Vec::new();
        out.length(3);
        out.extend([1, 2, 3]);
        assert_eq!(Reader::new(&out, 3).list(1, Reader::byte), Ok(vec![1, 2, 3]));
        assert_eq!(Reader::new(&out, 2).list(1, Reader::byte), Err(TOO_LARGE));
        assert_eq!(Reader::new(&out, 2).counted(), Ok(&[1, 2, 3][..]), "borrowed");
        assert_eq!(Reader::new(b"\x02\xff\xff", 9).text(), Err(NO_TEXT));
    }
}
