"""Data beside the tasks that workers share."""

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import call
from .fields import Fields, Row, from_fields, to_fields


class Hashes:
    """Data beside the tasks, e.g. a model that others can use: hashes of this network, gone when it is reset. One round trip a call.

    The key of a hash can be stored as an element of a point or result, so that others find the hash.
    """

    _host: Any

    def write_hash(self, name: str, row: Row) -> str:
        """Stores a row under a name in a hash of its own, and gives the key.

        >>> from rush_worker.testing import TestNetwork
        >>> network = TestNetwork()
        >>> key = network.worker().write_hash("model", {"length_scale": 0.5, "weights": [1.0, 2.0]})
        >>> network.worker().read_hash("model", key)
        {'length_scale': 0.5, 'weights': [1.0, 2.0]}
        """
        return self.write_hashes(name, [row])[0]

    def write_hashes(self, name: str, rows: Sequence[Row]) -> list[str]:
        """:meth:`write_hash` for each row."""
        return self.write_entries([{name: row} for row in rows])

    def read_hash(self, name: str, key: str) -> Fields | None:
        """What stands under a name in a hash; None if the hash does not exist (any more) or has nothing of that name."""
        return self.read_hashes(name, [key])[0]

    def read_hashes(self, name: str, keys: Sequence[str]) -> list[Fields | None]:
        """:meth:`read_hash` for each key."""
        return [None if entries is None else entries.get(name) for entries in self.read_entries(keys, [name])]

    def write_entries(self, hashes: Sequence[Mapping[str, Row]]) -> list[str]:
        """Stores hashes of several rows each, by their names, and gives the keys."""
        entry = self._host.hashes.Entry
        entries = [[entry(name, to_fields(row)) for name, row in rows.items()] for rows in hashes]
        return call(self._host.hashes.write, entries)

    def read_entries(self, keys: Sequence[str], names: Sequence[str]) -> list[dict[str, Fields] | None]:
        """The entries of these names in each of these hashes, as far as a hash has them; None for a hash that does not exist (any
        more)."""
        hashes = call(self._host.hashes.read, list(keys), list(names))
        return [
            None if entries is None else {entry.name: from_fields(entry.value) for entry in entries}
            for entries in hashes
        ]
