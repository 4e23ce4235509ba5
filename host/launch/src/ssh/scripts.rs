//! What runs on the other side, run by real shells.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::client::one_line;

/// What a shell would stumble over in the name of a file.
const HOSTILE: &str = "a b'\"$HOME `id` $(id) \\ ünï;&|<>#%*";
/// Every kind that there is on this machine.
const SHELLS: [&str; 3] = ["sh", "dash", "bash"];

/// A home on another machine.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir(home.path("")).unwrap();
        home
    }

    fn path(&self, relative: &str) -> PathBuf {
        let home = self.0.path().join(HOSTILE);
        if relative.is_empty() { home } else { home.join(relative) }
    }

    fn write_program(&self, relative: &str, text: &str) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn run(&self, shell: &str, script: &str, words: &[&str], input: &[u8]) -> Output {
        let mut command = Command::new(shell);
        command.args(["-c", &one_line(script), "rush-host"]).args(words);
        command.env_remove("XDG_CACHE_HOME").env_remove("XDG_STATE_HOME").env("HOME", self.path(""));
        command
            .current_dir(self.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Who does not read it ends before.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    fn remote(&self, shell: &str, words: &[&str]) -> Output {
        self.run(shell, include_str!("remote.sh"), words, b"redis://cache\n")
    }

    fn copy(&self, shell: &str, file: &[u8], sha256: &str, size: usize) -> Output {
        self.run(shell, include_str!("copy.sh"), &[sha256, &size.to_string()], file)
    }

    /// What lies where programs are copied to.
    fn copied(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.path(".cache/rush-host/bin")) else { return Vec::new() };
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }
}

fn shells() -> impl Iterator<Item = &'static str> {
    SHELLS.into_iter().filter(|shell| Command::new(shell).args(["-c", ":"]).status().is_ok())
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn sha256(file: &[u8]) -> String {
    hex::encode(Sha256::digest(file))
}

/// Shows its arguments and its input, one a line, and ends with this code.
fn shows(code: u8) -> String {
    format!("#!/bin/sh\nfor word; do printf '<%s>\\n' \"$word\" >&2; done\ncat >&2\nexit {code}\n")
}

#[test]
fn the_program_gets_its_words_and_its_input_and_its_code_comes_back() {
    let home = Home::new();
    let program = home.write_program("rush-host", &shows(7));
    for shell in shells() {
        let output = home.remote(shell, &[program.to_str().unwrap(), "", "", "", "worker", HOSTILE, ""]);
        let expected = format!("rush-host-begins\n<worker>\n<{HOSTILE}>\n<>\nredis://cache\n");
        assert_eq!((said(&output), output.status.code()), (expected, Some(7)), "{shell}");
        assert!(told(&output).is_empty());
    }
}

#[test]
fn a_path_may_start_from_home_and_a_name_is_looked_for() {
    let home = Home::new();
    home.write_program("bin/rush-host", &shows(0));
    for shell in shells() {
        assert!(home.remote(shell, &["bin/rush-host", "", "", ""]).status.success());
        assert!(home.remote(shell, &["true", "", "", ""]).status.success());
    }
}

#[test]
fn no_code_of_a_program_is_that_of_ssh() {
    let home = Home::new();
    home.write_program("ends", &shows(255));
    home.write_program("dies", "#!/bin/sh\nkill -9 $$\n");
    for shell in shells() {
        assert_eq!(home.remote(shell, &["./ends", "", "", ""]).status.code(), Some(254));
        assert_eq!(home.remote(shell, &["./dies", "", "", ""]).status.code(), Some(137));
    }
}

#[test]
fn nothing_begins_where_there_is_no_program() {
    let home = Home::new();
    for shell in shells() {
        for program in [HOSTILE, "/no/rush-host", "-x"] {
            let output = home.remote(shell, &[program, "", "", ""]);
            assert_eq!(
                (said(&output), output.status.code()),
                (format!("{program}: not found\n"), Some(127)),
                "{shell}"
            );
        }
    }
}

#[test]
fn a_log_is_where_it_is_asked_for_or_where_states_are() {
    let home = Home::new();
    home.write_program("rush-host", &shows(0));
    let usual = home.path(".local/state/rush-host/my.log");
    for shell in shells() {
        for (log, network, path) in [("", "my", usual.to_str().unwrap()), (HOSTILE, "", HOSTILE)] {
            let output = home.remote(shell, &["./rush-host", "", log, network, "worker"]);
            assert!(
                said(&output).contains(&format!("<worker>\n<--log-file>\n<{path}>\n")),
                "{}",
                said(&output)
            );
        }
    }
}

#[test]
fn a_program_that_was_copied_is_run_by_its_hash() {
    for shell in shells() {
        let home = Home::new();
        let file = shows(0).into_bytes();
        let hash = sha256(&file);
        let output = home.copy(shell, &file, &hash, file.len());
        assert_eq!(told(&output), "want\ndone\n", "{shell}: {}", said(&output));
        assert_eq!(home.copied(), [format!("rush-host-{hash}")]);
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&home.path(&format!(".cache/rush-host/bin/rush-host-{hash}"))), 0o700);
        assert_eq!(mode(&home.path(".cache/rush-host")), 0o700);
        let output = home.remote(shell, &["rush-host", &hash, "", "", "worker"]);
        assert_eq!(said(&output), "rush-host-begins\n<worker>\nredis://cache\n");
    }
}

#[test]
fn what_is_there_and_whole_is_not_sent_again_and_what_was_spoilt_is() {
    for shell in shells() {
        let home = Home::new();
        let file = shows(0).into_bytes();
        let hash = sha256(&file);
        home.copy(shell, &file, &hash, file.len());
        assert_eq!(told(&home.copy(shell, b"", &hash, file.len())), "have\n", "{shell}");
        let copied = home.path(&format!(".cache/rush-host/bin/rush-host-{hash}"));
        fs::write(&copied, "#!/bin/sh\n").unwrap();
        assert_eq!(told(&home.copy(shell, &file, &hash, file.len())), "want\ndone\n", "{shell}");
        assert_eq!(fs::read(&copied).unwrap(), file);
    }
}

#[test]
fn half_a_file_another_one_and_one_that_does_not_run_leave_nothing() {
    for shell in shells() {
        let home = Home::new();
        let broken = b"#!/bin/sh\necho wrong machine >&2\nexit 3\n";
        let file = shows(0).into_bytes();
        for (sent, hash, size, why) in [
            (&file[..5], sha256(&file), file.len(), format!("only 5 of {} bytes have come", file.len())),
            (&file[..], sha256(b"another"), file.len(), "another file has come than was sent".to_owned()),
            (
                &broken[..],
                sha256(broken),
                broken.len(),
                "the copy does not run there: wrong machine".to_owned(),
            ),
        ] {
            let output = home.copy(shell, sent, &hash, size);
            assert_eq!(told(&output), "want\n", "{shell}");
            assert!(said(&output).trim_end().ends_with(&why), "{shell}: {}", said(&output));
            assert_eq!(output.status.code(), Some(1));
            assert!(home.copied().is_empty(), "{shell}: {:?}", home.copied());
        }
    }
}
