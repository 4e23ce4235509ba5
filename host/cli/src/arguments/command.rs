//! The command line as a whole.

use clap::{Parser, Subcommand};

use super::{
    Build, Cancel, Check, DetectLost, EmptyQueue, Eval, Log, New, Push, Reset, Restart, Run, Script, Start,
    Status, Stop, Tasks, Wait, Worker, Workers,
};

/// Runs WebAssembly workers that share tasks through Redis.
#[derive(Debug, Parser)]
#[command(name = "rush-host", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 ok, 1 internal error, 2 usage, 3 run file, 4 Redis, 5 component, 6 launcher, 7 no workers left, \
8 failed tasks (--fail-on-failed) or a failed evaluation, 9 a loop ended with an error, 10 timed out, 130 Ctrl-C, 138 SIGUSR1 (the time of a host process was up), 143 SIGTERM

Data goes to standard output, everything else to standard error. RUSH_LOG=debug says more.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the workers of a run file, watch them, and report
    Run(Run),
    /// Start workers and return as soon as they are registered, or wait in the queue of a batch system
    Start(Start),
    /// Print a command that starts workers on any machine
    Script(Script),
    /// Start workers again that have ended, under their ids and with what they were given
    Restart(Restart),
    /// Be one host process (what launchers start)
    #[command(hide = true)]
    Worker(Box<Worker>),
    /// Show how many workers and tasks are in each state
    Status(Status),
    /// Show the workers, how each ended, and what it did; and those that wait to begin, with the reason
    Workers(Workers),
    /// Show the tasks, or write them to a file
    Tasks(Tasks),
    /// Queue tasks from a file: CSV, JSON lines, Parquet or Arrow
    Push(Push),
    /// Show what workers have logged
    ///
    /// What is stored is up to the run file: [log] loggers. Times are UTC, by the clock of each worker's machine.
    Log(Log),
    /// Wait until tasks are done, or workers have registered
    ///
    /// Without --tasks, --keys, --workers and --worker: until no task is queued or running and no worker runs, or nothing has happened for a second.
    /// (Loops that create their own tasks have none for a moment between two. If that takes longer, give --tasks.)
    Wait(Wait),
    /// Fail all queued tasks, so that nobody works on them
    EmptyQueue(EmptyQueue),
    /// Cancel tasks: queued ones, and running ones wherever they run
    ///
    /// A cancelled task has failed ("Cancelled"). The evaluation of a running one is interrupted, and its worker goes on with the
    /// next.
    Cancel(Cancel),
    /// Ask workers to end after their task; after the run file's `grace` those left are killed
    Stop(Stop),
    /// Declare workers lost whose heartbeat is missing, and print their ids
    ///
    /// Every host process does the same all the time; this is for networks of which none is left.
    DetectLost(DetectLost),
    /// Delete everything that the network has in Redis, or its tasks alone
    Reset(Reset),
    /// Build the components of a run file with its build commands
    ///
    /// `build` of [loop] and [objective]: `sh -e` runs each in the folder of the run file, programs of its `.venv/bin` and
    /// `node_modules/.bin` found first. What they print goes to standard error.
    Build(Build),
    /// Validate a run file and everything that it names, without starting anything
    Check(Check),
    /// Evaluate the objective of a run file once, here: without a network, without Redis
    ///
    /// The result goes to standard output, what the objective says to standard error. A failed evaluation is told with its
    /// kind, its message and where it happened, and ends with exit code 8.
    Eval(Eval),
    /// Write a project: a worker loop or an objective, with a run file that builds and runs it
    ///
    /// The folder NAME gets the source, the SDK of the language, the contract, and NAME.toml: `rush-host run --build NAME/NAME.toml`.
    New(New),
    /// Print the JSON Schema of run files
    Schema,
    /// Print completions for a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of the program or of one of its commands
    Man {
        /// The command.
        command: Option<String>,
    },
    /// Evaluate an objective in a process of its own (what workers start)
    #[command(hide = true)]
    Evaluator,
    /// Compile a component from standard input (what whoever needs one compiled starts)
    #[command(hide = true)]
    Compile {
        /// How the code is to be made, and within which limits.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
    /// Keep a private Redis (what a run without a Redis starts)
    #[command(hide = true)]
    Keeper {
        /// What the starter says.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
}
