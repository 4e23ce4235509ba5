"""Waiting for room: in the exact budget of a run, and in Redis."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .errors import BudgetExhausted, StorageFull
from .fields import Row
from .task import Counts

#: After so many refusals in a row without any change and without a running task, nobody works on what is queued: five seconds,
#: because the host takes a moment for each.
_PATIENCE = 100

_T = TypeVar("_T")


class Room:
    """Creating tasks, and saving results, as soon as there is room."""

    _host: Any
    terminated: bool
    count: Callable[[], Counts]
    push_running: Callable[..., list[str]]

    def when_there_is_room(self, function: Callable[..., _T], *args: Any, **kwargs: Any) -> _T | None:
        """Calls a function, and calls it again as long as it is refused for want of room: because the run's exact budget has no place
        left (``BudgetExhausted`` with nothing remaining), or because Redis is full (``StorageFull``). None when the worker should end
        instead.

        A place in the budget becomes free when a task fails, or its worker dies with it. Somebody has to take that place, or fewer
        tasks finish than were asked for; a loop that ends when no place is left cannot. So a loop pushes like this:

        >>> from rush_worker.testing import TestNetwork
        >>> network = TestNetwork(budget=10)
        >>> worker = network.worker()
        >>> while not worker.terminated:
        ...     xs = {"x": worker.rng.random()}
        ...     key = worker.when_there_is_room(worker.push_running_one, xs)
        ...     if key is None:
        ...         break
        ...     saved = worker.when_there_is_room(worker.finish_one, key, {"y": xs["x"]})
        >>> network.count().finished
        10

        The worker should have no running tasks of its own while it waits for a place: they take places, too. Tasks that are queued do
        as well; when for five seconds none is running and nothing changes, nobody will evaluate them, and the answer is None.

        ``BudgetExhausted`` with something remaining is passed on: fewer tasks fit than the call asks for, and waiting for room for all
        of them could take for ever. :meth:`push_running_what_fits` pushes fewer then.
        """
        quiet, again = _Quiet(), True
        while True:
            try:
                return function(*args, **kwargs)
            except BudgetExhausted as error:
                if error.remaining:
                    if not again:
                        raise
                    # A refusal that was sent twice may tell of a place that became free in between.
                    again = False
                    continue
                if not self.terminated and quiet.looks(self.count()) >= _PATIENCE:
                    return None
            except StorageFull:
                pass
            if self.terminated:
                return None
            # A network in memory has nobody else who could make room.
            refused = getattr(self._host, "refused", None)
            if refused is not None:
                refused()
            again = True

    def push_running_what_fits(self, xss: Sequence[Row], extra: Sequence[Row] | None = None) -> list[str]:
        """``push_running`` of the first of these points: of all of them, or of as many as the run's exact budget has room for. Waits
        for a place as :meth:`when_there_is_room` does. No keys mean that the worker should end."""

        def push() -> list[str]:
            fitting = len(xss)
            while True:
                try:
                    return self.push_running(xss[:fitting], None if extra is None else extra[:fitting])
                except BudgetExhausted as error:
                    if not error.remaining:
                        raise
                    fitting = min(fitting, error.remaining)

        return self.when_there_is_room(push) or []


class _Quiet:
    """For how long nothing has happened."""

    def __init__(self) -> None:
        self._last: tuple[int, int, int] | None = None
        self._looks = 0

    def looks(self, counts: Counts) -> int:
        """How many looks in a row found these counts, and nothing running."""
        now = (counts.queued, counts.finished, counts.failed)
        if counts.running or now != self._last:
            self._last, self._looks = now, 0
        self._looks += 1
        return self._looks
