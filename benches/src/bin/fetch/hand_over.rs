//! Handing tasks over to a guest: column by column, as tasks in pages of a thousand, and as rows of a type.

use std::{
    fs,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use rush_benches::{
    Cell, Claim, Failure, Native, Report, Result, Spread, Table, fill_finished, print_line, test_guest,
};
use rush_network::{EndKind, Network, Parts, Registration, State, fields};
use rush_runtime::{
    Build, Capacity, Compiler, Engine, GuestContext, Plugin, PreparedLoop, Settings, Unheard,
};

use crate::{Arguments, NETWORK, millis};

const TASKS: u32 = 10_000;
const COLUMNS: [&str; 5] = ["x1", "x2", "x3", "x4", "x5"];
/// So many tasks the SDK asks for at once.
const PAGE: usize = 1_000;
/// The target of columns.
const TARGET_MS: f64 = 4.0;

/// How a guest takes tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Columns,
    Tasks,
    Rows,
}

const FORMS: [Form; 3] = [Form::Columns, Form::Tasks, Form::Rows];

pub(crate) fn measure(native: &mut Native, arguments: &Arguments, report: &mut Report) -> Result<()> {
    native.server.clear()?;
    fill_finished(&native.server, NETWORK, 0..TASKS, arguments.workers, |index| {
        (1..)
            .zip(COLUMNS)
            .flat_map(|(by, name)| fields! { name => f64::from(index) * f64::from(by) })
            .collect()
    })?;
    let network = native.connect(NETWORK)?;
    let only_xs = Parts { ys: false, ..Parts::ALL };
    let tasks = native.runtime.block_on(network.fetch(&[State::Finished], only_xs))?;
    let guest = Guest::new(&network)?;
    let mut figures = FORMS.map(|_| (Vec::new(), Vec::new()));
    for round in 1..=arguments.rounds {
        for (form, (natively, in_guest)) in FORMS.into_iter().zip(&mut figures) {
            let times = form.times(arguments.times);
            let begun = Instant::now();
            for _ in 0..times {
                form.take(&tasks)?;
            }
            natively.push(millis(begun.elapsed()) / f64::from(times));
            // Starting, fetching and ending are the same in both.
            let without = guest.run(native, form, 0)?;
            let with = guest.run(native, form, times)?;
            in_guest.push((millis(with) - millis(without)) / f64::from(times));
            print_line(format!(
                "10,000 × 5 as {}, round {round} of {}: {:.3} ms natively, {:.3} ms into a guest",
                form.name(),
                arguments.rounds,
                natively[natively.len() - 1],
                in_guest[in_guest.len() - 1]
            ));
        }
    }
    let mut table = Table::new("10,000 tasks of five numbers, handed over", &["as"])
        .column("natively ms", 3)
        .column("into a guest ms", 3)
        .column("µs a task more", 2);
    for (form, (natively, in_guest)) in FORMS.into_iter().zip(&figures) {
        let more = natively.iter().zip(in_guest).map(|(natively, guest)| guest - natively);
        let more: Vec<f64> = more.map(|millis| millis * 1e3 / f64::from(TASKS)).collect();
        let cells: Vec<Cell> =
            vec![Spread::of(natively).into(), Spread::of(in_guest).into(), Spread::of(&more).into()];
        table.push([form.what()], cells);
    }
    report.table(table);
    let columns = Spread::of(&figures[Form::Columns as usize].1);
    let what = "fetch: 10,000 tasks into a guest as five columns, ms";
    report.claim(Claim::at_most(what, columns, TARGET_MS).decimals(3));
    Ok(())
}

impl Form {
    /// As the guest knows it.
    fn name(self) -> &'static str {
        match self {
            Self::Columns => "columns",
            Self::Tasks => "tasks",
            Self::Rows => "rows",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Columns => "columns of numbers (`numbers`)",
            Self::Tasks => "tasks, a thousand at a time (`iter`)",
            Self::Rows => "rows of a type (`rows_as`)",
        }
    }

    /// What is slow is measured less often.
    fn times(self, times: u32) -> u32 {
        if self == Self::Columns { times } else { times.div_ceil(10) }
    }

    /// What the host does for it, without a guest.
    fn take(self, tasks: &rush_network::Table) -> Result<()> {
        match self {
            Self::Columns => {
                for name in COLUMNS {
                    black_box(tasks.numbers(name).map_err(rush_network::Error::from)?);
                }
            }
            Self::Tasks => {
                for start in (0..tasks.len()).step_by(PAGE) {
                    black_box(tasks.rows(start, PAGE));
                }
            }
            Self::Rows => {
                for name in COLUMNS {
                    let values = tasks.iter_values(name).map_err(rush_network::Error::from)?;
                    black_box(values.collect::<Vec<_>>());
                }
            }
        }
        Ok(())
    }
}

/// The guest that takes them.
struct Guest {
    network: Network,
    prepared: PreparedLoop,
}

impl Guest {
    fn new(network: &Network) -> Result<Self> {
        let path = test_guest("columns")?;
        let bytes = fs::read(&path).map_err(Failure::system(format!("read {}", path.display())))?;
        let plugin = Plugin::worker_loop("columns.wasm", bytes)?;
        let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, Build::default())?;
        let prepared = PreparedLoop::new(&engine, &Compiler::without_cache(), &plugin, &Settings::default())?;
        Ok(Self { network: network.clone(), prepared })
    }

    fn run(&self, native: &Native, form: Form, times: u32) -> Result<Duration> {
        native.runtime.block_on(async {
            let worker = self.network.register(Registration::default()).await?;
            let args = serde_json::json!({ "times": times, "as": form.name() }).to_string();
            let context = GuestContext { args: args.into(), ..GuestContext::new(1) };
            let begun = Instant::now();
            let end = self.prepared.run(worker.clone(), context, Arc::new(Unheard), None).await;
            let took = begun.elapsed();
            worker.end(&end).await?;
            match end.kind {
                EndKind::Returned => Ok(took),
                _ => Err(Failure::Guest { message: end.message }),
            }
        })
    }
}
