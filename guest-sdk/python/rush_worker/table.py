"""Tables: snapshots of tasks, column by column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .errors import call
from .task import State, Task, from_task, state_name
from .values import from_value

#: What a column holds.
Kind = Literal["number", "integer", "boolean", "text", "mixed"]

#: So many rows at once are plenty to make the calls cheap, and never much memory.
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Factor(Sequence):
    """A text column: ``codes`` index into ``levels``; -1 is missing. As a sequence it has the text of each row, None if missing.

    >>> list(Factor(["rbf", "linear"], [0, -1, 1]))
    ['rbf', None, 'linear']
    """

    levels: list[str]
    codes: list[int]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [self._level(code) for code in self.codes[row]]
        return self._level(self.codes[row])

    def __iter__(self) -> Iterator[str | None]:
        return map(self._level, self.codes)

    def _level(self, code: int) -> str | None:
        return None if code < 0 else self.levels[code]


class Table:
    """A snapshot of tasks, which ``worker.fetch`` and ``worker.fetch_new`` give. The host holds it; a column is copied when it is
    asked for.

    Each element of ``xs``, ``ys`` and the extras is a column. A name that stands in two of them becomes ``xs.name`` and ``ys.name``;
    condition (its message) and worker id are the columns ``condition`` and ``worker_id``.

    What a table holds counts against the memory that the run file allows the loop. It is let go with the last reference to it, or at
    the end of a ``with``.

    >>> from rush_worker.testing import TestNetwork
    >>> worker = TestNetwork().worker()
    >>> keys = worker.push_finished([{"x1": 0.5}, {"x1": 1.0}], [{"y": 3.0}, {"y": 2.0}])
    >>> with worker.fetch(["finished"]) as table:
    ...     best = min(zip(table.numbers("y"), table.numbers("x1")))
    >>> best
    (2.0, 1.0)
    """

    def __init__(self, table: Any) -> None:
        self._table = table

    def __len__(self) -> int:
        """How many tasks there are."""
        return self._table.len()

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *error: Any) -> None:
        self._table.__exit__(None, None, None)

    def __iter__(self) -> Iterator[Task]:
        """All tasks, one after the other; the host is asked for some at a time."""
        for start in range(0, len(self), _PAGE):
            yield from self.rows(start, _PAGE)

    def columns(self) -> dict[str, Kind]:
        """The names of the columns in their order, and what each holds."""
        return {name: kind.name.lower() for name, kind in self._table.columns()}

    def keys(self) -> list[str]:
        """The key of each task."""
        return self._table.keys()

    def states(self) -> list[State]:
        """The state of each task."""
        return [state_name(state) for state in self._table.states()]

    def numbers(self, name: str) -> list[float]:
        """A column of numbers or of integers. Missing is NaN; :meth:`valid` tells it from a NaN that was computed."""
        return call(self._table.numbers, name)

    def integers(self, name: str) -> list[int]:
        """A column of integers. Missing is 0; :meth:`valid` tells."""
        return call(self._table.integers, name)

    def booleans(self, name: str) -> list[bool]:
        """A column of booleans. Missing is False; :meth:`valid` tells."""
        return call(self._table.booleans, name)

    def texts(self, name: str) -> Factor:
        """A column of texts."""
        factor = call(self._table.texts, name)
        return Factor(factor.levels, factor.codes)

    def values(self, name: str) -> list[Any]:
        """Any column, value by value. Missing is None."""
        return [from_value(value) for value in call(self._table.values, name)]

    def valid(self, name: str) -> list[bool]:
        """Where any column has a value: False is missing."""
        return call(self._table.valid, name)

    def rows(self, start: int = 0, count: int | None = None) -> list[Task]:
        """Some of the tasks, as many as there are; the parts that were not fetched are empty."""
        there = max(len(self) - start, 0)
        return [from_task(task) for task in self._table.rows(start if there else 0, there if count is None else min(count, there))]

    def json(self) -> str:
        """The whole table as a JSON array of objects: key, state and the columns. NaN and the infinities are texts, missing is
        null."""
        return self._table.json()
