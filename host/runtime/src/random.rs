//! Random numbers that depend on the worker's seed alone.

use std::convert::Infallible;

use blake3::OutputReader;
use rand::TryRng;

/// An endless stream of bytes, the same for the same seed and purpose, on every machine and in every version of this host.
pub(crate) struct SeededRandom(OutputReader);

impl SeededRandom {
    /// `purpose` keeps streams of one seed apart.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("rush-host 2026 random numbers of a guest");
        hasher.update(&seed.to_le_bytes()).update(purpose.as_bytes());
        Self(hasher.finalize_xof())
    }
}

impl TryRng for SeededRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::*;

    fn first(seed: u64, purpose: &str) -> [u8; 8] {
        let mut bytes = [0; 8];
        SeededRandom::new(seed, purpose).fill_bytes(&mut bytes);
        bytes
    }

    #[test]
    fn seed_and_purpose_decide() {
        assert_eq!(first(1, "a"), first(1, "a"));
        assert_ne!(first(1, "a"), first(2, "a"));
        assert_ne!(first(1, "a"), first(1, "b"));
    }

    #[test]
    fn the_stream_never_changes() {
        // Published runs are repeated with their seed: a change here would change their results.
        assert_eq!(hex::encode(first(42, "random")), "51a0026808b553bb");
    }
}
