//! How fields become bytes in Redis.

mod json;
mod message_pack;

pub use json::{fields_to_json, value_to_json};
pub use message_pack::MessagePack;

use crate::{Condition, Field, Fields, Value};

/// Turns what a task carries into the bytes of one field of its hash, and back.
///
/// All workers and managers of a network must use the same codec. [`MessagePack`] is the default; a codec that writes R's
/// serialisation lets R rush see the same network, so nothing outside a codec looks into these bytes. Scripts get
/// encoded values from their callers and never make one of their own.
pub trait Codec: std::fmt::Debug + Send + Sync {
    /// The name under which a stored configuration refers to this codec.
    fn name(&self) -> &'static str;
    /// Writes `xs`, `ys`, `xs_extra` or `ys_extra`.
    fn encode_fields(&self, fields: &[Field]) -> Vec<u8>;
    /// Reads what [`encode_fields`](Self::encode_fields) wrote.
    fn decode_fields(&self, bytes: &[u8]) -> Result<Fields, DecodeError>;
    /// Hands over one field after the other; for a codec that can do so without a list of them.
    fn each_field(&self, bytes: &[u8], each: &mut dyn FnMut(&str, Value)) -> Result<(), DecodeError> {
        for field in self.decode_fields(bytes)? {
            each(&field.name, field.value);
        }
        Ok(())
    }
    /// How many fields these bytes say to have; any number if they are damaged.
    fn count_fields(&self, bytes: &[u8]) -> usize {
        self.decode_fields(bytes).map_or(0, |fields| fields.len())
    }
    /// Writes `condition`.
    fn encode_condition(&self, condition: &Condition) -> Vec<u8>;
    /// Reads what [`encode_condition`](Self::encode_condition) wrote.
    fn decode_condition(&self, bytes: &[u8]) -> Result<Condition, DecodeError>;
    /// Reads only the kind of a condition.
    fn decode_condition_kind(&self, bytes: &[u8]) -> Result<String, DecodeError> {
        self.decode_condition(bytes).map(|condition| condition.kind)
    }
    /// Writes `worker_id`.
    fn encode_text(&self, text: &str) -> Vec<u8>;
    /// Reads what [`encode_text`](Self::encode_text) wrote.
    fn decode_text(&self, bytes: &[u8]) -> Result<String, DecodeError>;
}

/// Bytes that the codec did not write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {codec}: {cause}")]
pub struct DecodeError {
    /// Who tried to read.
    pub codec: &'static str,
    /// What is wrong with the bytes.
    pub cause: String,
}
