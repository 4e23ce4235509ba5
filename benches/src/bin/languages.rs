//! What does it cost to write an objective in each language: to build it, to start it, to evaluate it?
//!
//! The project is the one that `rush-host new --objective` writes, and it is built as its run file says. What is evaluated is the Branin
//! function, in an instance and by a process, called by the host itself.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Instant,
};

use clap::Parser;
use rush_benches::{Failure, Native, OutputArguments, Report, Result, Spread, Table, host, print_line};
use rush_network::fields;
use rush_run_file::{Options, RunFile};
use rush_runtime::{
    Build, Capacity, Compiler, Engine, Evaluator, EvaluatorProgram, GuestContext, InstancePolicy, Plugin,
    PreparedObjective, Settings, Unheard,
};

/// Measures languages.
#[derive(Debug, Parser)]
struct Arguments {
    /// Languages
    #[arg(long, value_delimiter = ',', default_values_t = ["rust", "python", "javascript", "c"].map(str::to_owned))]
    languages: Vec<String>,
    /// Turns of each
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Evaluations in each turn
    #[arg(long, default_value_t = 5_000)]
    times: u32,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Debug)]
struct Row {
    language: String,
    /// The first build of a new project, with its tools in place.
    first_build_s: f64,
    /// Builds after its source has changed.
    build_s: Spread,
    component_bytes: u64,
    /// Compiling the component, once.
    compile_s: f64,
    /// From cached code to the end of the first evaluation.
    start_ms: Spread,
    instance_micros: Spread,
    process_micros: Spread,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (native, machine) = Native::start()?;
    let mut rows = Vec::new();
    for language in &arguments.languages {
        print_line(format!("{language}: building the project that `rush-host new` writes"));
        let row = measure(&native, language, &arguments)?;
        print_line(format!(
            "{language}: {:.1} s to build, {:.2} µs an evaluation",
            row.build_s.median, row.instance_micros.median
        ));
        rows.push(row);
    }
    let mut report = Report::new("languages", machine);
    report.setting("rounds", arguments.rounds);
    report.setting("evaluations a round", arguments.times);
    report.table(table(&rows));
    report.note("Built with the tools in place; compiled once; started from cached code, to the end of the first evaluation.");
    report.finish(&arguments.output)
}

fn measure(native: &Native, language: &str, arguments: &Arguments) -> Result<Row> {
    let folder = tempfile::tempdir().map_err(Failure::system("make a folder for projects"))?;
    let project = Project::new(folder.path(), language)?;
    let first_build_s = project.build()?;
    let mut builds = Vec::new();
    for _ in 0..arguments.rounds {
        project.change()?;
        builds.push(project.build()?);
    }
    let bytes = fs::read(&project.component)
        .map_err(Failure::system(format!("read {}", project.component.display())))?;
    let component_bytes = bytes.len() as u64;
    let plugin = Plugin::objective(project.component.display().to_string(), bytes)?;

    // Of its own, so that what the user has cached neither helps nor is touched.
    let compiler = Compiler::with_cache_in(folder.path().join("code"));
    let begun = Instant::now();
    first(native, &mut evaluator(&plugin, &compiler, false)?)?;
    let compile_s = begun.elapsed().as_secs_f64();
    first(native, &mut evaluator(&plugin, &compiler, true)?)?;

    let (mut starts, mut instances, mut processes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        let begun = Instant::now();
        let mut instance = evaluator(&plugin, &compiler, false)?;
        first(native, &mut instance)?;
        starts.push(begun.elapsed().as_secs_f64() * 1e3);
        instances.push(micros(native, instance, arguments.times)?);
        processes.push(micros(native, evaluator(&plugin, &compiler, true)?, arguments.times)?);
    }
    Ok(Row {
        language: language.to_owned(),
        first_build_s,
        build_s: Spread::of(&builds),
        component_bytes,
        compile_s,
        start_ms: Spread::of(&starts),
        instance_micros: Spread::of(&instances),
        process_micros: Spread::of(&processes),
    })
}

/// A project with a loop and an objective.
struct Project {
    folder: PathBuf,
    build: String,
    component: PathBuf,
}

