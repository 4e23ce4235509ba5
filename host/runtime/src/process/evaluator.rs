//! Evaluates in a child, and in another after each evaluation that cost the child its life.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::bytes::Malformed;
use super::died::Lost;
use super::frame::{self, Bounds, FromChild};
use super::setup::{Setup, Terms};
use super::spawn::{Child, EvaluatorProgram, InForce, StartError};
use super::time_limits::TimeLimits;
use crate::bindings::rush::worker::types as wit;
use crate::context::GuestContext;
use crate::engine::Build;
use crate::exceeded::Exceeded;
use crate::failure::{FailureKind, GuestFailure};
use crate::folders::Folders;
use crate::limits::Limits;
use crate::objective::{InstancePolicy, condition};
use crate::output::Output;
use crate::settings::Settings;

/// So long the answer waits if no child can be started: nothing is gained by failing a million tasks a minute.
const PAUSE: Duration = Duration::from_secs(1);
/// What a child uses besides its guest's memory, as the kernel counts: stacks, heap, what instances and their tables are made of.
const OF_THE_HOST: u64 = 32 << 20;
/// An element of a table, with room to grow.
const OF_A_TABLE_ELEMENT: u64 = 24;
/// A core dump is the guest's memory and a little more.
const OF_A_CORE_DUMP: u64 = 16 << 20;
/// So many times its size is taken while it is made: it grows by doubling, and is copied once. The allocator may keep what it has outgrown.
const IMAGES: u64 = 6;
/// What a child may say beyond the log limit of its guest before it is not believed: letters that are none become three bytes, and
/// messages have frames.
const LOG_FACTOR: u64 = 4;
const LOG_SPARE: u64 = 64 << 10;
/// Of each line: empty ones count, too.
const LINE_END: usize = 1;

/// An objective whose code is there, for any number of evaluators.
pub(crate) struct PreparedProcesses {
    program: EvaluatorProgram,
    code: File,
    code_size: u64,
    terms: Terms,
    folders: Folders,
    limits: Limits,
    bounds: Bounds,
    /// What holds the children, once the first was started.
    in_force: OnceLock<String>,
    /// Whether it was said that they cannot be started.
    said_failure: AtomicBool,
}

/// Children cannot be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the evaluator process cannot be started: {cause}")]
pub struct EvaluatorError {
    /// Why not.
    pub cause: String,
}

impl PreparedProcesses {
    pub(crate) fn new(
        program: EvaluatorProgram,
        code: File,
        build: Build,
        settings: &Settings,
        folders: Folders,
        policy: InstancePolicy,
    ) -> std::io::Result<Self> {
        let (limits, mut settings) = (settings.limits, settings.clone());
        // These are watched from here.
        (settings.limits.time, settings.limits.wall) = (None, None);
        let core_dump = usize::try_from(limits.memory.saturating_add(OF_A_CORE_DUMP)).unwrap_or(usize::MAX);
        let core_dump = build.core_dumps.then_some(core_dump);
        if cfg!(target_os = "linux") {
            // A child gets the folders themselves.
            settings.grants.dirs.iter_mut().for_each(|dir| dir.host.clear());
        }
        Ok(Self {
            program,
            code_size: code.metadata()?.len(),
            code,
            terms: Terms { build, settings, policy, memory: 0 },
            folders,
            limits,
            bounds: Bounds { values: limits.host_call, core_dump },
            in_force: OnceLock::new(),
            said_failure: AtomicBool::new(false),
        })
    }

    async fn start(&self, context: &GuestContext) -> Result<Child, StartError> {
        let setup = self.setup(context);
        let (child, in_force) =
            Child::start(&self.program, &self.code, &self.folders, &setup, self.bounds).await?;
        let InForce { words, complete } = in_force;
        if self.in_force.set(words.clone()).is_ok() {
            if complete {
                tracing::info!("evaluator processes are held by {words}");
            } else {
                tracing::warn!("evaluator processes are held by {words}");
            }
        }
        Ok(child)
    }

