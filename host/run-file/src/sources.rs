//! All texts that a run is made of, joined into one sequence of byte positions.
//!
//! The run file, the user's defaults and each `--set` are parsed with the spans that they would have if they stood one
//! after the other. So one span says which text it belongs to, and merging tables needs no bookkeeping of origins.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{LabeledSpan, NamedSource};

use crate::error::Problem;
use crate::finding::Finding;
use crate::mask::mask_passwords;
use crate::spanned::Span;

/// Where a text comes from. What is greater wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    /// The user's defaults file.
    Defaults,
    /// The run file.
    RunFile,
    /// A `--set`, the later the greater.
    Override(usize),
}

struct Source {
    layer: Layer,
    name: String,
    /// From which relative paths in it start.
    folder: PathBuf,
    start: usize,
    text: String,
}

impl Source {
    /// The line at this position in words, for where it cannot be shown.
    fn describe(&self, position: usize) -> String {
        if matches!(self.layer, Layer::Override(_)) {
            // The name holds all of the text.
            self.name.clone()
        } else {
            let line = line_index(&self.text, position);
            let shown = mask_passwords(self.text.lines().nth(line).unwrap_or_default().trim());
            format!("{}, line {}: `{shown}`", self.name, line + 1)
        }
    }
}

#[derive(Default)]
pub(crate) struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// Adds a text. Returns it behind as many spaces as all earlier texts are long, ready to be parsed.
    pub(crate) fn add(
        &mut self,
        layer: Layer,
        name: impl Into<String>,
        folder: &Path,
        text: &str,
    ) -> (String, usize) {
        // One byte between two texts, so that the end of one is not the beginning of the next.
        let start = self.list.last().map_or(0, |last| last.start + last.text.len() + 1);
        let (name, text, folder) = (name.into(), text.to_owned(), folder.to_owned());
        let padded = " ".repeat(start) + &text;
        self.list.push(Source { layer, name, folder, start, text });
        (padded, start)
    }

    /// What was written there.
    pub(crate) fn text(&self, span: &Span) -> &str {
        let (source, span) = self.locate(span);
        source.text.get(span).unwrap_or_default()
    }

    /// The whole line in which the span begins.
    pub(crate) fn line(&self, span: &Span) -> &str {
        let (source, span) = self.locate(span);
        source.text.lines().nth(line_index(&source.text, span.start)).unwrap_or_default()
    }

    /// Where that line begins, as a position in the joined text: two spans with the same are in one line.
    pub(crate) fn line_start(&self, span: &Span) -> usize {
        let (source, span) = self.locate(span);
        source.start + source.text[..span.start].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Which of the texts it stands in.
    pub(crate) fn layer(&self, span: &Span) -> Layer {
        self.locate(span).0.layer
    }

    /// The number of its line, counted from 1.
    pub(crate) fn line_number(&self, span: &Span) -> usize {
        let (source, span) = self.locate(span);
        line_index(&source.text, span.start) + 1
    }

    /// From which a relative path that stands there starts.
    pub(crate) fn folder(&self, span: &Span) -> &Path {
        &self.locate(span).0.folder
    }

    fn locate(&self, span: &Span) -> (&Source, Span) {
        let source = self.list.iter().rev().find(|source| source.start <= span.start);
        let source = source.or(self.list.first()).expect("spans come from parsing one of the sources");
        let local = |position: usize| position.saturating_sub(source.start).min(source.text.len());
        (source, local(span.start)..local(span.end))
    }

    /// Places in the source of the first label are underlined; those in other sources are told in words.
    pub(crate) fn problem(&self, finding: Finding) -> Problem {
        let Finding { mistake, labels, mut help } = finding;
        let Some((first, _)) = labels.first() else {
            return Problem { mistake, source_code: None, labels: Vec::new(), help };
        };
        let (shown, _) = self.locate(first);
        let mut underlined = Vec::new();
        for (span, text) in labels {
            let (source, local) = self.locate(&span);
            if source.start == shown.start {
                underlined.push(LabeledSpan::new_with_span(Some(text), local));
            } else {
                let note = format!("{} ({text})", source.describe(local.start));
                help = Some(help.map_or(note.clone(), |help| format!("{help}\n{note}")));
            }
        }
        let text: Arc<str> = mask_passwords(&shown.text).into();
        Problem { mistake, source_code: Some(NamedSource::new(&shown.name, text)), labels: underlined, help }
    }
}

fn line_index(text: &str, position: usize) -> usize {
    text[..position].matches('\n').count()
}
