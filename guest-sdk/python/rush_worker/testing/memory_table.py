"""Tables of the network in memory."""

import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .. import stand_ins as wit
from ..stand_ins import Err, Kind, Parts

_PARTS = {"xs": Parts.XS, "ys": Parts.YS, "xs_extra": Parts.XS_EXTRA, "ys_extra": Parts.YS_EXTRA}
_KINDS = {
    wit.Value_Boolean: Kind.BOOLEAN,
    wit.Value_Integer: Kind.INTEGER,
    wit.Value_Number: Kind.NUMBER,
    wit.Value_Text: Kind.TEXT,
}


@dataclass
class _Column:
    part: str
    name: str
    values: list[Any]
    kind: Kind = Kind.MIXED


class MemoryTable:
    """A snapshot of tasks."""

    def __init__(self, tasks: list[wit.Task], parts: Parts) -> None:
        self._tasks = [_with_parts(task, parts) for task in tasks]
        columns: list[_Column] = []
        for part in _PARTS:
            by_name: dict[str, _Column] = {}
            for row, task in enumerate(self._tasks):
                for field in getattr(task, part):
                    column = by_name.get(field.name)
                    if column is None:
                        column = by_name[field.name] = _Column(part, field.name, _missing(len(tasks)))
                    column.values[row] = field.value
            columns += by_name.values()
        if Parts.CONDITION in parts:
            messages = [task.condition and task.condition.message for task in self._tasks]
            columns.append(_Column("task", "condition", _texts(messages)))
        if Parts.WORKER_ID in parts:
            columns.append(_Column("task", "worker_id", _texts([task.worker_id for task in self._tasks])))
        count = Counter(column.name for column in columns)
        for column in columns:
            if count[column.name] > 1:
                column.name = f"{column.part}.{column.name}"
            column.kind = _kind(column.values)
        self._columns = {column.name: column for column in columns}

    def __exit__(self, *error: Any) -> None:
        """Nothing is held elsewhere."""

    def len(self) -> int:
        return len(self._tasks)

    def columns(self) -> list[tuple[str, Kind]]:
        return [(column.name, column.kind) for column in self._columns.values()]

    def keys(self) -> list[str]:
        return [task.key for task in self._tasks]

    def states(self) -> list[wit.State]:
        return [task.state for task in self._tasks]

    def numbers(self, name: str) -> list[float]:
        return self._typed(name, (Kind.NUMBER, Kind.INTEGER), lambda value: float(value.value), math.nan)

    def integers(self, name: str) -> list[int]:
        return self._typed(name, (Kind.INTEGER,), lambda value: value.value, 0)

    def booleans(self, name: str) -> list[bool]:
        return self._typed(name, (Kind.BOOLEAN,), lambda value: value.value, False)

    def texts(self, name: str) -> wit.Factor:
        texts = self._typed(name, (Kind.TEXT,), lambda value: value.value, None)
        levels = {text: None for text in texts if text is not None}
        codes = {text: code for code, text in enumerate(levels)}
        return wit.Factor(list(levels), [-1 if text is None else codes[text] for text in texts])

    def values(self, name: str) -> list[Any]:
        return list(self._column(name).values)

    def valid(self, name: str) -> list[bool]:
        return [not _is_missing(value) for value in self._column(name).values]

    def rows(self, start: int, len: int) -> list[wit.Task]:
        return self._tasks[start : start + len]

    def json(self) -> str:
        rows = []
        for row, task in enumerate(self._tasks):
            about = {self._own_name("key"): task.key, self._own_name("state"): task.state.name.lower()}
            rows.append(about | {name: _json(column.values[row]) for name, column in self._columns.items()})
        return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))

    def _own_name(self, name: str) -> str:
        """What `key` and `state` are called beside columns that may be called so, too."""
        while name in self._columns:
            name = f"task.{name}"
        return name

    def _column(self, name: str) -> _Column:
        if name not in self._columns:
            known = ", ".join(self._columns)
            raise Err(wit.Error_Invalid(f"there is no column `{name}`; there are: {known}"))
        return self._columns[name]

    def _typed(self, name: str, kinds: tuple[Kind, ...], get: Callable[[Any], Any], missing: Any) -> list[Any]:
        column = self._column(name)
        if column.kind not in kinds:
            raise Err(wit.Error_Invalid(f"the column `{name}` holds {column.kind.name.lower()}"))
        return [missing if _is_missing(value) else get(value) for value in column.values]


def _with_parts(task: wit.Task, parts: Parts) -> wit.Task:
    dropped: dict[str, Any] = {part: [] for part, flag in _PARTS.items() if flag not in parts}
    if Parts.CONDITION not in parts:
        dropped["condition"] = None
    if Parts.WORKER_ID not in parts:
        dropped["worker_id"] = None
    return replace(task, **dropped)


def _missing(count: int) -> list[Any]:
    return [wit.Value_Null() for _ in range(count)]


def _is_missing(value: Any) -> bool:
    return isinstance(value, wit.Value_Null)


def _texts(texts: list[str | None]) -> list[Any]:
    return [wit.Value_Null() if text is None else wit.Value_Text(text) for text in texts]


def _kind(values: list[Any]) -> Kind:
    """What all values of a column are; missing ones are anything."""
    kinds = {_KINDS.get(type(value), Kind.MIXED) for value in values if not _is_missing(value)}
    if len(kinds) == 1:
        return kinds.pop()
    exact = (isinstance(value.value, float) or float(value.value) == value.value for value in values if not _is_missing(value))
    return Kind.NUMBER if kinds == {Kind.INTEGER, Kind.NUMBER} and all(exact) else Kind.MIXED


def _json(value: Any) -> Any:
    """As the host writes it: NaN and the infinities as texts."""
    if _is_missing(value):
        return None
    if isinstance(value, wit.Value_Json):
        return json.loads(value.value)
    content = value.value
    if isinstance(content, list):
        return [_number(each) for each in content]
    return list(content) if isinstance(content, bytes) else _number(content)


def _number(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"
    return value
