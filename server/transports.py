"""The one door to serving: stdio, streamable HTTP or SSE, as the settings say.

How it is used: `serve(mcp, settings, close)` does not return. It refuses to start, with exit code 2
and the reason on stderr, where listening would not be safe or is not possible.

What it leaves out: the transports themselves (`stdio.py`, `http_transport.py`) and what happens at
the end (`lifecycle.py`).
"""

import gc
import logging
import sys
from functools import partial
from typing import Any, NoReturn

from mcp.server import MCPServer

from chalklens.errors import ChalklensError
from chalklens.standard_streams import claim_standard_streams
from server import lifecycle
from server.logs import configure_logging
from server.settings import Settings

log = logging.getLogger(__name__)

REFUSED_TO_START = 2


async def nothing_to_close() -> None:
    """For servers whose lifespan closes everything."""


def serve(
    mcp: MCPServer[Any], settings: Settings, close: lifecycle.Close = nothing_to_close
) -> NoReturn:
    """Serve until the client leaves or a signal comes, then close and end the process.

    Args:
        mcp: What is served.
        settings: Where and how.
        close: Ends workers; has `lifecycle.CLOSE_GRACE_S` for it.
    """
    configure_logging(settings.log_level)
    warn_of_missing_roots(settings)
    is_stdio = settings.transport == "stdio"
    try:
        main = _stdio(mcp) if is_stdio else _http(mcp, settings)
    except ChalklensError as error:
        sys.stderr.write(f"chalklens: {error}\n")
        lifecycle.leave(REFUSED_TO_START)
    gc.freeze()  # what the imports left behind stays; see the front door
    gc.enable()
    lifecycle.run(main, close, watch_parent=is_stdio)


def warn_of_missing_roots(settings: Settings) -> None:
    """Log allowed folders that are not there: a typing error, or a variable the host left as it is."""
    for folder in settings.folders:
        if not folder.is_dir():
            log.warning("there is no folder %s (--root): nothing is read there", folder)


def _stdio(mcp: MCPServer[Any]) -> lifecycle.Main:
    from server.stdio import serve_stdio

    return partial(serve_stdio, mcp, claim_standard_streams())


def _http(mcp: MCPServer[Any], settings: Settings) -> lifecycle.Main:
    # Imported here: uvicorn would cost every stdio start 50 ms.
    from server.http_transport import listen

    return listen(mcp, settings).serve
