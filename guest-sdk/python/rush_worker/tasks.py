"""The worker and the tasks of its network."""

import math
from collections.abc import Sequence
from typing import Any

from .bindings import types
from .condition import Condition, to_condition
from .errors import Invalid, call
from .fields import Row, to_fields, to_rows
from .task import Counts, State, Task, from_task, state_name, to_state, to_states

#: Why a task failed: a condition, any other exception, or a text.
Reason = Condition | BaseException | str | None


class Tasks:
    """Creating, taking, ending and counting tasks.

    Wherever points or results are taken, ``extra`` has a row for each that lies beside it.
    """

    _host: Any

    # Creating tasks.

    def push(self, xss: Sequence[Row], extra: Sequence[Row] | None = None) -> list[str]:
        """Creates queued tasks, for whoever pops them first, and gives their keys."""
        return call(self._host.tasks.push, _new_tasks(xss, extra), None)

    def push_one(self, xs: Row, extra: Row | None = None) -> str:
        """:meth:`push` for one task."""
        return self.push([xs], [extra])[0]

    def push_to(self, worker_id: str, xss: Sequence[Row], extra: Sequence[Row] | None = None) -> list[str]:
        """Creates queued tasks in the queue of one worker, which it pops before others."""
        return call(self._host.tasks.push, _new_tasks(xss, extra), worker_id)

    def push_running(self, xss: Sequence[Row], extra: Sequence[Row] | None = None) -> list[str]:
        """Creates tasks that this worker evaluates now: everybody sees them as running.

        In a run with an exact budget see ``when_there_is_room`` and ``push_running_what_fits``.
        """
        return call(self._host.tasks.push_running, _new_tasks(xss, extra))

    def push_running_one(self, xs: Row, extra: Row | None = None) -> str:
        """:meth:`push_running` for one task.

        >>> from rush_worker.testing import TestNetwork
        >>> worker = TestNetwork().worker()
        >>> key = worker.push_running_one({"x1": 0.5, "kernel": "rbf"})
        >>> worker.finish_one(key, {"y": 0.25})
        True
        """
        return self.push_running([xs], [extra])[0]

    def push_finished(
        self,
        xss: Sequence[Row],
        yss: Sequence[Row],
        xs_extra: Sequence[Row] | None = None,
        ys_extra: Sequence[Row] | None = None,
    ) -> list[str]:
        """Creates tasks together with their results. They have no worker: nobody evaluated them here."""
        _same_length("points", xss, "results", yss)
        parts = (to_rows("points", len(xss), rows) for rows in (xss, yss, xs_extra, ys_extra))
        return call(self._host.tasks.push_finished, [types.FinishedTask(*part) for part in zip(*parts)])

    def push_failed(
        self,
        xss: Sequence[Row],
        conditions: Sequence[Reason] | None = None,
        extra: Sequence[Row] | None = None,
    ) -> list[str]:
        """Creates tasks that failed already. Without conditions they read "Task failed"."""
        parts = (to_rows("points", len(xss), rows) for rows in (xss, extra))
        tasks = zip(*parts, _one_each("points", xss, conditions))
        return call(self._host.tasks.push_failed, [types.FailedTask(*part) for part in tasks])

    # Taking and ending tasks.

    def pop(self, timeout: float = 0.0) -> Task | None:
        """Takes the oldest queued task and marks it as running; waits for one up to ``timeout`` seconds."""
        task = call(self._host.tasks.pop, milliseconds(timeout))
        return None if task is None else from_task(task)

    def finish(self, keys: Sequence[str], yss: Sequence[Row], extra: Sequence[Row] | None = None) -> list[str]:
        """Saves results and marks the tasks as finished. Gives the keys that were refused, because somebody settled those tasks
        first; their fields are untouched."""
        return call(self._host.tasks.finish, _outcomes(keys, yss, extra))

    def finish_one(self, key: str, ys: Row, extra: Row | None = None) -> bool:
        """:meth:`finish` for one task: whether its result was saved."""
        return not self.finish([key], [ys], [extra])

    def fail(self, keys: Sequence[str], conditions: Sequence[Reason] | None = None) -> list[str]:
        """Marks running tasks of this worker as failed. Without conditions they read "Task failed". Gives the keys that were refused,
        because somebody settled those tasks first."""
        failures = [types.Failure(*each) for each in zip(keys, _one_each("keys", keys, conditions))]
        return call(self._host.tasks.fail, failures)

    def fail_one(self, key: str, condition: Reason = None) -> bool:
        """:meth:`fail` for one task: whether its failure was saved.

        >>> from rush_worker.testing import TestNetwork
        >>> worker = TestNetwork().worker()
        >>> worker.fail_one(worker.push_running_one({}), "the kernel matrix is singular")
        True
        """
        return not self.fail([key], [condition])

    def finish_and_push_running(
        self,
        keys: Sequence[str],
        yss: Sequence[Row],
        xss: Sequence[Row],
        ys_extra: Sequence[Row] | None = None,
        xs_extra: Sequence[Row] | None = None,
    ) -> list[str]:
        """:meth:`finish`, then :meth:`push_running`, in one round trip.

        Gives the new keys. None of them means that nothing was pushed: a finish was refused, or the run's exact budget is used up, in
        which case the results are saved.
        """
        outcomes, tasks = _outcomes(keys, yss, ys_extra), _new_tasks(xss, xs_extra)
        return call(self._host.tasks.finish_and_push_running, outcomes, tasks)

    def finish_and_push_running_one(self, key: str, ys: Row, next: Row) -> str | None:
        """:meth:`finish_and_push_running` for one task and its successor."""
        keys = self.finish_and_push_running([key], [ys], [next])
        return keys[0] if keys else None

    # Looking at tasks.

    def count(self) -> Counts:
        """How many tasks are in each state."""
        counts = call(self._host.tasks.count)
        return Counts(counts.queued, counts.running, counts.finished, counts.failed)

    def keys(self, states: Sequence[State]) -> dict[State, list[str]]:
        """The keys of the tasks in each of the given states, taken at one moment: no task is in two of them."""
        return {state_name(state): keys for state, keys in call(self._host.tasks.keys, to_states(states))}

    def has_state(self, keys: Sequence[str], state: State) -> list[bool]:
        """Whether each of these tasks is in the given state."""
        return call(self._host.tasks.has_state, list(keys), to_state(state))

    def wait(self, keys: Sequence[str], timeout: float | None = None) -> bool:
        """Waits until all of these tasks are finished or failed. False when ``timeout`` is over, or when no worker is running that
        could end them."""
        return call(self._host.tasks.wait, list(keys), None if timeout is None else milliseconds(timeout))

    def empty_queue(self) -> int:
        """Fails every queued task ("Removed from queue"), and says how many."""
        return call(self._host.tasks.empty_queue)


