"""From Python's values to those of the contract, and back.

============================================  ===========================================================================
Python                                        value
============================================  ===========================================================================
``None``                                      ``null``, which means missing
``bool``                                      ``boolean``
``int``                                       ``integer``; beyond 64 bits with sign: an error
``float``                                     ``number``, NaN and the infinities included
``str``                                       ``text``
``bytes``, ``bytearray``, ``memoryview``      ``bytes``
list or tuple of only int, float, or str      ``integers``, ``numbers``, ``texts``
everything nested, other lists, an empty one  ``json``, which has no word for NaN and the infinities: an error
============================================  ===========================================================================

What comes back is of the first type named. Vectors come back as :class:`Integers`, :class:`Numbers` and :class:`Texts`, which are
lists that remember what they hold, so that what a loop passes on stays what it was, an empty one, too.
"""

import dataclasses
import json
from array import array
from collections.abc import Mapping
from typing import Any

from .bindings import types
from .errors import ConversionError

_LEAST, _GREATEST = -(2**63), 2**63 - 1
_NULL = types.Value_Null()


class Integers(list):
    """A list of integers, stored as such even if it is empty."""


class Numbers(list):
    """A list of numbers, stored as such even if it is empty, or if some of them are integers.

    >>> to_value(Numbers([0, 0.5]))
    Value_Numbers(value=[0.0, 0.5])
    """


class Texts(list):
    """A list of texts, stored as such even if it is empty."""


class JsonList(list):
    """A list that was stored as JSON."""


@dataclasses.dataclass(frozen=True)
class Json:
    """Something to be stored as JSON, whatever it is; JSON that is neither a list nor an object comes back as this, too.

    >>> to_value(Json([1, 2]))
    Value_Json(value='[1,2]')
    """

    value: Any


def to_value(value: Any) -> Any:
    """What is stored of a value.

    >>> to_value([16, 8])
    Value_Integers(value=[16, 8])
    """
    encode = _ENCODERS.get(type(value))
    return _other(value) if encode is None else encode(value)


def from_value(value: Any) -> Any:
    """The way back of :func:`to_value`."""
    return _DECODERS[type(value)](value.value) if value.__class__ is not types.Value_Null else None


def checked_text(text: str) -> str:
    """The text, if all of it can be stored: half of a surrogate pair is not Unicode."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ConversionError(f"a text holds {text[error.start]!a}, which is no character") from None
    return text


def _integer(value: int) -> Any:
    if _LEAST <= value <= _GREATEST:
        return types.Value_Integer(value)
    raise _too_long(value)


def _too_long(value: int) -> ConversionError:
    # A very long integer must not become a very long message; Python even refuses to write it.
    shown = value if value.bit_length() < 200 else f"an integer of {value.bit_length()} bits"
    return ConversionError(f"{shown} does not fit into a signed 64-bit integer; store it as text or as a number")


def _text(value: str) -> Any:
    return types.Value_Text(value if value.isascii() else checked_text(value))


def _list(value: list | tuple) -> Any:
    kinds = set(map(type, value))
    if len(kinds) == 1:
        kind = kinds.pop()
        if kind is float:
            return types.Value_Numbers(list(value))
        if kind is int:
            if _LEAST <= min(value) and max(value) <= _GREATEST:
                return types.Value_Integers(list(value))
            raise _too_long(max(value, key=abs))
        if kind is str:
            return types.Value_Texts([checked_text(text) for text in value])
    # A mixture; and an empty list does not say what it would hold.
    return _nested(value)


def _integers(value: Integers) -> Any:
    return _list(value) if value else types.Value_Integers([])


def _numbers(value: Numbers) -> Any:
    if set(map(type, value)) <= {float, int}:
        try:
            return types.Value_Numbers([float(number) for number in value])
        except OverflowError:
            raise ConversionError("an integer is too large for a number") from None
    return _list(value)


def _texts(value: Texts) -> Any:
    return _list(value) if value else types.Value_Texts([])


def _in_json(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, (bytes, bytearray, memoryview, array)):
        return list(value)
    if isinstance(value, Json):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise _unknown(value)


_write_json = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_in_json
).encode


def _nested(value: Any) -> Any:
    try:
        return types.Value_Json(checked_text(_write_json(value)))
    except ConversionError:
        raise
    except TypeError as error:
        raise ConversionError(f"nested value: {error}") from None
    except ValueError as error:
        if "JSON compliant" not in str(error):
            raise ConversionError(f"nested value: {error}") from None
    raise ConversionError(
        "a nested value is stored as JSON, which cannot hold NaN and the infinities; make it a field of its own, or missing"
    )


def _other(value: Any) -> Any:
    """Subclasses of what is known, and what is known by what it can do."""
    for kind, encode in _SUBCLASSES:
        if isinstance(value, kind):
            return encode(value)
    if isinstance(value, Mapping) or (dataclasses.is_dataclass(value) and not isinstance(value, type)):
        return _nested(value)
    raise _unknown(value)


def _unknown(value: Any) -> ConversionError:
    name = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    return ConversionError(f"a value of type `{name}` cannot be stored; make it a number, text, list or dict")


def _decoded_json(text: str) -> Any:
    value = json.loads(text)
    kind = type(value)
    return value if kind is dict else JsonList(value) if kind is list else Json(value)


def _same(value: Any) -> Any:
    return value


_ENCODERS = {
    float: types.Value_Number,
    int: _integer,
    str: _text,
    bool: types.Value_Boolean,
    type(None): lambda _: _NULL,
    bytes: types.Value_Bytes,
    list: _list,
    tuple: _list,
    Integers: _integers,
    Numbers: _numbers,
    Texts: _texts,
    dict: _nested,
    JsonList: _nested,
    Json: lambda json: _nested(json.value),
}

_SUBCLASSES = (
    (int, lambda value: _integer(int(value))),
    (float, lambda value: types.Value_Number(float(value))),
    (str, lambda value: _text(str.__str__(value))),
    ((bytes, bytearray, memoryview), lambda value: types.Value_Bytes(bytes(value))),
    (array, lambda value: _list(value.tolist())),
    ((list, tuple), lambda value: _list(list(value))),
)

_DECODERS = {
    types.Value_Boolean: _same,
    types.Value_Integer: _same,
    types.Value_Number: _same,
    types.Value_Text: _same,
    types.Value_Bytes: _same,
    types.Value_Integers: Integers,
    types.Value_Numbers: Numbers,
    types.Value_Texts: Texts,
    types.Value_Json: _decoded_json,
}
