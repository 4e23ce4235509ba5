//! What a component must export: the functions of the contract (`guest-sdk/wit/worker.wit`) that the host calls.

use wasmparser::PrimitiveValType;

use super::shape::{Function, Shape};

/// The function of a worker loop, at the root.
pub(super) const RUN: &str = "run";
/// The interface of an objective, without its version.
pub(super) const EVALUATOR: &str = "rush:worker/evaluator";
/// The function in it.
pub(super) const EVALUATE: &str = "evaluate";

/// Whether an export is the interface of an objective, of whichever version.
pub(super) fn is_evaluator(export: &str) -> bool {
    export.split('@').next() == Some(EVALUATOR)
}

/// `func() -> result<_, string>`
pub(super) const RUN_TYPE: Function =
    Function { params: &[], result: Some(&Shape::Result { ok: None, err: Some(&STRING) }) };

/// `func(xs: fields) -> result<fields, condition>`
pub(super) const EVALUATE_TYPE: Function = Function {
    params: &[&FIELDS],
    result: Some(&Shape::Result { ok: Some(&FIELDS), err: Some(&CONDITION) }),
};

const FIELDS: Shape = Shape::List(&Shape::Record(&[("name", &STRING), ("value", &VALUE)]));

const CONDITION: Shape = Shape::Record(&[("kind", &STRING), ("message", &STRING), ("details", &FIELDS)]);

const VALUE: Shape = Shape::Variant(&[
    ("null", None),
    ("boolean", Some(&Shape::Plain(PrimitiveValType::Bool))),
    ("integer", Some(&INTEGER)),
    ("number", Some(&NUMBER)),
    ("text", Some(&STRING)),
    ("bytes", Some(&Shape::List(&Shape::Plain(PrimitiveValType::U8)))),
    ("integers", Some(&Shape::List(&INTEGER))),
    ("numbers", Some(&Shape::List(&NUMBER))),
    ("texts", Some(&Shape::List(&STRING))),
    ("json", Some(&STRING)),
]);

const STRING: Shape = Shape::Plain(PrimitiveValType::String);
const INTEGER: Shape = Shape::Plain(PrimitiveValType::S64);
const NUMBER: Shape = Shape::Plain(PrimitiveValType::F64);
