//! A worker loop that hands its host 20 MiB at once where `x` of a queued task is negative: -1 as a log message, -2 as a new task. It
//! finishes the others.

use rush_worker::prelude::*;
use test_guests::work;

fn loop_hands_over(worker: &mut Worker) -> Result<()> {
    work(worker, |worker, x| {
        let text = "x".repeat(20 << 20);
        if x > -2.0 {
            info!(target: "much", "{text}");
        } else {
            // Whether it is refused or stored, the loop would go on.
            let _ = worker.push_running_one(&Text { text });
        }
    })
}

#[derive(Serialize)]
struct Text {
    text: String,
}

rush_worker::main!(loop_hands_over);
