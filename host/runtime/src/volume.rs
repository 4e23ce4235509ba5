//! How much a guest may log and write.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::exceeded::Exceeded;

/// What is left of a guest's words: messages of `rush:worker/log` and bytes of its standard streams together. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Volume {
    limit: Option<u64>,
    used: Arc<AtomicU64>,
}

impl Volume {
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self { limit, used: Arc::default() }
    }

    /// Counts from zero again.
    pub(crate) fn reset(&self) {
        if self.limit.is_some() {
            self.used.store(0, Ordering::Relaxed);
        }
    }

    /// Asked before so many bytes are said.
    pub(crate) fn say(&self, bytes: usize) -> Result<(), Exceeded> {
        let Some(limit) = self.limit else { return Ok(()) };
        let used = self.used.fetch_add(bytes as u64, Ordering::Relaxed).saturating_add(bytes as u64);
        if used > limit { Err(Exceeded::Log { limit }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_together_and_anew_after_a_reset() {
        let volume = Volume::new(Some(10));
        assert_eq!(volume.clone().say(6), Ok(()));
        assert_eq!(volume.say(4), Ok(()));
        assert_eq!(volume.say(1), Err(Exceeded::Log { limit: 10 }));
        volume.reset();
        assert_eq!(volume.say(10), Ok(()));
        assert_eq!(Volume::new(None).say(usize::MAX), Ok(()));
    }
}
