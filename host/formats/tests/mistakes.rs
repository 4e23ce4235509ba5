//! What a file can be wrong in, and what is told.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array, MapArray,
    RecordBatch, TimestampMillisecondArray, UInt64Array,
    builder::{Int32Builder, MapBuilder, StringBuilder},
    types::Int8Type,
};
use rush_formats::{Format, Options, ReadError, Source, write};
use rush_network::{Fields, Value, fields};

fn open(content: impl Into<Vec<u8>>, format: Format) -> Result<Source, ReadError> {
    Source::open("points", content.into().into(), format, &Options::default())
}

fn told(content: impl Into<Vec<u8>>, format: Format) -> String {
    let error = open(content, format).expect_err("it is wrong");
    assert!(!error.hint().is_empty());
    error.to_string()
}

fn tasks(source: &Source) -> Vec<Fields> {
    source.tasks().collect::<Result<Vec<_>, _>>().expect("it was looked at before").concat()
}

#[test]
fn csv_that_is_wrong() {
    let csv = |content: &str| told(content, Format::Csv);
    assert_eq!(csv(""), "there is nothing in points");
    assert_eq!(csv("x,y\n1,2\n\n3\n"), "in points, line 4: 1 values, but the header names 2 columns");
    assert_eq!(
        csv("x,y\n\"1\n2\",2\n3,4,5\n"),
        "in points, line 4: 3 values, but the header names 2 columns"
    );
    assert_eq!(csv("x,y,x\n"), "in points, line 1: the column `x` stands twice");
    assert_eq!(csv("x;y\n1;2\n"), "in points, line 1: the header is the one column `x;y`");
    assert_eq!(told(b"x\na\n\xff\n", Format::Csv), "in points, line 3: not UTF-8");
}

#[test]
fn json_lines_that_are_wrong() {
    let jsonl = |content: &str| told(content, Format::Jsonl);
    assert_eq!(jsonl(" \n\n"), "there is nothing in points");
    assert_eq!(jsonl("{\"x\": 1}\n[1]\n"), "in points, line 2: a list, where an object should be");
    assert_eq!(jsonl("{\"x\": 1}\n\n{\"x\": 1,}\n"), "in points, line 3, character 9: trailing comma");
    assert_eq!(jsonl("{\"x\": 1\n}\n"), "in points, line 1, character 7: EOF while parsing an object");
    assert_eq!(jsonl("{\"x\": 1, \"x\": 2}"), "in points, line 1: the column `x` stands twice");
    assert_eq!(jsonl("[{\"x\": 1},\n {\"x\": 2}]"), "in points: one JSON document, which is not read");
    assert_eq!(told("[]", Format::Json), "in points: one JSON document, which is not read");
    assert_eq!(told(b"{}\n\xff\n", Format::Jsonl), "in points, line 2: not UTF-8");
}

#[test]
fn what_is_neither_parquet_nor_arrow() {
    assert_eq!(told("", Format::Parquet), "there is nothing in points");
    assert!(
        told("x,y\n1,2\n3,4\n", Format::Parquet).starts_with("in points: this cannot be read as Parquet: ")
    );
    assert!(told("x,y\n1,2\n3,4\n", Format::Arrow).starts_with("in points: this cannot be read as Arrow: "));
}

#[test]
fn a_parquet_file_that_breaks_off() {
    let x: ArrayRef = Arc::new((0..50_000).map(|x| x * 7919 % 50_000).collect::<arrow_array::Int64Array>());
    let mut content = Vec::new();
    write(&RecordBatch::try_from_iter([("x", x)]).unwrap(), Format::Parquet, &mut content).unwrap();
    // The end of the file, which says where everything is, is whole.
    content[1000..2000].fill(0xff);
    assert!(told(content, Format::Parquet).starts_with("in points: this cannot be read as Parquet: "));
}

