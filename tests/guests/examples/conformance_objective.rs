//! Evaluates what the conformance suite asks for: the objective of the suite in Rust. Those of other languages are in
//! `tests/guests/LANGUAGE/objective`.
#![allow(unsafe_code, missing_docs, reason = "generated: exports of a component")]

use rush_worker::{Condition, Context, Error, Fields};

#[path = "../src/checks.rs"]
#[expect(dead_code, reason = "guests that check their host need more of it")]
mod checks;
#[path = "../src/conformance/mod.rs"]
#[expect(dead_code, reason = "the loop needs more of it")]
mod conformance;

use conformance::{given, operands::Operands};

fn evaluate(context: &mut Context, operands: &Operands) -> rush_worker::Result<Result<Fields, Condition>> {
    Ok(Ok(match operands.text("call")? {
        "echo" => operands.0.iter().filter(|field| field.name != "call").cloned().collect(),
        "literals" => checks::hard_values(),
        "fail" => {
            let condition = operands.condition().unwrap_or_else(|| "no message".into());
            return Ok(Err(condition));
        }
        "context" => given::context(operands, context.seed(), |name| context.data(name)).0,
        "log" => {
            given::say(operands)?;
            Fields::new()
        }
        "trap" => panic!("{}", operands.optional_text("message").unwrap_or_default()),
        other => return Err(Error::message(format!("`{other}` is no call"))),
    }))
}

/// As `objective!` does it, which is for rows of a type, not for fields as they are.
#[cfg(target_arch = "wasm32")]
const _: () = {
    use rush_worker::{
        __private::with_instance,
        bindings::rush::worker::types,
        objective_bindings::{self, exports::rush::worker::evaluator::Guest},
    };

    struct Conformance;

    impl Guest for Conformance {
        fn evaluate(xs: Fields) -> Result<Fields, types::Condition> {
            with_instance(|instance| {
                evaluate(instance.context(), &Operands(xs))
                    .unwrap_or_else(|error| Err(error.to_string().into()))
            })
        }
    }

    objective_bindings::export!(Conformance with_types_in objective_bindings);
};
#[cfg(not(target_arch = "wasm32"))]
const _: fn(&mut Context, &Operands) -> rush_worker::Result<Result<Fields, Condition>> = evaluate;
