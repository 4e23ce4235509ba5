"""Python's own random numbers in a component: they come from the worker's seed, not from the machine that built it."""

import os
import random

_SEED = random.Random.seed


def install(seed: int) -> None:
    """Seeds the module ``random`` and whatever asks for a random seed: ``Random()``, ``os.urandom``, ``uuid4``, ``secrets``.

    None of it is secret, then. ``worker.rng`` gives the same numbers in every language; these only differ from worker to worker.
    """
    entropy = random.Random(f"rush entropy {seed}")
    random.seed(f"rush {seed}")

    def seed_of(self: random.Random, a=None, version: int = 2) -> None:
        _SEED(self, entropy.getrandbits(64) if a is None else a, version)

    random.Random.seed = seed_of
    os.urandom = random._urandom = entropy.randbytes
