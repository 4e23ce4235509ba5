//! Operands and answers of the conformance guests; the contract of their commands stands in `tests/e2e/conformance/README.md`.

pub(crate) mod answers;
pub(crate) mod given;
pub(crate) mod operands;
