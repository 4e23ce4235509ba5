"""Tasks as a loop gets them."""

from dataclasses import dataclass, field
from typing import Any, Literal

from .bindings import types
from .condition import Condition, from_condition
from .fields import Fields, from_fields

#: The state of a task.
State = Literal["queued", "running", "finished", "failed"]

_STATES = {
    "queued": types.State.QUEUED,
    "running": types.State.RUNNING,
    "finished": types.State.FINISHED,
    "failed": types.State.FAILED,
}
_NAMES: dict[Any, State] = {state: name for name, state in _STATES.items()}


@dataclass(slots=True)
class Task:
    """A task that was popped or fetched."""

    #: Names it, within the network.
    key: str
    #: Its state when the host read it.
    state: State
    #: The point.
    xs: Fields
    #: The result, once finished.
    ys: Fields = field(default_factory=dict)
    #: What lies beside the point.
    xs_extra: Fields = field(default_factory=dict)
    #: What lies beside the result.
    ys_extra: Fields = field(default_factory=dict)
    #: Why it failed.
    condition: Condition | None = None
    #: Who evaluates or evaluated it.
    worker_id: str | None = None
    #: How often the task was popped; 0 for one that its worker created as running.
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tasks are in each state."""

    queued: int
    running: int
    finished: int
    failed: int


def from_task(task: Any) -> Task:
    """What the host gave."""
    return Task(
        task.key,
        _NAMES[task.state],
        from_fields(task.xs),
        from_fields(task.ys),
        from_fields(task.xs_extra),
        from_fields(task.ys_extra),
        from_condition(task.condition),
        task.worker_id,
        task.attempt,
    )


def to_state(name: State) -> Any:
    """The state of this name."""
    try:
        return _STATES[name]
    except (KeyError, TypeError):
        raise ValueError(f"there is no state `{name}`; there are: {', '.join(_STATES)}") from None


def to_states(names: Any) -> list[Any]:
    """The states of these names."""
    if isinstance(names, str):
        raise TypeError(f"give a list of states, not one text: [{names!r}]")
    return [to_state(name) for name in names]


def state_name(state: Any) -> State:
    """The name of a state."""
    return _NAMES[state]
