"""The objective of the benchmark `peers`: the same two numbers in, one out, as the guest's."""

import math

LOWER = (-5.0, 0.0)
UPPER = (10.0, 15.0)


def branin(x1, x2):
    ripple = x2 - 5.1 / (4.0 * math.pi**2) * x1**2 + 5.0 / math.pi * x1 - 6.0
    return ripple**2 + 10.0 * (1.0 - 1.0 / (8.0 * math.pi)) * math.cos(x1) + 10.0
