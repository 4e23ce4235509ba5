//! Data beside the tasks: hashes of named entries.

use std::ops::ControlFlow;

use rush_network::{End, Entries, Error, Fields, Invalid, Network, NetworkId, Settings, Value, bare, fields};

use crate::fixture::{Fixture, NETWORK, connect, patient};

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn model(slope: f64) -> Entries {
    vec![("xs".to_owned(), fields! { "slope" => slope }), ("meta".to_owned(), fields! { "n" => 3_i64 })]
}

fn invalid<T: std::fmt::Debug>(refused: Result<T, Error>) -> Invalid {
    match refused {
        Err(Error::Invalid(invalid)) => invalid,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_one_worker_writes_every_other_reads() {
    let net = Fixture::new().await;
    let (writer, reader) = (net.worker().await, net.another().await.register(patient()).await.unwrap());
    let keys = writer.write_hashes(&[model(1.5), model(2.5)]).await.unwrap();
    assert_eq!(keys.len(), 2);
    for key in &keys {
        let uuid = key.strip_prefix("promises:hash:").unwrap();
        assert_eq!(uuid.len(), 36);
    }
    net.check();
    let read = reader.read_hashes(&keys, &texts(&["xs", "meta"])).await.unwrap();
    assert_eq!(read, [Some(model(1.5)), Some(model(2.5))]);
    assert_eq!(
        net.network.read_hashes(&keys, &texts(&["meta", "xs"])).await.unwrap()[0].as_ref().unwrap()[1],
        model(1.5)[0]
    );
    assert_eq!(net.network.tasks(&rush_network::State::ALL).await.unwrap(), [], "they are no tasks");
}

#[tokio::test]
async fn absent_hashes_are_none_and_absent_entries_are_left_out() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let mut keys = worker.write_hashes(&[model(1.5)]).await.unwrap();
    keys.insert(0, "promises:hash:00000000-0000-4000-8000-000000000000".into());
    let read = worker.read_hashes(&keys, &texts(&["nothing", "meta"])).await.unwrap();
    assert_eq!(read, [None, Some(model(1.5)[1..].to_vec())]);
    assert_eq!(worker.read_hashes(&keys, &texts(&["nothing"])).await.unwrap(), [None, Some(vec![])]);
    assert_eq!(worker.read_hashes(&keys, &[]).await.unwrap(), [None, Some(vec![])]);
    assert!(worker.read_hashes(&[], &texts(&["xs"])).await.unwrap().is_empty());
}

#[tokio::test]
async fn empty_lists_write_nothing_and_a_hash_without_entries_is_refused() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let before = net.dbsize();
    assert!(worker.write_hashes(&[]).await.unwrap().is_empty());
    assert!(net.network.write_hashes_by_entry(&[], None).await.unwrap().is_empty());
    assert!(net.network.write_hashes_by_entry(&[("xs".into(), vec![])], None).await.unwrap().is_empty());
    assert_eq!(invalid(worker.write_hashes(&[model(1.5), vec![]]).await), Invalid::EmptyHash);
    let twice = vec![model(1.5)[0].clone(), model(2.5)[0].clone()];
    assert_eq!(
        invalid(worker.write_hashes(&[twice]).await).to_string(),
        "the name `xs` stands twice in a hash"
    );
    assert_eq!(net.dbsize(), before);
}

/// Whoever may name keys freely could read and write whatever lies in the database.
#[tokio::test]
async fn no_key_but_those_of_this_network_s_hashes_is_read_or_written() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let other = connect(&net.redis, "promises-2").await;
    let theirs = other.write_hashes(&[model(1.5)]).await.unwrap();
    let task = worker.push_running(&crate::fixture::new_tasks(1)).await.unwrap()[0].to_string();
    let info = format!("promises:{}", worker.id());
    let before = net.dbsize();
    for key in [
        theirs[0].as_str(),
        task.as_str(),
        info.as_str(),
        "promises:all_tasks",
        "promises:hash:",
        "promises:hash:a:b",
        "promises:hash:a b",
        "promises:hashes",
        "",
    ] {
        let keys = texts(&[key]);
        assert_eq!(
            invalid(worker.read_hashes(&keys, &texts(&["xs"])).await),
            Invalid::HashKey { key: key.into() }
        );
        let entries = [("xs".to_owned(), vec![fields! { "a" => 1_i64 }])];
        invalid(net.network.write_hashes_by_entry(&entries, Some(&keys)).await);
    }
    assert_eq!(net.dbsize(), before);
    assert!(net.network.hash_key("two words").is_err() && net.network.hash_key(&"x".repeat(101)).is_err());
}

