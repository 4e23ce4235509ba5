"""The contract as Python sees it: what componentize-py generates from the world; natively, the same for tests.

No world has everything: an objective has no tasks, and only some loops have an objective.
"""

import sys
from types import SimpleNamespace

#: Whether this is, or becomes, a component: componentize-py runs the module of a component once, to store the state that it leaves.
IN_COMPONENT = sys.platform == "wasi"

if IN_COMPONENT:
    from componentize_py_types import Err
    from wit_world.imports import context, log, types

    try:
        from wit_world.imports import hashes, tasks, worker
    except ImportError:
        hashes = tasks = worker = None
    try:
        from wit_world.imports import evaluator
    except ImportError:
        evaluator = None
    #: Who answers calls: the interfaces of the world by their names, each a module of functions.
    HOST = SimpleNamespace(
        context=context, evaluator=evaluator, hashes=hashes, log=log, tasks=tasks, types=types, worker=worker
    )
else:
    from . import stand_ins as types
    from .stand_ins import Err

    HOST = None

__all__ = ["Err", "HOST", "IN_COMPONENT", "types"]
