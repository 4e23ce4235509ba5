//! What an evaluation by process costs. Ignored; run it with
//! `cargo test --release -p rush-runtime --test processes -- --ignored --nocapture`.

use std::io::{Read as _, Write as _, stdin};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rush_network::fields;
use rush_runtime::{Evaluator, Limits};

use crate::fixture::{Objective, Remembered};

crate::tests![an_evaluation_and_a_ping_pong];

const ROUNDS: usize = 20;
const OF_A_ROUND: usize = 1_000;

/// About what crosses for two parameters, there and back.
const THERE: usize = 34;
const BACK: usize = 22;

/// The other end of a ping-pong.
pub(crate) fn echo() -> ExitCode {
    let mut socket = UnixStream::from(stdin().as_fd().try_clone_to_owned().unwrap());
    let mut bytes = [0; 4096];
    while socket.read(&mut bytes).unwrap() > 0 {
        socket.write_all(&bytes[..BACK]).unwrap();
    }
    ExitCode::SUCCESS
}

fn start_echo() -> (UnixStream, Child) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    let child = command.arg("role:echo").stdin(Stdio::from(OwnedFd::from(theirs))).spawn().unwrap();
    (ours, child)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn evaluations(evaluator: &mut Evaluator) -> Vec<Duration> {
    let mut times = Vec::with_capacity(OF_A_ROUND);
    for _ in 0..OF_A_ROUND {
        let xs = fields! { "x" => 1.5, "x2" => 2.5 };
        let begun = Instant::now();
        evaluator.evaluate(xs).await.unwrap();
        times.push(begun.elapsed());
    }
    times
}

fn ping_pongs(socket: &mut UnixStream) -> Vec<Duration> {
    let mut bytes = [0; 4096];
    let exchange = |_| {
        let begun = Instant::now();
        socket.write_all(&[1; THERE]).unwrap();
        assert_eq!(socket.read(&mut bytes).unwrap(), BACK);
        begun.elapsed()
    };
    (0..OF_A_ROUND).map(exchange).collect()
}

async fn an_evaluation_and_a_ping_pong() {
    let begun = Instant::now();
    let objective = Objective::new("endless_loop", Limits::default());
    println!("compiled or loaded in {:?}", begun.elapsed());
    let mut evaluator = objective.evaluator(&Remembered::new());
    let begun = Instant::now();
    evaluator.warm().await.unwrap();
    println!("a child is ready after {:?}", begun.elapsed());
    let limits = Limits { time: Some(Duration::from_mins(1)), ..Limits::default() };
    let mut limited = Objective::new("endless_loop", limits).evaluator(&Remembered::new());
    let (mut socket, mut child) = start_echo();
    let (mut by_process, mut with_limit, mut ping_pong) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ping_pong.extend(ping_pongs(&mut socket));
        by_process.extend(evaluations(&mut evaluator).await);
        with_limit.extend(evaluations(&mut limited).await);
    }
    drop(socket);
    child.wait().unwrap();
    let (by_process, with_limit, ping_pong) = (median(by_process), median(with_limit), median(ping_pong));
    println!(
        "evaluation {by_process:?}, with a time limit {with_limit:?}, ping-pong {ping_pong:?}: {:.2} and {:.2} times",
        by_process.as_secs_f64() / ping_pong.as_secs_f64(),
        with_limit.as_secs_f64() / ping_pong.as_secs_f64(),
    );
}
