"""The host of a test: one thread, no waiting; what a call would wait for cannot happen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from .. import stand_ins as wit
from ..context import Context
from ..stand_ins import Err, State
from .memory_table import MemoryTable

_HASH = "test:hash:"


@dataclass
class Shared:
    """What workers of a network in memory share."""

    args: str
    data: dict[str, bytes]
    seed: int
    evaluate: Callable[[Context, list[wit.Field]], list[wit.Field]] | None
    stop_when_finished: int | None
    budget: int | None
    terminated: bool = False
    #: All tasks by their keys, in the order in which they were created.
    tasks: dict[str, wit.Task] = field(default_factory=dict)
    #: Keys of queued tasks: of one worker, or of all.
    queue: list[tuple[str | None, str]] = field(default_factory=list)
    #: Keys of finished tasks, in the order in which they were finished.
    finished: list[str] = field(default_factory=list)
    #: How many of those each worker was given by `fetch_new`.
    given: dict[str, int] = field(default_factory=dict)
    hashes: dict[str, list[wit.Entry]] = field(default_factory=dict)
    workers: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    #: Will be lost as soon as somebody waits.
    dying: list[str] = field(default_factory=list)

    def of(self, state: State) -> list[wit.Task]:
        """The tasks in a state."""
        return [task for task in self.tasks.values() if task.state is state]

    def count(self) -> wit.Counts:
        return wit.Counts(*(len(self.of(state)) for state in State))

    def task(self, key: str) -> wit.Task:
        if key not in self.tasks:
            raise Err(wit.Error_Invalid(f"there is no task `{key}`"))
        return self.tasks[key]

    def create(self, task: wit.Task) -> str:
        # The form of a real key, and the same in every run.
        task.key = f"00000000-0000-4000-8000-{len(self.tasks) + 1:012x}"
        self.tasks[task.key] = task
        return task.key

    def check_budget(self, new: int) -> None:
        if self.budget is None:
            return
        # As the host counts: what has failed may be tried again.
        counts = self.count()
        remaining = max(0, self.budget - counts.queued - counts.running - counts.finished)
        if new > remaining:
            raise Err(wit.Error_BudgetExhausted(remaining))

    def lose(self, worker_id: str) -> None:
        for task in self.of(State.RUNNING):
            if task.worker_id == worker_id:
                task.state = State.FAILED
                task.condition = wit.Condition("lost", "Worker has crashed or was killed", [])
        self.lost.append(worker_id)


class Memory:
    """One worker's side of a network: all interfaces of the contract at once, since no two of their functions share a name."""

    Parts, Entry = wit.Parts, wit.Entry

    def __init__(self, shared: Shared, worker_id: str) -> None:
        self.shared, self.worker_id = shared, worker_id
        self.tasks = self.hashes = self.worker = self.context = self.evaluator = self

    # Tasks.

    def push(self, tasks: list[wit.NewTask], worker: str | None) -> list[str]:
        keys = self._create(tasks, State.QUEUED, None)
        self.shared.queue += [(worker, key) for key in keys]
        return keys

    def push_running(self, tasks: list[wit.NewTask]) -> list[str]:
        return self._create(tasks, State.RUNNING, self.worker_id)

    def push_finished(self, tasks: list[wit.FinishedTask]) -> list[str]:
        self._writable()
        self.shared.check_budget(len(tasks))
        keys = [
            self.shared.create(wit.Task("", State.FINISHED, task.xs, task.ys, task.xs_extra, task.ys_extra))
            for task in tasks
        ]
        self.shared.finished += keys
        return keys

    def push_failed(self, tasks: list[wit.FailedTask]) -> list[str]:
        self._writable()
        return [
            self.shared.create(
                wit.Task("", State.FAILED, task.xs, xs_extra=task.xs_extra, condition=_failed(task.condition))
            )
            for task in tasks
        ]

    def pop(self, timeout_ms: int) -> wit.Task | None:
        self._writable()
        queue = self.shared.queue
        # Its own queue first.
        for entry in sorted(queue, key=lambda entry: entry[0] is None):
            if entry[0] in (self.worker_id, None):
                queue.remove(entry)
                task = self.shared.task(entry[1])
                task.state, task.worker_id, task.attempt = State.RUNNING, self.worker_id, task.attempt + 1
                return replace(task)
        return None

    def finish(self, outcomes: list[wit.Outcome]) -> list[str]:
        self._writable()
        for outcome in outcomes:
            _unique(outcome.ys)

        def settle(task: wit.Task, outcome: wit.Outcome) -> None:
            task.state, task.ys, task.ys_extra = State.FINISHED, outcome.ys, outcome.extra
            self.shared.finished.append(task.key)

        return self._settle(outcomes, settle)

    def fail(self, failures: list[wit.Failure]) -> list[str]:
        self._writable()

        def settle(task: wit.Task, failure: wit.Failure) -> None:
            task.state, task.condition = State.FAILED, _failed(failure.condition)

        return self._settle(failures, settle)

    def finish_and_push_running(self, outcomes: list[wit.Outcome], next: list[wit.NewTask]) -> list[str]:
        if self.finish(outcomes):
            return []
        try:
            return self.push_running(next)
        except Err as error:
            if isinstance(error.value, wit.Error_BudgetExhausted):
                return []
            raise

    def fetch(self, states: list[State], parts: wit.Parts) -> MemoryTable:
        tasks = [task for state in dict.fromkeys(states) for task in self._of(state)]
        return MemoryTable(tasks, parts)

    def fetch_new(self, parts: wit.Parts, timeout_ms: int) -> MemoryTable:
        finished = self._of(State.FINISHED)
        given = self.shared.given.get(self.worker_id, 0)
        self.shared.given[self.worker_id] = len(finished)
        return MemoryTable(finished[given:], parts)

    def reset_cache(self) -> None:
        self.shared.given.pop(self.worker_id, None)

    def count(self) -> wit.Counts:
        return self.shared.count()

    def keys(self, states: list[State]) -> list[tuple[State, list[str]]]:
        return [(state, [task.key for task in self._of(state)]) for state in states]

    def has_state(self, keys: list[str], state: State) -> list[bool]:
        return [self.shared.task(key).state is state for key in keys]

    def wait(self, keys: list[str], timeout_ms: int | None) -> bool:
        return all([self.shared.task(key).state in (State.FINISHED, State.FAILED) for key in keys])

    def empty_queue(self) -> int:
        self._writable()
        queue, self.shared.queue = self.shared.queue, []
        for _, key in queue:
            task = self.shared.task(key)
            task.state, task.condition = State.FAILED, wit.Condition("removed", "Removed from queue", [])
        return len(queue)

    def refused(self) -> None:
        """Nobody else does anything meanwhile, but for those that die; so who waits for more waits for ever, and is told to end."""
        dying, self.shared.dying = self.shared.dying, []
        if not dying and self.shared.of(State.RUNNING):
            self.shared.terminated = True
        for worker_id in dying:
            self.shared.lose(worker_id)

    # Hashes.

    def write(self, hashes: list[list[wit.Entry]]) -> list[str]:
        self._writable()
        if not all(hashes):
            raise Err(wit.Error_Invalid("a hash has at least one entry"))
        keys = []
        for entries in hashes:
            keys.append(f"{_HASH}00000000-0000-4000-8000-{len(self.shared.hashes) + 1:012x}")
            self.shared.hashes[keys[-1]] = entries
        return keys

    def read(self, keys: list[str], names: list[str]) -> list[list[wit.Entry] | None]:
        for key in keys:
            if not key.startswith(_HASH):
                raise Err(wit.Error_Invalid(f"`{key}` is not the key of a hash of this network"))
        hashes = [self.shared.hashes.get(key) for key in keys]
        return [
            None if entries is None else [entry for name in names for entry in entries if entry.name == name]
            for entries in hashes
        ]

    # The worker, and what it was given.

    def id(self) -> str:
        return self.worker_id

    def network_id(self) -> str:
        return "test"

    def terminated(self) -> bool:
        goal = self.shared.stop_when_finished
        return self.shared.terminated or (goal is not None and len(self.shared.finished) >= goal)

    def running_workers(self) -> list[str]:
        return [worker for worker in self.shared.workers if worker not in self.shared.lost]

    def args(self) -> str:
        return self.shared.args

    def data(self, name: str) -> bytes | None:
        return self.shared.data.get(name)

    def seed(self) -> int:
        return self.shared.seed

    def evaluate(self, xs: list[wit.Field]) -> list[wit.Field]:
        if self.shared.evaluate is None:
            raise AssertionError("this test network has no objective: give it one, `TestNetwork(objective=…)`")
        return self.shared.evaluate(Context(self), xs)

    def _writable(self) -> None:
        if self.worker_id in self.shared.lost:
            raise Err(wit.Error_LostOwnership(f"`{self.worker_id}` was declared lost"))

    def _create(self, tasks: list[wit.NewTask], state: State, worker_id: str | None) -> list[str]:
        self._writable()
        for task in tasks:
            _unique(task.xs)
        self.shared.check_budget(len(tasks))
        return [
            self.shared.create(wit.Task("", state, task.xs, xs_extra=task.extra, worker_id=worker_id))
            for task in tasks
        ]

    def _settle(self, ends: Iterable[Any], settle: Callable[[wit.Task, Any], None]) -> list[str]:
        refused = []
        for end in ends:
            task = self.shared.task(end.key)
            if task.state is State.RUNNING and task.worker_id == self.worker_id:
                settle(task, end)
            else:
                refused.append(end.key)
        return refused

    def _of(self, state: State) -> list[wit.Task]:
        if state is State.FINISHED:
            return [self.shared.tasks[key] for key in self.shared.finished]
        return self.shared.of(state)


def _unique(fields: list[wit.Field]) -> None:
    seen = set()
    for each in fields:
        if each.name in seen:
            raise Err(wit.Error_Invalid(f"the name `{each.name}` stands twice"))
        seen.add(each.name)


def _failed(condition: wit.Condition | None) -> wit.Condition:
    return condition or wit.Condition("error", "Task failed", [])
