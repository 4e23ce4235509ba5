"""Where ``print`` goes: a component has no output of its own, so lines become messages of the log."""

import io
import logging
import sys

from .logs import log

#: The host cuts a message at 64 KiB; a line that does not end becomes several.
_LONGEST = 60_000


class LogStream(io.TextIOBase):
    """A text stream whose lines go to the log, under its name. While the component is built they go where they always went."""

    entered = False

    def __init__(self, name: str, level: int, before: io.TextIOBase) -> None:
        self.name = name
        self._level = level
        self._before = before
        self._line = ""

    @property
    def encoding(self) -> str:
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not LogStream.entered:
            return self._before.write(text)
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            log(self._level, self.name, line)
        if len(self._line) > _LONGEST:
            self._tell()
        return len(text)

    def flush(self) -> None:
        if not LogStream.entered:
            self._before.flush()
        # `print(…, end="", flush=True)` makes progress dots: they wait for the end of their line.

    def end(self) -> None:
        """Tells what has no end of line yet."""
        if self._line:
            self._tell()

    def _tell(self) -> None:
        line, self._line = self._line, ""
        log(self._level, self.name, line)


def install() -> None:
    """Puts log streams in place early, so that whoever keeps a stream (``logging.basicConfig`` does) keeps one of these."""
    sys.stdout = sys.__stdout__ = LogStream("stdout", logging.INFO, sys.stdout)
    sys.stderr = sys.__stderr__ = LogStream("stderr", logging.WARNING, sys.stderr)
    sys.stdin = sys.__stdin__ = io.StringIO()


def enter() -> None:
    """From now on lines go to the log."""
    LogStream.entered = True


def end() -> None:
    """Tells unfinished lines."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, LogStream):
            stream.end()
