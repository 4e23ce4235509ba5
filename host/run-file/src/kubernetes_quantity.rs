//! Cores and memory as Kubernetes writes them.

use std::str::FromStr;

use crate::spanned::Written;
use crate::value_error::ValueError;

/// Cores: `2`, `0.5` or `500m`, thousandths of a core.
pub(crate) struct Cores(pub(crate) String);

/// Bytes: `512Mi`, `2Gi`, `1.5G`.
pub(crate) struct Memory(pub(crate) String);

const CORES_HELP: &str = "Cores are a number, or thousandths with `m`: \"2\", \"0.5\" or \"500m\"";
const MEMORY_HELP: &str = "Memory is a number with a unit of Kubernetes: \"512Mi\", \"2Gi\" or \"1.5G\"";
const UNITS: [&str; 12] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k", "M", "G", "T", "P", "E"];

impl FromStr for Cores {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (number, unit) = number_and_unit(text, CORES_HELP)?;
        match unit {
            "" => {}
            "m" if !number.contains('.') => {}
            "m" => return Err(ValueError::new("finer than a thousandth of a core").help(CORES_HELP)),
            "M" => {
                let help = format!("Did you mean \"{number}m\", thousandths of a core?");
                return Err(ValueError::new("`M` are millions").help(help));
            }
            unit => return Err(ValueError::new(format!("unknown unit `{unit}`")).help(CORES_HELP)),
        }
        if number.split_once('.').is_some_and(|(_, decimals)| decimals.len() > 3) {
            return Err(ValueError::new("finer than a thousandth of a core").help(CORES_HELP));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Memory {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (number, unit) = number_and_unit(text, MEMORY_HELP)?;
        if UNITS.contains(&unit) {
            return Ok(Self(text.to_owned()));
        }
        if unit.is_empty() {
            // A process needs millions of them, so a small number is one of something else.
            return if number.len() > 6 && !number.contains('.') {
                Ok(Self(text.to_owned()))
            } else {
                Err(ValueError::new("the unit is missing").help(MEMORY_HELP))
            };
        }
        let error = match unit {
            "m" => ValueError::new("`m` are thousandths of a byte"),
            unit => ValueError::new(format!("unknown unit `{unit}`")),
        };
        Err(match meant(unit) {
            Some(unit) => error.help(format!("Did you mean \"{number}{unit}\"?")),
            None => error.help(MEMORY_HELP),
        })
    }
}

/// As it is written elsewhere: `MiB`, `MB`, in another case, as a word; a letter alone means what it mostly means.
fn meant(unit: &str) -> Option<&'static str> {
    let unit = unit.trim().to_ascii_lowercase();
    let (letter, rest) = unit.split_at_checked(1)?;
    let is_binary = match rest {
        "" | "i" | "ib" | "bi" => true,
        "b" | "ega" | "iga" | "ilo" | "era" | "eta" | "xa" => false,
        _ => return None,
    };
    UNITS.into_iter().find(|name| {
        name.len() == 1 + usize::from(is_binary)
            && name.get(..1).is_some_and(|first| first.eq_ignore_ascii_case(letter))
    })
}

fn number_and_unit<'t>(text: &'t str, help: &str) -> Result<(&'t str, &'t str), ValueError> {
    let wrong = |reason: String| Err(ValueError::new(reason).help(help));
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if number.is_empty() {
        return wrong(if text.starts_with('-') { "cannot be negative" } else { "no number" }.to_owned());
    }
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || decimals.is_empty() || decimals.contains('.') {
        return wrong(format!("`{number}` is not a number"));
    }
    if number.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        return wrong("must be more than zero".to_owned());
    }
    if number.len() > 15 {
        return wrong("too many digits".to_owned());
    }
    Ok((number, unit))
}

impl Written for Cores {
    const NOUN: &'static str = "number of cores";
    const EXPECTED: &'static str = r#"a number of cores such as "2" or "500m""#;
    const PATTERN: Option<&'static str> = Some(r"^([0-9]+(\.[0-9]{1,3})?|[0-9]+m)$");
}

impl Written for Memory {
    const NOUN: &'static str = "quantity of memory";
    const EXPECTED: &'static str = r#"a quantity such as "512Mi""#;
    const PATTERN: Option<&'static str> = Some(r"^[0-9]+(\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_those_that_the_api_takes() {
        for text in ["1", "2", "0.5", "2.125", "500m", "64"] {
            assert!(text.parse::<Cores>().is_ok(), "{text}");
        }
        for text in ["", "0", "0m", "0.0", "-1", "1.", ".5", "1.5m", "2 ", "2Gi", "two", "0.0001", "1e3"] {
            assert!(text.parse::<Cores>().is_err(), "{text}");
        }
    }

    #[test]
    fn memory_is_what_the_api_takes() {
        for text in ["512Mi", "1.5Gi", "2G", "100k", "128974848"] {
            assert!(text.parse::<Memory>().is_ok(), "{text}");
        }
        for text in ["", "0Mi", "-1Gi", "512", "2.5", "1..5Gi", "12345678901234567890Mi"] {
            assert!(text.parse::<Memory>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_unit_that_was_meant_is_named() {
        for (text, meant) in [
            ("512MiB", "512Mi"),
            ("512MB", "512M"),
            ("512m", "512Mi"),
            ("2g", "2Gi"),
            ("2 Gi", "2Gi"),
            ("2gi", "2Gi"),
            ("1KB", "1k"),
            ("512Mega", "512M"),
        ] {
            let error = text.parse::<Memory>().err().unwrap();
            assert_eq!(error.hint().unwrap(), format!("Did you mean \"{meant}\"?"), "{text}");
        }
        assert!("5parsecs".parse::<Memory>().err().unwrap().hint().unwrap().starts_with("Memory is"));
    }
}
