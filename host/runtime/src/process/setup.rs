//! What a child is told before anything else: what it evaluates, in what surroundings, and what to take away from itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bytes::{Malformed, Reader, Write as _};
use super::frame::{self, Tag};
use crate::context::GuestContext;
use crate::engine::Build;
use crate::objective::InstancePolicy;
use crate::settings::Settings;

/// All that a child knows.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) terms: Terms,
    pub(super) context: GuestContext,
}

/// The part that is the same for all children of an objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Terms {
    pub(super) build: Build,
    /// Without the limits that its parent watches.
    pub(super) settings: Settings,
    pub(super) policy: InstancePolicy,
    /// Bytes of memory that the whole process may have, as the kernel counts.
    pub(super) memory: u64,
}

impl Setup {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        frame::write(out, Tag::Setup, |out| {
            let terms = serde_json::to_vec(&self.terms).expect("maps of terms have texts as keys");
            out.counted(&terms);
            out.text(&self.context.args);
            out.extend(self.context.seed.to_le_bytes());
            out.length(self.context.data.len());
            for (name, file) in &*self.context.data {
                out.text(name);
                out.counted(file);
            }
        });
    }

    pub(super) fn read(content: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(content, usize::MAX);
        let terms = serde_json::from_slice(reader.counted()?)
            .map_err(|_| Malformed("the terms are not those of this version"))?;
        let (args, seed) = (reader.str()?.into(), u64::from_le_bytes(reader.array()?));
        let files = reader.list(2, |reader| Ok((reader.text()?, Arc::from(reader.counted()?))))?;
        reader.end()?;
        let data: BTreeMap<String, Arc<[u8]>> = files.into_iter().collect();
        Ok(Self { terms, context: GuestContext { args, seed, data: Arc::new(data) } })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::frame::Inbox;
    use super::*;
    use crate::limits::Limits;
    use crate::settings::{GrantedDir, Grants};

    #[test]
    fn what_is_written_is_read_again() {
        let dir = GrantedDir { host: "/data".into(), guest: "/".into(), write: true };
        let grants = Grants { dirs: vec![dir], env: [("A".into(), "b".into())].into(), ..Grants::default() };
        let limits = Limits { time: Some(Duration::from_millis(1)), fuel: Some(7), ..Limits::default() };
        let terms = Terms {
            build: Build::of(&limits).uninterruptible(),
            settings: Settings { limits, grants },
            policy: InstancePolicy::Fresh,
            memory: 1 << 40,
        };
        let data = [("train".to_owned(), Arc::from(&b"1,2"[..]))].into();
        let told = GuestContext { args: r#"{"a":1}"#.into(), seed: 9, data: Arc::new(data) };
        let (mut out, mut inbox) = (Vec::new(), Inbox::default());
        Setup { terms: terms.clone(), context: told }.write(&mut out);
        inbox.spare()[..out.len()].copy_from_slice(&out);
        inbox.arrived(out.len());
        let (tag, content) = inbox.next_of_parent().unwrap().unwrap();
        assert_eq!(tag, Tag::Setup);
        let read = Setup::read(content).unwrap();
        assert_eq!(read.terms, terms);
        assert_eq!((&*read.context.args, read.context.seed), (r#"{"a":1}"#, 9));
        assert_eq!(&*read.context.data["train"], b"1,2");
        assert!(Setup::read(&content[1..]).is_err());
    }
}
