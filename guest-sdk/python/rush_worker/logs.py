"""Messages on their way to the host."""

import logging

from . import bindings
from .condition import storable

#: The host knows one level more than Python's ``logging``.
TRACE = 5

_LEVELS = ((logging.ERROR, "ERROR"), (logging.WARNING, "WARN"), (logging.INFO, "INFO"), (logging.DEBUG, "DEBUG"))


def log(level: int, logger: str, message: str) -> None:
    """Tells the host, which never makes the worker wait for it. Python's ``logging`` ends here, too, so use that.

    ``level`` is one of ``logging``'s, and ``logger`` a path such as ``mlr3/rush``.
    """
    if bindings.HOST is None:
        logging.getLogger(logger).log(level, "%s", message)
        return
    host = bindings.HOST.log
    name = next((name for least, name in _LEVELS if level >= least), "TRACE")
    host.log(host.Level[name], storable(logger), storable(message))


class HostHandler(logging.Handler):
    """Hands everything to the host, which knows the thresholds of the run file: ``getLogger("mlr3.rush")`` is ``mlr3/rush`` there."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            log(record.levelno, record.name.replace(".", "/"), self.format(record))
        except Exception:
            self.handleError(record)


def install() -> None:
    """Makes the host the place for all messages, unless the component has set levels and handlers of its own."""
    logging.addLevelName(TRACE, "TRACE")
    root = logging.getLogger()
    root.addHandler(HostHandler())
    # What is not wanted costs a call to the host and nothing more.
    root.setLevel(TRACE)


def enter() -> None:
    """Takes handlers away that write to the terminal of who built the component, from before :func:`install`."""
    root = logging.getLogger()
    root.handlers[:] = [handler for handler in root.handlers if type(handler) is not logging.StreamHandler]
