//! Workers that pop tasks and finish each at once: as WebAssembly, as a native twin, and as plain commands on one socket.

use std::time::Duration;

use rush_benches::{
    Cell, Fleet, Report, Result, Server, Spread, Subject, Table, Turn, Window, Work, fill_queued, print_line,
    store, test_guest,
};

use crate::{Arguments, NETWORK, point};

/// How long a process may work before it is looked at, beside the time to warm up.
const START: Duration = Duration::from_millis(500);
/// For so many tasks a second the queue of one worker is filled, and that of many. Where this is not enough, for twice as many.
const ALONE: u32 = 40_000;
const TOGETHER: u32 = 120_000;

pub(crate) fn measure(server: &mut Server, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let mut table = Table::new("Workers that pop and finish", &["workers", "subject"])
        .column("tasks/s", 0)
        .column("of the twin", 2)
        .column("of the floor", 2)
        .column("CPU µs/task", 1)
        .column("more than the twin", 1)
        .column("Redis µs/task", 1)
        .column("of the floor's Redis", 2)
        .column("PING p50 µs", 0);
    for &workers in &arguments.workers {
        let mut rate = if workers == 1 { ALONE } else { TOGETHER };
        let mut turns: Vec<Vec<Turn>> = arguments.subjects.iter().map(|_| Vec::new()).collect();
        for round in 1..=arguments.rounds {
            for (subject, turns) in arguments.subjects.iter().zip(&mut turns) {
                let turn = loop {
                    match turn(server, arguments, subject, workers, rate)? {
                        Some(turn) => break turn,
                        None => rate = rate.saturating_mul(2),
                    }
                };
                print_line(format!(
                    "pop and finish, {workers} workers, round {round} of {}, {subject}: {}",
                    arguments.rounds,
                    turn.line()
                ));
                turns.push(turn);
            }
        }
        let of = |which: fn(&Subject) -> bool| {
            let at = arguments.subjects.iter().position(which)?;
            Some(&*turns[at])
        };
        let (twin, floor) = (of(Subject::is_twin), of(Subject::is_floor));
        for (subject, turns) in arguments.subjects.iter().zip(&turns) {
            let twin = twin.filter(|_| !subject.is_floor() && !subject.is_twin());
            let floor = floor.filter(|_| !subject.is_floor());
            table.push([workers.to_string(), subject.to_string()], cells(turns, twin, floor));
        }
    }
    report.table(table);
    Ok(())
}

fn cells(turns: &[Turn], twin: Option<&[Turn]>, floor: Option<&[Turn]>) -> Vec<Cell> {
    let against = |reference: Option<&[Turn]>, figure: fn(&Turn, &Turn) -> f64| {
        reference.map_or(Cell::None, |reference| Turn::against(turns, reference, figure).into())
    };
    vec![
        Spread::over(turns, |turn| turn.tasks_per_second).into(),
        against(twin, Turn::rate_of),
        against(floor, Turn::rate_of),
        Spread::over(turns, |turn| turn.host_micros).into(),
        against(twin, Turn::host_micros_more_than),
        Spread::over(turns, |turn| turn.redis_micros).into(),
        against(floor, Turn::redis_of),
        Spread::over(turns, |turn| turn.ping_micros).into(),
    ]
}

/// Fills the queue for so many tasks a second, starts the subject, and looks at it twice. None if it has emptied the queue.
fn turn(
    server: &mut Server,
    arguments: &Arguments,
    subject: &Subject,
    workers: u32,
    rate: u32,
) -> Result<Option<Turn>> {
    server.clear()?;
    let guest = test_guest("queue_search")?;
    let stored = store(&server.url(), NETWORK, &guest, &serde_json::json!({}))?;
    let window = Window {
        warm_up: Duration::from_millis(arguments.warm_up),
        length: Duration::from_millis(arguments.window),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "so many, about")]
    let queued = (f64::from(rate) * (START + window.warm_up + window.length).as_secs_f64()) as u32;
    fill_queued(server, NETWORK, queued, point)?;
    let ping = server.ping()?;
    let mut fleet = Fleet::start(&subject.doing(Work::Queue), &server.url(), &stored, workers, 1)?;
    let turn = fleet.look(server, window, ping)?;
    let left = u64::from(queued).saturating_sub(server.progress(NETWORK)?.finished);
    fleet.end(server)?;
    Ok((left > u64::from(workers)).then_some(turn))
}
