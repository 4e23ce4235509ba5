//! `rush:worker/hashes`: data beside the tasks that workers share.

use std::collections::HashMap;
use std::ops::ControlFlow;

use rush_network::{Entries, Worker};
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::{convert, refusal::refusal, size};
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
            Ok((match worker.write_hashes(&hashes).await {
                Ok(keys) => Ok(keys),
                Err(error) => Err(refusal(&worker, error).await),
            },))
        })
    })?;
    hashes.func_wrap_async(
        "read",
        |store: StoreContextMut<'_, Guest>, (keys, names): (Vec<String>, Vec<String>)| {
            let guest = store.data();
            let worker = guest.worker.clone();
            let answer = Answer::of("hashes.read", guest.memory_limit());
            Box::new(async move { Ok((read(worker, keys, names, answer).await,)) })
        },
    )
}

/// Reads each entry once, however often its key stands in the call, and no further than what fits: so the host holds no more than
/// a few times the answer.
async fn read(
    worker: Worker,
    keys: Vec<String>,
    names: Vec<String>,
    mut answer: Answer,
) -> Result<Vec<Option<Hash>>, types::Error> {
    let mut places = HashMap::with_capacity(keys.len());
    let mut distinct = Vec::with_capacity(keys.len());
    let mut times: Vec<usize> = Vec::with_capacity(keys.len());
    let mut wanted = Vec::with_capacity(keys.len());
    for key in keys {
        let place = *places.entry(key).or_insert_with_key(|key| {
            distinct.push(key.clone());
            times.push(0);
            distinct.len() - 1
        });
        times[place] += 1;
        wanted.push(place);
    }
    let mut found = Vec::with_capacity(distinct.len());
    let all = worker.each_hash(&distinct, &names, |hash| {
        let size = size::hash(hash.as_ref()).saturating_mul(times[found.len()]);
        match answer.add(size) {
            Ok(()) => {
                found.push(hash);
                ControlFlow::Continue(())
            }
            Err(too_large) => ControlFlow::Break(too_large),
        }
    });
    if let ControlFlow::Break(too_large) = all.await.map_err(convert::error)? {
        return Err(convert::too_large(too_large));
    }
    let hash = |place: usize| found.get(place).cloned().flatten().map(wit_entries);
    Ok(wanted.into_iter().map(hash).collect())
}

fn entries(hash: Hash) -> Entries {
    hash.into_iter().map(|entry| (entry.name, convert::fields(entry.value))).collect()
}

fn wit_entries(hash: Entries) -> Hash {
    hash.into_iter().map(|(name, fields)| wit::Entry { name, value: convert::wit_fields(fields) }).collect()
}
