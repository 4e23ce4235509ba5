//! What is written and read again is the same.

use arrow_array::RecordBatch;
use proptest::prelude::*;
use rush_formats::{BATCH, Format, Kind, Options, Source, write};
use rush_network::{Field, Fields, Parts, State, Table, Task, TaskKey, Value, fields};

fn task(xs: Fields) -> Task {
    let key = TaskKey::parse("2d9d5a0c-0f3a-4f10-9e64-94a2c3a3a001", "").expect("it is a key");
    let empty = Fields::new;
    Task {
        key,
        state: State::Queued,
        xs,
        ys: empty(),
        xs_extra: empty(),
        ys_extra: empty(),
        condition: None,
        worker_id: None,
        attempt: 0,
    }
}

fn batch(tasks: &[Fields]) -> RecordBatch {
    let parts = Parts { xs: true, ..Parts::NONE };
    Table::from_tasks(tasks.iter().cloned().map(task).collect(), parts)
        .record_batch()
        .expect("every table is a record batch")
}

fn written(tasks: &[Fields], format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    write(&batch(tasks), format, &mut out).expect("memory can be written to");
    out
}

/// Writes and reads again, without key and state.
fn again(tasks: &[Fields], format: Format) -> Vec<Fields> {
    let columns: Vec<String> =
        tasks.first().map_or_else(Vec::new, |task| task.iter().map(|field| field.name.clone()).collect());
    let options = Options { columns, ..Options::default() };
    let source = Source::open("a file", written(tasks, format).into(), format, &options);
    let source = source.expect("what we write can be read");
    assert_eq!(source.rows(), tasks.len() as u64);
    source.tasks().collect::<Result<Vec<_>, _>>().expect("it was looked at before").concat()
}

/// Values are compared as they are shown, because a NaN is not equal to itself.
fn shown(tasks: &[Fields]) -> Vec<String> {
    tasks.iter().map(|task| format!("{task:?}")).collect()
}

/// Columns of one kind, each with some missing values. One of them is never missing anything, because a row of nothing at all
/// says nothing about its length.
fn columns(texts: &'static str) -> impl Strategy<Value = Vec<Fields>> {
    let number = prop_oneof![
        any::<f64>(),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        (-1000..1000).prop_map(|tenths| f64::from(tenths) / 10.0)
    ];
    let number = number.boxed();
    let row = (
        any::<bool>(),
        proptest::option::of(any::<i64>()),
        proptest::option::of(number.clone()),
        proptest::option::of(texts),
        proptest::option::of(proptest::collection::vec(any::<i64>(), 0..4)),
        proptest::option::of(proptest::collection::vec(number, 0..4)),
        proptest::option::of(proptest::collection::vec(texts, 0..4)),
    );
    proptest::collection::vec(row, 1..20).prop_map(|rows| {
        let or_null = |value: Option<Value>| value.unwrap_or(Value::Null);
        let mut tasks: Vec<Fields> = rows
            .into_iter()
            .map(|(boolean, integer, number, text, integers, numbers, texts)| {
                let value =
                    |name: &str, value: Option<Value>| Field { name: name.into(), value: or_null(value) };
                vec![
                    value("boolean", Some(boolean.into())),
                    value("ganze Zahl, \"große\"", integer.map(Value::Integer)),
                    value("number", number.map(Value::Number)),
                    value("text", text.map(Value::Text)),
                    value("integers", integers.map(Value::Integers)),
                    value("numbers", numbers.map(Value::Numbers)),
                    value("texts", texts.map(Value::Texts)),
                ]
            })
            .collect();
        // What a column is should not be a matter of luck.
        let row = fields! {
            "boolean" => true, "ganze Zahl, \"große\"" => i64::MIN, "number" => 0.5, "text" => "a",
            "integers" => vec![i64::MAX], "numbers" => vec![0.5], "texts" => vec!["a".to_owned()],
        };
        tasks.push(row);
        tasks
    })
}

proptest! {
    #[test]
    fn parquet_and_arrow_keep_everything(tasks in columns("\\PC*|[\u{1}\n\r\",]*")) {
        for format in [Format::Parquet, Format::Arrow] {
            prop_assert_eq!(shown(&again(&tasks, format)), shown(&tasks));
        }
    }

    #[test]
    fn json_lines_keep_everything_that_they_can_say(tasks in columns("[^NI-]\\PC*|[\n\r\",]*")) {
        prop_assert_eq!(shown(&again(&tasks, Format::Jsonl)), shown(&tasks));
    }

    #[test]
    fn csv_keeps_everything_but_empty_texts(tasks in columns("[a-z][a-z0-9 \n\",;ä]*")) {
        prop_assert_eq!(shown(&again(&tasks, Format::Csv)), shown(&tasks));
    }
}

#[test]
fn bytes_and_nested_values() {
    let json = |text: &str| Value::Json(text.to_owned());
    let tasks = [fields! { "bytes" => vec![0_u8, 255] }, fields! { "bytes" => Vec::<u8>::new() }];
    for format in [Format::Parquet, Format::Arrow] {
        assert_eq!(again(&tasks, format), tasks);
    }
    // JSON has no bytes.
    assert_eq!(again(&tasks[..1], Format::Jsonl), [fields! { "bytes" => vec![0_i64, 255] }]);

    let mut nested = [fields! { "a" => 0_i64, "b" => true }, fields! { "a" => 0_i64, "b" => 2.5 }];
    nested[0][0].value = json(r#"{"b":[1,{"c":null}]}"#);
    nested[1][0].value = json("[[1],[2]]");
    for format in [Format::Parquet, Format::Arrow, Format::Jsonl] {
        assert_eq!(again(&nested, format), nested, "{format}");
    }
}

#[test]
fn more_tasks_than_one_call_takes() {
    let tasks: Vec<Fields> = (0_i64..).take(2 * BATCH + 1).map(|x| fields! { "x" => x }).collect();
    for format in [Format::Csv, Format::Jsonl, Format::Parquet, Format::Arrow] {
        let options = Options { columns: vec!["x".into()], ..Options::default() };
        let source = Source::open("a file", written(&tasks, format).into(), format, &options).unwrap();
        assert_eq!((source.rows(), source.columns()[0].kind), (tasks.len() as u64, Kind::Integer));
        let batches: Vec<Vec<Fields>> = source.tasks().collect::<Result<_, _>>().unwrap();
        assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [BATCH, BATCH, 1], "{format}");
        assert_eq!(batches.concat(), tasks, "{format}");
    }
}

#[test]
fn texts_that_stand_for_numbers_are_shown_as_such() {
    let tasks =
        [fields! { "x" => f64::NAN, "y" => 1.5 }, fields! { "x" => f64::NEG_INFINITY, "z" => "a,\"b" }];
    let text = |format| {
        String::from_utf8(written(&tasks, format))
            .unwrap()
            .replace("2d9d5a0c-0f3a-4f10-9e64-94a2c3a3a001", "K")
    };
    assert_eq!(text(Format::Csv), "key,state,x,y,z\nK,queued,NaN,1.5,\nK,queued,-Inf,,\"a,\"\"b\"\n");
    assert_eq!(
        text(Format::Jsonl),
        "{\"key\":\"K\",\"state\":\"queued\",\"x\":\"NaN\",\"y\":1.5,\"z\":null}\n\
         {\"key\":\"K\",\"state\":\"queued\",\"x\":\"-Inf\",\"y\":null,\"z\":\"a,\\\"b\"}\n"
    );
}
