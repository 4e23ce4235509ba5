//! What kinds of JSON values were seen in a column, and what the column becomes.

use rush_network::Value;
use serde_json::Value as Json;

use crate::Kind;

/// A set of what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Seen(u16);

const BOOLEAN: u16 = 1;
const INTEGER: u16 = 1 << 1;
/// A whole number that a number cannot be exactly.
const BIG: u16 = 1 << 2;
const NUMBER: u16 = 1 << 3;
/// A text that stands for a number, because JSON has no word for it.
const SPECIAL: u16 = 1 << 4;
const TEXT: u16 = 1 << 5;
const EMPTY: u16 = 1 << 6;
const INTEGERS: u16 = 1 << 7;
const BIGS: u16 = 1 << 8;
const NUMBERS: u16 = 1 << 9;
const SPECIALS: u16 = 1 << 10;
const TEXTS: u16 = 1 << 11;
const NESTED: u16 = 1 << 12;

const LISTS: u16 = EMPTY | INTEGERS | BIGS | NUMBERS | SPECIALS | TEXTS | NESTED;

impl Seen {
    /// What one value is; nothing if it is null.
    pub(crate) fn of(json: &Json) -> Self {
        Self(match json {
            Json::Array(items) => items_of(items),
            Json::Object(_) => NESTED,
            scalar => scalar_of(scalar),
        })
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// What a column of such values becomes: of one kind, if that keeps every value as it is.
    pub(crate) fn kind(self) -> Kind {
        let only = |kinds: u16| self.0 & !kinds == 0;
        if self.0 == 0 {
            Kind::Missing
        } else if only(BOOLEAN) {
            Kind::Boolean
        } else if only(INTEGER | BIG) {
            Kind::Integer
        } else if only(INTEGER | NUMBER | SPECIAL) {
            Kind::Number
        } else if only(TEXT | SPECIAL) {
            Kind::Text
        } else if only(EMPTY) {
            Kind::Numbers
        } else if only(EMPTY | INTEGERS | BIGS) {
            Kind::Integers
        } else if only(EMPTY | INTEGERS | NUMBERS | SPECIALS) {
            Kind::Numbers
        } else if only(EMPTY | SPECIALS | TEXTS) {
            Kind::Texts
        } else if only(LISTS) {
            Kind::Json
        } else {
            Kind::Mixed
        }
    }
}

fn scalar_of(json: &Json) -> u16 {
    match json {
        Json::Bool(_) => BOOLEAN,
        Json::Number(number) => match number.as_i64() {
            Some(integer) if is_exact(integer) => INTEGER,
            Some(_) => BIG,
            None => NUMBER,
        },
        Json::String(text) if special(text).is_some() => SPECIAL,
        Json::String(_) => TEXT,
        Json::Null | Json::Array(_) | Json::Object(_) => 0,
    }
}

fn items_of(items: &[Json]) -> u16 {
    let scalars =
        items.iter().map(scalar_of).fold(0, |all, one| if one == 0 { NESTED | all } else { all | one });
    let only = |kinds: u16| scalars & !kinds == 0;
    if scalars == 0 {
        EMPTY
    } else if only(INTEGER) {
        INTEGERS
    } else if only(INTEGER | BIG) {
        BIGS
    } else if only(SPECIAL) {
        SPECIALS
    } else if only(INTEGER | NUMBER | SPECIAL) {
        NUMBERS
    } else if only(TEXT | SPECIAL) {
        TEXTS
    } else {
        NESTED
    }
}

/// Whether a number can be this integer: up to 2⁵³ each can.
fn is_exact(integer: i64) -> bool {
    integer.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS
}

/// The numbers that JSON has no word for.
pub(crate) fn special(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// The value in a column of this kind.
pub(crate) fn convert(json: Json, kind: Kind) -> Value {
    match (kind, json) {
        (_, Json::Null) => Value::Null,
        (Kind::Number, Json::Number(number)) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        (Kind::Number, Json::String(text)) => special(&text).map_or(Value::Text(text), Value::Number),
        (Kind::Integers, Json::Array(items)) => {
            Value::Integers(items.iter().filter_map(Json::as_i64).collect())
        }
        (Kind::Numbers, Json::Array(items)) => {
            let number = |item: &Json| item.as_f64().or_else(|| item.as_str().and_then(special));
            Value::Numbers(items.iter().filter_map(number).collect())
        }
        (Kind::Texts, Json::Array(items)) => {
            let text = |item| if let Json::String(text) = item { Some(text) } else { None };
            Value::Texts(items.into_iter().filter_map(text).collect())
        }
        (Kind::Json, nested) => Value::Json(nested.to_string()),
        (_, json) => natural(json),
    }
}

/// What a value is by itself, whatever stands above and below it.
pub(crate) fn natural(json: Json) -> Value {
    match json {
        Json::Array(_) => {
            let kind = Seen::of(&json).kind();
            convert(json, kind)
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &str) -> (Kind, Vec<Value>) {
        let values: Vec<Json> = serde_json::from_str(values).unwrap();
        let mut seen = Seen::default();
        for value in &values {
            seen.add(Seen::of(value));
        }
        (seen.kind(), values.into_iter().map(|value| convert(value, seen.kind())).collect())
    }

    #[test]
    fn a_column_of_one_kind_is_of_that_kind() {
        use Value::{Boolean, Integer, Integers, Null, Number, Numbers, Text, Texts};
        assert_eq!(column("[null]"), (Kind::Missing, vec![Null]));
        assert_eq!(column("[true, null]"), (Kind::Boolean, vec![Boolean(true), Null]));
        assert_eq!(column("[1, -2]"), (Kind::Integer, vec![Integer(1), Integer(-2)]));
        assert_eq!(column("[1, 2.5]"), (Kind::Number, vec![Number(1.0), Number(2.5)]));
        assert_eq!(column(r#"["-Inf", 1]"#), (Kind::Number, vec![Number(f64::NEG_INFINITY), Number(1.0)]));
        assert_eq!(column(r#"["NaN", "a"]"#), (Kind::Text, vec![Text("NaN".into()), Text("a".into())]));
        assert_eq!(column("[[1], []]"), (Kind::Integers, vec![Integers(vec![1]), Integers(vec![])]));
        assert_eq!(column("[[1], [0.5]]"), (Kind::Numbers, vec![Numbers(vec![1.0]), Numbers(vec![0.5])]));
        assert_eq!(column(r#"[["a"]]"#), (Kind::Texts, vec![Texts(vec!["a".into()])]));
    }

    #[test]
    fn what_is_of_no_one_kind_stays_what_it_is() {
        let json = |text: &str| Value::Json(text.into());
        assert_eq!(column(r#"[{"a": [1]}]"#), (Kind::Json, vec![json(r#"{"a":[1]}"#)]));
        assert_eq!(column("[[1, null], [2]]"), (Kind::Json, vec![json("[1,null]"), json("[2]")]));
        assert_eq!(column("[[true]]"), (Kind::Json, vec![json("[true]")]));
        assert_eq!(
            column(r#"[1, "a", [2]]"#),
            (Kind::Mixed, vec![Value::Integer(1), Value::Text("a".into()), Value::Integers(vec![2])])
        );
    }

    #[test]
    fn no_digit_of_a_large_integer_is_lost() {
        let large = i64::MAX;
        assert_eq!(column(&format!("[{large}]")), (Kind::Integer, vec![Value::Integer(large)]));
        assert_eq!(
            column(&format!("[{large}, 0.5]")),
            (Kind::Mixed, vec![Value::Integer(large), Value::Number(0.5)])
        );
    }
}
