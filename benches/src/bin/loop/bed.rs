//! What turns take place on: a Redis for each transport, and proxies before them.

use std::{collections::BTreeMap, time::Duration};

use rush_benches::{Delay, Fleet, Result, Server, Subject, Transport, Turn, Window, store, test_guest};

use crate::case::Case;

const NETWORK: &str = "loop";

/// Started when they are first needed.
#[derive(Debug, Default)]
pub(crate) struct Beds(BTreeMap<Transport, Bed>);

#[derive(Debug)]
struct Bed {
    server: Server,
    delays: BTreeMap<Duration, Delay>,
}

impl Beds {
    fn bed(&mut self, transport: Transport) -> Result<&mut Bed> {
        use std::collections::btree_map::Entry;
        Ok(match self.0.entry(transport) {
            Entry::Occupied(bed) => bed.into_mut(),
            Entry::Vacant(place) => {
                place.insert(Bed { server: Server::start_on(transport)?, delays: BTreeMap::new() })
            }
        })
    }

    /// The Redis that is reached in this way.
    pub(crate) fn server(&mut self, transport: Transport) -> Result<&mut Server> {
        Ok(&mut self.bed(transport)?.server)
    }

    /// Starts the subject in an empty Redis, and looks at it twice.
    pub(crate) fn turn(&mut self, subject: &Subject, case: Case, window: Window) -> Result<Turn> {
        let bed = self.bed(case.transport)?;
        bed.server.clear()?;
        let args =
            serde_json::json!({ "lower": [-5.0, 0.0], "upper": [10.0, 15.0], "fused": case.trips == 1 });
        let stored = store(&bed.server.url(), NETWORK, &test_guest("inline_search")?, &args)?;
        let (url, ping_micros) = bed.way(case.round_trip)?;
        let subject = subject.doing(case.work());
        let mut fleet = Fleet::start(&subject, &url, &stored, case.workers, case.processes)?;
        let turn = fleet.look(&mut bed.server, window, ping_micros)?;
        fleet.end(&mut bed.server)?;
        Ok(turn)
    }
}

impl Bed {
    /// Where clients find a Redis that is so far away, and how long a PING takes them.
    fn way(&mut self, round_trip: Duration) -> Result<(String, f64)> {
        if round_trip.is_zero() {
            return Ok((self.server.url(), self.server.ping()?));
        }
        if !self.delays.contains_key(&round_trip) {
            self.delays.insert(round_trip, Delay::before(&self.server, round_trip)?);
        }
        let delay = &self.delays[&round_trip];
        Ok((delay.url(), self.server.ping_through(delay)?))
    }
}
