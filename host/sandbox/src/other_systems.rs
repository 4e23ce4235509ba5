//! Systems whose means are not used yet.

use crate::in_force::InForce;

/// Says so.
pub(crate) fn name_what_is_missing(in_force: &mut InForce) {
    for name in ["seccomp", "landlock"] {
        in_force.missing.push((name, "it is a means of Linux".to_owned()));
    }
}
