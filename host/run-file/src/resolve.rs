//! From what was written to what is meant: the state that every table's resolution shares.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use crate::error::Mistake;
use crate::expand::Environment;
use crate::finding::Finding;
use crate::path::{Name, WrittenPath};
use crate::shape::KeyIndex;
use crate::sources::Sources;
use crate::spanned::{Span, Text, Written};
use crate::value_error::ValueError;

pub(crate) struct Resolver<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) index: &'a KeyIndex,
    /// All paths are relative to it.
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

    pub(crate) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Reports that the value at `span` is no valid `noun`.
    pub(crate) fn invalid(&mut self, span: Span, noun: &str, error: &ValueError) {
        let mistake = Mistake::Invalid { key: self.key(&span), noun: noun.to_owned() };
        self.report(Finding::new(mistake).label(span, error.reason()).help_maybe(error.hint()));
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

    /// Like [`Self::parse`], and relative to the folder of the run file.
    pub(crate) fn path(&mut self, text: Option<&Text<WrittenPath>>) -> Option<PathBuf> {
        self.parse(text).map(|path| self.folder.join(path.0))
    }

    pub(crate) fn name(&mut self, text: Option<&Text<Name>>) -> Option<String> {
        self.parse(text).map(|name| name.0)
    }

    pub(crate) fn names(&mut self, texts: Option<&Vec<Text<Name>>>) -> Vec<String> {
        texts.into_iter().flatten().filter_map(|text| self.name(Some(text))).collect()
    }
}
