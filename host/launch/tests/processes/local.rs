//! Host processes on this machine: supervised, detached, told of as they end.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rush_launch::local::{HostProcess, LocalChildren, Supervision, Talk};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::SecretString;
use tokio::io::AsyncReadExt as _;

use crate::fixture::{Actor, Watched, myself};

crate::tests![
    ends_are_told_as_they_happen_each_once,
    a_supervised_process_ends_with_its_manager_a_detached_one_goes_on,
    terminate_and_kill_reach_the_process_and_only_while_it_is_there,
    kill_takes_what_the_process_has_started_with_it,
    secrets_are_in_the_environment_and_in_no_argument,
    a_first_line_is_read_and_what_follows_is_held_open_for_the_supervised_alone,
    a_program_that_does_not_exist_is_an_error_that_names_it,
    the_second_interrupt_insists_and_the_first_decides_the_code,
    the_end_of_a_child_is_noticed_within_milliseconds,
];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn shell(script: &str, supervision: Supervision, talk: Talk) -> HostProcess {
    HostProcess {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        environment: Vec::new(),
        supervision,
        first_line: None,
        talk,
        connection: None,
    }
}

fn ends_are_told_as_they_happen_each_once() {
    runtime().block_on(async {
        let mut children = LocalChildren::new();
        for code in [3, 4, 5] {
            // They read until their pipes close, so the order of their ends is ours to choose.
            let script = format!("read -r _; exit {code}");
            children.spawn(&shell(&script, Supervision::Supervised, Talk::Inherit)).unwrap();
        }
        for index in [1, 0, 2] {
            children.release(index);
            let (ended, status) = children.next_exit().await.unwrap();
            assert_eq!(ended, index);
            assert_eq!(status.unwrap().code(), Some(3 + i32::try_from(index).unwrap()));
        }
        assert!(children.next_exit().await.is_none());
        assert_eq!(children.running().count(), 0);
        assert_eq!(children.len(), 3);
    });
}

fn a_supervised_process_ends_with_its_manager_a_detached_one_goes_on() {
    let mut manager = myself("role:manager").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(manager.stderr.take().unwrap()).lines();
    let (mut supervised, mut detached) = (None, None);
    while supervised.is_none() || detached.is_none() {
        let line = lines.next().unwrap().unwrap();
        let (kind, pid) = line.split_once(' ').unwrap();
        let watched = Watched::new(Pid::from_raw(pid.parse().unwrap()).unwrap());
        let slot = if kind == "supervised" { &mut supervised } else { &mut detached };
        *slot = Some(watched);
    }
    let (supervised, detached) = (supervised.unwrap(), detached.unwrap());
    assert!(detached.leads_its_session(), "the detached process has no session of its own");
    assert!(!supervised.leads_its_session());
    manager.kill().unwrap();
    manager.wait().unwrap();
    supervised.wait_gone("the supervised process");
    assert!(!detached.is_gone());
    detached.kill();
    detached.wait_gone("the detached process");
}

fn terminate_and_kill_reach_the_process_and_only_while_it_is_there() {
    use std::os::unix::process::ExitStatusExt as _;
    runtime().block_on(async {
        let mut children = LocalChildren::new();
        let polite = "trap 'exit 9' TERM; echo ready >&2; while :; do read -r _; done";
        let deaf = "trap '' TERM; echo ready >&2; read -r _; sleep 1000";
        for script in [polite, deaf] {
            let index = children.spawn(&shell(script, Supervision::Supervised, Talk::Pipe)).unwrap();
            let mut ready = [0; 6];
            children.take_stderr(index).unwrap().read_exact(&mut ready).await.unwrap();
            assert!(children.terminate(index).unwrap());
        }
        let (index, status) = children.next_exit().await.unwrap();
        assert_eq!((index, status.unwrap().code()), (0, Some(9)));
        assert!(!children.terminate(0).unwrap(), "signalled a process that is gone");
        assert!(!children.kill(0).unwrap());
        assert!(children.kill(1).unwrap());
        let (index, status) = children.next_exit().await.unwrap();
        assert_eq!((index, status.unwrap().signal()), (1, Some(9)));
    });
}

