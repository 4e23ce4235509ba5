"""How loops and objectives end."""

import unittest
from unittest import mock

from rush_worker import ArgsError, BudgetExhausted, Condition, LostOwnership, objective
from rush_worker.bindings import Err
from rush_worker.fields import from_fields, to_fields
from rush_worker.loop import end
from rush_worker.objective import evaluation
from rush_worker.testing import TestNetwork


def ended(error):
    """What is recorded of a loop that raises this."""

    def loop(worker):
        raise error

    with mock.patch("logging.Logger.error"):
        return end(loop, TestNetwork().worker())


class Loops(unittest.TestCase):
    def test_an_exception_is_told_as_python_does(self):
        self.assertEqual(ended(ValueError("no")), "ValueError: no")
        self.assertEqual(ended(ValueError()), "ValueError")
        self.assertEqual(ended(KeyError("x")), "KeyError: 'x'")
        self.assertEqual(ended(SystemExit("enough")), "SystemExit: enough")
        self.assertEqual(ended(ValueError("\ud800")), "ValueError: \\ud800")

    def test_errors_of_the_sdk_speak_for_themselves(self):
        self.assertEqual(ended(ArgsError("`loop.args.x` is missing")), "`loop.args.x` is missing")
        self.assertEqual(ended(LostOwnership("declared lost")), "this worker is no longer part of the network: declared lost")
        self.assertEqual(ended(Condition("m", kind="trap")), "trap: m")

    def test_the_traceback_is_logged(self):
        def loop(worker):
            return 1 / 0

        with self.assertLogs("rush_worker", "ERROR") as logs:
            self.assertEqual(end(loop, TestNetwork().worker()), "ZeroDivisionError: division by zero")
        self.assertIn("in loop", logs.output[0])
        self.assertNotIn("in end", logs.output[0])

    def test_a_used_up_budget_and_a_plain_exit_are_ordinary_ends(self):
        self.assertIsNone(ended(BudgetExhausted(0)))
        self.assertEqual(ended(BudgetExhausted(3)), "the budget of this run allows 3 more tasks")
        self.assertIsNone(ended(SystemExit()))
        self.assertIsNone(ended(SystemExit(0)))

    def test_no_memory_is_left_to_the_host(self):
        with self.assertLogs("panic", "ERROR"), self.assertRaises(MemoryError):
            end(lambda worker: bytearray(2**62), TestNetwork().worker())


class Objectives(unittest.TestCase):
    def setUp(self):
        self.context = TestNetwork(args={"factor": 2.5}, data={"train": b"\1\2"}).context()

    def evaluated(self, xs, function, prepare=None):
        return from_fields(evaluation(function, prepare)(self.context, to_fields(xs)))

    def failed(self, function):
        with self.assertRaises(Err) as raised:
            evaluation(function)(self.context, [])
        return raised.exception.value

    def test_a_function_of_a_point(self):
        self.assertEqual(self.evaluated({"x": 3}, lambda xs: {"y": xs["x"] ** 2}), {"y": 9})

    def test_the_context_comes_first_if_it_is_wanted(self):
        scaled = lambda context, xs: {"y": context.args["factor"] * xs["x"]}
        self.assertEqual(self.evaluated({"x": 2.0}, scaled), {"y": 5.0})
        with_default = lambda xs, power=2: {"y": xs["x"] ** power}
        self.assertEqual(self.evaluated({"x": 3}, with_default), {"y": 9})

    def test_what_is_the_same_for_all_points_is_made_once(self):
        made = []

        def read(context):
            made.append(1)
            return list(context.data("train"))

        evaluate = evaluation(lambda train, xs: {"loss": sum(train) / xs["depth"]}, read)
        for depth in (1, 3):
            self.assertEqual(from_fields(evaluate(self.context, to_fields({"depth": depth}))), {"loss": 3 / depth})
        self.assertEqual(made, [1])

    def test_an_exception_becomes_a_condition_with_a_traceback(self):
        condition = self.failed(lambda xs: {"y": 1 / 0})
        self.assertEqual((condition.kind, condition.message), ("error", "ZeroDivisionError: division by zero"))
        self.assertIn("ZeroDivisionError", from_fields(condition.details)["traceback"])
        self.assertEqual(self.failed(lambda xs: exit(3)).message, "SystemExit: 3")

    def test_deep_recursion_becomes_a_short_condition(self):
        def recurse(depth):
            return recurse(depth + 1)

        condition = self.failed(lambda xs: recurse(0))
        self.assertTrue(condition.message.startswith("RecursionError: "))
        self.assertLess(len(from_fields(condition.details)["traceback"]), 17_000)

    def test_a_condition_is_passed_on(self):
        def function(xs):
            raise Condition("m", kind="domain", details={"x": [1]})

        condition = self.failed(function)
        self.assertEqual((condition.kind, condition.message), ("domain", "m"))
        self.assertEqual(from_fields(condition.details), {"x": [1]})

    def test_a_result_that_cannot_be_stored_is_told(self):
        for ys, message in ((None, "it returned nothing"), (5, "a row is a dict"), ({"y": 2**63}, "field `y`: ")):
            condition = self.failed(lambda xs: ys)
            self.assertTrue(condition.message.startswith("`ys` of this objective cannot be stored: "))
            self.assertIn(message, condition.message)

    def test_the_exported_class_can_be_made(self):
        self.assertTrue(callable(objective(lambda xs: xs)().evaluate))


if __name__ == "__main__":
    unittest.main()
