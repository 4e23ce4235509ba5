//! What tables promise.

use arrow_array::{
    Array as _,
    cast::AsArray as _,
    types::{Float64Type, Int64Type},
};
use arrow_schema::DataType;
use proptest::prelude::*;

use super::{Chunk, ChunkBuilder, Chunks, ColumnError, ColumnKind, Parts, Piece, Table};
use crate::{Condition, Field, Fields, State, Task, TaskKey, Value, WorkerId, fields, value_to_json};

fn task(number: usize, xs: Fields, ys: Fields) -> Task {
    Task {
        key: TaskKey::stored(format!("key-{number}")),
        state: State::Finished,
        xs,
        ys,
        xs_extra: Fields::new(),
        ys_extra: Fields::new(),
        condition: None,
        worker_id: None,
        attempt: 0,
    }
}

/// A table with one column `v`.
fn column(values: &[Value]) -> Table {
    let task = |(number, value): (usize, &Value)| {
        task(number, vec![Field { name: "v".into(), value: value.clone() }], vec![])
    };
    Table::from_tasks(values.iter().enumerate().map(task).collect(), Parts::ALL)
}

fn elements(table: &Table) -> Vec<(String, ColumnKind)> {
    let columns = table.columns().into_iter();
    columns.filter(|(name, _)| name != "condition" && name != "worker_id").collect()
}

fn kind(values: &[Value]) -> ColumnKind {
    elements(&column(values))[0].1
}

fn chunk(tasks: impl IntoIterator<Item = Task>) -> Chunk {
    let mut builder = ChunkBuilder::with_capacity(2);
    tasks.into_iter().for_each(|task| builder.task(task));
    builder.finish()
}

fn names(table: &Table) -> Vec<String> {
    table.columns().into_iter().map(|(name, _)| name).collect()
}