fn kill_takes_what_the_process_has_started_with_it() {
    runtime().block_on(async {
        let mut children = LocalChildren::new();
        let script = "sleep 1000 & echo $! >&2; wait";
        let index = children.spawn(&shell(script, Supervision::Supervised, Talk::Pipe)).unwrap();
        let mut pid = String::new();
        let mut stderr = tokio::io::BufReader::new(children.take_stderr(index).unwrap());
        tokio::io::AsyncBufReadExt::read_line(&mut stderr, &mut pid).await.unwrap();
        let grandchild = Watched::new(Pid::from_raw(pid.trim().parse().unwrap()).unwrap());
        children.kill(index).unwrap();
        children.next_exit().await.unwrap().1.unwrap();
        grandchild.wait_gone("what the process has started");
    });
}

fn secrets_are_in_the_environment_and_in_no_argument() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let script = r#"tr '\0' ' ' </proc/$$/cmdline; echo "got $REDIS_URL" >&2"#;
    let mut process = shell(script, Supervision::Detached, Talk::Log(log.clone()));
    process.environment.push(("REDIS_URL".into(), SecretString::from("redis://:hunter2@host")));
    assert!(!format!("{process:?}").contains("hunter2"));
    runtime().block_on(async {
        let mut children = LocalChildren::new();
        children.spawn(&process).unwrap();
        assert!(children.next_exit().await.unwrap().1.unwrap().success());
    });
    let text = std::fs::read_to_string(&log).unwrap();
    assert_eq!(text.matches("hunter2").count(), 1, "{text}");
    assert!(text.contains("got redis://:hunter2@host"), "{text}");
    let mode = std::os::unix::fs::MetadataExt::mode(&log.metadata().unwrap());
    assert_eq!(mode & 0o777, 0o600);
}

fn a_first_line_is_read_and_what_follows_is_held_open_for_the_supervised_alone() {
    runtime().block_on(async {
        for supervision in [Supervision::Supervised, Supervision::Detached] {
            let script = r#"read -r line; echo "got $line" >&2; read -r more; exit 7"#;
            let mut process = shell(script, supervision, Talk::Pipe);
            process.first_line = Some(SecretString::from("redis://:hunter2@host"));
            assert!(!format!("{process:?}").contains("hunter2"));
            let mut children = LocalChildren::new();
            children.spawn(&process).unwrap();
            let mut got = [0; 26];
            children.take_stderr(0).unwrap().read_exact(&mut got).await.unwrap();
            assert_eq!(&got, b"got redis://:hunter2@host\n");
            if supervision == Supervision::Supervised {
                let early = tokio::time::timeout(Duration::from_millis(50), children.next_exit()).await;
                assert!(early.is_err(), "it does not wait for its manager");
                children.release(0);
            }
            assert_eq!(children.next_exit().await.unwrap().1.unwrap().code(), Some(7));
        }
    });
}

fn a_program_that_does_not_exist_is_an_error_that_names_it() {
    runtime().block_on(async {
        let mut process = shell(":", Supervision::Supervised, Talk::Inherit);
        process.program = "/nowhere/rush-host".into();
        let mut children = LocalChildren::new();
        let error = children.spawn(&process).unwrap_err();
        assert_eq!(error.to_string(), "Cannot start the host process /nowhere/rush-host");
        assert_eq!(error.source.kind(), std::io::ErrorKind::NotFound);
        assert!(children.is_empty());
    });
}

fn the_second_interrupt_insists_and_the_first_decides_the_code() {
    for (first, second, code) in [(Signal::INT, Signal::TERM, 130), (Signal::TERM, Signal::INT, 143)] {
        let name = |signal| if signal == Signal::INT { "Interrupt" } else { "Terminate" };
        let mut actor = Actor::start(&mut myself("role:interrupted"));
        assert_eq!(actor.line(), "listening");
        kill_process(actor.pid(), first).unwrap();
        assert_eq!(actor.line(), format!("first {}", name(first)));
        kill_process(actor.pid(), second).unwrap();
        let (text, status) = actor.rest();
        assert_eq!(text.trim(), format!("second {}", name(second)));
        assert_eq!(status.code(), Some(code));
    }
}

/// The best of some, because the machine may be busy with other things: polling would never be fast.
fn the_end_of_a_child_is_noticed_within_milliseconds() {
    runtime().block_on(async {
        let mut best = Duration::MAX;
        for _ in 0..20 {
            let mut children = LocalChildren::new();
            children.spawn(&shell("sleep 1000", Supervision::Detached, Talk::Inherit)).unwrap();
            let before = Instant::now();
            children.kill(0).unwrap();
            children.next_exit().await.unwrap().1.unwrap();
            best = best.min(before.elapsed());
        }
        assert!(best < Duration::from_millis(5), "{best:?}");
    });
}
