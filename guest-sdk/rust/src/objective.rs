//! How a component evaluates its objective, and how a failure is told.

use std::{any::Any, error::Error as StdError};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Condition, Context, ConversionError, Fields, errors::with_sources, from_fields, to_fields};

/// Makes a function the objective of this component: `rush_worker::objective!(branin);`
///
/// The function takes a point and returns a result, both of types of yours: see [`from_fields()`](crate::from_fields()) and
/// [`to_fields()`](crate::to_fields()) for how values become fields.
///
/// ```
/// use rush_worker::prelude::*;
///
/// #[derive(Deserialize)]
/// struct Point { x1: f64, x2: f64 }
/// #[derive(Serialize)]
/// struct Outcome { y: f64 }
///
/// fn sphere(Point { x1, x2 }: Point) -> Outcome {
///     Outcome { y: x1 * x1 + x2 * x2 }
/// }
///
/// rush_worker::objective!(sphere);
/// # fn main() { assert_eq!(sphere(Point { x1: 1.0, x2: 2.0 }).y, 5.0); }
/// ```
///
/// # Failure
///
/// A function that may fail returns a `Result`, with any error that becomes a `Box<dyn std::error::Error>`. The task then fails with
/// the error's message and those of its sources. A [`Condition`] says more: a kind of your own, and details. (Kinds that only the host
/// can know, such as `time-limit` or `killed`, are quoted in the message.) A point that does not fit the
/// function's type fails, too, and its condition names the element. Panics are logged under the name `panic` and become traps.
///
/// ```
/// # use rush_worker::prelude::*;
/// # #[derive(Deserialize)] struct Point { x1: f64 }
/// # #[derive(Serialize)] struct Outcome { y: f64 }
/// fn root(Point { x1 }: Point) -> Result<Outcome, Condition> {
///     if x1 < 0.0 {
///         return Err(Condition::new("x1 is negative").with_kind("domain"));
///     }
///     Ok(Outcome { y: x1.sqrt() })
/// }
///
/// rush_worker::objective!(root);
/// # fn main() { assert_eq!(root(Point { x1: 4.0 }).unwrap().y, 2.0); }
/// ```
///
/// # Context
///
/// What the run file gives comes first, if the function wants it:
///
/// ```
/// # use rush_worker::{prelude::*, testing::TestNetwork};
/// # #[derive(Deserialize)] struct Point { x1: f64 }
/// # #[derive(Serialize)] struct Outcome { y: f64 }
/// fn noisy(context: &mut Context, Point { x1 }: Point) -> Outcome {
///     let noise: f64 = context.rng().random();
///     Outcome { y: x1 + noise }
/// }
///
/// rush_worker::objective!(noisy);
/// # fn main() { assert!(noisy(&mut TestNetwork::new().context(), Point { x1: 4.0 }).y >= 4.0); }
/// ```
///
/// # State
///
/// With `instance = "reuse"`, which is the default, one instance evaluates many points. What is the same for all of them is made once,
/// by a function of its own, which takes the [`Context`] and may fail. The other function then gets what it made:
///
/// ```
/// # use rush_worker::{prelude::*, testing::TestNetwork};
/// # #[derive(Deserialize)] struct Point { depth: usize }
/// # #[derive(Serialize)] struct Outcome { loss: f64 }
/// struct Train(Vec<f64>);
///
/// fn read(context: &mut Context) -> Result<Train, Condition> {
///     let bytes = context.data("train").ok_or("[objective.data] train is missing")?;
///     Ok(Train(bytes.iter().map(|&byte| byte.into()).collect()))
/// }
///
/// fn loss(train: &mut Train, Point { depth }: Point) -> Outcome {
///     Outcome { loss: train.0.iter().sum::<f64>() / (depth as f64) }
/// }
///
/// rush_worker::objective!(read => loss);
/// # fn main() {
/// #     let mut train = read(&mut TestNetwork::new().data("train", [1, 2]).context()).unwrap();
/// #     assert_eq!(loss(&mut train, Point { depth: 3 }).loss, 1.0);
/// # }
/// ```
///
/// What is kept must not change results: which points an instance sees, and after which failure a fresh one takes its place, is not for
/// the objective to know.
///
/// Natively the macro only checks the types of the functions, which can be tested like any other:
/// [`TestNetwork::context`](crate::testing::TestNetwork::context) makes a context.
#[macro_export]
macro_rules! objective {
    ($($function:path)=>+) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, missing_docs, reason = "generated: exports of a component")]
        const _: () = {
            struct Component;
            impl $crate::objective_bindings::exports::rush::worker::evaluator::Guest for Component {
                fn evaluate(
                    xs: $crate::Fields,
                ) -> ::std::result::Result<$crate::Fields, $crate::bindings::rush::worker::types::Condition> {
                    $crate::__private::with_instance(|instance| $crate::__evaluate!(instance, xs, $($function)=>+))
                }
            }
            $crate::objective_bindings::export!(Component with_types_in $crate::objective_bindings);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(
            &mut $crate::__private::Instance,
            $crate::Fields,
        ) -> ::std::result::Result<$crate::Fields, $crate::Condition> =
            |instance, xs| $crate::__evaluate!(instance, xs, $($function)=>+);
    };
}