    fn setup(&self, context: &GuestContext) -> Setup {
        let data: usize = context.data.values().map(|file| file.len()).sum();
        // Values exist twice while they are sent; so do files while they arrive. Code is writable for a moment when it is loaded.
        let twice = (self.limits.host_call as u64).saturating_add(data as u64).saturating_mul(2);
        let core_dump = self.bounds.core_dump.unwrap_or(0) as u64;
        // A stack counts whole, used or not, and one more is there while instances change.
        let stacks = 2 * self.limits.stack as u64;
        let tables = OF_A_TABLE_ELEMENT.saturating_mul(self.limits.table_elements as u64);
        let args = context.args.len() as u64;
        let all =
            [OF_THE_HOST, self.code_size, twice, core_dump.saturating_mul(IMAGES), stacks, tables, args];
        let memory = all.into_iter().fold(self.limits.memory, u64::saturating_add);
        Setup { terms: Terms { memory, ..self.terms.clone() }, context: context.clone() }
    }

    fn may_say(&self) -> Option<u64> {
        self.limits.log.map(|log| log.saturating_mul(LOG_FACTOR).saturating_add(LOG_SPARE))
    }

    fn failed_to_start(&self, error: &StartError) -> EvaluatorError {
        let error = EvaluatorError { cause: error.to_string() };
        if !self.said_failure.swap(true, Ordering::Relaxed) {
            tracing::warn!("{error}; until it can, every evaluation fails");
        }
        error
    }
}

/// Evaluates in one child after another, for one worker.
pub(crate) struct ProcessEvaluator {
    prepared: Arc<PreparedProcesses>,
    context: GuestContext,
    output: Arc<dyn Output>,
    /// Nothing before the first evaluation, during one, and after one that ended its child or was given up.
    child: Option<Box<Child>>,
    /// Kept from evaluation to evaluation.
    message: Vec<u8>,
}

impl ProcessEvaluator {
    pub(crate) fn new(
        prepared: Arc<PreparedProcesses>,
        context: GuestContext,
        output: Arc<dyn Output>,
    ) -> Self {
        Self { prepared, context, output, child: None, message: Vec::new() }
    }

    /// Starts a child if there is none, so that the next evaluation need not.
    pub(crate) async fn warm(&mut self) -> Result<(), EvaluatorError> {
        if self.child.is_none() {
            self.child = Some(self.start().await?);
        }
        Ok(())
    }

    /// What holds its children, once one was started.
    pub(crate) fn in_force(&self) -> Option<&str> {
        self.prepared.in_force.get().map(String::as_str)
    }

    pub(crate) async fn evaluate(&mut self, xs: &[wit::Field]) -> Result<wit::Fields, wit::Condition> {
        self.message.clear();
        let wanted = self.prepared.bounds.core_dump.filter(|_| self.output.wants_core_dump());
        frame::write_evaluate(&mut self.message, xs, wanted.is_some());
        // The child is given back below. If this future is dropped, it dies with it: nobody could tell its late reply from the next one.
        let Begun { mut child, limits, sent } = match self.begin().await {
            Ok(begun) => begun,
            Err(error) => {
                tokio::time::sleep(PAUSE).await;
                return Err(condition::of_the_host(&error.to_string()));
            }
        };
        let mut exchange = Exchange {
            child: &mut child,
            output: &self.output,
            bounds: Bounds { core_dump: wanted, ..self.prepared.bounds },
            may_say: self.prepared.may_say(),
            trapped: None,
        };
        let talk = exchange.talk(&self.message[sent..]);
        let result = match limits {
            None => talk.await.map_err(End::Lost),
            Some(limits) => tokio::select! {
                biased;
                result = talk => result.map_err(End::Lost),
                exceeded = limits.reached() => Err(End::Exceeded(exceeded)),
            },
        };
        let trapped = exchange.trapped;
        self.message.shrink_to(frame::KEEP);
        match result {
            Ok(result) => {
                self.child = Some(child);
                result
            }
            Err(end) => {
                child.kill().await;
                Err(end.condition(trapped))
            }
        }
    }

    /// Sends what can be sent at once of the message to a child.
    async fn begin(&mut self) -> Result<Begun, EvaluatorError> {
        if let Some(mut child) = self.child.take() {
            let limits = TimeLimits::of(&self.prepared.limits, child.clock);
            match child.socket.try_send(&self.message) {
                Ok(sent) => return Ok(Begun { child, limits, sent }),
                // It died while it had nothing to do, for which no evaluation must pay.
                Err(error) => tracing::warn!("{}; another is started", child.lost(Some(error)).await),
            }
        }
        let child = self.start().await?;
        let limits = TimeLimits::of(&self.prepared.limits, child.clock);
        // An error shows again when the rest is sent.
        let sent = child.socket.try_send(&self.message).unwrap_or(0);
        Ok(Begun { child, limits, sent })
    }

