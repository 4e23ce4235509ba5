//! What can go wrong, told so that a program can act on it.
//!
//! `denied` is for what a later version may grant; `unavailable` and `lost-ownership` leave nobody who could hear of them: the command
//! could not be finished either.

use rush_network::{State, Value, fields};

use super::{Language, session::Session};

pub(crate) fn what_makes_no_sense_is_invalid(language: &Language) {
    let session = Session::start(language);
    let unknown = vec!["00000000-0000-4000-8000-ffffffffffff".to_owned()];
    let nonsense = vec!["all_tasks".to_owned()];
    for keys in [unknown, nonsense] {
        let operands = fields! { "keys" => keys.clone(), "ys.y" => 1, "xs.x" => 1 };
        for call in ["finish", "fail", "finish-and-push-running", "wait"] {
            let message = session.refused("invalid", call, operands.clone());
            assert!(message.contains(&keys[0]), "{message}");
        }
    }
    let looks =
        ["values:nothing", "valid:nothing", "numbers:call", "integers:call", "booleans:call", "texts:look"];
    for look in looks {
        let operands = fields! {
            "states" => vec!["running".to_owned()], "parts" => vec!["xs".to_owned()], "look" => vec![look.to_owned()],
        };
        let message = session.refused("invalid", "fetch", operands);
        let column = look.split_once(':').unwrap().1;
        assert!(message.contains(column), "{message}");
    }
    session.refused("invalid", "push", fields! { "worker" => "no worker of this name", "xs.x" => 1 });
    session.refused("invalid", "write-hashes", fields! { "names" => Value::Texts(Vec::new()), "xs.x" => 1 });
    session.ask("count", fields! {}).has("running", 1).has("queued", 0).has("failed", 0);
}

pub(crate) fn an_exact_budget_is_told(language: &Language) {
    let session = Session::start_with(language, "[stop]\nfinished = 8\nexact = true\n");
    // Commands count, too: this one is running.
    let refused = session.perform("push-running", fields! { "n" => 20, "xs.x" => 1 });
    refused.has("error", "budget-exhausted").has("room", 7);
    let keys = session.ask("push-running", fields! { "n" => 6, "xs.x" => 1 }).texts("keys");
    assert_eq!(keys.len(), 6);
    // One more is running now than fits; that many commands may finish before the run ends.
    for call in ["push", "push-running", "push-finished"] {
        let refused = session.perform(call, fields! { "xs.x" => 1, "ys.y" => 1 });
        refused.has("error", "budget-exhausted").has("room", 0);
    }
    // What is finished stands, and nothing is pushed.
    let step = fields! { "keys" => keys[..1].to_vec(), "ys.y" => 1, "xs.x" => 2 };
    session.ask("finish-and-push-running", step).has("keys", Vec::<String>::new());
    assert_eq!(session.tasks(&keys[..1])[0].state, State::Finished);
    // Failed tasks take no place.
    session.ask("push-failed", fields! { "n" => 10, "xs.x" => 1 });
}

pub(crate) fn what_is_too_large_is_told(language: &Language) {
    let session = Session::start_with(language, "[tasks]\nmax_value = \"16KiB\"\n");
    let long = "x".repeat(100_000);
    for call in ["push", "push-running", "push-finished", "push-failed"] {
        let operands = fields! { "n" => 3, "xs.x" => 1, "xs.long" => long.clone(), "ys.y" => 1 };
        let message = session.refused("limit-exceeded", call, operands);
        assert!(message.contains("16"), "{message}");
    }
    session.refused(
        "limit-exceeded",
        "write-hashes",
        fields! { "names" => vec!["a".to_owned()], "xs.long" => long },
    );
    session.ask("count", fields! {}).has("running", 1).has("queued", 0).has("failed", 0);
}

/// Redis has room for the small command and its answer, and none for what it asks for: what is on its way counts, too.
pub(crate) fn a_full_redis_is_told(language: &Language) {
    const MARGIN: u64 = 1 << 20;
    let session = Session::start(language);
    let mut connection = session.scene.redis().connection();
    // Whatever is made once is made now.
    session.ask("push-running", fields! { "xs.x" => 1 });
    let info: String = redis::cmd("INFO").arg("memory").query(&mut connection).unwrap();
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
    let limit = used.trim().parse::<u64>().unwrap() + MARGIN;
    let mut set = |limit: u64| {
        redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(limit).exec(&mut connection).unwrap();
    };
    set(limit);
    let operands = fields! { "n" => 200, "xs.long" => "x".repeat(40_000) };
    session.refused("storage-full", "push-running", operands);
    set(0);
    session.ask("count", fields! {}).has("running", 2).has("failed", 0);
}
