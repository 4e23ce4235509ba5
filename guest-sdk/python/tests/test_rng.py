"""Random numbers are those of ``guest-sdk/random.json``, which the tests of every SDK read."""

import json
import math
import unittest
from pathlib import Path

from rush_worker import WorkerRng

EXPECTED = json.loads(Path(__file__).parents[2].joinpath("random.json").read_text())["seeds"]


def fresh(seed, count, draw):
    """So many numbers of a fresh generator."""
    rng = WorkerRng(seed)
    return [draw(rng) for _ in range(count)]


class RandomNumbers(unittest.TestCase):
    def test_every_language_draws_the_same(self):
        self.assertEqual([drawn["seed"] for drawn in EXPECTED], ["0", "1", str(2**64 - 1)])
        draws = {
            "next": lambda rng: str(rng.next_u64()),
            "uniform": lambda rng: rng.uniform(-5, 10),
            "integer": lambda rng: rng.integer(-3, 17),
            "huge": lambda rng: str(rng.integer(-(2**63), 2**63 - 1)),
            "choice": lambda rng: rng.choice(["a", "b", "c"]),
        }
        for expected in EXPECTED:
            seed = int(expected["seed"])
            for name, draw in draws.items():
                with self.subTest(name, seed=seed):
                    self.assertEqual(fresh(seed, len(expected[name]), draw), expected[name])
            drawn = fresh(seed, len(expected["log_uniform"]), lambda rng: rng.log_uniform(0.001, 10))
            for number, other in zip(drawn, expected["log_uniform"], strict=True):
                self.assertLessEqual(abs(number - other), 1e-14 * other)

    def test_equal_bounds_fix_a_number_and_an_integer_draws_nothing_then(self):
        rng = WorkerRng(1)
        self.assertEqual((rng.integer(3, 3), rng.choice(["a"])), (3, "a"))
        self.assertEqual(rng.getstate(), WorkerRng(1).getstate())
        self.assertEqual((rng.uniform(7.5, 7.5), rng.log_uniform(0.3, 0.3)), (7.5, 0.3))

    def test_wrong_bounds_are_told(self):
        rng = WorkerRng(0)
        for call, message in (
            (lambda: rng.uniform(1, 0), "the bounds are reversed: 1 exceeds 0"),
            (lambda: rng.integer(1, 0), "the bounds are reversed: 1 exceeds 0"),
            (lambda: rng.log_uniform(2, 1), "the bounds are reversed: 2 exceeds 1"),
            (lambda: rng.uniform(0, math.inf), "the bounds must be finite"),
            (lambda: rng.uniform(-1.7e308, 1.7e308), "not further apart than a number can say"),
            (lambda: rng.uniform(math.nan, 1), "the bounds must be finite"),
            (lambda: rng.log_uniform(0, 1), "the bounds must be positive"),
            (lambda: rng.integer(0, 2**63), "must fit into signed 64-bit integers"),
        ):
            with self.assertRaises(ValueError) as raised:
                call()
            self.assertIn(message, str(raised.exception))
        with self.assertRaises(IndexError):
            rng.choice([])

    def test_pythons_own_methods_draw_from_it(self):
        def drawn(seed):
            rng = WorkerRng(seed)
            elements = list(range(10))
            rng.shuffle(elements)
            return elements, rng.gauss(0, 1), rng.sample(range(100), 3), rng.getrandbits(100), rng.randbytes(5)

        self.assertEqual(drawn(1), drawn(1))
        self.assertNotEqual(drawn(1), drawn(2))


if __name__ == "__main__":
    unittest.main()
