//! Hashes of the network in memory.

use std::collections::{HashMap, HashSet};

use crate::bindings::rush::worker::{
    hashes::Entry,
    types::{Error, Fields},
};

/// What a key must begin with.
const PREFIX: &str = "test:hash:";

/// Hashes by key.
#[derive(Debug, Default)]
pub(crate) struct Hashes(HashMap<String, Vec<Entry>>);

impl Hashes {
    pub(crate) fn write(&mut self, hashes: &[Vec<Entry>]) -> Result<Vec<String>, Error> {
        for hash in hashes {
            if hash.is_empty() {
                return Err(Error::Invalid("a hash has at least one entry".into()));
            }
            differ(hash.iter().map(|entry| &entry.name))?;
            hash.iter().try_for_each(|entry| names_are_unique(&entry.value))?;
        }
        let write = |hash: &Vec<Entry>| {
            // The form of a real key, and the same in every run.
            let key = format!("{PREFIX}00000000-0000-4000-8000-{:012x}", self.0.len() + 1);
            self.0.insert(key.clone(), hash.clone());
            key
        };
        Ok(hashes.iter().map(write).collect())
    }

    pub(crate) fn read(&self, keys: &[String], names: &[String]) -> Result<Vec<Option<Vec<Entry>>>, Error> {
        differ(names)?;
        let read = |key: &String| {
            if !key.starts_with(PREFIX) {
                return Err(Error::Invalid(format!("`{key}` is not the key of a hash of this network")));
            }
            let find = |hash: &Vec<Entry>| {
                let entry = |name: &String| hash.iter().find(|entry| entry.name == *name).cloned();
                names.iter().filter_map(entry).collect()
            };
            Ok(self.0.get(key).map(find))
        };
        keys.iter().map(read).collect()
    }
}

pub(crate) fn names_are_unique(fields: &Fields) -> Result<(), Error> {
    differ(fields.iter().map(|field| &field.name))
}

fn differ<'a>(names: impl IntoIterator<Item = &'a String>) -> Result<(), Error> {
    let mut seen = HashSet::new();
    match names.into_iter().find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(name) => Err(Error::Invalid(format!("the name `{name}` stands twice"))),
    }
}
