//! References to images of containers: `registry.example.org/team/rush-host:0.1.0@sha256:…`.

use std::str::FromStr;

use crate::spanned::Written;
use crate::value_error::ValueError;

/// A reference to an image, as container runtimes read it.
pub(crate) struct ImageReference(pub(crate) String);

const HELP: &str = "For example image = \"registry.example.org/team/rush-host:0.1.0\"";
const MOST: usize = 255;

impl FromStr for ImageReference {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let wrong = |reason: String| ValueError::new(reason).help(HELP);
        if text.is_empty() {
            return Err(wrong("empty".to_owned()));
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return Err(ValueError::new(format!("an image is named without `{scheme}://`"))
                .help(format!("Did you mean \"{rest}\"?")));
        }
        if let Some(c) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
            let what = if c == ' ' { "spaces are not allowed" } else { "control characters are not allowed" };
            return Err(wrong(what.to_owned()));
        }
        if text.len() > MOST {
            return Err(wrong(format!("{} characters, at most {MOST}", text.len())));
        }
        let (named, digest) = match text.split_once('@') {
            Some((named, digest)) => (named, Some(digest)),
            None => (text, None),
        };
        if let Some(digest) = digest {
            check_digest(digest)?;
        }
        // A colon before a slash belongs to the port of the registry.
        let (name, tag) = match named.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (named, None),
        };
        if let Some(tag) = tag {
            check_tag(tag)?;
        }
        check_name(name, text)?;
        Ok(Self(text.to_owned()))
    }
}

fn check_digest(digest: &str) -> Result<(), ValueError> {
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match digest.split_once(':') {
        Some(("sha256", hex)) if hex.len() == 64 && is_hex(hex) => Ok(()),
        Some(("sha512", hex)) if hex.len() == 128 && is_hex(hex) => Ok(()),
        _ => Err(ValueError::new("what follows `@` is no digest")
            .help("A digest is `sha256:` and 64 of 0-9 a-f; a tag follows a colon")),
    }
}

fn check_tag(tag: &str) -> Result<(), ValueError> {
    let first = tag.chars().next();
    let begins = first.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let fits = tag.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    if begins && fits && tag.len() <= 128 {
        return Ok(());
    }
    let reason = if tag.is_empty() { "no tag after `:`".to_owned() } else { format!("`{tag}` is not a tag") };
    Err(ValueError::new(reason)
        .help("A tag is up to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two"))
}

fn check_name(name: &str, whole: &str) -> Result<(), ValueError> {
    let path = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
            check_host(host)?;
            path
        }
        _ => name,
    };
    if path.chars().any(|c| c.is_ascii_uppercase()) {
        let tag = whole.get(name.len()..).unwrap_or_default();
        return Err(ValueError::new("the name of an image is lower-case")
            .help(format!("Did you mean \"{}{tag}\"?", name.to_ascii_lowercase())));
    }
    let is_part = |part: &str| {
        let inner = part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
        let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        inner
            && ends(part.bytes().next())
            && ends(part.bytes().next_back())
            && !["..", "___", "._", "_.", ".-", "-.", "_-", "-_"].iter().any(|twice| part.contains(twice))
    };
    match path.split('/').find(|part| !is_part(part)) {
        None => Ok(()),
        Some("") => Err(ValueError::new("a part of the name is missing").help(HELP)),
        Some(part) => Err(ValueError::new(format!("`{part}` is no part of an image's name"))
            .help("A part has lower-case letters and digits, with `.`, `_` or `-` between them")),
    }
}

fn check_host(host: &str) -> Result<(), ValueError> {
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let is_name = name.split('.').all(|part| {
        let fits = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits && !part.is_empty() && !part.starts_with('-') && !part.ends_with('-')
    });
    if is_name && port.parse::<u16>().is_ok() {
        return Ok(());
    }
    Err(ValueError::new(format!("`{host}` is not the address of a registry")).help(HELP))
}

impl Written for ImageReference {
    const NOUN: &'static str = "image";
    const EXPECTED: &'static str = r#"an image such as "registry.example.org/team/rush-host:0.1.0""#;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_named_in_every_usual_way() {
        for text in [
            "rush-host",
            "rush-host:latest",
            "team/rush_host:1.0",
            "registry.example.org/team/a__b/rush-host:v0.1.0",
            "localhost:5000/rush-host",
            "localhost/rush-host",
            "Registry.Example.org:443/a/b",
            &format!("a.b/c:d@sha256:{}", "0".repeat(64)),
            &format!("c@sha256:{}", "ab".repeat(32)),
        ] {
            assert!(text.parse::<ImageReference>().is_ok(), "{text}");
        }
        for text in [
            "",
            " ",
            "a b",
            "a:",
            "a:b:c",
            "a@sha256:abc",
            "a@latest",
            "a//b",
            "/a",
            "a/",
            "-a",
            "a..b",
            "a.b:99999/c",
            "A",
            &"a".repeat(256),
        ] {
            assert!(text.parse::<ImageReference>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_image_that_was_meant_is_named() {
        for (text, meant) in [
            ("docker://rush-host:1", "rush-host:1"),
            ("Team/Rush-Host:V1", "team/rush-host:V1"),
            ("example.org/Team:1", "example.org/team:1"),
        ] {
            let error = text.parse::<ImageReference>().err().unwrap();
            assert_eq!(error.hint().unwrap(), format!("Did you mean \"{meant}\"?"), "{text}");
        }
    }
}
