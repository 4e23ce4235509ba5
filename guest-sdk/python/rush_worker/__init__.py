"""Worker loops and objectives for rush-host, in Python.

A worker loop is a function that takes a :class:`Worker`; an objective takes a point and returns a result. Points and results are
dicts::

    from rush_worker import Worker, main

    def random_search(worker: Worker) -> None:
        while not worker.terminated:
            xs = {"x1": worker.rng.uniform(-5, 10), "x2": worker.rng.uniform(0, 15)}
            key = worker.push_running_one(xs)
            worker.finish_one(key, {"y": xs["x1"] ** 2 + xs["x2"] ** 2})

    WitWorld = main(random_search)

``README.md`` beside this package says how that becomes a component, and what differs in there from Python elsewhere.
"""

from . import sandbox

sandbox.install()

from .condition import Condition
from .context import Context
from .errors import (
    ArgsError,
    BudgetExhausted,
    ConversionError,
    Denied,
    Invalid,
    LimitExceeded,
    LostOwnership,
    RushError,
    StorageFull,
    Unavailable,
)
from .fields import Fields, Row, from_fields, to_fields
from .logs import log
from .loop import main
from .objective import objective
from .rng import WorkerRng
from .table import Factor, Table
from .task import Counts, Task
from .values import Integers, Json, Numbers, Texts
from .worker import Worker

__all__ = [
    "ArgsError",
    "BudgetExhausted",
    "Condition",
    "Context",
    "ConversionError",
    "Counts",
    "Denied",
    "Factor",
    "Fields",
    "Integers",
    "Invalid",
    "Json",
    "LimitExceeded",
    "LostOwnership",
    "Numbers",
    "Row",
    "RushError",
    "StorageFull",
    "Table",
    "Task",
    "Texts",
    "Unavailable",
    "Worker",
    "WorkerRng",
    "from_fields",
    "log",
    "main",
    "objective",
    "to_fields",
]