/// One evaluation. A macro, because what a function returns is told apart where its type is known.
#[doc(hidden)]
#[macro_export]
macro_rules! __evaluate {
    ($instance:expr, $xs:expr, $function:path) => {{
        use $crate::__private::Anything as _;
        $crate::__private::call(&$function, $instance.context(), $xs)
            .and_then(|returned| $crate::__private::Returned(returned).done())
            .and_then(|ys| $crate::__private::ys(&ys))
    }};
    ($instance:expr, $xs:expr, $prepare:path => $function:path) => {{
        use $crate::__private::Anything as _;
        $instance
            .state(|context| $crate::__private::Returned($prepare(context)).done())
            .and_then(|state| $crate::__private::call(&$function, state, $xs))
            .and_then(|returned| $crate::__private::Returned(returned).done())
            .and_then(|ys| $crate::__private::ys(&ys))
    }};
}

/// What lives as long as the instance of an objective.
#[derive(Debug)]
pub struct Instance {
    context: Context,
    state: Option<Box<dyn Any>>,
}

impl Instance {
    /// One that has evaluated nothing.
    pub fn new(context: Context) -> Self {
        Self { context, state: None }
    }

    /// What the objective was given.
    pub fn context(&mut self) -> &mut Context {
        &mut self.context
    }

    /// What the objective keeps; made now, if no evaluation has succeeded in making it.
    pub fn state<S: 'static>(
        &mut self,
        prepare: impl FnOnce(&mut Context) -> Result<S, Condition>,
    ) -> Result<&mut S, Condition> {
        if self.state.is_none() {
            self.state = Some(Box::new(prepare(&mut self.context)?));
        }
        let state = self.state.as_deref_mut().and_then(<dyn Any>::downcast_mut);
        Ok(state.unwrap_or_else(|| unreachable!("a component has one objective, and that one kind of state")))
    }
}

/// An evaluation that the host asks for.
#[cfg(target_arch = "wasm32")]
pub fn with_instance(
    evaluate: impl FnOnce(&mut Instance) -> Result<Fields, Condition>,
) -> Result<Fields, crate::bindings::rush::worker::types::Condition> {
    use std::cell::RefCell;

    thread_local! {
        static INSTANCE: RefCell<Instance> = {
            crate::logger::install();
            RefCell::new(Instance::new(Context::new(crate::backend::Backend)))
        };
    }
    INSTANCE.with_borrow_mut(evaluate).map_err(Into::into)
}

/// A function of a point, or of something kept and a point. `M` tells these apart.
pub trait Function<S, M> {
    /// What it returns: a result, or a `Result` of one.
    type Returned;
    /// Calls it, if the point fits.
    fn call(&self, state: &mut S, xs: Fields) -> Result<Self::Returned, Condition>;
}

impl<S, X: DeserializeOwned, R, F: Fn(X) -> R> Function<S, (X, R)> for F {
    type Returned = R;
    fn call(&self, _: &mut S, xs: Fields) -> Result<R, Condition> {
        point(xs).map(self)
    }
}

impl<S, X: DeserializeOwned, R, F: Fn(&mut S, X) -> R> Function<S, (S, X, R)> for F {
    type Returned = R;
    fn call(&self, state: &mut S, xs: Fields) -> Result<R, Condition> {
        point(xs).map(|xs| self(state, xs))
    }
}

/// Calls a function of either form.
pub fn call<S, M, F: Function<S, M>>(
    function: &F,
    state: &mut S,
    xs: Fields,
) -> Result<F::Returned, Condition> {
    function.call(state, xs)
}

/// What a function returned. A method of this type is found before one of [`Anything`], so that a `Result` is one although it could be
/// stored, too.
#[derive(Debug)]
pub struct Returned<R>(pub R);

impl<Y, E> Returned<Result<Y, E>> {
    /// The result, or why there is none.
    pub fn done(self) -> Result<Y, Condition>
    where
        E: Into<Box<dyn StdError>>,
    {
        self.0.map_err(condition)
    }
}

/// For functions that cannot fail.
pub trait Anything {
    /// What was returned.
    type Done;
    /// The result.
    fn done(self) -> Result<Self::Done, Condition>;
}

impl<Y> Anything for Returned<Y> {
    type Done = Y;
    fn done(self) -> Result<Y, Condition> {
        Ok(self.0)
    }
}

/// A condition as it is; of any other error its message, with those of its sources.
pub(crate) fn condition<E: Into<Box<dyn StdError>>>(error: E) -> Condition {
    match error.into().downcast() {
        Ok(condition) => *condition,
        Err(error) => Condition::new(with_sources(&*error)),
    }
}

/// A point for the function.
pub(crate) fn point<X: DeserializeOwned>(xs: Fields) -> Result<X, Condition> {
    let wrong = |error: ConversionError| Condition::new(format!("`xs` do not fit this objective: {error}"));
    from_fields(xs).map_err(wrong)
}

/// A result for the host.
pub fn ys<Y: Serialize + ?Sized>(ys: &Y) -> Result<Fields, Condition> {
    let wrong =
        |error: ConversionError| Condition::new(format!("`ys` of this objective cannot be stored: {error}"));
    to_fields(ys).map_err(wrong)
}
