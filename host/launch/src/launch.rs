//! Starting host processes for the workers of a run file.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use rush_network::{LaunchRecord, LaunchedProcess, WorkerInfo};

use crate::{
    Awaited, Carries, HostProgram, Job, LaunchError, Launched, Launcher, Lifetime, RunRedis, Session,
    WorkerCommand, batch_system,
    launched::Origin,
    local::{Supervision, Talk},
    planning::{
        again, awaited, carried_by, network_folder, new_workers, numbered, plan, record, takes_over, threads,
    },
    ssh,
    starter::{Reached, Starter},
};

/// So long Redis may take for what nobody waits for.
const PATIENCE: Duration = Duration::from_secs(2);

/// How host processes are started.
#[derive(Clone, Debug)]
pub struct Launch<'a> {
    session: &'a Session,
    program: &'a HostProgram,
    launcher: Launcher,
    supervision: Supervision,
    talk: Talk,
    debug: bool,
    /// How many workers are, or were, started together: who comes again has as many threads as then.
    together: Arc<AtomicU32>,
    /// What was begun with this and not handed out yet, noted before anybody else hears of it.
    begun: Arc<Mutex<Vec<LaunchRecord>>>,
}

impl<'a> Launch<'a> {
    /// With the launcher that the run file names; supervised, and talking to the standard error of this process.
    pub fn new(session: &'a Session, program: &'a HostProgram) -> Result<Self, LaunchError> {
        let launcher = Launcher::of(session)?;
        let supervision = Supervision::Supervised;
        Ok(Self {
            session,
            program,
            launcher,
            supervision,
            talk: Talk::Inherit,
            debug: false,
            together: Arc::new(session.run_file.workers.count.into()),
            begun: Arc::default(),
        })
    }

    /// They outlive this process and the terminal.
    #[must_use]
    pub fn detached(mut self) -> Self {
        self.supervision = Supervision::Detached;
        self
    }

    /// Where they talk to.
    #[must_use]
    pub fn talk(mut self, talk: Talk) -> Self {
        self.talk = talk;
        self
    }

    /// Whether they show everything that guests write and log, not only warnings and errors.
    #[must_use]
    pub fn debug(mut self, debug: bool) -> Self {
        self.debug = debug;
        self
    }

    /// What starts the host processes.
    pub fn launcher(&self) -> &Launcher {
        &self.launcher
    }

    /// How many host processes carry so many workers: as many as workers, if the loop has a process of its own.
    pub fn processes(&self, workers: u32) -> u32 {
        u32::try_from(plan(&self.launcher, &self.session.run_file, workers).len()).unwrap_or(u32::MAX)
    }

    /// Starts new workers with a stored configuration. The answer comes as soon as their processes are started, or handed over to a batch
    /// system; see [`Launched::until_registered`]. If one of them cannot be, the others end.
    ///
    /// Children of this process are started in one step, after the last wait: a future that is dropped before it answers has started none
    /// of them. What else it may have begun is ended by [`abandon`](Self::abandon).
    pub async fn start(&self, config: &str, count: u32) -> Result<Launched, LaunchError> {
        self.together.store(count, Ordering::Relaxed);
        let first = self.session.network.take_indices(count.into()).await?;
        let plan = plan(&self.launcher, &self.session.run_file, count);
        let mut launched = self.nothing();
        if let Err(error) = self.begin(config, new_workers(plan, first), &mut launched).await {
            launched.give_up(&self.session.network).await;
            return Err(error);
        }
        self.hand_out(&launched);
        Ok(launched)
    }

    /// Starts workers again that have ended: each with the configuration that it was given before, under its id, with a new
    /// index, so that it does not draw the same random numbers again. Who was carried by one process is so again; see
    /// [`carried_together`](crate::carried_together), also for those that are left out.
    ///
    /// After an error `launched` holds what was started until then: to go on with, or to [give up](Launched::give_up).
    pub async fn restart(&self, workers: &[WorkerInfo], launched: &mut Launched) -> Result<(), LaunchError> {
        // Children draw indices themselves; a launch has them in its record.
        let first_index = match self.launcher {
            Launcher::Local => 0,
            _ => self.session.network.take_indices(workers.len() as u64).await?,
        };
        let mut begun = Ok(());
        for (config, processes) in again(&self.launcher, workers, first_index) {
            begun = self.begin(&config, processes, launched).await;
            if begun.is_err() {
                break;
            }
        }
        self.hand_out(launched);
        begun
    }

    /// From now on whoever has it answers for it, and [`abandon`](Self::abandon) leaves it alone.
    fn hand_out(&self, launched: &Launched) {
        self.begun().retain(|record| launched.records.iter().all(|known| known.id != record.id));
    }

    /// Nothing yet, for [`restart`](Self::restart).
    pub fn nothing(&self) -> Launched {
        let mut launched = Launched::new(self.launcher.clone(), &self.talk);
        launched.lets_go =
            matches!(self.launcher, Launcher::Ssh(_)) && self.supervision == Supervision::Detached;
        launched
    }

