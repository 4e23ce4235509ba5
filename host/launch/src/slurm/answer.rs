//! What sbatch has answered.

use super::program::Said;

/// What becomes of a job that was submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has this id.
    Taken(String),
    /// Slurm does not want it, and says why.
    Refused(String),
    /// It may have been taken or not; this is what was said.
    Unclear(String),
}

/// Parts of what is said when a later attempt may go better: the controller is away or busy, or its answer was lost.
const PASSING: &[&str] = &[
    "unable to contact slurm controller",
    "socket timed out",
    "zero bytes were transmitted or received",
    "temporarily unable to accept job",
    "resource temporarily unavailable",
    "standby mode",
    "unexpected message received",
    "connection reset",
    "connection timed out",
    "connection refused",
    "broken pipe",
    "too many open files",
    "insufficient permissions to write job state",
    "i/o error writing script/environment to file",
];

/// Reads it. What is no answer at all does not say that the job was not taken.
pub(super) fn read(said: &Said) -> Answer {
    let Said { code, data, talk } = said;
    match code {
        Some(0) => match data.lines().find_map(id) {
            Some(id) => Answer::Taken(id.to_owned()),
            None => Answer::Unclear(format!("sbatch answers {:?}", short(data))),
        },
        None => Answer::Unclear(or_else(words(talk), "sbatch does not answer")),
        Some(code) => {
            let words = or_else(words(talk), &format!("sbatch ends with exit code {code}"));
            let lower = words.to_lowercase();
            if PASSING.iter().any(|part| lower.contains(part)) {
                Answer::Unclear(words)
            } else {
                Answer::Refused(words)
            }
        }
    }
}

/// The id in a line of `--parsable`, behind which the name of a cluster may stand.
fn id(line: &str) -> Option<&str> {
    let id = line.trim().split(';').next()?;
    (!id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

/// What a program of Slurm says, without what stands before each line of it.
pub(super) fn words(talk: &str) -> String {
    let lines = talk.lines().map(|line| {
        let line = line.trim();
        let line = ["sbatch: ", "squeue: ", "scancel: "]
            .iter()
            .find_map(|program| line.strip_prefix(program))
            .unwrap_or(line);
        let line = line.strip_prefix("error: ").or_else(|| line.strip_prefix("fatal: ")).unwrap_or(line);
        line.strip_prefix("Batch job submission failed: ").unwrap_or(line)
    });
    let mut kept: Vec<&str> = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if !kept.contains(&line) {
            kept.push(line);
        }
    }
    short(&kept.join("; ")).to_owned()
}

fn or_else(words: String, otherwise: &str) -> String {
    if words.is_empty() { otherwise.to_owned() } else { words }
}

/// As much of a text as one wants to read.
fn short(text: &str) -> &str {
    const MOST: usize = 600;
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= MOST).unwrap_or(text.len());
    text[..end].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: Option<i32>, data: &str, talk: &str) -> Answer {
        read(&Said { code, data: data.to_owned(), talk: talk.to_owned() })
    }

    #[test]
    fn the_id_is_found_whatever_else_is_printed() {
        for data in ["1234\n", "1234;cluster\n", "Welcome!\n1234\n"] {
            assert_eq!(answer(Some(0), data, ""), Answer::Taken("1234".to_owned()), "{data}");
        }
        for data in ["", "done", "-1", "12a", "1".repeat(30).as_str()] {
            assert!(matches!(answer(Some(0), data, ""), Answer::Unclear(_)), "{data}");
        }
    }

    #[test]
    fn what_slurm_refuses_is_told_in_its_words() {
        let talk = "sbatch: error: invalid partition specified: nosuch\n\
                    sbatch: error: Batch job submission failed: Invalid partition name specified\n";
        let words = "invalid partition specified: nosuch; Invalid partition name specified";
        assert_eq!(answer(Some(1), "", talk), Answer::Refused(words.to_owned()));
        let talk = "sbatch: error: Memory specification can not be satisfied\n\
                    sbatch: error: Batch job submission failed: Requested node configuration is not available\n";
        assert!(matches!(answer(Some(1), "", talk), Answer::Refused(_)));
        assert_eq!(answer(Some(1), "", ""), Answer::Refused("sbatch ends with exit code 1".to_owned()));
    }

    #[test]
    fn a_controller_that_is_away_is_no_refusal() {
        for talk in [
            "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
            "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
            "sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received",
            "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying",
        ] {
            assert!(matches!(answer(Some(1), "", talk), Answer::Unclear(_)), "{talk}");
        }
        assert_eq!(answer(None, "", ""), Answer::Unclear("sbatch does not answer".to_owned()));
    }
}
