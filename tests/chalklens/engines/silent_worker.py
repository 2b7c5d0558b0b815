"""A worker that takes calls and never answers: for the limits on waiting."""

from chalklens.workers.host import Port


def serve(port: Port) -> None:
    """Read on for ever."""
    while True:
        port.receive()