    /// Ends all that was begun with this by a future that was dropped or has failed: nothing of it may begin any more, what waits in a batch system
    /// is taken back, and workers that are registered end, as after [`Launched::give_up`].
    pub async fn abandon(&self) {
        let mut launched = self.nothing();
        let records = std::mem::take(&mut *self.begun());
        for record in records {
            let workers: Vec<Vec<Awaited>> = record.processes.iter().map(awaited).collect();
            for (workers, process) in workers.into_iter().zip(0..) {
                launched.push(workers, Some(Origin { record: launched.records.len(), process }));
            }
            launched.records.push(record);
        }
        launched.give_up(&self.session.network).await;
    }

    fn begun(&self) -> MutexGuard<'_, Vec<LaunchRecord>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the processes of one launch. All but children of this process need its record: it is what they read, and what permits them
    /// to register.
    async fn begin(
        &self,
        config: &str,
        processes: Vec<LaunchedProcess>,
        launched: &mut Launched,
    ) -> Result<(), LaunchError> {
        let network = &self.session.network;
        if self.launcher == Launcher::Local {
            let starter = self.starter();
            for process in &processes {
                let child = starter.local(self.command(config, carried_by(process)));
                launched.children.spawn(&child)?;
                launched.push(awaited(process), None);
            }
            return Ok(());
        }
        let record = record(&self.launcher, network.id().as_str(), processes);
        self.begun().push(record.clone());
        network.record_launch(&record).await?;
        launched.records.push(record);
        let known = launched.processes.len();
        let handed_over = self.hand_over(config, launched).await;
        if let Err(error) = &handed_over {
            // A batch system has taken all of them, or none.
            let begun = if launched.is_batch() { 0 } else { launched.processes.len() - known };
            self.note_failure(launched, begun, error).await;
        }
        handed_over
    }

    /// Starts what stands in the latest record.
    async fn hand_over(&self, config: &str, launched: &mut Launched) -> Result<(), LaunchError> {
        let latest = launched.records.len() - 1;
        let record = launched.records[latest].clone();
        let origins = (0..).map(|process| Origin { record: latest, process });
        let starter = self.starter();
        let job = WorkerCommand {
            lifetime: Lifetime::Managed,
            ..self.command(config, Carries::Launched { launch: record.id.clone(), process: None })
        };
        match &self.launcher {
            Launcher::Local => {}
            Launcher::Command(settings) => {
                for (process, origin) in record.processes.iter().zip(origins) {
                    let child = starter.command(settings, numbered(&job, &record, origin.process))?;
                    let spawned = launched.children.spawn(&child);
                    spawned.map_err(|spawn| LaunchError::Program { spawn })?;
                    launched.push(awaited(process), Some(origin));
                }
            }
            Launcher::Ssh(settings) => {
                ssh::prepare(settings, &record, self.program, &self.session.redis.url()).await?;
                for (process, origin) in record.processes.iter().zip(origins) {
                    let child =
                        starter.ssh(settings, &process.place, numbered(&job, &record, origin.process))?;
                    launched.children.spawn(&child)?;
                    launched.push(awaited(process), Some(origin));
                }
            }
            Launcher::Slurm(_) | Launcher::Kubernetes(_) => {
                for (process, origin) in record.processes.iter().zip(origins) {
                    launched.push(awaited(process), Some(origin));
                }
                let submitted = self.submit(&record, job).await?;
                let permitted = self.session.network.amend_launch(&submitted).await?;
                launched.records[latest] = submitted;
                if !permitted {
                    return Err(LaunchError::Withdrawn { launch: record.id });
                }
            }
        }
        Ok(())
    }

    async fn submit(
        &self,
        record: &LaunchRecord,
        command: WorkerCommand,
    ) -> Result<LaunchRecord, LaunchError> {
        let run_file = &self.session.run_file;
        let detached = self.supervision == Supervision::Detached;
        let job = Job {
            name: &record.name,
            record,
            command,
            redis_url: self.session.redis.url(),
            takes_over: detached && takes_over(run_file),
            grace: self.session.grace(),
            folder: &network_folder(run_file),
            program: self.program,
        };
        batch_system::submit(&self.launcher, &job).await
    }

    /// Says in the latest record why those of its processes have not begun that come after so many, for whoever looks at it.
    async fn note_failure(&self, launched: &mut Launched, begun: usize, error: &LaunchError) {
        let Some(record) = launched.records.last_mut() else { return };
        for process in record.processes.iter_mut().skip(begun) {
            process.failure = Some(error.to_string());
        }
        let amended = self.session.network.amend_launch(record);
        if !matches!(tokio::time::timeout(PATIENCE, amended).await, Ok(Ok(_))) {
            tracing::debug!("nobody can see why processes were not started");
        }
    }

    fn command(&self, config: &str, carries: Carries) -> WorkerCommand {
        let together = self.processes(self.together.load(Ordering::Relaxed)) as usize;
        WorkerCommand {
            threads: threads(&self.launcher, &self.session.run_file, together),
            launcher: self.launcher.name().to_owned(),
            debug: self.debug,
            ..WorkerCommand::of(&self.session.run_file, config, carries)
        }
    }

    fn starter(&self) -> Starter<'_> {
        let redis = match &self.session.redis {
            RunRedis::Private(private) => Reached::Private(private.data_folder().into()),
            RunRedis::Server { url } => Reached::Server(url.clone()),
        };
        Starter { program: self.program, redis, supervision: self.supervision, talk: self.talk.clone() }
    }
}
