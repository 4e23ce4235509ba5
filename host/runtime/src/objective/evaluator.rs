//! What evaluates the objective for one worker, wherever it runs.

use std::sync::Arc;

use rush_network::{Condition, Fields};

use super::{InstanceEvaluator, PreparedInstance, condition};
use crate::bindings::rush::worker::types as wit;
use crate::context::GuestContext;
use crate::imports::convert;
use crate::output::Output;
use crate::process::{EvaluatorError, PreparedProcesses, ProcessEvaluator};

/// Evaluates an objective for one worker, one evaluation at a time. Made by [`PreparedObjective::evaluator`](crate::PreparedObjective::evaluator).
///
/// An evaluation that is given up (its future is dropped) ends the instance or the process that it ran in; the next one begins with another.
pub struct Evaluator {
    isolation: Isolation,
}

enum Isolation {
    Instance(InstanceEvaluator),
    Process(Box<ProcessEvaluator>),
}

impl Evaluator {
    pub(crate) fn in_instance(
        prepared: Arc<PreparedInstance>,
        context: GuestContext,
        output: Arc<dyn Output>,
    ) -> Self {
        Self { isolation: Isolation::Instance(InstanceEvaluator::new(prepared, context, output)) }
    }

    pub(crate) fn in_processes(
        prepared: Arc<PreparedProcesses>,
        context: GuestContext,
        output: Arc<dyn Output>,
    ) -> Self {
        Self { isolation: Isolation::Process(Box::new(ProcessEvaluator::new(prepared, context, output))) }
    }

    /// Starts the process of the next evaluation, if it runs in one, so that it need not wait for it.
    pub async fn warm(&mut self) -> Result<(), EvaluatorError> {
        match &mut self.isolation {
            Isolation::Instance(_) => Ok(()),
            Isolation::Process(process) => process.warm().await,
        }
    }

    /// What holds the processes in which it evaluates, in words, once one was [started](Self::warm): "rlimits, no new privileges, seccomp,
    /// landlock (ABI 6)", and what is missing. Nothing for instances.
    pub fn in_force(&self) -> Option<&str> {
        match &self.isolation {
            Isolation::Instance(_) => None,
            Isolation::Process(process) => process.in_force(),
        }
    }

    /// The values at a point, or why there are none. Whatever the objective does costs this evaluation alone.
    pub async fn evaluate(&mut self, xs: Fields) -> Result<Fields, Condition> {
        match self.evaluate_wit(&convert::wit_fields(xs)).await {
            Ok(ys) => Ok(convert::fields(ys)),
            Err(condition) => Err(condition::of_the_network(condition)),
        }
    }

    /// The same in the types of the contract, as a loop hands them over.
    pub(crate) async fn evaluate_wit(&mut self, xs: &wit::Fields) -> Result<wit::Fields, wit::Condition> {
        let ys = match &mut self.isolation {
            Isolation::Instance(instance) => instance.evaluate_and_settle(xs).await?,
            Isolation::Process(process) => process.evaluate(xs).await?,
        };
        condition::checked(ys)
    }
}
