"""What is stored of Python's values, and what comes back."""

import dataclasses
import enum
import math
import unittest
from array import array

from rush_worker import ConversionError, Integers, Json, Numbers, Texts, from_fields, to_fields
from rush_worker.stand_ins import (
    Field,
    Value_Boolean,
    Value_Bytes,
    Value_Integer,
    Value_Integers,
    Value_Json,
    Value_Null,
    Value_Number,
    Value_Numbers,
    Value_Text,
    Value_Texts,
)


def stored(value):
    [field] = to_fields({"x": value})
    return field.value


def there_and_back(value):
    [field] = to_fields(from_fields([Field("x", value)]))
    return field.value


class Depth(enum.IntEnum):
    DEEP = 3


class Kernel(str, enum.Enum):
    RBF = "rbf"


@dataclasses.dataclass
class Point:
    x1: float
    kernel: str


class Storing(unittest.TestCase):
    def test_scalars(self):
        self.assertEqual(stored(None), Value_Null())
        self.assertEqual(stored(True), Value_Boolean(True))
        self.assertEqual(stored(3), Value_Integer(3))
        self.assertEqual(stored(0.5), Value_Number(0.5))
        self.assertEqual(stored("a\0ä🦀"), Value_Text("a\0ä🦀"))
        for data in (b"ab", bytearray(b"ab"), memoryview(b"ab")):
            self.assertEqual(stored(data), Value_Bytes(b"ab"))

    def test_nan_and_the_infinities_are_numbers(self):
        self.assertTrue(math.isnan(stored(math.nan).value))
        self.assertEqual(stored([1.0, -math.inf]), Value_Numbers([1.0, -math.inf]))
        self.assertEqual(math.copysign(1, stored(-0.0).value), -1)

    def test_lists_of_one_type_are_vectors(self):
        self.assertEqual(stored([16, 8]), Value_Integers([16, 8]))
        self.assertEqual(stored((0.5, 1.0)), Value_Numbers([0.5, 1.0]))
        self.assertEqual(stored(["a", ""]), Value_Texts(["a", ""]))
        self.assertEqual(stored(array("d", [0.5])), Value_Numbers([0.5]))

    def test_everything_nested_is_json(self):
        self.assertEqual(stored({"a": [1, 2.5, None], "ä": {}}), Value_Json('{"a":[1,2.5,null],"ä":{}}'))
        self.assertEqual(stored([1, 2.5]), Value_Json("[1,2.5]"))
        self.assertEqual(stored([True, False]), Value_Json("[true,false]"))
        self.assertEqual(stored([[1], [b"ab"]]), Value_Json("[[1],[[97,98]]]"))
        self.assertEqual(stored(Point(0.5, "rbf")), Value_Json('{"x1":0.5,"kernel":"rbf"}'))

    def test_an_empty_list_does_not_say_what_it_would_hold(self):
        self.assertEqual(stored([]), Value_Json("[]"))
        self.assertEqual(stored(()), Value_Json("[]"))

    def test_who_wants_a_certain_case_says_so(self):
        self.assertEqual(stored(Integers()), Value_Integers([]))
        self.assertEqual(stored(Numbers([0, 0.5])), Value_Numbers([0.0, 0.5]))
        self.assertEqual(stored(Texts()), Value_Texts([]))
        self.assertEqual(stored(Json([1, 2])), Value_Json("[1,2]"))
        self.assertEqual(stored(Json(None)), Value_Json("null"))

    def test_subclasses_are_what_they_derive_from(self):
        self.assertEqual(stored(Depth.DEEP), Value_Integer(3))
        self.assertEqual(stored(Kernel.RBF), Value_Text("rbf"))
        self.assertEqual(stored([Depth.DEEP, 4]), Value_Json("[3,4]"))

    def test_integers_beyond_64_bits_are_an_error(self):
        self.assertEqual(stored(-(2**63)), Value_Integer(-(2**63)))
        for value in (2**63, [0, -(2**63) - 1], 10**10_000):
            with self.assertRaisesRegex(ConversionError, "^field `x`: .* does not fit into a signed 64-bit integer"):
                stored(value)

    def test_json_cannot_hold_nan(self):
        with self.assertRaisesRegex(ConversionError, "make it a field of its own"):
            stored({"a": [math.nan]})

    def test_half_a_character_is_no_text(self):
        for value in ("a\ud800", ["\udc00"], {"a": "\ud800"}):
            with self.assertRaisesRegex(ConversionError, "which is no character"):
                stored(value)
        with self.assertRaisesRegex(ConversionError, "which is no character"):
            to_fields({"\ud800": 1})

    def test_what_cannot_be_stored_is_named(self):
        for value in (object(), 1j, {"a": {1, 2}}, Point):
            with self.assertRaisesRegex(ConversionError, "^field `x`: "):
                stored(value)

    def test_rows_are_dicts_or_dataclasses(self):
        fields = [Field("x1", Value_Number(0.5)), Field("kernel", Value_Text("rbf"))]
        self.assertEqual(to_fields(Point(0.5, "rbf")), fields)
        self.assertEqual(to_fields({}), [])
        self.assertEqual(to_fields({1: 2, "": 3}), [Field("1", Value_Integer(2)), Field("", Value_Integer(3))])
        for row in (5, "xs", [1], {(1, 2): 3}):
            with self.assertRaises(ConversionError):
                to_fields(row)

    def test_order_is_kept(self):
        names = [f"x{number}" for number in range(100, 0, -1)]
        self.assertEqual([field.name for field in to_fields(dict.fromkeys(names, 1))], names)
        self.assertEqual(list(from_fields(to_fields(dict.fromkeys(names, 1)))), names)


class PassingOn(unittest.TestCase):
    def test_what_is_passed_on_keeps_its_case(self):
        for value in (
            Value_Null(),
            Value_Boolean(False),
            Value_Integer(1),
            Value_Number(1.0),
            Value_Text("1"),
            Value_Bytes(b""),
            Value_Integers([]),
            Value_Integers([1]),
            Value_Numbers([]),
            Value_Numbers([1.0]),
            Value_Texts([]),
            Value_Texts(["a"]),
            *map(Value_Json, ("{}", "[]", "[1,2]", '["a"]', "5", "1.5", "null", "true", '"text"', '{"a":[]}')),
        ):
            with self.subTest(value):
                self.assertEqual(there_and_back(value), value)

    def test_vectors_are_lists(self):
        row = from_fields([Field("layers", Value_Integers([16, 8])), Field("nested", Value_Json('{"a":[1]}'))])
        self.assertEqual(row, {"layers": [16, 8], "nested": {"a": [1]}})
        row["layers"].append(0.5)
        self.assertEqual(to_fields(row)[0].value, Value_Json("[16,8,0.5]"))


if __name__ == "__main__":
    unittest.main()
