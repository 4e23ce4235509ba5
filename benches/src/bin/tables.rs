//! Writes the tables of benches/README.md as the recorded figures have them; `cargo xtask bench --tables` runs it.

use rush_benches::{Readme, Result};

fn main() -> Result<()> {
    Readme::look()?.renew()
}
