"""Log lines on stderr: plain, one record a line, nothing a client sent can forge another.

How it is used: `configure_logging(level)` before serving. It replaces the SDK's handler, whose
decorated stack traces cost seconds of the event loop (measured: 4 s for one failed request).

What it leaves out: levels per module, files and rotation; the host keeps what we write.
"""

import logging
import sys

MAX_MESSAGE_CHARS = 2_000


class LineFormatter(logging.Formatter):
    """Escape control characters and cut what is too long; a stack trace keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Format the line without the stack trace."""
        text = super().formatMessage(record)[:MAX_MESSAGE_CHARS]
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def configure_logging(level: str) -> None:
    """Send every record of at least `level` to stderr, and nothing to anywhere else."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