#[test]
fn elements_become_columns_in_the_order_in_which_they_appear() {
    let tasks = vec![
        task(0, fields! { "b" => 1.5, "a" => 1_i64 }, fields! { "y" => 2.0 }),
        Task { xs_extra: fields! { "t" => "now" }, ..task(1, fields! { "a" => 2_i64, "c" => true }, vec![]) },
    ];
    let table = Table::from_tasks(tasks, Parts::ALL);
    let expected = [
        ("b", ColumnKind::Number),
        ("a", ColumnKind::Integer),
        ("c", ColumnKind::Boolean),
        ("y", ColumnKind::Number),
        ("t", ColumnKind::Text),
        ("condition", ColumnKind::Text),
        ("worker_id", ColumnKind::Text),
    ];
    assert_eq!(table.columns(), expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(table.integers("a").unwrap(), [1, 2]);
    assert_eq!(table.booleans("c").unwrap(), [false, true]);
    assert_eq!(table.valid("c").unwrap(), [false, true]);
    assert_eq!(table.keys().iter().map(TaskKey::as_str).collect::<Vec<_>>(), ["key-0", "key-1"]);
}

#[test]
fn a_missing_number_is_told_from_one_that_is_none() {
    let table = column(&[1.5.into(), f64::NAN.into(), Value::Null, f64::INFINITY.into()]);
    let numbers = table.numbers("v").unwrap();
    assert_eq!(numbers[..1], [1.5]);
    assert!(numbers[3].is_infinite());
    assert!(numbers[1].is_nan() && numbers[2].is_nan());
    assert_eq!(table.valid("v").unwrap(), [true, true, false, true]);
}

#[test]
fn whole_numbers_beside_others_are_numbers_and_keep_what_they_were() {
    let values = [Value::Integer(3), Value::Null, Value::Number(0.5), Value::Number(3.0), Value::Integer(0)];
    let table = column(&values);
    assert_eq!(kind(&values), ColumnKind::Number);
    assert_eq!(table.numbers("v").unwrap()[..1], [3.0]);
    assert_eq!(table.values("v").unwrap(), values);
    assert_eq!(table.record_batch().unwrap().column(2).data_type(), &DataType::Float64);
    let too_large = [Value::Integer(i64::MAX), Value::Number(0.5)];
    assert_eq!(kind(&too_large), ColumnKind::Mixed);
    assert_eq!(column(&too_large).values("v").unwrap(), too_large);
    assert_eq!(column(&[7_i64.into()]).numbers("v").unwrap(), [7.0], "a column of whole ones");
}

#[test]
fn a_column_of_missing_values_is_mixed_until_something_stands_in_it() {
    assert_eq!(kind(&[Value::Null, Value::Null]), ColumnKind::Mixed);
    assert_eq!(kind(&[Value::Null, 1_i64.into()]), ColumnKind::Integer);
    assert_eq!(kind(&[Value::Null, "a".into(), Value::Null]), ColumnKind::Text);
    assert_eq!(kind(&["a".into(), 1_i64.into()]), ColumnKind::Mixed);
    let batch = column(&[Value::Null]).record_batch().unwrap();
    assert_eq!((batch.column(2).data_type(), batch.column(2).null_count()), (&DataType::Utf8, 1));
}

#[test]
fn texts_have_levels() {
    let table = column(&["b".into(), "a".into(), Value::Null, "b".into(), "".into()]);
    let factor = table.texts("v").unwrap();
    assert_eq!(factor.levels, ["b", "a", ""]);
    assert_eq!(factor.codes, [0, 1, -1, 0, 2]);
}

#[test]
fn vectors_and_bytes_are_mixed_for_guests_and_lists_for_export() {
    let columns: [(Value, DataType); 5] = [
        (vec![1_i64, 2].into(), DataType::Int64),
        (vec![0.5, f64::NAN].into(), DataType::Float64),
        (vec!["a".to_owned(), String::new()].into(), DataType::Utf8),
        (vec![0_u8, 255].into(), DataType::Binary),
        (Value::Json(r#"{"a":[1,null]}"#.into()), DataType::Utf8),
    ];
    for (value, inner) in columns {
        let empty = match &value {
            Value::Integers(_) => Value::Integers(vec![]),
            Value::Numbers(_) => Value::Numbers(vec![]),
            Value::Texts(_) => Value::Texts(vec![]),
            Value::Bytes(_) => Value::Bytes(vec![]),
            _ => Value::Json("[]".into()),
        };
        let values = [value.clone(), Value::Null, empty];
        let table = column(&values);
        assert_eq!(kind(&values), ColumnKind::Mixed);
        assert_eq!(format!("{:?}", table.values("v").unwrap()), format!("{values:?}"));
        let batch = table.record_batch().unwrap();
        let found = match batch.column(2).data_type() {
            DataType::List(field) => field.data_type().clone(),
            other => other.clone(),
        };
        assert_eq!((found, batch.column(2).null_count()), (inner, 1));
        let is_json = batch.schema().field(2).metadata().contains_key("rush:json");
        assert_eq!(is_json, matches!(value, Value::Json(_)));
    }
}

#[test]
fn mixed_columns_are_exported_as_json() {
    let batch =
        column(&["a".into(), f64::NAN.into(), Value::Null, vec![1_i64].into()]).record_batch().unwrap();
    let texts: Vec<_> = batch.column(2).as_string::<i32>().iter().collect();
    assert_eq!(texts, [Some("\"a\""), Some("\"NaN\""), None, Some("[1]")]);
    assert_eq!(batch.schema().field(2).metadata()["rush:json"], "true");
}

#[test]
fn a_name_that_stands_in_two_parts_gets_its_part_in_front() {
    let both = Task {
        xs_extra: fields! { "y" => 3.0, "condition" => "c" },
        ..task(0, fields! { "x" => 1.0, "y" => 1.0, "xs.y" => 9.0 }, fields! { "y" => 2.0 })
    };
    let table = Table::from_tasks(vec![both], Parts::ALL);
    let expected =
        ["x", "xs.xs.y", "xs.y", "ys.y", "xs_extra.y", "xs_extra.condition", "task.condition", "worker_id"];
    assert_eq!(names(&table), expected);
    assert_eq!(table.numbers("ys.y").unwrap(), [2.0]);
    assert_eq!(table.numbers("xs.y").unwrap(), [9.0], "what is called so is found by its name");
    let without = Table::new(table.pieces().to_vec(), Parts { ys: false, xs_extra: false, ..Parts::ALL });
    assert_eq!(names(&without), ["x", "y", "xs.y", "condition", "worker_id"]);
}

#[test]
fn empty_and_unicode_names_are_names() {
    let table = Table::from_tasks(
        vec![task(0, fields! { "" => 1.0, "größe 🦀\"" => 2.0, "key" => 3.0 }, vec![])],
        Parts::ALL,
    );
    assert_eq!(table.numbers("").unwrap(), [1.0]);
    assert_eq!(table.numbers("größe 🦀\"").unwrap(), [2.0]);
    let json: serde_json::Value = serde_json::from_str(&table.json()).unwrap();
    assert_eq!(json[0]["größe 🦀\""], 2.0);
    assert_eq!((&json[0]["key"], &json[0]["task.key"]), (&3.0.into(), &"key-0".into()));
    assert_eq!(table.record_batch().unwrap().schema().field(0).name(), "task.key");
}

#[test]
fn a_column_that_is_not_there_is_told_with_those_that_are() {
    let table = column(&["a".into()]);
    let unknown = table.numbers("w").unwrap_err();
    assert_eq!(unknown.to_string(), "there is no column `w`; the table has `v`, `condition`, `worker_id`");
    let kind = ColumnError::Kind { name: "v".into(), kind: ColumnKind::Text, wanted: ColumnKind::Integer };
    assert_eq!(table.integers("v").unwrap_err(), kind);
    assert!(
        Table::from_tasks(vec![], Parts::NONE).values("v").unwrap_err().to_string().ends_with("has none")
    );
}

#[test]
fn conditions_and_workers_are_columns() {
    let details = fields! { "line" => 3_i64 };
    let failed = Task {
        state: State::Failed,
        condition: Some(Condition { details, ..Condition::new("trap", "unreachable") }),
        worker_id: Some(WorkerId::stored("ann".into())),
        attempt: 2,
        ..task(1, fields! { "x" => 1.0 }, vec![])
    };
    let tasks = vec![task(0, vec![], vec![]), failed, task(2, vec![], vec![])];
    let table = Table::from_tasks(tasks.clone(), Parts::ALL);
    assert_eq!(table.texts("condition").unwrap().codes, [-1, 0, -1]);
    assert_eq!(table.values("worker_id").unwrap()[1], "ann".into());
    assert_eq!(table.states(), [State::Finished, State::Failed, State::Finished]);
    assert_eq!(table.rows(0, usize::MAX), tasks);
    assert_eq!(table.rows(1, 1), tasks[1..2]);
    assert!(table.rows(3, 1).is_empty());
    let bare = Table::from_tasks(tasks.clone(), Parts::NONE);
    assert!(bare.columns().is_empty());
    let expected = Task { xs: vec![], condition: None, worker_id: None, ..tasks[1].clone() };
    assert_eq!(bare.rows(1, 1), [expected]);
}

#[test]
fn json_tells_what_numbers_cannot() {
    let table = column(&[f64::NAN.into(), Value::Null]);
    let expected = concat!(
        r#"[{"key":"key-0","state":"finished","v":"NaN","condition":null,"worker_id":null},"#,
        r#"{"key":"key-1","state":"finished","v":null,"condition":null,"worker_id":null}]"#
    );
    assert_eq!(table.json(), expected);
    assert_eq!(Table::from_tasks(vec![], Parts::ALL).json(), "[]");
}

#[test]
fn a_missing_value_that_was_written_is_told_from_nothing() {
    let tasks: Vec<_> =
        [fields! { "a" => Value::Null }, vec![], fields! { "a" => 1.5 }, fields! { "a" => Value::Null }]
            .into_iter()
            .enumerate()
            .map(|(number, xs)| task(number, xs, vec![]))
            .collect();
    let table = Table::from_tasks(tasks.clone(), Parts::ALL);
    assert_eq!(table.rows(0, 9), tasks);
    assert_eq!(table.valid("a").unwrap(), [false, false, true, false]);
}

#[test]
fn an_empty_table_has_a_record_batch() {
    let batch = Table::from_tasks(vec![], Parts::ALL).record_batch().unwrap();
    assert_eq!((batch.num_rows(), batch.num_columns()), (0, 4));
}

#[test]
fn a_slice_shows_nothing_of_the_rest() {
    let all = chunk([
        task(0, fields! { "v" => "text", "gone" => 1.0 }, vec![]),
        task(1, fields! { "v" => 1.5 }, vec![]),
        task(2, fields! { "v" => 2_i64 }, vec![]),
    ]);
    let mut chunks = Chunks::default();
    chunks.append(all);
    let table = |rows| Table::new(chunks.pieces(rows), Parts::ALL);
    assert_eq!(elements(&table(0..3))[0], ("v".into(), ColumnKind::Mixed));
    assert_eq!(elements(&table(1..3)), [("v".into(), ColumnKind::Number)]);
    assert_eq!(table(1..3).numbers("v").unwrap(), [1.5, 2.0]);
    assert_eq!(elements(&table(2..3)), [("v".into(), ColumnKind::Integer)]);
    let batch = table(2..3).record_batch().unwrap();
    assert_eq!(batch.column(2).as_primitive::<Int64Type>().values(), &[2]);
    let batch = table(1..3).record_batch().unwrap();
    assert_eq!(batch.column(2).as_primitive::<Float64Type>().values(), &[1.5, 2.0]);
    assert_eq!(table(0..1).texts("v").unwrap().levels, ["text"]);
}

#[test]
fn there_are_few_chunks_however_many_are_appended() {
    let mut chunks = Chunks::default();
    for number in 0..1000 {
        chunks.append(chunk([task(number, fields! { "x" => 1.5 }, vec![])]));
    }
    assert!(chunks.pieces(0..1000).len() <= 10);
    assert_eq!(chunks.len(), 1000);
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        prop_oneof![any::<i64>(), -3..3_i64].prop_map(Value::Integer),
        prop_oneof![any::<f64>(), Just(f64::NAN), Just(-0.0)].prop_map(Value::Number),
        "[a-c]{0,2}".prop_map(Value::Text),
        any::<Vec<u8>>().prop_map(Value::Bytes),
        any::<Vec<i64>>().prop_map(Value::Integers),
        any::<Vec<f64>>().prop_map(Value::Numbers),
        prop::collection::vec("[a-c]{0,2}", 0..3).prop_map(Value::Texts),
        Just(Value::Json(r#"{"a":[1,{"b":null}]}"#.into())),
    ]
}

/// Values of one case, or numbers of both cases, now and then of any.
fn similar() -> impl Strategy<Value = Vec<Option<Value>>> {
    let numbers = prop_oneof![
        (-9..9_i64).prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Number),
        Just(Value::Null)
    ];
    let rows = 1..40_usize;
    prop_oneof![
        prop::collection::vec(prop::option::of(value()), rows.clone()),
        prop::collection::vec(prop::option::of(numbers), rows.clone()),
        prop::collection::vec(prop::option::of(any::<f64>().prop_map(Value::Number)), rows.clone()),
        prop::collection::vec(prop::option::of("[a-c]".prop_map(Value::Text)), rows),
    ]
}

proptest! {
    #[test]
    fn many_chunks_are_as_one(
        (a, b) in (similar(), similar()),
        sizes in prop::collection::vec(1..6_usize, 40),
        (start, len) in (0..40_usize, 0..40_usize),
    ) {
        let named = |name: &str, value: Option<&Option<Value>>| -> Fields {
            let value = value.and_then(Option::as_ref);
            value.map(|value| Field { name: name.into(), value: value.clone() }).into_iter().collect()
        };
        let tasks: Vec<Task> = (0..a.len().max(b.len()))
            .map(|row| Task {
                worker_id: (row % 3 == 0).then(|| WorkerId::stored(format!("w{}", row % 2))),
                attempt: u32::try_from(row).unwrap(),
                ..task(row, named("a", a.get(row)), named("b", b.get(row)))
            })
            .collect();
        let mut chunks = Chunks::default();
        let mut rest = tasks.as_slice();
        for size in sizes {
            let (front, back) = rest.split_at(size.min(rest.len()));
            chunks.append(chunk(front.iter().cloned()));
            rest = back;
        }
        chunks.append(chunk(rest.iter().cloned()));
        let end = (start + len).min(tasks.len());
        let start = start.min(end);
        for rows in [0..tasks.len(), start..end] {
            let table = Table::new(chunks.pieces(rows.clone()), Parts::ALL);
            let expected = Table::from_tasks(tasks[rows.clone()].to_vec(), Parts::ALL);
            prop_assert_eq!(table.columns(), expected.columns());
            prop_assert_eq!(format!("{:?}", table.rows(0, 99)), format!("{:?}", &tasks[rows]));
            prop_assert_eq!(table.json(), expected.json());
            prop_assert_eq!(table.record_batch().unwrap(), expected.record_batch().unwrap());
            for (name, _) in table.columns() {
                prop_assert_eq!(
                    format!("{:?}", table.values(&name)), format!("{:?}", expected.values(&name))
                );
                prop_assert_eq!(table.valid(&name), expected.valid(&name));
                prop_assert_eq!(
                    format!("{:?}", table.numbers(&name)), format!("{:?}", expected.numbers(&name))
                );
                prop_assert_eq!(table.texts(&name), expected.texts(&name));
                prop_assert_eq!(table.integers(&name), expected.integers(&name));
                prop_assert_eq!(table.booleans(&name), expected.booleans(&name));
            }
        }
    }

    #[test]
    fn values_come_back_as_they_were(values in prop::collection::vec(value(), 1..20)) {
        let table = column(&values);
        prop_assert_eq!(format!("{:?}", table.values("v").unwrap()), format!("{values:?}"));
        let json: serde_json::Value = serde_json::from_str(&table.json()).unwrap();
        for (row, value) in values.iter().enumerate() {
            prop_assert_eq!(json[row]["v"].to_string(), value_to_json(value).to_string());
        }
        prop_assert_eq!(table.record_batch().unwrap().num_rows(), values.len());
    }
}

#[test]
fn pieces_of_several_states_stand_one_below_the_other() {
    let queued = chunk([Task { state: State::Queued, ..task(0, fields! { "x" => 1_i64 }, vec![]) }]);
    let finished = chunk([task(1, fields! { "x" => 0.5 }, fields! { "y" => 1.0 })]);
    let table = Table::new(vec![Piece::whole(queued), Piece::whole(finished)], Parts::ALL);
    assert_eq!(table.states(), [State::Queued, State::Finished]);
    assert_eq!(table.numbers("x").unwrap(), [1.0, 0.5]);
    assert!(table.numbers("y").unwrap()[0].is_nan());
}

#[test]
fn tasks_with_names_of_their_own_take_no_more_memory_than_what_they_hold() {
    let own = |number: usize| -> Fields {
        (0..100).map(|index| Field::new(format!("x{number}_{index}"), 1.5)).collect()
    };
    let table =
        Table::from_tasks((0..2_000).map(|number| task(number, own(number), vec![])).collect(), Parts::ALL);
    assert_eq!(table.len(), 2_000);
    // 200,000 values; as one chunk they would have 400 million cells.
    let cells: usize = table.pieces().iter().map(|piece| piece.chunk.columns().len() * piece.len).sum();
    assert!(cells < 200_000 * 16, "{cells} cells");
    assert_eq!(table.columns().len(), 200_000 + 2);
    assert_eq!(table.rows(1_234, 1)[0].xs, own(1_234));
    let mut grown = Chunks::default();
    (0..2_000).for_each(|number| grown.append(chunk([task(number, own(number), vec![])])));
    let cells: usize =
        grown.pieces(0..2_000).iter().map(|piece| piece.chunk.columns().len() * piece.len).sum();
    assert!(cells < 200_000 * 16, "{cells} cells");
}

#[test]
fn a_wide_task_among_narrow_ones_stands_alone() {
    let wide: Fields = (0..100_000).map(|index| Field::new(format!("w{index}"), true)).collect();
    let narrow = |number| task(number, fields! { "x" => 1.5 }, vec![]);
    let mut tasks: Vec<_> = (0..1_000).map(narrow).collect();
    tasks.push(task(1_000, wide.clone(), vec![]));
    tasks.extend((1_001..2_000).map(narrow));
    let table = Table::from_tasks(tasks, Parts::ALL);
    let cells: usize = table.pieces().iter().map(|piece| piece.chunk.columns().len() * piece.len).sum();
    assert!(cells < 1_000_000, "{cells} cells");
    assert_eq!(table.numbers("x").unwrap().len(), 2_000);
    assert_eq!(table.rows(1_000, 1)[0].xs, wide);
}
