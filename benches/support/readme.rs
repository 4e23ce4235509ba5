//! The parts of benches/README.md that are written by a program: a block for each bench, and a table of all claims.

use std::fmt::Write as _;

use crate::{Claim, Report, Table};

/// The block that is no bench's: all claims of all benches.
pub const CLAIMS: &str = "claims";

/// Why README cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadmeError {
    /// A block begins and does not end.
    #[error("the block `{0}` of benches/README.md does not end: `<!-- {0}: end -->` is missing")]
    Endless(String),
    /// What was recorded has no place.
    #[error(
        "benches/README.md has no place for the figures of `{0}`: a line `{begin}` and a line `<!-- {0}: end -->`",
        begin = begin(_0)
    )]
    NoBlock(String),
}

/// README with all its blocks as the recorded reports have them; what is between the blocks stays.
pub(crate) fn renew(readme: &str, recorded: &[Report]) -> Result<String, ReadmeError> {
    let blocks = blocks(readme);
    if let Some(report) = recorded.iter().find(|report| !blocks.contains(&report.bench.as_str())) {
        return Err(ReadmeError::NoBlock(report.bench.clone()));
    }
    let mut renewed = String::with_capacity(readme.len());
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        renewed.push_str(line);
        renewed.push('\n');
        let Some(name) = begun_by(line) else { continue };
        let end = format!("<!-- {name}: end -->");
        if !lines.by_ref().any(|line| line == end) {
            return Err(ReadmeError::Endless(name.to_owned()));
        }
        // Markdown wants an empty line around a table.
        let block = if name == CLAIMS { claims(&blocks, recorded) } else { block_of(name, recorded) };
        let _ = write!(renewed, "\n{}\n\n{end}\n", block.trim());
    }
    Ok(renewed)
}

/// The names of all blocks, as they come.
pub fn blocks(readme: &str) -> Vec<&str> {
    readme.lines().filter_map(begun_by).collect()
}

/// The line that begins a block.
fn begin(name: &str) -> String {
    let command = if name == CLAIMS { "--tables".to_owned() } else { format!("{name} --record") };
    format!("<!-- {name}: begin, written by cargo xtask bench {command} -->")
}

fn begun_by(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix("<!-- ")?.split_once(": begin, written by ")?;
    (line == begin(name)).then_some(name)
}

/// All claims in the order of the blocks, and whose are not known.
fn claims(blocks: &[&str], recorded: &[Report]) -> String {
    let reports = || blocks.iter().filter_map(|name| of(name, recorded));
    let rows: Vec<_> =
        reports().flat_map(|report| report.claims.iter().map(|claim| claim.texts().to_vec())).collect();
    let mut text = if rows.is_empty() { String::new() } else { markdown(&Claim::HEADER, 1, &rows) };
    let missing: Vec<_> = blocks
        .iter()
        .filter(|name| **name != CLAIMS && of(name, recorded).is_none())
        .map(|name| format!("`{name}`"))
        .collect();
    if !missing.is_empty() {
        let _ = writeln!(text, "\nNot recorded yet: {}.", missing.join(", "));
    }
    text
}

fn of<'a>(name: &str, recorded: &'a [Report]) -> Option<&'a Report> {
    recorded.iter().find(|report| report.bench == name)
}

fn block_of(name: &str, recorded: &[Report]) -> String {
    let Some(report) = of(name, recorded) else { return "Not recorded yet.".to_owned() };
    let mut text = String::new();
    for table in &report.tables {
        text.push_str(&of_table(table));
        text.push('\n');
    }
    for note in &report.notes {
        let _ = writeln!(text, "- {note}");
    }
    // No list takes the next line in.
    let separator = if report.notes.is_empty() { "" } else { "\n" };
    let _ = writeln!(text, "{separator}({}; {}.)", report.settings_text(), report.machine);
    text
}

fn of_table(table: &Table) -> String {
    format!("{}:\n\n{}", table.title(), markdown(&table.header(), table.words(), &table.texts()))
}

/// A table of Markdown; all columns but the first `words` are figures.
fn markdown(header: &[&str], words: usize, rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut text = line(&header.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
    let rules = (0..header.len()).map(|at| if at < words { "---" } else { "---:" });
    let _ = writeln!(text, "|{}|", rules.collect::<Vec<_>>().join("|"));
    text.extend(rows.iter().map(|row| line(row)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    const README: &str = "\
# Benches

<!-- claims: begin, written by cargo xtask bench --tables -->
<!-- claims: end -->

## `loop`

Words.

<!-- loop: begin, written by cargo xtask bench loop --record -->
old figures
<!-- loop: end -->

<!-- queue: begin, written by cargo xtask bench queue --record -->
<!-- queue: end -->
";

    #[test]
    fn blocks_tell_what_was_recorded_and_words_stay() {
        let renewed = renew(README, &[report("loop")]).unwrap();
        assert!(renewed.contains("--tables -->\n\n| claim | measured |"), "{renewed}");
        assert!(renewed.contains("| loop: µs | 2.0 (1.0 … 3.0) | ≤ 2 | by the median |"), "{renewed}");
        assert!(renewed.contains("Not recorded yet: `queue`."), "{renewed}");
        assert!(
            renewed.contains("What it costs:\n\n| workers | µs |\n|---|---:|\n| 1 | 2.0 (1.0 … 3.0) |\n")
        );
        assert!(!renewed.contains("\n\n\n"), "{renewed}");
        assert!(renewed.contains("- Nothing else was measured.\n\n(rounds 3; 2 cores (a processor)"));
        assert!(renewed.contains("--record -->\n\nNot recorded yet.\n\n<!-- queue: end -->"), "{renewed}");
        assert!(renewed.contains("## `loop`\n\nWords.\n") && !renewed.contains("old figures"), "{renewed}");
    }

    #[test]
    fn renewing_twice_changes_nothing() {
        let renewed = renew(README, &[report("queue")]).unwrap();
        assert_eq!(renew(&renewed, &[report("queue")]).unwrap(), renewed);
    }

    #[test]
    fn a_block_that_does_not_end_and_figures_without_a_block_are_errors() {
        let endless = README.replace("<!-- loop: end -->", "");
        assert_eq!(renew(&endless, &[]), Err(ReadmeError::Endless("loop".into())));
        assert_eq!(renew(README, &[report("idle")]), Err(ReadmeError::NoBlock("idle".into())));
    }

    #[test]
    fn words_with_a_bar_do_not_break_a_table() {
        assert!(markdown(&["a"], 1, &[vec!["x|y".into()]]).ends_with("| x\\|y |\n"));
    }
}
