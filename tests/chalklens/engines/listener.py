"""A caller for tests of rows and of the generator: keeps what it is sent."""

from collections.abc import Mapping, Sequence
from typing import Any


class Listener:
    """Stands in for `workers.host.Call`; set `cancelled` to leave."""

    def __init__(self) -> None:
        self.cancelled = False
        self.parts: list[Mapping[str, Any]] = []
        self.answer: Mapping[str, Any] = {}
        self.error: Exception | None = None

    def emit(self, fields: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Keep a part."""
        self.parts.append(fields)

    def finish(self, fields: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Keep the answer."""
        self.answer = fields

    def fail(self, error: Exception) -> None:
        """Keep the reason."""
        self.error = error
