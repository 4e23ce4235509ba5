//! SIGUSR1 to a host process: its machine is taken away soon, so its workers end after their task, and may go on elsewhere.

use rush_network::{EndKind, WorkerInfo, WorkerState};
use rush_tests::{Running, eventually, guest};
use rustix::process::Signal;

use crate::by_hand::ByHand;

const ONCE_MORE: &str = "[workers]\nrestart = \"on-lost\"\nmax_restarts = 1\n";

fn run(info: &WorkerInfo) -> bool {
    info.state == WorkerState::Running
}

fn kind(info: &WorkerInfo) -> Option<EndKind> {
    info.end.as_ref().map(|end| end.kind)
}

/// Its time is up; it ends, and says so with its code.
#[track_caller]
fn time_is_up(running: Running) -> rush_tests::Said {
    running.signal(Signal::USR1);
    let said = running.wait();
    said.ends_with_code(138);
    said
}

/// A process whose workers have each a running task.
fn begin(it: &ByHand, tasks: usize, more: &str) -> Running {
    let running = it.begin(0, more);
    it.scene.wait_for_counts("each worker has a task", |counts| counts[1] == tasks);
    running
}

#[test]
fn workers_end_after_their_task_and_come_again_as_often_as_they_may() {
    let it = ByHand::new(guest("sleeper"), ONCE_MORE, &[2]);
    for (life, again) in [(1, true), (2, false)] {
        let said = time_is_up(begin(&it, 2, "--attempt 0"));
        said.says("the time of this machine is up; workers end after their task");
        for info in it.infos(0) {
            assert_eq!((info.state, kind(&info)), (WorkerState::Terminated, Some(EndKind::TimeUp)));
            assert_eq!((info.incarnation, info.is_to_be_restarted()), (life, again));
        }
        assert_eq!(it.scene.snapshot().counts(), [0, 0, 2 * usize::try_from(life).unwrap(), 0]);
    }
    it.begin(0, "").wait().ok().says("there is nothing to do");
}

#[test]
fn without_restarts_nobody_comes_again() {
    let it = ByHand::new(guest("sleeper"), "", &[1]);
    time_is_up(begin(&it, 1, "--successor 'touch successor'")).never_says("touch");
    assert!(!it.infos(0)[0].is_to_be_restarted());
    assert!(!it.scene.path("successor").exists());
}

#[test]
fn a_successor_takes_over_as_the_next_incarnation() {
    let it = ByHand::new(guest("sleeper"), ONCE_MORE, &[2]);
    // As a job: it is begun, and lives on by itself.
    let next = it.line(0, "--place next --detached --log-file next.log </dev/null &");
    let successor = format!("--successor 'echo submitted; {}'", next.trim_start_matches("exec "));
    time_is_up(begin(&it, 2, &successor)).says("submitted");
    let infos = it.wait_for("they run again", 0, |info| run(info) && info.incarnation == 2);
    assert!(infos.iter().all(|info| info.place == "next"), "{infos:#?}");
    it.scene.host("stop run.toml").ok();
    assert_eq!(it.scene.snapshot().counts(), [0, 0, 4, 0]);
    eventually("the successor has ended", || it.scene.processes().is_empty());
}

#[test]
fn a_successor_that_cannot_be_begun_at_once_is_begun_a_little_later() {
    let it = ByHand::new(guest("sleeper"), ONCE_MORE, &[1]);
    let later = "--successor 'echo >>tried; test \"$(wc -l <tried)\" -gt 1 && touch successor'";
    time_is_up(begin(&it, 1, later)).never_says("nobody takes over");
    assert!(it.scene.path("successor").exists());
    assert_eq!(it.scene.read("tried").lines().count(), 2);
}

#[test]
fn a_successor_that_cannot_be_begun_is_told() {
    let it = ByHand::new(guest("sleeper"), ONCE_MORE, &[1]);
    let said = time_is_up(begin(&it, 1, "--successor 'echo not today >&2; exit 7'"));
    said.says("not today").says("nobody takes over: that line has ended with exit status: 7");
}

