//! What the run file says.

use std::{fmt, num::NonZeroU32};

use rush_worker::prelude::*;
use serde::{
    Deserializer,
    de::{self, Visitor},
};

/// `[loop.args]` of the run file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// End when all tasks of the network are finished or failed. A network without tasks is waited for, so workers may start before
    /// the first task is queued. Without it, the loop goes on until the run's stop condition is met, or somebody asks it to end.
    #[serde(default)]
    pub until_empty: bool,
    /// With `until_empty`: the queue must stay empty for so long first, for whoever queues tasks bit by bit.
    #[serde(default)]
    pub patience: Patience,
    /// Take so many tasks at once, as far as there are so many, and save their results in one round trip to Redis. For evaluations that
    /// are shorter than a round trip; otherwise tasks wait behind others while workers are idle.
    #[serde(default = "one")]
    pub batch: NonZeroU32,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

/// A duration as the run file has it: `"500ms"`, `"2s"`, `"10m"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience(pub Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(Duration::from_secs(1))
    }
}

/// Longest first where one is the end of another.
const UNITS: [(&str, f64); 5] = [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

impl Patience {
    fn parse(text: &str) -> Option<Self> {
        let (number, seconds) =
            UNITS.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
        // Numbers may be written in more ways, but not in the run file.
        if !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return None;
        }
        let seconds = number.parse::<f64>().ok()? * seconds;
        Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero()).map(Self)
    }
}

impl<'de> Deserialize<'de> for Patience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Patience;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number with a unit: \"500ms\", \"30s\", \"10m\", \"2h\" or \"1d\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Patience, E> {
                Patience::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_the_run_file() {
        let parsed = |text| Patience::parse(text).map(|Patience(duration)| duration);
        assert_eq!(parsed("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parsed("1.5s"), Some(Duration::from_millis(1_500)));
        assert_eq!(parsed("10m"), Some(Duration::from_mins(10)));
        assert_eq!(parsed("2h"), Some(Duration::from_hours(2)));
        assert_eq!(parsed("1d"), Some(Duration::from_hours(24)));
        for wrong in ["", "5", "s", "-1s", "1e3s", "infs", "1 s", "0s", "1w"] {
            assert_eq!(parsed(wrong), None, "{wrong:?}");
        }
    }
}
