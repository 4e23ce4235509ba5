//! What guests say, and where it goes: to the terminal, into files, into Redis. None of these holds a guest up.

use std::{borrow::Cow, path::Path, sync::Arc, time::SystemTime};

use rush_launch::Configuration;
use rush_network::{End, EndKind, LogEvent, LogLevel, Worker};
use rush_runtime::{Level, LogMessage, Output, Stream};

use crate::{
    host_process::{
        core_dumps::{CoreDumpFolder, CoreDumps},
        log_files::{LogFiles, LogFolders, WorkerFiles},
        log_sink::{HOST, LogSink},
        log_thresholds::Thresholds,
        terminal::{Lines, Terminal},
    },
    print::text::{harmless, timestamp},
};

/// What becomes of what guests say.
pub(super) struct Hearing {
    /// Everything is shown, not only warnings and errors.
    debug: bool,
    /// Where files are written.
    folders: LogFolders,
    /// Which messages are stored.
    thresholds: Thresholds,
    /// So many messages a worker gathers before it stores them.
    buffer: u32,
    /// Who is heard as the worker loop.
    worker_loop: Speaker,
    /// Who is heard as the objective, if there is one.
    objective: Option<Speaker>,
}

/// A component as it is heard.
struct Speaker {
    /// What stored messages have as their caller: the component's name.
    caller: String,
    /// What stands in front of its words where those of others stand beside them.
    mark: &'static str,
}

impl Speaker {
    fn new(component: &str, mark: &'static str) -> Self {
        let caller = Path::new(component).file_stem().unwrap_or_default();
        Self { caller: caller.to_string_lossy().into_owned(), mark }
    }
}

impl Hearing {
    /// What the run file of a configuration asks for.
    pub(super) fn of(configuration: &Configuration, folders: LogFolders, debug: bool) -> Self {
        Self {
            debug,
            folders,
            thresholds: Thresholds::new(&configuration.log.loggers),
            buffer: configuration.log.buffer,
            worker_loop: Speaker::new(&configuration.worker_loop.name, ""),
            objective: configuration
                .objective
                .as_ref()
                .map(|objective| Speaker::new(&objective.component.name, "objective: ")),
        }
    }
}

/// The voices of all workers of a process.
pub(super) struct Voices {
    hearing: Arc<Hearing>,
    terminal: Terminal,
    files: Option<LogFiles>,
    core_dumps: Option<Arc<CoreDumpFolder>>,
}

/// The voice of one worker.
pub(super) struct Voice {
    hearing: Arc<Hearing>,
    worker: String,
    terminal: Lines,
    files: Option<WorkerFiles>,
    stored: Option<Arc<LogSink<Worker>>>,
    core_dumps: Option<CoreDumps>,
}

/// The voice of a worker's objective, which speaks where the worker does.
pub(super) struct ObjectiveVoice {
    voice: Arc<Voice>,
}

impl Voices {
    pub(super) fn start(hearing: Hearing) -> Self {
        let files = LogFiles::start(&hearing.folders);
        let core_dumps = hearing.folders.core_dumps.as_deref().map(CoreDumpFolder::new);
        Self { hearing: Arc::new(hearing), terminal: Terminal::start(), files, core_dumps }
    }

    /// The voice of one worker. To be called within the runtime of the guests.
    pub(super) fn of(&self, worker: &Worker) -> Arc<Voice> {
        let stores = !self.hearing.thresholds.is_empty();
        Arc::new(Voice {
            hearing: Arc::clone(&self.hearing),
            worker: worker.id().to_string(),
            terminal: self.terminal.lines(),
            files: self.files.as_ref().map(|files| files.of(worker.id())),
            stored: stores
                .then(|| LogSink::new(worker.id().to_string(), worker.clone(), self.hearing.buffer)),
            core_dumps: self.core_dumps.as_ref().map(|folder| CoreDumps::new(folder, worker.id().as_str())),
        })
    }

    /// Waits until everything is written. All voices must be gone.
    pub(super) fn finish(self) {
        self.terminal.finish();
        if let Some(files) = self.files {
            files.finish();
        }
    }
}

