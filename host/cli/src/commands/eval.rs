//! `eval`: evaluates the objective of a run file once, here, without a network.

use std::{collections::BTreeMap, io::Read as _, path::Path, sync::Arc};

use rush_formats::{Format as FileFormat, Options, Source};
use rush_launch::{Configuration, Role, regular_file};
use rush_network::{Condition, Fields, fields_to_json};
use rush_run_file::{Objective, RunFile};
use rush_runtime::{GuestContext, LogMessage, Output, Stream};

use crate::{
    arguments::{Eval, EvalFormat, Format},
    building,
    components::{self, ObjectiveComponent},
    exit_code::ExitCode,
    failure::Failure,
    folders,
    host_process::{CoreDumpFolder, CoreDumps},
    interruptible::{Undone, interruptible},
    print::{records, talk, task, text::harmless},
    session,
};

pub(crate) async fn eval(arguments: Eval) -> Result<ExitCode, Failure> {
    let (run_file, _) = session::load(&arguments.common)?;
    let xs = xs(&arguments.xs)?;
    let undone = Undone::new("the evaluation was given up");
    interruptible(&undone, async {
        if arguments.first.build {
            building::build(&run_file, &[Role::Objective]).await?;
        }
        evaluate(&run_file, xs, arguments.format).await
    })
    .await
}

async fn evaluate(run_file: &RunFile, xs: Fields, format: EvalFormat) -> Result<ExitCode, Failure> {
    let mut component = ObjectiveComponent::read(run_file)?;
    let Some(objective) = &run_file.objective else {
        return Err(Failure::internal("an objective that is read is there"));
    };
    // Whoever starts this has the run file at hand: what it grants is allowed.
    component.runs.grant(&folders::granted(
        Role::Objective,
        &objective.grants,
        &folders::writable(run_file),
    )?);
    let output = Arc::new(Terminal { core_dumps: core_dumps(run_file)? });
    let context = GuestContext {
        args: serde_json::Value::Object(objective.args.clone()).to_string().into(),
        seed: seed(run_file),
        data: Arc::new(data(objective)?),
    };
    let prepared = components::compile(move || component.prepare()).await?;
    let mut evaluator = prepared.evaluator(context, output);
    // What is no fault of the objective is not told as one.
    evaluator.warm().await?;
    match evaluator.evaluate(xs).await {
        Ok(ys) => {
            show(&ys, format);
            Ok(ExitCode::Ok)
        }
        Err(condition) => {
            explain(&condition);
            Ok(ExitCode::FailedTasks)
        }
    }
}

/// A point as it is typed, in the types that `push` gives it.
fn xs(written: &str) -> Result<Fields, Failure> {
    let (name, text) = match (written, written.strip_prefix('@')) {
        ("-", _) => {
            let mut text = String::new();
            let read = std::io::stdin().lock().read_to_string(&mut text);
            ("standard input".to_owned(), read.map(|_| text))
        }
        (_, Some(path)) => (path.to_owned(), std::fs::read_to_string(path)),
        _ => ("--xs".to_owned(), Ok(written.to_owned())),
    };
    let text = text.map_err(|error| {
        Failure::new(ExitCode::Usage, format!("the point {name} cannot be read: {error}"))
    })?;
    let wrong = |text: String| {
        Failure::with_hint(
            ExitCode::Usage,
            text,
            r#"a point is one JSON object, such as --xs '{"x1": 1.5, "x2": 2}'; `--xs @FILE` reads it from a file"#,
        )
    };
    if !text.trim_start().starts_with('{') {
        return Err(wrong(format!("in {name}: no JSON object")));
    }
    // A line break is nothing but space in JSON.
    let line = text.replace(['\n', '\r'], " ");
    let source = Source::open(&name, line.into_bytes().into(), FileFormat::Jsonl, &Options::default())
        .map_err(|error| wrong(error.to_string()))?;
    let mut points = Vec::new();
    for batch in source.tasks() {
        points.extend(batch.map_err(|error| wrong(error.to_string()))?);
    }
    points.pop().ok_or_else(|| wrong(format!("in {name}: no JSON object")))
}

/// That of the first worker's objective, so that what it finds can be looked at.
fn seed(run_file: &RunFile) -> u64 {
    let seed = run_file.workers.seed.map_or_else(
        || {
            let drawn: u64 = rand::random();
            talk::line(format_args!("Seed: {drawn}"));
            drawn
        },
        |seed| seed.0,
    );
    Configuration::objective_seed_of(Configuration::worker_seed_of(seed, 0))
}

fn data(objective: &Objective) -> Result<BTreeMap<String, Arc<[u8]>>, Failure> {
    let read = |(name, path): (&String, &std::path::PathBuf)| {
        let content = regular_file::read(path).map_err(|source| rush_launch::LaunchError::Data {
            role: Role::Objective,
            name: name.clone(),
            path: path.clone(),
            source,
        })?;
        Ok((name.clone(), content.into()))
    };
    objective.data.iter().map(read).collect()
}

fn core_dumps(run_file: &RunFile) -> Result<Option<CoreDumps>, Failure> {
    let Some(folder) = &run_file.log.core_dumps else { return Ok(None) };
    let made = std::fs::create_dir_all(folder);
    made.map_err(|error| {
        let folder: &Path = folder;
        Failure::with_hint(
            ExitCode::RunFile,
            format!("the folder `{}` of `[log] core_dumps` cannot be made: {error}", folder.display()),
            "paths in a run file are relative to it; nothing was started",
        )
    })?;
    Ok(Some(CoreDumps::new(&CoreDumpFolder::new(folder), "eval")))
}

fn show(ys: &Fields, format: EvalFormat) {
    let ys = fields_to_json(ys);
    match format {
        EvalFormat::Json => talk::bytes(format!("{}\n", serde_json::Value::Object(ys)).as_bytes()),
        EvalFormat::Table => {
            talk::rows(&records::render(&[ys], &[], Format::Table), Format::Table);
        }
    }
}

/// What has come of it, as people read it.
fn explain(condition: &Condition) {
    talk::line(format_args!("The evaluation failed:"));
    for line in task::lines(condition) {
        talk::line(format_args!("  {line}"));
    }
    talk::line(format_args!("(exit code {})", ExitCode::FailedTasks as u8));
}

/// Everything that the objective says goes to people.
struct Terminal {
    core_dumps: Option<CoreDumps>,
}

impl Output for Terminal {
    fn line(&self, _: Stream, line: &str) {
        talk::line(format_args!("[objective] {}", harmless(line)));
    }

    fn log(&self, LogMessage { level, logger, message }: LogMessage<'_>) {
        for line in message.lines() {
            talk::line(format_args!(
                "[objective] {} {}: {}",
                level.as_str(),
                harmless(logger),
                harmless(line)
            ));
        }
    }

    fn wants_core_dump(&self) -> bool {
        self.core_dumps.as_ref().is_some_and(CoreDumps::are_wanted)
    }

    fn core_dump(&self, dump: &[u8]) -> Option<String> {
        self.core_dumps.as_ref()?.keep(dump)
    }
}
