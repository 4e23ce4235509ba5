//! Which parts of tasks a table has.

use crate::bindings::rush::worker::tasks::Parts;

/// Points and results: what most loops look at.
///
/// ```
/// # use rush_worker::Parts;
/// assert_eq!(Parts::default(), Parts::XS | Parts::YS);
/// ```
impl Default for Parts {
    fn default() -> Self {
        Self::XS | Self::YS
    }
}
