//! Reading run files beyond the words of their errors: files, defaults, what is stored, and texts that nobody meant.

use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

use rush_run_file::{
    Defaults, Heartbeat, Mistake, NetworkId, OnLost, Options, Problem, RedisLocation, Restart, RunFile,
    RunFileErrors, Stop, Tasks, WorkerLoop, Workers,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const MINIMAL: &str = "network = 'n'\n[loop]\ncomponent = 'loop.wasm'\n";

fn options() -> Options<'static> {
    Options { environment: &|_| None, cores: NonZeroU32::MIN.saturating_add(1), ..Options::of_this_process() }
}

fn parse(text: &str) -> Result<RunFile, RunFileErrors> {
    RunFile::parse(text, "run.toml", &options())
}

#[test]
fn files_that_cannot_be_read_are_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let cases = [
        (folder.path().join("none.toml"), "there is no such file"),
        (folder.path().to_owned(), "it is a folder"),
        (write("latin1.toml", b"network = 'n'\n# gr\xfc\xdfe\n"), "line 2 is not UTF-8"),
        (write("large.toml", &vec![b'#'; 5 << 20]), "it is larger than 4 MiB"),
    ];
    for (path, reason) in cases {
        let errors = RunFile::load(&path, &options()).unwrap_err();
        assert_eq!(errors.to_string(), format!("Cannot read {}: {reason}", path.display()));
        assert!(matches!(errors.problems(), [problem] if problem.hint().is_some()));
    }
}

#[test]
fn paths_start_from_the_folder_of_the_run_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.toml");
    fs::write(&path, MINIMAL).unwrap();
    let run = RunFile::load(&path, &options()).unwrap();
    assert_eq!(run.folder, folder.path());
    assert_eq!(run.worker_loop.component.path(), Some(&*folder.path().join("loop.wasm")));
    assert_eq!(RunFile::parse(MINIMAL, "run.toml", &options()).unwrap().folder.as_os_str(), "");
}

#[test]
fn processes_are_as_many_as_cores_or_workers_if_those_are_fewer() {
    for (count, processes) in [(1, 1), (2, 2), (64, 2)] {
        let run = parse(&format!("{MINIMAL}[workers]\ncount = {count}\n")).unwrap();
        assert_eq!((run.workers.count, run.workers.processes), (count, processes));
    }
}

/// What stands in the schema as `default` is what holds when the key is not written.
#[test]
fn the_defaults_in_the_schema_are_those_of_the_program() {
    let schema: Value = serde_json::from_str(&rush_run_file::schema()).unwrap();
    let mut text = String::new();
    let mut written = 0;
    for table in ["redis", "workers", "heartbeat", "tasks", "stop", "log", "report", "loop"] {
        let definition = &schema["properties"][table];
        let definition = definition["$ref"].as_str().map_or(definition, |r| schema.pointer(&r[1..]).unwrap());
        writeln!(text, "[{table}]").unwrap();
        if table == "loop" {
            text.push_str("component = 'loop.wasm'\n");
        }
        for (key, property) in definition["properties"].as_object().unwrap() {
            // Written down, these two need another key.
            let is_special = matches!(key.as_str(), "max_restarts" | "max_attempts");
            if let Some(default) = property.get("default").filter(|_| !is_special) {
                writeln!(text, "{key} = {default}").unwrap();
                written += 1;
            }
        }
    }
    assert!(written >= 14, "only {written} defaults:\n{text}");
    let explicit =
        parse(&format!("network = 'n'\n{text}")).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    let implicit = parse(&format!("{MINIMAL}[report]\n")).unwrap();
    assert_eq!(explicit, implicit);
}

#[test]
fn what_workers_need_survives_being_stored() {
    fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
        let stored = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&stored).unwrap(), value, "{stored}");
    }
    let text = fs::read_to_string("tests/valid/02-everything-supported.toml").unwrap();
    let environment = |_: &str| Some("value".to_owned());
    let run = RunFile::parse(&text, "run.toml", &Options { environment: &environment, ..options() }).unwrap();
    survives::<NetworkId>(&run.network);
    survives::<Workers>(&run.workers);
    survives::<Heartbeat>(&run.heartbeat);
    survives::<WorkerLoop>(&run.worker_loop);
    survives::<Tasks>(&run.tasks);
    survives::<Stop>(&run.stop);
    survives(&run.launcher);
    survives(&run.log);
    survives(&run.report);
    survives(&run.output);
}