impl Project {
    fn new(parent: &Path, language: &str) -> Result<Self> {
        let mut new = Command::new(host()?);
        new.args(["new", "--lang", language, "--objective", "demo"]).current_dir(parent);
        new.stdin(Stdio::null()).stderr(Stdio::null());
        succeeds("rush-host new", &mut new)?;
        let folder = parent.join("demo");
        let path = folder.join("demo.toml");
        let text = fs::read_to_string(&path).map_err(Failure::system(format!("read {}", path.display())))?;
        let invalid = |message: String| Failure::Guest { message };
        let objective = RunFile::parse(&text, &path, &Options::of_this_process())?.objective;
        let objective = objective.ok_or_else(|| invalid(format!("{} has no objective", path.display())))?;
        let component = objective.component.path().map(|file| folder.join(file));
        let component = component.ok_or_else(|| invalid("the objective is no file".to_owned()))?;
        let build = objective.build.ok_or_else(|| invalid("the objective has no `build`".to_owned()))?;
        Ok(Self { folder, build, component })
    }

    /// Builds the objective as its run file says: how many seconds that takes.
    fn build(&self) -> Result<f64> {
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &self.build]).current_dir(&self.folder);
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // As `rush-host build` has it, and with the tools that `cargo xtask` has set up.
        let own = [".venv/bin", "node_modules/.bin"].map(|bin| self.folder.join(bin));
        let tools = env::var_os("RUSH_TOOLS").map(PathBuf::from);
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(own.into_iter().chain(tools).chain(env::split_paths(&path)));
        shell.env("PATH", path.unwrap_or_else(|_| OsString::new()));
        if let Some(rustc) = env::var_os("RUSH_WASI_RUSTC") {
            shell.env("RUSTC", rustc);
        }
        let begun = Instant::now();
        succeeds("sh", &mut shell)?;
        Ok(begun.elapsed().as_secs_f64())
    }

    /// Changes the source of the objective, so that a build has something to do.
    fn change(&self) -> Result<()> {
        for name in ["objective/src/lib.rs", "objective.py", "objective.js", "objective.ts", "objective.c"] {
            let path = self.folder.join(name);
            if let Ok(text) = fs::read_to_string(&path) {
                fs::write(&path, text + "\n")
                    .map_err(Failure::system(format!("write {}", path.display())))?;
            }
        }
        Ok(())
    }
}

fn succeeds(name: &str, command: &mut Command) -> Result<()> {
    let status = command.status().map_err(Failure::system(format!("start {name}")))?;
    if status.success() { Ok(()) } else { Err(Failure::Ended { name: name.to_owned(), status }) }
}

fn evaluator(plugin: &Plugin, compiler: &Compiler, in_process: bool) -> Result<Evaluator> {
    let settings = Settings::default();
    let build = Build::of(&settings.limits);
    let capacity = Capacity { workers: 1, needs: plugin.needs() };
    let policy = InstancePolicy::Reuse;
    let prepared = if in_process {
        let program = EvaluatorProgram { program: host()?, arguments: vec!["evaluator".into()] };
        let engine = Engine::new(capacity, build.uninterruptible())?;
        PreparedObjective::in_processes(&engine, compiler, plugin, &settings, policy, program)?
    } else {
        PreparedObjective::new(&Engine::new(capacity, build)?, compiler, plugin, &settings, policy)?
    };
    Ok(prepared.evaluator(GuestContext::new(42), Arc::new(Unheard)))
}

/// The first evaluation makes the instance, or the process.
fn first(native: &Native, evaluator: &mut Evaluator) -> Result<()> {
    native.runtime.block_on(evaluate(evaluator))
}

/// Microseconds of one of so many evaluations, after the first.
fn micros(native: &Native, mut evaluator: Evaluator, times: u32) -> Result<f64> {
    // A task of the runtime, as a worker's loop is: one that is polled from outside is woken across threads.
    let run = native.runtime.spawn(async move {
        evaluate(&mut evaluator).await?;
        let begun = Instant::now();
        for _ in 0..times {
            evaluate(&mut evaluator).await?;
        }
        Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(times))
    });
    let ended = native.runtime.block_on(run);
    ended.map_err(|error| Failure::Guest { message: error.to_string() })?
}

async fn evaluate(evaluator: &mut Evaluator) -> Result<()> {
    let ys = evaluator.evaluate(fields! { "x1" => 1.0, "x2" => 2.0 }).await;
    ys.map(drop).map_err(|condition| Failure::Guest { message: condition.message })
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new("An objective of the project that `rush-host new` writes", &["language"])
        .column("first build s", 1)
        .column("build s", 1)
        .column("component KiB", 0)
        .column("compiled in s", 1)
        .column("start ms", 1)
        .column("instance µs", 2)
        .column("process µs", 1);
    for row in rows {
        let cells = vec![
            row.first_build_s.into(),
            row.build_s.into(),
            row.component_bytes.div_ceil(1024).into(),
            row.compile_s.into(),
            row.start_ms.into(),
            row.instance_micros.into(),
            row.process_micros.into(),
        ];
        table.push([&row.language], cells);
    }
    table
}
