//! The conformance suite: every call of the contract, through the SDK of every language, with values that are hard to carry.
//!
//! One worker loop per language pops tasks that are *commands*, makes the call that each names, and finishes it with what it saw; what is
//! expected stands here once, for all of them. The commands are described in `conformance/README.md`.

#![expect(
    clippy::unwrap_used,
    reason = "promises are functions that tests of four languages call; a panic is how they fail"
)]

mod answer;
mod beside;
mod contract;
mod endings;
mod evaluating;
mod logging;
mod many;
mod model;
mod refusals;
mod session;
mod tables;
mod tasks;
mod values;

use std::path::PathBuf;

use rush_tests::guest;

/// A language with an SDK.
#[derive(Debug, Clone)]
pub(crate) struct Language {
    name: &'static str,
    worker_loop: PathBuf,
    objective: PathBuf,
}

fn rust() -> Language {
    let (worker_loop, objective) = (guest("conformance"), guest("conformance_objective"));
    Language { name: "rust", worker_loop, objective }
}

fn python() -> Language {
    let (worker_loop, objective) = (guest("conformance_python"), guest("conformance_objective_python"));
    Language { name: "python", worker_loop, objective }
}

fn js() -> Language {
    let (worker_loop, objective) = (guest("conformance_js"), guest("conformance_objective_js"));
    Language { name: "js", worker_loop, objective }
}

fn c() -> Language {
    let (worker_loop, objective) = (guest("conformance_c"), guest("conformance_objective_c"));
    Language { name: "c", worker_loop, objective }
}

/// Makes a test of each promise in each language.
macro_rules! promises {
    ($($module:ident: $($promise:ident),+;)+) => {
        promises! { @language rust $($module: $($promise),+;)+ }
        promises! { @language python $($module: $($promise),+;)+ }
        promises! { @language js $($module: $($promise),+;)+ }
        promises! { @language c $($module: $($promise),+;)+ }
    };
    (@language $language:ident $($module:ident: $($promise:ident),+;)+) => {
        mod $language {
            $($(
                #[test]
                fn $promise() {
                    super::$module::$promise(&super::$language());
                }
            )+)+
        }
    };
}

promises! {
    values: values_go_through_a_loop_unchanged, literals_become_the_values_that_they_look_like, values_are_stored_and_read_in_every_part;
    tasks: queued_tasks_are_taken_in_their_order, tasks_are_ended_once, tasks_are_pushed_in_every_state, states_are_told;
    many: ten_thousand_tasks_in_one_call;
    tables: columns_have_kinds, every_look_at_a_table, rows_have_all_parts, names_that_collide_are_told_apart, new_tasks_are_given_once;
    beside: hashes_are_shared, a_worker_knows_itself, what_the_run_file_gives_arrives, random_numbers_are_the_same_in_every_language;
    logging: messages_are_stored_with_logger_and_level;
    evaluating: points_and_results_go_through_an_objective_unchanged, conditions_of_an_objective_arrive, an_objective_is_given_its_own;
    refusals: what_makes_no_sense_is_invalid, an_exact_budget_is_told, what_is_too_large_is_told, a_full_redis_is_told;
    endings: a_loop_that_returns, a_loop_that_returns_an_error, a_loop_that_traps, a_worker_that_was_buried_ends;
}
