//! Fetches in every way, calls every method of a table, and stores and reads hashes, with values that are hard to carry.
//! Ends with an error that names the first promise that was not kept. Wants a network of its own.

use std::{collections::HashSet, slice};

use rush_worker::{ColumnKind, Entries, Fields, HashKey, Value, prelude::*};

#[path = "../src/checks.rs"]
mod checks;
use checks::{broken, check, check_equal, check_fields, field, hard_values, same_numbers, same_value};

const ALL: [State; 4] = [State::Queued, State::Running, State::Finished, State::Failed];

/// Every way, in an order in which each finds what it needs.
pub(crate) fn every_fetch(worker: &mut Worker) -> Result<()> {
    nothing_to_fetch(worker)?;
    hard_columns(worker)?;
    kinds_join(worker)?;
    names_collide(worker)?;
    every_state_and_part(worker)?;
    new_ones(worker)?;
    many(worker)?;
    hashes(worker)
}

fn nothing_to_fetch(worker: &Worker) -> Result<()> {
    let tables = [
        worker.fetch(&ALL, Parts::all())?,
        worker.fetch(&[], Parts::all())?,
        worker.fetch_new(Parts::all(), Duration::ZERO)?,
        worker.fetch_new(Parts::all(), Duration::from_millis(20))?,
    ];
    for table in &tables {
        check(
            "a table of nothing",
            table.is_empty() && table.keys().is_empty() && table.states().is_empty(),
        )?;
        check("rows of nothing", table.tasks(..).is_empty() && table.iter().next().is_none())?;
        check_equal("JSON of nothing", &[table.json()], &["[]".to_owned()])?;
        let names: Vec<_> = table.columns().into_iter().map(|(name, _)| name).collect();
        check_equal("columns of nothing", &names, &["condition".to_owned(), "worker_id".to_owned()])?;
    }
    let none = worker.fetch(&ALL, Parts::empty())?;
    check("columns when nothing is wanted", none.columns().is_empty())
}

/// Finishes one task after the other, so that they are finished in this order.
fn finished(worker: &Worker, xss: Vec<Fields>) -> Result<Vec<Key>> {
    let xss: Vec<_> = xss.into_iter().map(Row::from_fields).collect();
    let yss = vec![Row::default(); xss.len()];
    worker.push_finished(&xss, &yss)
}

/// A table of nothing but the tasks that this call finishes.
fn table_of(worker: &Worker, xss: Vec<Fields>, parts: Parts) -> Result<Table> {
    worker.fetch_new(parts, Duration::ZERO)?;
    let keys = finished(worker, xss)?;
    let table = worker.fetch_new(parts, Duration::from_secs(1))?;
    check_equal("keys of new tasks", &table.keys(), &keys)?;
    Ok(table)
}

fn hard_columns(worker: &Worker) -> Result<()> {
    let table = table_of(worker, vec![hard_values(), Fields::new(), hard_values()], Parts::XS)?;
    let columns = table.columns();
    check_equal("number of columns", &[columns.len()], &[hard_values().len()])?;
    for (should, (name, kind)) in hard_values().into_iter().zip(columns) {
        check(&format!("the column `{}` instead of `{name}`", should.name), name == should.name)?;
        let expected = match should.value {
            Value::Boolean(_) => ColumnKind::Boolean,
            Value::Integer(_) => ColumnKind::Integer,
            Value::Number(_) => ColumnKind::Number,
            Value::Text(_) => ColumnKind::Text,
            _ => ColumnKind::Mixed,
        };
        check_equal(&format!("kind of `{name}`"), &[kind], &[expected])?;
        let there = should.value != Value::Null;
        check_equal(&format!("valid of `{name}`"), &table.valid(&name)?, &[there, false, there])?;
        let values = table.values(&name)?;
        let kept = values.len() == 3
            && same_value(&values[0], &should.value)
            && values[1] == Value::Null
            && same_value(&values[2], &should.value);
        check(&format!("values of `{name}`: {values:?}"), kept)?;
        typed(&table, &name, &should.value)?;
    }
    check("a column that is not there", matches!(table.values("no such column"), Err(Error::Invalid(_))))?;

    let rows = table.tasks(..);
    check("as many rows as tasks", rows.len() == 3)?;
    check_fields("a row of a table", &rows[0].xs, &hard_values())?;
    check("a row without elements", rows[1].xs.is_empty())?;
    check("what was not fetched is empty", rows[0].worker_id.is_none() && rows[0].ys.is_empty())
}