#[tokio::test]
async fn an_entry_has_one_value_for_each_hash_or_one_for_all() {
    let net = Fixture::new().await;
    let slopes: Vec<Fields> = [1.5, 2.5, 3.5].map(|slope| fields! { "slope" => slope }).into();
    let entries = [
        ("model".to_owned(), slopes.clone()),
        ("learner".to_owned(), vec![bare("lm")]),
        ("nothing".to_owned(), vec![]),
    ];
    let keys = net.network.write_hashes_by_entry(&entries, None).await.unwrap();
    assert_eq!(keys.len(), 3);
    let names = texts(&["model", "learner", "nothing"]);
    let read = net.network.read_hashes(&keys, &names).await.unwrap();
    for (hash, slope) in read.into_iter().zip(&slopes) {
        let expected = vec![("model".to_owned(), slope.clone()), ("learner".to_owned(), bare("lm"))];
        assert_eq!(hash, Some(expected), "an entry without any value is skipped");
    }
    let refused = [("model".to_owned(), slopes), ("n".to_owned(), vec![bare(1_i64), bare(2_i64)])];
    assert_eq!(
        invalid(net.network.write_hashes_by_entry(&refused, None).await).to_string(),
        "`n` has 2 values for 3 hashes: it must have length 1 or 3"
    );
    net.check();
}

#[tokio::test]
async fn read_flat_the_entries_are_one_list_and_a_bare_value_takes_its_entry_s_name() {
    let net = Fixture::new().await;
    let entries = [
        ("xs".to_owned(), vec![fields! { "x1" => 1_i64, "x2" => vec![1.0, 2.0] }]),
        ("worker_id".to_owned(), vec![bare("calm_otter")]),
        ("ys".to_owned(), vec![fields! { "y" => Value::Null }]),
    ];
    let mut keys = net.network.write_hashes_by_entry(&entries, None).await.unwrap();
    keys.push(net.network.hash_key("nobody").unwrap());
    let flat = net.network.read_hashes_flat(&keys, &texts(&["ys", "xs", "worker_id", "more"])).await.unwrap();
    let expected =
        fields! { "y" => Value::Null, "x1" => 1_i64, "x2" => vec![1.0, 2.0], "worker_id" => "calm_otter" };
    assert_eq!(flat, [Some(expected), None]);
}

#[tokio::test]
async fn given_keys_name_the_hashes_and_later_entries_come_beside_the_earlier() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = [net.network.hash_key("model").unwrap(), net.network.hash_key("data_2").unwrap()];
    assert_eq!(keys[0], "promises:hash:model");
    let write = async |name: &str, value: i64| {
        let entries = [(name.to_owned(), vec![bare(value)])];
        assert_eq!(net.network.write_hashes_by_entry(&entries, Some(&keys)).await.unwrap(), keys);
    };
    write("a", 1).await;
    write("b", 2).await;
    write("a", 3).await;
    let expected = fields! { "a" => 3_i64, "b" => 2_i64 };
    let names = texts(&["a", "b"]);
    let read = net.network.read_hashes_flat(&keys, &names).await.unwrap();
    assert_eq!(read, [Some(expected.clone()), Some(expected)]);
    assert!(worker.read_hashes(&keys, &names).await.unwrap()[0].is_some(), "guests may read them");
    net.check();
}

#[tokio::test]
async fn a_reset_takes_them_along_and_who_is_gone_writes_none() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    worker.write_hashes(&vec![model(1.5); 1500]).await.unwrap();
    net.network.write_hashes(&[model(1.5)]).await.unwrap();
    net.check();
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
    for gone in [worker, net.worker().await] {
        let _: Result<(), Error> = gone.end(&End::returned()).await;
        assert!(matches!(gone.write_hashes(&[model(1.5)]).await, Err(Error::LostOwnership { .. })));
    }
    net.check();
}

