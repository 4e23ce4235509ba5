"""What others have done, as tables."""

from collections.abc import Sequence
from typing import Any, Literal

from .errors import call
from .table import Table
from .task import State, to_states
from .tasks import milliseconds

#: A part of tasks that becomes columns.
Part = Literal["xs", "ys", "xs_extra", "ys_extra", "condition", "worker_id"]

_PARTS = {
    "xs": "XS",
    "ys": "YS",
    "xs_extra": "XS_EXTRA",
    "ys_extra": "YS_EXTRA",
    "condition": "CONDITION",
    "worker_id": "WORKER_ID",
}


class Fetching:
    """Fetching tasks."""

    _host: Any

    def fetch(self, states: Sequence[State], parts: Sequence[Part] = ("xs", "ys")) -> Table:
        """The tasks in the given states, each exactly once, with the parts that are wanted.

        Finished tasks never change, so the host keeps them for all workers of its process: fetching them again costs what is new.

        >>> from rush_worker.testing import TestNetwork
        >>> worker = TestNetwork().worker()
        >>> keys = worker.push_running([{"x1": 0.5}])
        >>> table = worker.fetch(["running", "finished"], ["xs", "worker_id"])
        >>> table.texts("worker_id").levels
        ['worker-1']
        """
        return Table(call(self._host.tasks.fetch, to_states(states), self._parts(parts)))

    def fetch_new(self, parts: Sequence[Part] = ("xs", "ys"), timeout: float = 0.0) -> Table:
        """The finished tasks that this worker has not been given by ``fetch_new`` yet; waits for one up to ``timeout`` seconds. The
        table is empty when there is none in that time, or when the loop should end."""
        return Table(call(self._host.tasks.fetch_new, self._parts(parts), milliseconds(timeout)))

    def reset_cache(self) -> None:
        """Forgets what :meth:`fetch_new` has given already, and what the host has kept. Tables stay as they are."""
        self._host.tasks.reset_cache()

    def _parts(self, names: Sequence[Part]) -> Any:
        if isinstance(names, str):
            raise TypeError(f"give a list of parts, not one text: [{names!r}]")
        parts = self._host.tasks.Parts(0)
        for name in names:
            if name not in _PARTS:
                raise ValueError(f"there is no part `{name}`; there are: {', '.join(_PARTS)}")
            parts |= self._host.tasks.Parts[_PARTS[name]]
        return parts
