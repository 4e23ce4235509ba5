//! What may stand in a `#SBATCH` line of the user's own, and in a value of such a line.

use std::str::FromStr;

use crate::spanned::Written;
use crate::value_error::ValueError;

/// Options of `sbatch` that we write ourselves: long, short, and what to do instead.
const RESERVED: &[(&str, Option<char>, &str)] = &[
    ("account", Some('A'), "Use the key `account`"),
    (
        "array",
        Some('a'),
        "There is one job for each host process: `[workers] processes` says how many, `array_limit` how many run at once",
    ),
    (
        "clusters",
        Some('M'),
        "Set SLURM_CLUSTERS in the environment of rush-host: then its questions go to that cluster, too",
    ),
    ("constraint", Some('C'), "Use the key `constraint`"),
    ("cpus-per-task", Some('c'), "Use the key `cpus`"),
    ("error", Some('e'), "Use the key `log`, which names the folder for all output"),
    ("export", None, "Jobs inherit no environment: set variables in `prologue`"),
    ("export-file", None, "Jobs inherit no environment: set variables in `prologue`"),
    ("gres", None, "Use the key `gres`"),
    ("help", None, "It is no property of a job"),
    ("job-name", Some('J'), "Jobs are found by the names that they are given"),
    ("mem", None, "Use the key `memory`"),
    ("nodes", Some('N'), "A host process runs on one node: `[workers] processes` says how many there are"),
    ("ntasks", Some('n'), "There is one job for each host process: `[workers] processes` says how many"),
    ("open-mode", None, "Output is appended to what stands in `log`"),
    ("output", Some('o'), "Use the key `log`, which names the folder for all output"),
    ("parsable", None, "It is no property of a job"),
    ("partition", Some('p'), "Use the key `partition`"),
    ("qos", Some('q'), "Use the key `qos`"),
    ("signal", None, "Use the key `end_before`"),
    ("test-only", None, "`rush-host start --dry-run` shows what would be submitted"),
    ("time", Some('t'), "Use the key `time`"),
    ("usage", None, "It is no property of a job"),
    ("version", Some('V'), "It is no property of a job"),
    ("wait", Some('W'), "`rush-host run` and `rush-host wait` wait for what the workers do"),
    ("wrap", None, "What a job runs is its host process; `prologue` runs before it"),
];

/// One line of directives, without `#SBATCH`.
pub(crate) struct Directive(pub(crate) String);

impl FromStr for Directive {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let example = "For example directives = [\"--exclusive\", \"--mail-type=END\"]";
        let text = text.trim();
        if text.is_empty() {
            return Err(ValueError::new("empty").help(example));
        }
        if text.chars().any(char::is_control) {
            return Err(ValueError::new("control characters are not allowed").help("One entry is one line"));
        }
        if let Some(rest) = text.strip_prefix("#SBATCH") {
            let help = format!("Leave out `#SBATCH`: {:?}", rest.trim());
            return Err(ValueError::new("`#SBATCH` is put before it").help(help));
        }
        if !text.starts_with('-') {
            return Err(ValueError::new("an option of sbatch begins with `-`").help(example));
        }
        match words(text)?.iter().find_map(|word| reserved(word)) {
            Some((name, instead)) => {
                Err(ValueError::new(format!("`--{name}` is set by rush-host")).help(instead))
            }
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl Written for Directive {
    const NOUN: &'static str = "directive";
    const EXPECTED: &'static str = r#"an option of sbatch such as "--exclusive""#;
}

/// The words of a line as sbatch reads them.
fn words(line: &str) -> Result<Vec<String>, ValueError> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let (mut quote, mut is_escaped) = (None, false);
    for c in line.chars() {
        match (quote, c) {
            _ if is_escaped => {
                is_escaped = false;
                word.push(c);
            }
            (_, '\\') => is_escaped = true,
            (Some(begun), _) if c == begun => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, _) if c.is_whitespace() => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    if quote.is_some() {
        return Err(ValueError::new("a quote is not closed").help("Close it: sbatch would read on"));
    }
    words.push(word);
    Ok(words)
}

/// The option of ours that a word is. Long ones may be cut short, as long as it is clear which is meant.
fn reserved(word: &str) -> Option<(&'static str, &'static str)> {
    let (name, _, instead) = if let Some(long) = word.strip_prefix("--") {
        let name = long.split('=').next().unwrap_or_default();
        // Two letters are too few for any.
        let is_meant = |full: &str| full == name || name.len() > 2 && full.starts_with(name);
        RESERVED.iter().find(|(full, ..)| is_meant(full))?
    } else {
        let letter = word.strip_prefix('-')?.chars().next()?;
        RESERVED.iter().find(|(_, short, _)| *short == Some(letter))?
    };
    Some((name, instead))
}

/// A value in a directive of ours, such as the name of a partition. sbatch splits and unquotes its lines by rules of its own.
pub(crate) struct DirectiveValue(pub(crate) String);

impl FromStr for DirectiveValue {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text.trim().is_empty() {
            return Err(ValueError::new("empty").help("Leave the key out, or give it a value"));
        }
        let is_foreign = |c: &char| c.is_control() || c.is_whitespace() || "\"'\\#".contains(*c);
        if let Some(c) = text.chars().find(is_foreign) {
            return Err(ValueError::new(format!("{c:?} cannot stand here"))
                .help("Names of Slurm have no spaces, quotes, `\\` or `#`"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Written for DirectiveValue {
    const NOUN: &'static str = "name";
    const EXPECTED: &'static str = "a string in quotes";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_is_found_in_every_spelling() {
        for line in [
            "--array=0-3",
            "--array 0-3",
            "--arr=0-3",
            "-a0-3",
            "-a 0-3",
            "--exclusive --array=0-3",
            "--comment='x' -p short",
            "\"--array=0-3\"",
            "--\\array=3",
            "--wait",
            "--mem=4G",
        ] {
            assert!(line.parse::<Directive>().is_err(), "{line}");
        }
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        for line in [
            "--exclusive",
            "--requeue",
            "--mail-type=END --mail-user=ada@example.org",
            "--comment=\"-a is not meant, --array neither\"",
            "--mem-per-cpu=2G",
            "--time-min=10",
            "--gres-flags=enforce-binding",
            "--wait-all-nodes=1",
            "--nodelist=node[1-4]",
            "-w node1",
            "--ntasks-per-node=1",
            "-H",
        ] {
            assert!(line.parse::<Directive>().is_ok(), "{line}");
        }
    }
}
