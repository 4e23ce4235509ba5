//! One evaluation of a function of two parameters, as a loop asks for it: out of its own sandbox, into that of the objective, and back.

use std::{sync::Arc, time::Instant};

use rush_benches::{Claim, Failure, Native, Report, Result, Spread, Table, plugin, print_line, test_guest};
use rush_network::{EndKind, Registration, Worker, fields};
use rush_runtime::{
    Build, Capacity, Compiler, Engine, Evaluator, GuestContext, InstancePolicy, Plugin, PreparedLoop,
    Settings, Unheard,
};

use crate::{
    isolated::{self, Isolation},
    ping_pong::PingPong,
};

const NETWORK: &str = "sandbox";
/// Microseconds of an evaluation.
const INSTANCE_MICROS: f64 = 3.0;
/// Microseconds of an evaluation, that of making the instance included.
const FRESH_MICROS: f64 = 200.0;
/// Ping-pongs that an evaluation by process takes.
const PING_PONGS: f64 = 1.5;

/// In microseconds.
#[derive(Debug)]
pub(crate) struct Evaluations {
    native: Spread,
    instance: Spread,
    fresh_instance: Spread,
    process: Spread,
    ping_pong: Spread,
    process_to_ping_pong: Spread,
}

/// Measures them in turns.
pub(crate) fn measure(native: &Native, rounds: u32, times: u32) -> Result<Evaluations> {
    let branin = plugin("branin")?;
    let guest = Loop::prepare(native)?;
    let subject = |isolation, policy| isolated::evaluator(&branin, isolation, policy);
    let mut ping_pong = PingPong::start()?;
    let mut series: [Vec<f64>; 6] = Default::default();
    for round in 1..=rounds {
        let nothing = guest.micros(native, 0, subject(Isolation::Instance, InstancePolicy::Reuse)?)?;
        let run = |times: u32, evaluator| -> Result<f64> {
            Ok((guest.micros(native, times, evaluator)? - nothing) / f64::from(times))
        };
        let instance = run(times, subject(Isolation::Instance, InstancePolicy::Reuse)?)?;
        let fresh = run(times, subject(Isolation::Instance, InstancePolicy::Fresh)?)?;
        let process = run(times, subject(Isolation::Process, InstancePolicy::Reuse)?)?;
        let pong = ping_pong.turns(times)?;
        let figures = [natively(times), instance, fresh, process, pong, process / pong];
        for (series, figure) in series.iter_mut().zip(figures) {
            series.push(figure);
        }
        print_line(format!(
            "round {round} of {rounds}: instance {instance:.2} µs, fresh {fresh:.1} µs, process {process:.1} µs, ping-pong {pong:.1} µs"
        ));
    }
    let [native, instance, fresh_instance, process, ping_pong, process_to_ping_pong] =
        series.map(|series| Spread::of(&series));
    Ok(Evaluations { native, instance, fresh_instance, process, ping_pong, process_to_ping_pong })
}

/// The same function without any sandbox.
fn natively(times: u32) -> f64 {
    use std::{f64::consts::PI, hint::black_box};
    let branin = |x1: f64, x2: f64| {
        let valley = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
        valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x1.cos() + 10.0
    };
    let begun = Instant::now();
    for turn in 0..times {
        black_box(branin(black_box(f64::from(turn % 10)), black_box(2.0)));
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

/// The loop that evaluates.
struct Loop {
    prepared: PreparedLoop,
    worker: Worker,
}

impl Loop {
    fn prepare(native: &Native) -> Result<Self> {
        let path = test_guest("evaluates_often")?;
        let plugin = Plugin::worker_loop(path.display().to_string(), isolated::bytes(&path)?)?;
        let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, Build::default())?;
        let prepared = PreparedLoop::new(&engine, &Compiler::without_cache(), &plugin, &Settings::default())?;
        let network = native.connect(NETWORK)?;
        let worker = native.runtime.block_on(network.register(Registration::default()))?;
        Ok(Self { prepared, worker })
    }

    /// Microseconds of a run of so many evaluations, after one that makes the instance or the process.
    fn micros(&self, native: &Native, times: u32, mut evaluator: Evaluator) -> Result<f64> {
        let (prepared, worker) = (self.prepared.clone(), self.worker.clone());
        // A task of the runtime, as a worker's loop is: one that is polled from outside is woken across threads.
        let run = native.runtime.spawn(async move {
            let xs = fields! { "x1" => 1.0, "x2" => 2.0 };
            evaluator.evaluate(xs).await.map_err(|condition| condition.message)?;
            let context =
                GuestContext { args: format!("{{\"times\": {times}}}").into(), ..GuestContext::new(1) };
            let begun = Instant::now();
            let end = prepared.run(worker, context, Arc::new(Unheard), Some(evaluator)).await;
            let micros = begun.elapsed().as_secs_f64() * 1e6;
            if end.kind == EndKind::Returned { Ok(micros) } else { Err(end.message) }
        });
        let ended = native.runtime.block_on(run).map_err(|error| error.to_string());
        ended.and_then(|result| result).map_err(|message| Failure::Guest { message })
    }
}

impl Evaluations {
    pub(crate) fn tell(&self, report: &mut Report) {
        let Self { native, instance, fresh_instance, process, ping_pong, process_to_ping_pong } = *self;
        let table = Table::new("One evaluation of two parameters", &["how"])
            .column("µs", 2)
            .column("ping-pongs", 2)
            .row(["native call"], vec![native.into()])
            .row(["instance"], vec![instance.into()])
            .row(["a fresh instance each time"], vec![fresh_instance.into()])
            .row(["ping-pong between two processes"], vec![ping_pong.into()])
            .row(["process"], vec![process.into(), process_to_ping_pong.into()]);
        report.table(table);
        report.claim(Claim::at_most("sandbox: instance, µs", instance, INSTANCE_MICROS).decimals(2));
        report.claim(Claim::at_most("sandbox: a fresh instance, µs", fresh_instance, FRESH_MICROS));
        let process = Claim::at_most("sandbox: process, ping-pongs", process_to_ping_pong, PING_PONGS);
        report.claim(process.decimals(2));
    }
}
