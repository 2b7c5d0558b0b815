"""Bytes in, lines out, with a bound on what is held.

How it is used: `feed` every chunk that was read and take what it yields; `finish` at the end of the
stream. A line over the bound is reported once, as soon as it is known to be too long, and skipped
to its newline without being kept.

What it leaves out: where the bytes come from and what a line means.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_LINE_BYTES = 40 * 2**20  # a 20 MiB picture in base64 is 28 MiB; see `http_guard.MAX_BODY_BYTES`
HEAD_BYTES = 64 * 2**10


@dataclass(frozen=True, slots=True)
class OverlongLine:
    """A line that was not kept; `head` is how it began."""

    head: bytes


Line = bytes | bytearray | OverlongLine


class LineSplitter:
    """Cut a byte stream at newlines; blank lines are dropped."""

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_line_bytes = max_line_bytes
        self._held = bytearray()
        self._skipping = False

    @property
    def held_bytes(self) -> int:
        """How much of an unfinished line is in memory."""
        return len(self._held)

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Yield the lines that `chunk` completes."""
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            yield from self._hold(chunk[start:end])
            yield from self.finish()
            start = end + 1
        yield from self._hold(chunk[start:])

    def finish(self) -> Iterator[Line]:
        """Yield the line that was begun, if any: a newline or the end of the stream came."""
        line, self._held, self._skipping = self._held, bytearray(), False
        if line and not line.isspace():
            yield line

    def _hold(self, piece: bytes) -> Iterator[Line]:
        if self._skipping:
            return
        if len(self._held) + len(piece) > self._max_line_bytes:
            head = bytes(self._held[:HEAD_BYTES] + piece[:HEAD_BYTES])[:HEAD_BYTES]
            self._held, self._skipping = bytearray(), True
            yield OverlongLine(head)
        else:
            self._held += piece
