//! What is minimised or maximised.

use rush_worker::{Error, Result, Value};

use crate::Space;

/// An element of `ys`, and which way is better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    name: String,
    maximize: bool,
}

impl Goal {
    /// What `minimize` and `maximize` of `[loop.args]` say: one of them is given, and names no parameter of the space. As long as no task
    /// has a result, a column of that name would be the parameter's.
    pub fn from_args(minimize: Option<String>, maximize: Option<String>, space: &Space) -> Result<Self> {
        let wrong = |message: String| Error::Args { at: "loop.args".into(), message };
        let goal = match (minimize, maximize) {
            (Some(name), None) => Self { name, maximize: false },
            (None, Some(name)) => Self { name, maximize: true },
            (None, None) => {
                return Err(wrong(
                    "say what is to be optimised: `minimize = \"y\"` or `maximize = \"y\"`".into(),
                ));
            }
            (Some(_), Some(_)) => return Err(wrong("give `minimize` or `maximize`, not both".into())),
        };
        if space.parameters().iter().any(|parameter| parameter.name == goal.name) {
            return Err(wrong(format!(
                "`{}` is a parameter of the space: name a result of the objective to be optimised",
                goal.name
            )));
        }
        Ok(goal)
    }

    /// The name of the element.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is minimised instead of this result; none if it is missing, or no number.
    #[expect(
        clippy::cast_precision_loss,
        reason = "for a model, or a comparison, the nearest number will do"
    )]
    pub fn loss(&self, result: &Value) -> Option<f64> {
        match *result {
            Value::Number(number) => Some(self.mirrored(number)),
            Value::Integer(integer) => Some(self.mirrored(integer as f64)),
            _ => None,
        }
    }

    /// What is minimised instead of this number, and back again.
    pub fn mirrored(&self, y: f64) -> f64 {
        if self.maximize { -y } else { y }
    }
}
