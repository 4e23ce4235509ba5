//! What the library promises, against a real Redis. Read the names of the tests as a list.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod budget;
mod cancelling;
mod cancelling_running;
mod connecting;
mod failures;
mod fetching;
mod fetching_large;
mod fetching_new;
mod fetching_running;
mod fixture;
mod full;
mod hashes;
mod heart;
mod killing;
mod launches;
mod logs;
mod losing;
mod managers;
mod networks;
mod outages;
mod popping;
mod resetting;
mod resetting_tasks;
mod restarting;
mod settling;
mod silence;
mod stored;
mod tasks;
mod time_up;
mod together;
mod values;
mod waiting;
mod waiting_for_workers;
mod warnings;
mod workers;
