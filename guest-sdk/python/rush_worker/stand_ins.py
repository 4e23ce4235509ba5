"""What componentize-py would generate of the contract, for tests outside of a component."""

from dataclasses import dataclass, field
from enum import Enum, Flag, auto
from typing import Any


@dataclass(frozen=True)
class Err(Exception):
    value: Any


def _case(name: str) -> type:
    """A case of a variant that carries something."""

    @dataclass
    class Case:
        value: Any

    Case.__name__ = Case.__qualname__ = name
    return Case


@dataclass
class Value_Null:
    pass


Value_Boolean = _case("Value_Boolean")
Value_Integer = _case("Value_Integer")
Value_Number = _case("Value_Number")
Value_Text = _case("Value_Text")
Value_Bytes = _case("Value_Bytes")
Value_Integers = _case("Value_Integers")
Value_Numbers = _case("Value_Numbers")
Value_Texts = _case("Value_Texts")
Value_Json = _case("Value_Json")

Error_Invalid = _case("Error_Invalid")
Error_LostOwnership = _case("Error_LostOwnership")
Error_BudgetExhausted = _case("Error_BudgetExhausted")
Error_StorageFull = _case("Error_StorageFull")
Error_Unavailable = _case("Error_Unavailable")
Error_LimitExceeded = _case("Error_LimitExceeded")
Error_Denied = _case("Error_Denied")


@dataclass
class Field:
    name: str
    value: Any


class State(Enum):
    QUEUED = 0
    RUNNING = 1
    FINISHED = 2
    FAILED = 3


@dataclass
class Condition:
    kind: str
    message: str
    details: list[Field]


@dataclass
class NewTask:
    xs: list[Field]
    extra: list[Field]


@dataclass
class FinishedTask:
    xs: list[Field]
    ys: list[Field]
    xs_extra: list[Field]
    ys_extra: list[Field]


@dataclass
class FailedTask:
    xs: list[Field]
    xs_extra: list[Field]
    condition: Condition | None


@dataclass
class Outcome:
    key: str
    ys: list[Field]
    extra: list[Field]


@dataclass
class Failure:
    key: str
    condition: Condition | None


@dataclass
class Task:
    key: str
    state: State
    xs: list[Field]
    ys: list[Field] = field(default_factory=list)
    xs_extra: list[Field] = field(default_factory=list)
    ys_extra: list[Field] = field(default_factory=list)
    condition: Condition | None = None
    worker_id: str | None = None
    attempt: int = 0


@dataclass
class Counts:
    queued: int
    running: int
    finished: int
    failed: int


@dataclass
class Entry:
    name: str
    value: list[Field]


class Parts(Flag):
    XS = auto()
    YS = auto()
    XS_EXTRA = auto()
    YS_EXTRA = auto()
    CONDITION = auto()
    WORKER_ID = auto()


class Kind(Enum):
    NUMBER = 0
    INTEGER = 1
    BOOLEAN = 2
    TEXT = 3
    MIXED = 4


@dataclass
class Factor:
    levels: list[str]
    codes: list[int]
