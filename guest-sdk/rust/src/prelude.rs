//! What nearly every worker loop needs: `use rush_worker::prelude::*;`

pub use std::time::Duration;

pub use log::{debug, error, info, trace, warn};
pub use rand::RngExt;
pub use serde::{Deserialize, Serialize};

pub use crate::{Condition, Context, Counts, Error, Key, Parts, Result, Row, State, Table, Task, Worker};
