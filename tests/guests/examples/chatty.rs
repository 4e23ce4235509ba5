//! Writes five megabytes to stderr while it works on a hundred tasks, and a line to stdout for each; the last has no end.

use rush_worker::prelude::*;
use test_guests::{
    Xs, Ys,
    wasi::wasi::cli::{stderr::get_stderr, stdout::get_stdout},
};

const TASKS: u32 = 100;
/// With its end a power of two, so that the host is handed whole lines: it takes 4096 bytes at once.
const LINE: usize = 64;

fn chatty(worker: &mut Worker) -> Result<()> {
    let (stdout, stderr) = (get_stdout(), get_stderr());
    let mut block = (b"\x1b[31mred\x1b[0m ".to_vec(), vec![b'x'; LINE]);
    block.0.extend(block.1);
    block.0.truncate(LINE - 1);
    block.0.push(b'\n');
    let block = block.0.repeat(4096 / LINE);
    for task in 0..TASKS {
        let x = f64::from(task);
        let key = worker.push_running_one(&Xs { x })?;
        // 100 times 13 times 4 KiB.
        for _ in 0..13 {
            let _ = stderr.blocking_write_and_flush(&block);
        }
        let end = if task + 1 < TASKS { "\n" } else { "" };
        let _ = stdout.blocking_write_and_flush(format!("task {task}{end}").as_bytes());
        worker.finish_one(&key, &Ys { y: 2.0 * x })?;
    }
    Ok(())
}

rush_worker::main!(chatty);
