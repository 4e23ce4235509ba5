//! Many tasks pushed in one call, beside one pipeline that writes the same.

use std::time::Instant;

use redis::pipe;
use rush_benches::{Cell, Claim, Native, Report, Result, Server, Spread, Table, print_line, task_key};
use rush_network::{Codec as _, MessagePack, NewTask};

use crate::{Arguments, NETWORK, point};

/// The target for so many tasks.
const TARGET: (u32, f64) = (10_000, 150.0);
/// What R rush takes for them on this kind of machine (design §10).
const R_RUSH_MS: f64 = 890.0;

struct Pushed {
    millis: f64,
    redis_millis: f64,
    ping_micros: f64,
}

pub(crate) fn measure(native: &mut Native, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let tasks: Vec<NewTask> = (0..arguments.tasks).map(|index| point(index).into()).collect();
    let (mut pushes, mut floors) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        let floor = floor(&mut native.server, &tasks)?;
        let push = push(native, &tasks)?;
        print_line(format!(
            "push {}, round {round} of {}: {:.1} ms, floor {:.1} ms",
            tasks.len(),
            arguments.rounds,
            push.millis,
            floor.millis
        ));
        floors.push(floor);
        pushes.push(push);
    }
    let series = |pushed: &[Pushed], figure: fn(&Pushed) -> f64| Spread::over(pushed, figure);
    let ratio = |figure: fn(&Pushed) -> f64| {
        let ratios = pushes.iter().zip(&floors).map(|(push, floor)| figure(push) / figure(floor));
        Cell::from(Spread::of(&ratios.collect::<Vec<_>>()))
    };
    let title = format!("{} tasks of two parameters, pushed in one call", tasks.len());
    let mut table = Table::new(title, &["subject"])
        .column("ms", 1)
        .column("of the floor", 2)
        .column("Redis CPU ms", 1)
        .column("of the floor's Redis", 2)
        .column("PING p50 µs", 0);
    for (subject, pushed, of_time, of_cpu) in [
        ("floor", &floors, Cell::None, Cell::None),
        ("push", &pushes, ratio(|pushed| pushed.millis), ratio(|pushed| pushed.redis_millis)),
    ] {
        table = table.row(
            [subject],
            vec![
                series(pushed, |pushed| pushed.millis).into(),
                of_time,
                series(pushed, |pushed| pushed.redis_millis).into(),
                of_cpu,
                series(pushed, |pushed| pushed.ping_micros).into(),
            ],
        );
    }
    report.table(table);
    if arguments.tasks == TARGET.0 {
        let millis = series(&pushes, |pushed| pushed.millis);
        report.claim(Claim::at_most("queue: 10,000 tasks pushed in one call, ms", millis, TARGET.1));
        report.note(format!(
            "R rush pushes {} in {R_RUSH_MS:.0} ms (recorded on this kind of machine, not in this run).",
            TARGET.0
        ));
    }
    Ok(())
}

/// Pushes all tasks in one call.
fn push(native: &mut Native, tasks: &[NewTask]) -> Result<Pushed> {
    native.server.clear()?;
    let network = native.connect(NETWORK)?;
    // The first large call opens the connection for what is large.
    native.runtime.block_on(network.push(&tasks[..tasks.len().min(300)], None))?;
    let Native { server, runtime } = native;
    timed(server, || Ok(runtime.block_on(network.push(tasks, None)).map(drop)?))
}

/// The same keys and bytes in one pipeline, nothing checked.
fn floor(server: &mut Server, tasks: &[NewTask]) -> Result<Pushed> {
    server.clear()?;
    let mut connection = server.connection();
    timed(server, || {
        let mut pipeline = pipe();
        let mut keys = Vec::with_capacity(tasks.len());
        for (index, task) in (0..).zip(tasks) {
            let key = task_key(index);
            pipeline.cmd("HSET").arg(&key).arg("xs").arg(MessagePack.encode_fields(&task.xs)).ignore();
            keys.push(key);
        }
        for keys in keys.chunks(1_000) {
            pipeline.cmd("RPUSH").arg(format!("{NETWORK}:all_tasks")).arg(keys).ignore();
            pipeline.cmd("LPUSH").arg(format!("{NETWORK}:queued_tasks")).arg(keys).ignore();
        }
        Ok(pipeline.exec(&mut connection)?)
    })
}

fn timed(server: &mut Server, work: impl FnOnce() -> Result<()>) -> Result<Pushed> {
    let ping_micros = server.ping()?;
    let before = server.progress(NETWORK)?.cpu;
    let begun = Instant::now();
    work()?;
    let millis = begun.elapsed().as_secs_f64() * 1e3;
    let cpu = server.progress(NETWORK)?.cpu.saturating_sub(before);
    Ok(Pushed { millis, redis_millis: cpu.as_secs_f64() * 1e3, ping_micros })
}
