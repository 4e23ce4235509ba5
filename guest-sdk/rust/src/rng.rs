//! The random numbers of a worker.

use std::convert::Infallible;

use rand::{Rng, SeedableRng, TryRng, rngs::Xoshiro256PlusPlus};

/// The generator of [`Worker::rng`](crate::Worker::rng): xoshiro256++, seeded by splitmix64.
///
/// It gives the same numbers on every platform, and its methods give the same in every language that has an SDK. So runs with the same
/// seed and one worker draw the same points, whatever language their loop is written in. With the traits of the `rand` crate it draws
/// everything else: [`random`](rand::RngExt::random), shuffled slices, other distributions. What those give is up to `rand`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRng(Xoshiro256PlusPlus);

impl WorkerRng {
    /// The generator of this seed.
    pub fn new(seed: u64) -> Self {
        Self::seed_from_u64(seed)
    }

    /// A number drawn evenly between these bounds.
    ///
    /// ```
    /// # use rush_worker::WorkerRng;
    /// # let mut rng = WorkerRng::new(1);
    /// let x1 = rng.uniform(-5.0, 10.0);
    /// # assert!((-5.0..=10.0).contains(&x1));
    /// ```
    ///
    /// # Panics
    ///
    /// If the bounds are reversed, not finite, or further apart than a number can say.
    pub fn uniform(&mut self, lower: f64, upper: f64) -> f64 {
        assert_bounds(lower, upper);
        let width = upper - lower;
        lower + width * self.unit()
    }

    /// A whole number drawn evenly between these bounds, both included.
    ///
    /// ```
    /// # use rush_worker::WorkerRng;
    /// # let mut rng = WorkerRng::new(1);
    /// let max_depth = rng.integer(1, 20);
    /// # assert!((1..=20).contains(&max_depth));
    /// ```
    ///
    /// # Panics
    ///
    /// If the bounds are reversed.
    pub fn integer(&mut self, lower: i64, upper: i64) -> i64 {
        assert!(lower <= upper, "the bounds are reversed: {lower} exceeds {upper}");
        lower.wrapping_add_unsigned(self.at_most(upper.abs_diff(lower)))
    }

    /// A number whose logarithm is drawn evenly between those of these bounds: for what spans several orders of magnitude.
    ///
    /// ```
    /// # use rush_worker::WorkerRng;
    /// # let mut rng = WorkerRng::new(1);
    /// let lambda = rng.log_uniform(1e-3, 10.0);
    /// # assert!((1e-3..=10.0).contains(&lambda));
    /// ```
    ///
    /// # Panics
    ///
    /// If the bounds are reversed, not finite, or not positive.
    pub fn log_uniform(&mut self, lower: f64, upper: f64) -> f64 {
        assert!(lower > 0.0, "the bounds must be positive for a logarithmic scale: {lower} to {upper}");
        assert_bounds(lower, upper);
        self.uniform(lower.ln(), upper.ln()).exp().clamp(lower, upper)
    }

    /// One of these, each as likely as any other.
    ///
    /// ```
    /// # use rush_worker::WorkerRng;
    /// # let mut rng = WorkerRng::new(1);
    /// let kernel = *rng.choice(&["rbf", "linear"]);
    /// # assert!(["rbf", "linear"].contains(&kernel));
    /// ```
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn choice<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        assert!(!items.is_empty(), "a choice of nothing");
        let last = u64::try_from(items.len() - 1).unwrap_or(u64::MAX);
        &items[usize::try_from(self.at_most(last)).unwrap_or(0)]
    }

    /// Of [0, 1): the 53 bits that a number has between one half and one.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.next_u64() >> 11) as f64 * STEP
    }

    /// Of 0 to `most`. Draws again what exceeds it, at most every second time on average, so that all are equally likely.
    fn at_most(&mut self, most: u64) -> u64 {
        if most == 0 {
            return 0;
        }
        let mask = u64::MAX >> most.leading_zeros();
        loop {
            let drawn = self.next_u64() & mask;
            if drawn <= most {
                return drawn;
            }
        }
    }
}

fn assert_bounds(lower: f64, upper: f64) {
    assert!(
        (upper - lower).is_finite(),
        "the bounds must be finite, and not further apart than a number can say: {lower} to {upper}"
    );
    assert!(lower <= upper, "the bounds are reversed: {lower} exceeds {upper}");
}

impl SeedableRng for WorkerRng {
    type Seed = <Xoshiro256PlusPlus as SeedableRng>::Seed;

    fn from_seed(seed: Self::Seed) -> Self {
        Self(Xoshiro256PlusPlus::from_seed(seed))
    }

    fn seed_from_u64(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }
}

impl TryRng for WorkerRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}
