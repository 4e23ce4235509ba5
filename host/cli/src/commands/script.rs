//! `script`: what starts workers on any machine, or in a cluster.

use std::path::{Path, PathBuf};

use rush_run_file::{Isolation, KubernetesLauncher, Launcher, RedisUrl, RunFile};

use crate::{
    arguments::Script,
    components::Components,
    exit_code::ExitCode,
    failure::Failure,
    launching,
    print::{talk, text},
    session::{self, Begin, Session},
};

pub(crate) async fn script(arguments: Script) -> Result<ExitCode, Failure> {
    let (run_file, source) = session::load(&arguments.common)?;
    rush_launch::Script::check(&source.location)?;
    let components = Components::read(&run_file)?;
    let session = session::connect(run_file, &source, Begin::Yes).await?;
    if let Launcher::Kubernetes(launcher) = session.run_file.launcher.clone() {
        return job(&arguments, &session, &components, launcher).await;
    }
    let count = workers(arguments.workers, &session.run_file)?;
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => PathBuf::from(session::this_program()?.path()),
    };
    // Whatever can be wrong with it is told before anything is stored.
    session.script("", count, &program)?;
    if session.network.running_workers().await?.is_empty() {
        session.network.begin_run().await?;
    }
    let stored = launching::store(&session, &components).await?;
    let script = session.script(&stored.config, count, &program)?;
    let workers = text::counted(count.into(), "worker");
    let url = session.redis.redacted();
    let where_to = if is_local(&url) {
        "this machine alone: elsewhere, this address of Redis means the machine there"
    } else {
        "any machine that reaches Redis"
    };
    if let Some(file) = arguments.output {
        script.write(&file).map_err(|error| unwritable(&file, &error))?;
        talk::line(format_args!(
            "`sh {}` starts {workers} each time, on {where_to}. The file holds its URL, {url}, so only you can read it: keep it \
             to yourself",
            file.display()
        ));
    } else {
        talk::data(&format!("{}\n", script.line()));
        talk::line(format_args!(
            "This line starts {workers} each time, on {where_to}. There, set REDIS_URL to {url}, or add --redis-file with a file \
             that holds it"
        ));
    }
    say_who_shows_them(&session);
    Ok(ExitCode::Ok)
}

/// A manifest for kubectl, which starts as many workers as anything else would.
async fn job(
    arguments: &Script,
    session: &Session,
    components: &Components,
    mut launcher: KubernetesLauncher,
) -> Result<ExitCode, Failure> {
    let Some(file) = &arguments.output else {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            "what starts workers in Kubernetes is a manifest with the URL of Redis in it, which is not printed",
            "`-o job.yaml` writes it into a file that nobody else can read; `start --dry-run` shows one without secrets",
        ));
    };
    if let Some(program) = &arguments.program {
        launcher.program = program.display().to_string();
    }
    let count = arguments.workers.unwrap_or(session.run_file.workers.count);
    let pods = session.run_file.processes_for(count);
    let each = each(count, pods)?;
    // Whatever can be wrong with it is told before anything is stored.
    session.scripted_job(&launcher, "", pods, each)?;
    if session.network.running_workers().await?.is_empty() {
        session.network.begin_run().await?;
    }
    let stored = launching::store(session, components).await?;
    let job = session.scripted_job(&launcher, &stored.config, pods, each)?;
    job.write(file).map_err(|error| unwritable(file, &error))?;
    let url = session.redis.redacted();
    talk::line(format_args!(
        "`kubectl create -f {}` starts {} in {} as Job {}, once. The file holds its URL, {url}, so only you can read it: keep it to \
         yourself",
        file.display(),
        text::counted(count.into(), "worker"),
        text::counted(pods.into(), "pod"),
        job.name
    ));
    if is_local(&url) {
        talk::warning(format_args!("this address of Redis means something else in a pod"));
    }
    talk::line(format_args!("`kubectl delete -f {}` takes both away again, Job and Secret", file.display()));
    say_who_shows_them(session);
    Ok(ExitCode::Ok)
}

/// How many workers each pod has: all pods of a Job are alike.
fn each(count: u32, pods: u32) -> Result<u32, Failure> {
    let each = count.div_ceil(pods.max(1));
    if each * pods == count {
        return Ok(each);
    }
    Err(Failure::with_hint(
        ExitCode::Usage,
        format!("{count} workers cannot be the same number in each of {pods} pods, which a Job wants"),
        format!(
            "`-n {}` makes it {each} in each; `[workers] processes` sets the number of pods",
            each * pods
        ),
    ))
}

fn is_local(url: &str) -> bool {
    url.parse().is_ok_and(|url: RedisUrl| url.is_of_its_user())
}

fn unwritable(file: &Path, error: &std::io::Error) -> Failure {
    let text = format!("the script `{}` cannot be written: {error}", file.display());
    Failure::with_hint(ExitCode::Usage, text, "`-o` names a file in a folder that you may write to")
}

fn say_who_shows_them(session: &Session) {
    let run_file = session.run_file.path.display();
    talk::line(format_args!("`rush-host workers {run_file}` shows who has come"));
}

/// How many workers the script starts each time.
fn workers(asked: Option<u32>, run_file: &RunFile) -> Result<u32, Failure> {
    match (run_file.worker_loop.isolation, asked) {
        (Isolation::Instance, asked) => Ok(asked.unwrap_or(run_file.workers.count)),
        (Isolation::Process, None | Some(1)) => Ok(1),
        (Isolation::Process, Some(_)) => Err(Failure::with_hint(
            ExitCode::Usage,
            "a script starts one process, and each worker of this loop is to have one of its own",
            "`[loop] isolation = \"process\"`: run the script as often as there are to be workers",
        )),
    }
}
