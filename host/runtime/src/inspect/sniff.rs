//! Tells what a file is when it is not a component, from its first bytes.

use crate::component_error::{Problem, Stranger};

/// The first four bytes of everything that is WebAssembly.
const MAGIC: &[u8] = b"\0asm";
/// The next four, of a module and of a component.
const MODULE: [u8; 4] = [1, 0, 0, 0];
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];

/// Nothing for what begins as a component does.
pub(super) fn problem(bytes: &[u8]) -> Option<Problem> {
    if bytes.is_empty() {
        return Some(Problem::Empty);
    }
    if let Some(rest) = bytes.strip_prefix(MAGIC) {
        return match rest.first_chunk() {
            Some(&COMPONENT) => None,
            Some(&MODULE) => Some(Problem::CoreModule),
            Some(version) => Some(Problem::Encoding { version: hex::encode(version) }),
            None => Some(Problem::Truncated { size: bytes.len() }),
        };
    }
    if MAGIC.starts_with(bytes) {
        return Some(Problem::Truncated { size: bytes.len() });
    }
    Some(Problem::NotWasm { what: stranger(bytes) })
}

fn stranger(bytes: &[u8]) -> Stranger {
    const BY_MAGIC: [(&[u8], Stranger); 6] = [
        (b"\x7fELF", Stranger::Native),
        (b"\x1f\x8b", Stranger::Compressed),
        (b"\x28\xb5\x2f\xfd", Stranger::Compressed),
        (b"PK\x03\x04", Stranger::Compressed),
        (b"!<arch>", Stranger::Native),
        (b"#!", Stranger::Script),
    ];
    if let Some((_, stranger)) = BY_MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return *stranger;
    }
    // A look at the beginning is enough, and what is cut in the middle of a letter is still text.
    let head = &bytes[..bytes.len().min(4096)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Stranger::Unknown,
    };
    let code = skip_comments(text);
    if code.starts_with("(component") || code.starts_with("(module") {
        Stranger::Wat
    } else if code.starts_with("package ") || code.starts_with("interface ") || code.starts_with("world ") {
        Stranger::Wit
    } else if text.contains('\0') {
        Stranger::Unknown
    } else {
        Stranger::Text
    }
}

/// Spaces and the comments of WAT (`;; …` and `(; … ;)`) and WIT (`// …`).
fn skip_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let rest = if text.starts_with(";;") || text.starts_with("//") {
            text.split_once('\n').map(|(_, rest)| rest)
        } else if text.starts_with("(;") {
            text.split_once(";)").map(|(_, rest)| rest)
        } else {
            return text;
        };
        text = rest.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stranger_is_named() {
        let cases: [(&[u8], Option<Problem>); 14] = [
            (b"", Some(Problem::Empty)),
            (b"\0as", Some(Problem::Truncated { size: 3 })),
            (b"\0asm\x0d\0", Some(Problem::Truncated { size: 6 })),
            (b"\0asm\x01\0\0\0", Some(Problem::CoreModule)),
            (b"\0asm\x0a\0\x01\0", Some(Problem::Encoding { version: "0a000100".into() })),
            (b"\0asm\x0d\0\x01\0", None),
            (b"(component)", Some(Problem::NotWasm { what: Stranger::Wat })),
            (b" ;; a loop\n(; of mine ;)\n (module)", Some(Problem::NotWasm { what: Stranger::Wat })),
            (b"// the contract\npackage rush:worker;", Some(Problem::NotWasm { what: Stranger::Wit })),
            (b"\x7fELF\x02\x01", Some(Problem::NotWasm { what: Stranger::Native })),
            (b"\x1f\x8b\x08", Some(Problem::NotWasm { what: Stranger::Compressed })),
            (b"#!/bin/sh\n", Some(Problem::NotWasm { what: Stranger::Script })),
            (b"fn main() {}", Some(Problem::NotWasm { what: Stranger::Text })),
            (b"\xff\xfe\x00\x01", Some(Problem::NotWasm { what: Stranger::Unknown })),
        ];
        for (bytes, problem) in cases {
            assert_eq!(super::problem(bytes), problem, "{bytes:?}");
        }
    }
}
