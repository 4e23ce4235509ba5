//! What the library promises, against a real Redis. Read the names of the tests as a list.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod budget;
mod cancelling;
mod connecting;
mod fetching;
mod fetching_large;
mod fetching_new;
mod fixture;
mod full;
mod hashes;
mod heart;
mod networks;
mod outages;
mod popping;
mod resetting;
mod settling;
mod tasks;
mod values;
mod waiting;
mod workers;
