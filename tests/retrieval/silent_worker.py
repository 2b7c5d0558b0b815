"""A worker that takes calls and never answers; started by name, see test_closing.py."""

from chalklens.workers.host import Port


def serve(port: Port) -> None:
    while True:
        port.receive()
