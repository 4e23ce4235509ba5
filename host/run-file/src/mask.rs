//! Passwords in what an error shows.
//!
//! An error prints the line that it is about and the lines around it; a URL with a password may stand in any of them.

/// Replaces the passwords of all URLs by asterisks, byte for byte, so that positions stay what they are.
///
/// `${VARIABLE}` stays: it is no secret, and it is what a message may be about.
pub(crate) fn mask_passwords(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find("://") {
        let (before, after) = rest.split_at(found + "://".len());
        masked.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).unwrap_or(after.len());
        let (url, after) = after.split_at(end);
        masked.push_str(&mask_in_url(url));
        rest = after;
    }
    masked.push_str(rest);
    masked
}

/// `url` begins after the scheme. The last `@` ends the password, however many it holds unencoded.
fn mask_in_url(url: &str) -> String {
    let mut url = url.to_owned();
    let login_end = url.rfind('@').unwrap_or(0);
    // In `${USER}:…` the first colon is the right one, too: no name of a variable holds a colon.
    if let Some(colon) = url[..login_end].find(':') {
        cover(&mut url, colon + 1, login_end);
    }
    if let Some(found) = url.find("pass=") {
        let start = found + "pass=".len();
        let end = url[start..].find('&').map_or(url.len(), |length| start + length);
        cover(&mut url, start, end);
    }
    url
}

fn cover(url: &mut String, start: usize, end: usize) {
    let password = &url[start..end];
    if password.starts_with("${") && password.ends_with('}') && password.matches('}').count() == 1 {
        return;
    }
    url.replace_range(start..end, &"*".repeat(end - start));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_covered_and_positions_kept() {
        for (text, expected) in [
            (r#"url = "redis://ada:geheim@h/0""#, r#"url = "redis://ada:******@h/0""#),
            ("redis://:p@ss:w@h # redis://x:y@z", "redis://:******@h # redis://x:*@z"),
            ("redis://${U}:${P}@h", "redis://${U}:${P}@h"),
            ("unix:///s?pass=geheim&db=1", "unix:///s?pass=******&db=1"),
            ("redis://h:6379/0 a@b", "redis://h:6379/0 a@b"),
            ("no url at all", "no url at all"),
            ("redis://:gëheim@h", "redis://:*******@h"),
        ] {
            assert_eq!(mask_passwords(text), expected);
            assert_eq!(text.len(), expected.len());
        }
    }
}
