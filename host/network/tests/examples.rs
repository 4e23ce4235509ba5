//! The examples, as their headers tell to run them: a manager, and workers in two processes.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rush_test_redis::{Options, TestRedis};

/// Ends a process that a failed test leaves behind.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Started {
    fn succeeds(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_mins(1) {
            match self.0.try_wait().unwrap() {
                Some(status) => return assert!(status.success(), "{status}"),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        panic!("it should have ended long ago");
    }
}

/// Cargo builds examples before it runs the tests of a package (with `--test examples` alone it does not: add `--examples`), and
/// puts them beside the folder of the tests.
fn example(name: &str, redis: &TestRedis) -> Command {
    let tests: PathBuf = std::env::current_exe().unwrap().parent().unwrap().into();
    let mut command = Command::new(tests.with_file_name("examples").join(name));
    command.env("REDIS_URL", redis.url()).stdin(Stdio::null());
    command
}

#[test]
fn a_manager_and_workers_in_two_processes_settle_all_tasks_and_leave_nothing_behind() {
    let redis = TestRedis::start_with(Options { tcp: true, ..Options::default() });
    let mut workers =
        [(); 2].map(|()| Started(example("worker", &redis).arg("2").spawn().expect("cargo has built it")));
    // One that came after the manager had gone would wait for tasks in vain.
    let begun = Instant::now();
    let mut connection = redis.connection();
    let running = redis::cmd("SCARD").arg("rush-for-rust:running_worker_ids").clone();
    while running.query::<usize>(&mut connection).unwrap() < 4 {
        assert!(begun.elapsed() < Duration::from_mins(1), "the workers should have come long ago");
        std::thread::sleep(Duration::from_millis(5));
    }
    let manager = example("manager", &redis).stderr(Stdio::inherit()).output().unwrap();
    let said = String::from_utf8(manager.stdout).unwrap();
    assert!(manager.status.success(), "{said}");
    assert!(said.contains("225 tasks settled"), "{said}");
    assert!(said.contains("terminated (returned)"), "{said}");
    for worker in &mut workers {
        worker.succeeds();
    }
    let left: usize = redis::cmd("DBSIZE").query(&mut connection).unwrap();
    assert_eq!(left, 0);
}
