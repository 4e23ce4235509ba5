//! From what was written to what is meant: the state that every table's resolution shares.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde_spanned::Spanned;

use crate::error::Mistake;
use crate::expand::Environment;
use crate::finding::Finding;
use crate::path::{Name, WrittenPath};
use crate::shape::KeyIndex;
use crate::sources::{Layer, Sources};
use crate::spanned::{Span, Text, Written};
use crate::value_error::ValueError;

pub(crate) struct Resolver<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) index: &'a KeyIndex,
    /// Of the file that is resolved.
    pub(crate) folder: &'a Path,
    pub(crate) environment: Environment<'a>,
    pub(crate) cores: NonZeroU32,
    pub(crate) findings: Vec<Finding>,
}

impl Resolver<'_> {
    /// The key of the value at `span` in full, as in `workers.count`.
    pub(crate) fn key(&self, span: &Span) -> String {
        self.index.key(span)
    }

    /// Whether this key was meant to have a value, but nobody knows which: that is reported by then, and what depends on it
    /// cannot be judged.
    pub(crate) fn is_faulty(&self, key: &str) -> bool {
        self.index.is_faulty(key)
    }

    pub(crate) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Reports that the value at `span` is no valid `noun`.
    pub(crate) fn invalid(&mut self, span: Span, noun: &str, error: &ValueError) {
        let mistake = Mistake::Invalid { key: self.key(&span), noun: noun.to_owned() };
        self.report(Finding::new(mistake).label(span, error.reason()).help_maybe(error.hint()));
    }

    /// Reports that the name that the user chose for an entry of `table` is no valid `noun`.
    pub(crate) fn invalid_name(
        &mut self,
        table: &str,
        name: &Spanned<String>,
        noun: &str,
        error: &ValueError,
    ) {
        let key = format!("{table}.{:?}", name.get_ref());
        let mistake = Mistake::Invalid { key, noun: noun.to_owned() };
        self.report(Finding::new(mistake).label(name.span(), error.reason()).help_maybe(error.hint()));
    }

    /// None if the key is absent, or if its value is not valid: that is reported.
    pub(crate) fn parse<T: Written>(&mut self, text: Option<&Text<T>>) -> Option<T> {
        let text = text?;
        match text.written.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.invalid(text.span.clone(), T::NOUN, &error);
                None
            }
        }
    }

    /// Like [`Self::parse`]; in the two cases of none the default stands in.
    pub(crate) fn parse_or<T: Written>(&mut self, text: Option<&Text<T>>, default: T) -> T {
        self.parse(text).unwrap_or(default)
    }

    /// Like [`Self::parse`], and relative to the folder of the file in which it stands.
    pub(crate) fn path(&mut self, text: Option<&Text<WrittenPath>>) -> Option<PathBuf> {
        let path = self.parse(text)?;
        Some(self.sources.folder(&text?.span).join(path.0))
    }

    /// Whether what stands at `span` is dropped without a word where it does not fit to what stands at `other`: a
    /// preference of the user's gives way to a run file, and a run file to a `--set`. `other` is none for what is
    /// built in.
    pub(crate) fn gives_way(&self, span: &Span, other: Option<&Span>) -> bool {
        let layer = self.sources.layer(span);
        other.map_or(layer == Layer::Defaults, |other| layer < self.sources.layer(other))
    }

    pub(crate) fn name(&mut self, text: Option<&Text<Name>>) -> Option<String> {
        self.parse(text).map(|name| name.0)
    }

    pub(crate) fn names(&mut self, texts: Option<&Vec<Text<Name>>>) -> Vec<String> {
        texts.into_iter().flatten().filter_map(|text| self.name(Some(text))).collect()
    }
}
