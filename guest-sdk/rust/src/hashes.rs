//! Data beside the tasks that workers share.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error, Fields, Result, Worker, backend::Calls, bindings::rush::worker::hashes::Entry, from_fields,
    to_fields,
};

/// The key of a hash: made by the host. It can be stored as an element of a row, so that others find the hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HashKey(String);

impl HashKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HashKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<String> for HashKey {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<HashKey> for String {
    fn from(key: HashKey) -> Self {
        key.0
    }
}

/// What a hash holds: rows under names.
pub type Entries = Vec<(String, Fields)>;

/// Data beside the tasks, e.g. a model that others can use: hashes of this network, gone when it is reset. One round trip a call.
impl Worker {
    /// Stores each row under a name in a hash of its own, and gives the keys.
    pub fn write_hashes<T: Serialize>(&self, name: &str, rows: &[T]) -> Result<Vec<HashKey>> {
        let hashes: Result<Vec<_>> = rows.iter().map(|row| Ok(vec![entry(name, to_fields(row)?)])).collect();
        Ok(keys(self.backend.write_hashes(&hashes?)?))
    }

    /// [`write_hashes`](Self::write_hashes) for one row.
    ///
    /// ```
    /// # use rush_worker::{Result, prelude::*, testing::TestNetwork};
    /// # fn main() -> Result<()> {
    /// # let network = TestNetwork::new();
    /// # let (worker, another) = (network.worker(), network.worker());
    /// #[derive(Debug, PartialEq, Serialize, Deserialize)]
    /// struct Model { length_scale: f64, weights: Vec<f64> }
    ///
    /// let model = Model { length_scale: 0.5, weights: vec![1.0, 2.0] };
    /// let key = worker.write_hash("model", &model)?;
    /// assert_eq!(another.read_hash("model", &key)?, Some(model));
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_hash<T: Serialize + ?Sized>(&self, name: &str, row: &T) -> Result<HashKey> {
        let keys = self.backend.write_hashes(&[vec![entry(name, to_fields(row)?)]])?;
        let [key] = <[String; 1]>::try_from(keys)
            .map_err(|keys| Error::Invalid(format!("the host gave {} keys for 1 hash", keys.len())))?;
        Ok(HashKey(key))
    }

    /// What stands under a name in each of these hashes; none where a hash does not exist (any more) or has nothing of
    /// that name.
    pub fn read_hashes<T: DeserializeOwned>(&self, name: &str, keys: &[HashKey]) -> Result<Vec<Option<T>>> {
        let row = |entries: Option<Vec<Entry>>| {
            let entry = entries.into_iter().flatten().find(|entry| entry.name == name);
            Ok(entry.map(|entry| from_fields(entry.value)).transpose()?)
        };
        let hashes = self.backend.read_hashes(&texts(keys), &[name.to_owned()])?;
        hashes.into_iter().map(row).collect()
    }

    /// [`read_hashes`](Self::read_hashes) for one hash.
    pub fn read_hash<T: DeserializeOwned>(&self, name: &str, key: &HashKey) -> Result<Option<T>> {
        Ok(self.read_hashes(name, std::slice::from_ref(key))?.pop().flatten())
    }

    /// Stores hashes of several rows each, under names that are unique in their hash, and gives the keys.
    pub fn write_entries(&self, hashes: &[Entries]) -> Result<Vec<HashKey>> {
        let entries = |hash: &Entries| hash.iter().map(|(name, row)| entry(name, row.clone())).collect();
        let hashes: Vec<_> = hashes.iter().map(entries).collect();
        Ok(keys(self.backend.write_hashes(&hashes)?))
    }

    /// The entries of these names in each of these hashes, as far as a hash has them; none for a hash that does not
    /// exist (any more).
    pub fn read_entries(&self, keys: &[HashKey], names: &[&str]) -> Result<Vec<Option<Entries>>> {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let hashes = self.backend.read_hashes(&texts(keys), &names)?;
        let entries =
            |hash: Vec<Entry>| hash.into_iter().map(|entry| (entry.name, entry.value)).collect::<Entries>();
        Ok(hashes.into_iter().map(|hash| hash.map(entries)).collect())
    }
}

fn entry(name: &str, value: Fields) -> Entry {
    Entry { name: name.to_owned(), value }
}

fn keys(texts: Vec<String>) -> Vec<HashKey> {
    texts.into_iter().map(HashKey).collect()
}

fn texts(keys: &[HashKey]) -> Vec<String> {
    keys.iter().map(|key| key.0.clone()).collect()
}
