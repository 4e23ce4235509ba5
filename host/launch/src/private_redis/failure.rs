//! Why a server ended before it was ready, read from its log.

use std::fs;
use std::path::Path;

use super::PrivateRedisError;

/// How much of the log an error shows.
const TAIL_LINES: usize = 4;
/// How much of it is searched for the cause: older starts that failed for other reasons may stand above.
const SEARCHED_LINES: usize = 30;

/// What the log of a server that did not start tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    DiskFull,
    Damaged,
    NotWritable,
    Unknown,
}

/// Reads the cause from the log. The words are those of Redis 7 and 8 and of Valkey.
pub(crate) fn cause(log: &str) -> Cause {
    let says = |words: &str| log.contains(words);
    if says("No space left on device") || says("Disk quota exceeded") {
        Cause::DiskFull
    } else if says("Bad file format reading the append only file")
        || says("Unexpected end of file reading the append only file")
        || says("Unrecoverable error reading the append only file")
        || says("Invalid AOF manifest file format")
        || says("Internal error in RDB reading")
        || says("RDB CRC error")
    {
        Cause::Damaged
    } else if says("Permission denied") || says("Read-only file system") {
        Cause::NotWritable
    } else {
        Cause::Unknown
    }
}

/// The error for a server that ended with `status` before it was ready.
pub(crate) fn start_failed(server: &Path, data: &Path, log: &Path, status: &str) -> PrivateRedisError {
    // A log that cannot be read is an empty one: the error stands without it, and names the file.
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines = telling_lines(&text);
    let log_tail = tail(&lines, TAIL_LINES);
    let data = data.to_owned();
    match cause(&tail(&lines, SEARCHED_LINES)) {
        Cause::DiskFull => PrivateRedisError::DiskFull { data, log_tail },
        Cause::Damaged => PrivateRedisError::Damaged { data, log_tail },
        Cause::NotWritable => PrivateRedisError::DataFolder {
            path: data,
            source: std::io::Error::new(std::io::ErrorKind::PermissionDenied, log_tail),
        },
        Cause::Unknown => PrivateRedisError::StartFailed {
            server: server.to_owned(),
            status: status.to_owned(),
            log: log.to_owned(),
            log_tail,
        },
    }
}

/// The error for a keeper that could not even start the server, for a reason of the operating system's.
pub(crate) fn keeper_failed(data: &Path, log: &Path, detail: String) -> PrivateRedisError {
    match cause(&detail) {
        Cause::DiskFull => PrivateRedisError::DiskFull { data: data.to_owned(), log_tail: String::new() },
        _ => PrivateRedisError::Keeper { detail, log: log.to_owned() },
    }
}

/// All but empty lines and advice about the kernel's settings, which is never why a server ends.
fn telling_lines(log: &str) -> Vec<&str> {
    let tells = |line: &&str| !line.trim().is_empty() && !line.contains("# WARNING");
    log.lines().filter(tells).collect()
}

fn tail(lines: &[&str], length: usize) -> String {
    let first = lines.len().saturating_sub(length);
    lines[first..].iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_read_from_the_log() {
        let full = "1:M * x\n1:M # Can't open or create append-only file: No space left on device\n";
        assert_eq!(cause(full), Cause::DiskFull);
        assert_eq!(cause("# Bad file format reading the append only file appendonly.aof.1"), Cause::Damaged);
        assert_eq!(cause("# Can't create the append-only dir: Permission denied"), Cause::NotWritable);
        assert_eq!(cause("# Out Of Memory allocating 1 bytes!"), Cause::Unknown);
    }

    #[test]
    fn the_tail_is_short_and_tells_nothing_beside_the_point() {
        let log = (0..30).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n\n");
        let log = log + "\n9:M * x # WARNING Memory overcommit must be enabled!\n";
        let tail = tail(&telling_lines(&log), TAIL_LINES);
        assert_eq!(tail, "  line 26\n  line 27\n  line 28\n  line 29");
    }
}