/// The column as each kind: as its own it comes, as others it is refused.
fn typed(table: &Table, name: &str, value: &Value) -> Result<()> {
    let refused = |refused: bool| check(&format!("`{name}` as another kind"), refused);
    let kept = |kept: bool| check(&format!("`{name}` as its own kind"), kept);
    match (table.numbers(name), value) {
        (Ok(numbers), Value::Number(number)) => kept(same_numbers(&numbers, &[*number, f64::NAN, *number])),
        #[expect(clippy::cast_precision_loss, reason = "the nearest number is what was asked for")]
        (Ok(numbers), Value::Integer(integer)) => {
            kept(same_numbers(&numbers, &[*integer as f64, f64::NAN, *integer as f64]))
        }
        (numbers, _) => refused(matches!(numbers, Err(Error::Invalid(_)))),
    }?;
    match (table.integers(name), value) {
        (Ok(integers), Value::Integer(integer)) => kept(integers == [*integer, 0, *integer]),
        (integers, _) => refused(matches!(integers, Err(Error::Invalid(_)))),
    }?;
    match (table.booleans(name), value) {
        (Ok(booleans), Value::Boolean(boolean)) => kept(booleans == [*boolean, false, *boolean]),
        (booleans, _) => refused(matches!(booleans, Err(Error::Invalid(_)))),
    }?;
    match (table.texts(name), value) {
        (Ok(texts), Value::Text(text)) => kept(texts.levels == [text.clone()] && texts.codes == [0, -1, 0]),
        (texts, _) => refused(matches!(texts, Err(Error::Invalid(_)))),
    }
}

fn kinds_join(worker: &Worker) -> Result<()> {
    use Value::{Boolean, Integer, Integers, Null, Number, Numbers, Text};
    const BIG: i64 = (1 << 53) + 1;
    let joined = [
        (Integer(1), Number(0.5), ColumnKind::Number),
        (Number(f64::NAN), Integer(i64::MIN), ColumnKind::Number),
        (Integer(BIG), Number(0.5), ColumnKind::Mixed),
        (Integer(i64::MIN), Integer(i64::MAX), ColumnKind::Integer),
        (Null, Integer(7), ColumnKind::Integer),
        (Text(String::new()), Null, ColumnKind::Text),
        (Boolean(true), Integer(1), ColumnKind::Mixed),
        (Text("1".into()), Integer(1), ColumnKind::Mixed),
        (Null, Null, ColumnKind::Mixed),
        (Numbers(vec![f64::INFINITY]), Numbers(Vec::new()), ColumnKind::Mixed),
        (Integers(vec![1]), Integer(1), ColumnKind::Mixed),
    ];
    for (first, second, expected) in joined {
        let rows = vec![vec![field("x", first.clone())], vec![field("x", second.clone())], Fields::new()];
        let table = table_of(worker, rows, Parts::XS)?;
        let what = format!("{first:?} above {second:?}");
        check_equal(&what, &table.columns(), &[("x".to_owned(), expected)])?;
        let valid = [first != Null, second != Null, false];
        check_equal(&format!("valid: {what}"), &table.valid("x")?, &valid)?;
        let values = table.values("x")?;
        let same = same_value(&values[0], &first) && same_value(&values[1], &second) && values[2] == Null;
        check(&format!("values: {what}: {values:?}"), same)?;
    }
    // A NaN that was computed is there; one that stands for a missing number is not.
    let rows = vec![vec![field("x", Number(f64::NAN))], vec![field("x", Null)]];
    let table = table_of(worker, rows, Parts::XS)?;
    check("both are NaN", table.numbers("x")?.iter().all(|number| number.is_nan()))?;
    check_equal("and valid tells", &table.valid("x")?, &[true, false])
}

