//! Rows become fields, and fields become rows.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rush_worker::{Field, Fields, Value, from_fields, to_fields};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

fn field(name: &str, value: Value) -> Field {
    Field { name: name.into(), value }
}

/// The value that a field of this type gets.
fn value<T: Serialize>(content: T) -> Value {
    only(to_fields(&BTreeMap::from([("field", content)])).unwrap())
}

fn only(fields: Fields) -> Value {
    let [Field { name, value }] = <[Field; 1]>::try_from(fields).unwrap();
    assert_eq!(name, "field");
    value
}

fn refused<T: Serialize>(content: T) -> String {
    to_fields(&BTreeMap::from([("field", content)])).unwrap_err().to_string()
}

/// What a field of this value gives.
fn content<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    let row: Result<BTreeMap<String, T>, _> = from_fields(vec![field("field", value)]);
    row.map(|mut row| row.remove("field").unwrap()).map_err(|error| error.to_string())
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kernel {
    Linear,
    Radial(f64),
    Matern { nu: f64, length: Vec<f64> },
    Sum(Box<Kernel>, Box<Kernel>),
}

#[derive(Debug, Deserialize)]
struct Point {
    #[expect(dead_code, reason = "only its name matters")]
    x1: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    name: String,
    kernel: Kernel,
    weights: Vec<Option<f64>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Everything {
    boolean: bool,
    small: i8,
    large: u32,
    number: f64,
    single: f32,
    letter: char,
    text: String,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
    integers: Vec<i64>,
    numbers: Vec<f64>,
    texts: Vec<String>,
    flags: Vec<bool>,
    pair: (i32, f64),
    missing: Option<f64>,
    present: Option<f64>,
    unit: (),
    kernel: Kernel,
    model: Model,
    models: BTreeMap<String, Model>,
}

fn everything() -> Everything {
    let model = Model {
        name: "gp".into(),
        kernel: Kernel::Sum(
            Box::new(Kernel::Linear),
            Box::new(Kernel::Matern { nu: 2.5, length: vec![1.0, 0.1] }),
        ),
        weights: vec![Some(0.5), None],
    };
    Everything {
        boolean: true,
        small: -8,
        large: u32::MAX,
        number: -0.1,
        single: 0.1,
        letter: '\u{1f980}',
        text: "a\0\n\u{e4}".into(),
        bytes: vec![0, 255],
        integers: vec![i64::MIN, i64::MAX],
        numbers: vec![f64::INFINITY, f64::MIN_POSITIVE],
        texts: vec![String::new(), "b".into()],
        flags: vec![true, false],
        pair: (1, 2.5),
        missing: None,
        present: Some(1.0),
        unit: (),
        kernel: Kernel::Radial(1.5),
        models: BTreeMap::from([("first".into(), model.clone())]),
        model,
    }
}

#[test]
fn everything_comes_back() {
    let row = everything();
    let fields = to_fields(&row).unwrap();
    assert_eq!(fields[0], field("boolean", Value::Boolean(true)));
    assert_eq!(fields.last().unwrap().name, "models", "in the order of the struct");
    assert_eq!(from_fields::<Everything>(fields).unwrap(), row);
}

#[test]
fn each_type_has_its_value() {
    assert_eq!(value(true), Value::Boolean(true));
    assert_eq!(value(i64::MIN), Value::Integer(i64::MIN));
    assert_eq!(value(i64::MAX.unsigned_abs()), Value::Integer(i64::MAX));
    assert_eq!(value(7_i128), Value::Integer(7));
    assert_eq!(value(0.1_f32), Value::Number(f64::from(0.1_f32)));
    assert_eq!(value('a'), Value::Text("a".into()));
    assert_eq!(value(None::<i32>), Value::Null);
    assert_eq!(value(Some(1)), Value::Integer(1));
    assert_eq!(value(()), Value::Null);
    assert_eq!(value(Kernel::Linear), Value::Text("Linear".into()));
    assert_eq!(value(serde_bytes::Bytes::new(b"\0\xff")), Value::Bytes(vec![0, 255]));
    assert_eq!(value([1_u8, 2]), Value::Integers(vec![1, 2]));
    assert_eq!(value([0.5, 1.0]), Value::Numbers(vec![0.5, 1.0]));
    assert_eq!(value(["a", ""]), Value::Texts(vec!["a".into(), String::new()]));
    assert_eq!(value(Kernel::Radial(1.5)), Value::Json(r#"{"Radial":1.5}"#.into()));
    assert_eq!(value([true]), Value::Json("[true]".into()));
    assert_eq!(value([[1.0], [2.0]]), Value::Json("[[1.0],[2.0]]".into()));
    assert_eq!(value(("a", 1, 0.5)), Value::Json(r#"["a",1,0.5]"#.into()));
    assert_eq!(value([Some(1.0), None]), Value::Json("[1.0,null]".into()));
    assert_eq!(value(Vec::<f64>::new()), Value::Json("[]".into()), "an empty list does not say of what");
}

#[test]
fn numbers_keep_what_is_not_finite() {
    assert!(matches!(value(f64::NAN), Value::Number(number) if number.is_nan()));
    assert_eq!(
        value([f64::INFINITY, f64::NEG_INFINITY]),
        Value::Numbers(vec![f64::INFINITY, f64::NEG_INFINITY])
    );
    assert!(content::<f64>(Value::Number(f64::NAN)).unwrap().is_nan());
    assert!(matches!(value(-0.0), Value::Number(number) if number.is_sign_negative()));
}

#[test]
fn nested_values_cannot_hold_what_is_not_finite() {
    for nested in [vec![Some(1.0), None, Some(f64::NAN)], vec![None, Some(f64::INFINITY)]] {
        let error = refused(nested);
        assert!(
            error.starts_with("field `field`: a nested value is stored as JSON, which cannot hold "),
            "{error}"
        );
    }
    assert!(refused([[f64::NAN]]).contains("cannot hold NaN"));
}

#[test]
fn integers_beyond_64_bits_are_refused() {
    assert_eq!(
        refused(u64::MAX),
        "field `field`: 18446744073709551615 does not fit into a signed 64-bit integer; store it as text or as a number"
    );
    assert!(refused([0, u64::MAX]).contains("does not fit"));
    assert!(refused(i128::MIN).contains("does not fit"));
}

#[test]
fn a_row_has_names() {
    assert_eq!(to_fields(&()).unwrap(), []);
    assert_eq!(to_fields(&BTreeMap::from([(1, 2)])).unwrap(), [field("1", Value::Integer(2))]);
    for row in [to_fields(&1.0), to_fields(&[1.0]), to_fields("text"), to_fields(&["a", "b"])] {
        assert_eq!(row.unwrap_err().to_string(), "a row is a struct or a map with texts as keys");
    }
    let error = to_fields(&BTreeMap::from([((1, 2), 3)])).unwrap_err();
    assert_eq!(error.to_string(), "the keys of a map must be texts");
}

#[test]
fn other_languages_write_other_numbers() {
    assert_eq!(content::<u8>(Value::Number(3.0)), Ok(3));
    assert_eq!(content::<i64>(Value::Number(-9_223_372_036_854_775_808.0)), Ok(i64::MIN));
    assert_eq!(content::<f64>(Value::Integer(3)), Ok(3.0));
    assert_eq!(content::<Vec<u16>>(Value::Numbers(vec![1.0, 2.0])), Ok(vec![1, 2]));
    assert_eq!(content::<Vec<f64>>(Value::Integers(vec![1, 2])), Ok(vec![1.0, 2.0]));
    assert_eq!(content::<Vec<f64>>(Value::Texts(Vec::new())), Ok(Vec::new()));
    assert_eq!(content::<Vec<f64>>(Value::Json("[1, 2.5]".into())), Ok(vec![1.0, 2.5]));
    assert_eq!(content::<Vec<u8>>(Value::Bytes(vec![1, 255])), Ok(vec![1, 255]));
    assert_eq!(
        content::<serde_bytes::ByteBuf>(Value::Integers(vec![1, 255])),
        Ok(serde_bytes::ByteBuf::from(vec![1, 255]))
    );
}

#[test]
fn what_does_not_fit_is_named() {
    for (value, error) in [
        (Value::Number(0.5), "field `field`: invalid type: floating point `0.5`, expected u8"),
        (Value::Integer(256), "field `field`: invalid value: integer `256`, expected u8"),
        (Value::Null, "field `field`: invalid type: unit value, expected u8"),
        (Value::Text("1".into()), "field `field`: invalid type: string \"1\", expected u8"),
    ] {
        assert_eq!(content::<u8>(value), Err(error.to_owned()));
    }
    assert!(content::<u8>(Value::Number(1e300)).is_err());
    // The first f64 beyond the greatest i64 must not wrap around.
    assert!(content::<i64>(Value::Number(9_223_372_036_854_775_808.0)).is_err());
    assert!(content::<serde_bytes::ByteBuf>(Value::Integers(vec![256])).is_err());
    assert!(content::<Vec<f64>>(Value::Json("[1,".into())).unwrap_err().contains("nested value"));
    assert!(content::<(f64, f64)>(Value::Numbers(vec![1.0, 2.0, 3.0])).is_err());
    assert_eq!(from_fields::<Point>(Vec::new()).unwrap_err().to_string(), "missing field `x1`");
}

fn values() -> impl Strategy<Value = Value> {
    let number = any::<f64>().prop_filter("comparable", |number| !number.is_nan());
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        number.clone().prop_map(Value::Number),
        any::<String>().prop_map(Value::Text),
        prop::collection::vec(any::<i64>(), 1..9).prop_map(Value::Integers),
        prop::collection::vec(number, 1..9).prop_map(Value::Numbers),
        prop::collection::vec(any::<String>(), 1..9).prop_map(Value::Texts),
    ]
}

/// Any of the cases of a value, as a type that serde chooses by what is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Any {
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    Integers(Vec<i64>),
    Numbers(Vec<f64>),
    Texts(Vec<String>),
    Null,
}

proptest! {
    #[test]
    fn fields_come_back_the_same(content in prop::collection::btree_map(any::<String>(), values(), 0..9)) {
        let fields: Fields = content.into_iter().map(|(name, value)| Field { name, value }).collect();
        let row: BTreeMap<String, Any> = from_fields(fields.clone()).unwrap();
        prop_assert_eq!(to_fields(&row).unwrap(), fields);
    }

    #[test]
    fn rows_come_back_the_same(numbers: Vec<f32>, texts: Vec<String>, pairs: Vec<(i64, Option<String>)>) {
        type Row = (Vec<f32>, Vec<String>, Vec<(i64, Option<String>)>);
        let numbers: Vec<f32> = numbers.into_iter().filter(|number| number.is_finite()).collect();
        let row: BTreeMap<String, Row> = BTreeMap::from([("a".into(), (numbers, texts, pairs))]);
        prop_assert_eq!(from_fields::<BTreeMap<String, Row>>(to_fields(&row).unwrap()).unwrap(), row);
    }
}
