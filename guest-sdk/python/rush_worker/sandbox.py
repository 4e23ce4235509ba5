"""Python inside of a component.

componentize-py runs the module of a component once, while it builds it, and stores the state that it leaves: that is why a start takes
milliseconds. It also means that what Python asks of its system differs before and after: while building there are files, a clock and
an output, afterwards every such request ends in a trap, because the component was built with ``--stub-wasi`` (without, it asks for
sockets, which no grant allows). So that a library that asks for the time or prints a line does no harm, what can be answered is
answered here: the output goes to the log, random numbers come from the worker's seed, the clock is one of its own, files are refused
with an exception.
"""

import importlib
import linecache
import logging
import re
import sys
import traceback
from typing import Any

from . import clock, logs, outside, randomness, streams
from .bindings import HOST, IN_COMPONENT
from .condition import last_line

#: Frames of this package explain nothing about a loop or an objective.
_HERE = __file__.rpartition("/")[0]

#: componentize-py numbers the folders that it takes modules from; whoever reads a traceback knows them by their own names.
_BUILT_FROM = re.compile(r'File "/\d+/')

_entered = False


def install() -> None:
    """What must be in place before the rest of the component is imported."""
    if IN_COMPONENT:
        streams.install()
        logs.install()


def store() -> None:
    """Called last while the component is built: keeps what is out of reach afterwards."""
    if not IN_COMPONENT:
        return
    # Sources, so that tracebacks show lines; and what Python itself imports late: for `strptime`, and for the first traceback.
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if not file.startswith(("/python/", "/world/", "/bundled/")):
            linecache.getlines(file)
    importlib.import_module("_strptime")
    try:
        undefined_name  # type: ignore[name-defined]  # noqa: B018, F821
    except NameError as error:
        told(error)


def enter() -> None:
    """Called first in every call from the host; what the worker was given is known only then."""
    global _entered
    if _entered or HOST is None:
        return
    _entered = True
    streams.enter()
    logs.enter()
    clock.install()
    outside.install()
    randomness.install(HOST.context.seed())
    # The sources that were kept are all there is.
    linecache.checkcache = lambda *_: None
    linecache.updatecache = lambda *_: []
    # Where carets go is found out by parsing the line; and what cannot be parsed on its own (`else: …`) the parser itself looks for in
    # the file, which nobody can refuse it.
    traceback._extract_caret_anchors_from_line_segment = lambda *_: None
    traceback.StackSummary._should_show_carets = lambda *_: False


def out_of_memory(error: MemoryError) -> None:
    """Said before a trap, so that the host can tell more than that: it names the limit, if one was reached."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" in {trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}" if trace is not None else ""
    logs.log(logging.ERROR, "panic", f"got no memory{where}: {last_line(error)}")


def told(error: BaseException) -> str:
    """The traceback of an error that left a loop or an objective, without the frames of this package."""
    trace: Any = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_HERE):
        trace = trace.tb_next
    try:
        text = "".join(traceback.format_exception(type(error), error, trace)).rstrip("\n")
        return _BUILT_FROM.sub('File "', text)
    except Exception as failure:
        return f"{type(error).__name__}, which cannot be shown: {type(failure).__name__}"
