"""Why a task failed."""

from collections.abc import Mapping
from typing import Any

from .bindings import types
from .fields import Fields, from_fields, to_fields


class Condition(Exception):
    """Why a task failed: raised by an objective for full control, by ``worker.evaluate``, and given to ``worker.fail``.

    ``kind`` is a word of your own, such as ``domain``. Kinds that only the host can know (``time-limit``, ``killed`` and others) are not
    believed if an objective claims them. Of the details of an objective the host keeps 64 KiB.

    >>> raise Condition("x1 is negative", kind="domain", details={"x1": -0.5})
    Traceback (most recent call last):
    rush_worker.condition.Condition: domain: x1 is negative
    """

    def __init__(self, message: str, kind: str = "error", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.details: Fields = dict(details or {})

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"

    def __repr__(self) -> str:
        return f"Condition({self.message!r}, kind={self.kind!r}, details={self.details!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Condition):
            return NotImplemented
        return (self.message, self.kind, self.details) == (other.message, other.kind, other.details)

    __hash__ = Exception.__hash__


def to_condition(reason: "Condition | BaseException | str | None") -> Any:
    """What the host is told: of a text the message, of any other exception what Python would show last."""
    if reason is None:
        return None
    if not isinstance(reason, Condition):
        reason = Condition(reason if isinstance(reason, str) else last_line(reason))
    return types.Condition(storable(reason.kind), storable(reason.message), to_fields(reason.details))


def from_condition(condition: Any) -> Condition | None:
    """What the host told."""
    if condition is None:
        return None
    return Condition(condition.message, condition.kind, from_fields(condition.details))


def last_line(error: BaseException) -> str:
    """How Python ends a traceback: ``ValueError: x1 is negative``."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def storable(text: str) -> str:
    """A text for people, whatever an exception has put into it."""
    return str(text).encode("utf-8", "backslashreplace").decode()
