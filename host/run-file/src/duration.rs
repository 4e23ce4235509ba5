//! Durations such as `"30s"`: a number with its unit, never a bare number.

use std::fmt;
use std::str::FromStr;

use crate::spanned::Written;
use crate::text_serde::as_text;
use crate::value_error::ValueError;

/// A duration of at least one millisecond, written as a number with a unit.
///
/// Units: `ms`, `s`, `m` (minutes), `h`, `d`. Decimals are exact to the millisecond.
///
/// ```
/// use rush_run_file::Duration;
///
/// let period: Duration = "1.5s".parse()?;
/// assert_eq!(period.as_std(), std::time::Duration::from_millis(1500));
/// assert_eq!(period.to_string(), "1500ms");
/// assert!("5".parse::<Duration>().is_err(), "five what?");
/// # Ok::<(), rush_run_file::ValueError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    milliseconds: u64,
}

/// Longest first where one is the end of another, so that `ms` is not read as `m`.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Some 27 years: beyond every use, and far from overflowing any clock arithmetic.
const MAX_MILLISECONDS: u64 = 10_000 * 86_400_000;

const HELP: &str = r#"A duration is a number with a unit: "500ms", "30s", "10m", "2h" or "1d""#;

impl Duration {
    /// For defaults in this crate; a user's value comes through `FromStr`.
    pub(crate) const fn from_millis(milliseconds: u64) -> Self {
        assert!(milliseconds > 0);
        Self { milliseconds }
    }

    /// The same as the standard library's type.
    pub const fn as_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.milliseconds)
    }

    /// Length in milliseconds, at least 1.
    pub const fn as_millis(self) -> u64 {
        self.milliseconds
    }
}

impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> Self {
        duration.as_std()
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, size) = UNITS
            .into_iter()
            .find(|(_, size)| self.milliseconds.is_multiple_of(*size))
            .expect("the last unit is one millisecond, which divides everything");
        write!(f, "{}{unit}", self.milliseconds / size)
    }
}

impl FromStr for Duration {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(number_end);
        if number.is_empty() {
            let reason = if text.starts_with('-') { "a duration cannot be negative" } else { "no number" };
            return Err(ValueError::new(reason).help(HELP));
        }
        if unit.is_empty() {
            return Err(
                ValueError::new("the unit is missing").help(format!("Write \"{text}s\" for seconds. {HELP}"))
            );
        }
        let Some((_, size)) = UNITS.into_iter().find(|(name, _)| *name == unit) else {
            let trimmed = unit.trim();
            if trimmed != unit && UNITS.iter().any(|(name, _)| *name == trimmed) {
                return Err(ValueError::new("a space between number and unit")
                    .help(format!("Write \"{number}{trimmed}\"")));
            }
            return Err(ValueError::new(format!("unknown unit `{trimmed}`")).help(HELP));
        };
        let milliseconds = milliseconds(number, size)?;
        match milliseconds {
            0 => Err(ValueError::new("a duration must be longer than zero").help(HELP)),
            1..=MAX_MILLISECONDS => Ok(Self { milliseconds }),
            _ => Err(ValueError::new("longer than 10000 days").help(HELP)),
        }
    }
}

/// `number` (digits, at most one point) times `size`, exactly.
fn milliseconds(number: &str, size: u64) -> Result<u64, ValueError> {
    let bad_number = || ValueError::new(format!("`{number}` is not a number")).help(HELP);
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || decimals.contains('.') || number.ends_with('.') {
        return Err(bad_number());
    }
    let too_long = || ValueError::new("longer than 10000 days").help(HELP);
    let whole: u64 = whole.parse().map_err(|_| too_long())?;
    let mut total = whole.checked_mul(size).ok_or_else(too_long)?;
    if !decimals.is_empty() {
        let finer = || ValueError::new("finer than a millisecond").help(HELP);
        let scale =
            u32::try_from(decimals.len()).ok().and_then(|n| 10_u64.checked_pow(n)).ok_or_else(finer)?;
        let part: u64 = decimals.parse().map_err(|_| bad_number())?;
        let scaled = part.checked_mul(size).ok_or_else(finer)?;
        if !scaled.is_multiple_of(scale) {
            return Err(finer());
        }
        total = total.checked_add(scaled / scale).ok_or_else(too_long)?;
    }
    Ok(total)
}

impl Written for Duration {
    const NOUN: &'static str = "duration";
    const EXPECTED: &'static str = r#"a duration such as "30s""#;
    const PATTERN: Option<&'static str> = Some(r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$");
}

as_text!(Duration);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_unit() {
        for (text, expected) in [
            ("1ms", 1),
            ("30s", 30_000),
            ("10m", 600_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
            ("0.25s", 250),
        ] {
            assert_eq!(text.parse::<Duration>().unwrap().as_millis(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_printed_is_read_back() {
        for milliseconds in [1, 999, 1_000, 1_500, 60_000, 90_000, 3_600_000, 86_400_000, MAX_MILLISECONDS] {
            let duration = Duration { milliseconds };
            assert_eq!(duration.to_string().parse(), Ok(duration));
        }
    }

    #[test]
    fn refuses_what_is_not_exact_or_not_positive() {
        for text in [
            "",
            "s",
            "5",
            "0s",
            "-1s",
            "1.s",
            ".5s",
            "1..5s",
            "0.0001s",
            "1 s",
            "1sec",
            "99999999999999999999d",
            "10001d",
        ] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