def milliseconds(seconds: float) -> int:
    """Whole milliseconds, rounded up, so that a short wait never becomes none."""
    if not seconds >= 0:
        raise ValueError(f"a time to wait is at least 0 seconds, not {seconds}")
    # The smallest fraction comes from the multiplication.
    return 2**32 - 1 if seconds > 4e6 else math.ceil(round(seconds * 1000, 6))


def _new_tasks(xss: Sequence[Row], extra: Sequence[Row] | None) -> list[Any]:
    new = types.NewTask
    if extra is None:
        return [new(to_fields(xs), []) for xs in xss]
    _same_length("points", xss, "extras", extra)
    return [new(to_fields(xs), to_fields(beside)) for xs, beside in zip(xss, extra)]


def _outcomes(keys: Sequence[str], yss: Sequence[Row], extra: Sequence[Row] | None) -> list[Any]:
    _same_length("keys", keys, "results", yss)
    extras = to_rows("results", len(yss), extra)
    return [types.Outcome(key, to_fields(ys), beside) for key, ys, beside in zip(keys, yss, extras)]


def _one_each(what: str, tasks: Sequence[Any], conditions: Sequence[Reason] | None) -> list[Any]:
    """A condition for each task, or none for all."""
    if conditions is None:
        return [None] * len(tasks)
    _same_length(what, tasks, "conditions", conditions)
    return [to_condition(condition) for condition in conditions]


def _same_length(what: str, some: Sequence[Any], other_what: str, others: Sequence[Any]) -> None:
    if len(some) != len(others):
        raise Invalid(f"{len(some)} {what}, but {len(others)} {other_what}")
