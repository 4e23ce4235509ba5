//! Looking at all finished tasks with a cache that knows nothing, and at what is new with one that knows the rest.

use std::time::{Duration, Instant};

use redis::{aio::MultiplexedConnection, cmd, pipe};
use rush_benches::{Cell, Claim, Failure, Native, Report, Result, Server, Spread, Table, print_line};
use rush_network::{FinishedTask, Network, Parts, State, fields};
use rustix::time::{ClockId, clock_gettime};

use crate::{Arguments, NETWORK, floor, memory::Held, micros, millis, point};

/// The targets: milliseconds for so many tasks, and for a new one PINGs and microseconds.
const COLD_TARGET: (u32, f64) = (100_000, 400.0);
const NEW_TARGET: (f64, f64) = (1.5, 30.0);

/// One round for one size.
pub(crate) struct Round {
    cold: Read,
    floor: Read,
    one: News,
    many: News,
}

/// All hashes, read once: milliseconds, and microseconds on the processor for each.
struct Read {
    millis: f64,
    host_micros: f64,
    redis_micros: f64,
}

/// p50 in microseconds.
struct News {
    fetch: f64,
    ping: f64,
}

/// What was new in a round.
type Of = fn(&Round) -> &News;

/// What is told of all sizes.
pub(crate) struct Tables {
    /// How many tasks are new where it is not one.
    at_once: u32,
    cold: Table,
    news: Table,
}

pub(crate) fn rounds(
    native: &mut Native,
    arguments: &Arguments,
    tasks: u32,
    rounds: u32,
) -> Result<Vec<Round>> {
    let mut all = Vec::new();
    for round in 1..=rounds {
        let one = look(native, arguments, tasks)?;
        print_line(format!(
            "{tasks} tasks, round {round} of {rounds}: cold {:.1} ms, floor {:.1} ms; one new {:.0} µs, PING {:.0} µs; {} new {:.0} µs, \
             PING {:.0} µs",
            one.cold.millis,
            one.floor.millis,
            one.one.fetch,
            one.one.ping,
            arguments.at_once,
            one.many.fetch,
            one.many.ping
        ));
        all.push(one);
    }
    Ok(all)
}

fn look(native: &mut Native, arguments: &Arguments, tasks: u32) -> Result<Round> {
    let floor = read(&mut native.server, tasks, |server| floor::read(server))?;
    let (reader, writer) = (native.connect(NETWORK)?, native.connect(NETWORK)?);
    let Native { server, runtime } = native;
    // Connections that are made when first needed are not what is measured.
    runtime.block_on(reader.tasks(&[State::Running]))?;
    let cold = read(server, tasks, |_| {
        let table = runtime.block_on(reader.fetch(&[State::Finished], Parts::ALL))?;
        assert_eq!(table.len(), tasks as usize, "all tasks are seen");
        Ok(())
    })?;
    let client = redis::Client::open(server.url())?;
    let &Arguments { news, at_once, .. } = arguments;
    let (one, many) = runtime.block_on(async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        let one = fetch_new(&reader, &writer, &mut connection, (tasks, 1), news).await?;
        let known = tasks + news;
        let many = fetch_new(&reader, &writer, &mut connection, (known, at_once), news.div_ceil(10)).await?;
        Ok::<_, Failure>((one, many))
    })?;
    forget_new(server, tasks)?;
    Ok(Round { cold, floor, one, many })
}

/// How long this takes, and what it costs this process and Redis for each task.
fn read(server: &mut Server, tasks: u32, work: impl FnOnce(&mut Server) -> Result<()>) -> Result<Read> {
    let redis = server.progress(NETWORK)?.cpu;
    let (host, begun) = (cpu(), Instant::now());
    work(server)?;
    let (time, host) = (begun.elapsed(), cpu().saturating_sub(host));
    let redis = server.progress(NETWORK)?.cpu.saturating_sub(redis);
    let each = |time| micros(time) / f64::from(tasks);
    Ok(Read { millis: millis(time), host_micros: each(host), redis_micros: each(redis) })
}

