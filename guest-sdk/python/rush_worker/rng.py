"""Random numbers, the same in every language."""

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

_MASK = 2**64 - 1
_T = TypeVar("_T")


class WorkerRng(Random):
    """xoshiro256++, seeded by splitmix64: the same numbers as those of a loop in any other language with the same seed.

    Beside the methods that all languages share (``next_u64``, ``uniform``, ``integer``, ``log_uniform``, ``choice``) it has those of
    Python's ``random.Random``: ``gauss``, ``shuffle``, ``sample`` and so on.

    >>> rng = WorkerRng(42)
    >>> -5 <= rng.uniform(-5, 10) <= 10
    True
    """

    def __new__(cls, seed: int) -> "WorkerRng":
        return super().__new__(cls, seed)

    def __init__(self, seed: int) -> None:
        super().__init__(seed)

    def seed(self, seed: int, version: int = 2) -> None:
        """Begins the stream of this seed."""
        state = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & _MASK
            z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
            state.append(z ^ (z >> 31))
        self._state = tuple(state)
        # A method of `Random` keeps a number for later.
        self.gauss_next = None

    def next_u64(self) -> int:
        """64 random bits."""
        s0, s1, s2, s3 = self._state
        total = (s0 + s3) & _MASK
        s2 ^= s0
        s3 ^= s1
        self._state = (s0 ^ s3, s1 ^ s2, s2 ^ ((s1 << 17) & _MASK), ((s3 << 45) | (s3 >> 19)) & _MASK)
        return (((total << 23) | (total >> 41)) + s0) & _MASK

    def random(self) -> float:
        """A number of [0, 1)."""
        return (self.next_u64() >> 11) * 2.0**-53

    def getrandbits(self, k: int) -> int:
        """So many random bits."""
        if k < 0:
            raise ValueError("number of bits must be non-negative")
        bits = 0
        for _ in range(0, k, 64):
            bits = (bits << 64) | self.next_u64()
        return bits >> (-k % 64)

    def uniform(self, lower: float, upper: float) -> float:
        """A number between the bounds, drawn evenly."""
        width = upper - lower
        if not math.isfinite(width):
            raise ValueError(
                f"the bounds must be finite, and not further apart than a number can say: {lower} to {upper}"
            )
        if width < 0:
            raise _reversed(lower, upper)
        return lower + width * ((self.next_u64() >> 11) * 2.0**-53)

    def integer(self, lower: int, upper: int) -> int:
        """An integer from ``lower`` to ``upper``, both included."""
        span = upper - lower
        if span < 0:
            raise _reversed(lower, upper)
        if not (-(2**63) <= lower and upper < 2**63):
            raise ValueError(f"the bounds must fit into signed 64-bit integers: {lower} to {upper}")
        mask = (1 << span.bit_length()) - 1
        # A span of 0 draws nothing.
        while span:
            draw = self.next_u64() & mask
            if draw <= span:
                return lower + draw
        return lower

    def log_uniform(self, lower: float, upper: float) -> float:
        """A number between two positive bounds, drawn evenly on the log scale."""
        if not (lower > 0 and upper < math.inf):
            raise ValueError(f"the bounds must be positive and finite for a logarithmic scale: {lower} to {upper}")
        if lower > upper:
            raise _reversed(lower, upper)
        return min(max(math.exp(self.uniform(math.log(lower), math.log(upper))), lower), upper)

    def choice(self, elements: Sequence[_T]) -> _T:
        """One of the elements, each as likely."""
        if not len(elements):
            raise IndexError("there is nothing to choose from")
        return elements[self.integer(0, len(elements) - 1)]

    def getstate(self) -> tuple[int, ...]:
        """What :meth:`setstate` takes."""
        return self._state

    def setstate(self, state: tuple[int, ...]) -> None:
        """Goes on from where :meth:`getstate` was called."""
        self._state = tuple(state)
        self.gauss_next = None


def _reversed(lower: float, upper: float) -> ValueError:
    return ValueError(f"the bounds are reversed: {lower} exceeds {upper}")
