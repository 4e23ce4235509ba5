//! `[launcher.command]`: host processes started through any program.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Mistake;
use crate::finding::Finding;
use crate::path::Name;
use crate::resolve::Resolver;
use crate::spanned::{At, Text};

/// Starts host processes through a program of your own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "command")]
pub(crate) struct RawCommandLauncher {
    /// The program and its arguments. `{script}` is replaced by the command that starts one host process.
    #[schemars(required, extend("examples" = [["ssh", "node1", "{script}"]]))]
    pub(crate) argv: Option<At<Vec<Text<Name>>>>,
}

/// Resolved `[launcher.command]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLauncher {
    /// The program and its arguments; `{script}` in them stands for the command that starts one host process.
    pub argv: Vec<String>,
}

impl RawCommandLauncher {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> CommandLauncher {
        let argv = r.names(self.argv.as_ref().map(|argv| &argv.value));
        if let Some(written) = &self.argv
            && !argv.iter().any(|argument| argument.contains("{script}"))
        {
            r.report(
                Finding::new(Mistake::Conflict(format!("`{}` does not use {{script}}", r.key(&written.span))))
                    .label(written.span.clone(), "what should it start?")
                    .help("Put \"{script}\" where the command of a host process belongs: argv = [\"ssh\", \"node1\", \"{script}\"]"),
            );
        }
        CommandLauncher { argv }
    }
}
