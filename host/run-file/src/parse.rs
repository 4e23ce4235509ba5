//! From text to a run: parse, merge, check the shape, give types, resolve, refuse what is not supported.

use std::path::Path;

use serde::Deserialize;
use serde_spanned::Spanned;
use toml::de::DeTable;

use crate::defaults::Defaults;
use crate::error::{Mistake, RunFileErrors};
use crate::finding::Finding;
use crate::options::Options;
use crate::resolve::Resolver;
use crate::run_file::{RawRunFile, RunFile};
use crate::schema::Node;
use crate::shape::{KeyIndex, Shape};
use crate::sources::{Layer, Sources};
use crate::spanned::Span;
use crate::{overrides, schema, tree, unsupported};

impl RunFile {
    /// Reads a run file from a text. `path` names it in errors, and its folder is where relative paths start.
    ///
    /// Fails with everything that is wrong, not with the first thing only.
    pub fn parse(text: &str, path: impl AsRef<Path>, options: &Options<'_>) -> Result<Self, RunFileErrors> {
        merged(text, path.as_ref(), options, |merged| merged.run_file)
    }
}

/// A valid run, and what it was made of.
pub(crate) struct Merged<'a, 't> {
    pub(crate) run_file: RunFile,
    /// All tables, laid over each other.
    pub(crate) table: DeTable<'t>,
    /// The user's defaults as they were written.
    pub(crate) defaults: DeTable<'t>,
    pub(crate) sources: &'a Sources,
}

/// Reads a run file with what lies under it and over it. `look` says what the caller wants of it: the tables borrow
/// from texts that live no longer than this.
pub(crate) fn merged<T>(
    text: &str,
    path: &Path,
    options: &Options<'_>,
    look: impl FnOnce(Merged<'_, '_>) -> T,
) -> Result<T, RunFileErrors> {
    let name = path.display().to_string();
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut sources = Sources::default();
    let (file_text, _) = sources.add(Layer::RunFile, &name, folder, text);
    let defaults_text = options.defaults.map(|defaults| defaults.add_to(&mut sources));
    let override_texts: Vec<(String, usize)> = options
        .overrides
        .iter()
        .enumerate()
        .map(|(n, written)| sources.add(Layer::Override(n), overrides::source_name(written), folder, written))
        .collect();

    let (file, mut findings) = tree::parse(&file_text, 0);
    let complete = findings.is_empty();
    let defaults = defaults_text.as_deref().map(|text| tree::parse(text, 0).0).unwrap_or_default();
    let mut table = Defaults::without_location(defaults.clone());
    if complete || header_is_intact(&findings, &sources) {
        tree::lay_over(&mut table, file);
    }
    for (padded, start) in &override_texts {
        match overrides::parse(padded, *start, Node::root(schema::run_file())) {
            Ok(top) => tree::lay_over(&mut table, top),
            Err(found) => findings.extend(found),
        }
    }

    let mut shape = Shape::new(schema::run_file(), &name, complete);
    shape.check(&mut table);
    let Shape { findings: found, index, .. } = shape;
    if complete {
        findings.extend(found);
    } else {
        // What stands in a line that could not be parsed was not understood, so nothing is said about it.
        findings = with_other_lines(findings, found, &sources);
    }

    let mut resolver = Resolver {
        sources: &sources,
        index: &index,
        folder,
        environment: options.environment,
        cores: options.cores,
        findings,
    };
    let run_file = if complete { resolve(table.clone(), path, &mut resolver) } else { None };
    let findings = resolver.findings;
    let run_file = finish(run_file, findings, &sources, path)?;
    Ok(look(Merged { run_file, table, defaults, sources: &sources }))
}

fn resolve(table: DeTable<'_>, path: &Path, r: &mut Resolver<'_>) -> Option<RunFile> {
    let unsupported: Vec<Finding> = unsupported::check(&table).collect();
    let launchers = launcher_headers(&table);
    match typed::<RawRunFile>(table) {
        Ok(raw) => {
            let run_file = raw.resolve(path.to_owned(), &launchers, r);
            unsupported::merge(unsupported, &mut r.findings);
            run_file
        }
        Err(finding) => {
            r.report(*finding);
            None
        }
    }
}

/// Gives the tables their types. After the check of the shape this fails only if that check missed something; then
/// `serde`'s own words must do.
pub(crate) fn typed<'t, T: Deserialize<'t>>(table: DeTable<'t>) -> Result<T, Box<Finding>> {
    let document = Spanned::new(0..0, table);
    T::deserialize(toml::Deserializer::from(document)).map_err(|error| {
        let finding = Finding::new(Mistake::Syntax(error.message().to_owned()));
        Box::new(match error.span() {
            Some(span) => finding.label(span, "here"),
            None => finding,
        })
    })
}

pub(crate) fn launcher_headers(table: &DeTable<'_>) -> Vec<(String, Span)> {
    let launchers = tree::lookup(table, "launcher").and_then(|(_, value)| value.get_ref().as_table());
    let keys = launchers.into_iter().flat_map(|launchers| launchers.iter());
    let mut headers: Vec<_> = keys.map(|(key, _)| (key.get_ref().to_string(), key.span())).collect();
    headers.sort_by_key(|(_, span)| span.start);
    headers
}

/// Whether all that could not be parsed are values of one line. After a broken `[header]`, or in a value that is never
/// closed, no key can be told to be in the right table.
fn header_is_intact(findings: &[Finding], sources: &Sources) -> bool {
    let mut places = findings.iter().flat_map(|finding| &finding.labels);
    places.all(|(span, _)| sources.line(span).contains('=') && !matches!(sources.text(span), "[" | "{"))
}

fn with_other_lines(mut syntax: Vec<Finding>, shape: Vec<Finding>, sources: &Sources) -> Vec<Finding> {
    let broken: Vec<usize> =
        syntax.iter().flat_map(|f| &f.labels).map(|(span, _)| sources.line_start(span)).collect();
    let elsewhere = shape
        .into_iter()
        .filter(|finding| finding.labels.iter().all(|(span, _)| !broken.contains(&sources.line_start(span))));
    syntax.extend(elsewhere);
    syntax
}

/// A result, or everything that is wrong in the order of the texts.
pub(crate) fn finish<T>(
    result: Option<T>,
    mut findings: Vec<Finding>,
    sources: &Sources,
    path: &Path,
) -> Result<T, RunFileErrors> {
    match result {
        Some(result) if findings.is_empty() => Ok(result),
        _ => {
            findings.sort_by_key(|finding| finding.labels.first().map_or(0, |(span, _)| span.start));
            let problems = findings.into_iter().map(|finding| sources.problem(finding)).collect();
            Err(RunFileErrors::new(path.display().to_string(), problems))
        }
    }
}

/// For a file that is resolved by itself, the user's defaults.
pub(crate) fn checked<'t>(
    text: &'t str,
    file: &str,
    schema: &serde_json::Value,
) -> (DeTable<'t>, Vec<Finding>, KeyIndex, bool) {
    let (mut table, mut findings) = tree::parse(text, 0);
    let complete = findings.is_empty();
    if !complete {
        return (table, findings, KeyIndex::default(), false);
    }
    let mut shape = Shape::new(schema, file, true);
    shape.check(&mut table);
    findings.extend(shape.findings);
    (table, findings, shape.index, true)
}
