"""Log lines on stderr: plain, one record a line, nothing a client sent can forge another.

How it is used: `configure_logging(level)` before serving. It replaces the SDK's handler, whose
decorated stack traces cost seconds of the event loop (measured: 4 s for one failed request).

Nobody may be reading: a host that starts us with a pipe for stderr and forgets it would hold every
log line, and with it the event loop, once the pipe is full. So a line that would have to wait is dropped.

What it leaves out: levels per module, files and rotation; the host keeps what we write.
"""

import contextlib
import logging
import os
import select

STDERR = 2
MAX_MESSAGE_CHARS = 2_000


class LineFormatter(logging.Formatter):
    """Escape control characters and cut what is too long; a stack trace keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Format the line without the stack trace."""
        text = super().formatMessage(record)[:MAX_MESSAGE_CHARS]
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class PassingHandler(logging.Handler):
    """Write lines to a descriptor without ever waiting for its reader; gaps are told.

    At most one line is held, until there is room for it.
    """

    def __init__(self, sink: int) -> None:
        super().__init__()
        self._sink = sink
        self._poll = select.poll()
        self._poll.register(sink, select.POLLOUT)
        self._rest, self._dropped = b"", 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or count it as dropped."""
        with contextlib.suppress(OSError):  # no stderr: there is nobody to tell
            self._rest = self._write(self._rest)
            if self._rest:
                self._dropped += 1
                return
            text = f"{self.format(record)}\n"
            if self._dropped:
                text = f"({self._dropped} log lines were dropped: nobody read them)\n{text}"
            self._dropped = 0
            self._rest = self._write(text.encode("utf-8", "backslashreplace"))

    def _write(self, data: bytes) -> bytes:
        """Write what is taken at once; returns the rest."""
        while data and self._poll.poll(0):
            data = data[os.write(self._sink, data[: select.PIPE_BUF]) :]
        return data


def configure_logging(level: str) -> None:
    """Send every record of at least `level` to stderr, and nothing to anywhere else."""
    handler = PassingHandler(STDERR)
    handler.setFormatter(LineFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
