//! What is no task: hashes, the worker itself, what the run file gives, random numbers.

use rush_network::{Field, Value, fields};
use rush_tests::Scene;

use super::{
    Language,
    model::{Generator, assert_same, hard_values, same, under},
    session::Session,
};

pub(crate) fn hashes_are_shared(language: &Language) {
    let session = Session::start(language);
    let names = ["model", "", "ä \u{1f980}"].map(str::to_owned).to_vec();
    let mut operands = under("xs.", hard_values());
    operands.extend(fields! { "n" => 2, "names" => names.clone() });
    let keys = session.ask("write-hashes", operands).texts("keys");
    assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
    for hash in session.block_on(session.network.read_hashes(&keys, &names)) {
        let entries = hash.expect("it was written");
        assert_eq!(entries.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), names);
        for (name, value) in &entries {
            assert_same(name, value, &hard_values());
        }
    }

    let other = vec![("model".to_owned(), fields! { "x" => 1 }), ("second".to_owned(), fields! {})];
    let written = session.block_on(session.network.write_hashes(&[other]));
    let unknown = "test:hash:00000000-0000-4000-8000-ffffffffffff".to_owned();
    let asked = vec![keys[1].clone(), unknown, written[0].clone()];
    let read = session.ask("read-hashes", fields! { "keys" => asked, "names" => names[..2].to_vec() });
    read.has("found", vec![1_i64, 0, 1]).has("2:model:x", 1);
    assert_same("model", &read.fields("0:model:"), &hard_values());
    assert_same("the entry without a name", &read.fields("0::"), &hard_values());
    assert!(read.fields("1:").is_empty() && read.fields("2::").is_empty(), "{read}");

    session
        .ask("write-hashes", fields! { "n" => 0, "names" => names.clone() })
        .has("keys", Vec::<String>::new());
    session.refused(
        "invalid",
        "read-hashes",
        fields! { "keys" => vec!["no hash".to_owned()], "names" => names.clone() },
    );
    session.ask("read-hashes", fields! { "names" => names }).has("found", Vec::<i64>::new());
}

pub(crate) fn a_worker_knows_itself(language: &Language) {
    let session = Session::start(language);
    let id = session.worker_id();
    let alone = session.ask("worker", fields! {});
    alone.has("id", id.as_str()).has("network-id", "test").has("terminated", false);
    alone.has("running-workers", vec![id.to_string()]);
    let bystander = session.bystander();
    let mut running = session.ask("worker", fields! {}).texts("running-workers");
    running.sort();
    let mut should = vec![id.to_string(), bystander.id().to_owned()];
    should.sort();
    assert_eq!(running, should);
}

pub(crate) fn what_the_run_file_gives_arrives(language: &Language) {
    let scene = Scene::with_redis();
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    scene.write("bytes", &bytes);
    scene.write("empty", "");
    let tables = "[loop.args]\nlower = [-5.0, 0.0]\nbudget = 9007199254740993\nname = \"ä🦀\"\n\
                  [loop.args.\"a b\"]\nnested = [[1], [], [{ deep = true }]]\n\
                  [loop.data]\nbytes = \"bytes\"\nempty = \"empty\"\n";
    let session = Session::start_in(scene, language, tables);
    let names = ["bytes", "empty", "nothing", ""].map(str::to_owned).to_vec();
    let given = session.ask("context", fields! { "names" => names });
    let args = r#"{"lower":[-5.0,0.0],"budget":9007199254740993,"name":"ä🦀","a b":{"nested":[[1],[],[{"deep":true}]]}}"#;
    given.has("data:bytes", bytes).has("data:empty", Vec::<u8>::new());
    given.has("data:nothing", Value::Null).has("data:", Value::Null).has("seed", SEED);
    let told = given.find("args").unwrap();
    assert!(same(told, &Value::Json(args.into())), "{told:?} instead of {args}");

    let without = Session::start(language);
    without.ask("context", fields! {}).has("args", Value::Json("{}".into())).has("seed", SEED);
}

/// The seed of the first worker of a run whose seed is 42.
const SEED: &str = "18325140140735790510";

pub(crate) fn random_numbers_are_the_same_in_every_language(language: &Language) {
    let session = Session::start(language);
    let drawn = session.ask("random", fields! { "n" => 1_000 });
    let mut generator = Generator::new(SEED.parse().unwrap());
    let uniform: Vec<f64> = (0..1_000).map(|_| generator.uniform(-5.0, 10.0)).collect();
    let integer: Vec<i64> = (0..1_000).map(|_| generator.integer(-3, 17)).collect();
    let huge: Vec<i64> = (0..1_000).map(|_| generator.integer(i64::MIN, i64::MAX)).collect();
    let choice = |_| ["a", "b", "c"][usize::try_from(generator.integer(0, 2)).unwrap()].to_owned();
    let choice: Vec<String> = (0..1_000).map(choice).collect();
    assert_same(
        "random numbers",
        &drawn.0,
        &[
            Field::new("uniform", uniform),
            Field::new("integer", integer),
            Field::new("huge", huge),
            Field::new("choice", choice),
        ],
    );
    // From a fresh generator each time.
    assert_same("random numbers", &session.ask("random", fields! { "n" => 1_000 }).0, &drawn.0);
}
