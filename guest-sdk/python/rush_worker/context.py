"""What the run file gives to a component: arguments, data, a seed. The same for loops and for objectives."""

import json
from functools import cached_property
from typing import Any

from .errors import ArgsError
from .rng import WorkerRng


class Args(dict):
    """``[loop.args]`` or ``[objective.args]`` of the run file; an argument that is missing is told by its name there."""

    def __init__(self, table: str, args: dict[str, Any]) -> None:
        super().__init__(args)
        self.table = table

    def __missing__(self, name: str) -> Any:
        raise ArgsError(f"`{self.table}.{name}` is missing in the run file")


class Context:
    """What the run file gives to an objective; a :class:`~rush_worker.Worker` has the same.

    One lives as long as the instance of the objective: with ``instance = "reuse"`` for many evaluations, with ``"fresh"`` for one.
    """

    _table = "objective.args"

    def __init__(self, host: Any) -> None:
        self._host = host

    @cached_property
    def args(self) -> dict[str, Any]:
        """``[loop.args]`` or ``[objective.args]`` of the run file. One that is missing raises an error that names it.

        >>> from rush_worker.testing import TestNetwork
        >>> TestNetwork(args={"lower": [0.0]}).worker().args["upper"]
        Traceback (most recent call last):
        rush_worker.errors.ArgsError: `loop.args.upper` is missing in the run file
        """
        return Args(self._table, json.loads(self._host.context.args()))

    def data(self, name: str) -> bytes | None:
        """A file of ``[loop.data]`` or ``[objective.data]``, byte for byte as it was when the worker was started; None if the run file
        does not name it. Every call copies it into the component's memory, so keep what is needed again."""
        return self._host.context.data(name)

    @property
    def seed(self) -> int:
        """The seed of this worker; the run's seed and the worker's index make it."""
        return self._host.context.seed()

    @cached_property
    def rng(self) -> WorkerRng:
        """Random numbers, seeded with :attr:`seed`: one stream, which goes on with every call."""
        return WorkerRng(self.seed)
