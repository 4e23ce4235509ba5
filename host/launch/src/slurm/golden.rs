//! Scripts, word for word: `tests/jobs/NAME.sh` is what comes of the launcher NAME. `UPDATE_GOLDEN=1` writes what is found; read it before you
//! keep it. That a real Slurm takes them is tested with all other programs of this machine (`tests/e2e`).

use std::{fs, path::Path, process::Command, time::Duration};

use rush_network::{LaunchId, LaunchRecord, LaunchedProcess};
use rush_run_file::{Launcher, Options, RunFile};
use secrecy::SecretString;

use super::{SlurmError, submit::dry_run};
use crate::{Carries, HostProgram, Job, Lifetime, WorkerCommand};

const EVERYTHING: &str = r#"
partition = "long"
account = "physics"
qos = "low"
time = "2-12:00"
cpus = 4
memory = "3500MB"
gres = "gpu:a100:1"
constraint = "[rack1|rack2]&big"
array_limit = 2
prologue = ["module load gcc", "export NAME='it is {{ none }} of a template'"]
directives = ["--exclusive", "--mail-type=END --mail-user=ada@example.org", "--requeue"]
log = "/scratch/it's \"%x\" $HOME # ü"
program = "/shared/my tools/rush-host"
redis_file = "/home/ada/my redis"
end_before = "90500ms"
"#;

/// What is shown of a job of three processes.
fn shown(launcher: &str, takes_over: bool, grace: u64) -> Result<String, SlurmError> {
    let text = format!(
        "network = 'team-{{branin}}'\n[loop]\ncomponent = 'loop.wasm'\n[launcher.slurm]\n{launcher}\n"
    );
    let run_file = RunFile::parse(&text, "run.toml", &Options::of_this_process()).unwrap();
    let Launcher::Slurm(launcher) = run_file.launcher.clone() else { panic!("{text}") };
    // What is written into a comment begins no line of its own.
    let from = if takes_over { "login\n#SBATCH --wait" } else { "login" };
    let launch = LaunchId::parse("0123456789ab").unwrap();
    let process =
        LaunchedProcess { place: String::new(), first_index: 0, workers: Vec::new(), failure: None };
    let record = LaunchRecord {
        id: launch.clone(),
        launcher: "slurm".to_owned(),
        from: "login".to_owned(),
        at: 0,
        name: "rush-team-branin-0123456789ab".to_owned(),
        job: None,
        processes: vec![process; 3],
    };
    let carries = Carries::Launched { launch, process: None };
    let command = WorkerCommand::of(&run_file, "c0ffee", carries);
    let job = Job {
        name: &record.name,
        record: &record,
        command: WorkerCommand {
            launched_from: from.into(),
            launcher: "slurm".into(),
            lifetime: Lifetime::Managed,
            ..command
        },
        redis_url: SecretString::from("redis://:geheim@redis.example.org:6379/0"),
        takes_over,
        grace: Duration::from_secs(grace),
        folder: Path::new("/home/ada/runs/.rush/team-{branin}"),
        program: &HostProgram::at("/home/ada/bin/rush-host").unwrap(),
    };
    dry_run(&launcher, &job)
}

#[test]
fn scripts_are_these() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for (name, launcher, takes_over) in
        [("plain", "", false), ("brief", "time = '1'", false), ("everything", EVERYTHING, true)]
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/jobs/{name}.sh"));
        let found = shown(launcher, takes_over, 30).unwrap();
        assert!(!found.contains("geheim"), "{found}");
        if update {
            fs::write(&path, &found).unwrap();
        }
        assert_eq!(found, fs::read_to_string(&path).unwrap_or_default(), "{name}");
    }
}

/// Of a job of which only this much is told.
fn signal(launcher: &str, grace: u64) -> String {
    let shown = shown(launcher, false, grace).unwrap();
    let line = shown.lines().find_map(|line| line.strip_prefix("#SBATCH --signal=B:USR1@"));
    line.unwrap().to_owned()
}

#[test]
fn workers_have_their_grace_before_the_time_limit_if_that_leaves_them_half_of_it() {
    assert_eq!(signal("", 1), "30");
    assert_eq!(signal("", 60), "70");
    assert_eq!(signal("time = '1'", 60), "30");
    assert_eq!(signal("time = 'UNLIMITED'", 100_000), "65535");
    assert_eq!(signal("time = '1'\nend_before = '50s'", 60), "50");
}

#[test]
fn a_folder_that_slurm_would_read_in_another_way_is_refused() {
    let text = shown("", false, 1).unwrap();
    assert!(text.contains("--output=\"/home/ada/runs/.rush/team-{branin}/slurm/"), "{text}");
    // Whoever chooses it is told by the run file; this one is where the run file is.
    let refused = super::script::output(Path::new("/home/a\\da"), "job").unwrap_err();
    assert!(matches!(refused, SlurmError::Folder { .. }) && refused.help().is_some());
}

#[test]
fn a_real_shell_takes_them() {
    for (launcher, takes_over) in [("", false), (EVERYTHING, true)] {
        let shown = shown(launcher, takes_over, 30).unwrap();
        let script = &shown[shown.find("#!/bin").unwrap()..];
        let script = script.split("\n# /home/").next().unwrap();
        let read = Command::new("bash").args(["-n", "-c", script]).output().unwrap();
        assert!(read.status.success(), "{script}\n{}", String::from_utf8_lossy(&read.stderr));
    }
}
