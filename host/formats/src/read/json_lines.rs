//! JSON lines: one object a line. A name that a line does not have is missing there.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use bytes::Bytes;
use rush_network::{Field, Fields};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};
use serde_json::Value as Json;

use crate::{
    Column, Kind, ReadError,
    column::example,
    read::{Seen, seen::convert},
};

#[derive(Debug)]
pub(crate) struct JsonLines {
    file: String,
    bytes: Bytes,
}

impl JsonLines {
    pub(crate) fn new(file: &str, bytes: Bytes) -> Result<Self, ReadError> {
        let empty = || ReadError::Empty { file: file.to_owned() };
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).ok_or_else(empty)?;
        // A document that goes over several lines would be told as a mistake in its first.
        let is_document = *first == b'[' && serde_json::from_slice::<Vec<de::IgnoredAny>>(&bytes).is_ok();
        if is_document {
            return Err(ReadError::Document { file: file.to_owned() });
        }
        Ok(Self { file: file.to_owned(), bytes })
    }

    /// The objects; empty lines are none.
    fn objects(&self) -> impl Iterator<Item = Result<Vec<(String, Json)>, ReadError>> + '_ {
        let lines = self.bytes.split(|byte| *byte == b'\n').zip(1_u64..);
        let lines = lines.filter(|(line, _)| !line.iter().all(u8::is_ascii_whitespace));
        lines.map(|(text, line)| self.object(text, line))
    }

    fn object(&self, text: &[u8], line: u64) -> Result<Vec<(String, Json)>, ReadError> {
        let file = || self.file.clone();
        let text = std::str::from_utf8(text).map_err(|_| ReadError::NotUtf8 { file: file(), line })?;
        // As in CSV, a mark of the byte order may begin the file.
        let text = if line == 1 { text.trim_start_matches('\u{feff}') } else { text };
        let broken = |error: &serde_json::Error| {
            let said = error.to_string();
            let cause = said.rsplit_once(" at line ").map_or(said.as_str(), |(cause, _)| cause).to_owned();
            ReadError::Json { file: file(), line, column: error.column(), cause }
        };
        if !text.trim_start().starts_with('{') {
            let found: Json = serde_json::from_str(text).map_err(|error| broken(&error))?;
            return Err(ReadError::NotAnObject { file: file(), line, found: noun(&found) });
        }
        let Object(object) = serde_json::from_str(text).map_err(|error| broken(&error))?;
        let mut names = HashSet::new();
        if let Some((name, _)) = object.iter().find(|(name, _)| !names.insert(name.as_str())) {
            return Err(ReadError::Repeated { file: file(), line, name: name.clone() });
        }
        Ok(object)
    }

    /// What the columns are, in the order in which they appear, and how many tasks there are.
    pub(crate) fn columns(&self) -> Result<(Vec<Column>, u64), ReadError> {
        let mut found: Vec<Found> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut rows = 0;
        for object in self.objects() {
            for (name, json) in object? {
                let place = *places.entry(name.clone()).or_insert_with(|| {
                    found.push(Found { name, ..Found::default() });
                    found.len() - 1
                });
                if let (false, Some(column)) = (json.is_null(), found.get_mut(place)) {
                    column.present += 1;
                    column.seen.add(Seen::of(&json));
                    column.example.get_or_insert(json);
                }
            }
            rows += 1;
        }
        let columns = found.into_iter().map(|found| {
            let kind = found.seen.kind();
            Column {
                name: found.name,
                kind,
                missing: rows - found.present,
                example: found.example.map(|json| example(&convert(json, kind))),
            }
        });
        Ok((columns.collect(), rows))
    }

    /// The tasks, with these columns; one that is not in a line is not in its task.
    pub(crate) fn tasks(&self, columns: &[Column]) -> impl Iterator<Item = Result<Fields, ReadError>> + '_ {
        let kinds: HashMap<String, (usize, Kind)> = columns
            .iter()
            .enumerate()
            .map(|(place, column)| (column.name.clone(), (place, column.kind)))
            .collect();
        self.objects().map(move |object| {
            let mut fields: Vec<(usize, Field)> = Vec::with_capacity(kinds.len());
            for (name, json) in object? {
                if let Some((place, kind)) = kinds.get(&name) {
                    fields.push((*place, Field::new(name, convert(json, *kind))));
                }
            }
            fields.sort_by_key(|(place, _)| *place);
            Ok(fields.into_iter().map(|(_, field)| field).collect())
        })
    }
}

#[derive(Default)]
struct Found {
    name: String,
    seen: Seen,
    present: u64,
    example: Option<Json>,
}

fn noun(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// An object with every name, also one that stands twice: `serde_json` would keep the last.
struct Object(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}
