//! What a run file is read with.

use std::fmt;
use std::num::NonZeroU32;

use crate::defaults::Defaults;
use crate::expand::Environment;

/// What a run file is read with, besides its own text.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// `key=value` as given to `--set`: each wins over the run file, a later one over an earlier one.
    pub overrides: &'a [String],
    /// The user's defaults file: it holds where the run file says nothing.
    pub defaults: Option<&'a Defaults>,
    /// Looks up environment variables, for `${VARIABLE}` in URLs.
    pub environment: Environment<'a>,
    /// Cores of this machine, for the default of `workers.processes`.
    pub cores: NonZeroU32,
}

impl Options<'_> {
    /// The environment and the cores of this process; no overrides, no defaults file.
    pub fn of_this_process() -> Self {
        let cores =
            std::thread::available_parallelism().ok().and_then(|cores| u32::try_from(cores.get()).ok());
        Self {
            overrides: &[],
            defaults: None,
            environment: &|name| std::env::var(name).ok(),
            cores: cores.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN),
        }
    }
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let overrides = self.overrides.iter().map(|written| crate::overrides::source_name(written));
        f.debug_struct("Options")
            .field("overrides", &overrides.collect::<Vec<_>>())
            .field("defaults", &self.defaults)
            .field("cores", &self.cores)
            .finish_non_exhaustive()
    }
}
