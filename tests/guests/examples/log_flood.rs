//! An objective that says 100 MB of terminal escapes where `x` is negative: -1 logs them, -2 writes them to stdout, -3 to stderr.
//! Else `y = x`.

use rush_worker::prelude::*;
use test_guests::{
    Xs, Ys,
    wasi::wasi::cli::{stderr::get_stderr, stdout::get_stdout},
};

fn log_flood(Xs { x }: Xs) -> Ys {
    // Red letters, another title, and all that was on the screen is gone.
    let escapes = "\x1b[31mred\x1b]0;title\x07\x1b[2J\x1b[H\n".repeat(128);
    let bytes = &escapes.as_bytes()[..4096.min(escapes.len())];
    if x < 0.0 {
        let (stdout, stderr) = (get_stdout(), get_stderr());
        for _ in 0..25_600 {
            if x > -2.0 {
                info!(target: "flood", "{escapes}");
            } else {
                let stream = if x > -3.0 { &stdout } else { &stderr };
                let _ = stream.blocking_write_and_flush(bytes);
            }
        }
    }
    Ys { y: x }
}

rush_worker::objective!(log_flood);
