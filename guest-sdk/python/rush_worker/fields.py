"""Rows, dicts or dataclasses, as lists of named values."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .bindings import types
from .errors import ConversionError, Invalid
from .values import checked_text, from_value, to_value

#: What calls take: a dict, or a dataclass whose fields are the elements.
Row = Mapping[str, Any] | Any
#: What calls give.
Fields = dict[str, Any]


def to_fields(row: Row) -> list[Any]:
    """Turns a row into an ordered list of named values, as the module ``values`` says.

    >>> to_fields({"x1": 0.5, "layers": [16, 8]})
    [Field(name='x1', value=Value_Number(value=0.5)), Field(name='layers', value=Value_Integers(value=[16, 8]))]
    """
    field = types.Field
    fields = []
    for name, value in row.items() if type(row) is dict else _items(row):
        try:
            fields.append(field(name if type(name) is str and name.isascii() else _name(name), to_value(value)))
        except ConversionError as error:
            raise ConversionError(error.message, error.field or str(name)) from None
    return fields


def from_fields(fields: Iterable[Any]) -> Fields:
    """Turns an ordered list of named values into a dict; the way back of :func:`to_fields`."""
    return {field.name: from_value(field.value) for field in fields}


def to_rows(what: str, count: int, rows: Sequence[Row] | None) -> list[list[Any]]:
    """The fields of each of ``count`` rows; no rows at all are empty ones."""
    if rows is None:
        return [[] for _ in range(count)]
    if len(rows) != count:
        raise Invalid(f"{count} {what}, but {len(rows)} rows beside them")
    return [to_fields(row) for row in rows]


def _items(row: Row) -> Iterable[tuple[Any, Any]]:
    if isinstance(row, Mapping):
        return row.items()
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return [(field.name, getattr(row, field.name)) for field in dataclasses.fields(row)]
    if row is None:
        return ()
    raise ConversionError(f"a row is a dict or a dataclass, not a `{type(row).__name__}`")


def _name(name: Any) -> str:
    if isinstance(name, str):
        return checked_text(str.__str__(name))
    # As JSON does it: dicts keyed by integers are common and unambiguous.
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    raise ConversionError("the names in a row are texts")
