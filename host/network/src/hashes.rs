//! Data beside the tasks that workers share, e.g. a model: hashes of named entries, each entry a named list.
//!
//! They are called `<network>:hash:<name>` and listed in `<network>:hashes`, so that a reset finds them, and so that nobody reaches
//! any other key through them. A name is a new UUID unless a native program chooses another one.

use std::ops::ControlFlow;

use redis::Value as Answer;

use crate::{
    Error, Fields, Invalid, Network, Result, Value, Worker, check::names_differ, manager::Pusher, reply,
    script,
};

/// The entries of one hash, each with its name.
pub type Entries = Vec<(String, Fields)>;

/// Keys that one call names at most.
const PAGE: usize = 1000;
/// So many bytes are enough for one reply: an entry may be as large as `max_value`, and a reader may want to stop.
const PAGE_BYTES: usize = 1 << 20;

/// A single value as an entry; read [flat](Network::read_hashes_flat), it takes the name of its entry.
pub fn bare(value: impl Into<Value>) -> Fields {
    vec![crate::Field::new("", value)]
}

impl Worker {
    /// Writes new hashes in one step. Returns their keys.
    pub async fn write_hashes(&self, hashes: &[Entries]) -> Result<Vec<String>> {
        self.inner.network.write_hashes_as(self.pusher(), hashes, None).await
    }

    /// Reads these entries of these hashes; see [`Network::read_hashes`].
    pub async fn read_hashes(&self, keys: &[String], names: &[String]) -> Result<Vec<Option<Entries>>> {
        self.inner.network.read_hashes(keys, names).await
    }

    /// Hands over one hash after the other; see [`Network::each_hash`].
    pub async fn each_hash<B: Send>(
        &self,
        keys: &[String],
        names: &[String],
        take: impl FnMut(Option<Entries>) -> ControlFlow<B> + Send,
    ) -> Result<ControlFlow<B>> {
        self.inner.network.each_hash(keys, names, take).await
    }
}

impl Network {
    /// Writes new hashes in one step. Returns their keys.
    pub async fn write_hashes(&self, hashes: &[Entries]) -> Result<Vec<String>> {
        self.write_hashes_as(Pusher::Manager, hashes, None).await
    }

    /// Writes hashes in one step, as rush's `write_hashes`: entry by entry, with one value for each hash, or one for all of them.
    /// An entry with no value at all is skipped. Returns the keys.
    ///
    /// With `keys` (see [`hash_key`](Self::hash_key)) the entries are added to these hashes, or take the place of what is there.
    /// Whoever comes last wins, also when it is a call that was given up and arrives late.
    ///
    /// ```no_run
    /// # async fn example(network: rush_network::Network) -> rush_network::Result<()> {
    /// use rush_network::{bare, fields};
    ///
    /// let models = vec![fields! { "slope" => 1.5 }, fields! { "slope" => 2.5 }];
    /// let entries = [("model".to_owned(), models), ("learner".to_owned(), vec![bare("lm")])];
    /// let keys = network.write_hashes_by_entry(&entries, None).await?;
    /// let read = network.read_hashes_flat(&keys, &["model".into(), "learner".into()]).await?;
    /// assert_eq!(read[1], Some(fields! { "slope" => 2.5, "learner" => "lm" }));
    /// # Ok(()) }
    /// ```
    pub async fn write_hashes_by_entry(
        &self,
        entries: &[(String, Vec<Fields>)],
        keys: Option<&[String]>,
    ) -> Result<Vec<String>> {
        let given: Vec<_> = entries.iter().filter(|(_, values)| !values.is_empty()).collect();
        let longest = given.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
        let count = keys.map_or(longest, <[String]>::len);
        if let Some((name, values)) = given.iter().find(|(_, values)| ![1, count].contains(&values.len())) {
            return Err(Invalid::Lengths { name: name.clone(), found: values.len(), wanted: count }.into());
        }
        let entry = |index: usize| {
            given.iter().map(move |(name, values)| {
                let value = if values.len() == 1 { &values[0] } else { &values[index] };
                (name.clone(), value.clone())
            })
        };
        let hashes: Vec<Entries> = (0..count).map(|index| entry(index).collect()).collect();
        self.write_hashes_as(Pusher::Manager, &hashes, keys).await
    }

    /// Reads these entries of these hashes, in the order of the names; none for a hash that does not exist (any more). An entry
    /// that a hash does not have is left out.
    pub async fn read_hashes(&self, keys: &[String], names: &[String]) -> Result<Vec<Option<Entries>>> {
        let mut hashes = Vec::with_capacity(keys.len());
        let all = self.each_hash(keys, names, |hash| {
            hashes.push(hash);
            ControlFlow::<()>::Continue(())
        });
        let _: ControlFlow<()> = all.await?;
        Ok(hashes)
    }