/// What this process has used of the processor.
fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// Lets so many tasks be finished at once, and fetches them, so many times.
async fn fetch_new(
    reader: &Network,
    writer: &Network,
    connection: &mut MultiplexedConnection,
    (known, new): (u32, u32),
    times: u32,
) -> Result<News> {
    let (mut fetches, mut pings) = (Vec::new(), Vec::new());
    for turn in 1..=times {
        let finished = |index| {
            let ys = fields! { "y" => f64::from(index) };
            FinishedTask { xs: point(index), ys, ..FinishedTask::default() }
        };
        writer.push_finished(&(0..new).map(finished).collect::<Vec<_>>()).await?;
        let begun = Instant::now();
        let seen = reader.fetch(&[State::Finished], Parts::ALL).await?;
        fetches.push(micros(begun.elapsed()));
        assert_eq!(seen.len(), (known + turn * new) as usize, "all that is new is seen");
        let begun = Instant::now();
        cmd("PING").exec_async(connection).await?;
        pings.push(micros(begun.elapsed()));
    }
    Ok(News { fetch: Spread::of(&fetches).median, ping: Spread::of(&pings).median })
}

/// Deletes what this round has added, so that the next one finds as many tasks.
fn forget_new(server: &Server, tasks: u32) -> Result<()> {
    let mut connection = server.connection();
    let finished = format!("{NETWORK}:finished_tasks");
    let new: Vec<String> = cmd("LRANGE").arg(&finished).arg(tasks).arg(-1).query(&mut connection)?;
    let mut pipeline = pipe();
    for keys in new.chunks(1_000) {
        pipeline.cmd("DEL").arg(keys).ignore();
    }
    for list in [finished, format!("{NETWORK}:all_tasks")] {
        if tasks == 0 {
            pipeline.cmd("DEL").arg(list).ignore();
        } else {
            pipeline.cmd("LTRIM").arg(list).arg(0).arg(tasks - 1).ignore();
        }
    }
    Ok(pipeline.exec(&mut connection)?)
}

impl Tables {
    pub(crate) fn new(at_once: u32) -> Self {
        let cold = Table::new("All finished tasks, with a cache that knows nothing", &["tasks"])
            .column("cold ms", 1)
            .column("wire floor ms", 1)
            .column("of the floor", 2)
            .column("host CPU µs/task", 2)
            .column("Redis µs/task", 2)
            .column("of the floor's Redis", 2)
            .column("cache bytes/task", 0)
            .column("process bytes/task", 0)
            .column("at most meanwhile", 0);
        let news = Table::new("What is new, with a cache that knows the rest, p50", &["tasks", "new"])
            .column("fetch µs", 0)
            .column("PING µs", 0)
            .column("in PINGs", 1)
            .column("more than 1.5 PINGs, µs", 0);
        Self { at_once, cold, news }
    }

    pub(crate) fn add(&mut self, tasks: u32, rounds: &[Round], held: Held, report: &mut Report) {
        let series = |figure: fn(&Round) -> f64| Spread::over(rounds, figure);
        let cold = series(|round| round.cold.millis);
        self.cold.push(
            [tasks.to_string()],
            vec![
                cold.into(),
                series(|round| round.floor.millis).into(),
                series(|round| round.cold.millis / round.floor.millis).into(),
                series(|round| round.cold.host_micros).into(),
                series(|round| round.cold.redis_micros).into(),
                series(|round| round.cold.redis_micros / round.floor.redis_micros).into(),
                held.counted.into(),
                held.process.map_or(Cell::None, Cell::from),
                held.at_most.map_or(Cell::None, Cell::from),
            ],
        );
        if tasks == COLD_TARGET.0 {
            report.claim(
                Claim::at_most("fetch: 100,000 finished tasks cold, ms", cold, COLD_TARGET.1).decimals(0),
            );
        }
        let beyond =
            |news: Of| Spread::over(rounds, |round| news(round).fetch - NEW_TARGET.0 * news(round).ping);
        let all: [(u32, Of); 2] = [(1, |round| &round.one), (self.at_once, |round| &round.many)];
        for (new, news) in all {
            self.news.push(
                [tasks.to_string(), format!("+{new}")],
                vec![
                    Spread::over(rounds, |round| news(round).fetch).into(),
                    Spread::over(rounds, |round| news(round).ping).into(),
                    Spread::over(rounds, |round| news(round).fetch / news(round).ping).into(),
                    beyond(news).into(),
                ],
            );
        }
        let what = format!("fetch: one new among {tasks}, µs more than 1.5 PINGs");
        report.claim(Claim::at_most(what, beyond(|round| &round.one), NEW_TARGET.1).decimals(0));
    }

    pub(crate) fn finish(self, report: &mut Report) {
        report.table(self.cold);
        report.table(self.news);
    }
}
