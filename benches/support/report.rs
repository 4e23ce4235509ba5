//! Everything that one bench has found: one document, from which all that is told of it is made.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::{
    Claim, Machine, Result, Table,
    output::{print_json, print_table, print_text},
    results,
};

/// Where the figures of a bench go.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct OutputArguments {
    /// Write JSON instead of tables
    #[arg(long)]
    pub json: bool,
    /// Keep the figures: results/NAME.json, and the tables of benches/README.md
    #[arg(long)]
    pub record: bool,
}

/// Everything that one bench has found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub(crate) bench: String,
    pub(crate) machine: Machine,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) tables: Vec<Table>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) notes: Vec<String>,
}

impl Report {
    /// An empty one; the name is that of the program in `Cargo.toml`.
    pub fn new(bench: &str, machine: Machine) -> Self {
        Self {
            bench: bench.to_owned(),
            machine,
            settings: Vec::new(),
            tables: Vec::new(),
            claims: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// How it was measured: rounds, a window, sizes.
    pub fn setting(&mut self, name: &str, value: impl Display) {
        self.settings.push((name.to_owned(), value.to_string()));
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Adds a figure that has a target; one that these arguments do not measure is left out.
    pub fn claim(&mut self, claim: Claim) {
        self.claims.push(claim);
    }

    /// Adds what a reader must know, or what was left out and why.
    pub fn note(&mut self, line: impl Into<String>) {
        self.notes.push(line.into());
    }

    /// Tells everything to standard output, and keeps it where that is asked for.
    pub fn finish(self, output: &OutputArguments) -> Result<()> {
        if output.json {
            print_json(&self)?;
        } else {
            self.print();
        }
        if output.record { results::record(&self) } else { Ok(()) }
    }

    fn print(&self) {
        for table in &self.tables {
            print_text(format!("\n{}", table.title()));
            print_table(&table.header(), table.words(), &table.texts());
        }
        if !self.claims.is_empty() {
            print_text("\nClaims");
            let rows: Vec<_> = self.claims.iter().map(|claim| claim.texts().to_vec()).collect();
            print_table(&Claim::HEADER, 1, &rows);
        }
        print_text("");
        for note in &self.notes {
            print_text(note);
        }
        print_text(format!("Medians (least … greatest); {}.", self.settings_text()));
    }

    /// The settings in one line.
    pub(crate) fn settings_text(&self) -> String {
        let settings = self.settings.iter().map(|(name, value)| format!("{name} {value}"));
        settings.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Spread;

    pub(crate) fn report(bench: &str) -> Report {
        let machine = Machine {
            cores: 2,
            processor: "a processor".into(),
            kernel: "Linux".into(),
            redis: "7.0".into(),
            load: f64::NAN,
        };
        let mut report = Report::new(bench, machine);
        report.setting("rounds", 3);
        let spread = Spread::of(&[1.0, 2.0, 3.0]);
        let table = Table::new("What it costs", &["workers"]).column("µs", 1);
        report.table(table.row(["1"], vec![spread.into()]));
        report.claim(Claim::at_most(format!("{bench}: µs"), spread, 2.0));
        report.note("Nothing else was measured.");
        report
    }

    #[test]
    fn a_report_survives_json() {
        let report = report("loop");
        let json = serde_json::to_string(&report).unwrap();
        let again: Report = serde_json::from_str(&json).unwrap();
        assert!(again.machine.load.is_nan());
        assert_eq!(serde_json::to_string(&again).unwrap(), json);
        assert_eq!((again.tables, again.claims), (report.tables, report.claims));
    }
}
