//! Failures as people read them: what happened, the place underlined where there is one, and what to do.

use std::{fmt, io::IsTerminal as _};

use miette::{Diagnostic, MietteHandler, MietteHandlerOpts, ReportHandler as _};

/// The text of a failure, with a line break at its end. Several problems follow a headline, one after the other.
pub(crate) fn text(failure: &miette::Report) -> String {
    // Lines are broken for people alone: programs and logs want to find what they look for.
    let terminal = std::io::stderr().is_terminal();
    let handler = MietteHandlerOpts::new().wrap_lines(terminal).break_words(false).build();
    let shown = |diagnostic: &dyn Diagnostic| {
        format!("{:?}", Shown(&handler, diagnostic)).trim_end().to_owned() + "\n"
    };
    let diagnostic: &dyn Diagnostic = failure.as_ref();
    match diagnostic.related() {
        None => shown(diagnostic),
        Some(problems) => {
            let headline = miette::MietteDiagnostic::new(diagnostic.to_string());
            let all = std::iter::once(shown(&headline)).chain(problems.map(shown));
            all.collect::<Vec<_>>().join("\n")
        }
    }
}

struct Shown<'a>(&'a MietteHandler, &'a dyn Diagnostic);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug(self.1, formatter)
    }
}
