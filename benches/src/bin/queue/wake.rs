//! A push that wakes a worker which waits in `pop`.

use std::time::{Duration, Instant};

use rush_benches::{Cell, Claim, Failure, Native, Report, Result, Spread, Table, print_line};
use rush_network::{Heart, HeartSettings, Registration};

use crate::{Arguments, NETWORK, point};

/// PINGs until a waiting pop has its task, at most.
const TARGET_PINGS: f64 = 4.0;

/// Microseconds of one round.
struct Wake {
    p50: f64,
    p99: f64,
    ping: f64,
    /// A round trip of the same client that comes after a millisecond of silence, as a push to a waiting worker does: with the time in
    /// which threads and Redis wake up.
    rested_ping: f64,
}

pub(crate) fn measure(native: &mut Native, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let mut wakes = Vec::new();
    for round in 1..=arguments.rounds {
        let wake = wake(native, arguments.wakes)?;
        print_line(format!(
            "push to a waiting pop, round {round} of {}: p50 {:.0} µs, p99 {:.0} µs; PING after silence {:.0} µs, else {:.0} µs",
            arguments.rounds, wake.p50, wake.p99, wake.rested_ping, wake.ping
        ));
        wakes.push(wake);
    }
    let series = |figure: fn(&Wake) -> f64| Spread::over(&wakes, figure);
    let in_pings = series(|wake| wake.p50 / wake.rested_ping);
    let table = Table::new("From a push until the pop that waits has its task", &[""])
        .column("µs", 0)
        .column("in PINGs after silence", 1)
        .column("in PINGs one after the other", 1)
        .row(
            ["p50"],
            vec![series(|wake| wake.p50).into(), in_pings.into(), series(|wake| wake.p50 / wake.ping).into()],
        )
        .row(
            ["p99"],
            vec![
                series(|wake| wake.p99).into(),
                series(|wake| wake.p99 / wake.rested_ping).into(),
                series(|wake| wake.p99 / wake.ping).into(),
            ],
        )
        .row(
            ["PING after 1 ms of silence, p50"],
            vec![
                series(|wake| wake.rested_ping).into(),
                Cell::None,
                series(|wake| wake.rested_ping / wake.ping).into(),
            ],
        )
        .row(
            ["PINGs one after the other, p50"],
            vec![series(|wake| wake.ping).into(), Cell::None, Cell::None],
        );
    report.table(table);
    report.setting("pushes to a waiting pop, a round", arguments.wakes);
    report.claim(
        Claim::at_most("queue: push to a waiting pop, p50 in PINGs after silence", in_pings, TARGET_PINGS)
            .decimals(1),
    );
    Ok(())
}

/// From calling push in one process's network until the pop that waits in another's has its task.
fn wake(native: &mut Native, wakes: u32) -> Result<Wake> {
    native.server.clear()?;
    let ping = native.server.ping()?;
    let (manager, workers) = (native.connect(NETWORK)?, native.connect(NETWORK)?);
    let client = redis::Client::open(native.server.url())?;
    let (mut trips, rested) = native.runtime.block_on(async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        let heart = Heart::start(&workers, HeartSettings::default()).await?;
        let worker = workers.register(Registration::default()).await?;
        let (mut trips, mut rested) = (Vec::new(), Vec::new());
        for index in 0..wakes {
            let waiting = tokio::spawn({
                let worker = worker.clone();
                async move { worker.pop(Duration::from_secs(10)).await.map(|task| (task, Instant::now())) }
            });
            // Long enough that the pop has looked in vain and waits, and that all have gone to sleep.
            tokio::time::sleep(Duration::from_millis(1)).await;
            let begun = Instant::now();
            redis::cmd("PING").exec_async(&mut connection).await?;
            rested.push(begun.elapsed().as_secs_f64() * 1e6);
            tokio::time::sleep(Duration::from_millis(1)).await;
            let begun = Instant::now();
            manager.push(&[point(index).into()], None).await?;
            let (task, there) = waiting.await.expect("popping does not panic")?;
            if task.is_some() {
                trips.push((there - begun).as_secs_f64() * 1e6);
            }
        }
        heart.stop().await;
        Ok::<_, Failure>((trips, rested))
    })?;
    trips.sort_by(f64::total_cmp);
    let percentile = |of: usize| trips.get(trips.len() * of / 100).copied().unwrap_or(f64::NAN);
    Ok(Wake { p50: percentile(50), p99: percentile(99), ping, rested_ping: Spread::of(&rested).median })
}