#[test]
fn a_column_that_is_not_there() {
    let options = Options { columns: vec!["z".into()], ..Options::default() };
    for (content, format) in [("x,y\n1,2\n", Format::Csv), ("{\"x\":1,\"y\":2}", Format::Jsonl)] {
        let error = Source::open("points", content.into(), format, &options).unwrap_err();
        assert_eq!(error.to_string(), "there is no column `z` in points");
        assert_eq!(error.hint(), "the columns are x, y");
    }
}

#[test]
fn what_spreadsheets_and_other_programs_write() {
    let source = open("\u{feff}x,äöü\r\n1,\"a,b\"\r\n2,\r\n", Format::Csv).unwrap();
    assert_eq!(
        tasks(&source),
        [fields! { "x" => 1_i64, "äöü" => "a,b" }, vec![rush_network::Field::new("x", 2_i64), null("äöü")]]
    );
    let options = Options { missing: vec!["NA".into()], ..Options::default() };
    let source = Source::open("points", "x\n1\nNA\n".into(), Format::Csv, &options).unwrap();
    assert_eq!(tasks(&source), [fields! { "x" => 1_i64 }, vec![null("x")]]);
    let source = open("{\"x\": 1}\r\n\r\n{\"y\": null, \"x\": 2.5}", Format::Jsonl).unwrap();
    assert_eq!(tasks(&source), [fields! { "x" => 1.0 }, vec![rush_network::Field::new("x", 2.5), null("y")]]);
    assert_eq!(source.columns()[1].missing, 2);
}

fn null(name: &str) -> rush_network::Field {
    rush_network::Field { name: name.into(), value: Value::Null }
}

/// A file with one row of what other programs write.
#[test]
fn types_that_tasks_do_not_have_become_those_that_they_have() {
    let columns: [(&str, ArrayRef); 7] = [
        ("date", Arc::new(Date32Array::from(vec![19_723]))),
        ("time", Arc::new(TimestampMillisecondArray::from(vec![1_704_067_200_500]).with_timezone("UTC"))),
        ("decimal", Arc::new(Decimal128Array::from(vec![12_345]).with_precision_and_scale(10, 2).unwrap())),
        ("large", Arc::new(UInt64Array::from(vec![u64::MAX]))),
        ("single", Arc::new(Float32Array::from(vec![0.5]))),
        ("level", Arc::new(["a"].into_iter().collect::<DictionaryArray<Int8Type>>())),
        ("raw", Arc::new(BinaryArray::from(vec![b"\x00\xff".as_slice()]))),
    ];
    for format in [Format::Parquet, Format::Arrow] {
        let mut content = Vec::new();
        write(&RecordBatch::try_from_iter(columns.clone()).unwrap(), format, &mut content).unwrap();
        assert_eq!(
            tasks(&open(content, format).unwrap()),
            [fields! {
                "date" => "2024-01-01", "time" => "2024-01-01T00:00:00.500Z", "decimal" => 123.45,
                "large" => u64::MAX.to_string(), "single" => 0.5, "level" => "a", "raw" => vec![0_u8, 255],
            }]
        );
    }
}

#[test]
fn a_type_that_no_task_can_hold_is_named_and_can_be_left_out() {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    builder.keys().append_value("a");
    builder.values().append_value(1);
    builder.append(true).unwrap();
    let map: MapArray = builder.finish();
    let x: ArrayRef = Arc::new(UInt64Array::from(vec![1]));
    let batch = RecordBatch::try_from_iter([("x", x), ("map", Arc::new(map) as ArrayRef)]).unwrap();
    let mut content = Vec::new();
    write(&batch, Format::Arrow, &mut content).unwrap();
    let error = open(content.clone(), Format::Arrow).unwrap_err();
    assert!(error.to_string().contains("the column `map` is of type Map"), "{error}");
    let options = Options { columns: vec!["x".into()], ..Options::default() };
    let source = Source::open("points", content.into(), Format::Arrow, &options).unwrap();
    assert_eq!(tasks(&source), [fields! { "x" => 1_i64 }]);
}
