//! What loops and objectives are given alike, and how both log.

use rush_worker::{Error, Result, Value, log};

use crate::conformance::{answers::Answer, operands::Operands};

/// Arguments, seed, and the data of the names that are asked for.
pub(crate) fn context(operands: &Operands, seed: u64, data: impl Fn(&str) -> Option<Vec<u8>>) -> Answer {
    // As JSON text; loops and objectives otherwise get a type of theirs.
    let args = rush_worker::bindings::rush::worker::context::args();
    let mut answer =
        Answer::default().with("args", Value::Json(args)).with("seed", Value::Text(seed.to_string()));
    for name in operands.texts("names") {
        answer.add(format!("data:{name}"), data(name).map_or(Value::Null, Value::Bytes));
    }
    answer
}

pub(crate) fn say(operands: &Operands) -> Result<()> {
    let level = match operands.text("level")? {
        "trace" => log::Level::Trace,
        "debug" => log::Level::Debug,
        "info" => log::Level::Info,
        "warn" => log::Level::Warn,
        "error" => log::Level::Error,
        other => return Err(Error::message(format!("`{other}` is no level"))),
    };
    log::log!(target: operands.text("logger")?, level, "{}", operands.text("message")?);
    Ok(())
}