#[derive(Serialize)]
struct Extra {
    y: i64,
    worker_id: i64,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Seen {
    #[serde(rename = "xs.y")]
    x: i64,
    #[serde(rename = "ys.y")]
    y: f64,
    condition: Option<String>,
    elsewhere: Option<bool>,
}

fn names_collide(worker: &Worker) -> Result<()> {
    worker.fetch_new(Parts::empty(), Duration::ZERO)?;
    let row = |names: &[&str], value: i64| {
        Row::from_fields(names.iter().map(|name| field(name, Value::Integer(value))).collect())
    };
    let xs = row(&["y", "only x"], 1).with_extra(&Extra { y: 3, worker_id: 5 })?;
    let ys = row(&["y", "only y"], 2).with_extra(&Extra { y: 4, worker_id: 6 })?;
    let keys = worker.push_running(&[xs])?;
    check("tasks.finish", worker.finish(&keys, &[ys])?.is_empty())?;
    let table = worker.fetch_new(Parts::all(), Duration::from_secs(1))?;
    let names: Vec<_> = table.columns().into_iter().map(|(name, _)| name).collect();
    let expected = [
        "xs.y",
        "only x",
        "ys.y",
        "only y",
        "xs_extra.y",
        "xs_extra.worker_id",
        "ys_extra.y",
        "ys_extra.worker_id",
        "condition",
        "task.worker_id",
    ];
    check_equal("names of columns", &names, &expected.map(str::to_owned))?;
    let integers = |name| Ok::<_, Error>(table.integers(name)?[0]);
    let values = [integers("xs.y")?, integers("ys.y")?, integers("xs_extra.y")?, integers("ys_extra.y")?];
    check_equal("columns of one name", &values, &[1, 2, 3, 4])?;
    check_equal("the worker", &table.texts("task.worker_id")?.levels, &[worker.id()])?;
    check("a name of two columns", matches!(table.integers("y"), Err(Error::Invalid(_))))?;

    let seen = Seen { x: 1, y: 2.0, condition: None, elsewhere: None };
    check_equal("rows of a type", &table.rows_as::<Seen>()?, &[seen])
}

fn every_state_and_part(worker: &Worker) -> Result<()> {
    let before = worker.fetch(&ALL, Parts::empty())?;
    let x = |value: i64| Row::from_fields(vec![field("x", Value::Integer(value))]);
    let queued = worker.push(&[x(1), x(2)])?;
    let running = worker.push_running(&[x(3)])?;
    let failed = worker.push_failed(&[x(4)], &[Condition::new("singular")])?;
    let done = worker.push_finished(&[x(5)], &[x(6)])?;

    let table = worker.fetch(&[State::Queued], Parts::XS)?;
    check_equal("queued tasks", &table.keys(), &queued)?;
    check_equal("elements of queued tasks", &table.integers("x")?, &[1, 2])?;
    let table = worker.fetch(&[State::Running], Parts::WORKER_ID)?;
    check_equal("running tasks", &table.keys(), &running)?;
    check_equal("their workers", &table.texts("worker_id")?.levels, &[worker.id()])?;
    check_equal("no other columns", &table.columns(), &[("worker_id".to_owned(), ColumnKind::Text)])?;
    let table = worker.fetch(&[State::Failed], Parts::CONDITION)?;
    check_equal("failed tasks", &table.keys(), &failed)?;
    check("the message of the condition", table.texts("condition")?.get(0) == Some("singular"))?;
    let condition = table.tasks(..).remove(0).condition;
    check_equal("the condition of a row", &[condition], &[Some(Condition::new("singular"))])?;

    // Each once, also when a state is named twice.
    let states = [State::Failed, State::Queued, State::Failed, State::Running, State::Finished];
    let table = worker.fetch(&states, Parts::default())?;
    let keys: HashSet<_> = table.keys().into_iter().collect();
    let new: Vec<_> = [queued.clone(), running.clone(), failed, done].concat();
    check("each task once", keys.len() == table.len() && table.len() == before.len() + new.len())?;
    check("all of them", new.iter().all(|key| keys.contains(key)))?;
    for (key, state) in table.keys().into_iter().zip(table.states()) {
        let should = if queued.contains(&key) {
            State::Queued
        } else if running.contains(&key) {
            State::Running
        } else if new[3] == key {
            State::Failed
        } else {
            State::Finished
        };
        check_equal("state in a table", &[state], &[should])?;
    }
    check("a snapshot stays as it is", before.len() + new.len() == table.len())?;

    while let Some(task) = worker.pop(Duration::ZERO)? {
        worker.finish_one(&task.key, &Row::default())?;
    }
    check("tasks are finished", worker.finish_one(&running[0], &Row::default())?)
}

fn new_ones(worker: &Worker) -> Result<()> {
    let y = |value: f64| Row::from_fields(vec![field("y", Value::Number(value))]);
    worker.fetch_new(Parts::empty(), Duration::ZERO)?;
    check("what was given is not new", worker.fetch_new(Parts::YS, Duration::ZERO)?.is_empty())?;
    worker.push_finished(&[(), ()], &[y(1.0), y(2.0)])?;
    let all = worker.fetch(&[State::Finished], Parts::YS)?;
    check("fetching gives all", all.len() > 2)?;
    let new = worker.fetch_new(Parts::YS, Duration::from_secs(1))?;
    check_equal("fetching does not count as given", &new.numbers("y")?, &[1.0, 2.0])?;
    let (key, json) = (&new.keys()[1], new.json());
    let row = format!(r#",{{"key":"{key}","state":"finished","y":2.0}}]"#);
    check(&format!("JSON of a table: {json}"), json.ends_with(&row))?;
    check("there is nothing newer", worker.fetch_new(Parts::YS, Duration::from_millis(20))?.is_empty())?;

    worker.reset_cache();
    check_equal(
        "after a reset all is new",
        &[worker.fetch_new(Parts::YS, Duration::ZERO)?.len()],
        &[all.len()],
    )?;
    check_equal("a table survives a reset", &new.numbers("y")?, &[1.0, 2.0])?;
    check("and then nothing is", worker.fetch_new(Parts::YS, Duration::ZERO)?.is_empty())
}

fn many(worker: &Worker) -> Result<()> {
    const TASKS: u32 = 10_000;
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    struct Point {
        a: f64,
        b: f64,
        c: f64,
        d: f64,
        e: f64,
    }
    let point = |index: u32| {
        let a = f64::from(index);
        Point { a, b: -a, c: a / 3.0, d: 1.0 / a, e: 0.0 }
    };
    let points: Vec<_> = (0..TASKS).map(point).collect();
    worker.fetch_new(Parts::empty(), Duration::ZERO)?;
    let keys = worker.push_finished(&points, &vec![(); points.len()])?;
    let table = worker.fetch_new(Parts::default(), Duration::from_secs(10))?;
    check("10,000 tasks in one call", table.keys() == keys)?;
    let columns = [table.numbers("a")?, table.numbers("b")?, table.numbers("c")?, table.numbers("d")?];
    let expected: Vec<_> = points.iter().map(|point| point.c).collect();
    check("10,000 numbers", same_numbers(&columns[2], &expected))?;
    check("10,000 rows of a type", table.rows_as::<Point>()? == points)?;
    let mut rows = 0;
    for (task, point) in table.iter().zip(&points) {
        rows += 1;
        check("10,000 tasks, one by one", task.xs::<Point>()? == *point)?;
    }
    check_equal("10,000 tasks", &[rows], &[TASKS])?;
    let last = table.tasks(9_999..20_000);
    check("rows are clipped", last.len() == 1 && last[0].key == keys[9_999])?;
    check("rows beyond the end", table.tasks(10_000..).is_empty() && table.tasks(usize::MAX..).is_empty())?;
    check("JSON of 10,000 tasks", table.json().matches("\"key\":").count() == 10_000)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Model {
    weights: Vec<f64>,
    kernel: String,
}

fn hashes(worker: &Worker) -> Result<()> {
    check("hashes.write of nothing", worker.write_entries(&[])?.is_empty())?;
    check("hashes.read of nothing", worker.read_entries(&[], &["x"])?.is_empty())?;

    let hard: Entries = vec![
        ("xs".into(), hard_values()),
        (String::new(), vec![field("y", Value::Number(f64::NEG_INFINITY))]),
        ("a.b c/\u{1f980}\n".into(), Fields::new()),
    ];
    let keys = worker.write_entries(&[hard.clone(), vec![("xs".into(), Fields::new())]])?;
    check("a key for each hash", keys.len() == 2 && keys[0] != keys[1])?;
    let unknown = unknown_key(&keys[0])?;
    let read = worker.read_entries(&[keys[1].clone(), unknown, keys[0].clone()], &["xs", ""])?;
    check("a hash for each key", read.len() == 3)?;
    check("a hash that does not exist", read[1].is_none())?;
    let [Some(short), Some(long)] = [&read[0], &read[2]] else { return Err(broken("hashes that exist")) };
    check_equal("entries that were asked for", &names(long), &["xs", ""])?;
    check_fields("an entry", &long[0].1, &hard_values())?;
    check_fields("under an empty name", &long[1].1, &hard[1].1)?;
    check("an entry that a hash does not have", short.iter().all(|(_, row)| row.is_empty()))?;

    let invalid = |what: &str, refused: bool| check(&format!("refused: {what}"), refused);
    let empty = worker.write_entries(&[hard, Entries::new()]);
    invalid("a hash without entries", matches!(empty, Err(Error::Invalid(_))))?;
    let twice = vec![("a".to_owned(), Fields::new()), ("a".to_owned(), Fields::new())];
    invalid("an entry twice", matches!(worker.write_entries(&[twice]), Err(Error::Invalid(_))))?;
    let twice = worker.read_entries(&keys, &["xs", "xs"]);
    invalid("a name twice", matches!(twice, Err(Error::Invalid(_))))?;
    let same = worker.read_entries(&[keys[1].clone(), keys[1].clone()], &["xs"])?;
    check("a key twice", same.len() == 2 && same[0] == same[1] && same[0].is_some())?;

    let models = [1.0, 2.0].map(|weight| Model { weights: vec![weight], kernel: "rbf".into() });
    let keys = worker.write_hashes("model", &models)?;
    let [first, second] = &models;
    let read = worker.read_hashes::<Model>("model", &keys)?;
    check("rows of a type in hashes", read.iter().flatten().eq([first, second]))?;
    check("another name", worker.read_hash::<Model>("no such name", &keys[0])?.is_none())?;

    let task = Key::from(keys[0].to_string());
    check("a hash is no task", matches!(worker.fail_one(&task, "?"), Err(Error::Invalid(_))))?;
    let task = HashKey::from(worker.keys(&[State::Finished])?[0].1[0].to_string());
    let read = worker.read_entries(slice::from_ref(&task), &["xs"]);
    check("a task is no hash", matches!(read, Err(Error::Invalid(_))))
}

/// The key of a hash that does not exist.
fn unknown_key(key: &HashKey) -> Result<HashKey> {
    let prefix = key.as_str().rfind(':').ok_or_else(|| broken("the key of a hash has a name in front"))?;
    Ok(HashKey::from(format!("{}:00000000-0000-4000-8000-ffffffffffff", &key.as_str()[..prefix])))
}

fn names(entries: &Entries) -> Vec<&str> {
    entries.iter().map(|(name, _)| name.as_str()).collect()
}

rush_worker::main!(every_fetch);
