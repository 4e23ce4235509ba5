"""The worker: who it is, what it was given, when to end."""

from .context import Context
from .errors import call
from .evaluating import Evaluating
from .fetching import Fetching
from .hashes import Hashes
from .room import Room
from .tasks import Tasks


class Worker(Tasks, Room, Evaluating, Fetching, Hashes, Context):
    """A worker of a network, as its loop sees it.

    What concerns tasks takes and gives lists, and costs one round trip whatever the length; those calls that end in ``_one`` are for
    the most common length. All of them raise a :class:`~rush_worker.RushError`. Times are seconds.
    """

    _table = "loop.args"

    @property
    def id(self) -> str:
        """The id of this worker."""
        return self._host.worker.id()

    @property
    def network_id(self) -> str:
        """The id of the network."""
        return self._host.worker.network_id()

    @property
    def terminated(self) -> bool:
        """Whether the loop should end: somebody asked this worker to, or the run's stop condition is met. Costs no round trip."""
        return self._host.worker.terminated()

    def running_workers(self) -> list[str]:
        """The ids of the workers that run at the moment, this one among them."""
        return call(self._host.worker.running_workers)
