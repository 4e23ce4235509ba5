//! A mistake as it is found: with places in the joined text, before it is known how they are shown.

use crate::error::Mistake;
use crate::spanned::Span;

pub(crate) struct Finding {
    pub(crate) mistake: Mistake,
    pub(crate) labels: Vec<(Span, String)>,
    pub(crate) help: Option<String>,
}

impl Finding {
    pub(crate) fn new(mistake: Mistake) -> Self {
        Self { mistake, labels: Vec::new(), help: None }
    }

    /// Underlines a place. The first one decides in which source the problem is shown.
    pub(crate) fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn help_maybe(mut self, help: Option<impl Into<String>>) -> Self {
        self.help = help.map(Into::into);
        self
    }

    /// Help for when there is none yet.
    pub(crate) fn or_help(mut self, help: &str) -> Self {
        self.help.get_or_insert_with(|| help.to_owned());
        self
    }
}
