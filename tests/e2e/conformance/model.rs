//! What is expected: values that are hard to carry, and when two are the same.

use rush_network::{Field, Fields, Value};

/// Every case of a value, with content at the edges of what it can hold, under names that are hard, too.
pub(crate) fn hard_values() -> Fields {
    let numbers =
        vec![0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, 5e-324, f64::MAX, 0.1];
    let texts = ["", " ", "\0", "\n", "\"quoted\"", "\u{e4}\u{1f980}\u{10ffff}", "NaN", "null"];
    let mut fields = vec![
        Field::new("null", Value::Null),
        Field::new("true", true),
        Field::new("false", false),
        Field::new("integers", vec![i64::MIN, -1, 0, 1, (1 << 53) + 1, i64::MAX]),
        Field::new("no integers", Vec::<i64>::new()),
        Field::new("no numbers", Vec::<f64>::new()),
        Field::new("texts", texts.map(str::to_owned).to_vec()),
        Field::new("no texts", Vec::<String>::new()),
        Field::new("bytes", (0..=255).collect::<Vec<u8>>()),
        Field::new("no bytes", Vec::<u8>::new()),
        Field::new("json", Value::Json(r#"{"a":[1,2.5,null,{"b":"ä"}]}"#.into())),
        Field::new("least", i64::MIN),
        Field::new("greatest", i64::MAX),
        Field::new("", "under an empty name"),
        Field::new("a.b c/\u{1f980}\n", "under a hard name"),
        Field::new("long", "x".repeat(100_000)),
    ];
    fields.extend(numbers.iter().enumerate().map(|(i, &number)| Field::new(format!("n{i}"), number)));
    fields.push(Field::new("numbers", numbers));
    fields
}

/// The same under a prefix: how a list of fields travels as elements.
pub(crate) fn under(prefix: &str, fields: Fields) -> Fields {
    let field = |Field { name, value }| Field { name: format!("{prefix}{name}"), value };
    fields.into_iter().map(field).collect()
}

/// Whether two values are the same: JSON as JSON, numbers to the bit, except that one NaN is like another.
pub(crate) fn same(is: &Value, should: &Value) -> bool {
    let same_number =
        |is: f64, should: f64| is.to_bits() == should.to_bits() || (is.is_nan() && should.is_nan());
    match (is, should) {
        (Value::Number(is), Value::Number(should)) => same_number(*is, *should),
        (Value::Numbers(is), Value::Numbers(should)) => {
            is.len() == should.len() && is.iter().zip(should).all(|(is, should)| same_number(*is, *should))
        }
        (Value::Json(is), Value::Json(should)) => {
            let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
            json(is).zip(json(should)).is_some_and(|(is, should)| same_json(&is, &should))
        }
        (is, should) => is == should,
    }
}

/// `1` and `1.0` are the same number in JSON; whole numbers are the same to the last digit.
fn same_json(is: &serde_json::Value, should: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (is, should) {
        (Json::Number(is), Json::Number(should)) => {
            is == should || ((is.is_f64() || should.is_f64()) && is.as_f64() == should.as_f64())
        }
        (Json::Array(is), Json::Array(should)) => {
            is.len() == should.len() && is.iter().zip(should).all(|(is, should)| same_json(is, should))
        }
        (Json::Object(is), Json::Object(should)) => {
            let same_entry = |(name, is)| should.get(name).is_some_and(|should| same_json(is, should));
            is.len() == should.len() && is.iter().all(same_entry)
        }
        (is, should) => is == should,
    }
}

/// A value of a column, by itself, as a language has it: JavaScript knows no whole numbers but those that are too large for its numbers.
/// (What is passed on as a whole keeps its kinds there, too.)
#[expect(clippy::cast_precision_loss, reason = "these are exact")]
pub(crate) fn alone(language: &super::Language, value: Value) -> Value {
    match value {
        Value::Integer(integer) if language.name == "js" && integer.unsigned_abs() < 1 << 53 => {
            Value::Number(integer as f64)
        }
        value => value,
    }
}

/// Asserts the same names and values in the same order.
#[track_caller]
pub(crate) fn assert_same(what: &str, is: &[Field], should: &[Field]) {
    let names = |fields: &[Field]| fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(is), names(should), "{what}");
    for (is, should) in is.iter().zip(should) {
        assert!(
            same(&is.value, &should.value),
            "{what}: `{}` is {} instead of {}",
            is.name,
            shortened(&is.value),
            shortened(&should.value)
        );
    }
}

/// Some values are long on purpose.
pub(crate) fn shortened(value: &Value) -> String {
    format!("{value:?}").chars().take(500).collect()
}

/// xoshiro256++, seeded by splitmix64: what all languages draw with.
#[derive(Debug)]
pub(crate) struct Generator([u64; 4]);

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }))
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let drawn = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c2, d2) = (c ^ a, d ^ b);
        self.0 = [a ^ d2, b ^ c2, c2 ^ (b << 17), d2.rotate_left(45)];
        drawn
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    pub(crate) fn uniform(&mut self, lower: f64, upper: f64) -> f64 {
        lower + (upper - lower) * ((self.next() >> 11) as f64 * 2.0_f64.powi(-53))
    }

    pub(crate) fn integer(&mut self, lower: i64, upper: i64) -> i64 {
        let span = upper.abs_diff(lower);
        let mask = u64::MAX >> span.leading_zeros();
        loop {
            let drawn = self.next() & mask;
            if drawn <= span {
                return lower.wrapping_add_unsigned(drawn);
            }
        }
    }
}

#[test]
fn one_of_several_values_is_not_the_other() {
    let hard = hard_values();
    for (index, one) in hard.iter().enumerate() {
        for (other_index, other) in hard.iter().enumerate() {
            // n2 is NaN and stands once; texts that are equal stand under other names.
            assert_eq!(same(&one.value, &other.value), index == other_index, "{one:?} {other:?}");
        }
    }
    let json = |text: &str| Value::Json(text.into());
    assert!(same(&json("{\"b\": 1, \"a\": [2]}"), &json("{\"a\":[2],\"b\":1}")));
    assert!(same(&json("[1.0, null]"), &json("[1,null]")));
    assert!(!same(&json("[1]"), &json("[2]")) && !same(&json("[]"), &json("{}")));
    assert!(!same(&json("9007199254740993"), &json("9007199254740992")));
}

#[test]
fn the_generator_is_the_one_that_all_sdks_are_tested_with() {
    let path = rush_tests::repository().join("guest-sdk/random.json");
    let known: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for case in known["seeds"].as_array().unwrap() {
        let seed = case["seed"].as_str().unwrap().parse().unwrap();
        let mut generator = Generator::new(seed);
        for uniform in case["uniform"].as_array().unwrap() {
            assert_eq!(Some(generator.uniform(-5.0, 10.0)), uniform.as_f64());
        }
        let mut generator = Generator::new(seed);
        for huge in case["huge"].as_array().unwrap() {
            assert_eq!(Ok(generator.integer(i64::MIN, i64::MAX)), huge.as_str().unwrap().parse());
        }
    }
}
