"""Things a call produced and a later call may name: `chalklens://artifacts/{id}`.

How it is used: `uri = store.put(data, "image/png", "crop.png", principal)`; the loader resolves the
URI, and the server offers it as a resource. Kept in memory and bounded in number, bytes and age;
the oldest go first. An id is 128 random bits and opens only for the principal that made it.

What it leaves out: disks. A restart forgets everything.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from chalklens.errors import MediaError, MediaReferenceError
from chalklens.media.limits import MIB

URI_PREFIX = "chalklens://artifacts/"


@dataclass(frozen=True, slots=True)
class Artifact:
    """What was stored. `name` is for people and never a path."""

    data: bytes = field(repr=False)
    mime_type: str
    name: str
    principal: str
    stored_at_s: float


class ArtifactStore:
    """A bounded memory of artifacts.

    Args:
        max_count: Artifacts kept at most.
        max_bytes: All of them together.
        max_age_s: After this one is gone.
        clock_s: Seconds that only grow.
    """

    def __init__(
        self,
        max_count: int = 64,
        max_bytes: int = 64 * MIB,
        max_age_s: float = 3600,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_count, self._max_bytes, self._max_age_s = max_count, max_bytes, max_age_s
        self._clock_s = clock_s
        self._items: OrderedDict[str, Artifact] = OrderedDict()
        self._bytes = 0

    def put(self, data: bytes, mime_type: str, name: str, principal: str) -> str:
        """Keep something and return its URI.

        Raises:
            MediaError: It alone is over the limit.
        """
        if len(data) > self._max_bytes:
            raise MediaError(
                f"A result of {len(data) / MIB:.0f} MiB is too large to be kept.",
                "Ask for a smaller region or a lower resolution.",
            )
        key = secrets.token_hex(16)
        self._items[key] = Artifact(data, mime_type, name, principal, self._clock_s())
        self._bytes += len(data)
        self._evict()
        return URI_PREFIX + key

    def get(self, key: str, principal: str) -> Artifact:
        """Return what `put` stored under this id.

        Raises:
            MediaReferenceError: There is none (any more), or it belongs to somebody else.
        """
        self._evict()
        artifact = self._items.get(key)
        if artifact is None or artifact.principal != principal:
            raise MediaReferenceError(
                "There is no such artifact, or it has expired.",
                "Artifacts are kept for a while and in limited number: repeat the call that made it.",
            )
        return artifact

    def _evict(self) -> None:
        oldest_s = self._clock_s() - self._max_age_s
        while self._items:
            first = next(iter(self._items.values()))
            full = len(self._items) > self._max_count or self._bytes > self._max_bytes
            if not full and first.stored_at_s >= oldest_s:
                return
            self._items.popitem(last=False)
            self._bytes -= len(first.data)
