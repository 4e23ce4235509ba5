"""Loops in a network in memory."""

import math
import unittest

from rush_worker import (
    ArgsError,
    BudgetExhausted,
    Condition,
    Counts,
    Invalid,
    LostOwnership,
    RushError,
    StorageFull,
)
from rush_worker.tasks import milliseconds
from rush_worker.testing import TestNetwork


def batches(worker, batch):
    """Finishes what it may push, so many tasks at a time; the first of each batch fails."""
    while not worker.terminated:
        keys = worker.push_running_what_fits([{}] * batch)
        for place, key in enumerate(keys):
            if place == 0 and len(keys) > 1:
                worker.fail_one(key, "the first fails")
            else:
                worker.finish_one(key, {})


class Tasks(unittest.TestCase):
    def test_a_task_goes_through_its_states(self):
        worker = TestNetwork().worker()
        [key] = worker.push([{"x": 1}], extra=[{"from": "test"}])
        task = worker.pop()
        self.assertEqual((task.key, task.state, task.xs, task.attempt), (key, "running", {"x": 1}, 1))
        self.assertEqual((task.xs_extra, task.worker_id), ({"from": "test"}, worker.id))
        self.assertEqual(worker.finish([key], [{"y": 2.0}], extra=[{"steps": 3}]), [])
        self.assertEqual(worker.finish([key], [{"y": 3.0}]), [key])
        [finished] = worker.fetch(["finished"], ["ys", "ys_extra"]).rows()
        self.assertEqual((finished.xs, finished.ys, finished.ys_extra), ({}, {"y": 2.0}, {"steps": 3}))
        self.assertIsNone(worker.pop(timeout=1))

    def test_the_own_queue_comes_first(self):
        network = TestNetwork()
        worker, another = network.worker(), network.worker()
        [first] = worker.push([{}])
        [other] = worker.push_to(another.id, [{}])
        [own] = worker.push_to(worker.id, [{}])
        self.assertEqual([worker.pop().key, worker.pop().key], [own, first])
        self.assertIsNone(worker.pop())
        self.assertEqual(worker.keys(["queued", "failed"]), {"queued": [other], "failed": []})

    def test_failures_have_reasons(self):
        network = TestNetwork()
        worker = network.worker()
        keys = worker.push_running([{}] * 3)
        reasons = [Condition("m", kind="domain", details={"x": [1]}), ValueError("no"), "a text"]
        self.assertEqual(worker.fail(keys, reasons), [])
        worker.push_failed([{}])
        seen = [task.condition for task in network.tasks()]
        self.assertEqual(seen[0], reasons[0])
        self.assertEqual([each.message for each in seen[1:]], ["ValueError: no", "a text", "Task failed"])

    def test_lists_that_do_not_fit_together_are_invalid(self):
        worker = TestNetwork().worker()
        for call, message in (
            (lambda: worker.finish([], [{}]), "0 keys, but 1 results"),
            (lambda: worker.push_finished([{}], []), "1 points, but 0 results"),
            (lambda: worker.push([{}], extra=[]), "1 points, but 0 extras"),
            (lambda: worker.push_failed([{}], ["a", "b"]), "1 points, but 2 conditions"),
            (lambda: worker.fail_one("unknown"), "there is no task `unknown`"),
            (lambda: worker.push([{"1": 1, 1: 2}]), "the name `1` stands twice"),
        ):
            with self.assertRaises(Invalid) as raised:
                call()
            self.assertEqual(str(raised.exception), message)

    def test_one_text_is_not_a_list_of_states(self):
        worker = TestNetwork().worker()
        for call in (lambda: worker.fetch("finished"), lambda: worker.fetch(["finished"], "xs")):
            self.assertRaises(TypeError, call)
        for call in (lambda: worker.keys(["done"]), lambda: worker.fetch(["finished"], ["zs"])):
            self.assertRaises(ValueError, call)

    def test_a_lost_worker_is_told(self):
        network = TestNetwork()
        worker = network.worker()
        network.lose(worker.id)
        with self.assertRaisesRegex(LostOwnership, "^this worker is no longer part of the network: "):
            worker.push([{}])

    def test_looking_and_waiting(self):
        worker = TestNetwork().worker()
        keys = worker.push([{}, {}])
        self.assertEqual(worker.count(), Counts(2, 0, 0, 0))
        self.assertFalse(worker.wait(keys, timeout=0.1))
        self.assertEqual(worker.empty_queue(), 2)
        self.assertTrue(worker.wait(keys))
        self.assertEqual(worker.has_state(keys, "failed"), [True, True])

    def test_a_short_wait_never_becomes_none(self):
        self.assertEqual([milliseconds(seconds) for seconds in (0, 0.0001, 0.02, 1.1, math.inf)], [0, 1, 20, 1100, 2**32 - 1])
        for seconds in (-1, math.nan):
            self.assertRaises(ValueError, milliseconds, seconds)

    def test_what_the_run_file_gives(self):
        worker = TestNetwork(args={"lower": [0]}, data={"train": b"mpg"}, seed=3).worker()
        self.assertEqual((worker.args["lower"], worker.args.get("upper")), ([0], None))
        with self.assertRaisesRegex(ArgsError, "^`loop.args.upper` is missing in the run file$"):
            worker.args["upper"]
        self.assertEqual((worker.data("train"), worker.data("test")), (b"mpg", None))
        self.assertEqual((worker.seed, worker.rng), (3, worker.rng))

    def test_hashes_are_shared(self):
        worker = TestNetwork().worker()
        [key] = worker.write_entries([{"a": {"x": 1}, "b": {}}])
        self.assertEqual(worker.read_entries([key], ["b", "c", "a"]), [{"b": {}, "a": {"x": 1}}])
        self.assertIsNone(worker.read_hash("c", key))
        self.assertEqual(worker.read_hashes("a", [key, key[:-1] + "f"]), [{"x": 1}, None])