    async fn start(&self) -> Result<Box<Child>, EvaluatorError> {
        let started = self.prepared.start(&self.context).await;
        started.map(Box::new).map_err(|error| self.prepared.failed_to_start(&error))
    }
}

/// An evaluation under way.
struct Begun {
    child: Box<Child>,
    limits: Option<TimeLimits>,
    /// Bytes of the message that are on their way.
    sent: usize,
}

/// What ended a child.
enum End {
    Lost(Lost),
    Exceeded(Exceeded),
}

impl End {
    /// What the child had said before it was asked for an image of its guest counts, whatever became of the image.
    fn condition(self, trapped: Option<wit::Condition>) -> wit::Condition {
        if let Some(condition) = trapped {
            match self {
                Self::Lost(lost) => tracing::warn!("no core dump was made: {lost}"),
                Self::Exceeded(exceeded) => tracing::warn!("no core dump was made: {exceeded}"),
            }
            return condition;
        }
        let (kind, message) = match self {
            Self::Exceeded(exceeded) => (FailureKind::Time, exceeded.to_string()),
            Self::Lost(lost) => (FailureKind::Trap, lost.to_string()),
        };
        condition::failed(GuestFailure { kind, message, backtrace: Vec::new() })
    }
}

/// What is said during one evaluation.
struct Exchange<'a> {
    child: &'a mut Child,
    /// Where the words of the guest go.
    output: &'a Arc<dyn Output>,
    bounds: Bounds,
    /// So much the child may say before it is not believed.
    may_say: Option<u64>,
    /// Why there will be no values, while an image of the guest is made.
    trapped: Option<wit::Condition>,
}

impl Exchange<'_> {
    /// Sends the rest of a message, and receives until the result is there.
    async fn talk(&mut self, rest: &[u8]) -> Result<Result<wit::Fields, wit::Condition>, Lost> {
        let Self { child, output, bounds, may_say, trapped } = self;
        if !child.inbox.is_empty() {
            return Err(Malformed("it speaks without being asked").into());
        }
        if let Err(error) = child.socket.send(rest).await {
            return Err(child.lost(Some(error)).await);
        }
        let mut core_dump = None;
        let mut said = 0_u64;
        loop {
            while let Some(told) = child.inbox.next(*bounds)? {
                match told {
                    FromChild::Line(stream, line) => {
                        said += (line.len() + LINE_END) as u64;
                        output.line(stream, line);
                    }
                    FromChild::Log(message) => {
                        said += (message.logger.len() + message.message.len() + LINE_END) as u64;
                        output.log(message);
                    }
                    FromChild::Trapped(_) if trapped.is_some() || bounds.core_dump.is_none() => {
                        return Err(Malformed("a core dump was not asked for").into());
                    }
                    FromChild::Trapped(told) => *trapped = Some(condition::of_a_child(told)),
                    FromChild::CoreDump(_) if trapped.is_none() => {
                        return Err(Malformed("a core dump of a guest that did not trap").into());
                    }
                    FromChild::CoreDump(dump) => {
                        // One is enough.
                        bounds.core_dump = None;
                        let (dump, output) = (dump.to_vec(), Arc::clone(output));
                        let keep = move || output.core_dump(&dump);
                        core_dump = tokio::task::spawn_blocking(keep).await.ok().flatten();
                    }
                    FromChild::Ys(ys) => return Ok(Ok(ys)),
                    FromChild::Condition(told) => {
                        let mut told = condition::of_a_child(told);
                        told.details.extend(core_dump.map(condition::core_dump));
                        return Ok(Err(told));
                    }
                    FromChild::Refused(words) => return Err(Lost::Failed(words.to_owned())),
                    FromChild::Ready { .. } => return Err(Malformed("it is ready once more").into()),
                }
                if may_say.is_some_and(|most| said > most) {
                    return Err(Malformed("it says more than its guest may").into());
                }
            }
            match child.socket.receive(&mut child.inbox).await {
                Ok(true) => {}
                Ok(false) => return Err(child.lost(None).await),
                Err(error) => return Err(child.lost(Some(error)).await),
            }
        }
    }
}
