//! An objective that returns the point that it is given, field by field, whatever is in it.
#![allow(unsafe_code, missing_docs, reason = "generated: exports of a component")]

use rush_worker::{
    Fields,
    bindings::rush::worker::types::Condition,
    objective_bindings::{self, exports::rush::worker::evaluator::Guest},
};

struct Echo;

impl Guest for Echo {
    fn evaluate(xs: Fields) -> Result<Fields, Condition> {
        Ok(xs)
    }
}

objective_bindings::export!(Echo with_types_in objective_bindings);
