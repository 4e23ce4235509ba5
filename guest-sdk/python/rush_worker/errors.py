"""What can go wrong in a worker loop. Most loops let all of it pass: it is recorded as the end of the worker."""

from typing import Any

from .bindings import Err, types


class RushError(Exception):
    """What the calls of a worker raise. ``case`` is the name that the contract has for it, ``message`` what the host said."""

    case = "error"
    #: What comes before the message when the error is shown.
    about = ""

    def __init__(self, message: str) -> None:
        super().__init__(self.about + message)
        self.message = message


class Invalid(RushError):
    """The call makes no sense: lengths differ, names repeat, a key is unknown."""

    case = "invalid"


class LostOwnership(RushError):
    """This worker was declared lost, killed, or removed by a reset. Nothing it writes counts any more, so the loop should end."""

    case = "lost-ownership"
    about = "this worker is no longer part of the network: "


class BudgetExhausted(RushError):
    """The run's exact budget does not allow this many tasks; ``remaining`` would have been possible.

    A loop that lets one with 0 remaining pass ends as one that returned, and will not be there if a task fails whose place is to be
    taken: ``worker.when_there_is_room`` waits for that.
    """

    case = "budget-exhausted"

    def __init__(self, remaining: int) -> None:
        super().__init__(f"the budget of this run allows {remaining} more tasks")
        #: So many more tasks would have been possible.
        self.remaining = remaining


class StorageFull(RushError):
    """Redis is full; nothing was written. Trying again later is reasonable, which ``worker.when_there_is_room`` does."""

    case = "storage-full"
    about = "the memory of Redis is full: "


class Unavailable(RushError):
    """Redis cannot be reached within the time limit; whether the call took effect is settled on reconnect."""

    case = "unavailable"
    about = "Redis cannot be reached: "


class LimitExceeded(RushError):
    """A value is larger than the run file allows, and nothing was written; or an answer is larger than the loop's memory."""

    case = "limit-exceeded"


class Denied(RushError):
    """Not granted to this component."""

    case = "denied"
    about = "not granted: "


class ConversionError(RushError, ValueError):
    """A value cannot be stored; ``field`` names the element, where one is to blame."""

    case = "conversion"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message if field is None else f"field `{field}`: {message}")
        self.message = message
        self.field = field


class ArgsError(RushError, KeyError):
    """An argument is missing in the run file."""

    case = "args"

    # A KeyError shows its argument in quotes.
    __str__ = Exception.__str__


_CASES = {
    types.Error_Invalid: Invalid,
    types.Error_LostOwnership: LostOwnership,
    types.Error_BudgetExhausted: BudgetExhausted,
    types.Error_StorageFull: StorageFull,
    types.Error_Unavailable: Unavailable,
    types.Error_LimitExceeded: LimitExceeded,
    types.Error_Denied: Denied,
}


def call(function: Any, *arguments: Any) -> Any:
    """Makes a call of the contract; what the host refuses becomes an exception of this module."""
    try:
        return function(*arguments)
    except Err as error:
        refusal = error.value
    raise _CASES[type(refusal)](refusal.value)
