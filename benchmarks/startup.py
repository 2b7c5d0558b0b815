"""Start time: from starting the process to the first response, next to a bare SDK server.

How it is used: `python benchmarks/startup.py [-n 10]`. Both servers are started in turn, so that
whatever else the machine does hits both. What it leaves out: warm-up, which begins afterwards.
"""

import argparse
import time

from stdio_client import BARE, OURS, StdioServer, show, write


def time_start(command: list[str]) -> float:
    """Return the seconds until `initialize` is answered."""
    start = time.perf_counter()
    with StdioServer(command) as server:
        server.initialize()
        return time.perf_counter() - start


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=10, help="starts of each server")
    rounds: int = parser.parse_args().n
    for command in (BARE, OURS):
        time_start(command)  # fills the disk cache
    pairs = [(time_start(BARE), time_start(OURS)) for _ in range(rounds)]
    bare = show("bare SDK server, first response", [pair[0] for pair in pairs])
    ours = show("chalklens serve, first response", [pair[1] for pair in pairs])
    write(f"ratio of medians {ours / bare:.2f}")


if __name__ == "__main__":
    main()
