//! Sizes such as `"256MiB"`: a number with its unit, never a bare number.

use std::fmt;
use std::str::FromStr;

use crate::spanned::Written;
use crate::text_serde::as_text;
use crate::value_error::ValueError;

/// A number of bytes, at least 1, written as a whole number with a unit.
///
/// Units: `B`; `KiB`, `MiB`, `GiB`, `TiB` (powers of 1024); `kB`, `MB`, `GB`, `TB` (powers of 1000).
///
/// ```
/// use rush_run_file::ByteSize;
///
/// let limit: ByteSize = "256MiB".parse()?;
/// assert_eq!(limit.bytes(), 256 * 1024 * 1024);
/// assert_eq!(limit.to_string(), "256MiB");
/// # Ok::<(), rush_run_file::ValueError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize {
    bytes: u64,
}

const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

const HELP: &str = r#"A size is a whole number with a unit: "64KiB", "256MiB" or "2GiB""#;

impl ByteSize {
    /// For defaults and bounds in this crate; a user's value comes through `FromStr`.
    pub(crate) const fn from_kib(kib: u64) -> Self {
        assert!(kib > 0);
        Self { bytes: kib << 10 }
    }

    /// For defaults and bounds in this crate; a user's value comes through `FromStr`.
    pub(crate) const fn from_mib(mib: u64) -> Self {
        assert!(mib > 0);
        Self { bytes: mib << 20 }
    }

    /// So many times this size, or the largest there is.
    pub(crate) const fn times(self, factor: u64) -> Self {
        assert!(factor > 0);
        Self { bytes: self.bytes.saturating_mul(factor) }
    }

    /// Number of bytes, at least 1.
    pub const fn bytes(self) -> u64 {
        self.bytes
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, size) = UNITS
            .into_iter()
            .filter(|(_, size)| self.bytes.is_multiple_of(*size))
            .max_by_key(|(_, size)| *size)
            .expect("one unit is the byte, which divides everything");
        write!(f, "{}{unit}", self.bytes / size)
    }
}

impl FromStr for ByteSize {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let number_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(number_end);
        if number.is_empty() {
            return Err(ValueError::new("no number").help(HELP));
        }
        if unit.is_empty() {
            return Err(ValueError::new("the unit is missing").help(HELP));
        }
        if unit.starts_with('.') {
            return Err(ValueError::new("not a whole number").help(HELP));
        }
        let Some((_, size)) = UNITS.into_iter().find(|(name, _)| *name == unit) else {
            let error = ValueError::new(format!("unknown unit `{}`", unit.trim()));
            return Err(match meant(unit) {
                Some(name) => error.help(format!("Did you mean \"{number}{name}\"?")),
                None => error.help(HELP),
            });
        };
        let bytes = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(size))
            .ok_or_else(|| ValueError::new("too large to be counted in bytes").help(HELP))?;
        if bytes == 0 {
            return Err(ValueError::new("a size must be larger than zero").help(HELP));
        }
        Ok(Self { bytes })
    }
}

/// The unit that was probably meant: other case, a space, or the letter alone as in Java's `-Xmx256m`.
fn meant(unit: &str) -> Option<&'static str> {
    let unit = unit.trim();
    UNITS.into_iter().map(|(name, _)| name).find(|name| name.eq_ignore_ascii_case(unit)).or_else(|| {
        UNITS
            .into_iter()
            .map(|(name, _)| name)
            .find(|name| unit.len() == 1 && name.ends_with("iB") && name[..1].eq_ignore_ascii_case(unit))
    })
}

impl Written for ByteSize {
    const NOUN: &'static str = "size";
    const EXPECTED: &'static str = r#"a size such as "256MiB""#;
    const PATTERN: Option<&'static str> = Some("^[0-9]+(B|KiB|MiB|GiB|TiB|kB|MB|GB|TB)$");
}

as_text!(ByteSize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_unit_and_prints_it_back() {
        for (unit, size) in UNITS {
            let text = format!("3{unit}");
            let read: ByteSize = text.parse().unwrap();
            assert_eq!(read.bytes(), 3 * size);
            assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn names_the_unit_that_was_meant() {
        for (text, hint) in [("256mb", "256MB"), ("1 GiB", "1GiB"), ("512m", "512MiB"), ("4gib", "4GiB")] {
            let error = text.parse::<ByteSize>().unwrap_err();
            assert!(error.hint().unwrap().contains(hint), "{text}: {error:?}");
        }
    }

    #[test]
    fn refuses_bare_numbers_zero_and_overflow() {
        for text in ["", "256", "MiB", "1.5GiB", "0MiB", "-1B", "99999999999TiB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }
}
