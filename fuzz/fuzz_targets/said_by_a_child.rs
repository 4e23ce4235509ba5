//! Whatever an evaluator process says that somebody has broken into, its parent takes what makes sense, within bounds. The first byte says in pieces
//! of which size the others arrive.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some((piece, said)) = bytes.split_first() {
        rush_runtime::hear_a_child(said, usize::from(*piece));
    }
});
