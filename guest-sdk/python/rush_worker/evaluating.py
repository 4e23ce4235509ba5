"""The worker and the objective of its run."""

from collections.abc import Callable, Iterable
from typing import Any

from .bindings import Err
from .condition import Condition, from_condition
from .errors import Invalid, LimitExceeded, RushError
from .fields import Fields, Row, from_fields, to_fields
from .task import Task


class Evaluating:
    """Evaluating the objective of the run file.

    It runs in a sandbox of its own. Whatever it does there (an error, a trap, more time or memory than it may have) is a
    :class:`~rush_worker.Condition`, and the next evaluation starts as if nothing had happened.
    """

    _host: Any
    when_there_is_room: Callable[..., Any]
    finish_one: Callable[..., bool]
    fail_one: Callable[..., bool]
    finish_and_push_running_one: Callable[..., str | None]

    def evaluate(self, xs: Row | Task) -> Fields:
        """Evaluates a point: its result, or a :class:`~rush_worker.Condition` is raised that says why there is none.

        >>> from rush_worker.testing import TestNetwork
        >>> worker = TestNetwork(objective=lambda xs: {"y": xs["x"] ** 2}).worker()
        >>> worker.evaluate({"x": 3.0})
        {'y': 9.0}

        An evaluation that somebody cancelled ends with the kind ``cancelled``. Its task has failed by then, so failing it again is
        refused, which is nothing to worry about.
        """
        if self._host.evaluator is None:
            raise RushError(
                "this loop was built for a world without an objective: build it for `worker-loop`, and give the run file an [objective]"
            )
        fields = to_fields(xs.xs if isinstance(xs, Task) else xs)
        try:
            return from_fields(self._host.evaluator.evaluate(fields))
        except Err as error:
            condition = error.value
        raise from_condition(condition)

    def evaluate_task(self, key: str, xs: Row | Task) -> bool:
        """Evaluates the point of a running task of this worker, then finishes or fails the task: whether its result was saved.

        The task fails if the objective does, and if its result cannot be stored. It is left alone if somebody has settled it
        meanwhile, by cancelling it for example. A full Redis is waited for, as ``when_there_is_room`` does.

        >>> from rush_worker.testing import TestNetwork
        >>> network = TestNetwork(objective=lambda xs: {"y": xs["x"] ** 2}, stop_when_finished=1)
        >>> worker = network.worker()
        >>> keys = worker.push([{"x": 3.0}])
        >>> while not worker.terminated:
        ...     task = worker.pop(timeout=1)
        ...     if task is not None:
        ...         saved = worker.evaluate_task(task.key, task)
        >>> network.finished()[0].ys
        {'y': 9.0}
        """
        try:
            ys = self.evaluate(xs)
        except Condition as condition:
            return self._fail(key, condition)
        return self._finish(key, ys)

    def evaluate_task_and_push_running(self, key: str, xs: Row | Task, next: Row) -> str | None:
        """:meth:`evaluate_task`, then ``push_running`` of the next point, in one round trip: the new key. None means that nothing was
        pushed: the task failed or was settled by somebody else, or the run's exact budget is used up."""
        try:
            ys = self.evaluate(xs)
        except Condition as condition:
            self._fail(key, condition)
            return None
        try:
            return self.when_there_is_room(self.finish_and_push_running_one, key, ys, next)
        except (LimitExceeded, Invalid):
            # Nothing was written, be it for the result or for the point.
            self._finish(key, ys)
            return None

    def evaluate_all(self, tasks: Iterable[tuple[str, Row | Task]]) -> int:
        """:meth:`evaluate_task` for each of these running tasks, one after the other: how many results were saved. Each is saved as
        soon as it is there.

        >>> from rush_worker.testing import TestNetwork
        >>> worker = TestNetwork(objective=lambda xs: {"y": xs["x"] ** 2}).worker()
        >>> batch = [{"x": 0.0}, {"x": 0.5}, {"x": 1.0}]
        >>> worker.evaluate_all(zip(worker.push_running_what_fits(batch), batch))
        3
        """
        return sum([self.evaluate_task(key, xs) for key, xs in tasks])

    def _finish(self, key: str, ys: Fields) -> bool:
        try:
            return bool(self.when_there_is_room(self.finish_one, key, ys))
        except (LimitExceeded, Invalid) as error:
            # It is the objective's fault, and may cost no more than its task.
            kind = "limit" if isinstance(error, LimitExceeded) else "error"
            condition = Condition(f"`ys` of the objective cannot be stored: {error.message}", kind)
        return self._fail(key, condition)

    def _fail(self, key: str, condition: Condition) -> bool:
        try:
            self.when_there_is_room(self.fail_one, key, condition)
        except (LimitExceeded, Invalid) as error:
            # The host hands over only what it stores; a condition of another backend may be anything.
            message = f"the condition of the objective cannot be stored: {error.message}"
            self.when_there_is_room(self.fail_one, key, Condition(message))
        return False
