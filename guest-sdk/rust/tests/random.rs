//! Random numbers are those of `guest-sdk/random.json`, which the tests of every SDK read.

use rush_worker::{WorkerRng, prelude::*, rand::Rng, testing::TestNetwork};

#[derive(Deserialize)]
struct Expected {
    seeds: Vec<Drawn>,
}

#[derive(Deserialize)]
struct Drawn {
    seed: String,
    next: Vec<String>,
    uniform: Vec<f64>,
    integer: Vec<i64>,
    huge: Vec<String>,
    choice: Vec<String>,
    log_uniform: Vec<f64>,
}

/// So many numbers of a fresh generator.
fn fresh<T>(seed: u64, count: usize, mut draw: impl FnMut(&mut WorkerRng) -> T) -> Vec<T> {
    let mut rng = WorkerRng::new(seed);
    (0..count).map(|_| draw(&mut rng)).collect()
}

#[test]
fn every_language_draws_the_same() {
    let expected: Expected = serde_json::from_str(include_str!("../../random.json")).unwrap();
    let seeds: Vec<u64> = expected.seeds.iter().map(|drawn| drawn.seed.parse().unwrap()).collect();
    assert_eq!(seeds, [0, 1, u64::MAX]);
    for Drawn { seed, next, uniform, integer, huge, choice, log_uniform } in expected.seeds {
        let seed = seed.parse().unwrap();
        assert_eq!(fresh(seed, next.len(), |rng| rng.next_u64().to_string()), next);
        assert_eq!(fresh(seed, uniform.len(), |rng| rng.uniform(-5.0, 10.0)), uniform);
        assert_eq!(fresh(seed, integer.len(), |rng| rng.integer(-3, 17)), integer);
        assert_eq!(fresh(seed, huge.len(), |rng| rng.integer(i64::MIN, i64::MAX).to_string()), huge);
        assert_eq!(fresh(seed, choice.len(), |rng| rng.choice(&["a", "b", "c"]).to_string()), choice);
        for (drawn, expected) in
            fresh(seed, log_uniform.len(), |rng| rng.log_uniform(1e-3, 10.0)).iter().zip(log_uniform)
        {
            assert!((drawn - expected).abs() <= 1e-14 * expected, "{drawn}, not {expected}");
        }
    }
}

/// Written down here, too, so that a table made anew by mistake is noticed.
#[test]
fn the_table_does_not_change() {
    assert_eq!(
        fresh(1, 3, Rng::next_u64),
        [14_971_601_782_005_023_387, 13_781_649_495_232_077_965, 1_847_458_086_238_483_744]
    );
    assert_eq!(
        fresh(1, 3, |rng| rng.uniform(-5.0, 10.0).to_bits()),
        [7.174_182_383_228_270_5_f64, 6.206_570_742_373_28, -3.497_736_446_993_244].map(f64::to_bits)
    );
    assert_eq!(fresh(1, 8, |rng| rng.integer(-3, 17)), [10, -3, 1, 2, 4, -2, 13, 6]);
    assert_eq!(fresh(1, 8, |rng| *rng.choice(&["a", "b", "c"])).concat(), "bacabbac");
}

#[test]
fn a_worker_draws_from_the_generator_of_its_seed() {
    let mut worker = TestNetwork::new().seed(3).worker();
    let mut expected = WorkerRng::new(worker.seed());
    assert_eq!(worker.rng().next_u64(), expected.next_u64());
    assert_eq!(worker.rng(), &expected);
}

#[test]
fn both_bounds_are_drawn() {
    let drawn = fresh(7, 200, |rng| rng.integer(-1, 1));
    assert!([-1, 0, 1].iter().all(|number| drawn.contains(number)) && drawn.iter().all(|n| n.abs() <= 1));
    let ends = fresh(7, 20, |rng| rng.integer(i64::MAX - 1, i64::MAX));
    assert!([i64::MAX - 1, i64::MAX].iter().all(|number| ends.contains(number)));
}

#[test]
fn equal_bounds_fix_a_number() {
    for seed in 0..10 {
        let mut rng = WorkerRng::new(seed);
        assert_eq!(rng.uniform(7.5, 7.5).to_bits(), 7.5_f64.to_bits());
        assert_eq!(rng.log_uniform(0.3, 0.3).to_bits(), 0.3_f64.to_bits());
        assert_eq!((rng.integer(3, 3), *rng.choice(&["a"])), (3, "a"));
    }
}

#[test]
fn an_integer_without_a_choice_draws_nothing() {
    let mut rng = WorkerRng::new(1);
    assert_eq!((rng.integer(i64::MIN, i64::MIN), *rng.choice(&[2])), (i64::MIN, 2));
    assert_eq!(rng, WorkerRng::new(1));
}

#[test]
fn numbers_stay_between_their_bounds() {
    let mut rng = WorkerRng::new(3);
    for (lower, upper) in [(0.1, 0.3), (-1e300, 1e300), (-5e-324, 5e-324), (1.0, 1.0 + f64::EPSILON)] {
        for _ in 0..1000 {
            let drawn = rng.uniform(lower, upper);
            assert!((lower..=upper).contains(&drawn), "{drawn} of {lower} to {upper}");
        }
    }
    for _ in 0..1000 {
        let drawn = rng.log_uniform(0.1, 0.3);
        assert!((0.1..=0.3).contains(&drawn), "{drawn}");
    }
}

#[test]
fn rand_can_draw_from_it() {
    let mut rng = WorkerRng::new(1);
    let number: f64 = rng.random();
    assert!((0.0..1.0).contains(&number));
    assert!((1..=6).contains(&rng.random_range(1..=6)));
}

#[test]
#[should_panic(expected = "the bounds are reversed: 1 exceeds 0")]
fn reversed_bounds_are_a_panic() {
    WorkerRng::new(0).uniform(1.0, 0.0);
}

#[test]
#[should_panic(expected = "the bounds must be positive for a logarithmic scale: 0 to 1")]
fn nothing_has_no_logarithm() {
    WorkerRng::new(0).log_uniform(0.0, 1.0);
}
