//! `rush:worker/hashes`: data beside the tasks that workers share.

use std::collections::{HashMap, HashSet};

use rush_network::{Entries, Worker};
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::convert;
use crate::answer::Answer;
use crate::bindings::rush::worker::{hashes as wit, types};
use crate::guest::Guest;

type Hash = Vec<wit::Entry>;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut hashes = linker.instance("rush:worker/hashes@0.1.0")?;
    hashes.func_wrap_async("write", |store: StoreContextMut<'_, Guest>, (hashes,): (Vec<Hash>,)| {
        let worker = store.data().worker.clone();
        Box::new(async move {
            let hashes: Vec<_> = hashes.into_iter().map(entries).collect();
            Ok((worker.write_hashes(&hashes).await.map_err(convert::error),))
        })
    })?;
    hashes.func_wrap_async(
        "read",
        |store: StoreContextMut<'_, Guest>, (keys, names): (Vec<String>, Vec<String>)| {
            let guest = store.data();
            let worker = guest.worker.clone();
            let answer = Answer::of("hashes.read", guest.limiter.memory_limit());
            Box::new(async move { Ok((read(worker, keys, names, answer).await,)) })
        },
    )
}

/// Reads each entry once, however often its key stands in the call: so the host holds no more than Redis does, and the answer.
async fn read(
    worker: Worker,
    keys: Vec<String>,
    names: Vec<String>,
    mut answer: Answer,
) -> Result<Vec<Option<Hash>>, types::Error> {
    let mut seen = HashSet::with_capacity(names.len());
    if let Some(name) = names.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(types::Error::Invalid(format!("the name `{name}` stands twice in one call")));
    }
    let mut places = HashMap::with_capacity(keys.len());
    let mut distinct = Vec::with_capacity(keys.len());
    let mut wanted = Vec::with_capacity(keys.len());
    for key in keys {
        let place = *places.entry(key).or_insert_with_key(|key| {
            distinct.push(key.clone());
            distinct.len() - 1
        });
        wanted.push(place);
    }
    let found = worker.read_hashes(&distinct, &names).await.map_err(convert::error)?;
    let mut hashes = Vec::with_capacity(wanted.len());
    for place in wanted {
        let hash = found.get(place).and_then(Option::as_ref);
        answer.add(hash.map_or(0, size)).map_err(|error| types::Error::LimitExceeded(error.to_string()))?;
        hashes.push(hash.cloned().map(wit_entries));
    }
    Ok(hashes)
}

fn size(hash: &Entries) -> usize {
    let fields = hash.iter().flat_map(|(_, fields)| fields);
    fields.map(|field| field.name.len() + field.value.size()).sum()
}

fn entries(hash: Hash) -> Entries {
    hash.into_iter().map(|entry| (entry.name, convert::fields(entry.value))).collect()
}

fn wit_entries(hash: Entries) -> Hash {
    hash.into_iter().map(|(name, fields)| wit::Entry { name, value: convert::wit_fields(fields) }).collect()
}
