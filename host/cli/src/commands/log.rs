//! `log`: what workers have stored of their messages.

use rush_launch::signals::Interrupts;
use rush_network::{LogLevel, LogPosition, Network, WorkerId};

use crate::{
    arguments::{Format, Log},
    exit_code::ExitCode,
    failure::Failure,
    last_look::LastLook,
    print::{audience, log_lines::LogLines, talk},
    session::{self, Begin, Session},
};

pub(crate) async fn log(arguments: Log) -> Result<ExitCode, Failure> {
    if arguments.follow && arguments.format == Format::Json {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            "one JSON document has an end, and --follow has none",
            "`--format jsonl` writes one JSON object for each message",
        ));
    }
    let session = session::open(&arguments.common, Begin::No).await?;
    let workers = match arguments.workers.as_slice() {
        [] => None,
        named => Some(known(&session, named).await?),
    };
    let look = arguments.new.then(|| {
        let run_file = &session.run_file;
        LastLook::of(&run_file.path, run_file.network.as_str(), session.network.address())
    });
    let mut reader = Reader {
        network: &session.network,
        workers,
        level: arguments.level.map_or(LogLevel::Trace, LogLevel::from),
        position: look.as_ref().map(LastLook::position).unwrap_or_default(),
        look,
        format: arguments.format,
        lines: LogLines::new(arguments.format, arguments.time_differences),
        read: false,
    };
    if arguments.follow {
        return follow(&session, reader).await;
    }
    reader.show().await?;
    if !reader.read {
        talk::line(format_args!("{}", nothing(&session, arguments.new)));
    }
    Ok(ExitCode::Ok)
}

/// Shows what there is and what comes, until somebody has seen enough.
async fn follow(session: &Session, mut reader: Reader<'_>) -> Result<ExitCode, Failure> {
    let mut interrupts = Interrupts::listen().map_err(Failure::internal)?;
    let following = async {
        // Whoever logs between the first reading and this would not be heard otherwise.
        let mut follower = session.network.follow_log().await?;
        let mut somebody_reads = reader.show().await?;
        if !reader.read && session.run_file.log.loggers.is_empty() {
            talk::line(format_args!("{}", nothing(session, false)));
        }
        while somebody_reads {
            follower.changed().await?;
            somebody_reads = reader.show().await?;
        }
        Ok(ExitCode::Ok)
    };
    tokio::select! {
        done = following => done,
        interrupt = interrupts.next() => Ok(interrupt.signal().into()),
        () = audience::gone() => Ok(ExitCode::Ok),
    }
}

/// Reads on from where it has read before.
struct Reader<'a> {
    network: &'a Network,
    workers: Option<Vec<WorkerId>>,
    level: LogLevel,
    position: LogPosition,
    look: Option<LastLook>,
    format: Format,
    lines: LogLines,
    /// Whether there was any message.
    read: bool,
}

impl Reader<'_> {
    /// Shows what came since the last time. Answers whether anybody reads it.
    async fn show(&mut self) -> Result<bool, Failure> {
        let log = self.network.read_log(self.workers.as_deref(), &self.position).await?;
        self.read |= !log.events.is_empty();
        let mut events = log.events;
        events.retain(|(_, event)| event.level >= self.level);
        let somebody_reads = talk::rows(&self.lines.render(&events), self.format);
        if log.position != self.position {
            self.position = log.position;
            // What nobody has seen is shown again.
            if let Some(look) = &self.look
                && somebody_reads
            {
                look.keep(&self.position);
            }
        }
        Ok(somebody_reads)
    }
}

/// The workers of these names, which must be known: others would never say anything.
async fn known(session: &Session, named: &[String]) -> Result<Vec<WorkerId>, Failure> {
    let known: Vec<WorkerId> = session.network.workers().await?.into_iter().map(|worker| worker.id).collect();
    let mut workers = Vec::new();
    for name in named {
        let Some(id) = known.iter().find(|id| id.as_str() == name) else {
            return Err(unknown(session, name, &known));
        };
        workers.push(id.clone());
    }
    Ok(workers)
}

fn unknown(session: &Session, name: &str, known: &[WorkerId]) -> Failure {
    /// More than these are too many to choose from.
    const SHOWN: usize = 20;
    let network = &session.run_file.network;
    let names: Vec<&str> = known.iter().rev().take(SHOWN).map(WorkerId::as_str).collect();
    let hint = match known.len() {
        0 => "no worker has registered yet".to_owned(),
        1..=SHOWN => format!("its workers: {}", names.join(", ")),
        _ => format!("its latest workers: {}; `rush-host workers` shows all", names.join(", ")),
    };
    Failure::with_hint(ExitCode::Usage, format!("network `{network}` has no worker `{name}`"), hint)
}

/// Why nothing is shown.
fn nothing(session: &Session, new: bool) -> String {
    if session.run_file.log.loggers.is_empty() {
        return format!(
            "No messages: {} asks for none to be stored. `loggers = {{ root = \"info\" }}` in its table [log] does, for workers \
             that are started from then on",
            session.run_file.path.display()
        );
    }
    if new { "No new messages".to_owned() } else { "No messages yet".to_owned() }
}
