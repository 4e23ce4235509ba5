//! The parts of a task.

/// Which parts of tasks are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a set of flags, as in the WIT contract")]
pub struct Parts {
    /// The points.
    pub xs: bool,
    /// The results.
    pub ys: bool,
    /// What lies beside the points.
    pub xs_extra: bool,
    /// What lies beside the results.
    pub ys_extra: bool,
    /// Why tasks failed.
    pub condition: bool,
    /// Who evaluates or evaluated them.
    pub worker_id: bool,
}

impl Parts {
    /// Everything.
    pub const ALL: Self =
        Self { xs: true, ys: true, xs_extra: true, ys_extra: true, condition: true, worker_id: true };

    /// Keys and states alone.
    pub const NONE: Self =
        Self { xs: false, ys: false, xs_extra: false, ys_extra: false, condition: false, worker_id: false };

    /// Whether the elements of this part are wanted.
    pub(crate) fn wants(self, part: Part) -> bool {
        match part {
            Part::Xs => self.xs,
            Part::Ys => self.ys,
            Part::XsExtra => self.xs_extra,
            Part::YsExtra => self.ys_extra,
        }
    }
}

/// A part that holds named elements, each of which becomes a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Xs,
    Ys,
    XsExtra,
    YsExtra,
}

impl Part {
    /// In the order of the columns.
    pub(crate) const ALL: [Self; 4] = [Self::Xs, Self::Ys, Self::XsExtra, Self::YsExtra];

    /// The field of a task's hash, and what stands before a name that is not unique.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Xs => "xs",
            Self::Ys => "ys",
            Self::XsExtra => "xs_extra",
            Self::YsExtra => "ys_extra",
        }
    }
}