    /// Reads as [`read_hashes`](Self::read_hashes) does, and hands over one hash after the other, in the order of the keys, until
    /// `take` breaks: little more than that has been read then, however large the rest is.
    ///
    /// No name may stand twice among the names.
    pub async fn each_hash<B: Send>(
        &self,
        keys: &[String],
        names: &[String],
        mut take: impl FnMut(Option<Entries>) -> ControlFlow<B> + Send,
    ) -> Result<ControlFlow<B>> {
        self.check_hash_keys(keys)?;
        // Else one large entry could be asked for any number of times at once.
        names_differ("the names of entries", names.iter().map(String::as_str))?;
        let mut rest = keys;
        while !rest.is_empty() {
            let page = &rest[..rest.len().min(PAGE)];
            let size = page.iter().chain(names).map(|text| text.len() + 16).sum();
            let mut call = script::READ_HASHES.call(page.len(), size);
            call.arg(page).arg(PAGE_BYTES).arg(names);
            let found = reply::array(self.inner.bulk().await?.send(&call).await?)?;
            if found.is_empty() || found.len() > page.len() {
                return Err(reply::unexpected(&Answer::Array(found)));
            }
            let (read, later) = rest.split_at(found.len());
            rest = later;
            for (key, values) in read.iter().zip(found) {
                let hash = match values {
                    Answer::Nil => None,
                    values => Some(self.read_entries(key, names, values)?),
                };
                if let ControlFlow::Break(reason) = take(hash) {
                    return Ok(ControlFlow::Break(reason));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reads these entries of these hashes as one list each, as rush's `read_hashes` does with `flatten`: the lists of the entries
    /// one after the other; a value without a name takes that of its entry.
    pub async fn read_hashes_flat(&self, keys: &[String], names: &[String]) -> Result<Vec<Option<Fields>>> {
        let flat = |entries: Entries| {
            let take_name = |(name, fields): (String, Fields)| {
                fields.into_iter().map(move |mut field| {
                    if field.name.is_empty() {
                        field.name.clone_from(&name);
                    }
                    field
                })
            };
            entries.into_iter().flat_map(take_name).collect()
        };
        Ok(self.read_hashes(keys, names).await?.into_iter().map(|hash| hash.map(flat)).collect())
    }

    /// The key of the hash of this name: 1 to 100 of `A-Z a-z 0-9 . _ -`. Only native programs choose names; guests get a new
    /// one for each hash that they write.
    pub fn hash_key(&self, name: &str) -> Result<String> {
        let key = self.inner.keys.hash(name);
        self.check_hash_keys(std::slice::from_ref(&key))?;
        Ok(key)
    }

    fn check_hash_keys(&self, keys: &[String]) -> Result<()> {
        let prefix = self.inner.keys.hash("");
        let allowed = |letter: u8| letter.is_ascii_alphanumeric() || b"._-".contains(&letter);
        let ours = |key: &&String| {
            let name = key.strip_prefix(&prefix).unwrap_or_default();
            (1..=100).contains(&name.len()) && name.bytes().all(allowed)
        };
        match keys.iter().find(|key| !ours(key)) {
            None => Ok(()),
            Some(key) => Err(Invalid::HashKey { key: key.clone() }.into()),
        }
    }

    async fn write_hashes_as(
        &self,
        pusher: Pusher<'_>,
        hashes: &[Entries],
        keys: Option<&[String]>,
    ) -> Result<Vec<String>> {
        if hashes.is_empty() {
            return Ok(Vec::new());
        }
        let all = &self.inner.keys;
        let keys = match keys {
            Some(keys) => keys.to_vec(),
            None => hashes.iter().map(|_| all.hash(&uuid::Uuid::new_v4().to_string())).collect(),
        };
        self.check_hash_keys(&keys)?;
        let list = all.hashes();
        let mut call = script::WRITE_HASHES.call(2 + keys.len(), 256 + 256 * keys.len());
        pusher.add_key(&mut call, &list);
        call.arg(&list).arg(&keys);
        pusher.add_incarnation(&mut call);
        let encoder = self.encoder();
        for hash in hashes {
            if hash.is_empty() {
                return Err(Invalid::EmptyHash.into());
            }
            names_differ("a hash", hash.iter().map(|(name, _)| name.as_str()))?;
            call.arg(hash.len());
            for (name, fields) in hash {
                call.arg(encoder.name(name)?).arg(encoder.fields("an entry of a hash", fields)?);
            }
        }
        pusher.send(self, &call, usize::MAX).await?;
        Ok(keys)
    }

    fn read_entries(&self, key: &str, names: &[String], values: Answer) -> Result<Entries> {
        let mut entries = Entries::new();
        for (name, value) in names.iter().zip(reply::array(values)?) {
            let Some(bytes) = reply::bytes(value)? else { continue };
            let fields = self.inner.codec.decode_fields(&bytes).map_err(|error| Error::Corrupt {
                key: format!("`{name}` of hash {key}"),
                cause: error.to_string(),
            })?;
            entries.push((name.clone(), fields));
        }
        Ok(entries)
    }
}