impl Voice {
    /// The guest has ended like this, which is not recorded yet: afterwards nothing more could be stored.
    pub(super) async fn finish(&self, end: &End) {
        if let Some(files) = &self.files
            && files.has_messages()
        {
            let (level, kind) = match end.kind {
                EndKind::Returned | EndKind::TimeUp | EndKind::Killed | EndKind::Lost => {
                    (LogLevel::Info, end.kind)
                }
                kind => (LogLevel::Error, kind),
            };
            let colon = if end.message.is_empty() { "" } else { ": " };
            let message = format!("the worker has ended ({}){colon}{}", kind.as_str(), end.message);
            files.message(&line(SystemTime::now(), level, HOST, &message));
        }
        // Of who was killed or lost nothing is stored any more; nor does such an end wait for a Redis that is away.
        if let Some(stored) = &self.stored
            && !matches!(end.kind, EndKind::Killed | EndKind::Lost)
        {
            stored.finish().await;
        }
    }
}

impl Voice {
    /// The voice of this worker's objective.
    pub(super) fn of_objective(self: &Arc<Self>) -> Arc<ObjectiveVoice> {
        Arc::new(ObjectiveVoice { voice: Arc::clone(self) })
    }

    fn says_line(&self, mark: &str, stream: Stream, line: &str) {
        if self.hearing.debug {
            self.terminal.say(format!("[{}] {mark}{}", self.worker, harmless(line)));
        }
        if let Some(files) = &self.files {
            let line = if mark.is_empty() { Cow::from(line) } else { Cow::from(format!("{mark}{line}")) };
            match stream {
                Stream::Stderr => files.message(&line),
                Stream::Stdout => files.output(&line),
            }
        }
    }

    fn says(
        &self,
        Speaker { caller, mark }: &Speaker,
        LogMessage { level, logger, message }: LogMessage<'_>,
    ) {
        let time = SystemTime::now();
        let (worker, level) = (&self.worker, log_level(level));
        if self.hearing.debug || level >= LogLevel::Warn {
            let (name, logger) = (level.as_str(), harmless(logger));
            for line in message.lines() {
                self.terminal.say(format!("[{worker}] {mark}{name} {logger}: {}", harmless(line)));
            }
        }
        if let Some(files) = &self.files
            && files.has_messages()
        {
            files.message(&line(time, level, &format!("{mark}{logger}"), message));
        }
        if let Some(stored) = &self.stored
            && self.hearing.thresholds.stores(logger, level)
        {
            stored.push(LogEvent {
                time,
                level,
                logger: logger.to_owned(),
                caller: caller.clone(),
                message: message.to_owned(),
            });
        }
    }
}

impl Output for Voice {
    fn line(&self, stream: Stream, line: &str) {
        self.says_line(self.hearing.worker_loop.mark, stream, line);
    }

    fn log(&self, message: LogMessage<'_>) {
        self.says(&self.hearing.worker_loop, message);
    }

    fn wants_core_dump(&self) -> bool {
        self.core_dumps.as_ref().is_some_and(CoreDumps::are_wanted)
    }

    fn core_dump(&self, dump: &[u8]) -> Option<String> {
        self.core_dumps.as_ref()?.keep(dump)
    }
}

impl ObjectiveVoice {
    fn speaker(&self) -> &Speaker {
        let hearing = &self.voice.hearing;
        hearing.objective.as_ref().unwrap_or(&hearing.worker_loop)
    }
}

impl Output for ObjectiveVoice {
    fn line(&self, stream: Stream, line: &str) {
        self.voice.says_line(self.speaker().mark, stream, line);
    }

    fn log(&self, message: LogMessage<'_>) {
        self.voice.says(self.speaker(), message);
    }

    fn wants_core_dump(&self) -> bool {
        self.voice.wants_core_dump()
    }

    fn core_dump(&self, dump: &[u8]) -> Option<String> {
        self.voice.core_dump(dump)
    }
}

/// A message as it stands in a file.
fn line(time: SystemTime, level: LogLevel, logger: &str, message: &str) -> String {
    format!("{} {} {logger}: {message}", timestamp(time), level.as_str())
}

fn log_level(level: Level) -> LogLevel {
    match level {
        Level::Trace => LogLevel::Trace,
        Level::Debug => LogLevel::Debug,
        Level::Info => LogLevel::Info,
        Level::Warn => LogLevel::Warn,
        Level::Error => LogLevel::Error,
    }
}
