//! Clients that reach other machines: a few at a time, again where there is no room, and none that nobody wants any more.

use std::{fs, path::Path};

use rush_launch::local::{Connection, Heard, HostProcess, Judgement, LocalChildren, Supervision, Talk};
use tokio::io::AsyncReadExt as _;

crate::tests![
    clients_are_set_up_a_few_at_a_time,
    what_has_no_room_is_tried_again_and_what_it_said_is_forgotten,
    what_begins_speaks_for_itself_and_what_comes_before_is_kept_apart,
    a_client_that_waits_ends_when_nobody_wants_it,
    a_client_that_is_killed_is_not_tried_again,
    a_client_that_was_let_go_is_not_tried_again,
    a_program_that_is_not_there_is_told_as_an_end,
];

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// A client that is a shell; two are set up at once. The code 75 says that there is no room.
fn client(script: &str) -> HostProcess {
    let judge = |_: &Heard, status: std::process::ExitStatus| match status.code() {
        Some(75) => Judgement::Again,
        _ => Judgement::Ended,
    };
    HostProcess {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        environment: Vec::new(),
        supervision: Supervision::Supervised,
        first_line: None,
        talk: Talk::Pipe,
        connection: Some(Connection {
            host: "there".into(),
            begins: "begins",
            to_one_host: 2,
            to_all_hosts: 8,
            judge,
            withheld: vec!["CARGO_MANIFEST_DIR".into()],
        }),
    }
}

/// Appends a line to the file.
fn notes(file: &Path, what: &str) -> String {
    format!("echo {what} >>'{}'", file.display())
}

fn clients_are_set_up_a_few_at_a_time() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes");
        let mut children = LocalChildren::new();
        // Each waits for its lifeline before it says that it has begun.
        for _ in 0..5 {
            let script =
                format!("{}; read -r _; echo begins >&2; {}", notes(&file, "up"), notes(&file, "on"));
            children.spawn(&client(&script)).unwrap();
        }
        assert_eq!((0..5).filter(|index| children.pid(*index).is_some()).count(), 2);
        assert_eq!(children.running().count(), 5, "who waits is one of them");
        let mut ended = Vec::new();
        for index in 0..5 {
            while children.pid(index).is_none() {
                // Its turn comes when another has begun.
                tokio::select! {
                    exit = children.next_exit() => ended.push(exit.unwrap().0),
                    () = tokio::time::sleep(std::time::Duration::from_millis(5)) => {}
                }
            }
            let setting_up = (0..5)
                .filter(|index| children.pid(*index).is_some() && !children.heard(*index).unwrap().begun);
            assert!(setting_up.count() <= 2);
            children.release(index);
        }
        while let Some((index, status)) = children.next_exit().await {
            assert!(status.unwrap().success());
            ended.push(index);
        }
        ended.sort_unstable();
        assert_eq!(ended, [0, 1, 2, 3, 4]);
        assert_eq!(fs::read_to_string(&file).unwrap().lines().filter(|line| *line == "on").count(), 5);
    });
}

fn what_has_no_room_is_tried_again_and_what_it_said_is_forgotten() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes");
        let mut children = LocalChildren::new();
        let script = format!(
            "{}; if [ \"$(wc -l <'{}')\" -lt 3 ]; then echo no room >&2; exit 75; fi; echo begins >&2; echo here >&2; exit 3",
            notes(&file, "tried"),
            file.display()
        );
        let index = children.spawn(&client(&script)).unwrap();
        let (ended, status) = children.next_exit().await.unwrap();
        assert_eq!((ended, status.unwrap().code()), (index, Some(3)));
        assert_eq!(children.heard(index).unwrap(), Heard { begun: true, said: "here\n".into() });
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3);
        assert!(children.next_exit().await.is_none());
    });
}

fn what_begins_speaks_for_itself_and_what_comes_before_is_kept_apart() {
    run(async {
        let mut children = LocalChildren::new();
        let script =
            "printf 'welcome' >&2; echo begins >&2; echo \"<$CARGO_MANIFEST_DIR>\" >&2; printf 'no end' >&2";
        let index = children.spawn(&client(script)).unwrap();
        let mut stderr = children.take_stderr(index).unwrap();
        let read = tokio::spawn(async move {
            let mut said = String::new();
            stderr.read_to_string(&mut said).await.unwrap();
            said
        });
        children.next_exit().await.unwrap().1.unwrap();
        assert_eq!(read.await.unwrap(), "<>\nno end");
    });
}

fn a_client_that_waits_ends_when_nobody_wants_it() {
    run(async {
        let mut children = LocalChildren::new();
        for _ in 0..5 {
            children.spawn(&client("read -r _; exit 7")).unwrap();
        }
        assert!(!children.kill(4).unwrap(), "there is nothing to kill yet");
        children.release(3);
        assert!(!children.terminate(2).unwrap());
        for index in [2, 3, 4] {
            let (ended, status) = children.next_exit().await.unwrap();
            assert_eq!(ended, index);
            assert!(status.is_err(), "it was started");
        }
        children.release(0);
        children.release(1);
        for _ in 0..2 {
            assert_eq!(children.next_exit().await.unwrap().1.unwrap().code(), Some(7));
        }
        assert!(children.next_exit().await.is_none());
    });
}

fn a_client_that_was_let_go_is_not_tried_again() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes");
        let mut children = LocalChildren::new();
        let index =
            children.spawn(&client(&format!("read -r _; {}; exit 75", notes(&file, "tried")))).unwrap();
        children.release(index);
        let (_, status) = children.next_exit().await.unwrap();
        assert_eq!(status.unwrap().code(), Some(75));
        assert_eq!(fs::read_to_string(&file).unwrap(), "tried\n");
    });
}

fn a_client_that_is_killed_is_not_tried_again() {
    run(async {
        let mut children = LocalChildren::new();
        let index = children
            .spawn(&client("trap 'exit 75' TERM; echo up >&2; while :; do sleep 0.01; done"))
            .unwrap();
        while children.heard(index).unwrap().said.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(children.terminate(index).unwrap());
        let (_, status) = children.next_exit().await.unwrap();
        assert_eq!(status.unwrap().code(), Some(75));
    });
}

fn a_program_that_is_not_there_is_told_as_an_end() {
    run(async {
        let mut children = LocalChildren::new();
        let absent = HostProcess { program: "/no/client".into(), ..client("") };
        let index = children.spawn(&absent).unwrap();
        let (ended, status) = children.next_exit().await.unwrap();
        assert_eq!((ended, status.unwrap_err().kind()), (index, std::io::ErrorKind::NotFound));
    });
}
