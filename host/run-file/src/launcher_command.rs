//! `[launcher.command]`: host processes started through any program.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Mistake;
use crate::finding::Finding;
use crate::path::PathThere;
use crate::resolve::Resolver;
use crate::spanned::{At, Text};
use crate::suggest::closest;
use crate::value_error::ValueError;

/// What the command line of a host process takes the place of.
const SCRIPT: &str = "{script}";

/// Starts host processes through any program, once for each. The workers need a Redis that they reach: a private one is
/// refused.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "command")]
pub(crate) struct RawCommandLauncher {
    /// The program and its arguments. `{script}`, in one of the arguments, is replaced by the command line that starts
    /// one host process, quoted for a POSIX shell.
    #[schemars(required, extend("examples" = [["ssh", "node1", "{script}"]]))]
    pub(crate) argv: Option<At<Vec<At<String>>>>,
    /// Path of `rush-host` on the machines that the program reaches. Default: that of this `rush-host`.
    pub(crate) program: Option<Text<PathThere>>,
    /// Path, on those machines, of a file that holds the URL of Redis, readable by its owner alone. Default: the URL is
    /// sent through the program's standard input.
    pub(crate) redis_file: Option<Text<PathThere>>,
}

/// Resolved `[launcher.command]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLauncher {
    /// The program and its arguments, at least one; `{script}` in one of the arguments stands for the command line that
    /// starts one host process.
    pub argv: Vec<String>,
    /// Path of `rush-host` on the machines that the program reaches. Default: that of this `rush-host`.
    pub program: Option<String>,
    /// Path there of a file with the URL of Redis. Default: the URL is sent through standard input.
    pub redis_file: Option<String>,
}

impl RawCommandLauncher {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> CommandLauncher {
        if let Some(argv) = &self.argv {
            check(argv, r);
        }
        let argv = self.argv.iter().flat_map(|argv| &argv.value);
        CommandLauncher {
            argv: argv.map(|argument| argument.value.clone()).collect(),
            program: r.parse(self.program.as_ref()).map(|path| path.0),
            redis_file: r.parse(self.redis_file.as_ref()).map(|path| path.0),
        }
    }
}

/// Says what is wrong with a command first of all, not everything: one mistake in it mostly makes the others.
fn check(argv: &At<Vec<At<String>>>, r: &mut Resolver<'_>) {
    let example = "For example argv = [\"ssh\", \"node1\", \"{script}\"]";
    let Some((program, arguments)) = argv.value.split_first() else {
        let error = ValueError::new("no program is named").help(example);
        return r.invalid(argv.span.clone(), "command", &error);
    };
    for argument in &argv.value {
        if argument.value.contains('\0') {
            let error = ValueError::new("an argument cannot hold a NUL character");
            return r.invalid(argument.span.clone(), "argument", &error.help("Leave it out"));
        }
    }
    if program.value.trim().is_empty() {
        let error = ValueError::new("empty").help(example);
        return r.invalid(program.span.clone(), "program", &error);
    }
    if program.value.contains(SCRIPT) {
        let words: Vec<&str> = program.value.split_whitespace().collect();
        // All of the command in one string, as for a shell; else the script alone, which a shell can run.
        let words = if words.len() > 1 { words } else { vec!["sh", "-c", SCRIPT] };
        let error = ValueError::new("the first entry is the name of a program, and nothing else")
            .help(format!("For example argv = {words:?}"));
        return r.invalid(program.span.clone(), "program", &error);
    }
    let uses: Vec<&At<String>> =
        arguments.iter().filter(|argument| argument.value.contains(SCRIPT)).collect();
    match uses.as_slice() {
        [] => r.report(without_script(argv, arguments, r)),
        [only] if only.value.matches(SCRIPT).count() == 1 => {}
        [first, ..] => {
            let last = uses.last().unwrap_or(first);
            let conflict = format!("`{}` uses {SCRIPT} more than once", r.key(&argv.span));
            let finding = Finding::new(Mistake::Conflict(conflict));
            let finding = if uses.len() == 1 {
                finding.label(first.span.clone(), "more than once here")
            } else {
                finding.label(first.span.clone(), "once here").label(last.span.clone(), "and here")
            };
            r.report(finding.help("Each run of the command starts one host process: keep one of them"));
        }
    }
}

fn without_script(argv: &At<Vec<At<String>>>, arguments: &[At<String>], r: &Resolver<'_>) -> Finding {
    let conflict = Mistake::Conflict(format!("`{}` does not use {SCRIPT}", r.key(&argv.span)));
    for argument in arguments {
        let placeholders = argument.value.split('{').skip(1).filter_map(|part| part.split_once('}'));
        for (name, _) in placeholders {
            if closest(name, ["script"]).is_some() {
                return Finding::new(conflict)
                    .label(argument.span.clone(), format!("`{{{name}}}` stands for nothing"))
                    .help(format!("Did you mean `{SCRIPT}`?"));
            }
        }
    }
    Finding::new(conflict).label(argv.span.clone(), "what should it start?").help(
        "Put \"{script}\" where the command line of a host process belongs: argv = [\"ssh\", \"node1\", \"{script}\"]",
    )
}
