"""The network of a test."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from .. import stand_ins
from ..context import Context
from ..objective import evaluation
from ..task import Counts, Task, from_task
from ..worker import Worker
from .memory import Memory, Shared


class TestNetwork:
    """A network in memory: calls do what the host would do, but nothing is waited for, and everything happens on one thread. Workers
    share it.

    ``args``, ``data`` and ``seed`` are those of the run file; ``objective`` is a function as :func:`rush_worker.objective` takes it.
    Workers see ``terminated`` once ``stop_when_finished`` tasks are finished. With a ``budget`` as well, and pushing more than so many
    tasks (failed ones not counted) is refused, as in an exact run.

    >>> def double(worker):
    ...     while (task := worker.pop(timeout=1)) is not None:
    ...         worker.finish_one(task.key, {"y": 2 * task.xs["x"]})
    >>> network = TestNetwork()
    >>> keys = network.worker().push([{"x": 1.0}, {"x": 2.5}])
    >>> double(network.worker())
    >>> [task.ys["y"] for task in network.finished()]
    [2.0, 5.0]
    """

    # Not a test, whatever test runners think of its name.
    __test__ = False

    def __init__(
        self,
        args: Mapping[str, Any] | None = None,
        data: Mapping[str, bytes] | None = None,
        seed: int = 0,
        objective: Callable[..., Any] | None = None,
        prepare: Callable[[Context], Any] | None = None,
        stop_when_finished: int | None = None,
        budget: int | None = None,
    ) -> None:
        self._shared = Shared(
            args=json.dumps(args or {}),
            data=dict(data or {}),
            seed=seed,
            evaluate=None if objective is None else evaluation(objective, prepare),
            stop_when_finished=budget if stop_when_finished is None else stop_when_finished,
            budget=budget,
        )

    def worker(self) -> Worker:
        """A further worker: ``worker-1``, ``worker-2`` and so on."""
        worker_id = f"worker-{len(self._shared.workers) + 1}"
        self._shared.workers.append(worker_id)
        return Worker(Memory(self._shared, worker_id))

    def context(self) -> Context:
        """What an objective is given, to test its function with.

        >>> def scaled(context, xs):
        ...     return {"y": context.args["factor"] * xs["x"]}
        >>> scaled(TestNetwork(args={"factor": 2.5}).context(), {"x": 2.0})
        {'y': 5.0}
        """
        return Context(Memory(self._shared, ""))

    def terminate(self) -> None:
        """Asks all workers to end."""
        self._shared.terminated = True

    def lose(self, worker_id: str) -> None:
        """Declares a worker lost: whatever it writes from now on is refused."""
        self._shared.lose(worker_id)

    def lose_while_others_wait(self, worker_id: str) -> None:
        """Declares a worker lost as soon as another waits for room: its running tasks fail then. A worker that waits while nobody is to
        be lost is told to end, because nothing else happens in the meantime."""
        self._shared.dying.append(worker_id)

    def tasks(self) -> list[Task]:
        """All tasks, in the order in which they were created."""
        return [from_task(task) for task in self._shared.tasks.values()]

    def finished(self) -> list[Task]:
        """The finished tasks, in the order in which they were created."""
        return [from_task(task) for task in self._shared.of(stand_ins.State.FINISHED)]

    def task(self, key: str) -> Task:
        """The task of this key."""
        return from_task(self._shared.tasks[key])

    def count(self) -> Counts:
        """How many tasks are in each state."""
        counts = self._shared.count()
        return Counts(counts.queued, counts.running, counts.finished, counts.failed)
