"""How a component runs its loop, and how the loop's end is told."""

import logging
from collections.abc import Callable
from typing import Any

from . import bindings, sandbox, streams
from .bindings import Err
from .condition import Condition, last_line, storable
from .errors import BudgetExhausted, RushError
from .worker import Worker


def main(function: Callable[[Worker], None]) -> type:
    """Makes a function the worker loop of this component::

        WitWorld = main(random_search)

    The name is the one that componentize-py looks for. What the function returns does not matter; an exception that leaves it is
    recorded as the worker's end, and its traceback is logged. A loop that lets ``BudgetExhausted`` with nothing remaining pass ends
    without an error; but nobody replaces it if tasks of others fail afterwards, for which ``worker.when_there_is_room`` waits.
    """
    sandbox.store()

    class WitWorld:
        """What the world of a worker loop exports."""

        def run(self) -> None:
            sandbox.enter()
            message = end(function, Worker(bindings.HOST))
            streams.end()
            if message is not None:
                raise Err(message)

    return WitWorld


def end(function: Callable[[Worker], None], worker: Worker) -> str | None:
    """Runs a loop: the error that is recorded as its end."""
    try:
        function(worker)
    except MemoryError as error:
        sandbox.out_of_memory(error)
        raise
    except BaseException as error:
        if ordinary(error):
            return None
        logging.getLogger("rush_worker").error("%s", sandbox.told(error))
        return storable(str(error) if isinstance(error, (RushError, Condition)) else last_line(error))
    return None


def ordinary(error: Any) -> bool:
    """Whether a loop that ends so has returned."""
    if isinstance(error, BudgetExhausted):
        return error.remaining == 0
    return isinstance(error, SystemExit) and not error.code