class Tables(unittest.TestCase):
    def table(self):
        worker = TestNetwork().worker()
        worker.push_finished([{"x": 1, "k": "a"}, {"x": None, "y": [1.0]}], [{"y": math.nan}, {"y": 2.0}])
        return worker.fetch(["finished"], ["xs", "ys", "worker_id", "condition"])

    def test_columns(self):
        with self.table() as table:
            kinds = {"x": "integer", "k": "text", "xs.y": "mixed", "ys.y": "number", "condition": "mixed", "worker_id": "mixed"}
            self.assertEqual(table.columns(), kinds)
            self.assertEqual((len(table), table.states()), (2, ["finished"] * 2))
            self.assertEqual((table.integers("x"), table.valid("x")), ([1, 0], [True, False]))
            self.assertEqual((list(table.texts("k")), table.texts("k")[1]), (["a", None], None))
            self.assertEqual((table.values("xs.y"), table.valid("ys.y")), ([None, [1.0]], [True, True]))
            self.assertIn('"ys.y":"NaN"', table.json())
            with self.assertRaisesRegex(Invalid, "there is no column `y`"):
                table.numbers("y")

    def test_rows(self):
        table = self.table()
        self.assertEqual([task.key for task in table], table.keys())
        self.assertEqual([task.xs for task in table.rows(1)], [{"x": None, "y": [1.0]}])
        self.assertEqual([len(table.rows(*what)) for what in ((0, 1), (0, 10**9), (5,), (2, 1))], [1, 2, 0, 0])

    def test_new_tasks_are_given_once(self):
        worker = TestNetwork().worker()
        worker.push_finished([{}], [{"y": 1.0}])
        self.assertEqual([len(worker.fetch_new()), len(worker.fetch_new(timeout=1))], [1, 0])
        worker.reset_cache()
        self.assertEqual(len(worker.fetch_new(["ys"])), 1)


class Room(unittest.TestCase):
    def test_a_batch_that_does_not_fit_is_pushed_in_part(self):
        for budget in (100, 101, 102):
            network = TestNetwork(budget=budget)
            batches(network.worker(), 3)
            self.assertEqual((network.count().finished, network.count().running), (budget, 0))

    def test_the_last_task_of_one_that_dies_is_replaced(self):
        network = TestNetwork(budget=10)
        dying = network.worker()
        dying.push_running_one({})
        network.lose_while_others_wait(dying.id)
        batches(network.worker(), 1)
        self.assertEqual(network.count(), Counts(0, 0, 10, 1))

    def test_who_waits_for_a_place_that_stays_taken_is_told_to_end(self):
        network = TestNetwork(budget=1)
        network.worker().push_running_one({})
        worker = network.worker()
        self.assertIsNone(worker.when_there_is_room(worker.push_running_one, {}))

    def test_who_waits_for_queued_tasks_that_nobody_takes_is_told_to_end(self):
        worker = TestNetwork(budget=1).worker()
        worker.push([{}])
        self.assertIsNone(worker.when_there_is_room(worker.push_running_one, {}))

    def test_a_full_redis_is_asked_again(self):
        worker = TestNetwork().worker()
        answers = [StorageFull("full"), StorageFull("full"), 1]

        def call():
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        self.assertEqual(worker.when_there_is_room(call), 1)

    def test_what_no_waiting_helps_is_passed_on(self):
        worker = TestNetwork(budget=2).worker()
        with self.assertRaises(BudgetExhausted) as raised:
            worker.when_there_is_room(worker.push_running, [{}, {}, {}])
        self.assertEqual(raised.exception.remaining, 2)


class Evaluating(unittest.TestCase):
    def test_a_task_is_finished_or_fails_with_its_objective(self):
        def root(xs):
            if xs["x"] < 0:
                raise Condition("x is negative", kind="domain")
            return {"y": math.sqrt(xs["x"])}

        network = TestNetwork(objective=root)
        worker = network.worker()
        xss = [{"x": 4.0}, {"x": -1.0}, {"x": "a"}]
        self.assertEqual(worker.evaluate_all(zip(worker.push_running(xss), xss)), 1)
        done, domain, wrong = network.tasks()
        self.assertEqual((done.ys, domain.condition), ({"y": 2.0}, Condition("x is negative", kind="domain")))
        self.assertTrue(wrong.condition.message.startswith("TypeError: "))
        self.assertIn("in root", wrong.condition.details["traceback"])

    def test_a_result_that_cannot_be_stored_costs_its_task_alone(self):
        network = TestNetwork(objective=lambda xs: None)
        worker = network.worker()
        self.assertFalse(worker.evaluate_task(worker.push_running_one({}), {}))
        self.assertIn("it returned nothing", network.tasks()[0].condition.message)

    def test_the_next_point_travels_with_the_result(self):
        network = TestNetwork(objective=lambda xs: {"y": 1 / xs["x"]})
        worker = network.worker()
        key = worker.push_running_one({"x": 1})
        key = worker.evaluate_task_and_push_running(key, {"x": 1}, {"x": 0})
        self.assertIsNone(worker.evaluate_task_and_push_running(key, {"x": 0}, {"x": 2}))
        self.assertEqual(network.count(), Counts(0, 0, 1, 1))

    def test_a_world_without_an_objective_is_told(self):
        worker = TestNetwork().worker()
        worker._host.evaluator = None
        with self.assertRaisesRegex(RushError, "build it for `worker-loop`"):
            worker.evaluate({})


if __name__ == "__main__":
    unittest.main()
