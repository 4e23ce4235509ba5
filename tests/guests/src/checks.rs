//! What guests that check their host share: values that are hard to carry, and words for a promise that was not kept.

use rush_worker::{Error, Field, Fields, Result, Value};

/// Every case of a value, with content at the edges of what it can hold, under names that are hard, too.
pub(crate) fn hard_values() -> Fields {
    let numbers =
        vec![0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, 5e-324, f64::MAX, 0.1];
    let texts = ["", " ", "\0", "\n", "\"quoted\"", "\u{e4}\u{1f980}\u{10ffff}", "NaN", "null"];
    let mut fields = vec![
        field("null", Value::Null),
        field("true", Value::Boolean(true)),
        field("false", Value::Boolean(false)),
        field("integers", Value::Integers(vec![i64::MIN, -1, 0, 1, (1 << 53) + 1, i64::MAX])),
        field("no integers", Value::Integers(Vec::new())),
        field("no numbers", Value::Numbers(Vec::new())),
        field("texts", Value::Texts(texts.map(str::to_owned).into())),
        field("no texts", Value::Texts(Vec::new())),
        field("bytes", Value::Bytes((0..=255).collect())),
        field("no bytes", Value::Bytes(Vec::new())),
        field("json", Value::Json(r#"{"a":[1,2.5,null,{"b":"\u00e4"}]}"#.into())),
        field("least", Value::Integer(i64::MIN)),
        field("greatest", Value::Integer(i64::MAX)),
        field("", Value::Text("under an empty name".into())),
        field("a.b c/\u{1f980}\n", Value::Text("under a hard name".into())),
        field("long", Value::Text("x".repeat(100_000))),
    ];
    fields.extend(
        numbers.iter().enumerate().map(|(i, &number)| field(&format!("n{i}"), Value::Number(number))),
    );
    fields.push(field("numbers", Value::Numbers(numbers)));
    fields
}

/// A named value.
pub(crate) fn field(name: &str, value: Value) -> Field {
    Field { name: name.into(), value }
}

/// The error that names a promise.
pub(crate) fn broken(what: &str) -> Error {
    Error::message(format!("not kept: {what}"))
}

/// A promise.
pub(crate) fn check(what: &str, kept: bool) -> Result<()> {
    if kept { Ok(()) } else { Err(broken(what)) }
}

/// The promise that two lists are the same.
pub(crate) fn check_equal<T: PartialEq + std::fmt::Debug>(what: &str, is: &[T], should: &[T]) -> Result<()> {
    if is == should { Ok(()) } else { Err(broken(&format!("{what}: {is:?} instead of {should:?}"))) }
}

/// The same names and values in the same order; numbers to the bit, except that one NaN is like another.
pub(crate) fn check_fields(what: &str, is: &Fields, should: &Fields) -> Result<()> {
    check(&format!("{what}: {} fields instead of {}", is.len(), should.len()), is.len() == should.len())?;
    for (is, should) in is.iter().zip(should) {
        let same = is.name == should.name && same_value(&is.value, &should.value);
        check(&format!("{what}: {is:?} instead of {should:?}"), same)?;
    }
    Ok(())
}

/// Whether two values are the same, as [`check_fields`] has it.
pub(crate) fn same_value(is: &Value, should: &Value) -> bool {
    match (is, should) {
        (Value::Number(is), Value::Number(should)) => same_number(*is, *should),
        (Value::Numbers(is), Value::Numbers(should)) => same_numbers(is, should),
        (is, should) => is == should,
    }
}

/// The same numbers to the bit, except that one NaN is like another.
pub(crate) fn same_numbers(is: &[f64], should: &[f64]) -> bool {
    is.len() == should.len() && is.iter().zip(should).all(|(is, should)| same_number(*is, *should))
}

fn same_number(is: f64, should: f64) -> bool {
    is.to_bits() == should.to_bits() || (is.is_nan() && should.is_nan())
}
