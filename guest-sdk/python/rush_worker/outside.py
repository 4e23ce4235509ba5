"""What lies outside of a component: files, sockets, modules that were not built in. Asking for one is an exception, as it would be
anywhere."""

import _io
import builtins
import errno
import io
import os
import sys
from importlib.machinery import PathFinder
from typing import Any

_CALLS = (
    "access chdir chmod getcwd link listdir lstat mkdir open readlink remove rename replace rmdir scandir stat statvfs symlink "
    "truncate unlink utime"
)


def _refuse(path: Any = None, *_: Any, **__: Any) -> Any:
    raise PermissionError(errno.EACCES, "a component has no files: name them in [loop.data] or [objective.data]", path)


def _no_network(*_: Any, **__: Any) -> None:
    raise PermissionError(errno.EACCES, "a component has no network")


class LateImports:
    """Asked last for a module that is imported when the component runs: nothing can be read any more."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        raise ModuleNotFoundError(
            f"no module `{name}` was built into this component: import it at the top of a module, not within a function",
            name=name,
        )


def install() -> None:
    """Refuses files and sockets, and says why modules cannot be imported any more."""
    import posix

    for name in _CALLS.split():
        if hasattr(posix, name):
            setattr(posix, name, _refuse)
            setattr(os, name, _refuse)
    builtins.open = io.open = io.open_code = _io.open_code = _refuse
    os.isatty = posix.isatty = lambda _: False
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not PathFinder] + [LateImports]
    if "socket" in sys.modules:
        sys.modules["socket"].socket.__init__ = _no_network
