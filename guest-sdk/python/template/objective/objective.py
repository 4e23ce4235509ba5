"""The Branin function."""

from math import cos, pi

from rush_worker import objective


def branin(xs: dict) -> dict:
    """What is minimised; its least value is 0.397887."""
    x1, x2 = xs["x1"], xs["x2"]
    valley = x2 - 5.1 / (4 * pi * pi) * x1 * x1 + 5 / pi * x1 - 6
    return {"y": valley * valley + 10 * (1 - 1 / (8 * pi)) * cos(x1) + 10}


Evaluator = objective(branin)
