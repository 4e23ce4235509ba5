//! Comma-separated values: a header of names, then a row a task. What a column is stands nowhere, so all of it is looked at.

use std::collections::HashSet;

use bytes::Bytes;
use csv::{ByteRecord, ReaderBuilder};
use rush_network::{Field, Fields, Value};
use serde_json::Value as Json;

use crate::{
    Column, Kind, Options, ReadError,
    column::example,
    read::{
        Seen,
        seen::{convert, special},
    },
};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug)]
pub(crate) struct Csv {
    file: String,
    bytes: Bytes,
    missing: Vec<String>,
    header: Vec<String>,
}

impl Csv {
    pub(crate) fn new(file: &str, bytes: &Bytes, options: &Options) -> Result<Self, ReadError> {
        let start = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let bytes = bytes.slice(start..);
        let mut csv =
            Self { file: file.to_owned(), bytes, missing: options.missing.clone(), header: Vec::new() };
        let header = csv.records().next().ok_or_else(|| ReadError::Empty { file: file.to_owned() })??;
        csv.header = header.1;
        csv.check_header()?;
        Ok(csv)
    }

    fn check_header(&self) -> Result<(), ReadError> {
        if let [header] = self.header.as_slice()
            && header.contains([';', '\t'])
        {
            return Err(ReadError::Separator { file: self.file.clone(), header: header.clone() });
        }
        let mut names = HashSet::new();
        match self.header.iter().find(|name| !names.insert(*name)) {
            Some(name) => Err(ReadError::Repeated { file: self.file.clone(), line: 1, name: name.clone() }),
            None => Ok(()),
        }
    }

    /// Every row with its line, the header first.
    fn records(&self) -> impl Iterator<Item = Result<(u64, Vec<String>), ReadError>> + '_ {
        // Lengths are ours to check: the words of the library do not say what to do.
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(self.bytes.as_ref());
        reader.into_byte_records().map(|record| {
            let record = record.map_err(|error| ReadError::Binary {
                file: self.file.clone(),
                format: "CSV",
                cause: error.to_string(),
            })?;
            let line = record.position().map_or(0, |position| self.line(position));
            let texts = |record: &ByteRecord| -> Result<Vec<String>, std::str::Utf8Error> {
                record.iter().map(|cell| std::str::from_utf8(cell).map(str::to_owned)).collect()
            };
            let cells = texts(&record).map_err(|_| ReadError::NotUtf8 { file: self.file.clone(), line })?;
            Ok((line, cells))
        })
    }

    /// The line of a record; the library gives that of the empty lines in front of it.
    fn line(&self, position: &csv::Position) -> u64 {
        let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
        let rest = self.bytes.iter().skip(from);
        let skipped = rest.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
        position.line() + skipped.count() as u64
    }

    /// The rows of tasks, each as long as the header.
    fn rows(&self) -> impl Iterator<Item = Result<Vec<String>, ReadError>> + '_ {
        self.records().skip(1).map(|record| {
            let (line, cells) = record?;
            if cells.len() == self.header.len() {
                return Ok(cells);
            }
            Err(ReadError::Ragged {
                file: self.file.clone(),
                line,
                found: cells.len() as u64,
                expected: self.header.len() as u64,
            })
        })
    }

    fn is_missing(&self, cell: &str) -> bool {
        cell.is_empty() || self.missing.iter().any(|missing| missing == cell)
    }

    /// What the columns are, and how many tasks there are.
    pub(crate) fn columns(&self) -> Result<(Vec<Column>, u64), ReadError> {
        let mut guesses: Vec<Guess> = self.header.iter().map(|_| Guess::default()).collect();
        let mut rows = 0;
        for row in self.rows() {
            for (guess, cell) in guesses.iter_mut().zip(row?) {
                if !self.is_missing(&cell) {
                    guess.look(&cell);
                }
            }
            rows += 1;
        }
        let columns = self.header.iter().zip(guesses).map(|(name, guess)| {
            let kind = guess.kind();
            Column {
                name: name.clone(),
                kind,
                missing: rows - guess.seen,
                example: guess.example.map(|cell| example(&value(cell, kind))),
            }
        });
        Ok((columns.collect(), rows))
    }

    /// The tasks, with these columns.
    pub(crate) fn tasks(&self, columns: &[Column]) -> impl Iterator<Item = Result<Fields, ReadError>> + '_ {
        let places: Vec<(usize, String, Kind)> = columns
            .iter()
            .filter_map(|column| {
                let place = self.header.iter().position(|name| *name == column.name)?;
                Some((place, column.name.clone(), column.kind))
            })
            .collect();
        self.rows().map(move |row| {
            let mut row = row?;
            let field = |(place, name, kind): &(usize, String, Kind)| {
                let cell = row.get_mut(*place).map(std::mem::take).unwrap_or_default();
                let value = if self.is_missing(&cell) { Value::Null } else { value(cell, *kind) };
                Field::new(name.clone(), value)
            };
            Ok(places.iter().map(field).collect())
        })
    }
}