#[test]
fn neither_what_is_stored_nor_what_is_printed_holds_the_password() {
    let text = format!("{MINIMAL}[redis]\nurl = 'redis://ada:${{PASSWORD}}@secret-host'\n");
    let environment = |name: &str| (name == "PASSWORD").then(|| "geheim".to_owned());
    let run = RunFile::parse(&text, "run.toml", &Options { environment: &environment, ..options() }).unwrap();
    assert!(!format!("{run:?}").contains("geheim"));
    assert!(!serde_json::to_string(&run).unwrap().contains("secret-host"));
    let Some(RedisLocation::Server { url, .. }) = &run.redis.location else { panic!("{:?}", run.redis) };
    assert_eq!(url.expose(), "redis://ada:geheim@secret-host");
}

#[test]
fn the_defaults_file_has_the_same_errors_and_need_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("defaults.toml");
    assert!(Defaults::load(&path, &|_| None).unwrap().is_none());

    fs::write(&path, "[workers]\ncuont = 4\n[loop]\ncomponent = 'x'\n[heartbeat]\nperiod = '1m'\n").unwrap();
    let errors = Defaults::load(&path, &|_| None).unwrap_err();
    let messages: Vec<String> = errors.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            "Unknown key `cuont` in [workers]",
            "Unknown table [loop]",
            "`heartbeat.expire` is shorter than `heartbeat.period`: every worker would be lost",
        ]
    );

    let hints: Vec<_> = errors.problems().iter().filter_map(Problem::hint).collect();
    let tables = "[redis], [workers], [launcher], [heartbeat], [tasks], [log], [data]";
    assert_eq!(
        hints[1],
        format!("[loop] belongs into the run file; a defaults file has the tables {tables}")
    );
    fs::write(&path, "network = 'n'\n[surprise]\n").unwrap();
    let errors = Defaults::load(&path, &|_| None).unwrap_err();
    let hints: Vec<_> = errors.problems().iter().filter_map(Problem::hint).collect();
    assert!(hints[0].starts_with("`network` belongs into the run file"), "{hints:?}");
    assert_eq!(hints[1], format!("A defaults file has the tables {tables}"));

    let launchers = "[launcher.command]\nargv = []\n[launcher.slurm]\npartition = 'p'\n[log]\nbuffer = -1\n";
    fs::write(&path, launchers).unwrap();
    let errors = Defaults::load(&path, &|_| None).unwrap_err();
    let messages: Vec<String> = errors.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            "There is more than one [launcher.*] table",
            "`launcher.command.argv` is not a valid command",
            "`log.buffer` must be a whole number from 0 to 100000",
        ]
    );

    fs::write(&path, "[redis]\nurl = 'redis://:geheim@host'\n").unwrap();
    let defaults = Defaults::load(&path, &|_| None).unwrap().unwrap();
    assert!(
        matches!(&defaults.redis, Some(RedisLocation::Server { url, .. }) if url.redacted() == "redis://:****@host:6379/0")
    );
    assert!(!format!("{defaults:?}").contains("geheim"));
}

/// Keys that need others may stand alone where they are no more than a preference.
#[test]
fn the_defaults_file_may_say_how_without_saying_whether() {
    let text = "[workers]\nprocesses = 8\nmax_restarts = 5\n[tasks]\nmax_attempts = 5\n[log]\nbuffer = 10\n";
    let defaults = Defaults::parse(text, "defaults.toml", &|_| None).unwrap();
    let options = Options { defaults: Some(&defaults), ..options() };
    let with = |text: &str| RunFile::parse(&format!("{MINIMAL}{text}"), "run.toml", &options).unwrap();

    let run = with("");
    assert_eq!((run.workers.processes, run.workers.restart), (1, Restart::Never));
    assert_eq!((run.tasks.on_lost, run.log.buffer), (OnLost::Fail, 10));

    let run = with("[workers]\ncount = 20\nrestart = 'on-lost'\n[tasks]\non_lost = 'requeue'\n");
    assert_eq!((run.workers.processes, run.workers.restart), (8, Restart::OnLost { max_restarts: 5 }));
    assert_eq!(run.tasks.on_lost, OnLost::Requeue { max_attempts: 5 });
}

