//! Time limits as Slurm writes them.

use std::fmt;
use std::str::FromStr;

use crate::spanned::Written;
use crate::text_serde::as_text;
use crate::value_error::ValueError;

/// A time limit as Slurm writes it: minutes, or with colons and days.
///
/// ```
/// use rush_run_file::SlurmTime;
///
/// let limit: SlurmTime = "1-12:00".parse()?;
/// assert_eq!(limit.seconds(), Some(36 * 60 * 60));
/// assert_eq!("90".parse::<SlurmTime>()?.seconds(), Some(90 * 60), "a bare number is minutes");
/// assert_eq!("UNLIMITED".parse::<SlurmTime>()?.seconds(), None);
/// # Ok::<(), rush_run_file::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlurmTime {
    written: String,
    seconds: Option<u64>,
}

const UNLIMITED: &str = "UNLIMITED";
/// The most that Slurm counts, in minutes.
const MOST_MINUTES: u64 = u32::MAX as u64 - 2;
const HELP: &str = r#"Slurm writes minutes ("90"), hours:minutes:seconds ("01:30:00"), days-hours ("1-12") or days-hours:minutes"#;

impl SlurmTime {
    /// Its length; none if it is unlimited.
    pub fn seconds(&self) -> Option<u64> {
        self.seconds
    }
}

impl fmt::Display for SlurmTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for SlurmTime {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text == UNLIMITED {
            return Ok(Self { written: text.to_owned(), seconds: None });
        }
        let seconds = seconds(text)?;
        if seconds == 0 {
            return Err(ValueError::new("zero means no limit to Slurm")
                .help(format!("Write \"{UNLIMITED}\", or leave the key out: then the partition decides")));
        }
        if seconds / 60 > MOST_MINUTES {
            return Err(ValueError::new("more than Slurm can count")
                .help(format!("Write \"{UNLIMITED}\", or leave the key out: then the partition decides")));
        }
        Ok(Self { written: text.to_owned(), seconds: Some(seconds) })
    }
}

fn seconds(text: &str) -> Result<u64, ValueError> {
    let (days, clock) = match text.split_once('-') {
        Some((days, clock)) => (Some(number(days)?), clock),
        None => (None, text),
    };
    let parts: Vec<u64> = clock.split(':').map(number).collect::<Result<_, _>>()?;
    let (hours, minutes, seconds) = match (days, parts.as_slice()) {
        (None, [minutes]) => (0, *minutes, 0),
        (None, [minutes, seconds]) => (0, *minutes, *seconds),
        (Some(_), [hours]) => (*hours, 0, 0),
        (Some(_), [hours, minutes]) => (*hours, *minutes, 0),
        (_, [hours, minutes, seconds]) => (*hours, *minutes, *seconds),
        _ => return Err(ValueError::new("too many colons").help(HELP)),
    };
    Ok(((days.unwrap_or_default() * 24 + hours) * 60 + minutes) * 60 + seconds)
}

fn number(text: &str) -> Result<u64, ValueError> {
    if text.is_empty() {
        return Err(ValueError::new("a number is missing").help(HELP));
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let found = unit.chars().next().unwrap_or_default();
        return Err(ValueError::new(format!("{found:?} is no part of a time limit")).help(HELP));
    }
    // What is longer than Slurm counts is told as that.
    Ok(text.parse::<u32>().unwrap_or(u32::MAX).into())
}

impl Written for SlurmTime {
    const NOUN: &'static str = "time limit";
    const EXPECTED: &'static str = r#"a time limit such as "01:30:00""#;
    const PATTERN: Option<&'static str> =
        Some("^(UNLIMITED|[0-9]+(:[0-9]+){0,2}|[0-9]+-[0-9]+(:[0-9]+){0,2})$");
}

as_text!(SlurmTime);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_slurm_is_read_and_printed_as_it_was_written() {
        for (text, seconds) in [
            ("90", 5_400),
            ("1:30", 90),
            ("01:30:05", 5_405),
            ("2-0", 172_800),
            ("2-12", 216_000),
            ("2-12:30", 217_800),
            ("2-12:30:01", 217_801),
        ] {
            let read: SlurmTime = text.parse().unwrap();
            assert_eq!(read.seconds(), Some(seconds), "{text}");
            assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn what_slurm_would_not_read_or_would_read_as_no_limit_is_refused() {
        for text in
            ["", "0", "0:00", "1h", "-1", "1-", "1-2-3", "1:2:3:4", "1:", " 5", "unlimited", "9999999-0"]
        {
            assert!(text.parse::<SlurmTime>().is_err(), "{text}");
        }
    }
}
