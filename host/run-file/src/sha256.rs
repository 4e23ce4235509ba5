//! A pinned SHA-256.

use std::fmt;
use std::str::FromStr;

use crate::spanned::Written;
use crate::text_serde::as_text;
use crate::value_error::ValueError;

/// SHA-256 of a component, 64 hexadecimal digits; printed in lower case, as `sha256sum` prints it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256([u8; 32]);

const HELP: &str = "`sha256sum FILE` prints it: 64 digits of 0-9 and a-f";

impl Sha256 {
    /// The 32 bytes of the hash.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Sha256 {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl FromStr for Sha256 {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if let Some(c) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(ValueError::new(format!("`{c}` is not a hexadecimal digit")).help(HELP));
        }
        if text.len() != 64 {
            return Err(ValueError::new(format!("{} digits instead of 64", text.len())).help(HELP));
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = str::from_utf8(digits).expect("hexadecimal digits are ASCII");
            *byte = u8::from_str_radix(digits, 16).expect("two hexadecimal digits are a byte");
        }
        Ok(Self(bytes))
    }
}

impl Written for Sha256 {
    const NOUN: &'static str = "SHA-256";
    const EXPECTED: &'static str = "64 hexadecimal digits in quotes";
    const PATTERN: Option<&'static str> = Some("^[0-9A-Fa-f]{64}$");
}

as_text!(Sha256);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_either_case_and_prints_lower_case() {
        let lower = "00ff".repeat(16);
        assert_eq!(lower.to_uppercase().parse::<Sha256>().unwrap().to_string(), lower);
    }
}
