"""How a component evaluates its objective, and how a failure is told."""

import inspect
from collections.abc import Callable
from typing import Any

from . import bindings, sandbox, streams
from .bindings import Err
from .condition import Condition, last_line, to_condition
from .context import Context
from .errors import ConversionError
from .fields import Row, from_fields, to_fields

#: Of a traceback so much is kept: the host stores 64 KiB of all details.
_LONGEST_TRACEBACK = 16_000


def objective(function: Callable[..., Row], prepare: Callable[[Context], Any] | None = None) -> type:
    """Makes a function the objective of this component::

        def sphere(xs):
            return {"y": xs["x1"] ** 2 + xs["x2"] ** 2}

        Evaluator = objective(sphere)

    The name is the one that componentize-py looks for. The function takes a point as a dict and returns its result as one.

    An exception that it raises fails the task with the exception's message; the traceback is in the details of the condition. A
    :class:`~rush_worker.Condition` says more: a kind of your own, and details.

    A function of two arguments gets the :class:`~rush_worker.Context` first: arguments, data and random numbers. What is the same for
    all points is made once by ``prepare``, which takes the context; the function then gets what it made in the place of the context::

        def read(context):
            return json.loads(context.data("train"))

        def loss(train, xs):
            return {"loss": sum(train) / xs["depth"]}

        Evaluator = objective(loss, prepare=read)

    What is kept must not change results: with ``instance = "reuse"``, which is the default, one instance evaluates many points, but
    which, and after which failure a fresh one takes its place, is not for the objective to know.
    """
    evaluate = evaluation(function, prepare)
    sandbox.store()
    context: list[Context] = []

    class Evaluator:
        """What the world of an objective exports."""

        def evaluate(self, xs: list[Any]) -> list[Any]:
            sandbox.enter()
            if not context:
                context.append(Context(bindings.HOST))
            try:
                return evaluate(context[0], xs)
            finally:
                streams.end()

    return Evaluator


def evaluation(
    function: Callable[..., Row], prepare: Callable[[Context], Any] | None = None
) -> Callable[[Context, list[Any]], list[Any]]:
    """One evaluation, as the contract has it: fields in, fields out, or a condition is raised."""
    with_state = prepare is not None or _arguments(function) > 1
    made: list[Any] = []

    def evaluate(context: Context, xs: list[Any]) -> list[Any]:
        try:
            point = from_fields(xs)
            if not with_state:
                ys = function(point)
            else:
                if not made:
                    made.append(context if prepare is None else prepare(context))
                ys = function(made[0], point)
            return _stored(ys)
        except MemoryError as error:
            sandbox.out_of_memory(error)
            raise
        except BaseException as error:
            condition = _condition(error)
        raise Err(condition)

    return evaluate


def _arguments(function: Callable[..., Any]) -> int:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 1
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in positional and parameter.default is parameter.empty for parameter in parameters)


def _stored(ys: Row) -> list[Any]:
    if ys is None:
        raise Condition("`ys` of this objective cannot be stored: it returned nothing; return a dict, such as {\"y\": y}")
    try:
        return to_fields(ys)
    except ConversionError as error:
        message = f"`ys` of this objective cannot be stored: {error}"
    raise Condition(message)


def _condition(error: BaseException) -> Any:
    if isinstance(error, Condition):
        try:
            return to_condition(error)
        except ConversionError as wrong:
            return to_condition(Condition(f"{error.message} (its details cannot be stored: {wrong})", error.kind))
    trace = sandbox.told(error)
    if len(trace) > _LONGEST_TRACEBACK:
        trace = "…" + trace[-_LONGEST_TRACEBACK:]
    return to_condition(Condition(last_line(error), details={"traceback": trace.encode("utf-8", "backslashreplace").decode()}))
