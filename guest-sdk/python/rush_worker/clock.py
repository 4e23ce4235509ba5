"""The clock of a component that was granted none: it runs, but says nothing about the world.

Every reading is a microsecond later than the one before, and who sleeps for a second finds it a second later, at once. The wall clock
begins in the year 2000. So the same calls read the same times in every run, and a loop until a deadline ends.
"""

import time
from types import SimpleNamespace

_STEP = 1_000
_EPOCH = 946_684_800 * 10**9

_INFO = SimpleNamespace(implementation="rush_worker", monotonic=True, adjustable=False, resolution=_STEP / 10**9)

_now = 0


def read() -> int:
    """Nanoseconds since the component began, by its own count."""
    global _now
    _now += _STEP
    return _now


def sleep(seconds: float) -> None:
    """Moves the clock; a component cannot wait."""
    global _now
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    _now += int(seconds * 10**9)


def install() -> None:
    """Puts this clock in the place of Python's. (``datetime.now`` does not ask the module ``time``, and traps.)"""
    wall = lambda: _EPOCH + read()  # noqa: E731
    seconds = lambda clock: lambda: clock() / 10**9  # noqa: E731
    time.time_ns, time.time = wall, seconds(wall)
    for name in ("monotonic", "perf_counter", "process_time", "thread_time"):
        setattr(time, name, seconds(read))
        setattr(time, f"{name}_ns", read)
    time.sleep = sleep
    time.get_clock_info = lambda name: _INFO
    # These take the time from elsewhere if they are given none.
    for name in ("gmtime", "localtime", "ctime"):
        setattr(time, name, _of_now(getattr(time, name)))
    strftime = time.strftime
    time.strftime = lambda format, t=None: strftime(format, time.localtime() if t is None else t)
    asctime = time.asctime
    time.asctime = lambda t=None: asctime(time.localtime() if t is None else t)


def _of_now(function):
    return lambda seconds=None: function(time.time() if seconds is None else seconds)
