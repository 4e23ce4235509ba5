//! An evaluator that somebody has taken over: it says what it likes, and its parent believes little of it.

use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use rush_network::{Condition, Value, field};
use rush_runtime::Limits;

use crate::fixture::{Objective, Remembered, program, x};

crate::tests![
    it_claims_no_kinds_of_the_host,
    it_fills_no_condition_beyond_its_limit,
    it_says_no_more_lines_than_its_guest_may,
];

/// Tags of messages.
const READY: u8 = 3;
const LINE: u8 = 5;
const CONDITION: u8 = 10;

/// The child. What it does depends on the point: -1, -2 or -3.
pub(crate) fn serve() -> ExitCode {
    let mut socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
    // No folders come before the setup.
    socket.read_exact(&mut [0]).unwrap();
    receive(&mut socket).unwrap();
    send(&mut socket, READY, b"\x01\x00");
    while let Some(point) = receive(&mut socket) {
        let x = f64::from_le_bytes(*point.last_chunk().unwrap());
        if x < -2.5 {
            // Its parent ends it.
            let empty_line = message(LINE, b"\x00\x00").repeat(1_000);
            while socket.write_all(&empty_line).is_ok() {}
            return ExitCode::FAILURE;
        }
        let condition = if x > -1.5 { claims() } else { large() };
        send(&mut socket, CONDITION, &condition);
    }
    ExitCode::SUCCESS
}

/// The content of the next message; nothing at the end.
fn receive(socket: &mut UnixStream) -> Option<Vec<u8>> {
    let mut header = [0; 9];
    socket.read_exact(&mut header).ok()?;
    let length = u64::from_le_bytes(*header.last_chunk().unwrap());
    let mut content = vec![0; usize::try_from(length).unwrap()];
    socket.read_exact(&mut content).ok()?;
    Some(content)
}

fn message(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_le_bytes();
    [&[tag][..], &length, content].concat()
}

fn send(socket: &mut UnixStream, tag: u8, content: &[u8]) {
    socket.write_all(&message(tag, content)).unwrap();
}

/// A text of fewer than 2^21 bytes, with its length before it.
fn text(text: &str) -> Vec<u8> {
    let length = text.len();
    let bits = |shift: usize| u8::try_from((length >> shift) & 0x7f).unwrap();
    [&[bits(0) | 0x80, bits(7) | 0x80, bits(14)][..], text.as_bytes()].concat()
}

/// A detail that is a text.
fn detail(name: &str, value: &str) -> Vec<u8> {
    [text(name), vec![4], text(value)].concat()
}

/// That it was cancelled, and that an image of it is kept somewhere.
fn claims() -> Vec<u8> {
    let details =
        [detail("core_dump", "/etc/passwd"), detail("a", "1"), detail("a", "2"), detail("backtrace", "at b")];
    [text("cancelled"), text("no"), vec![4], details.concat()].concat()
}

/// A trap with as much as a message may have.
fn large() -> Vec<u8> {
    let large = "x".repeat(1 << 20);
    let mut backtrace = [text("backtrace"), vec![8, 3]].concat();
    (0..3).for_each(|_| backtrace.extend(text(&large)));
    let details = [detail("a", &large), detail("b", &large), backtrace];
    [text("trap"), text(&large), vec![3], details.concat()].concat()
}

async fn told(point: f64, limits: Limits) -> Condition {
    let objective = Objective::with("endless_loop", &limits.into(), |build| build, program("role:hijacked"));
    objective.evaluator(&Remembered::new()).evaluate(x(point)).await.unwrap_err()
}

async fn it_claims_no_kinds_of_the_host() {
    let condition = told(-1.0, Limits::default()).await;
    assert_eq!((&*condition.kind, &*condition.message), ("error", "cancelled: no"));
    let details: Vec<_> = condition.details.iter().map(|field| (&*field.name, &field.value)).collect();
    assert_eq!(details, [("a", &Value::Text("1".to_owned()))]);
}

async fn it_fills_no_condition_beyond_its_limit() {
    let condition = told(-2.0, Limits::default()).await;
    assert_eq!(condition.kind, "trap");
    assert!(condition.message.len() < 20 << 10, "{}", condition.message.len());
    let Some(Value::Text(cut)) = field(&condition.details, "a") else { panic!("{:?}", condition.details) };
    assert!(cut.len() <= 64 << 10, "{}", cut.len());
    let Some(Value::Texts(lines)) = field(&condition.details, "backtrace") else { panic!("no backtrace") };
    assert!(lines.len() == 3 && lines.iter().all(|line| line.len() <= 1 << 10));
    assert_eq!(condition.details.len(), 2);
}

async fn it_says_no_more_lines_than_its_guest_may() {
    let condition = told(-3.0, Limits { log: Some(1 << 10), ..Limits::default() }).await;
    assert_eq!(condition.kind, "trap");
    assert_eq!(
        condition.message,
        "The evaluator process does not keep to its protocol (it says more than its guest may); it was killed"
    );
}