#[test]
fn who_was_asked_to_end_is_not_succeeded() {
    let it = ByHand::new(guest("sleeper"), ONCE_MORE, &[2]);
    let running = begin(&it, 2, "--successor 'touch successor'");
    let ids = it.ids(0);
    it.scene.host(&format!("stop run.toml {}", ids[0])).ok();
    it.scene.host(&format!("stop run.toml {}", ids[1])).ok();
    running.wait().ok();
    assert!(!it.scene.path("successor").exists(), "its time was not up");
    let it = ByHand::new(guest("busy"), &format!("{ONCE_MORE}[stop]\ngrace = \"200ms\"\n"), &[1]);
    let running = begin(&it, 1, "--successor 'touch successor'");
    it.block_on(it.network.terminate(&it.ids(0)));
    time_is_up(running);
    assert!(!it.infos(0)[0].is_to_be_restarted());
    assert!(!it.scene.path("successor").exists(), "somebody had asked before");
}

/// The run goes on nowhere then.
#[test]
fn a_run_that_is_over_has_no_successor() {
    let it = ByHand::new(guest("sleeper"), &format!("{ONCE_MORE}[stop]\nfinished = 1\n"), &[1]);
    let running = begin(&it, 1, "--successor 'touch successor'");
    it.scene.push([1.0]);
    running.wait().ok();
    let again = it.begin(0, "--successor 'touch successor'");
    again.wait().ok().says("there is nothing to do");
    assert!(!it.scene.path("successor").exists());
}

#[test]
fn who_does_not_end_within_the_grace_is_lost_and_comes_again_too() {
    for isolation in ["", "isolation = \"process\"\n"] {
        let tables = format!("{isolation}{ONCE_MORE}[stop]\ngrace = \"200ms\"\n");
        let it = ByHand::new(guest("busy"), &tables, &[1]);
        let said = time_is_up(begin(&it, 1, "--successor 'touch successor'"));
        said.says("workers did not end within 200ms after the time of this machine was up; they are buried");
        let info = &it.infos(0)[0];
        assert_eq!((info.state, info.is_to_be_restarted()), (WorkerState::Lost, true));
        assert_eq!(
            info.end.as_ref().unwrap().message,
            "The time of its machine was up, and it did not end within its grace"
        );
        assert!(it.scene.path("successor").exists(), "also where the process has confined itself");
        assert_eq!(it.scene.snapshot().counts(), [0, 0, 0, 1]);
    }
}

/// A batch system may send it the moment the process has begun.
#[test]
fn a_signal_that_comes_before_the_workers_is_not_forgotten() {
    let it = ByHand::new(guest("sleeper"), ONCE_MORE, &[1]);
    // Compiling takes a while.
    let line =
        it.line(0, "--successor 'touch successor'").replace("exec ", "RUSH_CACHE_DIR=$PWD/cache exec ");
    let running = it.scene.shell(&line);
    eventually("it compiles", || it.scene.processes().iter().any(rush_tests::Process::is_compiler));
    assert!(it.infos(0).is_empty());
    time_is_up(running);
    assert_eq!(kind(&it.infos(0)[0]), Some(EndKind::TimeUp));
    assert!(it.scene.path("successor").exists());
}

/// A batch system that takes the machine away asks once more.
#[test]
fn a_sigterm_that_follows_changes_neither_the_end_nor_the_code() {
    let it = ByHand::new(guest("busy"), &format!("{ONCE_MORE}[stop]\ngrace = \"2s\"\n"), &[1]);
    let running = begin(&it, 1, "");
    running.signal(Signal::USR1);
    running.wait_until_it_says("the time of this machine is up");
    running.signal(Signal::TERM);
    running.wait().ends_with_code(138);
    let info = &it.infos(0)[0];
    assert_eq!((info.state, info.is_to_be_restarted()), (WorkerState::Lost, true));
}