#[tokio::test]
async fn ten_thousand_entries_and_what_is_as_large_as_max_value_fit_and_more_does_not() {
    let net = Fixture::new().await;
    let settings = Settings { max_value: 1000, ..Settings::new(net.redis.url()) };
    let network = Network::connect(NetworkId::parse(NETWORK).unwrap(), &settings).await.unwrap();
    let worker = network.register(patient()).await.unwrap();
    let many: Entries = (0..10_000_i64).map(|n| (n.to_string(), fields! { "n" => n })).collect();
    let keys = worker.write_hashes(std::slice::from_ref(&many)).await.unwrap();
    let names: Vec<String> = many.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(worker.read_hashes(&keys, &names).await.unwrap(), [Some(many)]);
    // One byte that says that it is a map of one, two for the name, three in front of the text.
    let sized = |bytes: usize| vec![("e".to_owned(), fields! { "v" => "x".repeat(bytes - 6) })];
    let keys = worker.write_hashes(&[sized(1000)]).await.unwrap();
    assert_eq!(worker.read_hashes(&keys, &texts(&["e"])).await.unwrap(), [Some(sized(1000))]);
    let before = net.dbsize();
    for large in [sized(1001), vec![("e".repeat(1001), fields! { "v" => 1_i64 })]] {
        let refused = worker.write_hashes(&[sized(10), large]).await;
        assert!(matches!(refused, Err(Error::LimitExceeded { size: 1001, limit: 1000, .. })), "{refused:?}");
    }
    assert_eq!(net.dbsize(), before);
    net.check();
}

/// Whoever may only take so much must be able to stop before everything has been read.
#[tokio::test]
async fn hashes_are_handed_over_one_by_one_until_the_reader_has_enough() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let large = |number: i64| vec![("m".to_owned(), fields! { "n" => number, "t" => "x".repeat(1 << 20) })];
    let hashes: Vec<Entries> = (0..30).map(large).collect();
    let mut keys = net.network.write_hashes(&hashes[..20]).await.unwrap();
    keys.extend(net.network.write_hashes(&hashes[20..]).await.unwrap());
    let _: () = net.raw(&format!("DEL {}", keys[1]));
    let names = texts(&["m"]);
    let _: () = net.raw("CONFIG RESETSTAT");
    let mut taken = Vec::new();
    let stopped = worker
        .each_hash(&keys, &names, |hash| {
            taken.push(hash);
            if taken.len() == 3 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
        })
        .await
        .unwrap();
    assert_eq!(stopped, ControlFlow::Break("enough"));
    assert_eq!(taken, [Some(hashes[0].clone()), None, Some(hashes[2].clone())]);
    let stats: String = net.raw("INFO commandstats");
    let read = stats.lines().find_map(|line| line.strip_prefix("cmdstat_hmget:calls=")).unwrap();
    let read: usize = read.split(',').next().unwrap().parse().unwrap();
    assert!(read <= 4, "{read} hashes were read for 3");
    // To the end it is everything, in the order of the keys.
    let mut expected: Vec<_> = hashes.into_iter().map(Some).collect();
    expected[1] = None;
    assert_eq!(worker.read_hashes(&keys, &names).await.unwrap(), expected);
    let many: Vec<String> = keys.iter().cycle().skip(1).step_by(30).take(2500).cloned().collect();
    assert_eq!(worker.read_hashes(&many, &names).await.unwrap(), vec![None; 2500]);
}

/// Else one large entry could be asked for any number of times at once.
#[tokio::test]
async fn no_name_stands_twice_among_those_that_are_read() {
    let net = Fixture::new().await;
    let keys = net.network.write_hashes(&[model(1.5)]).await.unwrap();
    assert_eq!(
        invalid(net.network.read_hashes(&keys, &texts(&["xs", "xs"])).await).to_string(),
        "the name `xs` stands twice in the names of entries"
    );
}
