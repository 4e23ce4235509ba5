//! Any bytes, read as stored values, are an error or values; those are the same after they were written and read again, and can be
//! shown as JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rush_network::{Codec as _, MessagePack, fields_to_json};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(fields) = MessagePack.decode_fields(bytes) {
        let again = MessagePack.decode_fields(&MessagePack.encode_fields(&fields));
        // NaN compares by its text.
        assert_eq!(format!("{:?}", again.as_ref().ok()), format!("{:?}", Some(&fields)));
        let mut count = 0;
        MessagePack.each_field(bytes, &mut |_, _| count += 1).expect("the same bytes");
        assert_eq!((count, MessagePack.count_fields(bytes)), (fields.len(), fields.len()));
        let json = serde_json::Value::Object(fields_to_json(&fields));
        let text = serde_json::to_string(&json).expect("it is JSON");
        let read: Result<serde_json::Value, _> = serde_json::from_str(&text);
        assert!(read.is_ok_and(|read| read == json), "{text}");
    }
    if let Ok(condition) = MessagePack.decode_condition(bytes) {
        let again = MessagePack.decode_condition(&MessagePack.encode_condition(&condition));
        assert_eq!(format!("{:?}", again.as_ref().ok()), format!("{:?}", Some(&condition)));
    }
    let _ = MessagePack.decode_condition_kind(bytes);
    if let Ok(text) = MessagePack.decode_text(bytes) {
        assert_eq!(MessagePack.decode_text(&MessagePack.encode_text(&text)), Ok(text));
    }
    let _ = MessagePack.count_fields(bytes);
});
