//! Sizes for people.

use std::fmt;

/// A number of bytes, written as run files write it: `256 MiB`, `1.5 GiB`, `100 bytes`.
pub struct BytesText(
    /// The number.
    pub u64,
);

const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

impl fmt::Display for BytesText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((unit, size)) = UNITS.into_iter().find(|(_, size)| self.0 >= *size) else {
            return write!(formatter, "{} bytes", self.0);
        };
        match (self.0 / size, (self.0 % size) * 10 / size) {
            (whole, 0) => write!(formatter, "{whole} {unit}"),
            (whole, tenth) => write!(formatter, "{whole}.{tenth} {unit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_in_a_run_file() {
        let texts = [0, 1023, 1024, 256 << 20, 3 << 29, 4 << 30].map(|bytes| BytesText(bytes).to_string());
        assert_eq!(texts, ["0 bytes", "1023 bytes", "1 KiB", "256 MiB", "1.5 GiB", "4 GiB"]);
    }
}