#[test]
fn relative_paths_start_from_the_folder_of_the_file_in_which_they_stand() {
    let text = "[log]\nmessage_log = 'logs'\noutput_log = 'logs'\n[data]\nlarge_objects = '/shared'\n";
    let defaults = Defaults::parse(text, "/home/ada/.config/rush-host/defaults.toml", &|_| None).unwrap();
    let overrides = ["loop.data.train=train.csv".to_owned()];
    let options = Options { defaults: Some(&defaults), overrides: &overrides, ..options() };
    let text = format!("{MINIMAL}[log]\noutput_log = 'logs'\n");
    let run = RunFile::parse(&text, "/work/run.toml", &options).unwrap();
    assert_eq!(run.log.message_log.as_deref(), Some(Path::new("/home/ada/.config/rush-host/logs")));
    assert_eq!(run.log.output_log.as_deref(), Some(Path::new("/work/logs")));
    assert_eq!(run.worker_loop.data["train"], Path::new("/work/train.csv"));
    assert_eq!(run.data.large_objects.as_deref(), Some(Path::new("/shared")));
}

#[test]
fn the_defaults_file_is_where_the_xdg_rules_put_it() {
    let with = |xdg: Option<&'static str>, home: Option<&'static str>| {
        let environment = |name: &str| if name == "HOME" { home } else { xdg }.map(str::to_owned);
        Defaults::default_path(&environment).map(|path| path.to_str().unwrap().to_owned())
    };
    assert_eq!(with(Some("/x"), Some("/home/a")).unwrap(), "/x/rush-host/defaults.toml");
    assert_eq!(with(None, Some("/home/a")).unwrap(), "/home/a/.config/rush-host/defaults.toml");
    assert_eq!(with(Some("relative"), Some("/home/a")).unwrap(), "/home/a/.config/rush-host/defaults.toml");
    assert_eq!(with(None, None), None);
}

/// Whatever is written, the answer is a run or an error whose places exist: truncated anywhere, and with a character
/// put in anywhere that ends, begins or breaks something.
#[test]
fn no_text_makes_it_panic() {
    let text = fs::read_to_string("tests/valid/02-everything-supported.toml").unwrap();
    let environment = |_: &str| Some("ä".to_owned());
    let options = Options { environment: &environment, ..options() };
    let look = |text: &str| {
        let Err(errors) = RunFile::parse(text, "run.toml", &options) else { return };
        for problem in errors.problems() {
            let is_placed = problem.location().is_some();
            assert!(
                is_placed || matches!(problem.mistake(), Mistake::Missing { .. }),
                "{problem} in\n{text}"
            );
        }
    };
    for (position, _) in text.char_indices() {
        let (before, after) = text.split_at(position);
        look(before);
        for inserted in ["\"", "[", "}", "=", "\n", "é", "'''", "\0"] {
            look(&format!("{before}{inserted}{after}"));
        }
    }
}

#[test]
fn no_override_makes_it_panic() {
    for written in
        ["", "=", "é=é", "a.é=1", "\"=\"=1", "a=\n[b]", "loop=1", "network.a=1", "a=\"", "workers={", "\0=\0"]
    {
        let overrides = [written.to_owned()];
        let result = RunFile::parse(MINIMAL, "run.toml", &Options { overrides: &overrides, ..options() });
        let errors = result.expect_err(written);
        assert!(
            errors.problems().iter().all(|problem| problem.location().is_some()),
            "{written}: {errors:?}"
        );
    }
}
