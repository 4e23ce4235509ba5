"""A network in memory, to test worker loops and objectives with any Python, without a component."""

from .network import TestNetwork

__all__ = ["TestNetwork"]
