//! What holds a process, and what does not.

use std::fmt;

/// What holds this process from now on. Shown as "rlimits, no new privileges, seccomp, landlock (ABI 7)"; what is missing
/// follows, with its reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InForce {
    /// The kernel's limits on memory, files and time.
    pub rlimits: bool,
    /// Programs that it might start gain nothing by their owner.
    pub no_new_privileges: bool,
    /// System calls are filtered.
    pub seccomp: bool,
    /// Files, connections and signals are held by landlock of this version.
    pub landlock: Option<i32>,
    /// What was wanted and is not there: its name, and why.
    pub missing: Vec<(&'static str, String)>,
}

impl fmt::Display for InForce {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let landlock = self.landlock.map(|abi| format!("landlock (ABI {abi})"));
        let all = [
            self.rlimits.then_some("rlimits"),
            self.no_new_privileges.then_some("no new privileges"),
            self.seccomp.then_some("seccomp"),
            landlock.as_deref(),
        ];
        let all: Vec<_> = all.into_iter().flatten().collect();
        formatter.write_str(if all.is_empty() { "nothing" } else { "" })?;
        formatter.write_str(&all.join(", "))?;
        for (name, reason) in &self.missing {
            write!(formatter, "; no {name}: {reason}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_reason() {
        let all = InForce {
            rlimits: true,
            no_new_privileges: true,
            seccomp: true,
            landlock: Some(7),
            missing: Vec::new(),
        };
        assert_eq!(all.to_string(), "rlimits, no new privileges, seccomp, landlock (ABI 7)");
        let missing = vec![("landlock", "the kernel does not offer it".to_owned())];
        let less = InForce { landlock: None, missing, ..all };
        assert_eq!(
            less.to_string(),
            "rlimits, no new privileges, seccomp; no landlock: the kernel does not offer it"
        );
        assert_eq!(InForce::default().to_string(), "nothing");
    }
}
