//! A point of a space.

use serde::{Serialize, Serializer};

use crate::{Setting, Space};

/// A point of a [`Space`]. As a row, it has each setting under the name of its parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Point<'a> {
    space: &'a Space,
    settings: Vec<Setting>,
}

impl<'a> Point<'a> {
    pub(crate) fn new(space: &'a Space, settings: Vec<Setting>) -> Self {
        Self { space, settings }
    }

    /// The settings, in the order of the parameters.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The point as numbers for a model: see [`Domain::encode`](crate::Domain::encode).
    pub fn encode(&self) -> impl Iterator<Item = f64> {
        let parameters = self.space.parameters().iter();
        parameters.zip(&self.settings).map(|(parameter, setting)| parameter.domain.encode(setting))
    }
}

impl Serialize for Point<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.space.parameters().iter().map(|parameter| &parameter.name);
        serializer.collect_map(names.zip(&self.settings))
    }
}