/// What a column can still be.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "kinds that are still possible, each by itself")]
struct Guess {
    boolean: bool,
    integer: bool,
    number: bool,
    json: bool,
    lists: Seen,
    seen: u64,
    example: Option<String>,
}

impl Default for Guess {
    fn default() -> Self {
        Self {
            boolean: true,
            integer: true,
            number: true,
            json: true,
            lists: Seen::default(),
            seen: 0,
            example: None,
        }
    }
}

impl Guess {
    fn look(&mut self, cell: &str) {
        self.seen += 1;
        self.example.get_or_insert_with(|| cell.to_owned());
        self.boolean = self.boolean && boolean(cell).is_some();
        self.integer = self.integer && integer(cell).is_some();
        self.number = self.number && number(cell).is_some();
        if self.json {
            match nested(cell) {
                Some(json) => self.lists.add(Seen::of(&json)),
                None => self.json = false,
            }
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self { seen: 0, .. } => Kind::Missing,
            Self { boolean: true, .. } => Kind::Boolean,
            Self { integer: true, .. } => Kind::Integer,
            Self { number: true, .. } => Kind::Number,
            Self { json: true, lists, .. } => lists.kind(),
            _ => Kind::Text,
        }
    }
}

/// The value of a cell that is not missing.
fn value(cell: String, kind: Kind) -> Value {
    let found = match kind {
        Kind::Boolean => boolean(&cell).map(Value::Boolean),
        Kind::Integer => integer(&cell).map(Value::Integer),
        Kind::Number => number(&cell).map(Value::Number),
        Kind::Text => None,
        _ => nested(&cell).map(|json| convert(json, kind)),
    };
    found.unwrap_or(Value::Text(cell))
}

/// As this program, R, and Python write them.
fn boolean(cell: &str) -> Option<bool> {
    match cell.trim() {
        "true" | "TRUE" | "True" => Some(true),
        "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A whole number as one writes it: `007` is none, because its zeros mean something.
fn integer(cell: &str) -> Option<i64> {
    let cell = cell.trim();
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let plain = digits == "0" || (!digits.starts_with(['0', '+']) && !digits.is_empty());
    plain.then(|| cell.parse().ok()).flatten()
}

fn number(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    if let Some(number) = special(cell) {
        return Some(number);
    }
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    // Without this, `infinity` and `nan` would be numbers.
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    // Beyond the largest number the parser gives infinity, which nobody wrote.
    let number = cell.parse().ok().filter(|number: &f64| number.is_finite())?;
    // What is written as a whole number is the name of something unless a number can be it, digit by digit.
    let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    (!whole || (digits == "0" || !digits.starts_with('0')) && format!("{}", number.abs()) == digits)
        .then_some(number)
}

/// A list or an object as JSON text, which is how CSV has them here.
fn nested(cell: &str) -> Option<Json> {
    cell.trim_start().starts_with(['[', '{']).then(|| serde_json::from_str(cell).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_they_look_like() {
        let kind = |cells: &[&str]| {
            let mut guess = Guess::default();
            for cell in cells {
                guess.look(cell);
            }
            guess.kind()
        };
        assert_eq!(kind(&[]), Kind::Missing);
        assert_eq!(kind(&["TRUE", "false", "True"]), Kind::Boolean);
        assert_eq!(kind(&["true", "1"]), Kind::Text);
        assert_eq!(kind(&["0", "-12", " 3 "]), Kind::Integer);
        assert_eq!(kind(&["1", ".5", "1e-3", "NaN", "-Inf", "+2"]), Kind::Number);
        assert_eq!(kind(&["nan"]), Kind::Text);
        assert_eq!(kind(&["infinity"]), Kind::Text);
        assert_eq!(kind(&["007"]), Kind::Text);
        assert_eq!(kind(&["1e400"]), Kind::Text);
        assert_eq!(kind(&["0.5", "-1e309", "Inf"]), Kind::Text);
        assert_eq!(kind(&["12345678901234567891"]), Kind::Text);
        assert_eq!(kind(&["100000000000000000000"]), Kind::Number);
        assert_eq!(kind(&["9223372036854775807"]), Kind::Integer);
        assert_eq!(kind(&["9223372036854775807", "0.5"]), Kind::Text);
        assert_eq!(kind(&["[1, 2]", "[]"]), Kind::Integers);
        assert_eq!(kind(&["{\"a\": 1}", "[1]"]), Kind::Json);
        assert_eq!(kind(&["[1", "x"]), Kind::Text);
        assert_eq!(kind(&["-"]), Kind::Text);
    }
}
